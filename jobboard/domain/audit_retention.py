"""監査記録の保存期間: entries go from the front of the chain, and the chain itself says so (docs/decisions/0015).

Two steps, so that the chain holds at every instant: an entry ``audit:forget`` with number and digest of the last one to go is
written; once it is sealed, those entries and all their seals but the last are deleted.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, delete, func, select, text
from sqlalchemy.orm import Session

from jobboard.domain import audit, sets
from jobboard.domain.retention import over_since
from jobboard.domain.verifying import ACT, Walk, announced, forgotten
from jobboard.models import AuditEntry, AuditSeal

AT_ONCE = 5_000
"""Entries of one transaction."""


class Due(NamedTuple):
    """A sealed entry whose term is over."""

    number: int
    entry_id: int
    digest: str


def count(session: Session, *, years: int, now: datetime) -> int:
    """Sealed entries whose term is over."""
    old = select(func.count()).select_from(AuditEntry).join(AuditSeal, AuditSeal.entry_id == AuditEntry.id)
    return session.scalar(old.where(_is_old(years, now))) or 0


def forget(session: Session, *, years: int, now: datetime) -> int:
    """The next of the two steps, for one batch; returns how many entries are gone. What does not fit its seals stays as it is."""
    due = _front(session, years, now)
    if not due:
        return 0
    if not sets.is_sqlite(session):
        session.execute(text("LOCK TABLE audit_seal IN EXCLUSIVE MODE"))  # with the sealer, and with another one like this
        due = _front(session, years, now)
    acts = {(act.number, act.digest) for act in announced(session)}
    told = [one for one in due if (one.number, one.digest) in acts]
    if not due or not _is_sound(session, due[-1].number):
        return 0
    if told:
        return _delete(session, told[-1])
    if not _waits(session):
        last = due[-1]
        audit.record(
            session, ACT, "audit", last.number, by=None, now=now, number=last.number, digest=last.digest, entries=len(due)
        )
        session.flush()
    return 0


def _is_old(years: int, now: datetime) -> ColumnElement[bool]:
    return AuditEntry.at < over_since(years, now=now)


def _front(session: Session, years: int, now: datetime) -> Sequence[Due]:
    """The entries from the front on whose term is over, up to the first whose term is not, or that is not there."""
    gone = forgotten(session)
    joined: Any = select(AuditSeal.number, AuditSeal.entry_id, AuditSeal.digest, AuditSeal.sealed_at, AuditEntry.at)
    joined = joined.outerjoin(AuditEntry, AuditEntry.id == AuditSeal.entry_id)
    after = joined.where(AuditSeal.number > (gone.number if gone else 0)).order_by(AuditSeal.number)
    until, due = over_since(years, now=now), list[Due]()
    if not any(at and at < until for *_, at in session.execute(after.limit(1))):
        return []  # as on nearly every day: one row was read
    for number, entry_id, digest, sealed_at, at in session.execute(after.limit(AT_ONCE)):
        if at is None or at >= until or sealed_at >= until:
            break
        due.append(Due(number, entry_id, digest))
    return due


def _waits(session: Session) -> bool:
    """Whether what was written last waits for its seal."""
    newest = select(func.max(AuditEntry.id)).where(AuditEntry.action == ACT).scalar_subquery()
    sealed = select(AuditSeal.number).where(AuditSeal.entry_id == newest)
    return session.scalar(select(newest)) is not None and session.scalar(sealed) is None


def _is_sound(session: Session, until: int) -> bool:
    """Whether the chain holds up to this number: what was altered is not deleted, it is evidence."""
    walk = Walk()
    while walk.number < until:
        if walk.step(session, until):
            return False
    return True


def _delete(session: Session, last: Due) -> int:
    gone = select(AuditSeal.entry_id).where(AuditSeal.number <= last.number)
    here = delete(AuditEntry).where(AuditEntry.id.in_(gone)).returning(AuditEntry.id)
    deleted = len(session.scalars(here.execution_options(synchronize_session=False)).all())
    kept_last = delete(AuditSeal).where(AuditSeal.number < last.number)
    session.execute(kept_last.execution_options(synchronize_session=False))
    return deleted
