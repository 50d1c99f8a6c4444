"""開庁日: working days of public offices, for staff who count how long something waits."""

from datetime import date, datetime, timedelta
from functools import lru_cache

import jpholiday

from jobboard.base.clock import japan_date


@lru_cache(maxsize=4_096)
def is_workday(day: date) -> bool:
    """Not a weekend, a national holiday, or 29 December to 3 January (行政機関の休日に関する法律1条)."""
    if day.weekday() >= 5 or (day.month, day.day) >= (12, 29) or (day.month, day.day) <= (1, 3):
        return False
    return not jpholiday.is_holiday(day)


def workdays_since(instant: datetime, now: datetime) -> int:
    """Workdays after the day of ``instant`` up to today, in Japan: 0 on the day itself, 1 on the next workday."""
    first, last = japan_date(instant), japan_date(now)
    return sum(is_workday(first + timedelta(days=days)) for days in range(1, (last - first).days + 1))


def workday_after(instant: datetime, count: int) -> date:
    """The last day of a term of ``count`` workdays, of which the first is the next workday after the day of ``instant``."""
    day = japan_date(instant)
    while count:
        day += timedelta(days=1)
        count -= is_workday(day)
    return day
