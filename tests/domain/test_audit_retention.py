"""The audit's front goes at the end of its term: by an entry that says so in the chain, and in no other way unnoticed."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from jobboard.base.keeping import Kept
from jobboard.domain import audit, audit_retention, sealing, strange, verifying
from jobboard.domain.retention import Terms
from jobboard.domain.verifying import ACT, Breach, Finding
from jobboard.models import AuditEntry, AuditSeal
from tests.cast import OPENING
from tests.mailroom import Mailroom

LATER = OPENING + timedelta(days=3 * 366)


def write(room: Mailroom, count: int) -> None:
    with room.writing() as session:
        for number in range(count):
            audit.record(session, "posting:save", "posting", number, by=None, now=room.clock())
            session.flush()
    room.steps.seal()


@pytest.fixture
def room(mailroom: Mailroom) -> Mailroom:
    """Entries 1 to 6 of years ago and 7 to 9 of now; the audit is kept for one year."""
    mailroom.steps.terms = Terms(audit_years=1)
    write(mailroom, 6)
    mailroom.clock.instant = LATER
    write(mailroom, 3)
    return mailroom


def forget(room: Mailroom) -> int:
    with room.writing() as session:
        return audit_retention.forget(session, years=1, now=room.clock())


def forgotten(room: Mailroom) -> None:
    """Both steps, as the worker takes them."""
    assert forget(room) == 0
    room.steps.seal()
    assert forget(room) == 6


def breaches(room: Mailroom, noted: dict[str, int] | None = None) -> list[Finding]:
    with Session(room.steps.engine) as session:
        return list(verifying.verify(session, noted or {}))


def run(room: Mailroom, *statements: str) -> None:
    with room.steps.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def entries(room: Mailroom) -> list[int]:
    with Session(room.steps.engine) as session:
        return list(session.scalars(select(AuditEntry.id).order_by(AuditEntry.id)))


def heads(room: Mailroom) -> dict[int, str]:
    with Session(room.steps.engine) as session:
        return {number: digest for number, digest in session.execute(select(AuditSeal.number, AuditSeal.digest))}


def test_what_is_over_goes_and_the_chain_holds_at_every_step(room: Mailroom) -> None:
    with Session(room.steps.engine) as session:
        assert audit_retention.count(session, years=1, now=LATER) == 6
        assert audit_retention.count(session, years=3, now=LATER) == 0
    before = heads(room)
    assert forget(room) == 0, "first the chain says so"
    assert (len(entries(room)), breaches(room)) == (10, [])
    assert forget(room) == 0, "what is not sealed yet is not told"
    assert len(entries(room)) == 10, "and nothing is told twice"
    room.steps.seal()
    assert breaches(room) == []
    assert forget(room) == 6
    assert (entries(room), breaches(room)) == ([7, 8, 9, 10], [])
    assert sorted(heads(room)) == [6, 7, 8, 9, 10]
    assert breaches(room, {before[3]: 3, before[6]: 6, before[8]: 8}) == [], "a head of what went says nothing any more"
    assert breaches(room, {"0" * 64: 8}) == [Finding(Breach.REWRITTEN, 8)]
    room.steps.notice_strange()
    write(room, 2)
    assert (forget(room), breaches(room), len(entries(room))) == (0, [], 6)
    with Session(room.steps.engine) as session:
        act = session.scalars(select(AuditEntry).where(AuditEntry.action == ACT)).one()
        assert act.facts == {"number": 6, "digest": before[6], "entries": 6}
        assert strange.waiting(session) == 0


def test_it_goes_on_in_batches_and_a_second_year_begins_behind_the_first(room: Mailroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_retention, "AT_ONCE", 4)
    monkeypatch.setattr(verifying, "BATCH", 2)
    gone = []
    for _ in range(5):
        gone.append(room.steps.tidy()[Kept.AUDIT])
        room.steps.seal()
        assert breaches(room) == []
    assert gone == [0, 4, 0, 2, 0]
    room.clock.forward(days=3 * 366)
    for _ in range(9):
        room.steps.tidy()
        room.steps.seal()
        room.steps.notice_strange()
        assert breaches(room) == []
    with Session(room.steps.engine) as session:
        assert session.scalars(select(AuditEntry.at).order_by(AuditEntry.id)).first() > LATER + timedelta(days=1)
        assert strange.waiting(session) == 0


DELETE = ("DELETE FROM audit_entry WHERE id <= 6", "DELETE FROM audit_seal WHERE number < 6")
MORE = ("DELETE FROM audit_entry WHERE id <= 7", "DELETE FROM audit_seal WHERE number < 7")


def nothing(session: Session) -> None:
    """Says nothing."""


def said(session: Session) -> None:
    """Says so, and does not wait for the seal."""
    audit_retention.forget(session, years=1, now=LATER)


def seal(session: Session) -> None:
    """Seals what the open transaction itself has written."""
    sealing.seal(session, sealing.Mark(sealing.mark(session).entry_id, frozenset()), now=LATER)


def sealed(session: Session) -> None:
    """Says so, as the worker does."""
    said(session)
    seal(session)


def another_seal(session: Session) -> None:
    """Says it of another digest."""
    audit.record(session, ACT, "audit", 6, by=None, now=LATER, number=6, digest="f" * 64, entries=6)
    session.flush()
    seal(session)


def test_a_deletion_that_the_chain_does_not_tell_of_is_found(room: Mailroom) -> None:
    deeds: list[tuple[Callable[[Session], None], tuple[str, ...]]] = [(nothing, DELETE), (said, DELETE), (sealed, MORE), (another_seal, DELETE)]
    with Session(room.steps.engine) as session:
        for deed, statements in deeds:
            deed(session)
            for statement in statements:
                session.execute(text(statement))
            found = list(verifying.verify(session))
            assert found[0] == Finding(Breach.UNSEALED, 1) and found[1].breach is Breach.MISSING, (deed, found)
            session.rollback()
        sealed(session)
        for statement in DELETE:
            session.execute(text(statement))
        assert list(verifying.verify(session)) == []
        session.rollback()
    run(room, *DELETE)
    room.steps.notice_strange()
    with Session(room.steps.engine) as session:
        assert strange.is_broken(session)


def claimed(room: Mailroom, number: int, digest: str, at: datetime) -> None:
    """An entry put in by hand, that the worker then seals as any other."""
    with room.writing() as session:
        audit.record(session, ACT, "audit", number, by=None, now=at, number=number, digest=digest, entries=number)
    room.steps.seal()


def test_who_writes_the_entry_by_hand_cannot_make_younger_ones_go(room: Mailroom) -> None:
    """Neither by deleting them, nor by letting the worker do it; also not by dating the entry into the future."""
    digests = heads(room)
    claimed(room, 8, digests[8], room.clock())
    claimed(room, 8, "eight", room.clock())
    claimed(room, 8, digests[8], room.clock() + timedelta(days=800))
    for _ in range(4):
        room.steps.tidy()
        room.steps.seal()
    assert 7 in entries(room) and breaches(room) == []
    run(room, "DELETE FROM audit_entry WHERE id <= 8", "DELETE FROM audit_seal WHERE number < 8")
    assert Finding(Breach.UNSEALED, 1) in breaches(room)


AFTER: list[tuple[list[str], list[Finding]]] = [
    (["DELETE FROM audit_entry WHERE id = 7"], [Finding(Breach.MISSING, 7, 7)]),
    (["DELETE FROM audit_entry WHERE id = 7", "DELETE FROM audit_seal WHERE number = 7"], [Finding(Breach.UNSEALED, 7)]),
    (["UPDATE audit_entry SET subject_id = '77' WHERE id = 8"], [Finding(Breach.ALTERED, 8, 8)]),
    (["UPDATE audit_entry SET id = 3 WHERE id = 8"], [Finding(Breach.INSERTED, 0, 3), Finding(Breach.MISSING, 8, 8)]),
]


def test_one_more_that_goes_after_it_is_found_and_so_is_the_loss_of_what_tells_of_it(room: Mailroom) -> None:
    forgotten(room)
    with Session(room.steps.engine) as session:
        for statements, found in AFTER:
            for statement in statements:
                session.execute(text(statement))
            assert list(verifying.verify(session)) == found, statements
            session.rollback()
        for statement in ("DELETE FROM audit_entry WHERE action = 'audit:forget'", "DELETE FROM audit_seal WHERE number = 6"):
            session.execute(text(statement))
            assert Finding(Breach.UNSEALED, 1) in list(verifying.verify(session)), statement
            session.rollback()


def test_what_does_not_fit_its_seal_is_kept_as_evidence(room: Mailroom) -> None:
    run(room, "UPDATE audit_entry SET subject_id = '77' WHERE id = 2")
    for _ in range(3):
        assert forget(room) == 0
        room.steps.seal()
    assert len(entries(room)) == 9 and breaches(room) == [Finding(Breach.ALTERED, 2, 2)]
