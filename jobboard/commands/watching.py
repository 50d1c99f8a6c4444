"""`jobboard check`: is the site doing its work? For monitoring: one line for each question, and the exit code."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session

from jobboard.base.clock import present
from jobboard.base.states import DeliveryState, State
from jobboard.commands.help import JapaneseCommand
from jobboard.commands.opening import FAILED, configuration, reading
from jobboard.models import ChangeEvent, Delivery, Posting

LATE = timedelta(minutes=15)
"""The worker sweeps every minute; what has waited longer than this waits for a worker that is not there."""


@dataclass(frozen=True)
class Answer:
    """One question to the database: what waits too long, and since when."""

    subject: str
    waiting: int
    since: datetime | None

    def line(self, now: datetime) -> str:
        if not self.waiting or self.since is None:
            return f"良好  {self.subject}"
        minutes = int((now - self.since).total_seconds() // 60)
        return f"異常  {self.subject}: {self.waiting}件、最も古いものは{minutes:,}分前から"


@click.command(cls=JapaneseCommand)
def check() -> None:
    """動いているかを調べる。良好なら終了コード0、異常があれば1。監視に使う。"""
    now = present()
    with reading(configuration()) as session:
        answers = list(_answers(session, now))
    for answer in answers:
        click.echo(answer.line(now))
    if any(answer.waiting for answer in answers):
        raise click.exceptions.Exit(FAILED)


def _answers(session: Session, now: datetime) -> Iterator[Answer]:
    late = now - LATE
    due = sa.and_(Delivery.state == DeliveryState.QUEUED, Delivery.due_at < late)
    unmatched = sa.and_(ChangeEvent.matched_at.is_(None), ChangeEvent.occurred_at < late)
    overdue = sa.and_(Posting.state == State.PUBLISHED, Posting.apply_by < late)
    yield _answer(session, "送信待ちのメール", Delivery.due_at, due)
    yield _answer(session, "登録者と結びつける変更", ChangeEvent.occurred_at, unmatched)
    yield _answer(session, "締切を過ぎた募集の終了", Posting.apply_by, overdue)


def _answer(
    session: Session, subject: str, instant: sa.orm.InstrumentedAttribute[datetime | None] | sa.orm.Mapped[datetime],
    condition: sa.ColumnElement[bool],
) -> Answer:
    waiting, since = session.execute(sa.select(sa.func.count(), sa.func.min(instant)).where(condition)).one()
    return Answer(subject, waiting, since)


COMMANDS = (check,)
