"""What came of calls, as it was known on a day: read from the audit, which says when each municipality said what."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base.states import Outcome, State
from jobboard.domain.figures.term import Term
from jobboard.models import AuditEntry

_SAYING = ("posting:close", "posting:outcome")


class Told(NamedTuple):
    """A municipality said what came of a call."""

    at: datetime
    outcome: Outcome


class Last(NamedTuple):
    """What the posting's row says today: for calls whose audit is kept no longer."""

    closed_at: datetime | None
    outcome: Outcome


def told(session: Session) -> dict[int, list[Told]]:
    """By posting, in order of time."""
    outcome = AuditEntry.facts["outcome"].as_string()
    rows = select(AuditEntry.subject_id, AuditEntry.at, outcome).where(
        AuditEntry.action.in_(_SAYING), AuditEntry.subject_kind == "posting", outcome.is_not(None)
    )
    found: dict[int, list[Told]] = {}
    for posting, at, code in session.execute(rows.order_by(AuditEntry.at, AuditEntry.id)):
        found.setdefault(int(posting), []).append(Told(at, Outcome(code)))
    return found


def known(
    state: State, ended_at: datetime | None, told: Sequence[Told], last: Last | None, term: Term
) -> tuple[Outcome | None, datetime | None]:
    """The outcome of a call as it was known at the end of ``term``, and when it was told.

    None while it is open. A withdrawn call is 中止; one that is over and said nothing by then is 未回答.
    """
    if ended_at is None or state is State.PUBLISHED:
        return None, None
    if state is State.WITHDRAWN:
        return Outcome.CANCELLED, ended_at
    since = [one for one in told if one.at >= ended_at]
    by_then = [one for one in since if one.at < term.until or one.at == ended_at]
    if by_then:
        return by_then[-1].outcome, by_then[-1].at
    if not since and last is not None and last.closed_at == ended_at:
        return last.outcome, ended_at
    return Outcome.UNANSWERED, None
