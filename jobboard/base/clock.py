"""Time: instants are aware UTC, dates are dates in Japan. Only the roof and the web floor ask for the present."""

from datetime import UTC, date, datetime, time, timedelta, timezone

JAPAN = timezone(timedelta(hours=9), "JST")
"""Japan has had no summer time since 1952; a fixed offset needs no zone table."""


def present() -> datetime:
    """The present instant, aware UTC."""
    return datetime.now(UTC)


def in_japan(instant: datetime) -> datetime:
    """The same instant on a clock in Japan (+09:00)."""
    return instant.astimezone(JAPAN)


def japan_date(instant: datetime) -> date:
    """The date in Japan at ``instant``."""
    return in_japan(instant).date()


def start_of(day: date) -> datetime:
    """00:00 of ``day`` in Japan, as UTC."""
    return datetime.combine(day, time(0), JAPAN).astimezone(UTC)


def end_of(day: date) -> datetime:
    """24:00 of ``day`` in Japan, as UTC: the closing instant of a deadline given as a date (decisions.md, Time)."""
    return start_of(day + timedelta(days=1))


def fiscal_year(day: date) -> int:
    """The Japanese fiscal year (1 April to 31 March) that ``day`` falls in."""
    return day.year if day.month >= 4 else day.year - 1


def fiscal_year_end(day: date) -> date:
    """31 March of the fiscal year of ``day``."""
    return date(fiscal_year(day) + 1, 3, 31)
