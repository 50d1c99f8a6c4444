"""What was promised and is late: answers to requests for correction, 掲載確認, seals, deletions."""

from datetime import datetime, timedelta

from sqlalchemy import func, not_, select
from sqlalchemy.orm import Session

from jobboard.base.states import State
from jobboard.domain import corrections, housekeeping, prefectures, promise
from jobboard.models import AuditEntry, AuditSeal, Correction, Posting, Version

TIDIED_WITHIN = timedelta(days=2)
SEALED_WITHIN = timedelta(hours=1)


def corrections_late(session: Session, *, now: datetime) -> int:
    """Requests whose term of answering is over."""
    waiting = session.scalars(select(Correction).where(Correction.answered_at.is_(None)))
    return sum(corrections.waits(one, now=now).is_over for one in waiting)


def reviews_late(session: Session, *, now: datetime) -> int:
    """What waits for 掲載確認 longer than is promised."""
    came = select(func.coalesce(Version.forwarded_at, Version.created_at)).join(Posting, Version.id == Posting.pending_id)
    waiting = session.scalars(came.where(Posting.state != State.APPROVED, not_(prefectures.stays())))
    return sum(promise.promise(session, since, contact="", now=now).is_late for since in waiting)


def seals_late(session: Session, *, now: datetime) -> int:
    """Entries of the audit that have waited for their seal for an hour."""
    last = select(func.coalesce(func.max(AuditSeal.entry_id), 0)).scalar_subquery()
    waiting = select(func.count()).select_from(AuditEntry).where(AuditEntry.id > last, AuditEntry.at <= now - SEALED_WITHIN)
    return session.scalar(waiting) or 0


def tidied_late(session: Session, *, now: datetime) -> bool:
    """Whether nothing was deleted for two days; a site that is younger has nothing to delete."""
    last = housekeeping.last_run(session)
    since = last.at if last else session.scalar(select(func.min(AuditEntry.at)))
    return since is not None and since <= now - TIDIED_WITHIN
