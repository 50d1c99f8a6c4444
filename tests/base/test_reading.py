"""What was typed becomes typed values; what cannot be read says what to do; a content survives its JSON."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobboard.base.choice import Choice
from jobboard.base.clock import JAPAN
from jobboard.base.content import Content, from_json, to_json
from jobboard.base.fields import BY_NAME, FIELDS, FieldType
from jobboard.base.reading import read
from jobboard.base.showing import monthly_equivalent, show, show_pay, show_workdays
from jobboard.base.vocabulary import Explicit
from jobboard.base.wording import japanese_date, japanese_era


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
        ("apply_by", "令和８年５月２９日（金）午後５時", datetime(2026, 5, 29, 8, tzinfo=UTC)),
        ("apply_by", "令和　８年　５月２９日　１７時３０分まで", datetime(2026, 5, 29, 8, 30, tzinfo=UTC)),
        ("apply_by", "R8.5.29 17:00", datetime(2026, 5, 29, 8, tzinfo=UTC)),
        ("apply_by", "2026年5月29日(金曜日)正午", datetime(2026, 5, 29, 3, tzinfo=UTC)),
        ("apply_by", "2026/5/29 午前9時半", datetime(2026, 5, 29, 0, 30, tzinfo=UTC)),
        ("apply_by", "令和8年5月29日必着", datetime(2026, 5, 29, 15, tzinfo=UTC)),
        ("apply_by", "令和8年5月29日24時", datetime(2026, 5, 29, 15, tzinfo=UTC)),
        ("apply_from", "令和8年5月1日", datetime(2026, 4, 30, 15, tzinfo=UTC)),
        ("term_start_on", "R8.4.1", date(2026, 4, 1)),
        ("term_start_on", "r8/4/1", date(2026, 4, 1)),
        ("term_start_on", "令和８年４月１日（水）", date(2026, 4, 1)),
        ("term_start_on", "２０２６ー０４ー０１", date(2026, 4, 1)),
        ("term_start_on", "2026\x00-04\u200b-01\x0b", date(2026, 4, 1)),
        ("pay_low", "2万5千円", 25_000),
        ("pay_low", "２万５千円", 25_000),
        ("pay_low", "2.5万円", 25_000),
        ("pay_low", "￥２５，０００－", 25_000),
        ("pay_high", "1億2,000万円", 120_000_000),
        ("pay_low", "25千円", 25_000),
        ("hours_per_day", "７時間４５分", Decimal("7.75")),
        ("workdays", "４日", Decimal(4)),
        ("contact_tel", "０２２ー０００ー００００", "022-000-0000"),
        ("headcount", "２人", 2),
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
        ("apply_by", "5月29日"),
        ("apply_by", "令和8年5月29日(木)"),
        ("apply_by", "令和8年5月29日午後13時"),
        ("apply_by", "令和8年5月29日24時30分"),
        ("apply_by", "8.5.29"),
        ("term_start_on", "令和8年13月1日"),
        ("term_start_on", "令和0年4月1日"),
        ("term_start_on", "2026年4月1日から"),
        ("pay_low", "日額25,000円"),
        ("pay_low", "25,000円〜30,000円"),
        ("pay_low", "約25,000円"),
        ("pay_low", "25,00円"),
        ("pay_low", "2万50000円"),
        ("pay_low", "1.5円"),
        ("pay_low", "円"),
        ("pay_low", "9" * 13),
        ("pay_low", "1" + "~" * 20_000),
        ("workdays", "週3日"),
        ("hours_per_day", "7時間50分"),
        ("hours_per_day", "7時間75分"),
        ("headcount", "0"),
        ("headcount", "100"),
        ("hours_per_day", "NaN"),
        ("hours_per_day", "1e999"),
        ("official_url", "http://www.city.aoba.lg.jp/"),
        ("official_url", "javascript:alert(1)"),
        ("apply_target", "javascript:alert(1)"),
        ("pay_low", "2万5"),
        ("pay_low", "１億2"),
        ("apply_target", "ｊａｖａｓｃｒｉｐｔ:alert(1)"),
        ("apply_target", "data:text/html,x"),
        ("apply_target", "ftp://files.example.jp/form"),
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
    instead = "字以内" in problems[0].message or ".explicit" in name
    assert instead or "例: " in problems[0].message or "のように" in problems[0].message


@pytest.mark.parametrize(
    ("typed", "words"),
    [("日額25,000円", "「日額」は、単位の項目で選びます"), ("2万円から3万円", "別々の欄"), ("いくらか", "2万5千円")],
)
def test_a_refused_amount_says_what_is_wrong_with_it(typed: str, words: str) -> None:
    assert words in read({"pay_low": [typed]})[1][0].message


def test_a_weekday_that_is_not_that_days_is_told_with_the_right_one() -> None:
    assert "2026年5月29日(金)" in read({"interview_on": ["令和8年5月29日(木)"]})[1][0].message


def test_what_word_pastes_between_lines_ends_a_line() -> None:
    content, _ = read({"duties": ["一行目\x0b二行目\u2028三行目\r\n四行目\x07\u200b"], "title": ["CIO\x0b補佐官"]})
    assert content["duties"] == "一行目\n二行目\n三行目\n四行目" and content["title"] == "CIO 補佐官"


WIDE = str.maketrans("0123456789(),.-/:", "０１２３４５６７８９（），．－／：")


@given(st.dates(date(2000, 1, 1), date(2100, 12, 31)), st.booleans())
def test_a_date_reads_the_same_in_every_way_of_writing_it(day: date, wide: bool) -> None:
    ways = [day.isoformat(), f"{day:%Y/%m/%d}", japanese_date(day), f"{day.year}. {day.month}. {day.day}"]
    if day >= date(2019, 5, 1):
        era = day.year - 2018
        ways += [japanese_era(day), f"R{era}.{day.month}.{day.day}", f"令和 {era}年 {day.month}月 {day.day}日"]
    for way in ways:
        assert read({"term_start_on": [way.translate(WIDE) if wide else way]})[0]["term_start_on"] == day


@given(st.dates(date(2000, 1, 1), date(2100, 12, 31)), st.integers(0, 23), st.integers(0, 59))
def test_an_instant_reads_the_same_in_every_way_of_writing_it(day: date, hour: int, minute: int) -> None:
    local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=JAPAN)
    half = f"午後{hour - 12}時" if hour >= 12 else f"午前{hour}時"
    ways = (
        f"{day}T{hour:02}:{minute:02}", f"{day} {hour}:{minute:02}:00", f"{japanese_date(day)}{hour}時{minute}分",
        f"{day.year}年{day.month}月{day.day}日 {half}{minute:02}分",
    )  # fmt: skip
    assert {read({"apply_by": [way]})[0]["apply_by"] for way in ways} == {local.astimezone(UTC)}


@given(st.integers(1, 10**12 - 1), st.booleans())
def test_an_amount_reads_the_same_in_every_way_of_writing_it(amount: int, wide: bool) -> None:
    large, rest = divmod(amount, 10_000)
    in_words = f"{large:,}万{rest or ''}円" if large else f"{rest}円"
    for way in (str(amount), f"{amount:,}円", f"¥{amount:,}-", in_words):
        assert read({"pay_low": [way.translate(WIDE) if wide else way]})[0]["pay_low"] == amount


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
