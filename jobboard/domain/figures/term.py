"""時点 and 年度: the day that figures are told of, the fiscal year up to it, and the same term of the year before."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from jobboard.base.clock import end_of, fiscal_year, japan_date, start_of
from jobboard.base.dates import read_date
from jobboard.base.errors import Incomplete, Problem
from jobboard.base.text import clean
from jobboard.base.unreadable import Unreadable
from jobboard.base.wording import japanese_date

LONGEST = 40
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True)
class Term:
    """From ``first``, 1 April or the first of a month, to ``day``. ``until``: 24:00 of it in Japan; of today just after the present."""

    first: date
    day: date
    until: datetime

    @property
    def year(self) -> int:
        """The fiscal year."""
        return fiscal_year(self.day)

    @cached_property
    def since(self) -> datetime:
        return start_of(self.first)

    @property
    def whole(self) -> bool:
        """Whether the day is over, so that the figures are those of its 24:00."""
        return self.until == end_of(self.day)

    def began(self, at: datetime | None) -> bool:
        """Whether what began at ``at`` began in this term: 0:00 belongs to the day that it begins."""
        return at is not None and self.since <= at < self.until

    def ended(self, at: datetime | None) -> bool:
        """Whether what ended at ``at`` ended in this term: 24:00 belongs to the day that it ends, as deadlines do."""
        return at is not None and self.since < at <= self.until

    def months(self) -> list["Term"]:
        """Each month up to the day, as a term of its own; the last one ends with the day."""
        found = []
        first = self.first
        while first <= self.day:
            after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
            last = min(after - timedelta(days=1), self.day)
            found.append(Term(first, last, min(start_of(after), self.until)))
            first = after
        return found


def ending(day: date, *, now: datetime) -> Term:
    """The term that ends with ``day``, today or earlier."""
    return Term(date(fiscal_year(day), 4, 1), day, min(end_of(day), now + _TICK))


def year_before(term: Term) -> Term:
    """The term to the same month and day, of 29 February to the 28th, and to the same time of it."""
    leap = (term.day.month, term.day.day) == (2, 29)
    day = term.day.replace(year=term.day.year - 1, day=28 if leap else term.day.day)
    return Term(date(fiscal_year(day), 4, 1), day, end_of(day) - (end_of(term.day) - term.until))


def read(typed: str, *, now: datetime) -> Term:
    """The term as typed, of today when nothing is. Raises ``Incomplete`` for what is no day, or one to come."""
    words, today = clean(typed), japan_date(now)
    if not words:
        return ending(today, now=now)
    try:
        day = read_date(words[:LONGEST])
    except Unreadable as wrong:
        raise Incomplete([Problem("on", f"時点の{wrong}")]) from None
    if day > today:
        raise Incomplete([Problem("on", f"時点は、きょう({japanese_date(today)})までの日付にしてください。")])
    return ending(day, now=now)


def last_day(at: datetime) -> date:
    """The day in Japan on which something ended: 24:00 belongs to the day that it ends."""
    return japan_date(at - _TICK)


def end_of_year(year: int, *, now: datetime) -> date:
    """The last day of a fiscal year, or today while it runs."""
    return min(date(year + 1, 3, 31), japan_date(now))
