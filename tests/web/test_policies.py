"""Pages of a public body, and the files that machines ask a site for."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient

from jobboard.base.states import ClosedReason
from jobboard.database import Writing
from jobboard.domain import publication, words
from jobboard.models import Posting
from jobboard.web import accessibility, policies
from jobboard.web.transaction import BoardApp
from tests.accessibility_results import Looks
from tests.cast import Cast, Clock, NewApp
from tests.stories import published, submitted

PAGES = ("/about", "/help", "/privacy", "/accessibility", "/terms", "/correction")
FILES = ("/sitemap.xml", "/robots.txt", "/.well-known/security.txt")
LOC = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"


def test_each_page_is_whole_the_same_for_all_and_may_be_kept(client: FlaskClient, cast: Cast) -> None:
    for address in PAGES:
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert answer.headers["Cache-Control"] == "public, max-age=60" and "Set-Cookie" not in answer.headers
        assert client.get(address, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
        page = answer.text
        anchors = re.findall(r'<li><a href="#([a-z]+)">', page)
        assert len(anchors) >= 6 and all(f'id="{anchor}"' in page for anchor in anchors), address
        assert f'rel="canonical" href="http://127.0.0.1:8000{address}"' in page
        assert re.search(r'<meta name="description" content="[^"]{30,160}">', page), address
        assert page.count('aria-current="page"') >= 2, "breadcrumb and navigation say where the reader is"


def test_every_link_of_the_pages_and_of_their_frame_leads_somewhere(client: FlaskClient, cast: Cast) -> None:
    found = {link for page in PAGES for link in re.findall(r'<a [^>]*href="(/[^"]*)"', client.get(page).text)}
    assert {"/", "/about#contact", "/login", "/postings.rss", *PAGES} <= found
    for link in found:
        path, _, anchor = link.partition("#")
        answer = client.get(path.replace("&amp;", "&"))
        assert answer.status_code == 200, link
        assert not anchor or f'id="{anchor}"' in answer.text, link


def test_the_table_of_synonyms_is_the_one_that_search_reads(
    client: FlaskClient, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "SYNONYMS", (*words.SYNONYMS, ("甲乙", "丙丁")))
    page = client.get("/help").text
    for group in words.SYNONYMS:
        assert f'<th scope="row">{group[0]}</th><td>{"、".join(group[1:])}</td>' in page


def test_who_answers_stands_in_one_place_and_on_every_page(new_app: NewApp, cast: Cast) -> None:
    where = {"office": "地域情報化企画室", "mail_postal_address": "東京都千代田区霞が関2-1-2"}
    by_mail = new_app(contact="toiawase@example.go.jp", **where).test_client()
    for address in ("/about", "/privacy", "/accessibility", "/terms"):
        page = by_mail.get(address).text
        for text in ("総務省 地域情報化企画室", "霞が関2-1-2", 'href="mailto:toiawase@example.go.jp"'):
            assert text in page, (address, text)
    by_form = new_app(contact="https://www.example.go.jp/form", **where).test_client()
    assert 'href="https://www.example.go.jp/form"' in by_form.get("/about").text
    assert by_mail.get("/about").headers["ETag"] != by_form.get("/about").headers["ETag"]


def found(violations: list[dict[str, object]], width: int) -> dict[str, object]:
    """An answer of axe, in the parts that are kept."""
    return {
        "testEngine": {"name": "axe-core", "version": "4.12.1"},
        "testEnvironment": {"userAgent": "Mozilla/5.0 HeadlessChrome/156.0.0.0 Safari", "windowWidth": width},
        "passes": [{"id": "document-title"}, {"id": "html-has-lang"}],
        "incomplete": [{"id": "target-size"}],
        "violations": violations,
    }


def test_the_results_shown_are_those_of_a_run_and_of_nothing_else(
    client: FlaskClient, cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "accessibility.json"
    monkeypatch.setattr(accessibility, "FILE", file)
    assert "まだ公開できる結果がありません" in client.get("/accessibility").text
    looks, day = Looks(), datetime(2026, 4, 1, tzinfo=UTC).date()
    looks.write(file, day)
    assert not file.exists(), "a run that looked at nothing says nothing"
    broken = {"id": "color-contrast", "help": "Elements must <meet>", "impact": "serious", "nodes": [1, 2]}
    for width in (1280, 390):
        looks.add("募集の一覧", "0件", width, found([], width))
        looks.add("トップ", "募集がある", width, found([broken] if width == 390 else [], width))
    looks.write(file, day)
    page = client.get("/accessibility?after").text  # the answer without a file is kept
    said = "2026年4月1日(水)に、axe-core 4.12.1(Chromium 156)で、2の画面を、幅ごとに合わせて4回調べました。見つかった問題は1件です。"
    assert said in page
    row = '<th scope="row">募集の一覧</th><td class="short">0件</td><td class="short">390、1280</td>'
    assert row + '<td class="number">3</td><td class="number">1</td>\n<td>なし</td>' in page
    assert "color-contrast: Elements must &lt;meet&gt;</span>(390px、2か所)" in page


def test_the_result_that_ships_can_be_read() -> None:
    assert not accessibility.FILE.exists() or accessibility.results() is not None


def addresses(client: FlaskClient, path: str = "/sitemap.xml") -> dict[str, str]:
    """Address to last change, as a search engine reads the file."""
    answer = client.get(path)
    assert answer.status_code == 200 and answer.content_type.startswith("application/xml")
    rows = ElementTree.fromstring(answer.data)
    return {one.findtext(LOC) or "": one.findtext(LOC.replace("loc", "lastmod")) or "" for one in rows}


def test_the_sitemap_names_what_is_open_and_leaves_out_what_is_noindex(
    app: BoardApp, client: FlaskClient, cast: Cast, clock: Clock
) -> None:
    with app.app_context(), Writing() as session:
        shown, ended = published(session, cast).id, published(session, cast, place="minato").id
        hidden = submitted(session, cast).id
        publication.close(
            session, session.get_one(Posting, ended), reason=ClosedReason.FILLED, by=None, now=clock.forward(hours=1)
        )
    named = addresses(client)
    base = "http://127.0.0.1:8000"
    assert named[f"{base}/postings/{shown}"] == "2026-04-01T09:00:00+09:00"
    assert named[f"{base}/municipalities/{cast.minato}"] == "2026-04-01T10:00:00+09:00"
    assert not {f"{base}/postings/{one}" for one in (ended, hidden)} & set(named)
    for address in named:
        page = client.get(address.removeprefix(base))
        assert page.status_code == 200 and 'content="noindex"' not in page.text, address


def test_more_addresses_than_a_file_may_hold_are_parted(
    app: BoardApp, client: FlaskClient, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context(), Writing() as session:
        for _ in range(3):
            published(session, cast)
    whole = addresses(client)
    monkeypatch.setattr(policies, "MOST_ADDRESSES", len(whole) // 2 + 1)
    # another query: the whole answer is kept
    parts = [address.removeprefix("http://127.0.0.1:8000") for address in addresses(client, "/sitemap.xml?parted")]
    assert parts == ["/sitemap-1.xml", "/sitemap-2.xml"]
    assert {**addresses(client, parts[0]), **addresses(client, parts[1])} == whole
    assert client.get("/sitemap-3.xml").status_code == client.get("/sitemap-0.xml").status_code == 404


def test_robots_may_read_what_is_public_and_nothing_of_the_demonstration(
    client: FlaskClient, new_app: NewApp, cast: Cast
) -> None:
    lines = client.get("/robots.txt").text.splitlines()
    assert lines[0] == "User-agent: *" and lines[-1] == "Sitemap: http://127.0.0.1:8000/sitemap.xml"
    refused = [line.removeprefix("Disallow: ") for line in lines if line.startswith("Disallow")]
    assert {"/login", "/desk/", "/review/", "/ministry/", "/subscribe", "/u/"} <= set(refused)
    assert not [path for path in refused if any(page.startswith(path) for page in policies.LISTED)]
    sample = new_app(demo=True).test_client()
    assert sample.get("/robots.txt").text == "User-agent: *\nDisallow: /\n"
    assert addresses(sample) == {}


def test_security_txt_tells_where_to_report_and_lasts_half_a_year(
    client: FlaskClient, new_app: NewApp, cast: Cast, clock: Clock
) -> None:
    asked = new_app(contact="toiawase@example.go.jp", base_url="https://jobs.example.go.jp").test_client()
    base = {"base_url": "https://jobs.example.go.jp"}
    first = asked.get("/.well-known/security.txt", **base)
    fields = dict(line.split(": ", 1) for line in first.text.splitlines())
    assert first.content_type == "text/plain; charset=utf-8"
    assert fields == {
        "Contact": "mailto:toiawase@example.go.jp",
        "Expires": "2026-09-28T15:00:00Z",
        "Preferred-Languages": "ja, en",
        "Canonical": "https://jobs.example.go.jp/.well-known/security.txt",
        "Policy": "https://jobs.example.go.jp/terms#security",
    }
    assert clock() + timedelta(days=100) < datetime.fromisoformat(fields["Expires"]) < clock() + timedelta(days=365)
    clock.forward(hours=14)
    assert asked.get("/.well-known/security.txt", **base).data == first.data, "the same for the whole day in Japan"
    assert "Contact: http://127.0.0.1:8000/about#contact" in client.get("/.well-known/security.txt").text


def test_files_for_machines_are_anonymous_and_answered_unchanged(client: FlaskClient, cast: Cast) -> None:
    for address in FILES:
        answer = client.get(address)
        assert "Set-Cookie" not in answer.headers and "public" in answer.headers["Cache-Control"]
        assert client.get(address, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_files_are_linked_by_an_address_that_may_be_kept_for_a_year(client: FlaskClient, cast: Cast) -> None:
    page = client.get("/about").text
    linked = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert len(linked) >= 8 and all("?v=" in link for link in linked)
    for link in linked:
        with client.get(link) as answer:
            assert answer.status_code == 200 and "immutable" in answer.headers["Cache-Control"], link
    with client.get("/static/css/base.css") as answer:
        assert "immutable" not in answer.headers.get("Cache-Control", "")


def test_a_shared_page_says_its_name_and_what_it_is(client: FlaskClient, cast: Cast) -> None:
    page = client.get("/about").text
    for name, said in (("site_name", "市区町村の外部デジタル人材 募集情報"), ("title", "このサイトについて"), ("type", "website")):
        assert f'<meta property="og:{name}" content="{said}">' in page
    assert "og:" not in client.get("/nowhere").text
