"""What happened to public postings: the steps of one, and the latest of all."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, select, tuple_
from sqlalchemy.orm import Session, selectinload

from jobboard.base.content import from_json
from jobboard.domain import attached, changes
from jobboard.domain import criteria as meaning
from jobboard.domain.changes import Change
from jobboard.domain.criteria import Criteria
from jobboard.models import ChangeEvent, Posting, Version

SHOWN = 100

REMEMBERED = 500
"""Pairs of contents whose difference is kept; /changes and the feeds show the same hundred again and again."""


@dataclass(frozen=True)
class Happening:
    """One event with what it changed, old → new; ``differences`` is empty unless text or files changed."""

    event: ChangeEvent
    differences: Sequence[Change]


def steps(session: Session, posting: Posting, limit: int | None = None) -> list[Happening]:
    """The events of a public posting, the newest first; all of them without a ``limit``."""
    return read(session, select(ChangeEvent).where(ChangeEvent.posting_id == posting.id), limit=limit)


def happenings(session: Session, criteria: Criteria, *, limit: int, now: datetime) -> list[Happening]:
    """The latest of the events ``of`` a criteria."""
    return read(session, of(criteria, now), limit=limit)


def of(criteria: Criteria, now: datetime) -> Select[ChangeEvent]:
    """The material events of postings that meet ``criteria`` today, whatever became of the posting since."""
    wanted = meaning.clause(criteria.of_any_status(), now)
    # As a condition on each event, not a join: the latest hundred are found from the end, whatever number there is.
    its_posting = select(Posting.id).where(Posting.id == ChangeEvent.posting_id, wanted).correlate(ChangeEvent)
    return select(ChangeEvent).where(ChangeEvent.material, its_posting.exists())


def read(session: Session, found: Select[ChangeEvent], *, limit: int | None = None) -> list[Happening]:
    """The events found, the latest first, each with what it changed.

    In two steps: asked for the events with all that hangs on them at once, SQLite begins with the municipalities and reads
    every event there is.
    """
    latest = (ChangeEvent.occurred_at.desc(), ChangeEvent.id.desc())
    ids = session.scalars(found.with_only_columns(ChangeEvent.id).order_by(*latest).limit(limit)).all()
    loaded = select(ChangeEvent).where(ChangeEvent.id.in_(ids)).order_by(*latest)
    with_all = loaded.options(
        selectinload(ChangeEvent.posting).joinedload(Posting.current),
        selectinload(ChangeEvent.version),
        selectinload(ChangeEvent.previous),
    )
    events = session.scalars(with_all).unique().all()
    files = attached.between(session, [(event.previous_id, event.version_id) for event in events if event.previous_id is not None])
    return [Happening(event, [*_differences(event), *files.get((event.previous_id, event.version_id), ())]) for event in events]


def _differences(event: ChangeEvent) -> list[Change]:
    if event.previous is None or event.previous_id == event.version_id:
        return []
    return _between(event.previous.content, event.version.content)


def _between(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    return list(_difference(*(json.dumps(content, ensure_ascii=False) for content in (old, new))))


@lru_cache(REMEMBERED)
def _difference(old: str, new: str) -> tuple[Change, ...]:
    """What anybody may see of the difference of two stored contents; neither ever changes, so it is read once."""
    return tuple(changes.public(changes.difference(from_json(json.loads(old)), from_json(json.loads(new)))))


def last_changes(session: Session, postings: Sequence[Posting]) -> dict[int, Sequence[Change]]:
    """Of each posting whose shown version has a predecessor: what differs from it, by the posting's id."""
    wanted = [
        (posting.id, posting.current.number - 1)
        for posting in postings
        if posting.current is not None and posting.current.number is not None and posting.current.number > 1
    ]
    if not wanted:
        return {}
    found = session.execute(
        select(Version.posting_id, Version.id, Version.content).where(tuple_(Version.posting_id, Version.number).in_(wanted))
    )
    before = {posting_id: (version_id, content) for posting_id, version_id, content in found}
    last = [(posting, posting.current, *before[posting.id]) for posting in postings if posting.id in before and posting.current]
    files = attached.between(session, [(old_id, current.id) for _, current, old_id, _ in last])
    return {
        posting.id: [*_between(content, current.content), *files.get((old_id, current.id), ())]
        for posting, current, old_id, content in last
    }
