"""The ministry's feeds: what stopped itself is on top and counted, a page is tried without a trace, added, stopped, resumed."""

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jobboard.base import web_addresses
from jobboard.base.collecting import Fetched
from jobboard.database import Writing, db
from jobboard.domain import collecting, source_list, sources, sourcing
from jobboard.fetcher import Fetcher, Limits
from jobboard.models import AuditEntry, Fetch, Source, SourceItem
from jobboard.web.transaction import BoardApp
from tests.cast import OPENING, Cast
from tests.collecting.feed_server import Page, Sites, drip, resolver, serving
from tests.staff import ADMINISTRATOR, EDITOR, MODERATOR, hidden, send, sign_in

PAGE, TRY = "/ministry/sources", "/ministry/sources/try"
FEED = (
    '<rss version="2.0"><channel><title>青葉市新着</title>'
    "<item><title>ごみの収集日</title><link>http://www.city.example.jp/gomi</link></item>"
    "<item><title>CIO補佐官を募集します</title><link>http://www.city.example.jp/cio</link></item></channel></rss>"
)


@pytest.fixture
def sites(app: BoardApp, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sites]:
    """A municipality's server, and the door through which the pages look at it."""
    with serving({"/rss.xml": Page(FEED.encode())}) as running:
        monkeypatch.setitem(web_addresses.PORTS, "http", running.port)
        top = f'<html><head><link rel="alternate" type="application/rss+xml" href="{running.url("/rss.xml")}"></head></html>'
        running.pages["/"] = Page(top.encode(), (("Content-Type", "text/html"),))
        door = Fetcher(
            "https://jobs.example.go.jp", resolve=resolver(running.port), allowed={("127.0.0.1", running.port)},
            limits=Limits(total=1.0, read=1.0),
        )  # fmt: skip
        app.extensions["fetch"] = lambda: door.within(1.0)
        yield running


def rows(app: BoardApp) -> tuple[int, int, int]:
    with app.app_context(), Session(db.engine) as session:
        counted = [session.scalar(select(func.count()).select_from(model)) or 0 for model in (Source, SourceItem, Fetch)]
    return counted[0], counted[1], counted[2]


def test_a_page_is_tried_and_nothing_is_left_of_it(app: BoardApp, client: FlaskClient, cast: Cast, sites: Sites) -> None:
    sign_in(client, ADMINISTRATOR)
    tried = send(client, TRY, {"url": sites.url("/"), "plain_http": "1"})
    assert tried.status_code == 200
    for words in ("候補になります(", "分野「CIO」 +4点", "ごみの収集日", sites.url("/rss.xml")):
        assert words in tried.text, words
    assert tried.text.index("CIO補佐官を募集します") < tried.text.index("ごみの収集日")
    assert rows(app) == (0, 0, 0)


def test_what_was_found_is_added_for_a_municipality(app: BoardApp, client: FlaskClient, cast: Cast, sites: Sites) -> None:
    sign_in(client, ADMINISTRATOR)
    chosen = {"feed": sites.url("/rss.xml"), "title": "青葉市新着", "url": sites.url("/"), "plain_http": "1"}
    unclear = send(client, f"{PAGE}/add", {**chosen, "place": "無い町"}, page=TRY)
    assert unclear.status_code == 422 and "見つかりません" in unclear.text and sites.url("/rss.xml") in unclear.text
    added = send(client, f"{PAGE}/add", {**chosen, "place": "青葉市"}, page=TRY)
    assert added.status_code == 303
    page = client.get(added.location).text
    assert "青葉市新着" in page and "読んでいます" in page and "httpで読む" in page
    assert rows(app) == (1, 0, 0)
    link = f'<a href="{added.location}">'
    for feed in (sites.url("/rss.xml"), sites.url("/x/../rss.xml#new").replace("www", "WWW")):
        again = send(client, f"{PAGE}/add", {**chosen, "feed": feed, "place": "青葉市"}, page=TRY)
        assert again.status_code == 422 and "すでに収集元にあります" in again.text and again.text.count(link) == 2
    tried = send(client, TRY, {"url": sites.url("/"), "plain_http": "1"})
    assert tried.status_code == 200 and "すでに収集元にあります" in tried.text and link in tried.text and "を加える" not in tried.text.partition("<h2")[2]
    odd = send(client, f"{PAGE}/add", {**chosen, "feed": "https://www.example.jp/", "url": "javascript:alert(1)", "place": "青葉市"}, page=TRY)
    assert odd.status_code == 422 and rows(app) == (1, 0, 0)


def test_a_look_ends_in_time_in_words_and_holds_no_transaction(app: BoardApp, client: FlaskClient, cast: Cast, sites: Sites) -> None:
    sign_in(client, ADMINISTRATOR)
    written = []

    def busy(handler: object) -> None:
        with app.app_context(), Writing() as session:  # SQLite would refuse it after its patience, if the page held the lock
            written.append(sourcing.add(session, cast.aoba, "https://www.city.aoba.lg.jp/a.rss", by=None, now=OPENING).id)
            session.commit()

    sites.pages["/busy"] = Page(behave=busy)  # type: ignore[arg-type]
    send(client, TRY, {"url": sites.url("/busy"), "plain_http": "1"})
    assert written
    sites.pages["/slow"] = drip(b"HTTP/1.0 200 OK\r\n\r\n", b"x")
    begun = time.monotonic()
    slow = send(client, TRY, {"url": sites.url("/slow"), "plain_http": "1"})
    assert slow.status_code == 422 and "読めませんでした" in slow.text and "あとでもう一度試して" in slow.text and sites.url("/slow") in slow.text
    assert time.monotonic() - begun < 30, "the limit of one look cut it"
    for nonsense in ("", "ない", "ftp://x", "http://169.254.169.254/", "http://inside.example.jp/", "javascript:alert(1)"):
        refused = send(client, TRY, {"url": nonsense, "plain_http": "1"})
        assert refused.status_code == 422 and "field-url" in refused.text, nonsense


def test_what_stopped_itself_is_on_top_and_counted_on_the_home_page(app: BoardApp, client: FlaskClient, cast: Cast) -> None:
    with app.app_context(), Writing() as session:
        sources.load(session, [{"code": cast.aoba, "feed_url": "https://www.city.aoba.lg.jp/a.rss"}], now=OPENING)
        running, broken = (
            sourcing.add(session, code, f"https://www.example.lg.jp/{code}.rss", by=None, now=OPENING) for code in (cast.aoba, cast.minato)
        )
        broken.failures, broken.failing_since = collecting.FAILURES_TO_PAUSE, OPENING - timedelta(days=6)
        broken.paused_at, broken.paused_for = OPENING, "10回続けて読めなかったので、自動で止めました。"
        session.add(Fetch(source_id=broken.id, at=OPENING, outcome=Fetched.SLOW, words="3回待ちました", took=30_000))
        session.commit()
        number, other = broken.id, running.id
    sign_in(client, MODERATOR)
    page = client.get(PAGE).text
    assert "自動で止まった収集元が1件あります" in page and page.index(f"{PAGE}/{number}") < page.index(f"{PAGE}/{other}")
    assert "確かめていません" in page, "candidates of the list are loaded paused"
    assert client.get(f"{PAGE}?view=stopped").text.count("<th scope=\"row\">") == 1
    assert client.get(f"{PAGE}?view=running&pref=04&q=example").text.count("<th scope=\"row\">") == 1
    assert "あてはまる収集元はありません" in client.get(f"{PAGE}?q={'無' * 999}&page=99&view=x").text
    shown = client.get(f"{PAGE}/{number}").text
    assert "時間内に読み終わりません" in shown and "3回待ちました" in shown and "動かす" not in shown.partition("<main")[2]
    assert client.post(f"{PAGE}/{number}/resume").status_code in (400, 403)
    sign_in(client, EDITOR)
    assert client.get(PAGE).status_code == 403
    sign_in(client, ADMINISTRATOR)
    home = client.get("/ministry/").text
    assert '<strong>1</strong><span><a href="/ministry/sources">自動で止まった収集元</a></span>' in home
    with app.app_context(), Writing() as session:
        left, _ = sourcing.pause(session, number, reason="止めておきます", by=None, now=OPENING)
        assert source_list.stopped(session) == 0 and source_list.standing(left) == "止めている", "a person's reason took it off"
        session.commit()
    assert send(client, f"{PAGE}/{number}/resume", page=f"{PAGE}/{number}").status_code == 303
    assert "すでに動いています" in client.get(send(client, f"{PAGE}/{number}/resume", page=f"{PAGE}/{number}").location).text
    refused = send(client, f"{PAGE}/{number}/pause", {"reason": " "}, page=f"{PAGE}/{number}")
    assert refused.status_code == 422 and "止める理由を" in refused.text
    assert send(client, f"{PAGE}/{number}/pause", {"reason": "移転のため"}, page=f"{PAGE}/{number}").status_code == 303
    for reason, told in (("移転のため", "何も変えていません"), ("まだ移転中", "理由を「移転のため」から「まだ移転中」に書き換えました")):
        again = send(client, f"{PAGE}/{number}/pause", {"reason": reason}, page=f"{PAGE}/{number}")
        assert told in client.get(again.location).text
    assert "まだ移転中" in client.get(f"{PAGE}?view=paused").text
    with app.app_context(), Session(db.engine) as session:
        acts = set(session.scalars(select(AuditEntry.action).where(AuditEntry.subject_kind == "source")))
    assert {"source:resume", "source:pause"} <= acts


def test_each_wrong_address_is_said_in_its_own_words_whoever_else_tries(client: FlaskClient, cast: Cast) -> None:
    sign_in(client, ADMINISTRATOR)
    for typed, words in (
        ("", "https:// から書いてください"), ("青葉市", "https:// から書いてください"), ("javascript:alert(1)", "https:// から書いてください"),
        ("www.city.aoba.lg.jp", "https:// から書いてください"), ("https://", "サイトの名前がありません"), ("https://x.example.jp:99999/", "「:99999」という"),
        ("https://x.example.jp:abc/", "「:abc」という"), ("https://x.example.jp:8443/", "「:8443」を除いて"),
        ("https://x.example.jp/" + "a" * 500, "URLが長すぎます(521字)"),
        ("https://a@x.example.jp/", "「@」と、その前を除いて"), ("https://x.example.jp/a b", "空白を除いて"),
        ("https://2130706433/", "インターネットに公開された"),
        ("http://www.city.aoba.lg.jp/", "下の「http:// で読む」に印を"), ("https://[", "ブラウザーのアドレス欄から"),
    ):  # fmt: skip
        refused = send(client, TRY, {"url": typed})
        assert refused.status_code == 422 and words in refused.text, typed
        assert "接続してはいけない" not in refused.text, typed


def test_only_a_try_that_reached_out_counts_toward_the_hour(client: FlaskClient, cast: Cast, sites: Sites) -> None:
    sign_in(client, ADMINISTRATOR)
    form = hidden(client.get(TRY))
    for _ in range(61):
        assert client.post(TRY, data={**form, "url": "x"}).status_code == 422
    assert client.post(TRY, data={"url": sites.url("/"), "plain_http": "1"}).status_code == 400
    for number in range(60):
        assert client.post(TRY, data={**form, "url": sites.url(f"/none{number % 2}"), "plain_http": "1"}).status_code == 422
    assert client.post(TRY, data={**form, "url": sites.url("/"), "plain_http": "1"}).status_code == 429
