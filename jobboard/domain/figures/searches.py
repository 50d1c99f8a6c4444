"""探された言葉: what the public list was asked for, a number a day and nothing of who asked; rare words are never shown."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, CursorResult, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from jobboard.base.clock import fiscal_year, japan_date
from jobboard.base.text import clean
from jobboard.domain import sets
from jobboard.domain.figures.listed import Tabulation
from jobboard.domain.figures.persons import STEP, occasions
from jobboard.domain.figures.tables import Table
from jobboard.domain.figures.term import Term
from jobboard.models import SearchDay

LONGEST = 80
SHOWN = 50
_ADDRESS = re.compile(r"@|://|www\.|〒|丁目|番地|[0-9](?:\W{0,2}[0-9]){6}|[0-9]\W[0-9]+\W[0-9]")
"""An address of any kind, or seven digits and more as telephone numbers have them: such a search is not kept at all."""


def normalised(typed: str) -> str:
    """The words under which a search is counted; empty for what is not counted."""
    words = " ".join(unicodedata.normalize("NFKC", clean(typed)).lower().split())
    return "" if len(words) > LONGEST or _ADDRESS.search(words) else words


def count(session: Session, words: str, *, found: bool, now: datetime) -> None:
    """One occasion more on this day in Japan. ``words`` are ``normalised``."""
    insert = sqlite.insert if sets.is_sqlite(session) else postgresql.insert
    missed = 0 if found else 1
    one = insert(SearchDay).values(on=japan_date(now), words=words, asked=1, found_nothing=missed)
    again = one.on_conflict_do_update(
        index_elements=[SearchDay.on, SearchDay.words],
        set_={"asked": SearchDay.asked + 1, "found_nothing": SearchDay.found_nothing + missed},
    )
    session.execute(again)


def old(now: datetime) -> ColumnElement[bool]:
    """Days before the 年度 before last."""
    return SearchDay.on < date(fiscal_year(japan_date(now)) - 2, 4, 1)


def forget_searches(session: Session, *, now: datetime) -> int:
    """Deletes what is ``old``; returns how many rows."""
    done = session.execute(delete(SearchDay).where(old(now)))
    return done.rowcount if isinstance(done, CursorResult) else 0


def searched(session: Session, terms: Sequence[Term]) -> Table:
    """The words asked most, of those asked on five occasions at least."""
    rows = [row for row in _words(session, terms) if row[1] >= STEP]
    rows.sort(key=lambda row: (-row[1], row[0]))
    cells = tuple((words, asked, occasions(missed), occasions(before)) for words, asked, missed, before, _ in rows[:SHOWN])
    return Table(
        Tabulation.SEARCHED, ("言葉", "探された回数", "うち見つからなかった回数", "前年同期 探された回数"), cells, charted=(1, 3), note=_note(rows)
    )


def not_found(session: Session, terms: Sequence[Term]) -> Table:
    """The words that most often found nothing, on five occasions at least."""
    rows = [row for row in _words(session, terms) if row[2] >= STEP]
    rows.sort(key=lambda row: (-row[2], row[0]))
    cells = tuple((words, missed, asked, occasions(before)) for words, asked, missed, _, before in rows[:SHOWN])
    return Table(
        Tabulation.NOT_FOUND, ("言葉", "見つからなかった回数", "探された回数", "前年同期 見つからなかった回数"), cells, charted=(1, 3), note=_note(rows)
    )


def _note(rows: Sequence[object]) -> str:
    return f"回数の多い{SHOWN}語を示しています(全部で{len(rows):,}語)。" if len(rows) > SHOWN else ""


def _words(session: Session, terms: Sequence[Term]) -> list[tuple[str, int, int, int, int]]:
    """(words, asked, found nothing, and both of the term before) of all that were asked often enough in this term."""
    this, before = (
        select(SearchDay.words, func.sum(SearchDay.asked), func.sum(SearchDay.found_nothing))
        .where(SearchDay.on >= term.first, SearchDay.on <= term.day)
        .group_by(SearchDay.words)
        .having(func.sum(SearchDay.asked) >= STEP)
        for term in terms
    )
    earlier = {words: (asked, missed) for words, asked, missed in session.execute(before)}
    return [(words, asked, missed, *earlier.get(words, (0, 0))) for words, asked, missed in session.execute(this)]
