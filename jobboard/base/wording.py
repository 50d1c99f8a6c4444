"""How dates and money read on pages and in mails (look.md, Words)."""

from datetime import date, datetime, timedelta

from jobboard.base.clock import in_japan, japan_date

WEEKDAYS = "月火水木金土日"


def japanese_date(day: date) -> str:
    """2026年4月1日(水)."""
    return f"{day.year}年{day.month}月{day.day}日({WEEKDAYS[day.weekday()]})"


def short_date(day: date) -> str:
    """4月1日(水)."""
    return f"{day.month}月{day.day}日({WEEKDAYS[day.weekday()]})"


def japanese_era(day: date) -> str:
    """令和8年4月1日, for what an official paper would say; dates before 2019-05-01 are given in 平成."""
    first, era = (2019, "令和") if day >= date(2019, 5, 1) else (1989, "平成")
    year = day.year - first + 1
    return f"{era}{'元' if year == 1 else year}年{day.month}月{day.day}日"


def japanese_instant(instant: datetime) -> str:
    """2026年4月1日(水)17:00; midnight reads as 24:00 of the day before, as deadlines do."""
    day, clock = _day_and_clock(instant)
    return f"{japanese_date(day)}{clock}"


def japanese_opening(instant: datetime) -> str:
    """2026年4月1日(水)9:00; midnight reads as the day that it begins."""
    local = in_japan(instant)
    return japanese_date(local.date()) if local.hour == local.minute == 0 else japanese_instant(instant)


def short_instant(instant: datetime) -> str:
    """4月1日(水)17:00."""
    day, clock = _day_and_clock(instant)
    return f"{short_date(day)}{clock}"


def _day_and_clock(instant: datetime) -> tuple[date, str]:
    local = in_japan(instant)
    if local.hour == 0 and local.minute == 0:
        return local.date() - timedelta(days=1), "24:00"
    return local.date(), f"{local.hour}:{local.minute:02d}"


def yen(amount: int) -> str:
    """25,000円."""
    return f"{amount:,}円"


def about_yen(amount: int) -> str:
    """約10万円 from ten thousand on, in steps of a thousand; smaller amounts as they are."""
    if amount < 10_000:
        return f"約{amount:,}円"
    thousands = round(amount / 1_000)
    tens, rest = divmod(thousands, 10)
    return f"約{tens:,}万円" if not rest else f"約{tens:,}.{rest}万円"


def file_size(count: int) -> str:
    """340KB, 2.4MB of ``count`` bytes: a thousand bytes are 1KB, and nothing is smaller than that."""
    if count < 1_000_000:
        return f"{max(1, round(count / 1_000))}KB"
    return f"{count / 1_000_000:.1f}MB"


def days_left(deadline: datetime, now: datetime) -> int:
    """Whole calendar days in Japan until the day on which ``deadline`` falls; 0 on that day.

    A deadline at midnight belongs to the day that it ends.
    """
    last = japan_date(deadline - timedelta(microseconds=1))
    return (last - japan_date(now)).days
