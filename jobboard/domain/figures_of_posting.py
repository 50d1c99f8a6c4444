"""What came of a posting: how often its page was opened and how many were told by mail, week by week.

Feeds are fetched by programs that bring them to any number of readers, so their readers cannot be counted.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import distinct, func, select
from sqlalchemy.orm import Session

from jobboard.base.clock import japan_date
from jobboard.base.states import DeliveryState, EventKind
from jobboard.domain import reach
from jobboard.domain.versions import current_content
from jobboard.models import ChangeEvent, Delivery, Match, Posting, ViewDay

WEEKS = 12
"""How many weeks are shown: up to the present one, or to the one in which the call ended."""


@dataclass(frozen=True)
class Week:
    """From a Monday in Japan. ``told``: persons told by mail of the changes of that week, once for each change."""

    begins_on: date
    views: int
    told: int


@dataclass(frozen=True)
class Figures:
    """``weeks``: at most ``WEEKS``, the oldest first. ``views``: of all days. ``matching``: who would be told of a change now."""

    weeks: list[Week]
    views: int
    matching: int


def figures(session: Session, posting: Posting, *, now: datetime) -> Figures:
    """The figures of a posting that is or was public."""
    days = session.execute(select(ViewDay.on, ViewDay.views).where(ViewDay.posting_id == posting.id)).all()
    views: Counter[date] = Counter()
    for day, number in days:
        views[_monday(day)] += number
    told = _told(session, posting)
    last = _monday(japan_date(posting.closed_at or now))
    first = max(_monday(japan_date(posting.published_at or now)), last - timedelta(weeks=WEEKS - 1))
    mondays = [first + timedelta(weeks=number) for number in range((last - first).days // 7 + 1)]
    return Figures(
        weeks=[Week(monday, views[monday], told[monday]) for monday in mondays],
        views=sum(views.values()),
        matching=reach.people(session, posting, current_content(posting), EventKind.AMENDED, now=now),
    )


def _told(session: Session, posting: Posting) -> Counter[date]:
    """By the Monday of each change: to whom a mail about it was sent, also where the ledger has forgotten who that was."""
    sent = (
        select(Match.event_id, func.count(distinct(Match.subscriber_id)).label("people"))
        .join(Delivery, Delivery.id == Match.delivery_id)
        .join(ChangeEvent, ChangeEvent.id == Match.event_id)
        .where(ChangeEvent.posting_id == posting.id, Delivery.state == DeliveryState.SENT, Match.dropped.is_(None))
        .group_by(Match.event_id)
        .subquery()
    )
    events = select(ChangeEvent.occurred_at, ChangeEvent.told + func.coalesce(sent.c.people, 0))
    events = events.join(sent, sent.c.event_id == ChangeEvent.id, isouter=True).where(ChangeEvent.posting_id == posting.id)
    found: Counter[date] = Counter()
    for occurred_at, people in session.execute(events):
        found[_monday(japan_date(occurred_at))] += people
    return found


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
