"""The audit's chain: whatever is done to a sealed entry is found with its place, and nobody who writes waits for it."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from jobboard.database import create_engine
from jobboard.domain import audit, sealing, verifying
from jobboard.domain.verifying import Breach, Finding
from jobboard.mailer import MemoryMailer
from jobboard.models import AuditEntry, AuditSeal
from jobboard.steps import Steps
from tests.cast import OPENING, Clock
from tests.mailroom import LETTERHEAD, Mailroom


def write(session: Session, count: int = 1) -> None:
    for number in range(count):
        audit.record(session, "posting:return", "posting", number, by=None, now=OPENING, fields=["題名", "pay"], silent=True)
        session.flush()


@pytest.fixture
def sealed(mailroom: Mailroom) -> Mailroom:
    """Six sealed entries, ids and seals 1 to 6."""
    with mailroom.writing() as session:
        write(session, 6)
    assert mailroom.steps.seal() == 6
    return mailroom


def breaches(room: Mailroom, noted: dict[str, int] | None = None) -> list[Finding]:
    with Session(room.steps.engine) as session:
        return list(verifying.verify(session, noted or {}))


def tamper(room: Mailroom, *statements: str) -> None:
    with room.steps.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_each_entry_is_sealed_once_in_its_order(sealed: Mailroom) -> None:
    with sealed.writing() as session:
        write(session, 2)
        assert sealing.unsealed(session) == 2
    assert sealed.steps.seal() == 2
    assert sealed.steps.seal() == 0
    with Session(sealed.steps.engine) as session:
        assert [(one.number, one.entry_id) for one in session.query(AuditSeal).order_by("number")] == [(n, n) for n in range(1, 9)]
    assert breaches(sealed) == []


COLUMNS = ("action = 'posting:publish'", "at = '2026-03-31 00:00:00.000000'", "subject_id = '9'", "subject_kind = 'hold'", "facts = '{}'")
DONE: list[tuple[list[str], list[Finding]]] = [
    *(([f"UPDATE audit_entry SET {column} WHERE id = 3"], [Finding(Breach.ALTERED, 3, 3)]) for column in COLUMNS),
    (["DELETE FROM audit_entry WHERE id = 4"], [Finding(Breach.MISSING, 4, 4)]),
    (["DELETE FROM audit_entry WHERE id = 6"], [Finding(Breach.MISSING, 6, 6)]),
    (["DELETE FROM audit_seal WHERE number = 2"], [Finding(Breach.UNSEALED, 2), Finding(Breach.INSERTED, 0, 2)]),
    (["UPDATE audit_seal SET digest = 'x' WHERE number = 6"], [Finding(Breach.ALTERED, 6, 6)]),
    (["UPDATE audit_seal SET sealed_at = '2026-03-01 00:00:00.000000' WHERE number = 1"], [Finding(Breach.ALTERED, 1, 1)]),
    (
        [f"UPDATE audit_entry SET subject_id = '{there}' WHERE id = {here}" for here, there in ((2, 4), (5, 1))],
        [Finding(Breach.ALTERED, 2, 2), Finding(Breach.ALTERED, 5, 5)],
    ),
    (
        [f"UPDATE audit_seal SET entry_id = {to} WHERE entry_id = {of}" for of, to in ((2, 99), (3, 2), (99, 3))],
        [Finding(Breach.ALTERED, 2, 3), Finding(Breach.ORDER, 3, 2)],
    ),
]  # fmt: skip


def test_whatever_was_altered_deleted_or_swapped_is_found_with_its_place_and_nothing_else_is(sealed: Mailroom) -> None:
    with Session(sealed.steps.engine) as session:
        for statements, found in DONE:
            for statement in statements:
                session.execute(text(statement))
            assert list(verifying.verify(session)) == found, statements
            session.rollback()
        assert list(verifying.verify(session)) == []
    assert Finding(Breach.ALTERED, 3, 3).sentence() == "封の番号 3、記録 3: 記録の内容か封が書き換えられています"


def test_an_entry_put_between_others_is_found_and_never_sealed(mailroom: Mailroom) -> None:
    with mailroom.writing() as session:
        write(session, 3)
        session.flush()
        session.query(AuditEntry).filter_by(id=2).delete()  # as one that was rolled back: its id is free
    assert mailroom.steps.seal() == 2
    assert breaches(mailroom) == []
    tamper(
        mailroom,
        "INSERT INTO audit_entry (id, at, action, subject_kind, subject_id, facts)"
        " SELECT 2, at, action, subject_kind, subject_id, facts FROM audit_entry WHERE id = 1",
    )
    assert mailroom.steps.seal() == 0
    assert breaches(mailroom) == [Finding(Breach.INSERTED, 0, 2)]


def test_a_chain_rewritten_whole_is_found_by_a_head_that_was_kept(sealed: Mailroom) -> None:
    with Session(sealed.steps.engine) as session:
        number, digest = verifying.head(session)
    with sealed.writing() as session:
        write(session)
    sealed.steps.seal()
    assert breaches(sealed, {digest: number}) == []
    tamper(sealed, "DELETE FROM audit_seal", "UPDATE audit_entry SET subject_id = '77' WHERE id = 4")
    sealed.steps.seal()
    assert breaches(sealed) == []
    assert breaches(sealed, {digest: number}) == [Finding(Breach.REWRITTEN, 6)]


def test_a_long_chain_is_walked_in_batches(sealed: Mailroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "BATCH", 2)
    assert breaches(sealed) == []
    tamper(sealed, "UPDATE audit_entry SET subject_id = '9' WHERE id IN (2, 3)", "DELETE FROM audit_entry WHERE id = 5")
    assert [(one.breach, one.number) for one in breaches(sealed)] == [
        (Breach.ALTERED, 2), (Breach.ALTERED, 3), (Breach.MISSING, 5),
    ]  # fmt: skip


@contextmanager
def elsewhere(url: str) -> Iterator[Callable[[], AbstractContextManager[Session]]]:
    """Writing transactions of another process, as it were: on an engine of their own."""
    steps = Steps(create_engine(url), MemoryMailer(), LETTERHEAD, owner="other")
    yield steps.transaction
    steps.close()


def test_two_sealers_at_once_never_seal_twice(mailroom: Mailroom, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "BATCH", 3)
    with mailroom.writing() as session:
        write(session, 40)
    together = threading.Barrier(2)

    def work() -> int:
        made = 0
        with elsewhere(database_url) as writing:
            together.wait()
            for _ in range(20):
                with writing() as session:
                    made += sealing.seal(session, sealing.mark(session), now=OPENING) or 0
        return made

    with ThreadPoolExecutor(2) as pool:
        assert sum(one.result(60) for one in [pool.submit(work), pool.submit(work)]) == 40
    assert breaches(mailroom) == []


def test_the_chain_grows_while_others_commit(mailroom: Mailroom, database_url: str) -> None:
    def work() -> None:
        with elsewhere(database_url) as writing:
            for _ in range(20):
                with writing() as session:
                    write(session, 2)

    sealed = 0
    with ThreadPoolExecutor(3) as pool:
        people = [pool.submit(work) for _ in range(3)]
        while not all(one.done() for one in people):
            sealed += mailroom.steps.seal()
    assert [one.result() for one in people] == [None] * 3
    assert sealed + mailroom.steps.seal() == 120
    assert breaches(mailroom) == []


def test_what_an_open_transaction_may_come_before_waits_for_it_and_for_no_other(postgresql_url: str, clock: Clock) -> None:
    """On PostgreSQL a smaller id may be committed later; nothing newer is sealed before."""
    steps = Steps(create_engine(postgresql_url), MemoryMailer(), LETTERHEAD, owner="worker", clock=clock)
    room = Mailroom(steps, MemoryMailer(), clock)
    with Session(steps.engine) as slow, Session(steps.engine) as later:
        write(slow)
        with room.writing() as session:
            write(session, 2)
        assert steps.seal() == 0
        write(later)
        slow.commit()
        assert steps.seal() == 3
        with room.writing() as session:
            write(session)
        assert steps.seal() == 0
        later.rollback()
    assert steps.seal() == 1
    assert breaches(room) == []
    steps.close()
