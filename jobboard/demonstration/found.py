"""What a feed of an invented town told of: candidates for a moderator to decide about. Nothing is ever fetched from there."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from jobboard.base.clock import japan_date
from jobboard.base.collecting import Fetched, ItemState
from jobboard.domain import collecting, finding, items
from jobboard.models import Fetch, Municipality, Source, SourceItem

SITE = "https://www.mihon.example.jp"
ASIDE = "見本の市区町村のフィードなので、読みません"
TITLES = (
    ("生成AI活用アドバイザー(委嘱)の募集について", 2),
    ("【締切延長】情報システム標準化プロジェクトマネージャーを1名募集します", 3),
    ("デジタル化推進員(パートタイム会計年度任用職員)の募集", 6),
    ("DX人材育成研修業務委託の公募型プロポーザルを実施します", 8),
    ("広報あおぞら12月号を発行しました", 1),
    ("年末年始のごみの収集日", 4),
)
"""Titles, and how many days ago each appeared."""


def find(session: Session, town: Municipality, *, now: datetime) -> None:
    """A source of ``town`` that was read hour by hour until it was paused, with these items, judged by the rules as they are."""
    first, last = now - timedelta(days=max(days for _, days in TITLES)), now - timedelta(hours=1)
    feed = Source(
        municipality_code=town.code, url=f"{SITE}/news.rss", title=f"{town.name} 新着情報", page_url=f"{SITE}/",
        created_at=first - timedelta(minutes=40), paused_at=now, paused_for=ASIDE, fetched_at=last,
    )  # fmt: skip
    session.add(feed)
    session.flush()
    seen = now - timedelta(days=min(days for _, days in TITLES))
    for number, (title, days) in enumerate(TITLES, start=1):
        _appear(session, feed, number, title, now - timedelta(days=days), seen)
    session.add_all(_readings(feed, first, last, now=now))
    session.flush()


def _appear(session: Session, feed: Source, number: int, title: str, at: datetime, seen: datetime) -> None:
    rules, link = finding.current(), f"{SITE}/news/{number}.html"
    mark = hashlib.sha256(f"{link} {title}".encode()).hexdigest()
    item = SourceItem(
        source=feed, identity=mark, digest=mark, link=link, title=title, dated=japan_date(at), first_seen_at=at, last_seen_at=seen
    )
    items.judge(item, rules)
    item.state = ItemState.CANDIDATE if item.score >= rules.enough else ItemState.IGNORED
    session.add(item)


def _readings(feed: Source, first: datetime, last: datetime, *, now: datetime) -> Iterator[Fetch]:
    """A fetch in each hour: what it found when something was new, else that nothing had changed, as long as that is kept."""
    new, listed, at = Counter(now - timedelta(days=days) for _, days in TITLES), 0, first
    while at <= last:
        listed += new[at]
        took = 180 + at.toordinal() * 7 % 90 + at.hour * 11 % 60
        if new[at]:
            size = 900 + 400 * listed
            yield Fetch(
                source_id=feed.id, at=at, outcome=Fetched.READ, status=200, size=size, took=took, items=listed, new_items=new[at]
            )
        elif at > now - collecting.QUIET_KEPT:
            yield Fetch(source_id=feed.id, at=at, outcome=Fetched.UNCHANGED, status=304, took=took)
        at += collecting.INTERVAL
