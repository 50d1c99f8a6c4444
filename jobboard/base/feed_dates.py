"""The date of an item in all the ways of Japanese sites: RFC 822, RFC 3339, 2026年11月20日, 令和8年11月20日, R8.11.20 …

A date without a time is a date in Japan; a time without a zone is a time in Japan, and JST is nine hours before UTC.
"""

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone

from jobboard.base.clock import JAPAN, japan_date
from jobboard.base.dates import BEFORE_FIRST_YEAR

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)}|\d{{1,2}}(?=月))[a-z]*\.?月?"
_TIME = (
    r"(?:[ t,]*(?:\([^)]{1,9}\)|[月火水木金土日]曜日?)?[ ,]*(?P<half>午前|午後)?(?P<hour>\d{1,2})[:時](?P<minute>\d{2})?(?:分|:\d{2}(?:\.\d+)?)?"
    r"(?: ?(?P<meridiem>[ap])m)?(?: ?(?P<zone>(?:gmt|utc)?[-+]\d{2}:?\d{2}|[a-z]{1,4}(?![a-z])))?)?"
)
_FORMS = tuple(
    re.compile(form, re.ASCII)
    for form in (
        r"(?<![a-z])(?P<era>令和|平成|r|h)\.? ?(?P<year>元|\d{1,2}) ?[-/.年] ?(?P<month>\d{1,2}) ?[-/.月] ?(?P<day>\d{1,2})日?" + _TIME,
        r"(?<!\d)(?P<year>(?:19|20)\d{2}) ?[-/.年] ?(?P<month>\d{1,2}) ?[-/.月] ?(?P<day>\d{1,2})(?!\d)日?" + _TIME,
        r"(?<!\d)(?P<year>20\d{2})(?P<month>\d{2})(?P<day>\d{2})(?:t?(?P<hour>\d{2}):?(?P<minute>\d{2})(?::?\d{2})?(?P<zone>z|[-+]\d{2}:?\d{2})?)?",
        rf"(?<!\d)(?P<day>\d{{1,2}})[ -]{_MONTH}[ -](?P<year>\d{{4}}|\d{{2}})(?!\d)" + _TIME,
        rf"(?<![a-z]){_MONTH} (?P<day>\d{{1,2}}),? (?P<year>\d{{4}})" + _TIME,
        rf"(?<![a-z]){_MONTH} (?P<day>\d{{1,2}}) (?P<hour>\d{{1,2}}):(?P<minute>\d{{2}})(?::\d{{2}})?(?: (?P<zone>[a-z]{{1,4}}))? (?P<year>\d{{4}})",
    )
)
_ZONES = {"jst": 9, "z": 0, "gmt": 0, "ut": 0, "utc": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7}
_TOLD_TWICE = re.compile(r"\((?:(?:令和|平成|r|h)\.? ?(?:元|\d{1,2})|(?:19|20)\d{2}) ?年?\)", re.ASCII)
"""The year in the other count: 2026(令和8)年, 令和8年(2026年)."""

_LONGEST = 100


def read(words: str, fetched_at: datetime) -> date | None:
    """The date in Japan, never later than the fetch's; None where the words are none, or one outside 1990 to 2100."""
    found = written(words)
    return None if found is None else min(found, japan_date(fetched_at))


def written(words: str) -> date | None:
    """The date in Japan as it is written, however late."""
    plain = _TOLD_TWICE.sub("", " ".join(unicodedata.normalize("NFKC", words[:_LONGEST]).lower().split()))
    for form in _FORMS:
        found = form.search(plain)
        if found is not None:
            return _date(found.groupdict())
    return None


def _date(found: dict[str, str | None]) -> date | None:
    year = _year(found.get("era") or "", found["year"] or "")
    month = found["month"] or ""
    number = int(month) if month.isdecimal() else _MONTHS.index(month) + 1
    hour = int(found.get("hour") or 0) % 24
    if (found.get("half") == "午後" or found.get("meridiem") == "p") and hour < 12:
        hour += 12
    try:
        day = datetime(year, number, int(found["day"] or 0), tzinfo=JAPAN).date()
        at = datetime(year, number, day.day, hour, int(found.get("minute") or 0), tzinfo=_zone(found.get("zone") or ""))
    except ValueError:
        return None
    if not 1990 <= year <= 2100:
        return None
    return japan_date(at.astimezone(UTC)) if found.get("hour") else day


def _year(era: str, year: str) -> int:
    number = 1 if year == "元" else int(year)
    if era:
        return BEFORE_FIRST_YEAR[era.upper()] + number
    return number + 2000 if number < 100 else number


def _zone(words: str) -> timezone:
    """The zone of those letters (RFC 822 section 5) or of +09:00; Japan's where it says nothing that is known."""
    offset = words.removeprefix("gmt").removeprefix("utc")
    if offset[:1] in ("+", "-") and len(offset) > 1:
        digits = offset.replace(":", "")
        minutes = int(digits[1:3]) * 60 + int(digits[3:5])
        return timezone(timedelta(minutes=minutes if offset[0] == "+" else -minutes))
    return timezone(timedelta(hours=_ZONES[words])) if words in _ZONES else JAPAN
