"""Tables of postings: by month, by outcome, by prefecture, by what they ask for."""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import TypeVar

from jobboard.base.choice import Choice
from jobboard.base.codes import PREFECTURES
from jobboard.base.states import Outcome, State
from jobboard.base.vocabulary import Engagement, Role, Theme
from jobboard.domain.figures.facts import Facts
from jobboard.domain.figures.listed import Tabulation
from jobboard.domain.figures.standing import Standing
from jobboard.domain.figures.tables import Cell, Table, beside, counted, month_name, new, over
from jobboard.domain.figures.term import Term

Side = tuple[Term, Sequence[Standing]]
"""A term with every posting that had been public by its end; tables take this one and that of the year before."""

K = TypeVar("K")
_OUTCOMES = tuple(Outcome)
_HEADS = ("募集中(件)", "募集中(団体)", "新規掲載(件)", "新規掲載(団体)", "決定(件)", "未回答(件)")


def months(sides: Sequence[Side]) -> Table:
    """Month by month: new, closed, withdrawn, and open at the month's end."""
    columns = [_months(*side) for side in sides]
    rows: list[tuple[Cell, ...]] = [
        (month_name(month), *(cell for cells in columns for cell in cells[number]))
        for number, month in enumerate(sides[0][0].months())
    ]
    sums = [[sum(cells[place] for cells in side) for place in range(3)] for side in columns]
    rows.append(("計", *(cell for numbers in sums for cell in (*numbers, None))))
    heads = ("新規掲載(件)", "終了(件)", "募集中止(件)", "月の終わりに募集中(件)")
    return Table(Tabulation.MONTHS, ("月", *beside(heads)), tuple(rows), charted=(1, 5), summed=True)


def _months(term: Term, found: Sequence[Standing]) -> list[tuple[int, int, int, int]]:
    """Each posting is put into its months once. What ends at a month's 24:00 is open no more, what begins then not yet."""
    months = term.months()
    untils = [month.until for month in months]
    closed, withdrawn, turns = [0] * len(months), [0] * len(months), [0] * (len(months) + 1)
    begun = Counter(bisect_right(untils, one.published_at) for one in new(found, term))
    for at, one in _ended(term, found):
        (withdrawn if one.state is State.WITHDRAWN else closed)[at] += 1
    for one in found:
        for began, ended in one.spells:
            turns[bisect_right(untils, began)] += 1
            turns[len(months) if ended is None else bisect_left(untils, ended)] -= 1
    return [(begun[at], closed[at], withdrawn[at], standing) for at, standing in enumerate(accumulate(turns[:-1]))]


def _ended(term: Term, found: Sequence[Standing]) -> Iterator[tuple[int, Standing]]:
    """What is over, with the number of the month in which it ended: 24:00 of the last day belongs to it."""
    untils = [month.until for month in term.months()]
    for one in over(found, term):
        if one.ended_at is not None:
            yield bisect_left(untils, one.ended_at), one


def outcomes(sides: Sequence[Side]) -> Table:
    """What came of what ended in the term; what did not say is a row like others."""
    ended = [_by(over(found, term), lambda one: [one.outcome]) for term, found in sides]
    rows: list[tuple[Cell, ...]] = [(outcome.label, *(cell for side in ended for cell in counted(side.get(outcome, ())))) for outcome in _OUTCOMES]
    rows.append(("計", *(cell for term, found in sides for cell in counted(over(found, term)))))
    return Table(Tabulation.OUTCOMES, ("結果", *beside(("件数", "実団体数"))), tuple(rows), charted=(1, 3), summed=True)


def outcome_months(sides: Sequence[Side]) -> Table:
    """The same by the month in which a call ended."""
    columns = [_outcome_months(*side) for side in sides]
    rows: list[tuple[Cell, ...]] = [
        (month_name(month), *(number for side in columns for number in side[at]))
        for at, month in enumerate(sides[0][0].months())
    ]
    rows.append(("計", *(sum(month[at] for month in side) for side in columns for at in range(len(_OUTCOMES)))))
    heads = ("月", *beside(f"{outcome.label.partition('(')[0]}(件)" for outcome in _OUTCOMES))
    said, unsaid = (_OUTCOMES.index(outcome) + 1 for outcome in (Outcome.DECIDED, Outcome.UNANSWERED))
    return Table(Tabulation.OUTCOME_MONTHS, heads, tuple(rows), charted=(said, unsaid), summed=True)


def _outcome_months(term: Term, found: Sequence[Standing]) -> list[list[int]]:
    cells = [[0] * len(_OUTCOMES) for _ in term.months()]
    for at, one in _ended(term, found):
        if one.outcome is not None:
            cells[at][_OUTCOMES.index(one.outcome)] += 1
    return cells


def prefectures(sides: Sequence[Side]) -> Table:
    """All 47 and the whole country; a joint recruitment of two prefectures counts in both, and once in the whole."""
    named = [(code, name) for code, name in PREFECTURES.items()]
    rows = _rows(sides, named, lambda facts: {place[:2] for place in facts.places}, _in_prefecture)
    return Table(
        Tabulation.PREFECTURES, ("都道府県", *beside(_HEADS)), rows, charted=(1,), summed=True,
        note="2つの都道府県にまたがる共同募集は、それぞれの都道府県に数え、全国では1件とします。都道府県の団体数は、その都道府県の団体だけを数えます。",
    )  # fmt: skip


def roles(sides: Sequence[Side]) -> Table:
    """By 役割."""
    return _kinds(Tabulation.ROLES, "役割", Role, sides, lambda facts: [facts.role])


def engagements(sides: Sequence[Side]) -> Table:
    """By 任用・契約形態."""
    return _kinds(Tabulation.ENGAGEMENTS, "任用・契約形態", Engagement, sides, lambda facts: [facts.engagement])


def themes(sides: Sequence[Side]) -> Table:
    """By テーマ, of which a posting may have several, or none."""
    note = "1つの募集にテーマがいくつもあるとき、また1つもないときがあるため、テーマの合計は全体と一致しません。"
    return _kinds(Tabulation.THEMES, "テーマ", Theme, sides, lambda facts: facts.themes, note)


def _kinds(
    tabulation: Tabulation, head: str, choices: type[Choice], sides: Sequence[Side],
    kinds: Callable[[Facts], Collection[str]], note: str = "",
) -> Table:  # fmt: skip
    named = [(str(choice), choice.label) for choice in choices]
    return Table(tabulation, (head, *beside(_HEADS)), _rows(sides, named, kinds, lambda _, places: places), (1, 7), note, summed=True)


def _rows(
    sides: Sequence[Side], named: Sequence[tuple[str, str]], kinds: Callable[[Facts], Collection[str]],
    within: Callable[[str, set[str]], set[str]],
) -> tuple[tuple[Cell, ...], ...]:  # fmt: skip
    """A row for each kind and one for all. ``within``: which of the places count as 団体 of a kind."""
    columns = [_cells(side, kinds, within) for side in sides]
    nothing = (0,) * len(_HEADS)
    rows: list[tuple[Cell, ...]] = [(label, *(cell for side in columns for cell in side.get(code, nothing))) for code, label in named]
    return (*rows, ("全体", *(cell for side in columns for cell in side[""])))


def _cells(
    side: Side, kinds: Callable[[Facts], Collection[str]], within: Callable[[str, set[str]], set[str]]
) -> Mapping[str, tuple[int, ...]]:
    term, found = side
    stands, begun, ended = [one for one in found if one.open], new(found, term), over(found, term)
    grouped = [_by(group, lambda one: kinds(one.facts)) for group in (stands, begun, ended)]
    cells = {}
    for code in {code for group in grouped for code in group}:
        one, two, three = (group.get(code, []) for group in grouped)
        cells[code] = (len(one), _places(code, one, within), len(two), _places(code, two, within), *_said(three))
    cells[""] = (*counted(stands), *counted(begun), *_said(ended))
    return cells


def _said(ended: Iterable[Standing]) -> tuple[int, int]:
    told = [one.outcome for one in ended]
    return told.count(Outcome.DECIDED), told.count(Outcome.UNANSWERED)


def _places(code: str, found: Iterable[Standing], within: Callable[[str, set[str]], set[str]]) -> int:
    return len(within(code, {place for one in found for place in one.facts.places}))


def _in_prefecture(code: str, places: set[str]) -> set[str]:
    return {place for place in places if place.startswith(code)}


def _by(found: Iterable[Standing], kinds: Callable[[Standing], Collection[K]]) -> dict[K, list[Standing]]:
    groups: dict[K, list[Standing]] = defaultdict(list)
    for one in found:
        for kind in kinds(one):
            groups[kind].append(one)
    return groups
