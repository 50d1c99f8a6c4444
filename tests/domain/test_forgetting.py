"""A posting whose 保存期間 is over goes whole, whatever hangs on it, and nothing else goes with it."""

import os
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from jobboard.base.clock import end_of, start_of
from jobboard.base.keeping import Kept
from jobboard.base.states import (
    ClosedReason,
    CodeAct,
    DeliveryKind,
    DeliveryState,
    ReminderKind,
    State,
)
from jobboard.domain import answering, forgetting, housekeeping, links, printing, publication, reading_links, retention
from jobboard.domain.attachments import stored_at
from jobboard.domain.searching import holding, parse_words
from jobboard.models import (
    Account,
    Agreement,
    Attachment,
    AuditEntry,
    Base,
    Board,
    ChangeEvent,
    Correction,
    Delivery,
    Inquiry,
    Match,
    OneTimeCode,
    Posting,
    Presence,
    Question,
    Remark,
    Reminder,
    Subscriber,
    Talk,
    Version,
    VersionAttachment,
    ViewDay,
)
from tests.cast import OPENING, Cast
from tests.mailroom import KEY, LETTERHEAD, Mailroom
from tests.stories import asked_about, drafted, published, submitted

ENDED = start_of(date(2026, 6, 1))
LAST = end_of(date(2037, 3, 31)) - timedelta(microseconds=1)
"""The last instant of ten years that began on 1 April 2027."""

KEPT = {"source_item"}
"""What only names a posting that came of it, and stays without it."""

pytestmark = pytest.mark.usefixtures("context")


def leading_to(root: str) -> set[str]:
    """The tables from which keys lead to that one, in any number of steps."""
    found = {root}
    while True:
        more = {
            table.name
            for table in Base.metadata.tables.values()
            if table.name not in found and {key.column.table.name for key in table.foreign_keys} & found
        }
        if not more:
            return found
        found |= more


def test_every_table_from_which_a_key_leads_to_a_posting_is_emptied_of_it() -> None:
    deleted = {statement.table.name for statement in forgetting.HANGING if isinstance(statement, sa.Delete)}
    assert deleted - {"link"} == leading_to("posting") - KEPT, "tell domain/forgetting of the new table"


def whole(session: Session, cast: Cast, who: str) -> Posting:
    """A posting that has a row in every table that can hang on one."""
    editor, sato = session.get_one(Account, cast.aoba_editor), session.get_one(Account, cast.sato)
    posting = published(session, cast)
    asked = asked_about(session, posting, address=f"{who}@example.jp")
    answering.answer(session, asked, remedy="declined", reason="確かめました。", by=sato, letterhead=LETTERHEAD, now=OPENING)
    printing.print_draft(session, posting, by=editor, now=OPENING)
    reading_links.make(session, posting, key=KEY, by=editor, now=OPENING)
    person = Subscriber(address=f"{who}@example.com", address_key=f"{who}@example.com", created_at=OPENING)
    file = Attachment(posting_id=posting.id, name="a.pdf", media_type="application/pdf", size=1, sha256="a" * 64, added_at=OPENING)
    session.add_all([person, file])
    session.flush()
    question = Question(posting_id=posting.id, asker_id=person.id, text="質問です", asked_at=OPENING, confirmed_at=OPENING)
    assert posting.current_id is not None
    session.add_all([
        question,
        Inquiry(correction_id=asked.id, note="ご確認ください", made_at=OPENING),
        VersionAttachment(version_id=posting.current_id, attachment_id=file.id),
        Remark(version_id=posting.current_id, text="直してください", written_at=OPENING),
        Talk(posting_id=posting.id, from_ministry=True, text="お願いします", written_at=OPENING),
        Presence(posting_id=posting.id, account_id=sato.id, seen_at=OPENING),
        OneTimeCode(account_id=editor.id, digest="x", act=CodeAct.POSTING, generation=1, posting_id=posting.id, made_at=OPENING, expires_at=LAST),
        Reminder(posting_id=posting.id, kind=ReminderKind.DRAFT, due_on=OPENING.date(), sent_at=OPENING),
        ViewDay(posting_id=posting.id, on=OPENING.date(), views=3),
        Agreement(posting_id=posting.id, municipality_code=cast.minato, asked_at=OPENING),
    ])  # fmt: skip
    session.flush()
    links.issue(session, KEY, "question", question.id, 1, now=OPENING)
    copy = drafted(session, cast)
    copy.copied_from_id = posting.id
    return posting


def end(session: Session, posting: Posting, *, at: datetime = ENDED) -> None:
    publication.close(session, posting, reason=ClosedReason.DEADLINE, by=None, now=at)


def rows(session: Session, names: set[str]) -> dict[str, int]:
    tables: dict[str, Any] = {name: Base.metadata.tables[name] for name in names}
    return {name: session.scalar(sa.select(sa.func.count()).select_from(table)) or 0 for name, table in tables.items()}


def test_a_posting_goes_with_everything_of_it_and_another_one_keeps_all_of_its_own(mailroom: Mailroom, cast: Cast) -> None:
    mailroom.subscribed("sato@example.jp")
    with mailroom.writing() as session:
        kept = whole(session, cast, "tanaka")
        end(session, kept, at=ENDED + timedelta(days=400))
    mailroom.steps.match()
    hanging = leading_to("posting") - KEPT | {"link", "subscriber"}
    with mailroom.writing() as session:
        before = rows(session, hanging)
        assert min(before.values()) > 0, before
        posting = whole(session, cast, "suzuki")
        end(session, posting)
        number = posting.id
    mailroom.steps.match()
    with mailroom.writing() as session:
        assert forgetting.forget(session, forgetting.postings_due(10, now=LAST), now=LAST) == 0
        version = session.get_one(Board, 1).version
        assert forgetting.forget(session, forgetting.postings_due(10, now=LAST + timedelta(seconds=1)), now=LAST) == 1
        session.expire_all()
        assert rows(session, hanging) == {**before, "posting": before["posting"] + 1}, "the copy stays"
        assert session.get_one(Board, 1).version > version
        [word] = parse_words("助言")
        assert holding(session, word, over=True) == [kept.id]
        act = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "posting:forget")).one()
        assert (act.subject_id, act.facts) == (str(number), {"year": 2026, "before": "closed"})
        assert forgetting.is_forgotten(session, number) and not forgetting.is_forgotten(session, kept.id)
        assert session.scalars(sa.select(Posting.copied_from_id).where(Posting.state == State.DRAFT).order_by(Posting.id)).all() == [kept.id, None]


def test_the_mail_that_told_of_it_stays_counted(mailroom: Mailroom, cast: Cast) -> None:
    mailroom.subscribed()
    with mailroom.writing() as session:
        number = published(session, cast).id
    assert mailroom.run()
    with mailroom.writing() as session:
        end(session, session.get_one(Posting, number))
    mailroom.clock.instant = LAST + timedelta(days=1)
    mailroom.steps.tidy()
    with mailroom.writing() as session:
        assert session.scalars(sa.select(Delivery.state)).all()[:1] == [DeliveryState.SENT]
        assert session.scalars(sa.select(Delivery.kind)).first() is DeliveryKind.NOTICE
        for model in (Posting, Version, ChangeEvent, Match):
            assert session.scalars(sa.select(model)).all() == []


def test_what_waits_for_an_answer_or_is_not_over_is_never_due(mailroom: Mailroom, cast: Cast) -> None:
    with mailroom.writing() as session:
        waits = published(session, cast)
        asked_about(session, waits)
        end(session, waits)
        published(session, cast)
        submitted(session, cast)
        drafted(session, cast)
        assert forgetting.forget(session, forgetting.postings_due(1, now=LAST), now=LAST) == 0
        assert forgetting.forget(session, forgetting.drafts_due(1, now=LAST), now=LAST) == 0
        assert session.scalars(sa.select(Correction)).all()


def test_an_archived_draft_goes_at_its_term_and_its_number_tells_nobody(mailroom: Mailroom, cast: Cast) -> None:
    with mailroom.writing() as session:
        draft = drafted(session, cast)
        draft.archived_at = ENDED
        number = draft.id
    mailroom.clock.instant = LAST
    assert mailroom.steps.tidy()[Kept.DRAFTS] == 0
    mailroom.clock.forward(seconds=1)
    assert mailroom.steps.tidy()[Kept.DRAFTS] == 1
    with mailroom.writing() as session:
        assert session.get(Posting, number) is None and not forgetting.is_forgotten(session, number)


def test_batches_are_bounded_and_a_failure_leaves_everything(
    mailroom: Mailroom, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mailroom.writing() as session:
        for _ in range(3):
            end(session, published(session, cast))
    monkeypatch.setattr(forgetting, "AT_ONCE", 2)
    mailroom.clock.instant = LAST + timedelta(seconds=1)
    with pytest.raises(RuntimeError), mailroom.writing() as session:
        assert forgetting.forget(session, forgetting.postings_due(10, now=mailroom.clock()), now=mailroom.clock()) == 2
        raise RuntimeError("killed before the commit")
    with mailroom.writing() as session:
        assert rows(session, {"posting", "version", "change_event"}) == {"posting": 3, "version": 3, "change_event": 6}
    monkeypatch.setattr(forgetting, "ROWS", 1)
    assert mailroom.steps.tidy()[Kept.POSTINGS] == 1
    monkeypatch.setattr(forgetting, "ROWS", 1_000)
    assert [mailroom.steps.tidy()[Kept.POSTINGS] for _ in range(2)] == [2, 0]


@pytest.mark.parametrize(
    ("years", "now", "over"),
    [
        (1, "2026-04-01", "2025-04-01"), (1, "2026-03-31", "2024-04-01"), (10, "2037-04-01", "2027-04-01"), (0, "2026-04-01", "2025-04-01"),
    ],
)  # fmt: skip
def test_a_term_begins_on_the_first_of_april_after_and_is_never_under_a_year(years: int, now: str, over: str) -> None:
    assert retention.over_since(years, now=start_of(date.fromisoformat(now))) == start_of(date.fromisoformat(over))


def test_a_file_goes_after_its_row_was_committed_and_never_before(
    mailroom: Mailroom, cast: Cast, tmp_path: Path
) -> None:
    mailroom.steps.terms = replace(mailroom.steps.terms, upload_dir=tmp_path)
    file = stored_at(tmp_path, "a" * 64)
    file.parent.mkdir()
    file.write_bytes(b"x")
    os.utime(file, (ENDED.timestamp(), ENDED.timestamp()))
    with mailroom.writing() as session:
        posting = whole(session, cast, "tanaka")
        end(session, posting)
    mailroom.clock.instant = LAST + timedelta(seconds=1)
    with pytest.raises(RuntimeError), mailroom.writing() as session:
        done = housekeeping.run(session, mailroom.steps.terms, now=mailroom.clock())
        assert (done[Kept.POSTINGS], done[Kept.FILES]) == (1, 0)
        raise RuntimeError("killed before the commit")
    assert file.exists(), "the row is there again, so is its file"
    first = mailroom.steps.tidy()
    assert (first[Kept.POSTINGS], first[Kept.FILES], file.exists()) == (1, 0, True)
    assert (mailroom.steps.tidy()[Kept.FILES], file.exists()) == (1, False)


def test_the_worker_says_once_a_day_that_it_tidies_and_a_person_each_time(mailroom: Mailroom, cast: Cast) -> None:
    def noted() -> int:
        with Session(mailroom.steps.engine) as session:
            return session.scalar(sa.select(sa.func.count()).where(AuditEntry.action == "house:tidy")) or 0

    for _ in range(3):
        mailroom.steps.tidy()
        mailroom.clock.forward(minutes=1)
    assert noted() == 1
    mailroom.steps.tidy(by_hand=True)
    assert noted() == 2
    mailroom.clock.forward(days=1)
    mailroom.steps.tidy()
    assert noted() == 3
