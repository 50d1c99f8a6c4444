"""The chain over the audit: each entry is sealed once, in the order of ids, by a step after the transaction that wrote it.

Nobody who writes an entry waits for the chain (docs/decisions/0015).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from jobboard.domain import sets
from jobboard.models import AuditEntry, AuditSeal

BATCH = 500
"""Entries sealed in one transaction."""

BEGINNING = "0" * 64
"""What stands before the first seal."""

COLUMNS = tuple(AuditEntry.__table__.columns)
"""All that a seal covers: a column that is added later is covered from then on."""


@dataclass(frozen=True)
class Mark:
    """How far the audit went at one instant, and who might still commit an entry before that: transactions then open."""

    entry_id: int
    writers: frozenset[str]


def mark(session: Session) -> Mark:
    """The newest entry, then the open writers: whoever took a smaller id holds the table's lock until its transaction ends.

    On SQLite one transaction writes at a time, so that ids are committed in their order and nobody is ever before the newest.
    """
    newest = session.scalar(select(func.max(AuditEntry.id))) or 0
    return Mark(newest, _writers(session))


def seal(session: Session, marked: Mark, *, now: datetime) -> int | None:
    """Seals one batch of what ``marked`` saw; returns how many, or None while an entry before it might still be committed."""
    if marked.writers & _writers(session):
        return None
    if not sets.is_sqlite(session):
        session.execute(text("LOCK TABLE audit_seal IN EXCLUSIVE MODE"))  # two sealers take turns; readers do not wait
    last = session.execute(_HEAD).first()
    number, entry_id, before = last if last else (0, 0, BEGINNING)
    fresh = select(*COLUMNS).where(AuditEntry.id > entry_id, AuditEntry.id <= marked.entry_id)
    rows = []
    for entry in session.execute(fresh.order_by(AuditEntry.id).limit(BATCH)).mappings():
        number += 1
        before = digest(before, number, dict(entry), now)
        rows.append({"number": number, "entry_id": entry["id"], "digest": before, "sealed_at": now})
    if rows:
        session.execute(insert(AuditSeal), rows)
    return len(rows)


def unsealed(session: Session) -> int:
    """Entries that are not sealed yet."""
    last = select(func.coalesce(func.max(AuditSeal.entry_id), 0)).scalar_subquery()
    return session.scalar(select(func.count()).select_from(AuditEntry).where(AuditEntry.id > last)) or 0


def digest(before: str, number: int, entry: Mapping[str, Any], sealed_at: datetime) -> str:
    """SHA-256, in hexadecimal, of the seal before and of every column, as JSON with sorted keys and without spaces (UTF-8)."""
    told = {name: _plain(value) for name, value in entry.items()}
    whole = {"before": before, "number": number, "sealed_at": _plain(sealed_at), "entry": told}
    canonical = json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat(timespec="microseconds") if isinstance(value, datetime) else value


def _writers(session: Session) -> frozenset[str]:
    if sets.is_sqlite(session):
        return frozenset()
    return frozenset(session.scalars(_LOCKS))


_HEAD = select(AuditSeal.number, AuditSeal.entry_id, AuditSeal.digest).order_by(AuditSeal.number.desc()).limit(1)
_LOCKS = text(
    "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND relation = 'audit_entry'::regclass"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND mode = 'RowExclusiveLock' AND granted"
)
"""INSERT takes this lock before it takes an id, and keeps it until its transaction ends (PostgreSQL manual, 13.3.1)."""
