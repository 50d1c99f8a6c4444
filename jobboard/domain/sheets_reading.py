"""From sheets to drafts: the headings are found wherever they stand, and every row is either understood or told of.

A row is faulty as a whole when it has no title, when a value in it cannot be read, or when a cell holds a formula. What is merely
missing is no fault: a draft may lack anything but its title.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from jobboard.base.fields import BY_NAME, FIELDS, Field
from jobboard.base.reading import read_field
from jobboard.base.unreadable import Unreadable
from jobboard.domain.drafting import LONGEST, kept
from jobboard.domain.sheets_cells import address
from jobboard.domain.sheets_opening import MOST_ROWS, TOO_LONG, Grid, refused
from jobboard.domain.sheets_words import Cell, folded, heard, is_as_typed, number_text

PLACE, CODE = "市区町村", "全国地方公共団体コード"
NUMBER, STATE = "番号", "状態"
"""Headings beside the fields. The last two tell the reader of an exported sheet which posting it is; they are not read back."""

_BESIDE = {folded(name): name for name in (PLACE, CODE, NUMBER, STATE)}


def _named() -> dict[str, str]:
    """By folded heading: the name of the field, under its code and every label that a form of engagement gives it."""
    named = {folded(label): one.name for one in FIELDS for label in (one.name, *one.labels.values())}
    return {**named, **{folded(one.label): one.name for one in FIELDS}, **_BESIDE}


NAMES = _named()


@dataclass(frozen=True)
class Mistake:
    """What is wrong with one cell, or with a row: its address, its label, a sentence that says what to do."""

    address: str
    label: str
    message: str

    def __str__(self) -> str:
        return f"{self.address} {self.label}: {self.message}"


@dataclass
class Row:
    """One posting that a file holds. ``places``: by heading or field name, the place of its cell; ``at`` where it begins.

    ``faults`` keep it from becoming a draft. ``left``: what cannot be read either, but stands behind an apostrophe, as an exported
    draft's own words do; it is kept as it was typed.
    ``is_lost``: a formula, or more than a draft keeps.
    """

    sheet: str
    at: tuple[int, int]
    places: dict[str, tuple[int, int]]
    typed: dict[str, list[str]]
    municipality: str = ""
    code: str = ""
    faults: list[Mistake] = field(default_factory=list)
    left: list[Mistake] = field(default_factory=list)
    is_lost: bool = False

    @property
    def address(self) -> str:
        return address(*self.at)

    @property
    def title(self) -> str:
        """As it stands in the row, in one line."""
        return " ".join("".join(self.typed.get("title", [])[:1]).split())

    def fault(self, name: str, message: str, *, left: bool = False) -> None:
        """Notes what is wrong with the cell of a heading; where there is no such cell, with the row."""
        mistake = Mistake(address(*self.places.get(name, self.at)), _label(name), message)
        (self.left if left else self.faults).append(mistake)


@dataclass(frozen=True)
class Reading:
    """All that a file holds. ``unknown``: (address, heading) of columns that hold something and were not read."""

    rows: list[Row]
    unknown: list[tuple[str, str]]


def read_sheets(grids: Iterable[Grid]) -> Reading:
    """The rows of every sheet that is understood, in order. Raises ``Incomplete`` when none is, or when there are too many rows."""
    rows: list[Row] = []
    unknown: list[tuple[str, str]] = []
    recognised = False
    for grid in grids:
        title = _title_cell(grid)
        if title is None:
            continue
        recognised = True
        if _is_list(grid, title):
            rows += _listed(grid, title[0])
            unknown += _unknown(grid, title[0])
        else:
            rows.append(_form(grid, title))
    if not recognised:
        raise refused(f"「{_label('title')}」の見出しが見つかりません。一覧なら1行目に項目の見出しを、単票なら項目の右に値を書いてください。")
    if len(rows) > MOST_ROWS:
        raise refused(TOO_LONG)
    return Reading(rows, unknown)


def _name(cell: Cell) -> str | None:
    return NAMES.get(folded(cell)) if isinstance(cell, str) and len(cell) < 100 else None


def _title_cell(grid: Grid) -> tuple[int, int] | None:
    found = (
        (number, column)
        for number, row in enumerate(grid.rows)
        for column, cell in enumerate(row)
        if _name(cell) == "title"
    )
    return next(found, None)


def _is_list(grid: Grid, title: tuple[int, int]) -> bool:
    """Whether the other headings stand beside the title's (一覧) rather than below it (単票)."""
    beside = sum(1 for cell in grid.rows[title[0]] if _name(cell))
    below = sum(1 for row in grid.rows[title[0] :] if title[1] < len(row) and _name(row[title[1]]))
    return beside >= below


def _distance(grid: Grid, title: tuple[int, int]) -> int:
    """How far from its label a value stands: in the next cell, or behind columns that are empty in all the sheet."""
    line = grid.rows[title[0]]
    for column in range(title[1] + 1, len(line)):
        if _words(line[column]):
            return column - title[1]
        if any(column < len(row) and _words(row[column]) for row in grid.rows):
            break
    return 1


def _pairs(grid: Grid, distance: int) -> Iterator[tuple[str, tuple[int, int]]]:
    """(name, place of the value) of each label in a 単票: the value stands in the cell so far from it, whatever it says."""
    for number, row in enumerate(grid.rows):
        column = 0
        while column < len(row):
            name = _name(row[column])
            if name:
                yield name, (number, column + distance)
            column += distance + 1 if name else 1


def _form(grid: Grid, title: tuple[int, int]) -> Row:
    found = list(_pairs(grid, _distance(grid, title)))
    row = Row(grid.name, title, dict(reversed(found)), {})
    for name, count in Counter(name for name, _ in found).items():
        if count > 1:
            cells = "と".join(address(*place) for one, place in found if one == name)
            row.fault(name, f"同じ項目が{cells}にあります。1つにしてください。")
    return _filled(grid, row)


def _listed(grid: Grid, header: int) -> Iterator[Row]:
    columns = [(name, column) for column, cell in enumerate(grid.rows[header]) if (name := _name(cell))]
    for name, count in Counter(name for name, _ in columns).items():
        if count > 1:
            twice = "と".join(address(header, column) for one, column in columns if one == name)
            raise refused(f"「{_label(name)}」の列が2つあります({twice})。1つにしてください。")
    computed = {number for number, _ in grid.formulas}
    held = [n for n in range(header + 1, len(grid.rows)) if n in computed or any(_words(cell) for cell in grid.rows[n])]
    if len(held) > MOST_ROWS:
        raise refused(TOO_LONG)
    for number in held:
        places = {name: (number, column) for name, column in columns}
        yield _filled(grid, Row(grid.name, (number, 0), places, {}))


def _unknown(grid: Grid, header: int) -> list[tuple[str, str]]:
    found = []
    for column, cell in enumerate(grid.rows[header]):
        holds = any(column < len(row) and _words(row[column]) for row in grid.rows[header + 1 :])
        if holds and _name(cell) is None:
            found.append((address(header, column), _words(cell) or "(見出しなし)"))
    return found


def _label(name: str) -> str:
    return BY_NAME[name].label if name in BY_NAME else name


def _words(cell: Cell) -> str:
    return (number_text(cell) if isinstance(cell, int | float) and not isinstance(cell, bool) else str(cell)).strip()


def _filled(grid: Grid, row: Row) -> Row:
    """The row with what its cells say, and what is wrong with them."""
    as_typed = set()
    for name, (number, column) in row.places.items():
        line = grid.rows[number]
        cell = line[column] if column < len(line) else ""
        if (number, column) in grid.formulas:
            row.is_lost = True
            row.fault(name, grid.advice)
        elif name in BY_NAME:
            row.typed.update(heard(BY_NAME[name], cell, grid.epoch))
            as_typed |= {name} if is_as_typed(BY_NAME[name], cell) else set()
        elif name == CODE:
            row.code = number_text(cell, 6) if isinstance(cell, int | float) else _words(cell).zfill(6) if _words(cell) else ""
        elif name == PLACE:
            row.municipality = _words(cell)
    row.typed = kept(row.typed)
    _check(row, as_typed)
    return row


def _check(row: Row, as_typed: set[str]) -> None:
    told = {fault.label for fault in row.faults}
    if not row.title and BY_NAME["title"].label not in told:
        row.fault("title", "題名がありません。募集の題名を書いてください。")
    for one in FIELDS:
        if _is_too_long(one, row.typed):
            row.fault(one.name, f"{LONGEST:,}字以内にしてください。")
            row.is_lost = True
            continue
        message = _unreadable(one, row.typed)
        if message and one.label not in told:
            row.fault(one.name, message, left=one.name in as_typed)


def _is_too_long(one: Field, typed: dict[str, list[str]]) -> bool:
    return sum(len(value) for value in typed.get(one.name, [])) > LONGEST


def _unreadable(one: Field, typed: dict[str, list[str]]) -> str:
    try:
        read_field(one, typed)
    except Unreadable as unreadable:
        return f"{unreadable}{_choices(one)}"
    return ""


def _choices(one: Field) -> str:
    """The answers to choose from, where they are few enough to be read in a sentence."""
    labels = [member.label for member in (*(one.choices or ()), *one.explicit)] if one.choices else []
    return f"選択肢: {'、'.join(labels)}" if 0 < len(labels) <= 12 else ""
