"""The mail at one look: what waits, what left and what did not, what is held, what comes next."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, distinct, func, select
from sqlalchemy.orm import Session

from jobboard.base.states import DeliveryState, EventKind, Frequency
from jobboard.domain import brake, condition, matching, switch
from jobboard.models import Board, Delivery, Hold, Match, Posting

LONGEST_WAIT = timedelta(days=31)
"""What had waited longer than this when it was settled is not in the figures of a day: they need no index of their own."""


@dataclass(frozen=True)
class Overview:
    """Counts of mails, but ``next_people`` and those of ``held`` (posting, kind, persons), which are persons.

    ``oldest_minutes``: how long the oldest mail has waited. ``sent``, ``failed`` and ``returned`` are of 24 hours.
    """

    board: Board
    queued: int
    oldest_minutes: int
    sent: int
    failed: int
    returned: int
    hold: Hold | None
    held: list[tuple[Posting, EventKind, int]]
    held_people: int
    next_daily: datetime
    next_weekly: datetime
    next_people: int


def overview(session: Session, *, now: datetime) -> Overview:
    since, hold = now - timedelta(hours=24), brake.open_hold(session)
    measured = condition.measure(session, now)
    daily = matching.due_at(Frequency.DAILY, now, now=now)
    waits = and_(Match.delivery_id.is_(None), Match.dropped.is_(None))
    upcoming = select(func.count(distinct(Match.subscriber_id))).where(waits, Match.due_at > now, Match.due_at <= daily)
    return Overview(
        board=switch.state(session),
        queued=int(measured.deliveries[DeliveryState.QUEUED] + measured.deliveries[DeliveryState.LEASED]),
        oldest_minutes=measured.oldest_due_seconds // 60,
        sent=_count(session, _settled(DeliveryState.SENT, since)),
        failed=_count(session, _settled(DeliveryState.FAILED, since)),
        returned=_count(session, Delivery.bounced_at > since),
        hold=hold,
        held=[(event.posting, event.kind, people) for event, people in brake.contents(session, hold)] if hold else [],
        held_people=brake.people(session, hold) if hold else 0,
        next_daily=daily,
        next_weekly=matching.due_at(Frequency.WEEKLY, now, now=now),
        next_people=session.scalar(upcoming) or 0,
    )


def _settled(state: DeliveryState, since: datetime) -> ColumnElement[bool]:
    return and_(Delivery.state == state, Delivery.due_at > since - LONGEST_WAIT, Delivery.settled_at > since)


def _count(session: Session, condition: Any) -> int:
    return session.scalar(select(func.count()).select_from(Delivery).where(condition)) or 0
