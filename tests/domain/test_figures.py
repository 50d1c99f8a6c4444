"""Figures of any day: what changed since is counted as it was then, and no count of persons below five leaves."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base.clock import end_of, start_of
from jobboard.base.errors import Incomplete
from jobboard.base.states import ClosedReason, ExtensionReason, Frequency, Outcome, SubscriptionState
from jobboard.base.vocabulary import MunicipalityKind
from jobboard.database import Writing, db
from jobboard.domain import joining, moderation, publication, storing, taking
from jobboard.domain.criteria import Criteria
from jobboard.domain.figures import persons, searches, standing, term
from jobboard.domain.figures.listed import CHAPTERS, DEFINITIONS, FIGURES, Figure, Tabulation
from jobboard.domain.figures.reading import Reading
from jobboard.domain.figures.tables import Cell
from jobboard.models import Agreement, AuditEntry, Posting, SearchDay, Subscriber, Subscription, Version
from tests.cast import Cast, place
from tests.stories import amended, drafted, found, published, submitted

LATER = datetime(2027, 3, 20, 3, 0, tzinfo=UTC)
"""When the figures are asked for: nearly a year after most of it."""

def at(month: int, day: int, hour: int = 10) -> datetime:
    """An instant of the fiscal year 2026, by the clock in Japan."""
    return datetime(2027 if month < 4 else 2026, month, day, hour - 9, tzinfo=UTC)


def read(day: date, tabulation: Tabulation = Tabulation.OVERVIEW) -> dict[Cell, tuple[Cell, ...]]:
    found = Reading(db.session(), term.ending(day, now=LATER)).table(tabulation)
    return {row[0]: row[1:] for row in found.rows}


def stands(day: date) -> tuple[Cell, ...]:
    """(open, new, closed, withdrawn, decided, unanswered) on a day."""
    told = read(day)
    return tuple(told[name][1] for name in ("募集中", "新規掲載", "終了", "募集中止", "結果が「決定」", "結果が「未回答」"))


def taken_on(session: Session, posting: Posting, cast: Cast, when: datetime) -> None:
    """The change that waits is published."""
    assert posting.pending is not None
    moderation.publish(session, posting, version_id=posting.pending.id, by=cast.account("sato"), now=when)


@pytest.mark.usefixtures("context")
def test_what_was_extended_closed_and_reopened_since_is_counted_as_it_was_then(cast: Cast) -> None:
    with Writing() as session:
        editor = cast.account("aoba_editor")
        one = published(session, cast, now=at(4, 1), apply_by="2026-04-30T17:00")
        publication.extend(session, one, until=at(5, 29, 17), reason=ExtensionReason.OTHER, by=editor, now=at(4, 20))
        publication.close(session, one, reason=ClosedReason.FILLED, outcome=Outcome.DECIDED, by=editor, now=at(5, 11))
        publication.reopen(session, one, until=at(9, 1, 17), by=editor, now=at(7, 1))
        publication.withdraw(session, one, reason="都合により", by=editor, now=at(8, 3))
    assert stands(date(2026, 3, 31)) == (0, 0, 0, 0, 0, 0)
    assert stands(date(2026, 4, 1)) == (1, 1, 0, 0, 0, 0)
    assert stands(date(2026, 5, 10)) == (1, 1, 0, 0, 0, 0), "the old deadline had passed, but it had been put off"
    assert stands(date(2026, 5, 11)) == (0, 1, 1, 0, 1, 0), "its outcome is gone from the row, for it was opened again"
    assert stands(date(2026, 7, 1)) == (1, 1, 0, 0, 0, 0)
    assert stands(date(2026, 8, 3)) == (0, 1, 0, 1, 0, 0)
    months = read(date(2026, 8, 31), Tabulation.MONTHS)
    assert [months[f"2026年{month}月"][3] for month in range(4, 9)] == [1, 0, 0, 1, 0]


@pytest.mark.usefixtures("context")
def test_a_link_alone_that_ended_counts_as_over_only_where_its_town_said_what_became_of_it(cast: Cast) -> None:
    with Writing() as session:
        editor, moderator = cast.account("aoba_editor"), cast.account("sato")
        items = [found(session, cast, f"CIO補佐官の募集 その{path}", now=at(4, 1), path=f"/{path}") for path in range(4)]
        links = [taking.publish(session, item, again=True, by=moderator, now=at(4, 1)) for item in items]
        taking.end(session, items[0], reason="公式ページが消えたため", by=moderator, now=at(4, 10))
        publication.withdraw(session, links[1], reason="掲載しない", by=None, now=at(4, 10))
        publication.close(session, links[2], reason=ClosedReason.FILLED, outcome=Outcome.DECIDED, by=editor, now=at(4, 10))
        publication.withdraw(session, links[3], reason="予算のため", by=editor, now=at(4, 10))
    assert stands(date(2026, 4, 1)) == (4, 4, 0, 0, 0, 0)
    assert stands(date(2026, 4, 10)) == (0, 4, 1, 1, 1, 0)
    assert sum(row[0] for row in read(date(2026, 4, 30), Tabulation.OUTCOMES).values()) == 2 * 2, "two, and their sum"  # type: ignore[misc]


@pytest.mark.usefixtures("context")
def test_a_deadline_of_24_00_ends_its_day_and_what_goes_up_at_0_00_begins_the_next(cast: Cast) -> None:
    with Writing() as session:
        ends = published(session, cast, now=at(4, 1), apply_by="2026-04-30")
        begins = submitted(session, cast, now=at(4, 20))
        assert begins.pending is not None
        sato = cast.account("sato")
        moderation.publish(session, begins, version_id=begins.pending.id, by=sato, now=at(4, 21), at=start_of(date(2026, 5, 1)))
        assert ends.apply_by == begins.scheduled_at == end_of(date(2026, 4, 30))
        publication.publish_scheduled(session, now=end_of(date(2026, 4, 30)))
    assert stands(date(2026, 4, 29)) == (1, 1, 0, 0, 0, 0)
    assert stands(date(2026, 4, 30)) == (0, 1, 1, 0, 0, 1), "also before the worker has recorded that it is over"
    assert stands(date(2026, 5, 1)) == (1, 2, 1, 0, 0, 1)
    with Writing() as session:
        publication.expire(session, now=at(5, 1, 9))
    assert stands(date(2026, 4, 30)) == (0, 1, 1, 0, 0, 1)
    waits = standing.at_end_of(db.session(), [term.ending(date(2026, 4, 30), now=LATER)])[0]
    assert [one.ended_at for one in waits] == [end_of(date(2026, 4, 30))]
    review = read(date(2026, 5, 1), Tabulation.REVIEW)["新規の掲載(期間中)"]
    assert review[0] == 2 and review[-1] == 1, "the time until it went up, as was wished, is no time of 掲載確認"


@pytest.mark.usefixtures("context")
def test_what_a_posting_said_then_decides_where_it_is_counted(cast: Cast) -> None:
    with Writing() as session:
        one = published(session, cast, now=at(4, 1), apply_by="2026-12-25T17:00")
        amended(session, one, cast, now=at(6, 1), role="security", themes=["security"], engagement="special_part_time")
        taken_on(session, one, cast, at(6, 3))
    before, after = (read(date(2026, 6, day), Tabulation.ROLES) for day in (2, 3))
    assert before["CIO補佐官等(プロデューサー)"][0] == 1 and before["セキュリティ"][0] == 0
    assert after["CIO補佐官等(プロデューサー)"][0] == 0 and after["セキュリティ"][0] == 1
    assert read(date(2026, 6, 2), Tabulation.THEMES)["BPR"][0] == 1 and read(date(2026, 6, 3), Tabulation.THEMES)["BPR"][0] == 0
    assert read(date(2026, 6, 3), Tabulation.REVIEW)["変更(期間中)"] == (1, 2, None, None, 2, 2)


@pytest.mark.usefixtures("context")
def test_no_answer_is_counted_as_such_until_the_day_on_which_it_was_given(cast: Cast) -> None:
    with Writing() as session:
        editor = cast.account("aoba_editor")
        silent, late = (published(session, cast, now=at(4, 1), apply_by="2026-04-30T17:00") for _ in range(2))
        publication.expire(session, now=at(5, 1))
        publication.tell_outcome(session, late, outcome=Outcome.NONE_SUITABLE, by=editor, now=at(5, 20))
        publication.tell_outcome(session, late, outcome=Outcome.DECIDED, by=editor, now=at(6, 1))
        assert silent.outcome is None

    def told(day: date) -> list[Cell]:
        found = read(day, Tabulation.OUTCOMES)
        return [found[name][0] for name in ("決定(任用・委嘱・契約)", "該当者なし", "未回答", "計")]

    assert told(date(2026, 5, 19)) == [0, 0, 2, 2]
    assert told(date(2026, 5, 20)) == [0, 1, 1, 2]
    assert told(date(2026, 6, 1)) == [1, 0, 1, 2]
    assert read(date(2026, 6, 1), Tabulation.FILLING)["期間中"][:2] == (1, 61)
    with Writing() as session:  # the audit is kept for a time only
        for entry in session.scalars(select(AuditEntry)):
            session.delete(entry)
    assert told(date(2026, 6, 1)) == [1, 0, 1, 2]


@pytest.mark.usefixtures("context")
def test_of_a_joint_call_each_municipality_that_agreed_by_then_counts_once(cast: Cast) -> None:
    with Writing() as session:
        session.add(place("131041", "13", "東京都", "新宿区", "しんじゅくく", MunicipalityKind.CITY, "https://www.city.shinjuku.lg.jp/"))
        joint = published(session, cast, now=at(4, 1), co_municipalities=f"{cast.minato} 131041", apply_by="2026-12-25T17:00")
        published(session, cast, now=at(4, 1), apply_by="2026-12-25T17:00")
        asked = session.get_one(Agreement, (joint.id, cast.minato))
        joining.answer(session, asked, agrees=True, by=cast.account("minato_editor"), now=at(4, 10))
    assert read(date(2026, 4, 9))["募集中の実団体数"][1] == 1 and read(date(2026, 4, 9))["募集中"][1] == 2
    assert read(date(2026, 4, 10))["募集中の実団体数"][1] == 2, "新宿区 was asked and did not answer"
    places = read(date(2026, 4, 10), Tabulation.PREFECTURES)
    assert places["宮城県"][:2] == (2, 1) and places["神奈川県"][:2] == (1, 1) and places["全体"][:2] == (2, 2)


@pytest.mark.usefixtures("context")
def test_who_waited_at_a_prefecture_waited_for_the_ministry_only_since(cast: Cast) -> None:
    with Writing() as session:
        one = published(session, cast, now=at(4, 10))
        session.flush()
        version = session.scalars(select(Version).where(Version.posting_id == one.id)).one()
        version.created_at, version.through_prefecture, version.forwarded_at = at(4, 1), True, at(4, 8)
        drafted(session, cast)
    assert read(date(2026, 4, 30), Tabulation.REVIEW)["新規の掲載(期間中)"] == (1, 2, None, None, 2, 2)


def subscribed(session: Session, number: int, *, confirmed: datetime | None, frequency: Frequency, **rest: Any) -> None:
    state = SubscriptionState.LEFT if rest.get("left_at") else SubscriptionState.ACTIVE if confirmed else SubscriptionState.PENDING
    stopped = rest.pop("stopped_at", None)
    person = Subscriber(address=f"{number}@example.jp", address_key=f"{number}@example.jp", created_at=at(4, 1), stopped_at=stopped)
    person.subscriptions.append(
        Subscription(
            criteria=storing.of(session, Criteria()), kinds="published", frequency=frequency, state=state, created_at=at(4, 1),
            confirmed_at=confirmed, consent_version="1", **rest,
        )
    )  # fmt: skip
    session.add(person)


@pytest.mark.usefixtures("context")
def test_subscribers_are_those_of_that_day_and_few_of_them_are_never_told(cast: Cast) -> None:
    with Writing() as session:
        for number in range(12):
            subscribed(session, number, confirmed=at(5, 1), frequency=Frequency.DAILY if number < 9 else Frequency.WEEKLY)
        subscribed(session, 20, confirmed=None, frequency=Frequency.DAILY)
        subscribed(session, 21, confirmed=at(5, 1), frequency=Frequency.DAILY, left_at=at(6, 10))
        subscribed(session, 22, confirmed=at(5, 1), frequency=Frequency.DAILY, left_at=at(7, 10))
        subscribed(session, 23, confirmed=at(5, 1), frequency=Frequency.DAILY, stopped_at=at(6, 20))
    may, june, later = (read(date(2026, month, 1), Tabulation.SUBSCRIPTIONS) for month in (5, 7, 8))
    assert may["登録者(人)"] == (15, "記録なし") and june["登録者(人)"] == (10, "記録なし") == later["登録者(人)"]
    assert may["うち 1日1回(午前8時)(件)"][0] == 10 and may["うち 週1回(月曜日の午前8時)(件)"][0] == "5未満"
    assert read(date(2026, 4, 30), Tabulation.SUBSCRIPTIONS)["登録者(人)"][0] == "5未満"


def test_no_total_less_its_parts_tells_a_number_below_five() -> None:
    """All ways in which three kinds may make up a total: what is told fits several numbers wherever one was below five."""
    fitting: defaultdict[tuple[object, ...], set[tuple[int, ...]]] = defaultdict(set)
    for parts in product(range(20), repeat=3):
        fitting[tuple(persons.told(number) for number in (sum(parts), *parts))].add(parts)
    for told, possible in fitting.items():
        for number in range(3):
            if told[number + 1] == persons.FEW and 15 not in told[1:]:  # all that fit are enumerated
                assert len({parts[number] for parts in possible}) > 1, (told, possible)
    assert persons.told(4) == persons.told(0) == "5未満" and persons.told(5) == persons.told(9) == 5
    # Of two days: what is told of both fits more than one difference, whichever way the number moved.
    moved: defaultdict[tuple[object, ...], set[int]] = defaultdict(set)
    for before, after in product(range(40), repeat=2):
        moved[persons.told(before), persons.told(after)].add(after - before)
    assert all(len(differences) > 1 for differences in moved.values())


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("セキュリティ  副業", "セキュリティ 副業"), ("ＤＸ　推進", "dx 推進"), ("C#", "c#"), ("2026年 週3日", "2026年 週3日"),
        ("tanaka@example.jp", ""), ("090-1234-5678", ""), ("０３（１２３４）５６７８", ""), ("田中 09012345678", ""),
        ("霞が関2-1-2", ""), ("本町1丁目", ""), ("https://example.jp", ""), ("あ" * 81, ""), ("  ", ""),
    ],
)  # fmt: skip
def test_words_are_counted_in_one_form_and_addresses_not_at_all(typed: str, words: str) -> None:
    assert searches.normalised(typed) == words


@pytest.mark.usefixtures("context", "cast")
def test_words_that_few_asked_for_are_not_shown_and_old_days_are_forgotten() -> None:
    with Writing() as session:
        for number in range(5):
            searches.count(session, "量子", found=False, now=at(5, 1 + number))
            searches.count(session, "副業", found=number > 0, now=at(5, 1))
        for _ in range(4):
            searches.count(session, "秘密の言葉", found=False, now=at(5, 1))
        session.add_all(SearchDay(on=day, words="昔", asked=9, found_nothing=0) for day in (date(2024, 3, 31), date(2024, 4, 1)))
    assert read(date(2026, 5, 4), Tabulation.SEARCHED) == {"副業": (5, "5未満", "記録なし")}
    assert read(date(2026, 5, 5), Tabulation.SEARCHED) == {"副業": (5, "5未満", "記録なし"), "量子": (5, 5, "記録なし")}
    assert read(date(2026, 5, 5), Tabulation.NOT_FOUND) == {"量子": (5, 5, "記録なし")}
    with Writing() as session:
        assert searches.forget_searches(session, now=at(5, 6)) == 1
        assert session.get(SearchDay, (date(2024, 4, 1), "昔")) is not None


def test_a_day_is_read_as_officials_write_it_and_nonsense_is_refused_in_words() -> None:
    assert term.read("令和9年3月1日", now=LATER).day == term.read("2027-03-01", now=LATER).day == date(2027, 3, 1)
    today = term.read("", now=LATER)
    assert (today.day, today.whole, today.year, today.since) == (date(2027, 3, 20), False, 2026, start_of(date(2026, 4, 1)))
    for typed, said in (("いつか", "時点の日付を"), ("2027-03-21", "きょう(2027年3月20日(土))まで"), ("2027-02-29", "暦にない"), ("9" * 999, "日付を")):
        with pytest.raises(Incomplete) as wrong:
            term.read(typed, now=LATER)
        assert said in wrong.value.problems[0].message


def test_the_term_before_ends_on_the_same_month_and_day() -> None:
    leap = term.ending(date(2028, 2, 29), now=LATER + timedelta(days=999))
    before = term.year_before(leap)
    assert (before.first, before.day, before.until) == (date(2026, 4, 1), date(2027, 2, 28), end_of(date(2027, 2, 28)))
    months = leap.months()
    assert len(months) == 11 == len(before.months()) and months[-1].until == leap.until
    assert [one.first for one in months[:2]] == [date(2027, 4, 1), date(2027, 5, 1)] and months[0].until == months[1].since


def test_a_day_that_runs_is_compared_with_the_same_time_of_the_year_before() -> None:
    assert term.year_before(term.ending(date(2027, 3, 20), now=LATER)).until == term.ending(date(2026, 3, 20), now=LATER.replace(year=2026)).until


def test_every_figure_has_its_definition_and_every_table_its_figures_and_its_page() -> None:
    assert set(DEFINITIONS) == set(Figure) and set(FIGURES) == set(Tabulation)
    assert all(one.text.endswith("。") and one.unit for one in DEFINITIONS.values())
    assert {one for tables in CHAPTERS.values() for one in tables} | {Tabulation.OVERVIEW} == set(Tabulation)
    assert {figure for figures in FIGURES.values() for figure in figures} == set(Figure)
