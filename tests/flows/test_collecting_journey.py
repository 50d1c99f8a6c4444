"""The way of a call that a municipality published elsewhere: found, confirmed by it, published as a link, mailed once, gone, flagged."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base import web_addresses
from jobboard.base.collecting import ItemState
from jobboard.base.states import State
from jobboard.database import Writing
from jobboard.domain import finding, sourcing
from jobboard.fetcher import Fetcher
from jobboard.models import ChangeEvent, Posting, Source, SourceItem
from jobboard.web.transaction import BoardApp
from tests.cast import Cast
from tests.collecting.feed_server import Page, Sites, resolver, serving
from tests.mailroom import Mailroom, opened
from tests.staff import EDITOR, MODERATOR, send, sign_in

TITLE = "CIO補佐官(全庁DX推進)を募集します"
OTHERS = (("広報あおば11月号", "/koho"), ("ごみの収集日", "/gomi"))
TOWN, READER = "dx@city.aoba.lg.jp", "tanaka@example.jp"
HEADS = ("報酬", "応募締切", "役割", "任用・契約形態", "勤務", "リモート", "副業", "本人に")


def feed(port: int, *listed: tuple[str, str]) -> Page:
    items = "".join(
        f"<item><title>{title}</title><link>http://www.city.example.jp:{port}{path}</link><pubDate>2026-03-{28 - place}</pubDate>"
        f"<description>{title}。報酬は日額9万円、本人に直接払います。</description></item>"
        for place, (title, path) in enumerate(listed)
    )
    return Page(f'<rss version="2.0"><channel><title>青葉市新着</title>{items}</channel></rss>'.encode())


@dataclass
class Town:
    """A municipality's site, the board, and the worker."""

    app: BoardApp
    client: FlaskClient
    mailroom: Mailroom
    sites: Sites

    def tell(self, *listed: tuple[str, str]) -> None:
        """What the feed says from now on, and the page of each item."""
        self.sites.pages["/news.rss"] = feed(self.sites.port, *listed)

    def collect(self) -> None:
        """An hour passes, and the worker reads what is due."""
        self.mailroom.clock.forward(hours=2)
        self.mailroom.steps.collect()

    def item(self) -> SourceItem:
        with Session(self.mailroom.steps.engine) as session:
            return session.scalars(select(SourceItem).where(SourceItem.title == TITLE)).one()

    def posting(self) -> Posting:
        with Session(self.mailroom.steps.engine) as session:
            return session.get_one(Posting, self.item().posting_id)


@pytest.fixture
def town(app: BoardApp, client: FlaskClient, cast: Cast, mailroom: Mailroom, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    with serving({}) as sites:
        monkeypatch.setitem(web_addresses.PORTS, "http", sites.port)
        one = Town(app, client, mailroom, sites)
        mailroom.steps.fetch = Fetcher("https://jobs.example.go.jp", resolve=resolver(sites.port), allowed={("127.0.0.1", sites.port)}).fetch
        mailroom.steps.finding = finding.current()
        with app.app_context(), Writing() as session:
            url = f"http://www.city.example.jp:{sites.port}/news.rss"
            sourcing.add(session, cast.aoba, url, plain_http=True, by=None, now=mailroom.clock())
            session.commit()
        one.tell((TITLE, "/cio"), *OTHERS)
        sites.pages["/cio"] = Page(b"<html>call</html>", (("Content-Type", "text/html"),))
        yield one


def test_from_a_feed_to_readers_and_to_the_end(town: Town, cast: Cast) -> None:
    client, mailroom = town.client, town.mailroom
    mailroom.subscribed(READER, "municipality=042021")
    mailroom.subscribed("suzuki@example.jp", "role=cio_adviser")
    town.collect()
    found = town.item()
    assert found.state is ItemState.CANDIDATE
    assert mailroom.run() == [], "nothing is published or mailed by itself"

    sign_in(client, MODERATOR)
    listed = client.get("/review/candidates").text
    assert TITLE in listed and "広報あおば" not in listed and "日額9万円" not in listed
    page = f"/review/candidates/{found.id}"
    assert send(client, f"{page}/invite", {"to": "typed", "email": TOWN}, page=page).status_code == 303
    (letter,) = mailroom.run()
    assert letter.recipient == TOWN
    text = opened(letter).get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert TITLE in text and "日額9万円" not in text
    link = re.search(r"https://jobs\.example\.go\.jp(/collected/\S+)", text)
    assert link is not None

    stranger = town.app.test_client()
    for _ in range(3):
        asked = stranger.get(link[1])
        assert asked.status_code == 200 and "押すまで、何も変わりません" in asked.text
    assert town.item().answered_at is None, "a mail scanner that follows the link says nothing"
    assert "受け取りました" in stranger.post(link[1], data={"answer": "yes"}).text
    assert town.item().agreed is True
    assert stranger.post(link[1], data={"answer": "no"}).status_code == 409
    assert town.item().agreed is True, "the first answer stands"
    assert [one.recipient for one in mailroom.run()] == [MODERATOR], "moderators decide; they are told"

    assert send(client, f"{page}/publish", page=page).status_code == 303
    posting = town.posting()
    assert (posting.state, posting.link_only) == (State.PUBLISHED, True)
    public = stranger.get(f"/postings/{posting.id}").text
    assert TITLE in public and "リンクのみ(青葉市が確認済み)" in public and "/cio" in public
    assert not [head for head in HEADS if head in public]
    (mail,) = mailroom.run()
    assert mail.recipient == READER, "unknown role: who asks for one is not told"
    body = opened(mail).get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "リンクのみ" in str(opened(mail)["Subject"]) and "/cio" in body
    assert not [head for head in HEADS if head in body]

    town.sites.pages["/news.rss"] = Page(status=500)
    town.collect()
    town.tell()
    town.collect()
    sign_in(client, MODERATOR)
    assert "変わった・消えた項目はありません" in client.get("/review/candidates/flagged").text, "an empty or broken feed says nothing"
    town.tell(*OTHERS)
    town.collect()
    town.collect()
    assert mailroom.run() == [], "mailed once"
    assert stranger.get(f"/postings/{posting.id}").status_code == 200 and town.posting().state is State.PUBLISHED
    sign_in(client, MODERATOR)
    flagged = client.get("/review/candidates/flagged")
    assert TITLE in flagged.text and "フィードにありません" in flagged.text
    cleared = send(client, f"{page}/look", page="/review/candidates/flagged")
    assert cleared.status_code == 303 and TITLE not in client.get("/review/candidates/flagged").text.partition("<h1>")[2]
    assert town.posting().state is State.PUBLISHED


def test_a_page_that_is_gone_is_flagged_and_trouble_is_not(town: Town, cast: Cast) -> None:
    town.collect()
    sign_in(town.client, MODERATOR)
    page = f"/review/candidates/{town.item().id}"
    send(town.client, f"{page}/publish", page=page)
    town.mailroom.steps.check_links()
    town.sites.pages["/cio"] = Page(status=503)
    town.mailroom.clock.forward(days=1, minutes=1)
    assert town.mailroom.steps.check_links() == 0
    town.sites.pages["/cio"] = Page(status=410)
    asked = town.sites.fetched("/cio")
    assert town.mailroom.steps.check_links() == 0 and town.sites.fetched("/cio") == asked, "once a day"
    town.mailroom.clock.forward(days=1, minutes=1)
    assert town.mailroom.steps.check_links() == 1
    sign_in(town.client, MODERATOR)
    flagged = town.client.get("/review/candidates/flagged").text
    assert TITLE in flagged and "サーバーの答え: 410" in flagged
    send(town.client, f"{page}/look", page="/review/candidates/flagged")
    town.mailroom.clock.forward(days=1, minutes=1)
    assert town.mailroom.steps.check_links() == 0
    sign_in(town.client, MODERATOR)
    assert "変わった・消えた項目はありません" in town.client.get("/review/candidates/flagged").text, "said once"
    assert town.posting().state is State.PUBLISHED


def test_a_no_takes_the_link_down_at_once_and_moderators_are_told(town: Town, cast: Cast) -> None:
    town.mailroom.subscribed(READER, "municipality=042021")
    town.collect()
    sign_in(town.client, MODERATOR)
    page = f"/review/candidates/{town.item().id}"
    send(town.client, f"{page}/publish", page=page)
    letters = {one.recipient: opened(one).get_body(("plain",)).get_content() for one in town.mailroom.run()}  # type: ignore[union-attr]
    assert set(letters) == {READER, EDITOR}, "whoever is known in the municipality is told at once"
    link = re.search(r"https://jobs\.example\.go\.jp(/collected/\S+)", letters[EDITOR])
    assert link is not None
    answer = town.app.test_client().post(link[1], data={"answer": "no"})
    assert answer.status_code == 200 and "掲載しない" in answer.text
    assert town.posting().state is State.WITHDRAWN
    last = {one.recipient: opened(one) for one in town.mailroom.run()}
    assert set(last) == {MODERATOR, READER}, "its end is told like any other"
    told = last[READER].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "■ 掲載終了 宮城県青葉市" in told and "募集中止" not in told and "/cio" not in told
    shown = town.app.test_client().get(f"/postings/{town.posting().id}").text
    assert "このサイトへの掲載は終わりました" in shown and "募集は中止になりました" not in shown
    with town.mailroom.writing() as session:
        assert len(session.scalars(select(ChangeEvent)).all()) == 2
        assert session.scalars(select(Source)).one().failures == 0
