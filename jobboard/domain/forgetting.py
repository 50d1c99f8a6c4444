"""保存期間を過ぎた募集: a posting that ended long ago goes whole, with all that hangs on it. The audit keeps that it went.

A few at once: each goes in one transaction with everything of it, so that nothing is ever half gone. Its files go
afterwards, when no row names them any more (``attaching.sweep``).
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, Delete, Update, and_, bindparam, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from jobboard.base.clock import fiscal_year, japan_date
from jobboard.base.states import State
from jobboard.domain import audit, searching, subscribers
from jobboard.domain.retention import over_since
from jobboard.domain.versions import bump
from jobboard.models import (
    Agreement,
    Attachment,
    AuditEntry,
    ChangeEvent,
    Correction,
    Inquiry,
    Link,
    Match,
    OneTimeCode,
    Posting,
    PostingPlace,
    PostingTheme,
    Presence,
    Printout,
    Question,
    ReadingLink,
    Remark,
    Reminder,
    SourceItem,
    Talk,
    Version,
    VersionAttachment,
    ViewDay,
)

ACT = "posting:forget"
AT_ONCE = 20
"""Postings of one transaction, or so many as have together …"""

ROWS = 5_000
"""… this many rows; a posting with more goes alone."""

_ENDED = (State.CLOSED, State.WITHDRAWN)
_ONE: Any = bindparam("one")


def _of(model: Any) -> Delete:
    table = model.__table__
    return delete(table).where(table.c.posting_id == _ONE)


def _numbers(model: Any) -> Any:
    table = model.__table__
    return select(table.c.id).where(table.c.posting_id == _ONE)


def _under(model: Any, column: str, parents: Any) -> Delete:
    table = model.__table__
    return delete(table).where(table.c[column].in_(parents))


def _links(purpose: str, subjects: Any) -> Delete:
    table: Any = Link.__table__
    return delete(table).where(table.c.purpose == purpose, table.c.subject_id.in_(subjects))


_POSTING: Any = Posting.__table__
_ITEM: Any = SourceItem.__table__
HANGING: tuple[Delete | Update, ...] = (
    update(_POSTING).where(_POSTING.c.copied_from_id == _ONE).values(copied_from_id=None),
    update(_ITEM).where(_ITEM.c.posting_id == _ONE).values(posting_id=None),
    update(_POSTING).where(_POSTING.c.id == _ONE).values(current_id=None, pending_id=None),
    _under(Match, "event_id", _numbers(ChangeEvent)),
    _of(ChangeEvent),
    _links("read", _numbers(ReadingLink)),
    _links("question", _numbers(Question)),
    _under(Inquiry, "correction_id", _numbers(Correction)),
    _under(Remark, "version_id", _numbers(Version)),
    _under(VersionAttachment, "version_id", _numbers(Version)),
    _under(VersionAttachment, "attachment_id", _numbers(Attachment)),
    *(_of(one) for one in (
        Version, Attachment, Question, Correction, Talk, Presence, Printout, ReadingLink, OneTimeCode, Reminder, ViewDay,
        Agreement, PostingTheme, PostingPlace,
    )),
    delete(_POSTING).where(_POSTING.c.id == _ONE),
)  # fmt: skip
"""All that goes with a posting, in an order that every key allows; a test asks for each table that leads to one."""


def postings_due(years: int, *, now: datetime) -> ColumnElement[bool]:
    """Postings that ended before the term began to run out; one about which somebody waits for an answer stays."""
    until = over_since(years, now=now)
    shown = or_(Posting.published_at < until, Posting.published_at.is_(None))  # it was public before it ended: an index knows
    asked = exists().where(Correction.posting_id == Posting.id, Correction.answered_at.is_(None))
    return and_(Posting.state.in_(_ENDED), shown, Posting.closed_at < until, ~asked)


def drafts_due(years: int, *, now: datetime) -> ColumnElement[bool]:
    """Archived drafts that were never published."""
    unseen = and_(Posting.state.in_((State.DRAFT, State.RETURNED)), Posting.current_id.is_(None))
    return and_(unseen, Posting.archived_at < over_since(years, now=now))


def forget(session: Session, due: ColumnElement[bool], *, now: datetime) -> int:
    """Deletes a batch of them for good; returns how many. Whoever waits for one to be free is not waited for."""
    found = select(Posting.id, Posting.state, Posting.closed_at, Posting.archived_at).where(due).order_by(Posting.id)
    held = session.execute(found.limit(AT_ONCE).with_for_update(skip_locked=True, of=Posting)).all()
    persons: set[int] = set()
    gone = rows = 0
    for number, state, closed_at, archived_at in held:
        if rows >= ROWS:
            break
        persons |= _persons(session, number)
        rows += take_out(session, number)
        year = fiscal_year(japan_date(closed_at or archived_at or now))
        audit.record(session, ACT, "posting", number, by=None, now=now, year=year, before=str(state))
        gone += 1
    if gone:
        session.flush()
        subscribers.drop_needless(session, persons)
        bump(session)
    return gone


def first(session: Session, due: ColumnElement[bool], limit: int) -> list[tuple[Posting, date]]:
    """The first ones to go, each with the day in Japan on which it ended or was archived."""
    found = session.scalars(select(Posting).where(due).order_by(Posting.id).limit(limit)).unique()
    return [(one, japan_date(one.closed_at or one.archived_at or one.created_at)) for one in found]


def is_forgotten(session: Session, posting_id: int) -> bool:
    """Whether there was a posting of this number that the public could see, as long as the audit knows."""
    acts = select(AuditEntry.facts).where(
        AuditEntry.subject_kind == "posting", AuditEntry.subject_id == str(posting_id), AuditEntry.action == ACT
    )
    return any(facts.get("before") in _ENDED for facts in session.scalars(acts))


def _persons(session: Session, number: int) -> set[int]:
    """Whose addresses the posting's requests and questions point to."""
    asked = select(Correction.subscriber_id).where(Correction.posting_id == number)
    askers = select(Question.asker_id).where(Question.posting_id == number)
    return {one for one in session.scalars(asked.union(askers)) if one is not None}


def take_out(session: Session, number: int) -> int:
    """Deletes everything of one posting; returns how many rows."""
    searching.remove(session, number)
    done = (session.execute(statement, {"one": number}) for statement in HANGING)
    return sum(one.rowcount for one in done if isinstance(one, CursorResult))
