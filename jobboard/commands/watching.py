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
from jobboard.base.wording import japanese_instant
from jobboard.commands import mail_dns, mail_route
from jobboard.commands.help import JapaneseCommand
from jobboard.commands.opening import FAILED, configuration, reading
from jobboard.domain import brake, condition, gathering, strange, switch
from jobboard.models import ChangeEvent, Match, Posting


@dataclass(frozen=True)
class Answer:
    """One question about the site. ``wrong``: what is not as it should be, in words; empty when all is well."""

    subject: str
    wrong: str = ""

    def line(self) -> str:
        return f"異常  {self.subject}: {self.wrong}" if self.wrong else f"良好  {self.subject}"


@click.command(cls=JapaneseCommand)
@click.option("--mail", is_flag=True, help="DNS(SPF、DKIM、DMARC、MX)とメールサーバーも調べる。メールは送らない")
def check(mail: bool) -> None:
    """動いているかを調べる。良好なら終了コード0、異常があれば1。監視に使う。"""
    config = configuration()
    with reading(config) as session:
        answers = list(_answers(session, present()))
    for answer in answers:
        click.echo(answer.line())
    found = [*mail_route.returns(config)]
    if mail:
        found += [*mail_dns.findings(config, mail_dns.system_names()), *mail_route.findings(config)]
    for finding in found:
        click.echo(finding.line())
    if any(answer.wrong for answer in answers) or any(finding.level == "異常" for finding in found):
        raise click.exceptions.Exit(FAILED)


def _answers(session: Session, now: datetime) -> Iterator[Answer]:
    board, hold = switch.state(session), brake.open_hold(session)
    stopped, waiting = "", condition.measure(session, now).oldest_due_seconds
    if board.mail_stopped_at is not None:
        since, waiting = japanese_instant(board.mail_stopped_at), 0
        stopped = f"{since}から止めています(理由: {board.mail_stopped_for})。再開するには: jobboard mail start"
    yield Answer("メールの送信", stopped)
    yield _waited("送信待ちのメール", waiting)
    held = ""
    if hold is not None:
        since = japanese_instant(hold.made_at)
        held = f"{hold.waiting:,}人へのお知らせが、{since}から掲載確認担当の確認を待っています。中身を見るには: jobboard mail hold"
    yield Answer("お知らせの保留", held)
    yield Answer("監査記録", "封と合わないところがあります。場所を見るには: jobboard audit verify" if strange.is_broken(session) else "")
    unmatched = ChangeEvent.matched_at.is_(None)
    yield _waited("登録者と結びつける変更", _age(session, ChangeEvent.occurred_at, unmatched, now))
    due = 0 if hold else _age(session, Match.due_at, gathering.is_due(now), now)
    yield _waited("メールにまとめるお知らせ", due)
    overdue = sa.and_(Posting.state == State.PUBLISHED, Posting.apply_by <= now)
    yield _waited("締切を過ぎた募集の終了", _age(session, Posting.apply_by, overdue, now))


def _waited(subject: str, seconds: int) -> Answer:
    """The worker sweeps every minute; what waits much longer waits for a worker that is not there."""
    stuck = seconds >= condition.STUCK_SECONDS
    return Answer(subject, f"最も古いものは{seconds // 60:,}分前から" if stuck else "")


def _age(session: Session, instant: Mapped[Any], waiting: sa.ColumnElement[bool], now: datetime) -> int:
    """Seconds that the oldest of its kind has waited."""
    oldest = session.scalar(sa.select(sa.func.min(instant)).where(waiting))
    return int((now - oldest).total_seconds()) if oldest else 0


COMMANDS = (check,)
