"""What a feed of an invented town told of: candidates for a moderator to decide about. Nothing is ever fetched from there."""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from jobboard.base.clock import japan_date
from jobboard.base.collecting import ItemState
from jobboard.domain import finding, items
from jobboard.models import Municipality, Source, SourceItem

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
    """A paused source of ``town`` with these items, judged by the rules as they are."""
    begun = now - timedelta(days=30)
    feed = Source(
        municipality_code=town.code, url=f"{SITE}/news.rss", title=f"{town.name} 新着情報", page_url=f"{SITE}/", created_at=begun,
        paused_at=now, paused_for=ASIDE, fetched_at=now,
    )  # fmt: skip
    session.add(feed)
    rules = finding.current()
    for number, (title, days) in enumerate(TITLES, start=1):
        at, link = now - timedelta(days=days), f"{SITE}/news/{number}.html"
        mark = hashlib.sha256(f"{link} {title}".encode()).hexdigest()
        item = SourceItem(
            source=feed, identity=mark, digest=mark, link=link, title=title, dated=japan_date(at), first_seen_at=at, last_seen_at=now
        )
        items.judge(item, rules)
        item.state = ItemState.CANDIDATE if item.score >= rules.enough else ItemState.IGNORED
        session.add(item)
    session.flush()
