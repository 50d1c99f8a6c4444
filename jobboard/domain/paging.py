"""Pages that go on behind the last row seen (keyset), so that none that stays is lost or repeated while others come and go.

The place is kept in the cursor alone: the last row's key and id, sealed with the order and the query that it belongs to. A row
whose own key changes between two pages (its deadline is put off, its pay is raised) may be met twice or not at all.
"""

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from jobboard.base.errors import InvalidQuery
from jobboard.domain import history, listing, selecting
from jobboard.domain.catalogue import Catalogue, instant_rank
from jobboard.domain.criteria import Criteria
from jobboard.domain.history import Happening
from jobboard.domain.listing import COUNTED, Sort
from jobboard.models import ChangeEvent, Posting

T = TypeVar("T")
Place = tuple[int, int]
"""Key and id of a row, as whole numbers; an instant as microseconds since 1970."""

LIMIT, MOST = 20, 100
"""Rows of a page: when nothing is asked, and at most."""

_LONGEST = 200
_LARGEST = 2**62
_CHANGES = "changes"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Stretch(Generic[T]):
    """One page. ``cursor`` leads to the next one, None at the end; ``total`` counts the rows of all pages."""

    rows: Sequence[T]
    cursor: str | None
    total: int
    total_is_exact: bool = True


def parse_limit(typed: str) -> int:
    """How many rows a page has, 1 to ``MOST``. Raises ``InvalidQuery``."""
    if not typed:
        return LIMIT
    if not (typed.isascii() and typed.isdigit() and 1 <= int(typed[:9]) <= MOST):
        raise InvalidQuery("limit", typed[:100], f"1ページの件数(limit)は、1から{MOST}までの数字で指定してください。")
    return int(typed[:9])


def postings(
    session: Session, catalogue: Catalogue, criteria: Criteria, *, sort: Sort, limit: int, cursor: str, now: datetime
) -> Stretch[Posting]:
    """The postings that meet ``criteria``, from the beginning or behind ``cursor``. Raises ``InvalidQuery``."""
    behind = _read(cursor, sort, criteria) if cursor else None
    found = selecting.select(session, catalogue, criteria, now)
    name, falling = listing.ORDERS[sort]
    ids = listing.in_order(catalogue, found, name, falling, count=limit + 1, behind=behind)
    more = len(ids) > limit
    following = _write(catalogue.place(ids[limit - 1], name, falling=falling), sort, criteria) if more else None
    return Stretch(listing.postings(session, ids[:limit]), following, found.bit_count())


def changes(session: Session, criteria: Criteria, *, limit: int, cursor: str, now: datetime) -> Stretch[Happening]:
    """The material events of postings that meet ``criteria``, the latest first; counted up to 1,000.

    Raises ``InvalidQuery``.
    """
    wanted = history.of(criteria, now)
    counted = select(func.count()).select_from(wanted.with_only_columns(ChangeEvent.id).limit(COUNTED + 1).subquery())
    count = session.scalar(counted) or 0
    page = wanted.where(_behind(cursor, criteria)) if cursor else wanted
    steps = history.read(session, page, limit=limit + 1)
    last = steps[limit - 1].event if len(steps) > limit else None
    following = _write((instant_rank(last.occurred_at), last.id), _CHANGES, criteria) if last else None
    return Stretch(steps[:limit], following, min(count, COUNTED), count <= COUNTED)


def _behind(cursor: str, criteria: Criteria) -> ColumnElement[bool]:
    key, event_id = _read(cursor, _CHANGES, criteria)
    try:
        at = _EPOCH + timedelta(microseconds=key)
    except OverflowError:
        raise _no_cursor(cursor) from None
    same_or_earlier = ChangeEvent.occurred_at <= at  # alone, so that the index on it can begin here
    return and_(same_or_earlier, or_(ChangeEvent.occurred_at < at, ChangeEvent.id < event_id))


def _write(place: Place, order: str, criteria: Criteria) -> str:
    seal = hashlib.sha256(repr((str(order), criteria.query(), place)).encode()).hexdigest()[:16]
    written = json.dumps([*place, seal], separators=(",", ":"))
    return base64.urlsafe_b64encode(written.encode()).decode("ascii").rstrip("=")


def _read(cursor: str, order: str, criteria: Criteria) -> Place:
    """The place of a cursor that ``_write`` wrote for this very order and query; raises ``InvalidQuery`` for any other."""
    try:
        if len(cursor) > _LONGEST:
            raise ValueError("too long")
        padded = cursor + "=" * (-len(cursor) % 4)
        key, row_id, _ = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        place = (_number(key), _number(row_id))
        if _write(place, order, criteria) != cursor:
            raise ValueError("of another list")
    except (ValueError, TypeError):
        raise _no_cursor(cursor) from None
    return place


def _number(value: object) -> int:
    """A whole number that the database's columns reach: the seal is no secret, so anybody can write a cursor."""
    if type(value) is not int or abs(value) > _LARGEST:
        raise ValueError("no such place")
    return value


def _no_cursor(cursor: str) -> InvalidQuery:
    return InvalidQuery(
        "cursor", cursor[:100],
        "続きの位置(cursor)が壊れているか、この条件と並び順のものではありません。cursorを付けずに、はじめから取得してください。",
    )  # fmt: skip
