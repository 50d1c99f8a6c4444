"""Making a version what the public sees, and writing the change event: the two writes that every act on a posting shares."""

import uuid
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from jobboard.base.clock import japan_date
from jobboard.base.content import SCHEMA, Content, from_json, to_json
from jobboard.base.errors import DemonstrationOnly, WrongState
from jobboard.base.states import EventKind, VersionState
from jobboard.domain import agreements, attached, changes, facets, link_alone
from jobboard.models import Account, Board, ChangeEvent, Posting, Version


def current_content(posting: Posting) -> Content:
    """What the public sees, typed; raises ``WrongState`` for a posting that was never public."""
    if posting.current is None:
        raise WrongState(str(posting.state), "read")
    return from_json(posting.current.content)


def new_version(
    session: Session, posting: Posting, content: Content, *, by: Account | None, now: datetime, like: Version | None = None,
    files: bool = True,
) -> Version:
    """A pending version of ``content`` with the posting's files, those of ``like`` or none; it has no number before it is published."""
    version = Version(
        posting_id=posting.id,
        uuid=str(uuid.uuid4()),
        schema=SCHEMA,
        content=to_json(content),
        state=VersionState.PENDING,
        created_at=now,
        created_by_id=by.id if by else None,
    )
    session.add(version)
    session.flush()
    if files:
        attached.freeze(session, posting, version, like)
    return version


def replace_pending(session: Session, posting: Posting, pending: Version, content: Content, *, now: datetime) -> None:
    """Lets ``content`` wait in the place of ``pending``, as if it had been sent in then, and by the same person."""
    pending.state = VersionState.RECALLED
    successor = new_version(session, posting, content, by=None, now=now, like=pending)
    successor.created_by_id, successor.created_at = pending.created_by_id, pending.created_at
    successor.change_summary, successor.overruled = pending.change_summary, pending.overruled
    successor.published_by_id = pending.published_by_id
    successor.through_prefecture = pending.through_prefecture
    successor.forwarded_at, successor.forwarded_by_id = pending.forwarded_at, pending.forwarded_by_id
    posting.pending = successor


def show(
    session: Session,
    posting: Posting,
    version: Version,
    kind: EventKind,
    *,
    by: Account | None,
    now: datetime,
    material: bool = True,
) -> ChangeEvent:
    """Makes ``version`` what the public sees, numbered, and writes the change event.

    Co-municipalities that have not agreed are taken out of it: they are not shown, and join by a version of their own.
    """
    board = session.get_one(Board, 1)
    if posting.municipality.demonstration and not board.demonstration:
        raise DemonstrationOnly
    previous = posting.current
    if previous is not None:
        previous.state, previous.superseded_at = VersionState.SUPERSEDED, now
    version.state, version.published_at = VersionState.PUBLISHED, now
    version.published_by_id = version.published_by_id or (by.id if by else None)
    version.number = previous.number + 1 if previous and previous.number else 1
    posting.current = version
    posting.pending = None
    posting.scheduled_at = None
    posting.revision += 1  # an edit page that was opened before this must not take it back unseen
    posting.published_at = posting.published_at or now
    posting.updated_at = now
    posting.closed_at, posting.closed_reason, posting.closed_note = None, None, ""
    posting.outcome, posting.outcome_note = None, ""
    session.flush()
    content = agreements.shown(session, posting, from_json(version.content))
    version.content = to_json(content)
    agreements.settle(session, posting, from_json(previous.content if previous else {}), content)
    facets.refresh(session, posting, content)
    posting.info_as_of = link_alone.confirmed_on(session, posting) if posting.link_only else japan_date(version.created_at)
    return announce(
        session, posting, kind, previous=previous, now=now, material=material, summary=version.change_summary
    )


def announce(
    session: Session,
    posting: Posting,
    kind: EventKind,
    *,
    previous: Version | None,
    now: datetime,
    material: bool = True,
    summary: str = "",
) -> ChangeEvent:
    """Writes the change event of what just happened, bumps the board version and asks for the worker."""
    if posting.current is None:
        raise WrongState(str(posting.state), str(kind))
    new = from_json(posting.current.content)
    old = from_json(previous.content) if previous else new
    pair = (previous.id if previous else posting.current.id, posting.current.id)
    differing = [*changes.difference(old, new), *attached.between(session, [pair]).get(pair, ())]
    event = ChangeEvent(
        uuid=str(uuid.uuid4()),
        posting_id=posting.id,
        version_id=posting.current.id,
        previous_id=previous.id if previous else None,
        kind=kind,
        material=material,
        changed=[change.field.name for change in changes.public(differing)],
        summary=summary,
        occurred_at=now,
    )
    bump(session)  # first: it waits for its turn, so that ids of events follow the order of commits
    session.add(event)
    session.flush()
    session.info["wake"] = True
    return event


def bump(session: Session) -> None:
    """Counts the board version up: what the public sees has changed, and caches must ask anew."""
    session.execute(update(Board).where(Board.id == 1).values(version=Board.version + 1))
