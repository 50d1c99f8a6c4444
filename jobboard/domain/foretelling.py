"""この条件なら、先月は N 通: what a subscription would have brought, from the changes that there really were.

Each change is read as matching reads it, and grouped into mails as composing does. Nobody is looked up and nothing is kept.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, null, or_, select
from sqlalchemy.orm import Session

from jobboard.base.clock import japan_date
from jobboard.base.content import from_json
from jobboard.base.states import EventKind, Frequency
from jobboard.domain import matching
from jobboard.domain.criteria import Criteria, audiences, meets, seen_from
from jobboard.models import ChangeEvent, Municipality, Posting, Version

PERIOD = timedelta(days=30)
LOOKED_AT = 1_000
"""Changes that are read, the newest ones; with more, the count says 「以上」."""

SHOWN = 20
"""Postings that are listed."""


@dataclass(frozen=True)
class Heard:
    """One posting and what a mail would have said of it: (kind, day in Japan), the oldest first."""

    posting_id: int
    municipality: str
    title: str
    happened: tuple[tuple[EventKind, date], ...]


@dataclass(frozen=True)
class Foretold:
    """``mails`` of the last 30 days about ``changes`` of ``postings`` (counts), some of which are ``shown``, the newest first.

    ``more``: there were more changes than were read, so each count is a least one.
    """

    mails: int
    changes: int
    postings: int
    shown: tuple[Heard, ...]
    more: bool


def foretell(
    session: Session, criteria: Criteria, kinds: Collection[EventKind], frequency: Frequency, *, now: datetime
) -> Foretold:
    """What such a subscription would have brought in the 30 days before ``now``. The criteria's status does not matter."""
    wanted = criteria.of_any_status()
    rows = session.execute(_changes(wanted, kinds, now)).all()
    met = _met(session, wanted, rows[:LOOKED_AT], now)
    heard = _by_posting(met)
    return Foretold(
        mails=len({_told_at(frequency, row.occurred_at) for row in met}),
        changes=len(met),
        postings=len(heard),
        shown=tuple(heard[:SHOWN]),
        more=len(rows) > LOOKED_AT,
    )


def _told_at(frequency: Frequency, occurred_at: datetime) -> datetime:
    """Changes of one such instant share a mail: at once those that happened together, else those of one morning."""
    return matching.due_at(frequency, occurred_at, now=occurred_at)


def _changes(wanted: Criteria, kinds: Collection[EventKind], now: datetime) -> Select[Any]:
    """The newest changes that anybody is told of, narrowed by what their content says of itself. All of it is read by one query."""
    return (
        select(
            ChangeEvent.id, ChangeEvent.posting_id, ChangeEvent.kind, ChangeEvent.occurred_at, Posting.state, Municipality,
            Version.content if _narrows(wanted) else null().label("content"),
            Version.content["title"].as_string().label("title"),
        )
        .join(Posting, Posting.id == ChangeEvent.posting_id)
        .join(Municipality, Municipality.code == Posting.municipality_code)
        .join(Version, Version.id == ChangeEvent.version_id)
        .where(
            ChangeEvent.occurred_at > now - PERIOD,
            ChangeEvent.occurred_at <= now,
            ChangeEvent.material,
            ChangeEvent.kind.in_(kinds),
            *_narrowed(wanted),
        )
        .order_by(ChangeEvent.occurred_at.desc(), ChangeEvent.id.desc())
        .limit(LOOKED_AT + 1)
    )  # fmt: skip


def _narrows(wanted: Criteria) -> bool:
    return wanted != Criteria(status=wanted.status)


def _narrowed(wanted: Criteria) -> list[ColumnElement[bool]]:
    """Some of the conditions; what meets all of them is decided by ``meets``."""
    clauses: list[ColumnElement[bool]] = []
    for name in ("role", "engagement", "remote", "side_job", "pay_unit", "audience"):
        codes = audiences(wanted.audience) if name == "audience" else getattr(wanted, name)
        if codes:
            clauses.append(Version.content[name].as_string().in_([str(code) for code in codes]))
    if wanted.posting:
        clauses.append(ChangeEvent.posting_id.in_(wanted.posting))
    joint = Version.content["co_municipalities"].as_string().is_not(None)
    if wanted.pref:
        clauses.append(or_(Municipality.pref_code.in_(wanted.pref), joint))
    if wanted.municipality:
        clauses.append(or_(Municipality.code.in_(wanted.municipality), joint))
    return clauses


def _met(session: Session, wanted: Criteria, rows: Sequence[Row[Any]], now: datetime) -> Sequence[Row[Any]]:
    """Those that meet the criteria by the content that they brought (``matching.seen_in``)."""
    if not _narrows(wanted):
        return rows
    contents = {row.id: from_json(row.content) for row in rows}
    codes = {code for content in contents.values() for code in content.codes("co_municipalities")}
    places = session.scalars(select(Municipality).where(Municipality.code.in_(codes))) if codes else ()
    others = {place.code: place for place in places}
    met = []
    for row in rows:
        content = contents[row.id]
        co = [others[code] for code in content.codes("co_municipalities") if code in others]
        seen = seen_from(
            content, row.Municipality, co, row.state, posting_id=row.posting_id, searched=bool(wanted.searches)
        )
        if meets(wanted, seen, now):
            met.append(row)
    return met


def _by_posting(rows: Sequence[Row[Any]]) -> list[Heard]:
    """The postings of changes that come newest first, in that order."""
    grouped: dict[int, list[Row[Any]]] = {}
    for row in rows:
        grouped.setdefault(row.posting_id, []).append(row)
    return [
        Heard(
            posting_id, group[0].Municipality.full_name, group[0].title or "",
            tuple((row.kind, japan_date(row.occurred_at)) for row in reversed(group)),
        )
        for posting_id, group in grouped.items()
    ]  # fmt: skip
