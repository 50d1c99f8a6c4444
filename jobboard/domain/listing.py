"""The public list: pages of twenty in a chosen order, and the few figures that pages show beside it."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import compress, islice
from typing import NamedTuple

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session, joinedload

from jobboard.base.bits import ids_of, marks_of
from jobboard.base.choice import Choice
from jobboard.base.clock import end_of, japan_date, start_of
from jobboard.base.errors import InvalidQuery, NotFound
from jobboard.base.fields import FIELDS, FieldType
from jobboard.base.states import State
from jobboard.domain import selecting
from jobboard.domain.catalogue import Catalogue, instant_rank
from jobboard.domain.criteria import Criteria
from jobboard.domain.publication import CLOSING_SOON_DAYS, public_clause
from jobboard.models import Board, Municipality, Posting, Version

PAGE_SIZE = 20
COUNTED = 1_000
"""Beyond this a total is not counted: 「1,000件以上」."""

MOST_PAGES = 500

FRESH_DAYS = 7
"""So many days, today counted, a posting is 新着 and a change 更新あり. Whole days: pages change at midnight, not all day."""


class Sort(Choice):
    """Orders of the list; ties by id, the newest first."""

    NEW = "new", "新着順"
    DEADLINE = "deadline", "締切が近い順"
    PAY = "pay", "報酬が高い順(月額換算の目安)"


class Line(NamedTuple):
    """A posting as a list shows it: what its row says (domain/cards), and the columns that decide its chips today."""

    id: int
    state: State
    current_id: int
    card: dict[str, str]
    apply_from: datetime | None
    apply_by: datetime | None
    published_at: datetime | None
    updated_at: datetime | None
    link_only: bool
    info_as_of: date | None
    demonstration: bool


@dataclass(frozen=True)
class Page:
    """One page of a list. ``total`` is exact up to 1,000 and one more beyond; ``pages`` counts those that can be opened."""

    rows: Sequence[Line]
    total: int
    page: int
    pages: int

    @property
    def total_text(self) -> str:
        """128件, or 1,000件以上."""
        return f"{COUNTED:,}件以上" if self.total > COUNTED else f"{self.total:,}件"


@dataclass(frozen=True)
class Figures:
    """Numbers of the front page."""

    open: int
    municipalities: int
    new: int
    closing: int


def parse_sort(typed: str) -> Sort:
    """The order asked for; the newest first when none is. Raises ``InvalidQuery``."""
    if typed and typed not in [str(sort) for sort in Sort]:
        allowed = "、".join(f"{sort}({sort.label})" for sort in Sort)
        raise InvalidQuery("sort", typed[:100], f"並び替え(sort)は、次の中から指定してください: {allowed}")
    return Sort(typed) if typed else Sort.NEW


def parse_page(typed: str) -> int:
    """The page asked for, from 1. Raises ``InvalidQuery`` for what is no number and ``NotFound`` for one out of reach."""
    if typed and not (typed.isascii() and typed.isdigit() and int(typed[:9]) > 0):
        raise InvalidQuery("page", typed[:100], "ページ(page)は、1以上の数字で指定してください。")
    page = int(typed[:9]) if typed else 1
    if page > MOST_PAGES:
        raise NotFound
    return page


def find(
    session: Session, catalogue: Catalogue, criteria: Criteria, *, sort: Sort, page: int, now: datetime
) -> Page:
    """A page of the postings that meet ``criteria``. Raises ``NotFound`` past the end; page 1 always exists."""
    found = selecting.select(session, catalogue, criteria, now)
    total = found.bit_count()
    first = (page - 1) * PAGE_SIZE
    if page > 1 and first >= total:
        raise NotFound
    ids = in_order(catalogue, found, *ORDERS[sort], first=first, count=PAGE_SIZE)
    pages = max(1, min(-(-total // PAGE_SIZE), MOST_PAGES))
    return Page(lines(session, catalogue, ids), min(total, COUNTED + 1), page, pages)


def texts(session: Session, found: Sequence[Line]) -> dict[int, list[str]]:
    """The public texts of these lines' postings but their titles, by the posting's id: where a searched word may stand."""
    stored = select(Version.posting_id, Version.content).where(Version.id.in_([line.current_id for line in found]))
    return {
        posting_id: [str(content[name]) for name in _TEXTS if isinstance(content.get(name), str)]
        for posting_id, content in session.execute(stored)
    }


_TEXTS = tuple(
    field.name for field in FIELDS if field.public and field.type in (FieldType.TEXT, FieldType.LONG_TEXT) and field.name != "title"
)


def newest(
    session: Session, catalogue: Catalogue, criteria: Criteria, *, limit: int, now: datetime
) -> Sequence[Posting]:
    """The postings that meet ``criteria``, the last updated first, each with the version that is shown."""
    return postings(session, newest_ids(session, catalogue, criteria, limit=limit, now=now))


def newest_ids(
    session: Session, catalogue: Catalogue, criteria: Criteria, *, limit: int, now: datetime
) -> list[int]:
    """The ids of ``newest``."""
    found = selecting.select(session, catalogue, criteria, now)
    return in_order(catalogue, found, "updated_at", True, count=limit)


def postings(session: Session, ids: Sequence[int]) -> list[Posting]:
    """Public postings in the order of ``ids``, each with the version that is shown."""
    rows: dict[int, Posting] = {}
    for start in range(0, len(ids), _AT_ONCE):
        some = _shown().where(Posting.id.in_(ids[start : start + _AT_ONCE]))
        rows.update((posting.id, posting) for posting in session.scalars(some).unique())
    return [rows[one] for one in ids if one in rows]


def in_order(
    catalogue: Catalogue, found: int, name: str, falling: bool, *, first: int = 0, count: int,
    behind: tuple[int, int] | None = None,
) -> list[int]:  # fmt: skip
    """Some ids of a set in an order, from the ``first`` on, or from the first behind a place (``Catalogue.place``).

    A small set is sorted, a large one picked from the sorted whole.
    """
    small = found.bit_count() <= COUNTED
    if small:
        ordered: Sequence[int] = catalogue.sort(ids_of(found), name, falling=falling)
    else:
        whole = catalogue.published if not found & catalogue.over else catalogue.public
        ordered = catalogue.ordered(whole, name, falling=falling)
    if behind is not None:
        ordered = ordered[bisect_right(ordered, behind, key=lambda one: catalogue.place(one, name, falling=falling)) :]
    if small:
        return list(ordered[first : first + count])
    marks = marks_of(found)
    size = len(marks)
    picked = compress(ordered, (marks[one] if one < size else 0 for one in ordered))
    return list(islice(picked, first, first + count))


ORDERS = {Sort.NEW: ("published_at", True), Sort.DEADLINE: ("apply_by", False), Sort.PAY: ("pay_monthly", True)}
_AT_ONCE = 500
_POSTING, _PLACE = Posting.__table__.c, Municipality.__table__.c
_LINES = (
    select(*(_POSTING[name] for name in Line._fields[:-1]), _PLACE.demonstration)
    .join_from(Posting.__table__, Municipality.__table__, _PLACE.code == _POSTING.municipality_code)
    .where(_POSTING.id.in_(bindparam("ids", expanding=True)))
)
"""Made once, of bare columns: making it anew and reading it as mapped rows took longer than the database."""


def lines(session: Session, catalogue: Catalogue, ids: Sequence[int]) -> list[Line]:
    """The lines of public postings in the order of ``ids``; one that is no longer there is left out."""
    found: dict[int, Line | None] = {one: catalogue.pieces.get(("line", one)) for one in ids}
    missing = [one for one, line in found.items() if line is None]
    if missing:
        for row in session.execute(_LINES, {"ids": missing}):
            found[row[0]] = catalogue.piece(("line", row[0]), Line._make(row))
    return [line for line in found.values() if line is not None]


def public_posting(session: Session, posting_id: int) -> Posting:
    """A posting that is or was public; raises ``NotFound`` for any other."""
    if not 0 < posting_id < 2**31:
        raise NotFound
    posting = session.scalars(_shown().where(public_clause(), Posting.id == posting_id)).unique().one_or_none()
    if posting is None or posting.current is None:
        raise NotFound
    return posting


def public_postings(session: Session, ids: Sequence[int]) -> list[Posting]:
    """Those of ``ids`` that are or were public, in the order asked for."""
    found = session.scalars(_shown().where(public_clause(), Posting.id.in_([one for one in ids if 0 < one < 2**31])))
    by_id = {posting.id: posting for posting in found.unique() if posting.current is not None}
    return [by_id[one] for one in ids if one in by_id]


def _shown() -> Select[Posting]:
    return select(Posting).options(joinedload(Posting.current))


def figures(catalogue: Catalogue, now: datetime) -> Figures:
    """How many are open, of how many municipalities, how many came this week, how many close within seven days."""
    return catalogue.remember(("figures", catalogue.open(now), japan_date(now)), lambda: _figures(catalogue, now))


def _figures(catalogue: Catalogue, now: datetime) -> Figures:
    is_open, today = catalogue.open(now), japan_date(now)
    published, closing = catalogue.ranks["published_at"], catalogue.ranks["apply_by"]
    since = instant_rank(start_of(today - timedelta(days=FRESH_DAYS - 1)))
    until = instant_rank(end_of(today + timedelta(days=CLOSING_SOON_DAYS)))
    ids = ids_of(is_open)
    return Figures(
        open=len(ids),
        municipalities=len(open_by_municipality(catalogue, now)),
        new=sum(published[one] >= since for one in ids),
        closing=sum(closing[one] <= until for one in ids),
    )


def open_by_municipality(catalogue: Catalogue, now: datetime) -> dict[str, int]:
    """Open postings per municipality that has any; a joint recruitment counts in each of its own."""
    return catalogue.remember(("by_municipality", catalogue.open(now)), lambda: _by_municipality(catalogue, now))


def _by_municipality(catalogue: Catalogue, now: datetime) -> dict[str, int]:
    is_open = frozenset(ids_of(catalogue.open(now)))
    counted = {code: len(is_open & ids) for code, ids in catalogue.municipalities.items()}
    return {code: count for code, count in counted.items() if count}


def municipalities(session: Session) -> Sequence[Municipality]:
    """All that exist today, and ended ones that postings hang on stay reachable by their own page."""
    return session.scalars(select(Municipality).where(Municipality.ended_on.is_(None)).order_by(Municipality.code)).all()


def municipality(session: Session, code: str) -> Municipality:
    """One by its code; raises ``NotFound``."""
    row = session.get(Municipality, code) if len(code) == 6 and code.isdecimal() else None
    if row is None:
        raise NotFound
    return row


def names(session: Session, codes: Sequence[str]) -> dict[str, str]:
    """Full names by code, of those that are known."""
    if not codes:
        return {}
    rows = session.scalars(select(Municipality).where(Municipality.code.in_(codes)))
    return {row.code: row.full_name for row in rows}


def board_version(session: Session) -> int:
    """The number that each change of what the public sees counts up; 0 before the board has its row."""
    return session.scalar(select(Board.version).where(Board.id == 1)) or 0
