"""A field's value as people read it, on pages, in mails and feeds alike."""

from datetime import date, datetime
from decimal import Decimal

from jobboard.base.choice import Choice
from jobboard.base.codes import PREFECTURES
from jobboard.base.content import SEVERAL, Content, Value
from jobboard.base.fields import BY_NAME, Field, FieldType
from jobboard.base.vocabulary import UNPRICED, Explicit, PayUnit, WorkPeriod
from jobboard.base.wording import about_yen, japanese_date, japanese_instant, japanese_opening, yen

WEEKS_PER_MONTH = Decimal("4.33")
HOURS_PER_DAY = Decimal("7.75")
"""The daily working time of a full-time municipal employee, for comparison when a call says none."""


def show(name: str, content: Content) -> str:
    """The value of a field as one Japanese text; 「―」 when it was left empty."""
    value = content.get(name)
    return "―" if value is None else show_value(BY_NAME[name], value)


def show_value(field: Field, value: Value) -> str:
    """One typed value of ``field`` as text."""
    if isinstance(value, Choice):
        return value.label
    if isinstance(value, tuple):
        return "、".join(member.label if isinstance(member, Choice) else str(member) for member in value)
    if isinstance(value, datetime):
        return japanese_opening(value) if field.opens else japanese_instant(value)
    if isinstance(value, date):
        return japanese_date(value)
    return _show_plain(field.type, value)


def _show_plain(kind: FieldType, value: str | int | Decimal) -> str:
    if kind is FieldType.YEN:
        return yen(int(value))
    if kind is FieldType.HEADCOUNT:
        return "若干名" if value == SEVERAL else f"{value}人"
    if kind is FieldType.PREFECTURE:
        return PREFECTURES[str(value)]
    return str(value)


def show_pay(content: Content) -> str:
    """The pay in one phrase: 25,000円/日, 月額 300,000円~350,000円, 応相談."""
    unit = content.get("pay_unit")
    if not isinstance(unit, PayUnit):
        return "―"
    if unit in UNPRICED:
        return unit.label
    amounts = [content.number("pay_low"), content.number("pay_high")]
    told = sorted({amount for amount in amounts if amount is not None})
    if not told:
        return unit.label
    amount = "~".join(yen(one) for one in told)
    return f"{unit.label} {amount}"


def show_workdays(content: Content) -> str:
    """月4日, 週2.5日, 定めなし, 未定."""
    period, days = content.get("workdays_period"), content.get("workdays")
    if period is WorkPeriod.UNSET:
        return WorkPeriod.UNSET.label
    if isinstance(days, Explicit):
        return days.label
    if isinstance(days, Decimal) and isinstance(period, WorkPeriod):
        return f"{period.label}{days:f}日"
    return period.label if isinstance(period, Explicit) else "―"


def days_per_month(content: Content) -> Decimal | None:
    """Working days a month, None when the call does not say."""
    period, days = content.get("workdays_period"), content.get("workdays")
    if not isinstance(days, Decimal):
        return None
    factors = {WorkPeriod.WEEK: WEEKS_PER_MONTH, WorkPeriod.MONTH: Decimal(1), WorkPeriod.YEAR: Decimal(1) / 12}
    return days * factors[period] if isinstance(period, WorkPeriod) and period in factors else None


def monthly_equivalent(content: Content) -> int | None:
    """The lower amount as yen a month, for comparison only (目安); None when it cannot be told."""
    low, unit = content.number("pay_low"), content.get("pay_unit")
    if low is None:
        return None
    if unit is PayUnit.MONTH:
        return low
    if unit is PayUnit.YEAR:
        return low // 12
    days = days_per_month(content)
    if days is None or unit not in (PayUnit.DAY, PayUnit.HOUR):
        return None
    hours = content.get("hours_per_day")
    per_day = low if unit is PayUnit.DAY else low * (hours if isinstance(hours, Decimal) else HOURS_PER_DAY)
    return int(per_day * days)


def show_monthly(content: Content) -> str:
    """「月額換算の目安 約10万円」, or nothing when it cannot be told or the pay is monthly as it stands."""
    amount = monthly_equivalent(content)
    if amount is None or content.get("pay_unit") is PayUnit.MONTH:
        return ""
    return f"月額換算の目安 {about_yen(amount)}"
