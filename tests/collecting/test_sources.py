"""What becomes a source, in which spelling, and when one that was stopped is asked again."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base.collecting import Fetched
from jobboard.base.errors import Incomplete
from jobboard.base.fetching import Answer, NotFetched
from jobboard.domain import collecting, sources, sourcing
from jobboard.domain.collecting import Got
from jobboard.domain.municipalities import RowRefused
from jobboard.models import Source
from tests.collecting.test_collecting import NOW, RULES, SITE, session, source
from tests.postings import municipality

__all__ = ["session"]


def paused_and_resumed(session: Session, paused: Source, now: datetime) -> datetime:
    sourcing.pause(session, paused.id, reason="確かめるため", by=None, now=now)
    sourcing.resume(session, paused.id, by=None, now=now)
    assert paused.next_at is not None
    return paused.next_at


@pytest.mark.parametrize("minutes", [0, 1, 30, 59, 61, 600])
def test_stopping_and_resuming_asks_no_server_twice_in_an_hour(session: Session, minutes: int) -> None:
    read, failing, killed = (source(session) for _ in range(3))
    due = collecting.lease(session, "one", now=NOW, limit=5)
    then = NOW + timedelta(minutes=minutes)
    assert NOW + timedelta(hours=1) <= paused_and_resumed(session, killed, NOW), "while it is fetched"
    collecting.settle(session, due[0], "one", Got(NOW, 1, Answer(SITE, 304)), RULES, now=NOW)
    for _ in range(4):  # so that it waits for eight hours
        collecting.settle(session, due[1], "one", Got(NOW, 1, failure=NotFetched(Fetched.SLOW, "")), RULES, now=NOW)
        failing.lease_owner = "one"
    collecting.take_back(session, {"one"})
    for one in (read, failing, killed):
        assert NOW + timedelta(hours=1) <= paused_and_resumed(session, one, then) <= then + timedelta(hours=1)


SPELLINGS = (
    "https://青葉.example.jp/rss", "https://XN--6S1AU30B.example.jp/rss", "https://%E9%9D%92%E8%91%89.example.jp/rss", "https://青葉.example.jp:443/rss",
    "https://青葉.example.jp./rss", "https://青葉.example.jp/rss?", "https://青葉.example.jp/rss#new", "https://青葉.example.jp/a/../rss",
    "https://青葉.example.jp/./%72ss", "HTTPS://青葉。example。jp/rss", "http://青葉.example.jp/rss",
)


def test_one_feed_is_one_source_in_whatever_spelling(session: Session) -> None:
    code = municipality().code
    first = sourcing.add(session, code, SPELLINGS[2], by=None, now=NOW)
    assert first.url == SPELLINGS[0], "what is kept can be read"
    for url in SPELLINGS:
        with pytest.raises(sourcing.Known) as known:
            sourcing.add(session, code, url, plain_http=True, by=None, now=NOW)
        assert known.value.number == first.id, url
        assert sources.load(session, [{"code": code, "feed_url": url}], now=NOW).known == 1, url
    for url in ("https://青葉.example.jp/RSS", "https://青葉.example.jp/rss?a", "https://青葉.example.jp/rss/", "https://www.青葉.example.jp/rss"):
        sourcing.add(session, code, url, by=None, now=NOW)


UNASKED = (
    "https://127.0.0.1/rss", "https://2130706433/r", "https://0x7f.1/", "https://0177.0.0.1/", "https://127.1/", "https://１２７.０.０.１/",
    "https://%31%32%37.0.0.1/", "https://[::1]/r", "https://[::ffff:127.0.0.1]/", "https://[fe80::1%25eth0]/", "https://169.254.169.254/",
    "https://localhost/r", "https://LOCALHOST./", "https://a.localhost/", "https://intranet/", "https://nas.local/", "https://1.2.3.4.5/",
    "https://feed.example.jp:8443/", "https://feed.example.jp:80/", "https://a@b.example.jp/", "https://a\\b.example.jp/", "javascript:alert(1)",
)  # fmt: skip


def test_what_the_door_would_never_connect_to_is_no_source(session: Session) -> None:
    code = municipality().code
    for url in UNASKED:
        with pytest.raises(Incomplete):
            sourcing.add(session, code, url, by=None, now=NOW)
        with pytest.raises(Incomplete):
            sourcing.add(session, code, "https://feed.example.jp/", page_url=url, by=None, now=NOW)
        with pytest.raises(RowRefused):
            sources.load(session, [{"code": code, "feed_url": url}], now=NOW)
    assert session.scalars(select(Source)).all() == []
