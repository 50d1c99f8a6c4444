"""この条件なら、先月は N 通: what a subscription would have brought, from the changes that there really were.

Each change is read as matching reads it, and grouped into mails as composing does. Nobody is looked up and nothing is kept.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, case, or_, select, true
from sqlalchemy.orm import Session, selectinload

from jobboard.base.clock import japan_date
from jobboard.base.content import from_json
from jobboard.base.states import EventKind, Frequency
from jobboard.domain import link_alone, matching
from jobboard.domain.criteria import Criteria, clause, meets, seen_from
from jobboard.models import ChangeEvent, Municipality, Posting, Version

PERIOD = timedelta(days=30)
LOOKED_AT = 1_000
"""Changes that are read, the newest ones; with more, the count says 「以上」."""

SHOWN = 20
"""Postings that are listed."""


@dataclass(frozen=True)
class Heard:
    """One posting and what a mail would have said of it: (what happened, day in Japan), the oldest first."""

    posting_id: int
    municipality: str
    title: str
    happened: tuple[tuple[str, date], ...]


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


_FAMILY = (
    selectinload(Municipality.successor).selectinload(Municipality.predecessors), selectinload(Municipality.predecessors)
)  # fmt: skip
"""All that ``lineage.family`` reads, for many municipalities by one statement each."""

_CHANGED_SINCE = Posting.current_id.is_distinct_from(ChangeEvent.version_id)
"""Whether the posting says something else by now than this change brought."""


def _changes(wanted: Criteria, kinds: Collection[EventKind], now: datetime) -> Select[Any]:
    """The newest changes that anybody is told of, by one query.

    What a posting says now settles whether it meets the criteria; ``content`` is null then. Where it changed since, ``content``
    is what the change brought, for the Python reading to decide.
    """
    return (
        select(
            ChangeEvent.posting_id, ChangeEvent.kind, ChangeEvent.occurred_at, Posting.state, Posting.link_only, Municipality,
            case((_CHANGED_SINCE, Version.content)).label("content"), Version.content["title"].as_string().label("title"),
        )
        .join(Posting, Posting.id == ChangeEvent.posting_id)
        .join(Municipality, Municipality.code == Posting.municipality_code)
        .join(Version, Version.id == ChangeEvent.version_id)
        .where(
            ChangeEvent.occurred_at > now - PERIOD,
            ChangeEvent.occurred_at <= now,
            ChangeEvent.material,
            ChangeEvent.kind.in_(kinds),
            or_(_CHANGED_SINCE, clause(wanted, now)) if _narrows(wanted) else true(),
        )
        .order_by(ChangeEvent.occurred_at.desc(), ChangeEvent.id.desc())
        .limit(LOOKED_AT + 1)
        .options(*_FAMILY)
    )  # fmt: skip


def _narrows(wanted: Criteria) -> bool:
    return wanted != Criteria(status=wanted.status)


def _met(session: Session, wanted: Criteria, rows: Sequence[Row[Any]], now: datetime) -> Sequence[Row[Any]]:
    """Those that meet the criteria by the content that they brought (``matching.seen_in``)."""
    if not _narrows(wanted):
        return rows
    contents = [from_json(row.content) if row.content is not None else None for row in rows]
    codes = {code for content in contents if content for code in content.codes("co_municipalities")}
    places = session.scalars(select(Municipality).where(Municipality.code.in_(codes)).options(*_FAMILY)) if codes else ()
    others = {place.code: place for place in places}
    met = []
    for row, content in zip(rows, contents, strict=True):
        if content is not None:
            co = [others[code] for code in content.codes("co_municipalities") if code in others]
            seen = seen_from(
                content, row.Municipality, co, row.state, posting_id=row.posting_id, searched=bool(wanted.searches)
            )
        if content is None or meets(wanted, seen, now):
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
            tuple((link_alone.label(row.kind, alone=row.link_only), japan_date(row.occurred_at)) for row in reversed(group)),
        )
        for posting_id, group in grouped.items()
    ]  # fmt: skip
