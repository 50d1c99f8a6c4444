"""The announcements of the demonstration: one that stands, and an urgent one that is over."""

from datetime import datetime, time, timedelta

from sqlalchemy.orm import Session

from jobboard.base.clock import japan_date
from jobboard.demonstration.relative import instant_of
from jobboard.domain import announcing
from jobboard.models import Account

WELCOME = """\
このサイトは、市区町村の外部デジタル人材の募集を、まとめて探せるサイトの**見本**です。

## できること

- [募集を探す](/postings): 役割、報酬、日数、リモート、副業の可否で絞り込めます。
- [メールで受け取る](/subscribe): 条件に合う募集が載ったときにお知らせします。
- [更新情報](/changes)とフィード: 新着、締切の延長、終了を読めます。

| 知りたいこと | 見るところ |
|---|---|
| 言葉の使い方 | [使い方](/help) |
| データの形 | [オープンデータ](/data) |
"""
MAINTENANCE = """\
点検のため、次の時間はサイトとメールの配信が止まりました。

1. 公開のページは、22時から翌朝6時まで見られません。
2. その間の更新は、6時から順にメールでお知らせします。

ご不便をおかけしました。
"""


def announce(session: Session, *, by: Account, now: datetime) -> None:
    """Writes and publishes both in the past, by their own instants."""
    today = japan_date(now)
    begins = instant_of("-15w", today, time(9))
    over = announcing.write(session, announcing.Written("点検のため、夜間にサイトが止まります", MAINTENANCE, True), by=by, now=begins)
    announcing.publish(session, over, revision=1, at=begins, ends_at=begins + timedelta(days=2), by=by, now=begins)
    stands = instant_of("-8w", today, time(10))
    welcome = announcing.write(session, announcing.Written("募集情報のサイトの見本を公開しました", WELCOME, False), by=by, now=stands)
    announcing.publish(session, welcome, revision=1, at=stands, ends_at=None, by=by, now=stands)
