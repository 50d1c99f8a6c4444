"""Pages that go on after the last row seen (keyset), so that none that stays is lost or repeated while others come and go.

The place is kept in the cursor alone: the last row's key and id, sealed with the order and the query it belongs to. A row
whose own key changes between two pages (its deadline is put off, its pay is raised) may be met twice or not at all.
"""

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, UnaryExpression, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from jobboard.base.errors import InvalidQuery
from jobboard.domain import criteria as meaning
from jobboard.domain import history
from jobboard.domain.counting import COUNTED
from jobboard.domain.criteria import Criteria
from jobboard.domain.history import Happening
from jobboard.domain.listing import Sort
from jobboard.models import ChangeEvent, Posting

T = TypeVar("T")
Row = TypeVar("Row", Posting, ChangeEvent)
Place = tuple[int | None, int]
"""Key and id of a row; an instant as microseconds since 1970."""

LIMIT, MOST = 20, 100
"""Rows of a page: when nothing is asked, and at most."""

_LONGEST = 200
_LARGEST_KEY, _LARGEST_ID = 2**53, 2**31
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Stretch(Generic[T]):
    """One page. ``cursor`` leads to the next one, None at the end; ``total`` counts all pages, up to ``COUNTED``."""

    rows: Sequence[T]
    cursor: str | None
    total: int
    total_is_exact: bool


@dataclass(frozen=True)
class Order:
    """An order by one column, then by id from the newest; ``name`` stands in the cursor's seal.

    ``always`` says that every public row has a key, so that an index on the column can begin at the place.
    """

    name: str
    column: InstrumentedAttribute[Any]
    id: InstrumentedAttribute[int]
    descending: bool = True
    always: bool = True

    def clauses(self) -> tuple[UnaryExpression[Any], ...]:
        """For ``order_by``; rows without a key come last."""
        key = self.column.desc() if self.descending else self.column.asc()
        return key.nulls_last(), self.id.desc()

    def after(self, place: Place) -> ColumnElement[bool]:
        """The rows behind ``place``."""
        key, row_id = place
        if key is None:
            return and_(self.column.is_(None), self.id < row_id)
        value = _EPOCH + timedelta(microseconds=key) if self._is_instant else key
        not_before = self.column <= value if self.descending else self.column >= value
        behind = and_(not_before, or_(self.column != value, self.id < row_id))
        return behind if self.always else or_(behind, self.column.is_(None))

    def place(self, row: Posting | ChangeEvent) -> Place:
        """Where ``row`` stands in this order."""
        key = getattr(row, self.column.key)
        return (key - _EPOCH) // timedelta(microseconds=1) if isinstance(key, datetime) else key, row.id

    @property
    def _is_instant(self) -> bool:
        return self.column.type.python_type is datetime


POSTINGS = {
    Sort.NEW: Order("new", Posting.published_at, Posting.id),
    Sort.DEADLINE: Order("deadline", Posting.apply_by, Posting.id, descending=False, always=False),
    Sort.PAY: Order("pay", Posting.pay_monthly, Posting.id, always=False),
}
CHANGES = Order("changes", ChangeEvent.occurred_at, ChangeEvent.id)


def parse_limit(typed: str) -> int:
    """How many rows a page has, 1 to ``MOST``. Raises ``InvalidQuery``."""
    if not typed:
        return LIMIT
    if not (typed.isascii() and typed.isdigit() and 1 <= int(typed[:9]) <= MOST):
        raise InvalidQuery("limit", typed[:100], f"1ページの件数(limit)は、1から{MOST}までの数字で指定してください。")
    return int(typed)


def postings(
    session: Session, criteria: Criteria, *, sort: Sort, limit: int, cursor: str, now: datetime
) -> Stretch[Posting]:
    """The postings that meet ``criteria``, from the beginning or behind ``cursor``. Raises ``InvalidQuery``."""
    wanted = select(Posting).where(meaning.clause(criteria, now))
    page = _page(wanted, POSTINGS[sort], criteria, limit, cursor).options(joinedload(Posting.current))
    rows = session.scalars(page).unique().all()
    return _stretch(rows, rows[:limit], POSTINGS[sort], criteria, _count(session, wanted))


def changes(session: Session, criteria: Criteria, *, limit: int, cursor: str, now: datetime) -> Stretch[Happening]:
    """The material events of postings that meet ``criteria``, the latest first. Raises ``InvalidQuery``."""
    wanted = history.of(criteria, now)
    steps = history.read(session, _page(wanted, CHANGES, criteria, limit, cursor))
    return _stretch([step.event for step in steps], steps[:limit], CHANGES, criteria, _count(session, wanted))


def _page(wanted: Select[Row], order: Order, criteria: Criteria, limit: int, cursor: str) -> Select[Row]:
    """One row more than a page has: whether there is a next one."""
    page = wanted.order_by(*order.clauses()).limit(limit + 1)
    return page.where(order.after(_read(cursor, order, criteria))) if cursor else page


def _stretch(rows: Sequence[Row], shown: Sequence[T], order: Order, criteria: Criteria, count: int) -> Stretch[T]:
    more = len(rows) > len(shown)
    cursor = _write(order.place(rows[len(shown) - 1]), order, criteria) if more else None
    return Stretch(shown, cursor, min(count, COUNTED), count <= COUNTED)


def _count(session: Session, wanted: Select[Row]) -> int:
    counted = select(func.count()).select_from(wanted.with_only_columns(1).limit(COUNTED + 1).subquery())
    return session.scalar(counted) or 0


def _write(place: Place, order: Order, criteria: Criteria) -> str:
    seal = hashlib.sha256(repr((order.name, criteria.query(), place)).encode()).hexdigest()[:16]
    written = json.dumps([*place, seal], separators=(",", ":"))
    return base64.urlsafe_b64encode(written.encode()).decode("ascii").rstrip("=")


def _read(cursor: str, order: Order, criteria: Criteria) -> Place:
    """The place of a cursor that ``_write`` wrote for this very order and query; raises ``InvalidQuery`` for any other."""
    try:
        if len(cursor) > _LONGEST:
            raise ValueError("too long")
        padded = cursor + "=" * (-len(cursor) % 4)
        key, row_id, _ = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        place = (None if key is None else _within(key, _LARGEST_KEY), _within(row_id, _LARGEST_ID))
        if _write(place, order, criteria) != cursor:
            raise ValueError("of another list")
    except (ValueError, TypeError):
        raise InvalidQuery(
            "cursor", cursor[:100],
            "続きの位置(cursor)が壊れているか、この条件と並び順のものではありません。cursorを付けずに、はじめから取得してください。",
        ) from None  # fmt: skip
    return place


def _within(number: object, largest: int) -> int:
    """A whole number that the database's columns reach; its seal is no secret, so anybody can write one."""
    if type(number) is not int or not -largest < number < largest:
        raise ValueError("no such place")
    return number
