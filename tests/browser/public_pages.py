"""Every public page in every state that it has, as the sweep of the browser visits them."""

from collections.abc import Iterator
from dataclasses import dataclass

import requests
from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base.clock import present
from jobboard.base.states import SubscriptionState
from jobboard.database import create_engine
from jobboard.domain import links, narrowing
from jobboard.models import Posting, Subscription
from tests.flows.site import Site


@dataclass(frozen=True)
class Visit:
    """A page (its name in Japanese), the state it is in, and its address."""

    page: str
    state: str
    address: str


FIXED = (
    Visit("トップ", "募集がある", "/"),
    Visit("募集を探す", "条件なし", "/postings"),
    Visit("募集を探す", "2ページ目", "/postings?page=2"),
    Visit("募集を探す", "条件が多い", "/postings?q=DX&pref=04&pref=13&remote=partly&side_job=yes&pay_unit=day&pay_min=10000&status=all"),
    Visit("募集を探す", "言葉に印がつく", "/postings?q=業務&sort=pay"),
    Visit("募集を探す", "受付を終了した募集", "/postings?status=closed&sort=deadline"),
    Visit("募集を探す", "0件", "/postings?q=甲乙丙丁&pref=47&role=cio"),
    Visit("募集を探す", "とても長い言葉", f"/postings?q={'長' * 99}"),
    Visit("更新情報", "条件なし", "/changes"),
    Visit("更新情報", "0件", "/changes?q=甲乙丙丁"),
    Visit("自治体から探す", "一覧", "/municipalities"),
    Visit("自治体から探す", "名前で探した", "/municipalities?q=府中"),
    Visit("自治体から探す", "見つからない", "/municipalities?q=甲乙丙丁"),
    Visit("自治体", "募集がない", "/municipalities/011002"),
    Visit("募集を比べる", "選んでいない", "/compare"),
    Visit("メールで受け取る", "条件なし", "/subscribe"),
    Visit("メールで受け取る", "条件つき", "/subscribe?q=DX&pref=13&remote=fully"),
    Visit("メールで受け取る", "送った後", "/subscribe/sent"),
    Visit("メールで受け取る", "先月は0通", "/subscribe?q=甲乙丙丁"),
    Visit("オープンデータ", "ふだん", "/data"),
    Visit("データの項目", "ふだん", "/data/dictionary"),
    Visit("API", "ふだん", "/api"),
    Visit("お知らせ", "一覧", "/announcements"),
    Visit("お知らせ", "終わった緊急のもの", "/announcements/1"),
    Visit("お知らせ", "表のあるもの", "/announcements/2"),
    Visit("このサイトについて", "ふだん", "/about"),
    Visit("使い方", "ふだん", "/help"),
    Visit("個人情報の取扱い", "ふだん", "/privacy"),
    Visit("ウェブアクセシビリティ方針", "ふだん", "/accessibility"),
    Visit("利用規約", "ふだん", "/terms"),
    Visit("訂正・削除の申出と苦情への対応", "ふだん", "/correction"),
    Visit("エラー", "条件が読み取れない(400)", "/postings?role=king&pref=04"),
    Visit("エラー", "ページがない(404)", "/nowhere"),
    Visit("エラー", "募集がない(404)", "/postings/99999"),
    Visit("エラー", "使えないリンク(404)", "/u/aaaaaaaaaaaaaaaaaaaaaa"),
)
EMPTY = (
    Visit("トップ", "募集が1件もない", "/"),
    Visit("募集を探す", "募集が1件もない", "/postings"),
    Visit("更新情報", "募集が1件もない", "/changes"),
    Visit("自治体から探す", "募集が1件もない", "/municipalities"),
)


def visits(site: Site) -> Iterator[Visit]:
    """The pages of a running demonstration: the fixed ones, and one posting of each state and kind that it holds."""
    yield from FIXED
    kinds = {
        "募集中": "status=open", "締切が近い": "status=open&sort=deadline", "受付を終了した": "status=closed", "企業への募集": "audience=company",
        "完全リモート": "remote=fully", "規定による報酬": "pay_unit=by_rules",
    }  # fmt: skip
    seen: set[int] = set()
    for state, query in kinds.items():
        rows = requests.get(f"{site.base_url}/api/v1/postings?limit=50&{query}", timeout=10).json()["data"]
        number = next(row["id"] for row in rows if row["id"] not in seen)
        seen.add(number)
        yield Visit("募集", state, f"/postings/{number}")
    told = [item["_jobboard"] for item in requests.get(f"{site.base_url}/changes.json", timeout=10).json()["items"]]
    withdrawn, amended = (next(one["id"] for one in told if one["event"] == kind) for kind in ("withdrawn", "amended"))
    yield Visit("募集", "中止になった", f"/postings/{withdrawn}")
    yield Visit("更新履歴", "変更がある", f"/postings/{amended}/history")
    pair = sorted(seen)
    yield Visit("募集を比べる", "2件", f"/compare?id={pair[0]}&id={pair[1]}")
    yield Visit("募集を比べる", "4件", "/compare?" + "&".join(f"id={one}" for one in pair[:4]))
    yield Visit("訂正・削除の申出", "ふだん", f"/correction/{pair[0]}")
    yield from _behind_links(site, pair[0])
    first = requests.get(f"{site.base_url}/api/v1/postings/{pair[0]}", timeout=10).json()["data"]
    yield Visit("自治体", "募集がある", f"/municipalities/{first['municipality']}")


def _behind_links(site: Site, posting: int) -> Iterator[Visit]:
    """What the links of the demonstration's mails open, for one reader, and for one whose mails came back."""
    now = present()
    engine = create_engine(site.environ["JOBBOARD_DATABASE_URL"])
    with Session(engine, expire_on_commit=False) as session:
        active = select(Subscription).where(Subscription.state == SubscriptionState.ACTIVE).order_by(Subscription.id)
        one, *_, other = session.scalars(active)
        reader, stopped = one.subscriber, other.subscriber
        subjects = {"manage": reader, "leave": one, "confirm": one}
        key = site.environ["JOBBOARD_TOKEN_KEY"]
        opens = {
            purpose: links.issue(session, key, purpose, row.id, row.link_generation, now=now) for purpose, row in subjects.items()
        }
        old = links.issue(session, key, "manage", reader.id, reader.link_generation - 1, now=now)
        other_link = links.issue(session, key, "manage", stopped.id, stopped.link_generation, now=now)
        stopped.stopped_at = now
        narrowing.refuse(session, reader, session.get_one(Posting, posting).municipality_code, now=now)
        session.commit()
    engine.dispose()
    home = f"/subscriptions/{opens['manage']}"
    yield Visit("登録の確定", "確定した後", f"/subscribe/confirm/{opens['confirm']}")
    yield Visit("配信の停止", "停止する前", f"/u/{opens['leave']}")
    yield Visit("登録した条件", "条件を変える", f"{home}/{one.id}")
    yield Visit("登録した条件", "お知らせを減らす", f"{home}/less/{posting}/published")
    yield Visit("登録した条件", "情報を削除する", f"{home}/forget")
    yield Visit("登録した条件", "届かず止まっている", f"/subscriptions/{other_link}")
    yield Visit("登録した条件", "新しいリンクに替わった(410)", f"/subscriptions/{old}")
    yield Visit("登録した条件", "ふだん", home)
