"""What the desk puts first, what a posting's state allows, and how long something waited in 開庁日."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import true

from jobboard.base.states import ClosedReason
from jobboard.database import Writing
from jobboard.domain import drafting, moderation, publication, waiting
from jobboard.domain.waiting import Wait
from jobboard.domain.workdays import is_workday, workdays_since
from tests.cast import OPENING, Cast
from tests.stories import amended, drafted, published, submitted, typed

LATER = OPENING + timedelta(hours=1)


@pytest.mark.usefixtures("context")
def test_what_waits_comes_first_and_the_most_pressing_of_it_at_the_top(cast: Cast) -> None:
    with Writing() as session:
        editor = cast.account("aoba_editor")
        over = published(session, cast, title="終わった募集")
        publication.close(session, over, reason=ClosedReason.FILLED, by=editor, now=LATER)
        published(session, cast, title="掲載中の募集")
        drafted(session, cast, title="下書きの募集")
        changing = published(session, cast, title="変更中の募集")
        drafting.save(session, changing, typed(pay_low="1"), revision=changing.revision, by=editor, now=LATER)
        returned = submitted(session, cast, title="修正依頼の募集")
        assert returned.pending is not None
        moderation.ask_correction(
            session, returned, version_id=returned.pending.id, remarks=[("", "直して")], by=cast.account("sato"), now=LATER
        )
        late = published(session, cast, title="締切を過ぎた募集", apply_by="2026-04-01T12:00")
        rows = waiting.desk(session, true(), now=OPENING + timedelta(hours=12))
        assert [(row.title, row.wait) for row in rows] == [
            ("修正依頼の募集", Wait.CORRECTION),
            ("締切を過ぎた募集", Wait.OVERDUE),
            ("変更中の募集", Wait.AMENDMENT),
            ("下書きの募集", Wait.DRAFT),
            ("掲載中の募集", Wait.NOTHING),
            ("終わった募集", Wait.NOTHING),
        ]
        assert "close" in waiting.possible(late, now=OPENING + timedelta(hours=12))
        assert "extend" not in waiting.possible(late, now=OPENING + timedelta(hours=12))


@pytest.mark.usefixtures("context")
def test_a_correction_of_an_amendment_waits_until_it_is_sent_again_or_discarded(cast: Cast) -> None:
    with Writing() as session:
        posting, editor = published(session, cast), cast.account("aoba_editor")
        drafting.save(
            session, posting, {**drafting.text(posting), "pay_low": ["30000"]}, revision=posting.revision, by=editor, now=LATER
        )
        moderation.submit(session, posting, by=editor, now=LATER, summary="日額を改めました")
        assert posting.pending is not None and waiting.asked(session, posting) == []
        moderation.ask_correction(
            session, posting, version_id=posting.pending.id, remarks=[("pay_low", "桁を確かめて")],
            by=cast.account("sato"), now=LATER,
        )
        assert waiting.asked(session, posting) == [("pay_low", "桁を確かめて")]
        assert [row.wait for row in waiting.desk(session, true(), now=LATER)] == [Wait.CORRECTION]
        drafting.discard(session, posting, revision=posting.revision, by=editor, now=LATER)
        assert waiting.asked(session, posting) == []
        assert [row.wait for row in waiting.desk(session, true(), now=LATER)] == [Wait.NOTHING]


@pytest.mark.usefixtures("context")
def test_what_waits_for_a_look_can_be_taken_back_and_nothing_else_written(cast: Cast) -> None:
    with Writing() as session:
        posting = published(session, cast)
        amended(session, posting, cast, now=LATER, pay_low="30000")
        assert {"recall", "extend", "close", "withdraw"} == waiting.possible(posting, now=LATER)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 4, 1), True),
        (date(2026, 4, 4), False),  # Saturday
        (date(2026, 4, 29), False),  # 昭和の日
        (date(2026, 5, 6), False),  # substitute holiday
        (date(2026, 12, 28), True),
        (date(2026, 12, 29), False),
        (date(2027, 1, 4), True),
    ],
)
def test_a_workday_is_a_day_on_which_offices_are_open(day: date, works: bool) -> None:
    assert is_workday(day) is works


def test_waiting_counts_workdays_after_the_day_it_came() -> None:
    came = datetime(2026, 12, 28, 8, 0, tzinfo=UTC)
    assert workdays_since(came, came) == 0
    assert workdays_since(came, datetime(2027, 1, 3, 8, 0, tzinfo=UTC)) == 0
    assert workdays_since(came, datetime(2027, 1, 5, 8, 0, tzinfo=UTC)) == 2
