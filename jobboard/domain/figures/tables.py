"""A table of figures, and what all tables share: cells, counts beside municipalities, months, what lies in the middle."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from statistics import median, quantiles

from jobboard.domain.figures.listed import Tabulation
from jobboard.domain.figures.standing import Standing
from jobboard.domain.figures.term import Term

Cell = str | int | float | None
"""None is no figure (the median of nothing); a text is told as it stands (5未満)."""


@dataclass(frozen=True)
class Table:
    """``rows``: the first cell names the row. ``charted``: columns that its chart draws, this term's first.

    ``summed``: the last row is of all.
    """

    tabulation: Tabulation
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    charted: tuple[int, ...] = ()
    note: str = ""
    summed: bool = False


BEFORE = "前年同期"
UNRECORDED = "記録なし"


def without_before(table: Table) -> Table:
    """The table where nothing was recorded yet in the same term of the year before: 記録なし instead of 0."""
    late = {at for at, head in enumerate(table.heads) if head.startswith(BEFORE)}
    rows = (
        tuple(UNRECORDED if at and (at in late or BEFORE in str(row[0])) else cell for at, cell in enumerate(row)) for row in table.rows
    )
    return replace(table, rows=tuple(rows))



def beside(heads: Iterable[str]) -> tuple[str, ...]:
    """The heads of this term, then those of the same term of the year before."""
    own = tuple(heads)
    return (*own, *(f"{BEFORE} {head}" for head in own))


def counted(found: Sequence[Standing]) -> tuple[int, int]:
    """(件数, 実団体数): each municipality once, all of a joint recruitment."""
    return len(found), len({place for one in found for place in one.facts.places})


def new(found: Iterable[Standing], term: Term) -> list[Standing]:
    """Published for the first time in the term."""
    return [one for one in found if term.began(one.published_at)]


def over(found: Iterable[Standing], term: Term) -> list[Standing]:
    """Closed or withdrawn in the term, and not open again by its end; not a 「リンクのみ」 of which nobody said what became."""
    return [one for one in found if one.outcome is not None and term.ended(one.ended_at)]


def month_name(term: Term) -> str:
    """2026年4月; of a month that is not over, up to which day."""
    over = (term.day + timedelta(days=1)).day == 1 and term.whole
    return f"{term.day.year}年{term.day.month}月{'' if over else f'({term.day.day}日まで)'}"


def spread(days: Sequence[int]) -> tuple[Cell, ...]:
    """(how many, median, lower and upper quartile, shortest, longest); of one alone the quartiles are no figures."""
    if not days:
        return 0, None, None, None, None, None
    low, _, high = quantiles(days, n=4, method="inclusive") if len(days) > 1 else (None, None, None)
    return len(days), _plain(median(days)), _plain(low), _plain(high), min(days), max(days)


SPREAD = ("件数", "中央値", "下位4分の1", "上位4分の1", "最短", "最長")


def _plain(number: float | None) -> Cell:
    """2 instead of 2.0; to one digit."""
    if number is None:
        return None
    rounded = round(number, 1)
    return int(rounded) if rounded == int(rounded) else rounded
