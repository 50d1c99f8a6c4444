"""The grammar, and its three readings held together on both databases."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base.bits import ids_of
from jobboard.base.clock import end_of
from jobboard.base.content import from_json
from jobboard.base.errors import InvalidQuery
from jobboard.base.states import ClosedReason, State
from jobboard.base.vocabulary import Audience, Engagement, PayUnit, Remote, Role, SideJob, Theme
from jobboard.database import create_engine
from jobboard.domain import catalogue, criteria, matching, naming, publication, selecting, storing
from jobboard.domain.criteria import Criteria, Status, parse
from jobboard.domain.describing import posting_key
from jobboard.domain.subscriptions import as_stored
from jobboard.models import Municipality, Posting, StoredCriteria
from tests.postings import NOW, code_of, municipality, published

PLACES = [
    municipality("04780", "青葉市", kana="あおばし"),
    municipality("04781", "港町", district="松島郡"),
    municipality("13780", "武蔵区", former_names="旧武蔵町"),
]
PIECES = [
    "人材", "人", "材", "DX", "ＤＸ", "dx", "C#", "C++", "UI/UX", "UI", "ユーザー", "ユーザ", "ﾕｰｻﾞｰ", "てれわーく", "テレワーク",
    "リモート", "在宅", "副業", "複業", "兼業", "青葉", "髙橋", "高橋", " ", "　", "・", "、", "-", "AI", "a", "10", "１０", "𠮷", "é",
    "CIO補佐官", "最高情報統括責任者補佐官", "デジタルトランスフォーメーション", "'", "OR", "NOT", "*", ":", "&", "|", "!", "\\", "%",
]  # fmt: skip
TEXTS = st.one_of(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=8).map("".join),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20),
)
MARKS = st.sampled_from(["{}", "-{}", '"{}"', "－{}", "“{}”", '-"{}"', "＂{}＂"])
SEARCHES = st.lists(st.tuples(MARKS, TEXTS), min_size=1, max_size=3).map(
    lambda words: "　".join(mark.format(text) for mark, text in words)[:100]
)
AMOUNTS = st.sampled_from([0, 1, 24_999, 25_000, 25_001, 30_000])
DAYS = st.sampled_from([date(2026, 3, 31), date(2026, 4, 1), date(2026, 4, 2), date(2026, 5, 29)])
INSTANTS = st.one_of(
    DAYS.map(end_of), DAYS.map(lambda day: end_of(day) + timedelta(seconds=1)), st.just(NOW), st.just(None)
)


def some(choices: object) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from([str(choice) for choice in choices]), max_size=2, unique=True)  # type: ignore[attr-defined]


CRITERIA = st.fixed_dictionaries(
    {
        "q": st.lists(SEARCHES, max_size=2),
        "pref": some(["04", "13", "47"]),
        "municipality": some([place.code for place in PLACES]),
        "role": some([Role.CIO, Role.CIO_ADVISER]),
        "engagement": some([Engagement.COMMISSION, Engagement.PERMANENT]),
        "theme": some([Theme.BPR, Theme.AI_RPA]),
        "audience": some(Audience),
        "remote": some([Remote.PARTLY, Remote.NO]),
        "side_job": some([SideJob.YES, SideJob.NO]),
        "pay_unit": some([PayUnit.DAY, PayUnit.NEGOTIABLE]),
        "pay_min": st.lists(AMOUNTS.map(str), max_size=2),
        "closing_before": st.lists(DAYS.map(str), max_size=2),
        "status": some(Status),
        "posting": some(range(1, 5)),
    }
)
POSTING = st.fixed_dictionaries(
    {
        "title": TEXTS.map(lambda text: text[:80]),
        "duties": TEXTS,
        "requirements_nice": TEXTS,
        "role": st.sampled_from([Role.CIO, Role.CIO_ADVISER]),
        "engagement": st.sampled_from([Engagement.COMMISSION, Engagement.PERMANENT]),
        "themes": st.sampled_from([None, (Theme.BPR,), (Theme.AI_RPA, Theme.TELEWORK)]),
        "audience": st.sampled_from(Audience),
        "remote": st.sampled_from([Remote.PARTLY, Remote.NO]),
        "side_job": st.sampled_from([SideJob.YES, SideJob.NO]),
        "pay_unit": st.sampled_from([PayUnit.DAY, PayUnit.NEGOTIABLE]),
        "pay_low": st.one_of(st.none(), AMOUNTS),
        "pay_high": st.one_of(st.none(), AMOUNTS),
        "apply_by": INSTANTS,
        "co_municipalities": st.sampled_from([None, (PLACES[2].code,)]),
    }
)


@pytest.fixture
def session(database_url: str) -> Iterator[Session]:
    engine = create_engine(database_url)
    with Session(engine) as session:
        session.add_all(municipality(place.code[:5], place.name, **_rest(place)) for place in PLACES)
        session.commit()
        yield session
    engine.dispose()


def _rest(place: Municipality) -> dict[str, str]:
    return {"kana": place.kana, "district": place.district, "former_names": place.former_names}


def agree(session: Session, wanted: Criteria, now: datetime) -> set[int]:
    """All readings on every posting of the session; the ids that they find. A subscription's has no status."""
    stored = storing.of(session, as_stored(wanted))
    in_sql = set(session.scalars(select(Posting.id).where(criteria.clause(wanted, now))))
    in_python = set()
    for posting in session.scalars(select(Posting)).unique():
        assert posting.current is not None
        content = from_json(posting.current.content)
        co = [session.get_one(Municipality, code) for code in content.codes("co_municipalities")]
        seen = criteria.seen_from(content, posting.municipality, co, posting.state, posting_id=posting.id)
        if criteria.meets(wanted, seen, now):
            in_python.add(posting.id)
        met = session.scalar(select(StoredCriteria.id).where(matching.meeting(session, seen), StoredCriteria.id == stored.id))
        assert (met is not None) is criteria.meets(wanted.of_any_status(), seen, now)
    in_catalogue = set(ids_of(selecting.select(session, catalogue.load(session), wanted, now)))
    assert in_sql == in_python == in_catalogue
    return in_sql


def tried(times: int) -> settings:
    return settings(max_examples=times, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


ANY_POSTINGS = given(
    postings=st.lists(st.tuples(POSTING, st.sampled_from(PLACES), st.booleans()), min_size=1, max_size=4),
    wanted=st.lists(CRITERIA, min_size=1, max_size=6),
)


@tried(6)
@ANY_POSTINGS
def test_sql_python_the_catalogue_and_matching_find_the_same_postings(session: Session, postings, wanted) -> None:  # type: ignore[no-untyped-def]
    all_readings_agree(session, postings, wanted)


@pytest.mark.long
@tried(60)
@ANY_POSTINGS
def test_they_find_the_same_postings_in_a_long_run(session: Session, postings, wanted) -> None:  # type: ignore[no-untyped-def]
    all_readings_agree(session, postings, wanted)


def all_readings_agree(session: Session, postings, wanted) -> None:  # type: ignore[no-untyped-def]
    session.rollback()
    ids = []
    for values, place, ended in postings:
        posting = published(session, session.get_one(Municipality, place.code), **values)
        ids.append(posting.id)
        if ended:
            publication.close(session, posting, reason=ClosedReason.FILLED, by=None, now=NOW)
    session.flush()
    for one in wanted:
        try:
            asked = {**one, "posting": [str(ids[0] - 1 + int(which)) for which in one["posting"]]}
            parsed = parse({**asked, "pay_unit": ["day"]} if one["pay_min"] and not one["pay_unit"] else asked)
        except InvalidQuery:
            continue
        agree(session, parsed, NOW)


ANY_TEXTS = given(texts=st.lists(TEXTS, min_size=1, max_size=5), searches=st.lists(SEARCHES, min_size=1, max_size=8))


@tried(5)
@ANY_TEXTS
@example(texts=["あ" * 2000 + "い", "あ" * 300], searches=["ああい", '"' + "あ" * 50 + 'い"', "-ああい"])
@example(texts=["x" * 500, "x" * 499], searches=["x" * 99, "ｘ"])
@example(texts=["C#とC++", "UI/UX", "UI UX"], searches=["C", "C#", "c++", "ui", "UI/UX", '"UI UX"'])
@example(
    texts=["人材", "人", "材"], searches=['人"材', "材人", "*", '"" OR 人', "-人", "人 -材", "tokens:人", "NEAR(人 材)"]
)
def test_a_word_is_found_alike_in_both_readings(session: Session, texts: list[str], searches: list[str]) -> None:
    both_readings_agree(session, texts, searches)


@pytest.mark.long
@tried(80)
@ANY_TEXTS
def test_a_word_is_found_alike_in_a_long_run(session: Session, texts: list[str], searches: list[str]) -> None:
    both_readings_agree(session, texts, searches)


def both_readings_agree(session: Session, texts: list[str], searches: list[str]) -> None:
    session.rollback()
    place = session.get_one(Municipality, PLACES[0].code)
    for text in texts:
        published(session, place, title="募集", background=text, duties="".join(reversed(texts)))
    for typed in searches:
        try:
            parsed = parse({"q": [typed]})
        except InvalidQuery:
            continue
        agree(session, parsed, NOW)


def found(session: Session, query: dict[str, list[str]], now: datetime = NOW) -> list[str]:
    ids = agree(session, parse(query), now)
    return sorted(str(session.get_one(Posting, one).title) for one in ids)


SEARCHED = [
    ("テレワーク", ["てれわーく可", "ﾃﾚﾜｰｸの推進", "在宅勤務", "リモート相談"]),
    ('"テレワーク"', ["てれわーく可", "ﾃﾚﾜｰｸの推進"]),
    ("-テレワーク 推進 -ＤＸ", ["人材の推進"]),
    ("在宅 -テレワーク", ["リモート相談", "在宅勤務"]),
    ("ｄｘ", ["DX推進", "デジタルトランスフォーメーション"]),
    ("ＤＸ推進", ["DX推進"]),
    ("C#", ["C#の経験"]),
    ("c++", ["C++の経験"]),
    ("C", []),
    ("高橋", ["髙橋係"]),
    ("ユーザー", ["ユーザの声"]),
    ("人 材", ["人材の推進"]),
    ("材人", []),
    ("声 経験", []),
    ("人材、推進", ["人材の推進"]),
    ("−テレワーク 推進 ‐DX", ["人材の推進"]),
]


def test_a_search_finds_what_was_decided(session: Session) -> None:
    titles = [
        "てれわーく可", "ﾃﾚﾜｰｸの推進", "在宅勤務", "リモート相談", "DX推進", "デジタルトランスフォーメーション", "C#の経験", "C++の経験",
        "髙橋係", "ユーザの声", "人材の推進",
    ]  # fmt: skip
    place = session.get_one(Municipality, PLACES[0].code)
    for title in titles:
        published(
            session, place, title=title, themes=None, remote=Remote.NO, duties="なし", background=None,
            requirements_must="なし", selection_process="面接", department="総務課", apply_target="総務課",
        )  # fmt: skip
    for typed, expected in SEARCHED:
        assert found(session, {"q": [typed]}) == sorted(expected), typed


def test_nothing_is_found_across_two_fields(session: Session) -> None:
    published(session, PLACES[0], title="甲乙", background="丙丁", duties="戊己")
    assert found(session, {"q": ["丙丁"]}) == ["甲乙"]
    assert found(session, {"q": ["乙丙"]}) == []
    assert found(session, {"q": ["丁戊"]}) == []


def test_a_deadline_on_the_day_itself_counts_until_midnight_in_japan(session: Session) -> None:
    published(session, PLACES[0], title="その日", apply_by=end_of(date(2026, 5, 29)))
    published(session, PLACES[0], title="次の日", apply_by=end_of(date(2026, 5, 29)) + timedelta(minutes=1))
    assert found(session, {"closing_before": ["2026-05-29"]}) == ["その日"]


def test_a_posting_is_closed_from_its_closing_instant_on(session: Session) -> None:
    closing = datetime(2026, 5, 29, 8, 0, tzinfo=UTC)
    published(session, PLACES[0], title="一件", apply_by=closing)
    assert found(session, {}, closing - timedelta(seconds=1)) == ["一件"]
    assert found(session, {}, closing) == []
    assert found(session, {"status": ["closed"]}, closing) == ["一件"]
    assert found(session, {"status": ["open", "closed"]}, closing) == ["一件"]


def test_a_joint_recruitment_is_found_by_each_place(session: Session) -> None:
    published(session, PLACES[0], title="共同", co_municipalities=(PLACES[2].code,))
    assert found(session, {"pref": ["13"]}) == ["共同"]
    assert found(session, {"municipality": [PLACES[2].code]}) == ["共同"]
    assert found(session, {"q": ["武蔵区"]}) == ["共同"]
    assert found(session, {"pref": ["47"]}) == []


def test_pay_is_compared_by_its_upper_amount_within_its_unit(session: Session) -> None:
    published(session, PLACES[0], title="幅", pay_low=20_000, pay_high=30_000)
    published(session, PLACES[0], title="一つの額", pay_low=25_000, pay_high=None)
    published(session, PLACES[0], title="月額", pay_unit=PayUnit.MONTH, pay_low=900_000, pay_high=None)
    assert found(session, {"pay_unit": ["day"], "pay_min": ["30,000円"]}) == ["幅"]
    assert found(session, {"pay_unit": ["day"], "pay_min": ["２５０００"]}) == ["一つの額", "幅"]


def test_chosen_postings_alone_are_found_and_are_named_only_when_public(session: Session) -> None:
    one, other = (published(session, PLACES[0], title=title) for title in ("一つ目", "二つ目"))
    published(session, PLACES[0], title="三つ目")
    wanted = {"posting": [str(other.id), str(one.id)]}
    assert found(session, wanted) == ["一つ目", "二つ目"]
    assert found(session, {**wanted, "pref": ["47"]}) == []
    other.state = State.SUBMITTED
    said = parse(wanted).describe(naming.names(session, [parse(wanted)]))
    assert said == f"宮城県青葉市『一つ目』・募集 第{other.id}号"


def test_what_is_for_both_is_found_by_persons_and_by_companies(session: Session) -> None:
    for audience in Audience:
        published(session, PLACES[0], title=audience.label, audience=audience)
    assert found(session, {"audience": ["person"]}) == ["個人", "個人・企業"]
    assert found(session, {"audience": ["company"]}) == ["企業", "個人・企業"]
    assert found(session, {"audience": ["both"]}) == ["個人・企業"]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"role": ["cio", "king"]}, "役割(role)は、次の中から指定してください: cio(CIO・CDO)"),
        ({"pref": ["4"]}, "都道府県(pref)は、01(北海道)から47(沖縄県)までの2桁の数字で指定してください。"),
        (
            {"municipality": ["041000"]},
            "市区町村(municipality)は、全国地方公共団体コード(6桁の数字)で指定してください。",
        ),
        ({"pay_min": ["25000"]}, "報酬の額(pay_min)は、報酬の単位(pay_unit)と一緒に指定してください。"),
        (
            {"pay_min": ["many"], "pay_unit": ["day"]},
            "報酬の額(pay_min)は、金額を数字だけで指定してください(例: 25000)。",
        ),
        ({"closing_before": ["2026-02-30"]}, "締切(closing_before)は、暦にない日付です。"),
        ({"status": ["draft"]}, "募集の状態(status)は、次の中から指定してください: open(募集中)"),
        ({"posting": ["0"]}, "募集(posting)は、募集の番号(ページのアドレス /postings/ の後の数字)で指定してください。"),
        ({"posting": ["2147483648"]}, "募集(posting)は、募集の番号"),
        ({"posting": ["１２"]}, "募集(posting)は、募集の番号"),
        ({"posting": [str(one) for one in range(1, 102)]}, "募集(posting)は、100個以内で指定してください。"),
        ({"q": ["あ" * 101]}, "キーワードは100字以内で入力してください。"),
        ({"q": ["あ い う え お か き く け こ さ"]}, "キーワードは10語以内で入力してください。"),
        ({"q": ["ﷺ" * 20]}, "キーワードは100字以内で入力してください。"),
        ({"q": ["a", "b", "c", "d", "e", "f"]}, "キーワード(q)は、5個以内で指定してください。"),
    ],
)
def test_an_unknown_value_is_refused_with_a_sentence(query: dict[str, list[str]], told: str) -> None:
    with pytest.raises(InvalidQuery) as refused:
        parse(query)
    assert refused.value.message.startswith(told)


def test_empty_values_and_unknown_parameters_say_nothing() -> None:
    assert parse({"q": ["", "　"], "role": [""], "pay_min": [""], "utm_source": ["x"], "page": ["2"]}) == Criteria()
    assert Criteria().query() == ""


@given(CRITERIA)
def test_the_canonical_query_reads_back_to_the_same_criteria(given: dict[str, list[str]]) -> None:
    try:
        wanted = parse(given)
    except InvalidQuery:
        return
    assert criteria.parse_stored(wanted.query()) == wanted
    assert criteria.parse_stored(wanted.query()).query() == wanted.query()


def test_the_canonical_query_does_not_depend_on_order_or_repetition() -> None:
    one = parse({"posting": ["12", "3"], "role": ["engineer", "cio"], "pref": ["13", "04", "13"], "status": ["open"]})
    other = parse({"pref": ["04", "13"], "role": ["cio", "engineer", "cio"], "posting": ["3", "12", "3"]})
    assert one == other
    assert one.query() == other.query() == "pref=04&pref=13&role=cio&role=engineer&posting=3&posting=12"


STORED_V1 = {
    "": "すべての募集",
    "pref=02&pref=03&pref=04&pref=05&pref=06&pref=07&role=cio_adviser": "東北 × CIO補佐官等",
    "q=%E5%89%AF%E6%A5%AD+-%E5%B8%B8%E5%8B%A4&remote=fully&side_job=only": "完全リモート × 副業限定 × 「副業 -常勤」",
    f"municipality={code_of('04780')}": "宮城県青葉市",
    "engagement=special_part_time&engagement=contract_person": "特別職非常勤職員・業務委託(個人)",
    "theme=standardisation&theme=digital_divide&audience=company": "標準化・共通化・デジタルデバイド対策 × 企業向け",
    "pay_unit=day&pay_min=25000&closing_before=2026-05-29": "日額25,000円以上 × 2026年5月29日(金)までの締切",
    "pref=01&pref=13&status=all": "北海道・東京都 × 受付終了を含む",
    "side_job=no&remote=no&pay_unit=by_rules": "リモート勤務不可 × 副業・兼業不可 × 規定による",
    "pref=04&posting=7&posting=12": "募集 第7号・宮城県青葉市『CIO補佐官』 × 宮城県",
}
"""Frozen: criteria as version 1 stored them. Never change a key; a reader subscribed to it."""


@pytest.mark.parametrize("query", STORED_V1)
def test_a_stored_criteria_never_stops_parsing(query: str) -> None:
    stored = criteria.parse_stored(query, 1)
    names = {code_of("04780"): "宮城県青葉市", posting_key(12): "宮城県青葉市『CIO補佐官』"}
    assert stored.describe(names) == STORED_V1[query]


def test_a_condition_can_be_taken_away_alone() -> None:
    wanted = parse({"q": ["副業", "兼業"], "pref": ["04", "13"], "pay_unit": ["day"], "pay_min": ["100"]})
    assert wanted.without("pref", "04").pref == ("13",)
    assert wanted.without("q", "兼業").q == ("副業",)
    assert wanted.without("pay_unit", "day").pay_min is None


@pytest.mark.parametrize("typed", ["😀", "%", "(", "-", '""', "、", "・"])
def test_signs_alone_are_asked_about_and_never_mean_everything(typed: str) -> None:
    with pytest.raises(InvalidQuery) as wrong:
        parse({"q": [typed]})
    assert wrong.value.parameter == "q"


@pytest.mark.parametrize("typed", ["\x00", "\u202e", "\ufeff \x01"])
def test_what_cannot_be_seen_is_asked_about_too(typed: str) -> None:
    with pytest.raises(InvalidQuery):
        parse({"q": [typed]})


def test_an_empty_field_of_a_form_is_no_condition() -> None:
    assert parse({"q": ["", "　"]}) == Criteria()
