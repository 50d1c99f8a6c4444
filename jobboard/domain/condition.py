"""How the service is doing, in numbers: counts by state and the age of what waits."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from jobboard.base.choice import Choice
from jobboard.base.states import DeliveryState, State, SubscriptionState
from jobboard.domain import brake
from jobboard.domain.listing import board_version
from jobboard.domain.publication import open_clause
from jobboard.models import Board, ChangeEvent, Delivery, Posting, Subscription

STUCK_SECONDS = 900
"""A mail that has been due for a quarter of an hour means that no worker runs, or that the mail server refuses."""


@dataclass(frozen=True)
class Condition:
    """Counts by code of the state; ages in whole seconds, 0 when nothing waits.

    ``held``: persons whose notices wait at the brake; ``stopped_at``: since when no mail leaves.
    """

    postings: dict[str, float]
    open: int
    subscriptions: dict[str, float]
    deliveries: dict[str, float]
    oldest_due_seconds: int
    events_unmatched: int
    board_version: int
    held: int
    stopped_at: datetime | None

    @property
    def is_stuck(self) -> bool:
        """Mail waits too long, and not because somebody stopped it."""
        return self.stopped_at is None and self.oldest_due_seconds >= STUCK_SECONDS


def measure(session: Session, now: datetime) -> Condition:
    """The figures at ``now``."""
    unmatched = select(func.count()).select_from(ChangeEvent).where(ChangeEvent.matched_at.is_(None))
    hold = brake.open_hold(session)
    return Condition(
        postings=_by_state(session, Posting.state, State),
        open=session.scalar(select(func.count()).select_from(Posting).where(open_clause(now))) or 0,
        subscriptions=_by_state(session, Subscription.state, SubscriptionState),
        deliveries=_by_state(session, Delivery.state, DeliveryState),
        oldest_due_seconds=oldest_due_seconds(session, now),
        events_unmatched=session.scalar(unmatched) or 0,
        board_version=board_version(session),
        held=hold.waiting if hold else 0,
        stopped_at=session.scalar(select(Board.mail_stopped_at).where(Board.id == 1)),
    )


def beat(session: Session, *, now: datetime) -> None:
    """A worker says that it lives, once a minute."""
    session.execute(update(Board).where(Board.id == 1).values(swept_at=now))


def walked(session: Session, *, now: datetime) -> None:
    """The audit's chain was sound from its beginning to its end."""
    session.execute(update(Board).where(Board.id == 1).values(audit_walked_at=now))


SINCE = case((Delivery.due_at < Delivery.created_at, Delivery.created_at), else_=Delivery.due_at)
"""Since when a mail waits: one with a head start is due before it was made (deliveries.HEAD_START)."""


def oldest_due_seconds(session: Session, now: datetime) -> int:
    """How long the oldest mail that waits has been due; 0 when none is."""
    oldest = session.scalar(select(func.min(SINCE)).where(Delivery.state == DeliveryState.QUEUED))
    return max(0, int((now - oldest).total_seconds())) if oldest else 0


def _by_state(session: Session, column: InstrumentedAttribute[Any], states: type[Choice]) -> dict[str, float]:
    counted = session.execute(select(column, func.count()).group_by(column))
    found = {str(state): float(count) for state, count in counted}
    return {str(state): found.get(str(state), 0.0) for state in states}
