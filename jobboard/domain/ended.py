"""Sessions that were signed out of: a signed cookie knows nothing of its end, so the end is a row (its hash, until it is due)."""

from datetime import datetime

from sqlalchemy import CursorResult, delete
from sqlalchemy.orm import Session

from jobboard.base.tokens import digest
from jobboard.models import Account, Link

_PURPOSE = "ended"


def end(session: Session, number: str, account: Account, *, until: datetime, now: datetime) -> None:
    """The session of this random number opens nothing any more; ``until``: when it would have ended by itself."""
    row = Link(
        digest=digest(number), purpose=_PURPOSE, subject_id=account.id, generation=0, created_at=now, expires_at=until
    )
    session.merge(row)
    session.flush()


def has_ended(session: Session, number: str) -> bool:
    """Whether somebody signed out of it."""
    return session.get(Link, digest(number)) is not None


def forget(session: Session, *, now: datetime) -> int:
    """Drops the rows of sessions that would have ended by now anyway; returns how many."""
    dropped = session.execute(delete(Link).where(Link.purpose == _PURPOSE, Link.expires_at <= now))
    return dropped.rowcount if isinstance(dropped, CursorResult) else 0
