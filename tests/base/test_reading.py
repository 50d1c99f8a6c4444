"""What was typed becomes typed values; what cannot be read says what to do; a content survives its JSON."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobboard.base.choice import Choice
from jobboard.base.content import Content, from_json, to_json
from jobboard.base.fields import BY_NAME, FIELDS, FieldType
from jobboard.base.reading import read
from jobboard.base.showing import monthly_equivalent, show, show_pay, show_workdays
from jobboard.base.vocabulary import Explicit


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("apply_by", "2026-05-29", datetime(2026, 5, 29, 15, tzinfo=UTC)),
        ("apply_by", "2026-05-29T17:00", datetime(2026, 5, 29, 8, tzinfo=UTC)),
        ("apply_by", "2026年5月29日 17時30分", datetime(2026, 5, 29, 8, 30, tzinfo=UTC)),
        ("apply_by", "2026-05-29 24:00", datetime(2026, 5, 29, 15, tzinfo=UTC)),
        ("apply_by", "2026-05-29 00:00", datetime(2026, 5, 28, 15, tzinfo=UTC)),
        ("term_start_on", "2026/4/1", date(2026, 4, 1)),
        ("term_start_on", "令和8年4月1日", date(2026, 4, 1)),
        ("term_start_on", "令和元年5月1日", date(2019, 5, 1)),
        ("pay_low", "25,000円", 25_000),
        ("pay_low", "２５０００", 25_000),
        ("headcount", "若干名", "some"),
        ("headcount", "3名", 3),
        ("hours_per_day", "7.75", Decimal("7.75")),
        ("workdays", "10", Decimal("10")),
        ("work_place_prefecture", "宮城県", "04"),
        ("co_municipalities", "041009 042021", ("041009", "042021")),
    ],
)
def test_usual_ways_of_typing_are_read(name: str, typed: str, value: object) -> None:
    content, problems = read({name: [typed]})
    assert problems == [] and content[name] == value


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("apply_by", "2026-02-30"),
        ("apply_by", "29日"),
        ("apply_by", "2026-05-29 25:00"),
        ("pay_low", "二万円"),
        ("pay_low", "-1"),
        ("headcount", "0"),
        ("headcount", "100"),
        ("hours_per_day", "NaN"),
        ("hours_per_day", "1e999"),
        ("official_url", "http://www.city.aoba.lg.jp/"),
        ("official_url", "javascript:alert(1)"),
        ("official_url", "https://[broken"),
        ("contact_email", "a..b@docomo.ne.jp"),
        ("contact_tel", "電話"),
        ("role", "boss"),
        ("co_municipalities", "041001"),
        ("title", "あ" * 81),
        ("title.explicit", "undecided"),
        ("headcount", "0501"),
        ("headcount", "001" + "9" * 5_000),
        ("hours_per_day", "1e-400"),
        ("hours_per_day", "1_0"),
    ],
)
def test_what_cannot_be_read_is_a_problem_that_says_what_to_do(name: str, typed: str) -> None:
    content, problems = read({name: [typed]})
    field = name.removesuffix(".explicit")
    assert [problem.field for problem in problems] == [field]
    assert problems[0].message.endswith("。") and field not in content


def test_an_explicit_answer_stands_instead_of_a_value() -> None:
    content, problems = read({"term_start_on": [" "], "term_start_on.explicit": ["undecided"]})
    assert problems == [] and content["term_start_on"] is Explicit.UNDECIDED
    assert show("term_start_on", content) == "未定"


def test_a_value_beside_an_explicit_answer_is_asked_about_and_not_dropped() -> None:
    content, problems = read({"term_start_on": ["2026-04-01"], "term_start_on.explicit": ["undecided"]})
    assert "term_start_on" not in content and "両方" in problems[0].message


@given(st.dictionaries(st.sampled_from([field.name for field in FIELDS]), st.lists(st.text(max_size=60), max_size=3)))
def test_nothing_that_is_typed_breaks_the_reading(typed: dict[str, list[str]]) -> None:
    content, problems = read(typed)
    assert from_json(to_json(content)) == content
    assert {problem.field for problem in problems}.isdisjoint(content)


INSTANTS = st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2040, 1, 1)).map(
    lambda instant: instant.replace(microsecond=0, tzinfo=UTC)
)
BY_TYPE = {
    FieldType.DATE: st.dates(min_value=date(2020, 1, 1), max_value=date(2040, 1, 1)),
    FieldType.INSTANT: INSTANTS,
    FieldType.YEN: st.integers(0, 10**9),
    FieldType.DECIMAL: st.decimals("0.01", "300", places=2),
    FieldType.HEADCOUNT: st.one_of(st.integers(1, 99), st.just("some")),
    FieldType.PREFECTURE: st.just("04"),
    FieldType.MUNICIPALITIES: st.just(("041009",)),
}


@given(st.data())
def test_every_field_survives_its_json_and_can_be_shown(data: st.DataObject) -> None:
    values: dict[str, object] = {}
    for field in FIELDS:
        choices: list[Choice] = list(field.choices) if field.choices else []
        if field.type is FieldType.CHOICES:
            values[field.name] = tuple(data.draw(st.lists(st.sampled_from(choices), min_size=1, unique=True)))
        elif choices:
            values[field.name] = data.draw(st.sampled_from([*choices, *field.explicit]))
        else:
            values[field.name] = data.draw(BY_TYPE.get(field.type, st.text(min_size=1, max_size=20)))
    content = Content(values)  # type: ignore[arg-type]
    assert from_json(to_json(content)) == content
    assert all(show(name, content) != "―" for name in BY_NAME if name in content)


def test_pay_is_said_in_one_phrase_and_compared_by_the_month() -> None:
    content, _ = read({"pay_unit": ["day"], "pay_low": ["25000"], "workdays": ["4"], "workdays_period": ["month"]})
    assert show_pay(content) == "日額 25,000円"
    assert show_workdays(content) == "月4日"
    assert monthly_equivalent(content) == 100_000


def test_a_deadline_at_midnight_reads_as_24_o_clock_of_the_day_before() -> None:
    content, _ = read({"apply_by": ["2026-05-29"]})
    assert show("apply_by", content) == "2026年5月29日(金)24:00"
    deadline = content.instant("apply_by")
    assert deadline is not None
    from jobboard.base.wording import days_left

    assert days_left(deadline, deadline - timedelta(hours=1)) == 0
    assert days_left(deadline, deadline - timedelta(hours=25)) == 1
