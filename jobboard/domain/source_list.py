"""収集元 as the ministry looks after them: what stopped itself on top, what fails and since when, one with the history of its fetches."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import Session, contains_eager

from jobboard.base.codes import PREFECTURES
from jobboard.base.collecting import ItemState
from jobboard.base.errors import NotFound
from jobboard.base.text import clean
from jobboard.domain.collecting import FAILURES_TO_PAUSE
from jobboard.models import Fetch, Municipality, Source, SourceItem

PAGE = 50
LONGEST = 100
FETCHES_SHOWN = 50

_PAUSED = Source.paused_at.is_not(None)
STOPPED = and_(_PAUSED, Source.failures >= FAILURES_TO_PAUSE)
"""It paused itself, and nobody has resumed it."""

VIEWS: Mapping[str, tuple[str, ColumnElement[bool]]] = {
    "all": ("すべて", true()),
    "stopped": ("自動で止まったもの", STOPPED),
    "failing": ("読めていないもの", and_(~_PAUSED, Source.failures > 0)),
    "running": ("読んでいるもの", ~_PAUSED),
    "paused": ("止めているもの", _PAUSED),
}


@dataclass(frozen=True)
class Wanted:
    """What of the list is asked for; a value that does not exist asks for nothing."""

    view: str = "all"
    pref: str = ""
    words: str = ""

    @classmethod
    def read(cls, get: Callable[[str, str], str]) -> "Wanted":
        view, pref = get("view", ""), get("pref", "")
        words = " ".join(clean(get("q", "")).split())[:LONGEST]
        return cls(view if view in VIEWS else "all", pref if pref in PREFECTURES else "", words)

    def asked(self) -> dict[str, str]:
        """The filters as a query."""
        return {name: value for name, value in (("pref", self.pref), ("q", self.words)) if value}


class Listed(NamedTuple):
    """One page of the list; ``total`` counts what is asked for."""

    sources: Sequence[Source]
    total: int
    page: int
    pages: int


def listed(session: Session, wanted: Wanted, page: int) -> Listed:
    """What stopped itself first, then what fails longest, then by municipality."""
    met = and_(VIEWS[wanted.view][1], Municipality.pref_code == wanted.pref if wanted.pref else true(), *_words(wanted.words))
    every = select(Source).join(Source.municipality).where(met)
    total = session.scalar(select(func.count()).select_from(every.subquery())) or 0
    pages = max(1, -(-total // PAGE))
    page = min(max(page, 1), pages)
    trouble = (STOPPED.desc(), Source.failing_since.asc().nulls_last())
    shown = every.order_by(*trouble, Source.municipality_code, Source.id).limit(PAGE).offset((page - 1) * PAGE)
    return Listed(session.scalars(shown.options(contains_eager(Source.municipality))).all(), total, page, pages)


def counts(session: Session) -> dict[str, int]:
    """How many sources stand where, by the word of the view."""
    return {name: session.scalar(select(func.count(Source.id)).where(met)) or 0 for name, (_, met) in VIEWS.items()}


def stopped(session: Session) -> int:
    """How many stopped themselves."""
    return session.scalar(select(func.count(Source.id)).where(STOPPED)) or 0


def find(session: Session, number: int) -> Source:
    """The source. Raises ``NotFound``."""
    source = session.get(Source, number)
    if source is None:
        raise NotFound
    return source


def is_stopped(source: Source) -> bool:
    """``STOPPED`` of a row."""
    return source.paused_at is not None and source.failures >= FAILURES_TO_PAUSE


def fetches(session: Session, source: Source) -> Sequence[Fetch]:
    """Its last fetches, the newest first."""
    mine = select(Fetch).where(Fetch.source_id == source.id).order_by(Fetch.id.desc())
    return session.scalars(mine.limit(FETCHES_SHOWN)).all()


def items_of(session: Session, source: Source) -> dict[ItemState, int]:
    """How many of its items stand where."""
    counted = select(SourceItem.state, func.count()).where(SourceItem.source_id == source.id).group_by(SourceItem.state)
    found = {state: many for state, many in session.execute(counted)}
    return {state: found.get(state, 0) for state in ItemState}


def _words(words: str) -> list[ColumnElement[bool]]:
    """Each in the name or the code of the municipality, the title or the address."""
    columns = (Municipality.name, Municipality.code, Source.title, Source.url)
    return [or_(*(column.icontains(word, autoescape=True) for column in columns)) for word in words.split()]
