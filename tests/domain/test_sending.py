"""What keeps a submission back below the pages: gaps, what is unusual without a reason, what was sent in already."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from jobboard.base.content import to_json
from jobboard.base.errors import Incomplete, WrongState
from jobboard.base.reading import read
from jobboard.base.states import ClosedReason, State
from jobboard.database import Writing
from jobboard.domain import cautions, completeness, drafting, duplicates, publication, sending
from jobboard.domain.readiness import QUESTIONS, Readiness, readiness
from jobboard.models import Municipality, Posting, Version
from tests.cast import OPENING, Cast
from tests.stories import drafted, published, submitted, typed

AOBA = Municipality(code="042021", url="https://www.city.aoba.lg.jp/")


@pytest.fixture
def session(context: None, cast: Cast) -> Iterator[Session]:
    with Writing() as session:
        yield session


def refused(session: Session, posting: Posting, cast: Cast, **reasons: str) -> set[str]:
    """The fields of the sentences with which a submission is kept back; none when it went through."""
    try:
        sending.send(session, posting, by=cast.account("aoba_editor"), now=OPENING, reasons=reasons)
    except Incomplete as found:
        return {problem.field for problem in found.problems}
    return set()


def test_nothing_unusual_goes_out_without_a_reason_of_words(session: Session, cast: Cast) -> None:
    posting = drafted(session, cast, pay_low="250000", official_url="https://example.com/x")
    asked = {"reason.unusual_pay", "reason.foreign_host"}
    assert refused(session, posting, cast) == asked
    assert refused(session, posting, cast, unusual_pay=" \u200b\n", foreign_host="県のサイトに載せるため") == {"reason.unusual_pay"}
    assert refused(session, posting, cast, unusual_pay="長" * 501) == {"reason.unusual_pay"}
    assert posting.state is State.DRAFT and session.query(Version).count() == 0
    assert refused(session, posting, cast, unusual_pay="専門性が高いため") == set()
    assert posting.pending is not None
    assert {key: one["reason"] for key, one in posting.pending.overruled.items()} == {
        "unusual_pay": "専門性が高いため", "foreign_host": "県のサイトに載せるため",
    }  # fmt: skip


def test_gaps_are_told_together_with_what_has_no_reason(session: Session, cast: Cast) -> None:
    posting = drafted(session, cast, smoking=[], apply_by="五月末", pay_low="250000", publish_at="2026-03-31")
    assert refused(session, posting, cast) == {"smoking", "apply_by", "reason.unusual_pay", "publish_at"}
    assert refused(session, posting, cast, unusual_pay="専門性が高いため") == {"smoking", "apply_by", "publish_at"}


def test_what_waits_is_not_sent_in_twice(session: Session, cast: Cast) -> None:
    posting = submitted(session, cast)
    with pytest.raises(WrongState):
        sending.send(session, posting, by=cast.account("aoba_editor"), now=OPENING)


@pytest.mark.parametrize(
    ("apply_by", "keys"),
    [
        ("2026-05-29", set()), ("2026-05-30", {"closed_day"}), ("2026-05-31", {"closed_day"}), ("2026-04-29", {"closed_day"}),
        ("2026-12-28", set()), ("2026-12-29", {"closed_day"}), ("2026-12-31", {"closed_day"}), ("2027-01-03", {"closed_day"}),
        ("2027-01-04", set()), ("2026-09-22", {"closed_day"}), ("2026-04-14", {"short_notice"}), ("2026-04-15", set()),
        ("2026-04-15T00:00", {"short_notice"}), ("2026-05-30T00:00", set()), ("2026-05-30T00:01", {"closed_day"}),
        ("2026-04-11", {"closed_day", "short_notice"}),
    ],
)  # fmt: skip
def test_a_deadline_on_a_closed_day_or_within_ten_workdays_is_unusual(apply_by: str, keys: set[str]) -> None:
    """From Wednesday 1 April 2026: Tuesday 14 is the ninth 開庁日, Wednesday 15 the tenth; 22 September lies between two holidays."""
    content, _ = read(typed(apply_by=apply_by))
    assert {one.key for one in cautions.warnings(content, AOBA, now=OPENING)} == keys


def test_a_reason_for_the_title_hides_no_limiting_word_in_the_requirements() -> None:
    content, _ = read(typed(title="若手職員を育てる人", requirements_must="35歳以下の男性に限る", duties="若手職員の育成を担当します。" * 3))
    told = {one.key: one.field for one in cautions.warnings(content, AOBA) if one.key.startswith("limiting_words")}
    assert told == {"limiting_words": "title", "limiting_words-requirements_must": "requirements_must"}


def test_every_warning_has_a_key() -> None:
    odd = typed(
        title="若手", side_job="yes", engagement="fixed_term", audience="person", pay_low="1", cancellation_terms="30日前",
        official_url="https://example.com/", apply_by="2026-04-11", proposal_eligibility="法人", requirements_must="男性",
        requirements_nice="女性", documents_required="35歳以下の方は履歴書",
    )  # fmt: skip
    content, _ = read(odd)
    found = cautions.warnings(content, AOBA, now=OPENING)
    assert all(one.key for one in found) and {one.key for one in found} >= cautions.TO_OVERRULE


@pytest.mark.parametrize(
    ("title", "same"),
    [
        ("CIO補佐官(全庁DX推進)", True), ("ＣＩＯ補佐官（全庁ＤＸ推進）", True), ("CIO補佐官(全庁DX推進担当)", True),
        ("データ分析の専門家", False), ("", False),
    ],
)  # fmt: skip
def test_titles_are_compared_as_people_read_them(session: Session, cast: Cast, title: str, same: bool) -> None:
    other = submitted(session, cast)
    submitted(session, cast, place="minato")
    posting = drafted(session, cast, title=title)
    content, _ = read(posting.draft)
    assert duplicates.alike(session, posting, content, now=OPENING) == ([other] if same else [])


def test_a_call_that_is_over_is_a_duplicate_only_of_the_same_term_and_not_of_its_copy(session: Session, cast: Cast) -> None:
    over = published(session, cast)
    publication.close(session, over, reason=ClosedReason.FILLED, by=cast.account("aoba_editor"), now=OPENING)
    drafted(session, cast)
    for changes, found in (
        ({}, [over]), ({"term_start_on": "2027-04-01", "term_end_on": "2028-03-31"}, []),
        ({"term_start_on": "2027-03-31", "term_end_on": "2027-03-31"}, [over]),
    ):  # fmt: skip
        posting = drafted(session, cast, **changes)
        content, _ = read(posting.draft)
        assert duplicates.alike(session, posting, content, now=OPENING) == found
        posting.copied_from_id = over.id
        assert duplicates.alike(session, posting, content, now=OPENING) == []


def test_another_look_alike_asks_again(session: Session, cast: Cast) -> None:
    submitted(session, cast)
    posting = drafted(session, cast)
    said = {"duplicate": sending.NOT_THE_SAME}
    posting.overruled = {"duplicate": {"about": "0", "reason": sending.NOT_THE_SAME}}
    assert refused(session, posting, cast) == {"reason.duplicate"}
    drafting.save(session, posting, typed(headcount="2"), revision=posting.revision, by=cast.account("aoba_editor"), now=OPENING)
    assert refused(session, posting, cast, **said) == set()


@pytest.mark.parametrize(
    ("question", "changes", "state"),
    [
        ("時間)", {}, Readiness.ANSWERED),
        ("時間)", {"hours_per_day": []}, Readiness.OPEN),
        ("時間)", {"workdays": [], "workdays.explicit": "undecided"}, Readiness.UNDECIDED),
        ("時間)", {"workdays": [], "hours_per_day": [], "workdays_period": "unset"}, Readiness.ANSWERED),
        ("受入体制)", {}, Readiness.OPEN),
        ("受入体制)", {"receiving_team": "総務課 3人"}, Readiness.ANSWERED),
        ("いくらか", {"pay_low": [], "pay_unit": "by_rules"}, Readiness.ANSWERED),
        ("いくらか", {"pay_low": []}, Readiness.OPEN),
        ("更新はあるか", {"renewal": "undecided"}, Readiness.UNDECIDED),
        ("更新はあるか", {"engagement": "permanent"}, None),
        ("源泉徴収", {}, None),
        ("源泉徴収", {"engagement": "commission"}, Readiness.OPEN),
        ("登庁", {"remote": "no"}, None),
        ("登庁", {"remote_visits": "月2回"}, Readiness.ANSWERED),
    ],
)
def test_each_question_of_applicants_is_answered_undecided_or_open(
    question: str, changes: dict[str, str | list[str]], state: Readiness | None
) -> None:
    content, _ = completeness.read_applying(typed(**changes))
    found = [one.readiness for one in readiness(content) if question in one.question]
    assert found == ([] if state is None else [state]) and to_json(content)
    assert any(question in one.question for one in QUESTIONS)


def test_a_reason_is_kept_from_the_last_submission(session: Session, cast: Cast) -> None:
    posting = drafted(session, cast, apply_by="2026-05-30")
    assert refused(session, posting, cast, closed_day="土曜日も窓口を開けるため") == set()
    assert posting.overruled["closed_day"]["about"].startswith("2026年5月30日(土)")
    later = datetime(2026, 4, 2, tzinfo=UTC) + timedelta(days=1)
    content, _ = read(posting.draft)
    assert [one.reason for one in sending.doubts(session, posting, content, now=later)] == ["土曜日も窓口を開けるため"]
