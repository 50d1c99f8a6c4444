"""The posting's life, told through the domain's own functions on both databases."""

from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import select

from jobboard.base.errors import Incomplete, NotPermitted, WrongState
from jobboard.base.states import ClosedReason, EventKind, ExtensionReason, State, VersionState
from jobboard.database import Writing
from jobboard.domain import moderation, publication, review_queue
from jobboard.models import AuditEntry, Board, ChangeEvent, Posting
from tests.cast import OPENING, Cast
from tests.stories import amended, drafted, published, submitted, typed

pytestmark = pytest.mark.usefixtures("context")


def events(session, posting) -> list[EventKind]:  # type: ignore[no-untyped-def]
    rows = select(ChangeEvent.kind).where(ChangeEvent.posting_id == posting.id).order_by(ChangeEvent.id)
    return list(session.scalars(rows))


def test_a_publication_writes_version_audit_event_and_board_version_together(cast: Cast) -> None:
    with Writing() as session:
        before = session.get_one(Board, 1).version
        posting = published(session, cast)
        session.refresh(session.get_one(Board, 1))
        assert posting.state is State.PUBLISHED
        assert posting.current is not None and posting.current.number == 1
        assert events(session, posting) == [EventKind.PUBLISHED]
        actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
        assert actions == ["posting:submit", "posting:publish"]
        assert session.get_one(Board, 1).version == before + 1
        assert posting.title == "CIO補佐官(全庁DX推進)" and posting.pay_low == 25_000


def test_a_submission_lists_every_gap_and_touches_nothing(cast: Cast) -> None:
    with Writing() as session:
        posting = drafted(session, cast, title=[], role=[], contact_tel=[], contact_email=[], pay_low="abc")
        draft = dict(posting.draft)
        with pytest.raises(Incomplete) as refused:
            moderation.submit(session, posting, by=cast.account("aoba_editor"), now=OPENING)
        fields = {problem.field for problem in refused.value.problems}
        assert fields == {"title", "role", "contact_tel", "pay_low"}
        assert posting.state is State.DRAFT and posting.draft == draft


def test_nobody_publishes_a_submission_of_their_own(cast: Cast) -> None:
    with Writing() as session:
        posting = drafted(session, cast)
        moderation.submit(session, posting, by=cast.account("sato"), now=OPENING)
        assert posting.pending is not None
        with pytest.raises(NotPermitted):
            moderation.publish(session, posting, version_id=posting.pending.id, by=cast.account("sato"), now=OPENING)
        moderation.publish(session, posting, version_id=posting.pending.id, by=cast.account("admin"), now=OPENING)
        assert posting.state is State.PUBLISHED


def test_nobody_publishes_what_they_wrote_and_a_colleague_sent_in(cast: Cast) -> None:
    with Writing() as session:
        posting = drafted(session, cast)
        posting.draft_by_id = cast.sato
        moderation.submit(session, posting, by=cast.account("aoba_editor"), now=OPENING)
        assert posting.pending is not None
        with pytest.raises(NotPermitted):
            moderation.publish(session, posting, version_id=posting.pending.id, by=cast.account("sato"), now=OPENING)


def test_what_was_recalled_meanwhile_is_not_published(cast: Cast) -> None:
    with Writing() as session:
        posting = submitted(session, cast)
        assert posting.pending is not None
        seen = posting.pending.id
        moderation.recall(session, posting, by=cast.account("aoba_editor"), now=OPENING)
        moderation.submit(session, posting, by=cast.account("aoba_editor"), now=OPENING)
        with pytest.raises(WrongState):
            moderation.publish(session, posting, version_id=seen, by=cast.account("sato"), now=OPENING)


def test_pay_waits_for_a_moderator_while_the_public_sees_the_last_version(cast: Cast) -> None:
    with Writing() as session:
        posting = published(session, cast)
        amended(session, posting, cast, now=OPENING + timedelta(days=1), pay_low="30000")
        assert posting.pending is not None and posting.pay_low == 25_000
        moderation.publish(
            session, posting, version_id=posting.pending.id, by=cast.account("sato"), now=OPENING + timedelta(days=2)
        )
        assert posting.pay_low == 30_000 and posting.pending is None
        assert events(session, posting) == [EventKind.PUBLISHED, EventKind.AMENDED]
        assert [version.state for version in posting.versions] == [VersionState.SUPERSEDED, VersionState.PUBLISHED]


def test_a_contact_takes_effect_at_once_and_tells_nobody(cast: Cast) -> None:
    with Writing() as session:
        posting = published(session, cast)
        amended(session, posting, cast, now=OPENING, contact_tel="022-111-1111")
        assert posting.pending is None and posting.current is not None and posting.current.at_once
        event = session.scalars(select(ChangeEvent).order_by(ChangeEvent.id.desc())).first()
        assert event is not None and not event.material and event.changed == ["contact_tel"]
        assert [item.kind for item in review_queue.after(session, now=OPENING)] == ["after"]
        assert review_queue.waiting(session, now=OPENING) == []


def test_a_later_deadline_is_an_extension_and_a_shorter_one_waits(cast: Cast) -> None:
    with Writing() as session:
        posting = published(session, cast)
        amended(session, posting, cast, now=OPENING, apply_by="2026-06-12T17:00")
        assert events(session, posting)[-1] is EventKind.EXTENDED
        amended(session, posting, cast, now=OPENING, apply_by="2026-05-01")
        assert posting.pending is not None and events(session, posting)[-1] is EventKind.EXTENDED


def test_an_extension_carries_over_to_the_version_that_waits(cast: Cast) -> None:
    with Writing() as session:
        posting = published(session, cast)
        amended(session, posting, cast, now=OPENING, pay_low="30000")
        until = OPENING + timedelta(days=90)
        publication.extend(
            session, posting, until=until, reason=ExtensionReason.FEW_APPLICANTS,
            by=cast.account("aoba_editor"), now=OPENING,
        )
        assert posting.apply_by == until and posting.pending is not None
        moderation.publish(session, posting, version_id=posting.pending.id, by=cast.account("sato"), now=OPENING)
        assert posting.apply_by == until and posting.pay_low == 30_000


def test_an_extension_must_be_later(cast: Cast) -> None:
    with Writing() as session:
        posting = published(session, cast)
        assert posting.apply_by is not None
        with pytest.raises(Incomplete):
            publication.extend(
                session, posting, until=posting.apply_by, reason=ExtensionReason.OTHER,
                by=cast.account("aoba_editor"), now=OPENING,
            )


@pytest.mark.parametrize("until", [timedelta(days=95), timedelta(days=30_000)])
def test_an_extension_obeys_the_rules_of_a_submission(cast: Cast, until: timedelta) -> None:
    with Writing() as session:
        posting = published(session, cast, apply_by=[], apply_by_kind="open_ended", review_on="2026-06-10")
        with pytest.raises(Incomplete) as refused:
            publication.extend(
                session, posting, until=OPENING + until, reason=ExtensionReason.OTHER,
                by=cast.account("aoba_editor"), now=OPENING,
            )  # fmt: skip
        assert "90日" in refused.value.problems[0].message


def test_what_was_due_this_morning_is_not_published_any_more(cast: Cast) -> None:
    with Writing() as session:
        posting = submitted(session, cast, apply_by="2026-04-01T12:00")
        assert posting.pending is not None
        with pytest.raises(Incomplete):
            moderation.publish(
                session, posting, version_id=posting.pending.id, by=cast.account("sato"),
                now=OPENING + timedelta(hours=3),
            )  # fmt: skip


def test_the_closing_instant_ends_a_posting_with_and_without_the_worker(cast: Cast) -> None:
    with Writing() as session:
        posting = published(session, cast, apply_by="2026-05-29")
        closing = posting.apply_by
        assert closing is not None and closing.isoformat() == "2026-05-29T15:00:00+00:00"
        assert publication.is_open(posting, closing - timedelta(seconds=1))
        assert not publication.is_open(posting, closing)
        assert publication.expire(session, now=closing - timedelta(seconds=1)) == 0
        assert publication.expire(session, now=closing + timedelta(hours=5)) == 1
        assert posting.state is State.CLOSED and posting.closed_at == closing
        assert posting.closed_reason is ClosedReason.DEADLINE
        assert publication.expire(session, now=closing + timedelta(hours=6)) == 0


def test_an_open_ended_posting_ends_fourteen_days_after_its_review_date(cast: Cast) -> None:
    with Writing() as session:
        posting = published(session, cast, apply_by=[], apply_by_kind="open_ended", review_on="2026-06-10")
        assert posting.apply_by is not None and posting.apply_by.isoformat() == "2026-06-24T15:00:00+00:00"


def test_a_withdrawal_before_publication_tells_nobody(cast: Cast) -> None:
    with Writing() as session:
        posting = submitted(session, cast)
        assert posting.pending is not None
        moderation.publish(
            session, posting, version_id=posting.pending.id, by=cast.account("sato"), now=OPENING,
            at=OPENING + timedelta(days=2),
        )
        assert posting.state is State.APPROVED
        publication.withdraw(session, posting, reason="予算の見直し", by=cast.account("aoba_editor"), now=OPENING)
        assert posting.state is State.WITHDRAWN and events(session, posting) == []


def test_a_scheduled_posting_appears_at_its_time(cast: Cast) -> None:
    with Writing() as session:
        posting = submitted(session, cast)
        assert posting.pending is not None
        at = OPENING + timedelta(days=2)
        moderation.publish(
            session, posting, version_id=posting.pending.id, by=cast.account("sato"), now=OPENING, at=at
        )
        assert publication.publish_scheduled(session, now=at - timedelta(seconds=1)) == []
        assert publication.publish_scheduled(session, now=at) == [posting]
        assert posting.state is State.PUBLISHED and events(session, posting) == [EventKind.PUBLISHED]


def test_a_closed_posting_opens_again_with_a_new_deadline(cast: Cast) -> None:
    with Writing() as session:
        posting = published(session, cast)
        editor = cast.account("aoba_editor")
        publication.close(session, posting, reason=ClosedReason.EARLY, by=editor, now=OPENING)
        until = OPENING + timedelta(days=100)
        publication.reopen(session, posting, until=until, by=editor, now=OPENING + timedelta(days=1))
        assert posting.apply_by == until and posting.closed_at is None
        assert events(session, posting) == [EventKind.PUBLISHED, EventKind.CLOSED, EventKind.REOPENED]


def test_a_slip_is_corrected_silently_but_pay_never_is(cast: Cast) -> None:
    with Writing() as session:
        posting = published(session, cast)
        editor = cast.account("aoba_editor")
        posting.draft = typed(duties=[typed()["duties"][0].replace("助言し", "ご助言し")])
        moderation.submit(session, posting, by=editor, now=OPENING, silent=True)
        event = session.scalars(select(ChangeEvent).order_by(ChangeEvent.id.desc())).first()
        assert event is not None and not event.material and posting.pending is None
        posting.draft = typed(pay_low="90000")
        with pytest.raises(Incomplete):
            moderation.submit(session, posting, by=editor, now=OPENING, silent=True)


def test_only_the_table_moves_a_posting(cast: Cast) -> None:
    with Writing() as session:
        posting = drafted(session, cast)
        for state, action in product(State, publication.Action):
            posting.state = state
            after = publication.TRANSITIONS.get((state, action))
            if after is None:
                with pytest.raises(WrongState):
                    publication.move(session, posting, action, by=None, now=OPENING)
            else:
                publication.move(session, posting, action, by=None, now=OPENING)
            assert posting.state is (after or state), f"{action} on {state}"


def test_the_picture_in_the_docs_is_the_status_table() -> None:
    from pathlib import Path

    picture = (Path(__file__).parents[2] / "docs" / "architecture.md").read_text(encoding="utf-8")
    drawn = {line.strip() for line in picture.splitlines() if " --> " in line}
    table = {f"{before} --> {after}: {action}" for (before, action), after in publication.TRANSITIONS.items()}
    assert drawn == table


def test_ids_are_never_used_again(cast: Cast) -> None:
    with Writing() as session:
        first = drafted(session, cast)
        number = first.id
        session.delete(first)
        session.flush()
        assert drafted(session, cast).id > number
        assert session.get(Posting, number) is None
