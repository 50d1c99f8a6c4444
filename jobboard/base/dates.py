"""Dates and instants as officials type and paste them: 2026-05-29, 2026年5月29日, 令和8年5月29日(金)午後5時, R8.5.29 17:00 …"""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, time

from jobboard.base.clock import JAPAN, end_of
from jobboard.base.unreadable import Unreadable
from jobboard.base.wording import WEEKDAYS, japanese_date

BEFORE_FIRST_YEAR = {"令和": 2018, "令": 2018, "R": 2018, "平成": 1988, "H": 1988, "": 0}
_DAY = re.compile(
    r"(令和|令|平成|[RHrh]|)(元|\d{1,4})[-/.年](\d{1,2})[-/.月](\d{1,2})(?!\d)日?(?:\(?([月火水木金土日])(?:曜日?)?\)|([月火水木金土日])曜日?)?",
    re.ASCII,
)
_CLOCK = re.compile(r"T?(午前|午後|AM|PM|)(\d{1,2})(?::(\d{2})(?::00)?|時(?:(\d{1,2})分|(半))?)(?:まで|から|必着)?", re.IGNORECASE | re.ASCII)
_NAMED = {"正午": time(12)}
_BETWEEN_FIGURES = re.compile(r"(?<=\d)\s+(?=\d)")
_DASHES = re.compile(r"[‐‑‒–—―−ー﹣ｰ]")
_DATE_ASKED = "日付を 2026-05-29 か 令和8年5月29日 のように書いてください。"
_INSTANT_ASKED = "日時を 2026-05-29 17:00 か 令和8年5月29日午後5時 のように書いてください。"


def read_date(words: str) -> date:
    """A date of 2000 to 2100, in the Western or the Japanese count of years; raises ``Unreadable``."""
    day, rest = _day(_plain(words))
    if rest:
        raise Unreadable(_DATE_ASKED)
    return day


def read_instant(words: str, alone: Callable[[date], datetime] = end_of) -> datetime:
    """An instant in Japan; a date alone is ``alone`` of that day, 24:00 its end. Raises ``Unreadable``."""
    day, rest = _day(_plain(words))
    if rest in ("", "まで", "必着"):
        return alone(day)
    clock = _NAMED.get(rest.removesuffix("まで")) or _clock(rest)
    return end_of(day) if clock is None else datetime.combine(day, clock, JAPAN).astimezone(UTC)


def _plain(words: str) -> str:
    """Half-width, one kind of dash, without the spaces that Word pads columns with; between a day and an hour one ``T``."""
    parted = _BETWEEN_FIGURES.sub("T", unicodedata.normalize("NFKC", words))
    return _DASHES.sub("-", "".join(parted.split()))


def _day(plain: str) -> tuple[date, str]:
    """The day at the beginning and what follows it."""
    found = _DAY.match(plain)
    if found is None:
        raise Unreadable(_DATE_ASKED)
    era, year, weekday = found[1].upper(), found[2], found[5] or found[6]
    if (era == "") != (len(year) == 4) or year.startswith("0"):
        raise Unreadable(_DATE_ASKED)
    try:
        day = date(BEFORE_FIRST_YEAR[era] + (1 if year == "元" else int(year)), int(found[3]), int(found[4]))
    except ValueError:
        raise Unreadable(f"暦にない日付です。{_DATE_ASKED}") from None
    if not 2000 <= day.year <= 2100:
        raise Unreadable(_DATE_ASKED)
    if weekday and weekday != WEEKDAYS[day.weekday()]:
        raise Unreadable(f"日付と曜日が合いません。{japanese_date(day)} のように書いてください。")
    return day, plain[found.end() :]


def _clock(words: str) -> time | None:
    """A time of day; None for 24:00."""
    found = _CLOCK.fullmatch(words)
    if found is None:
        raise Unreadable(_INSTANT_ASKED)
    half, hour = found[1].upper(), int(found[2])
    minute = 30 if found[5] else int(found[3] or found[4] or 0)
    if (half and hour > 11) or hour > 24 or minute > 59 or (hour == 24 and minute):
        raise Unreadable(_INSTANT_ASKED)
    return None if hour == 24 else time(hour + (12 if half in ("午後", "PM") else 0), minute)
