"""Times of the demonstration are written relative to the day on which it is filled, so that it is never out of date.

``-12w`` the twelfth working day before, ``+5w`` the fifth after, ``+5d`` five days after; ``17:00`` behind it is the clock
in Japan. ``m+2`` is the first of the month two months on; ``fy`` and ``fy+1`` are 31 March of the fiscal year of the term's
first day and of the next one; ``term+12m`` is the last day of twelve months from the term's first day.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

from jobboard.base.clock import JAPAN, fiscal_year_end
from jobboard.base.fields import BY_NAME, FieldType
from jobboard.domain.workdays import is_workday

_OFFSET = re.compile(r"([+-]\d+)([wd])(?:(\d{2}):(\d{2}))?")
_MONTH = re.compile(r"m\+(\d+)")
_FISCAL = re.compile(r"fy(?:\+(\d))?")
_TERM = re.compile(r"term\+(\d+)m")
_STEP = timedelta(days=1)


def day_of(words: str, today: date) -> date:
    """The date of an offset such as ``-12w`` or ``+5d17:00``."""
    found = _OFFSET.fullmatch(words)
    if not found:
        raise ValueError(f"not a relative day: {words}")
    count, unit = int(found[1]), found[2]
    if unit == "d":
        return today + count * _STEP
    day, way = today, _STEP if count > 0 else -_STEP
    for _ in range(abs(count)):
        day += way
        while not is_workday(day):
            day += way
    return day


def clock_of(words: str) -> time | None:
    """The clock that is written behind an offset, None when none is."""
    found = _OFFSET.fullmatch(words)
    return time(int(found[3]), int(found[4])) if found and found[3] else None


def instant_of(words: str, today: date, otherwise: time) -> datetime:
    """The UTC instant of an offset; ``otherwise`` is the clock in Japan when it names none."""
    return datetime.combine(day_of(words, today), clock_of(words) or otherwise, JAPAN).astimezone(UTC)


def typed(values: Mapping[str, list[str]], today: date) -> dict[str, list[str]]:
    """The draft with its relative days as an editor would type them; what is not relative stays as it stands."""
    read = dict(values)
    for name in values:
        kind = BY_NAME[name].type if name in BY_NAME else None
        if kind in (FieldType.DATE, FieldType.INSTANT):
            read[name] = [_as_typed(values[name][0], read, today)]
    return read


def _as_typed(words: str, read: Mapping[str, list[str]], today: date) -> str:
    if _OFFSET.fullmatch(words):
        clock = clock_of(words)
        return day_of(words, today).isoformat() + (f"T{clock:%H:%M}" if clock else "")
    if month := _MONTH.fullmatch(words):
        return _months_after(today.replace(day=1), int(month[1])).isoformat()
    start = _start(read, today)
    if fiscal := _FISCAL.fullmatch(words):
        end = fiscal_year_end(start)
        return end.replace(year=end.year + int(fiscal[1] or 0)).isoformat()
    if term := _TERM.fullmatch(words):
        return (_months_after(start, int(term[1])) - _STEP).isoformat()
    return words


def _start(read: Mapping[str, list[str]], today: date) -> date:
    try:
        return date.fromisoformat(read.get("term_start_on", [""])[0])
    except ValueError:
        return today


def _months_after(first: date, months: int) -> date:
    years, month = divmod(first.month - 1 + months, 12)
    return first.replace(year=first.year + years, month=month + 1)
