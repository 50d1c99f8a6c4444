"""The public list: pages of twenty in a chosen order, and the few figures that pages show beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, UnaryExpression, func, select
from sqlalchemy.orm import Session, joinedload

from jobboard.base.choice import Choice
from jobboard.base.clock import end_of, japan_date, start_of
from jobboard.base.codes import PREFECTURES
from jobboard.base.errors import InvalidQuery, NotFound
from jobboard.domain import criteria as meaning
from jobboard.domain.criteria import Criteria
from jobboard.domain.publication import CLOSING_SOON_DAYS, open_clause, public_clause
from jobboard.models import Board, Municipality, Posting, PostingPlace

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


@dataclass(frozen=True)
class Page:
    """One page of a list. ``total`` is exact up to 1,000; ``pages`` counts at least up to the next page."""

    rows: Sequence[Posting]
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


def find(session: Session, criteria: Criteria, *, sort: Sort, page: int, now: datetime) -> Page:
    """A page of the postings that meet ``criteria``. Raises ``NotFound`` past the end; page 1 always exists."""
    wanted = meaning.clause(criteria, now)
    counted = session.scalar(select(func.count()).select_from(select(Posting.id).where(wanted).limit(COUNTED + 1).subquery()))
    total = counted or 0
    shown = _shown(wanted).order_by(*_order(sort)).offset((page - 1) * PAGE_SIZE).limit(PAGE_SIZE + 1)
    rows = session.scalars(shown).unique().all()
    if page > 1 and not rows:
        raise NotFound
    pages = -(-total // PAGE_SIZE) if total <= COUNTED else max(COUNTED // PAGE_SIZE, page + (len(rows) > PAGE_SIZE))
    return Page(rows[:PAGE_SIZE], total, page, max(1, min(pages, MOST_PAGES)))


def newest(session: Session, criteria: Criteria, *, limit: int, now: datetime) -> Sequence[Posting]:
    """The postings that meet ``criteria``, the last updated first."""
    shown = _shown(meaning.clause(criteria, now)).order_by(Posting.updated_at.desc(), Posting.id.desc()).limit(limit)
    return session.scalars(shown).unique().all()


def public_posting(session: Session, posting_id: int) -> Posting:
    """A posting that is or was public; raises ``NotFound`` for any other."""
    if not 0 < posting_id < 2**31:
        raise NotFound
    posting = session.scalars(_shown(public_clause()).where(Posting.id == posting_id)).unique().one_or_none()
    if posting is None or posting.current is None:
        raise NotFound
    return posting


def _shown(wanted: ColumnElement[bool]) -> Select[Posting]:
    return select(Posting).where(wanted).options(joinedload(Posting.current))


def _order(sort: Sort) -> tuple[UnaryExpression[Any], ...]:
    if sort is Sort.DEADLINE:
        return Posting.apply_by.asc().nulls_last(), Posting.id.desc()
    if sort is Sort.PAY:
        return Posting.pay_monthly.desc().nulls_last(), Posting.id.desc()
    return Posting.published_at.desc(), Posting.id.desc()


def figures(session: Session, now: datetime) -> Figures:
    """How many are open, of how many municipalities, how many came this week, how many close within seven days."""
    today = japan_date(now)
    row = session.execute(
        select(
            func.count(),
            func.count(Posting.municipality_code.distinct()),
            func.count().filter(Posting.published_at >= start_of(today - timedelta(days=FRESH_DAYS - 1))),
            func.count().filter(Posting.apply_by <= end_of(today + timedelta(days=CLOSING_SOON_DAYS))),
        ).where(open_clause(now))
    ).one()
    return Figures(*row)


def open_by_prefecture(session: Session, now: datetime) -> dict[str, int]:
    """Open postings per prefecture, every prefecture named; a joint recruitment counts in each of its own."""
    counted = session.execute(
        select(PostingPlace.pref_code, func.count(PostingPlace.posting_id.distinct()))
        .join(Posting, Posting.id == PostingPlace.posting_id)
        .where(open_clause(now))
        .group_by(PostingPlace.pref_code)
    )
    found = {pref_code: count for pref_code, count in counted}
    return {pref_code: found.get(pref_code, 0) for pref_code in PREFECTURES}


def open_by_municipality(session: Session, now: datetime) -> dict[str, int]:
    """Open postings per municipality that has any."""
    counted = session.execute(
        select(PostingPlace.municipality_code, func.count())
        .join(Posting, Posting.id == PostingPlace.posting_id)
        .where(open_clause(now))
        .group_by(PostingPlace.municipality_code)
    )
    return {code: count for code, count in counted}


def municipalities(session: Session) -> Sequence[Municipality]:
    """All that exist today, and ended ones that postings hang on stay reachable by their own page."""
    return session.scalars(select(Municipality).where(Municipality.ended_on.is_(None)).order_by(Municipality.code)).all()


def municipality(session: Session, code: str) -> Municipality:
    """One by its code; raises ``NotFound``."""
    row = session.get(Municipality, code) if len(code) == 6 else None
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


def next_closing(session: Session, now: datetime) -> datetime | None:
    """The instant at which the next open posting closes, or the next one that waits begins to take applications."""
    closing = session.scalar(select(func.min(Posting.apply_by)).where(open_clause(now)))
    opening = session.scalar(select(func.min(Posting.apply_from)).where(open_clause(now), Posting.apply_from > now))
    instants = [instant for instant in (closing, opening) if instant is not None]
    return min(instants, default=None)
