"""The figures of the demonstration: how often pages were opened, day by day, and how many were told of each change.

Invented, and the same each time: more on a posting's first days and on days of changes, fewer on days off.
"""

from collections import Counter
from datetime import date, datetime, timedelta

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from jobboard.base.clock import japan_date
from jobboard.domain.workdays import is_workday
from jobboard.models import ChangeEvent, Posting, ViewDay


def look(session: Session, *, now: datetime) -> None:
    """Counts the views and the told of everything that is or was public, up to the day before ``now``."""
    changes: dict[int, Counter[date]] = {}
    for event in session.scalars(select(ChangeEvent).where(ChangeEvent.material)):
        changes.setdefault(event.posting_id, Counter())[japan_date(event.occurred_at)] += 1
        event.told = 6 + (event.posting_id * 7 + event.id * 5) % 31
    rows = []
    for posting in session.scalars(select(Posting).where(Posting.published_at.is_not(None))):
        first, last = japan_date(posting.published_at or now), japan_date(posting.closed_at or now)
        for day in (first + timedelta(days=number) for number in range((last - first).days + 1)):
            rows.append({"posting_id": posting.id, "on": day, "views": _views(posting.id, (day - first).days, day, changes[posting.id][day])})
    session.execute(insert(ViewDay), rows)


def _views(number: int, age: int, day: date, changed: int) -> int:
    usual = 3 + number % 6 + 40 // (age + 2) + (day.day * 7 + number * 3) % 5
    return (usual if is_workday(day) else usual // 3) + 9 * changed
