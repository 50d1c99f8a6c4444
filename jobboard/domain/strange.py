"""Strange things in the audit: noticed by counting, looked at by a person, who says what they found.

One row for each kind, subject and day in Japan; it is counted up, and opens again when more comes after it was looked at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, extract, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from jobboard.base.clock import japan_date, start_of
from jobboard.base.errors import Incomplete, NotFound, Problem, WrongState
from jobboard.base.states import AccountRole, Strange
from jobboard.base.text import clean
from jobboard.domain import audit, sets
from jobboard.domain.audit_words import EXPORTS
from jobboard.domain.verifying import Finding
from jobboard.models import Account, AuditEntry, AuditNotice

DAYS = 7
"""How far back a worker counts that did not run for some days."""

HOUR = timedelta(hours=1)
LONGEST_NOTE = 1_000
EVERYBODY = "all"


@dataclass(frozen=True)
class Pattern:
    """``least`` entries that meet ``clause``, of one ``column`` (None: of all together), on one day or ``within`` a shorter time."""

    kind: Strange
    clause: ColumnElement[bool]
    column: Any
    least: int = 1
    within: timedelta | None = None


class Counted(NamedTuple):
    """A notice as it is counted."""

    kind: Strange
    subject: str
    day: date
    entries: int
    last_entry_id: int


FAILURES = ("account:sign_in_failed", "account:code_failed", "factor:refused")
_FAILED = AuditEntry.action.in_(FAILURES)
PATTERNS = (
    Pattern(Strange.FAILED_SIGN_INS, and_(_FAILED, AuditEntry.subject_id != ""), AuditEntry.subject_id, 10, HOUR),
    Pattern(Strange.FAILED_SIGN_INS, _FAILED, None, 50, HOUR),
    Pattern(Strange.WITHDRAWALS, AuditEntry.action == "posting:withdraw", AuditEntry.account_id, 5),
    Pattern(Strange.EXPORT, AuditEntry.action.in_(EXPORTS), AuditEntry.account_id),
    Pattern(
        Strange.ROLE,
        and_(AuditEntry.action == "account:invite", AuditEntry.facts["role"].as_string() == AccountRole.ADMINISTRATOR),
        AuditEntry.subject_id,
    ),
    Pattern(Strange.FACTOR_RESET, AuditEntry.action == "account:reset_factor", AuditEntry.subject_id),
)


def count(session: Session, *, now: datetime) -> list[Counted]:
    """What was strange in the last days. Only reads: with many entries it takes seconds, in which nobody who writes waits."""
    today, found = japan_date(now), []
    for day in (today - timedelta(days=back) for back in range(DAYS)):
        for pattern in PATTERNS:
            for value, entries, last in session.execute(_counted(pattern, day)):
                who = EVERYBODY if pattern.column is None else f"account:{value}" if value else "system"
                found.append(Counted(pattern.kind, who, day, entries, last))
    return found


def notice(session: Session, counted: Sequence[Counted], *, now: datetime) -> int:
    """Keeps what was counted; returns how many notices are new or grew."""
    return sum(_keep(session, one, now) for one in counted)


def notice_breaches(session: Session, found: Sequence[Finding], *, now: datetime) -> int:
    """Tells what does not fit the chain's seals; returns how many places are new today."""
    new = 0
    for one in found:
        place = f"audit_entry:{one.entry_id}" if one.entry_id else f"audit_seal:{one.number}"
        new += _keep(session, Counted(Strange.BROKEN_CHAIN, place, japan_date(now), 1, one.entry_id), now)
    return new


def _counted(pattern: Pattern, day: date) -> Select[Any]:
    """(value of the column, entries of the day, the last one) where there were as many as the pattern says."""
    begin, end = start_of(day), start_of(day + timedelta(days=1))
    value = literal("") if pattern.column is None else pattern.column
    seconds = extract("epoch", AuditEntry.at)
    before = func.lag(seconds, pattern.least - 1).over(partition_by=value, order_by=(AuditEntry.at, AuditEntry.id))
    among = select(value.label("value"), AuditEntry.id, AuditEntry.at, (seconds - before).label("took"))
    first = begin - (pattern.within or timedelta(0))
    window = among.where(pattern.clause, AuditEntry.at >= first, AuditEntry.at < end).subquery()
    longest = (pattern.within or timedelta(days=1)).total_seconds()
    met = func.sum(case((window.c.took <= longest, 1), else_=0))
    counted = select(window.c.value, func.count(), func.max(window.c.id)).where(window.c.at >= begin)
    return counted.group_by(window.c.value).having(met > 0)


def _keep(session: Session, counted: Counted, now: datetime) -> int:
    """1 when the notice is new or counts more than it did; what was looked at before is then to be looked at again."""
    insert = sqlite.insert if sets.is_sqlite(session) else postgresql.insert
    row = {**counted._asdict(), "noticed_at": now, "note": ""}
    one = insert(AuditNotice).values(row)
    fresh = {name: one.excluded[name] for name in ("entries", "last_entry_id", "noticed_at")}
    kept = one.on_conflict_do_update(
        index_elements=[AuditNotice.kind, AuditNotice.subject, AuditNotice.day],
        set_={**fresh, "seen_at": None},
        where=AuditNotice.entries < one.excluded.entries,
    )
    return len(session.execute(kept.returning(AuditNotice.id)).all())


def waiting(session: Session) -> int:
    """Notices that nobody has looked at."""
    return session.scalar(select(func.count()).select_from(AuditNotice).where(AuditNotice.seen_at.is_(None))) or 0


def is_broken(session: Session) -> bool:
    """Whether the chain did not fit, and nobody has looked at it."""
    return bool(session.scalar(select(func.count()).where(AuditNotice.kind == Strange.BROKEN_CHAIN, AuditNotice.seen_at.is_(None))))


def open_notices(session: Session, limit: int) -> list[AuditNotice]:
    """Those that nobody has looked at, the newest first."""
    return _listed(session, AuditNotice.seen_at.is_(None), AuditNotice.id.desc(), limit)


def seen_notices(session: Session, limit: int) -> list[AuditNotice]:
    """Those that somebody has looked at, the last one first."""
    return _listed(session, AuditNotice.seen_at.is_not(None), AuditNotice.seen_at.desc(), limit)


def find(session: Session, notice_id: int) -> AuditNotice:
    """Raises ``NotFound``."""
    found = session.get(AuditNotice, notice_id)
    if found is None:
        raise NotFound
    return found


def acknowledge(session: Session, found: AuditNotice, *, note: str, by: Account, now: datetime) -> None:
    """Writes down what a person found. Raises ``WrongState`` when somebody did already, ``Incomplete`` without words."""
    session.refresh(found, with_for_update=True)
    if found.seen_at is not None:
        raise WrongState("seen", "audit:acknowledge")
    words = clean(note)
    if not 1 <= len(words) <= LONGEST_NOTE:
        said = f"確かめたことを{LONGEST_NOTE:,}字以内で書いてください(今は{len(words):,}字)。" if words else "確かめたことを書いてください。"
        raise Incomplete([Problem("note", said)])
    found.note = f"{found.note}\n{words}".strip()
    found.seen_at, found.seen_by_id = now, by.id
    audit.record(session, "audit:acknowledge", "audit_notice", found.id, by=by, now=now, strange=str(found.kind))
    session.flush()


def _listed(session: Session, clause: ColumnElement[bool], order: Any, limit: int) -> list[AuditNotice]:
    return list(session.scalars(select(AuditNotice).where(clause).order_by(order, AuditNotice.id).limit(limit)))
