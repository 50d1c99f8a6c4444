"""What is missing or wrong before 掲載を依頼する (posting-fields.md; the law stands in the field table)."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from jobboard.base.clock import fiscal_year_end, japan_date
from jobboard.base.content import Content
from jobboard.base.errors import Problem
from jobboard.base.fields import BY_NAME, FIELDS, Field, Need
from jobboard.base.fields.field import BOARD_RULE
from jobboard.base.reading import Typed, read
from jobboard.base.vocabulary import (
    EMPLOYED,
    INDIVIDUAL,
    UNPRICED,
    DeadlineKind,
    Engagement,
    Scheme,
    WorkPeriod,
)

LONGEST_FIXED_TERM_YEARS = 5
LONGEST_REVIEW = timedelta(days=90)
LONGEST_CALL = timedelta(days=731)
"""A deadline further away is a slip of the key."""
_FISCAL_YEAR_FORMS = (Engagement.FISCAL_YEAR_PART_TIME, Engagement.FISCAL_YEAR_FULL_TIME)
_FIXED_TERM_FORMS = (Engagement.FIXED_TERM, Engagement.FIXED_TERM_SHORT)


def _is_priced(content: Content) -> bool:
    return "pay_unit" in content and content["pay_unit"] not in UNPRICED


def _ends(content: Content) -> bool:
    return content.engagement in EMPLOYED and content.engagement is not Engagement.PERMANENT


NEEDED: Mapping[Need, Callable[[Content], bool]] = {
    Need.NEVER: lambda content: False,
    Need.ALWAYS: lambda content: True,
    Need.EMPLOYED: lambda content: content.engagement in EMPLOYED,
    Need.EMPLOYED_WITH_END: _ends,
    Need.INDIVIDUAL: lambda content: content.engagement in INDIVIDUAL,
    Need.EMPLOYED_OR_INDIVIDUAL: lambda content: content.engagement in EMPLOYED | INDIVIDUAL,
    Need.PROPOSAL: lambda content: content.engagement is Engagement.CONTRACT_COMPANY,
    Need.CEILING: lambda content: (
        content.engagement is Engagement.CONTRACT_COMPANY and content.number("proposal_ceiling") is not None
    ),
    Need.AGREEMENT: lambda content: (
        content.engagement is Engagement.AGREEMENT or content.get("scheme") is Scheme.REVITALISER_COMPANY
    ),
    Need.PRICED: _is_priced,
}
"""When each kind of need holds for a content."""

_NOT_FOR_PERMANENT = frozenset({"term_end_on"})


def is_needed(field: Field, content: Content) -> bool:
    """Whether ``field`` must be answered under this content's engagement and other choices."""
    if field.needed_with:
        other, codes = field.needed_with
        return bool(codes.intersection(content.codes(other)))
    if field.name in _NOT_FOR_PERMANENT and content.engagement is Engagement.PERMANENT:
        return False
    if field.name in ("workdays", "hours_per_day") and "unset" in content.codes("workdays_period"):
        return False
    return NEEDED[field.need](content)


def applies(field: Field, content: Content) -> bool:
    """Whether the field can be said under this form of engagement: 受動喫煙 or 休憩 of a contract would tell of employment."""
    asked = BY_NAME[field.needed_with[0]] if field.needed_with else field
    form = content.engagement
    if form is None or form is Engagement.OTHER:
        return True
    if asked.need is Need.EMPLOYED:
        return form in EMPLOYED
    if asked.need is Need.CEILING:
        return form is Engagement.CONTRACT_COMPANY
    return asked.need not in (Need.PROPOSAL, Need.AGREEMENT) or NEEDED[asked.need](content)


def read_applying(typed: Typed) -> tuple[Content, list[Problem]]:
    """A draft as it would be shown: what its form of engagement cannot say is left out; and what could not be read."""
    content, unreadable = read(typed)
    return Content({name: value for name, value in content.items() if applies(BY_NAME[name], content)}), unreadable


def problems(content: Content, *, now: datetime) -> list[Problem]:
    """Every gap and contradiction at an instant, in the order of the field table, each with its source."""
    found = [*_missing(content), *(problem for check in _CHECKS for problem in check(content, now))]
    order = {field.name: place for place, field in enumerate(FIELDS)}
    return sorted(found, key=lambda problem: order[problem.field])


def _missing(content: Content) -> list[Problem]:
    return [
        Problem(field.name, f"「{field.label_for(content.engagement)}」を{'選んで' if field.choices else '入力して'}ください。", field.source)
        for field in FIELDS
        if field.name not in content and is_needed(field, content)
    ]


def _shorter_than_asked(content: Content, now: datetime) -> list[Problem]:
    return [
        Problem(field.name, f"「{field.label}」は{field.min_length}字以上で書いてください。", field.source)
        for field in FIELDS
        if field.min_length and isinstance(value := content.get(field.name), str) and 0 < len(value) < field.min_length
    ]


def _way_to_ask(content: Content, now: datetime) -> list[Problem]:
    if any(name in content for name in ("contact_tel", "contact_email", "contact_form_url")):
        return []
    return [Problem("contact_tel", "電話番号、メールアドレス、フォームのURLのうち、少なくとも1つを入力してください。", BOARD_RULE)]


def _pay_order(content: Content, now: datetime) -> list[Problem]:
    low, high = content.number("pay_low"), content.number("pay_high")
    if low is None or high is None or low <= high:
        return []
    return [Problem("pay_high", "報酬の上限は、下限以上の額にしてください。")]


def _term(content: Content, now: datetime) -> list[Problem]:
    start, end = content.day("term_start_on"), content.day("term_end_on")
    if start is None or end is None:
        return []
    if end < start:
        return [Problem("term_end_on", "終了日は、開始日以後の日付にしてください。")]
    if content.engagement in _FISCAL_YEAR_FORMS and end > fiscal_year_end(start):
        last = fiscal_year_end(start)
        return [
            Problem("term_end_on", f"会計年度任用職員の任期は、{last.year}年3月31日までにしてください。", "地方公務員法22条の2")
        ]
    if content.engagement in _FIXED_TERM_FORMS and end >= _years_after(start, LONGEST_FIXED_TERM_YEARS):
        return [Problem("term_end_on", "任期付職員の任期は、5年以内にしてください。", "地方公共団体の一般職の任期付職員の採用に関する法律6条")]
    return []


def _years_after(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def _deadline(content: Content, now: datetime) -> list[Problem]:
    found = []
    deadline, opening = content.instant("apply_by"), content.instant("apply_from")
    if deadline is not None and opening is not None and opening >= deadline:
        found.append(Problem("apply_from", "受付開始は、応募締切より前にしてください。"))
    if deadline is not None and content.get("apply_by_kind") is DeadlineKind.OPEN_ENDED:
        found.append(Problem("apply_by", "随時の募集では、応募締切を空けて、見直す日だけを書いてください。"))
    elif deadline is not None and not now < deadline <= now + LONGEST_CALL:
        found.append(Problem("apply_by", "応募締切は、今より後の、2年以内の日時にしてください。"))
    return found


def _review_day(content: Content, now: datetime) -> list[Problem]:
    review_on, today = content.day("review_on"), japan_date(now)
    if review_on is None or content.get("apply_by_kind") not in (DeadlineKind.OPEN_ENDED, DeadlineKind.UNTIL_FILLED):
        return []
    if not today <= review_on <= today + LONGEST_REVIEW:
        last = today + LONGEST_REVIEW
        return [Problem("review_on", f"募集を見直す日は、今日から90日以内({last.year}年{last.month}月{last.day}日まで)にしてください。")]
    return []


def _unset_workdays(content: Content, now: datetime) -> list[Problem]:
    if "unset" in content.codes("workdays_period") and content.engagement is not Engagement.SPECIAL_PART_TIME:
        return [Problem("workdays_period", "「定めなし」は、特別職非常勤職員だけが選べます。")]
    return []


_DAYS_IN = {WorkPeriod.WEEK: 7, WorkPeriod.MONTH: 31, WorkPeriod.YEAR: 366}


def _working_time(content: Content, now: datetime) -> list[Problem]:
    found = []
    days, hours, period = content.get("workdays"), content.get("hours_per_day"), content.get("workdays_period")
    if isinstance(days, Decimal) and isinstance(period, WorkPeriod) and period in _DAYS_IN and days > _DAYS_IN[period]:
        found.append(Problem("workdays", f"日数は、{period.label}{_DAYS_IN[period]}日以内にしてください。"))
    if isinstance(hours, Decimal) and hours > 24:
        found.append(Problem("hours_per_day", "1日の時間は、24時間以内にしてください。"))
    return found


def _no_amount(content: Content, now: datetime) -> list[Problem]:
    zero = [name for name in ("pay_low", "pay_high", "proposal_ceiling") if content.number(name) == 0]
    return [Problem(name, "額は1円以上で書いてください。払わないときは、単位で「無償」を選びます。") for name in zero]


def _selection(content: Content, now: datetime) -> list[Problem]:
    interview, result = content.day("interview_on"), content.day("result_on")
    if interview is not None and result is not None and result < interview:
        return [Problem("result_on", "結果の通知は、面接の日以後の日付にしてください。")]
    return []


def _timetable(content: Content, now: datetime) -> list[Problem]:
    names = ("proposal_questions_by", "proposal_intent_by", "proposal_by")
    given = [(name, instant) for name in names if (instant := content.instant(name))]
    return [
        Problem(later, f"「{BY_NAME[later].label}」は、「{BY_NAME[earlier].label}」より後にしてください。")
        for (earlier, first), (later, second) in pairwise(given)
        if second < first
    ]


def _questions(content: Content, now: datetime) -> list[Problem]:
    last, deadline = content.instant("questions_by"), content.instant("apply_by")
    if last is None or deadline is None or last < deadline:
        return []
    return [Problem("questions_by", "質問の期限は、応募締切より前にしてください。")]


_CHECKS: tuple[Callable[[Content, datetime], list[Problem]], ...] = (
    _shorter_than_asked, _way_to_ask, _pay_order, _term, _deadline, _review_day, _unset_workdays,
    _working_time, _no_amount, _selection, _timetable, _questions,
)
