"""監査記録: who did what when to what, written in the transaction that did it."""

from datetime import datetime

from sqlalchemy.orm import Session

from jobboard.models import Account, AuditEntry


def record(
    session: Session,
    action: str,
    subject_kind: str,
    subject_id: int | str,
    *,
    by: Account | None,
    now: datetime,
    **facts: str | int | bool | list[str] | None,
) -> AuditEntry:
    """Adds one entry. ``action`` reads ``posting:return``; ``facts`` are ids and codes, never an address.

    A typed text stands there once: why a candidate was dismissed, which is the ministry's own and is read for addresses first.
    """
    entry = AuditEntry(
        at=now,
        account_id=by.id if by else None,
        action=action,
        subject_kind=subject_kind,
        subject_id=str(subject_id),
        facts=facts,
    )
    session.add(entry)
    return entry
