"""The mail at one look: what waits, what left and what did not, what is held, what comes next."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, distinct, func, select
from sqlalchemy.orm import Session

from jobboard.base.states import DeliveryState, EventKind, Frequency
from jobboard.domain import brake, condition, mail_flow, matching, switch
from jobboard.models import Board, Delivery, Hold, Match, Posting


@dataclass(frozen=True)
class Overview:
    """Counts of mails, but ``next_people`` and those of ``held`` (posting, kind, persons), which are persons.

    ``oldest_seconds``: how long the oldest mail that is due has waited. ``sent``, ``failed`` and ``returned`` are of 24 hours.
    """

    board: Board
    queued: int
    oldest_seconds: int
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
    waiting = Delivery.state.in_((DeliveryState.QUEUED, DeliveryState.LEASED))
    since, hold = now - timedelta(hours=24), brake.open_hold(session)
    sent, failed, returned = mail_flow.settled_since(session, since)
    daily = matching.due_at(Frequency.DAILY, now, now=now)
    waits = and_(Match.delivery_id.is_(None), Match.dropped.is_(None))
    upcoming = select(func.count(distinct(Match.subscriber_id))).where(waits, Match.due_at > now, Match.due_at <= daily)
    return Overview(
        board=switch.state(session),
        queued=session.scalar(select(func.count()).select_from(Delivery).where(waiting)) or 0,
        oldest_seconds=condition.oldest_due_seconds(session, now),
        sent=sent,
        failed=failed,
        returned=returned,
        hold=hold,
        held=[(event.posting, event.kind, people) for event, people in brake.contents(session, hold)] if hold else [],
        held_people=brake.people(session, hold) if hold else 0,
        next_daily=daily,
        next_weekly=matching.due_at(Frequency.WEEKLY, now, now=now),
        next_people=session.scalar(upcoming) or 0,
    )
