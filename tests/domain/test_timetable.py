"""The selection timetable: in order of time, each on its day in Japan."""

from datetime import UTC, date, datetime

import pytest

from jobboard.base.content import Content
from jobboard.base.reading import read
from jobboard.base.vocabulary import DeadlineKind, Engagement, Explicit
from jobboard.domain.timetable import timetable
from tests.postings import content


def told(content: Content) -> list[tuple[str, date | None, str]]:
    return [(stage.name, stage.day, stage.words) for stage in timetable(content)]


def test_the_stages_stand_in_order_of_time_whatever_the_order_of_the_fields() -> None:
    call = content(
        briefing_at=datetime(2026, 5, 30, 1, 0, tzinfo=UTC), interview_on=date(2026, 5, 12), result_on=date(2026, 6, 20),
        proposal_by=datetime(2026, 5, 11, 15, 0, tzinfo=UTC), proposal_questions_by=Explicit.SEE_GUIDELINES,
    )  # fmt: skip
    assert told(call) == [
        ("proposal_questions_by", None, "募集要項に記載"),
        ("proposal_by", date(2026, 5, 11), "2026年5月11日(月)24:00"),
        ("interview_on", date(2026, 5, 12), "2026年5月12日(火)"),
        ("apply_by", date(2026, 5, 29), "2026年5月29日(金)17:00"),
        ("briefing_at", date(2026, 5, 30), "2026年5月30日(土)10:00"),
        ("term_start_on", date(2026, 6, 1), "2026年6月1日(月)"),
        ("result_on", date(2026, 6, 20), "2026年6月20日(土)"),
    ]


def test_what_is_undecided_stands_after_what_usually_comes_before_it() -> None:
    assert [name for name, _, _ in told(content(proposal_by=Explicit.UNDECIDED))] == [
        "apply_by", "proposal_by", "term_start_on",
    ]  # fmt: skip


def test_a_call_without_a_deadline_says_how_it_ends() -> None:
    call = content(apply_by=None, apply_by_kind=DeadlineKind.UNTIL_FILLED, term_start_on=None)
    assert told(call) == [("apply_by", None, "決まり次第")]
    assert told(content(apply_by_kind=DeadlineKind.ARRIVAL))[0][2] == "2026年5月29日(金)17:00 必着"


def test_a_day_alone_is_its_beginning_where_something_opens_and_its_end_where_it_closes() -> None:
    call, wrong = read({"apply_from": ["2026-05-01"], "briefing_at": ["令和8年5月12日"], "apply_by": ["2026-05-29"]})
    assert not wrong
    assert told(call) == [
        ("apply_from", date(2026, 5, 1), "2026年5月1日(金)"),
        ("briefing_at", date(2026, 5, 12), "2026年5月12日(火)"),
        ("apply_by", date(2026, 5, 29), "2026年5月29日(金)24:00"),
    ]
    assert call.instant("apply_from") == datetime(2026, 4, 30, 15, 0, tzinfo=UTC)
    assert call.instant("apply_by") == datetime(2026, 5, 29, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("engagement", "label"),
    [(Engagement.SPECIAL_PART_TIME, "勤務の開始"), (Engagement.CONTRACT_COMPANY, "契約の開始"), (None, "勤務の開始")],
)
def test_the_start_is_called_by_what_starts(engagement: Engagement | None, label: str) -> None:
    assert timetable(content(engagement=engagement))[-1].label == label
