"""A file that was taken before, and rows that a posting is there for already: asked about before a draft is made twice."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from jobboard.base.content import from_json
from jobboard.base.errors import NotFound
from jobboard.base.states import State
from jobboard.base.text import fold
from jobboard.domain import attaching, drafting, permissions
from jobboard.domain.attachments import stored_at
from jobboard.domain.duplicates import MOST, is_like, overlap, term
from jobboard.domain.sheets_importing import ACTION, LEFT_OUT, Candidate, Report, Taken, examined
from jobboard.models import Account, AuditEntry, Posting

MOST_SHOWN = 5
"""Postings that are shown for one row, the newest."""

_OVER = (State.CLOSED, State.WITHDRAWN)


def key_of(content: bytes, by: Account) -> str:
    """What a file is known by: it tells contents and accounts apart, and opens nobody else's."""
    return hashlib.sha256(f"sheet {by.id} ".encode() + content).hexdigest()


def keep(folder: Path, content: bytes, by: Account) -> str:
    """Keeps a file until ``attaching.sweep`` a day later, for the question and the report; returns its key."""
    key = key_of(content, by)
    attaching.store(stored_at(folder, key), content)
    return key


def kept(folder: Path, key: str, by: Account) -> bytes:
    """The file that ``by`` sent. Raises ``NotFound`` when it is gone, or somebody else's."""
    path = stored_at(folder, key)
    content = path.read_bytes() if key.isalnum() and path.is_file() else b""
    if not content or key_of(content, by) != key:
        raise NotFound
    return content


@dataclass(frozen=True)
class Doubts:
    """``before``: when this file was taken last. ``others``: by place of a row, the postings that are like it."""

    before: AuditEntry | None
    others: dict[int, list[Posting]]

    def __bool__(self) -> bool:
        return self.before is not None or bool(self.others)


def doubts(session: Session, candidates: Sequence[Candidate], key: str, by: Account) -> Doubts:
    """What to ask before the wanted rows become drafts."""
    return Doubts(last(session, key, by), _others(session, candidates, by))


def last(session: Session, key: str, by: Account) -> AuditEntry | None:
    """The entry of the last time that ``by`` had drafts made of this file."""
    mine = select(AuditEntry).where(AuditEntry.account_id == by.id, AuditEntry.action == ACTION)
    found = session.scalars(mine.order_by(AuditEntry.id.desc()).limit(MOST))
    return next((one for one in found if one.facts.get("file") == key and one.facts["drafts"]), None)


def _others(session: Session, candidates: Sequence[Candidate], by: Account) -> dict[int, list[Posting]]:
    there = _postings(session, {one.municipality.code for one in candidates if one.wanted and one.municipality}, by)
    equal: dict[tuple[str, str], list[Posting]] = {}
    for title, posting in there:
        equal.setdefault((posting.municipality_code, title), []).append(posting)
    found = {}
    for place, one in enumerate(candidates):
        if not one.wanted or one.municipality is None:
            continue
        title, code = fold(one.row.title), one.municipality.code
        near = [other for named, other in there[:MOST] if other.municipality_code == code and is_like(named, title)]
        alike = dict.fromkeys([*equal.get((code, title), ()), *near])
        if same := [other for other in alike if _may_be_the_same(one, other)]:
            found[place] = same[:MOST_SHOWN]
    return found


def _postings(session: Session, codes: set[str], by: Account) -> list[tuple[str, Posting]]:
    """(folded title, posting) of what ``by`` may see of these municipalities, the newest first."""
    visible = select(Posting).where(
        permissions.visible_postings(by), Posting.municipality_code.in_(codes), Posting.archived_at.is_(None)
    )
    found = session.scalars(visible.options(selectinload(Posting.current)).order_by(Posting.id.desc())).unique()
    return [(fold(drafting.title(posting)), posting) for posting in found]


def _may_be_the_same(one: Candidate, other: Posting) -> bool:
    """What is over is the same only where the terms overlap: else the row is the next call."""
    if other.state not in _OVER or other.current is None:
        return True
    return overlap(term(one.content), term(from_json(other.current.content)))


def told(session: Session, entry: AuditEntry, content: bytes, by: Account) -> Report:
    """What became of the rows of a file, read again; ``entry`` says which became which posting."""
    rows = entry.facts["rows"]
    candidates, unknown = examined(session, content, by=by)
    wanted = select(Posting).where(permissions.visible_postings(by), Posting.id.in_([int(one) for one in rows if one.isdigit()]))
    made = {str(posting.id): posting for posting in session.scalars(wanted).unique()}
    taken = [
        Taken(one.row, made.get(code), one.content, code == LEFT_OUT) for one, code in zip(candidates, rows, strict=True)
    ]
    return Report(taken, unknown, entry.id)


def entry_of(session: Session, import_id: int, by: Account) -> AuditEntry:
    """What ``by`` took. Raises ``NotFound``."""
    entry = session.get(AuditEntry, import_id)
    if entry is None or entry.action != ACTION or entry.account_id != by.id or not entry.facts.get("file"):
        raise NotFound
    return entry
