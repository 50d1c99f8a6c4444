"""`jobboard check`: is the site doing its work? For monitoring: one line for each question, and the exit code."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import click
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session

from jobboard.base.clock import present
from jobboard.base.states import State
from jobboard.commands import mail_dns, mail_route
from jobboard.commands.help import JapaneseCommand
from jobboard.commands.opening import FAILED, configuration, reading
from jobboard.domain import condition
from jobboard.models import ChangeEvent, Posting


@dataclass(frozen=True)
class Answer:
    """One question to the database: how many seconds the oldest of its kind has waited."""

    subject: str
    seconds: int

    @property
    def is_well(self) -> bool:
        """The worker sweeps every minute; what waits much longer waits for a worker that is not there."""
        return self.seconds < condition.STUCK_SECONDS

    def line(self) -> str:
        if self.is_well:
            return f"良好  {self.subject}"
        return f"異常  {self.subject}: 最も古いものは{self.seconds // 60:,}分前から"


@click.command(cls=JapaneseCommand)
@click.option("--mail", is_flag=True, help="DNS(SPF、DKIM、DMARC、MX)とメールサーバーも調べる。メールは送らない")
def check(mail: bool) -> None:
    """動いているかを調べる。良好なら終了コード0、異常があれば1。監視に使う。"""
    config = configuration()
    with reading(config) as session:
        answers = list(_answers(session, present()))
    for answer in answers:
        click.echo(answer.line())
    found = [*mail_dns.findings(config, mail_dns.system_names()), *mail_route.findings(config)] if mail else []
    for finding in found:
        click.echo(finding.line())
    if not all(answer.is_well for answer in answers) or any(finding.level == "異常" for finding in found):
        raise click.exceptions.Exit(FAILED)


def _answers(session: Session, now: datetime) -> Iterator[Answer]:
    yield Answer("送信待ちのメール", condition.measure(session, now).oldest_due_seconds)
    unmatched = ChangeEvent.matched_at.is_(None)
    yield Answer("登録者と結びつける変更", _age(session, ChangeEvent.occurred_at, unmatched, now))
    overdue = sa.and_(Posting.state == State.PUBLISHED, Posting.apply_by <= now)
    yield Answer("締切を過ぎた募集の終了", _age(session, Posting.apply_by, overdue, now))


def _age(session: Session, instant: Mapped[Any], waiting: sa.ColumnElement[bool], now: datetime) -> int:
    oldest = session.scalar(sa.select(sa.func.min(instant)).where(waiting))
    return int((now - oldest).total_seconds()) if oldest else 0


COMMANDS = (check,)
