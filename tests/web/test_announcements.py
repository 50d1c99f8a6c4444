"""お知らせ: written in the ministry with a preview, read by everybody, there and gone at their instants without any worker."""

from collections.abc import Iterator
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient

from jobboard.database import Writing, db
from jobboard.domain import announcing
from jobboard.models import Announcement, AuditEntry
from jobboard.web.transaction import BoardApp
from tests.cast import OPENING, Cast, Clock
from tests.flows.visitor import Page
from tests.pressing import press
from tests.staff import EDITOR, MODERATOR, sign_in

HOME, NEW = "/ministry/announcements", "/ministry/announcements/new"
SAVE, LOOK, SHOW = "保存する", "見え方を確かめる", "公開する"
ATOM = "{http://www.w3.org/2005/Atom}"
WORDS = {"title": "点検で止まります", "body": "## いつ\n\n**6月1日**の夜です。"}


@pytest.fixture
def writer(app: BoardApp, cast: Cast) -> Iterator[FlaskClient]:
    client = app.test_client()
    sign_in(client, MODERATOR)
    yield client


@pytest.fixture
def reader(app: BoardApp) -> FlaskClient:
    return app.test_client()


def tell(app: BoardApp, cast: Cast, *, urgent: bool = False, at: timedelta = timedelta(), lasts: timedelta | None = None) -> int:
    """An announcement that stands from ``at`` after the opening on."""
    with app.app_context(), Writing() as session:
        by, begins = cast.account("sato"), OPENING + at
        row = announcing.write(session, announcing.Written(WORDS["title"], WORDS["body"], urgent), by=by, now=OPENING)
        announcing.publish(session, row, revision=1, at=begins, ends_at=begins + lasts if lasts else None, by=by, now=OPENING)
        return row.id


def count(app: BoardApp) -> int:
    with app.app_context():
        return db.session.query(Announcement).count()


def test_a_moderator_writes_looks_publishes_and_everybody_reads(writer: FlaskClient, reader: FlaskClient, app: BoardApp) -> None:
    before = reader.get("/").headers["ETag"]
    looked = press(writer, NEW, LOOK, WORDS)
    assert looked.status_code == 200 and '<h2 id="text-1">いつ</h2>' in looked.text and count(app) == 0
    draft = press(writer, looked, SAVE)
    assert draft.status_code == 303 and WORDS["title"] not in reader.get("/").text
    assert press(writer, draft.location, SHOW).status_code == 303
    answer = reader.get("/")
    assert WORDS["title"] in answer.text and answer.headers["ETag"] != before
    address = draft.location.removeprefix("/ministry")
    page = reader.get(address)
    assert "<strong>6月1日</strong>の夜です" in page.text and page.headers["Cache-Control"] == "public, max-age=60"
    assert reader.get(address, headers={"If-None-Match": page.headers["ETag"]}).status_code == 304
    assert address in reader.get("/announcements").text and address in reader.get("/sitemap.xml").text
    with app.app_context():
        acts = [row.action for row in db.session.query(AuditEntry).order_by(AuditEntry.id)]
    assert [act for act in acts if act.startswith("announcement")] == ["announcement:write", "announcement:publish"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"body": "<script>alert(1)</script>"}, "HTML(スクリプトなど)は使えません"),
        ({"title": "<img src=x onerror=alert(1)>"}, "HTML(スクリプトなど)は使えません"),
        ({"body": "[申込](javascript:alert(1))"}, "リンク先「javascript:alert(1)」は使えません"),
        ({"body": "あ" * 20_001}, "本文は20,000字以内"),
        ({"title": "い" * 121}, "題名は120字以内"),
        ({"title": " "}, "題名を書いてください"),
        ({"body": "\u200b"}, "本文を書いてください"),
    ],
)
def test_what_cannot_stand_is_refused_in_words_and_kept_in_the_form(
    writer: FlaskClient, app: BoardApp, typed: dict[str, str], said: str
) -> None:
    for button in (SAVE, LOOK):
        refused = press(writer, NEW, button, {**WORDS, **typed})
        assert refused.status_code == 422 and said in Page(refused.text).text
        form = dict(Page(refused.text).form_with(SAVE).values)
        assert {name: form[name].strip() for name in WORDS} == {name: value.strip() for name, value in {**WORDS, **typed}.items()}
    assert count(app) == 0


def test_two_writers_do_not_overwrite_each_other(writer: FlaskClient, app: BoardApp, cast: Cast) -> None:
    number = tell(app, cast)
    edit = f"{HOME}/{number}/edit"
    first, second = writer.get(edit), writer.get(edit)
    assert press(writer, first, SAVE, {"body": "先の文"}).status_code == 303
    lost = press(writer, second, SAVE, {"body": "後の文"})
    assert lost.status_code == 409 and "ほかの画面で、先に保存されています" in lost.text
    assert "佐藤 恵さんが" not in lost.text and "先の文" in lost.text and "後の文" in lost.text
    assert press(writer, lost, SAVE).status_code == 303
    assert "後の文" in writer.get(f"/announcements/{number}").text


def test_what_changed_since_the_preview_is_not_published(writer: FlaskClient, reader: FlaskClient, app: BoardApp) -> None:
    draft = press(writer, NEW, SAVE, WORDS).location
    seen = writer.get(draft)
    assert press(writer, f"{draft}/edit", SAVE, {"title": "別の題名"}).status_code == 303
    refused = press(writer, seen, SHOW)
    assert refused.status_code == 409 and "まだ何も変えていません" in refused.text and "別の題名" in refused.text
    assert reader.get(draft.removeprefix("/ministry")).status_code == 404
    assert press(writer, refused, SHOW).status_code == 303
    assert writer.post(f"{draft}/publish", data={"csrf_token": Page(refused.text).form_with(SHOW).values[0][1], "revision": "3"}).status_code == 409


@pytest.mark.parametrize(
    ("times", "said"),
    [
        ({"at": "あした"}, "日付を 2026-05-29"),
        ({"at": "2026-03-01 9:00"}, "公開する日時は、今より後"),
        ({"ends": "2026-03-01"}, "終わりの日時は、公開する日時より後"),
        ({"at": "2026-06-01 9:00", "ends": "2026-05-01"}, "終わりの日時は、公開する日時より後"),
    ],
)
def test_instants_that_cannot_be_are_refused_beside_their_field(writer: FlaskClient, app: BoardApp, times: dict[str, str], said: str) -> None:
    refused = press(writer, press(writer, NEW, SAVE, WORDS).location, SHOW, times)
    assert refused.status_code == 422 and said in refused.text
    assert all(f'value="{value}"' in refused.text for value in times.values())
    with app.app_context():
        assert db.session.query(Announcement).one().published_at is None


def test_an_urgent_one_needs_an_end_and_stands_on_every_page_until_then(
    writer: FlaskClient, reader: FlaskClient, clock: Clock
) -> None:
    draft = press(writer, NEW, SAVE, {**WORDS, "urgent": "1"}).location
    refused = press(writer, draft, SHOW)
    assert refused.status_code == 422 and "終わりの日時を書いてください" in refused.text
    end = (OPENING + timedelta(hours=10)).strftime("%Y-%m-%d %H:%M")  # in Japan one hour from now
    assert press(writer, refused, SHOW, {"ends": end}).status_code == 303
    pages = ("/", "/postings", "/about", "/announcements", "/nowhere", "/subscribe", "/login")
    mark = '<aside class="urgent-announcements" aria-label="緊急のお知らせ">'
    for address in pages:
        assert mark in reader.get(address).text, address
    assert mark in writer.get("/review/").text
    clock.forward(hours=1)
    for address in pages:
        assert mark not in reader.get(address).text, address
    assert mark not in writer.get("/review/").text
    over = reader.get("/announcements").text
    assert over.index("終わったお知らせ") < over.index(WORDS["title"])
    assert "このお知らせは終わりました" in reader.get(draft.removeprefix("/ministry")).text


def test_one_for_a_later_time_comes_by_itself(app: BoardApp, reader: FlaskClient, cast: Cast, clock: Clock) -> None:
    number = tell(app, cast, at=timedelta(seconds=40), lasts=timedelta(hours=2))
    early, feed = reader.get("/"), reader.get("/announcements.atom")
    assert WORDS["title"] not in early.text and WORDS["title"] not in feed.text
    assert early.headers["Cache-Control"] == "public, max-age=40"
    assert reader.get(f"/announcements/{number}").status_code == 404
    clock.forward(seconds=40)
    late = reader.get("/", headers={"If-None-Match": early.headers["ETag"]})
    assert late.status_code == 200 and WORDS["title"] in late.text
    assert WORDS["title"] in reader.get("/announcements.atom").text and reader.get(f"/announcements/{number}").status_code == 200
    clock.forward(hours=2)
    assert WORDS["title"] not in reader.get("/").text


def test_what_is_ended_stays_on_record_and_what_is_taken_down_is_gone(
    writer: FlaskClient, reader: FlaskClient, app: BoardApp, cast: Cast
) -> None:
    number = tell(app, cast)
    page, public = f"{HOME}/{number}", f"/announcements/{number}"
    stale = writer.get(page)
    assert press(writer, stale, "終わりにする").status_code == 303
    assert WORDS["title"] not in reader.get("/").text and reader.get(public).status_code == 200
    assert press(writer, stale, "終わりにする").status_code == 409
    assert press(writer, page, "取り下げる").status_code == 303
    assert reader.get(public).status_code == 404 and WORDS["title"] not in reader.get("/announcements.atom").text
    assert press(writer, page, SHOW).status_code == 303
    assert WORDS["title"] in reader.get("/").text


def test_a_standing_one_without_end_cannot_become_urgent(writer: FlaskClient, app: BoardApp, cast: Cast) -> None:
    refused = press(writer, f"{HOME}/{tell(app, cast)}/edit", SAVE, {"urgent": "1"})
    assert refused.status_code == 422 and "緊急にできません" in refused.text


def test_the_feed_tells_the_same_and_is_found_from_the_pages(app: BoardApp, reader: FlaskClient, cast: Cast) -> None:
    number = tell(app, cast, urgent=True, lasts=timedelta(days=1))
    answer = reader.get("/announcements.atom")
    assert answer.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert reader.get("/announcements.atom", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    entry = ElementTree.fromstring(answer.data).findall(f"{ATOM}entry")[0]
    assert entry.findtext(f"{ATOM}title") == f"【緊急】{WORDS['title']}"
    assert entry.findtext(f"{ATOM}content") == '<h2 id="text-1">いつ</h2>\n<p><strong>6月1日</strong>の夜です。</p>\n'
    assert entry.findtext(f"{ATOM}summary") == "いつ 6月1日の夜です。"
    link = entry.find(f"{ATOM}link")
    assert link is not None and link.get("href") == f"http://127.0.0.1:8000/announcements/{number}"
    for address in ("/", "/announcements", f"/announcements/{number}"):
        assert '<link rel="alternate" type="application/atom+xml" title="お知らせ(Atom)" href="/announcements.atom">' in reader.get(address).text


def test_only_moderators_write(client: FlaskClient, app: BoardApp, cast: Cast) -> None:
    number = tell(app, cast)
    sign_in(client, EDITOR)
    assert {client.get(path).status_code for path in (HOME, NEW, f"{HOME}/{number}", f"{HOME}/{number}/edit")} == {403}
