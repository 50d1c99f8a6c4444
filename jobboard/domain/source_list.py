"""収集元 as the ministry looks after them: what stopped itself on top, what fails and since when, one with the history of its fetches."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, func, or_, select, true
from sqlalchemy.orm import Session, contains_eager

from jobboard.base.collecting import ItemState
from jobboard.base.errors import NotFound
from jobboard.domain.collecting import FAILURES_TO_PAUSE
from jobboard.domain.narrowed import Page, Views, Wanted, turned
from jobboard.models import Fetch, Municipality, Source, SourceItem

FETCHES_SHOWN = 50

_PAUSED = Source.paused_at.is_not(None)
STOPPED = and_(_PAUSED, Source.failures >= FAILURES_TO_PAUSE)
"""It paused itself, and nobody has resumed it."""

_ORDER: list[SQLColumnExpression[Any]] = [
    STOPPED.desc(), Source.failing_since.asc().nulls_last(), Source.municipality_code, Source.id
]  # fmt: skip

VIEWS: Views = {
    "all": ("すべて", true()),
    "stopped": ("自動で止まったもの", STOPPED),
    "failing": ("読めていないもの", and_(~_PAUSED, Source.failures > 0)),
    "running": ("読んでいるもの", ~_PAUSED),
    "paused": ("止めているもの", _PAUSED),
}


def listed(session: Session, wanted: Wanted, page: int) -> Page[Source]:
    """What stopped itself first, then what fails longest, then by municipality."""
    return turned(session, _wanted(wanted), page, order=_ORDER, told=contains_eager(Source.municipality))


def every(session: Session, wanted: Wanted) -> Iterable[Source]:
    """The same, all of them."""
    return session.scalars(_wanted(wanted).order_by(*_ORDER).options(contains_eager(Source.municipality)))


def _wanted(wanted: Wanted) -> Select[Source]:
    return select(Source).join(Source.municipality).where(wanted.clause(VIEWS, _has))


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


def standing(source: Source) -> str:
    """Where it stands, in a word or two."""
    if source.paused_at is not None:
        return "自動で止まった" if is_stopped(source) else "止めている"
    return "読めていない" if source.failures else "読んでいる"


def fetches(session: Session, source: Source) -> Sequence[Fetch]:
    """Its last fetches, the newest first."""
    mine = select(Fetch).where(Fetch.source_id == source.id).order_by(Fetch.id.desc())
    return session.scalars(mine.limit(FETCHES_SHOWN)).all()


def items_of(session: Session, source: Source) -> dict[ItemState, int]:
    """How many of its items stand where."""
    counted = select(SourceItem.state, func.count()).where(SourceItem.source_id == source.id).group_by(SourceItem.state)
    found = {state: many for state, many in session.execute(counted)}
    return {state: found.get(state, 0) for state in ItemState}


def _has(word: str) -> ColumnElement[bool]:
    """In the name or the code of the municipality, the title or the address."""
    columns = (Municipality.name, Municipality.code, Source.title, Source.url)
    return or_(*(column.icontains(word, autoescape=True) for column in columns))
