"""Reading the audit: what was asked for, page by page, and whole for a file."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select, true
from sqlalchemy.orm import Session

from jobboard.base.clock import in_japan, start_of
from jobboard.base.errors import Incomplete, Problem
from jobboard.base.text import clean
from jobboard.domain import accounts, audit_words
from jobboard.models import Account, AuditEntry, AuditSeal

SHOWN = 50
BATCH = 500
NOBODY = "ログインなし"
"""Who did what nobody did who was signed in: the site itself, the command line, or a visitor."""

_SUBJECT = re.compile(r"[A-Za-z0-9_.-]{0,40}")
HEADS = ("番号", "日時", "した人", "した人の番号", "操作", "操作のコード", "対象", "対象のコード", "対象の番号", "詳しいこと", "封の番号", "封")


@dataclass(frozen=True)
class Wanted:
    """Which entries; what is empty takes all. ``people``: ids of accounts, None among them for the system itself."""

    since: date | None = None
    until: date | None = None
    people: tuple[int | None, ...] | None = None
    action: str = ""
    kind: str = ""
    subject: str = ""

    def clause(self) -> ColumnElement[bool]:
        found: list[ColumnElement[bool]] = [true()]
        if self.since:
            found.append(AuditEntry.at >= start_of(self.since))
        if self.until:
            found.append(AuditEntry.at < start_of(self.until + timedelta(days=1)))
        if self.people is not None:
            known = [one for one in self.people if one is not None]
            nobody = AuditEntry.account_id.is_(None) if None in self.people else ~true()
            found.append(or_(AuditEntry.account_id.in_(known), nobody))
        pairs = ((AuditEntry.action, self.action), (AuditEntry.subject_kind, self.kind), (AuditEntry.subject_id, self.subject))
        return and_(*found, *(column == value for column, value in pairs if value))

    def facts(self) -> dict[str, str]:
        """What the audit keeps of it: codes, dates and ids."""
        people = "" if self.people is None else ",".join(str(one or 0) for one in self.people)
        told = {
            "since": str(self.since or ""), "until": str(self.until or ""), "account": people, "action": self.action,
            "subject": f"{self.kind}:{self.subject}" if self.kind or self.subject else "",
        }  # fmt: skip
        return {name: value for name, value in told.items() if value}


def read(session: Session, given: Mapping[str, str]) -> Wanted:
    """``since``, ``until`` (2026-04-01), ``who`` (part of a name or an address, or ログインなし), ``action``, ``kind``, ``subject``.

    Raises ``Incomplete`` with all that is no date, no action, no kind or no number.
    """
    problems: list[Problem] = []
    typed = {name: clean(given.get(name, "")) for name in ("since", "until", "who", "action", "kind", "subject")}
    since, until = _day("since", typed["since"], problems), _day("until", typed["until"], problems)
    if since and until and since > until:
        problems.append(Problem("until", "終わりの日は、始まりの日以後にしてください。"))
    if typed["action"] and typed["action"] not in audit_words.ACTIONS:
        problems.append(Problem("action", "操作を一覧から選び直してください。"))
    if typed["kind"] and typed["kind"] not in audit_words.SUBJECTS:
        problems.append(Problem("kind", "対象を一覧から選び直してください。"))
    if not _SUBJECT.fullmatch(typed["subject"]):
        problems.append(Problem("subject", "対象の番号は、半角の数字と英字で入力してください(例: 123)。"))
    if problems:
        raise Incomplete(problems)
    return Wanted(since, until, _people(session, typed["who"]), typed["action"], typed["kind"], typed["subject"])


def page(session: Session, wanted: Wanted, *, before: int | None) -> tuple[list[AuditEntry], int | None]:
    """The newest entries, of those with a smaller id when ``before`` is given; and where the next page begins, if there is one."""
    found = select(AuditEntry).where(wanted.clause()).order_by(AuditEntry.id.desc()).limit(SHOWN + 1)
    if before is not None:
        found = found.where(AuditEntry.id < before)
    rows = list(session.scalars(found))
    return rows[:SHOWN], rows[SHOWN - 1].id if len(rows) > SHOWN else None


def people(session: Session, ids: set[int]) -> dict[int, Account]:
    """Accounts by id."""
    return {one.id: one for one in session.scalars(select(Account).where(Account.id.in_(ids)))}


def batches(session: Session, wanted: Wanted, *, until: int) -> Iterator[list[tuple[AuditEntry, str, AuditSeal | None]]]:
    """All entries up to this id, the oldest first, with the name of who did it and the seal; some hundred at a time."""
    last = 0
    while True:
        rows = session.execute(_rows(wanted, last, until)).all()
        if not rows:
            return
        yield [(entry, name or "", seal) for entry, name, seal in rows]
        last = rows[-1][0].id
        session.expunge_all()


def cells(entry: AuditEntry, name: str, seal: AuditSeal | None) -> list[str]:
    """One line of a table with ``HEADS``."""
    told = "、".join(f"{label}: {value}" for label, value in audit_words.facts(entry.facts))
    who = name or ("" if entry.account_id else NOBODY)
    return [
        str(entry.id), f"{in_japan(entry.at):%Y-%m-%d %H:%M:%S}", who, str(entry.account_id or ""), audit_words.action(entry.action),
        entry.action, audit_words.SUBJECTS.get(entry.subject_kind, entry.subject_kind), entry.subject_kind, entry.subject_id, told,
        str(seal.number) if seal else "", seal.digest if seal else "",
    ]  # fmt: skip


def record(entry: AuditEntry, name: str, seal: AuditSeal | None) -> dict[str, Any]:
    """The same for programs: every column as the seal covers it, and the seal."""
    told = {column.name: getattr(entry, column.key) for column in AuditEntry.__table__.columns}
    sealed = {"number": seal.number, "digest": seal.digest, "sealed_at": _utc(seal.sealed_at)} if seal else None
    return {**told, "at": _utc(entry.at), "name": name, "seal": sealed}


def _utc(instant: Any) -> str:
    return str(instant.isoformat(timespec="microseconds"))


def _rows(wanted: Wanted, after: int, until: int) -> Select[AuditEntry, str, AuditSeal]:
    found = select(AuditEntry, Account.name, AuditSeal).outerjoin(Account, Account.id == AuditEntry.account_id)
    found = found.outerjoin(AuditSeal, AuditSeal.entry_id == AuditEntry.id).where(wanted.clause())
    return found.where(AuditEntry.id > after, AuditEntry.id <= until).order_by(AuditEntry.id).limit(BATCH)


def _people(session: Session, typed: str) -> tuple[int | None, ...] | None:
    if not typed:
        return None
    if typed == NOBODY:
        return (None,)
    return tuple(sorted(one.id for one in accounts.listed(session, words=typed)))


def _day(name: str, typed: str, problems: list[Problem]) -> date | None:
    if not typed:
        return None
    try:
        return date.fromisoformat(typed)
    except ValueError:
        problems.append(Problem(name, "日付を 2026-04-01 のように入力してください。"))
        return None
