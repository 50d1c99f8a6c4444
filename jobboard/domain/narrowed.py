"""Long lists of the ministry (候補, 収集元): narrowed by view, prefecture and words, read a page at a time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, func, select, true
from sqlalchemy.orm import Session
from sqlalchemy.sql.base import ExecutableOption

from jobboard.base.codes import PREFECTURES
from jobboard.base.text import clean
from jobboard.models import Municipality

PAGE = 50
LONGEST = 100
"""Letters of the words that are looked for."""

Views = Mapping[str, tuple[str, ColumnElement[bool]]]
"""Where a row stands, by the word of the query: (label, condition). The first is shown unless another is asked for."""

T = TypeVar("T")


@dataclass(frozen=True)
class Wanted:
    """What of a list is asked for; an empty value asks for nothing."""

    view: str
    pref: str = ""
    words: str = ""

    def asked(self) -> dict[str, str]:
        """The filters as a query."""
        return {name: value for name, value in (("pref", self.pref), ("q", self.words)) if value}

    def clause(self, views: Views, has: Callable[[str], ColumnElement[bool]]) -> ColumnElement[bool]:
        """``has``: that a row has a word. The rows are joined to their municipality."""
        of_pref = Municipality.pref_code == self.pref if self.pref else true()
        return and_(views[self.view][1], of_pref, *(has(word) for word in self.words.split()))


class Page(NamedTuple, Generic[T]):
    """One page of a list; ``total`` counts what is asked for."""

    items: Sequence[T]
    total: int
    page: int
    pages: int


def wanted(get: Callable[[str, str], str], views: Views) -> Wanted:
    """Of a query string's ``get``: ``view``, ``pref``, ``q``. A value that does not exist asks for nothing."""
    view, pref = get("view", ""), get("pref", "")
    words = " ".join(clean(get("q", "")).split())[:LONGEST]
    return Wanted(view if view in views else next(iter(views)), pref if pref in PREFECTURES else "", words)


def turned(
    session: Session, every: Select[T], number: int, *, order: Sequence[SQLColumnExpression[Any]], told: ExecutableOption
) -> Page[T]:
    """The page of that number, or the nearest there is. ``told``: what is read with each row."""
    total = session.scalar(select(func.count()).select_from(every.subquery())) or 0
    pages = max(1, -(-total // PAGE))
    page = min(max(number, 1), pages)
    shown = every.order_by(*order).limit(PAGE).offset((page - 1) * PAGE).options(told)
    return Page(session.scalars(shown).unique().all(), total, page, pages)
