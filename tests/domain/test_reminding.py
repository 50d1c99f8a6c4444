"""確認のお願い: each is sent once whatever workers do, to the right person, and no later than it helps."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from jobboard.base.errors import Incomplete, WrongState
from jobboard.base.states import ClosedReason, CodeAct, DeliveryKind, ExtensionReason, Outcome, ReminderKind, State
from jobboard.database import Writing, db
from jobboard.domain import accounts, drafting, moderation, past_deadline, publication, reminding
from jobboard.models import AuditEntry, Delivery, OneTimeCode, Posting, Reminder
from tests.cast import OPENING, Cast
from tests.mailroom import LETTERHEAD, Mailroom, opened
from tests.stories import drafted, published, submitted, typed

DEADLINE = datetime(2026, 5, 29, 8, 0, tzinfo=UTC)
WITHOUT = {"apply_by_kind": "open_ended", "apply_by": [], "review_on": "2026-06-29"}


def made(session: Session, now: datetime) -> list[tuple[ReminderKind, date]]:
    """What a worker makes at this instant."""
    before = {(one.posting_id, one.kind, one.due_on) for one in session.query(Reminder)}
    reminding.remind(session, LETTERHEAD, now=now)
    after = {(one.posting_id, one.kind, one.due_on) for one in session.query(Reminder)}
    return sorted((kind, day) for _, kind, day in after - before)


@pytest.mark.usefixtures("context")
def test_a_deadline_is_told_seven_days_before_and_again_after_it_was_put_off(cast: Cast) -> None:
    with Writing() as session:
        posting = published(session, cast)
        assert made(session, DEADLINE - timedelta(days=8)) == []
        assert made(session, DEADLINE - timedelta(days=7)) == [(ReminderKind.DEADLINE, date(2026, 5, 29))]
        assert made(session, DEADLINE - timedelta(days=6)) == []
        later = DEADLINE + timedelta(days=14)
        publication.extend(
            session, posting, until=later, reason=ExtensionReason.FEW_APPLICANTS, by=None, now=DEADLINE - timedelta(days=1)
        )
        assert made(session, later - timedelta(days=2)) == [(ReminderKind.DEADLINE, date(2026, 6, 12))]


@pytest.mark.usefixtures("context")
def test_nobody_is_reminded_of_a_deadline_that_was_set_within_the_week(cast: Cast) -> None:
    with Writing() as session:
        published(session, cast, now=DEADLINE - timedelta(days=3))
        assert made(session, DEADLINE - timedelta(days=2)) == []


@pytest.mark.usefixtures("context")
def test_a_call_without_deadline_is_asked_about_every_sixty_days(cast: Cast) -> None:
    with Writing() as session:
        published(session, cast, **WITHOUT)
        assert made(session, OPENING + timedelta(days=59)) == []
        assert made(session, OPENING + timedelta(days=60)) == [(ReminderKind.OPEN_ENDED, date(2026, 5, 31))]
        assert made(session, OPENING + timedelta(days=75)) == []
        posting = session.query(Posting).one()
        publication.extend(
            session, posting, until=OPENING + timedelta(days=160), reason=ExtensionReason.OTHER, by=None,
            now=OPENING + timedelta(days=75),
        )  # fmt: skip
        assert made(session, OPENING + timedelta(days=121)) == [(ReminderKind.OPEN_ENDED, date(2026, 7, 30))]


@pytest.mark.usefixtures("context")
@pytest.mark.parametrize("recorded", [True, False])
def test_after_the_deadline_its_outcome_is_asked_for_once_whether_or_not_the_closing_is_recorded(cast: Cast, recorded: bool) -> None:
    with Writing() as session:
        published(session, cast)
        after = DEADLINE + timedelta(minutes=1)
        if recorded:
            publication.expire(session, now=after)
        assert made(session, after) == [(ReminderKind.PAST_DEADLINE, date(2026, 5, 29))]
        publication.expire(session, now=after)
        assert made(session, after + timedelta(days=1)) == []
        code, mail = session.query(OneTimeCode).one(), session.query(Delivery).one()
        assert (code.act, mail.kind, mail.account_id) == (CodeAct.ENDED, DeliveryKind.REMINDER, cast.aoba_editor)


@pytest.mark.usefixtures("context")
def test_nothing_is_asked_of_a_call_that_was_ended_by_its_editor_or_long_ago(cast: Cast) -> None:
    with Writing() as session:
        first, _ = published(session, cast), published(session, cast)
        publication.close(session, first, reason=ClosedReason.FILLED, by=cast.account("aoba_editor"), now=OPENING)
        publication.expire(session, now=DEADLINE)
        assert made(session, DEADLINE + timedelta(days=31)) == []


@pytest.mark.usefixtures("context")
def test_an_untouched_draft_is_told_to_who_wrote_it_and_archived_after_400_days(cast: Cast) -> None:
    with Writing() as session:
        posting = drafted(session, cast)
        editor = cast.account("aoba_editor")
        assert made(session, OPENING + timedelta(days=29)) == []
        assert made(session, OPENING + timedelta(days=30)) == [(ReminderKind.DRAFT, date(2026, 5, 1))]
        assert made(session, OPENING + timedelta(days=90)) == []
        assert session.query(Delivery).one().account_id == editor.id
        assert reminding.archive(session, now=OPENING + timedelta(days=399)) == 0
        much_later = OPENING + timedelta(days=400)
        assert reminding.archive(session, now=much_later) == 1 and posting.archived_at == much_later
        assert made(session, much_later + timedelta(days=31)) == []
        reminding.restore(session, posting, by=editor, now=much_later)
        assert posting.archived_at is None and reminding.archive(session, now=much_later) == 0
        assert made(session, much_later + timedelta(days=30)) == [(ReminderKind.DRAFT, date(2027, 6, 5))]
        posting.archived_at = much_later
        drafting.save(session, posting, typed(), revision=posting.revision, by=editor, now=much_later)
        assert posting.archived_at is None, "who writes on brings it back"
        actions = [entry.action for entry in session.query(AuditEntry).order_by(AuditEntry.id)]
        assert actions == ["posting:archive", "posting:restore", "posting:save"]


@pytest.mark.usefixtures("context")
def test_what_was_given_back_is_reminded_of_thirty_days_after_its_correction_was_asked(cast: Cast) -> None:
    with Writing() as session:
        posting, asked_at = submitted(session, cast), OPENING + timedelta(days=20)
        assert posting.pending is not None
        moderation.ask_correction(
            session, posting, version_id=posting.pending.id, remarks=[("title", "直してください")], by=cast.account("sato"), now=asked_at
        )
        assert made(session, asked_at + timedelta(days=29)) == []
        assert made(session, asked_at + timedelta(days=30)) == [(ReminderKind.DRAFT, date(2026, 5, 21))]
        mail = session.query(Delivery).filter_by(kind=DeliveryKind.REMINDER).one()
        assert mail.mail_text and "修正をお願いした内容は、30日以上" in mail.mail_text.text
        assert reminding.archive(session, now=asked_at + timedelta(days=399)) == 0
        assert reminding.archive(session, now=asked_at + timedelta(days=400)) == 1


@pytest.mark.usefixtures("context")
def test_a_draft_of_somebody_who_left_is_told_to_the_colleagues(cast: Cast) -> None:
    with Writing() as session:
        drafted(session, cast)
        accounts.deactivate(session, cast.account("aoba_editor"), by=None, now=OPENING)
        made(session, OPENING + timedelta(days=30))
        assert [mail.account_id for mail in session.query(Delivery)] == [cast.aoba_colleague]


def test_two_workers_send_one_mail_and_it_leads_to_the_answer(cast: Cast, app: object, mailroom: Mailroom) -> None:
    with mailroom.writing() as session:
        with app.app_context():  # type: ignore[attr-defined]
            posting = published(session, cast)
        number = posting.id
    mailroom.clock.instant = DEADLINE + timedelta(minutes=1)
    with mailroom.writing() as session:
        (one,) = reminding.due(session, now=mailroom.clock())
        assert reminding._won(session, one, mailroom.clock()), "the other worker was quicker"
        session.rollback()
    assert [mailroom.steps.remind(), mailroom.steps.remind()] == [1, 0]
    (letter,) = (letter for letter in mailroom.run() if "締切を過ぎました" in str(opened(letter)["Subject"]))
    text = opened(letter).get_content()
    assert f"/desk/postings/{number}/ended" in text and "確認コード" in text


@pytest.mark.usefixtures("context")
def test_a_reminder_that_another_worker_made_meanwhile_is_not_made_again(cast: Cast) -> None:
    with Writing() as session:
        published(session, cast)
        (one,) = reminding.due(session, now=DEADLINE)
        wins = [reminding._won(session, one, DEADLINE) for _ in range(2)]
        assert wins == [True, False]


@pytest.mark.usefixtures("context")
def test_an_answer_after_the_deadline_opens_again_or_tells_the_outcome(cast: Cast) -> None:
    with Writing() as session:
        first, second = published(session, cast), published(session, cast)
        by, now = cast.account("aoba_editor"), DEADLINE + timedelta(hours=1)
        with pytest.raises(WrongState):
            past_deadline.tell(session, first, Outcome.DECIDED, by=by, now=DEADLINE - timedelta(days=1))
        past_deadline.tell(session, first, Outcome.NONE_SUITABLE, by=by, now=now)
        assert (first.state, first.closed_at, first.outcome) == (State.CLOSED, DEADLINE, Outcome.NONE_SUITABLE)
        until = DEADLINE + timedelta(days=14)
        with pytest.raises(Incomplete):
            past_deadline.extend(session, second, until=now, reason=ExtensionReason.OTHER, by=by, now=now)
        assert second.state is State.CLOSED
        past_deadline.extend(session, second, until=until, reason=ExtensionReason.NONE_SUITABLE, by=by, now=now)
        assert publication.is_open(second, now) and second.apply_by == until
        assert second.current is not None and "該当者がいなかった" in second.current.change_summary


@pytest.mark.usefixtures("context")
def test_reopening_with_a_date_far_away_changes_nothing(cast: Cast) -> None:
    with Writing() as session:
        posting = published(session, cast)
        publication.expire(session, now=DEADLINE)
        with pytest.raises(Incomplete):
            publication.reopen(session, posting, until=DEADLINE + timedelta(days=800), by=None, now=DEADLINE)
        assert posting.state is State.CLOSED
    assert db.session.get_one(Posting, 1).state is State.CLOSED
