"""Charts of figures: the geometry of columns by month and of bars one below the other. What is not told is drawn as such."""

from collections.abc import Sequence
from dataclasses import dataclass

from jobboard.domain.figures.listed import Tabulation
from jobboard.domain.figures.persons import FEW
from jobboard.domain.figures.tables import Cell, Table
from jobboard.web.desk_figures import BAR, BASE, HEIGHT, WIDTH, Bar, Group

LINE, THICK = 62, 14
"""The height of one row of bars, and of a bar, in units of which a chart is ``WIDTH`` wide."""

LONGEST, MOST = 28, 12
"""Characters of a name that find room, and rows that are drawn; the table has all."""

_ROOM = 64
"""Kept free behind the longest bar for its number."""

COLUMNS = {
    Tabulation.MONTHS: ("新規掲載の件数", "件"), Tabulation.OUTCOME_MONTHS: ("結果の件数", "件"),
    Tabulation.NOTICES: ("お知らせのメールの数", "通"), Tabulation.VIEWS: ("ページが開かれた回数", "回"),
}  # fmt: skip
ROWS = {
    Tabulation.OUTCOMES: ("結果ごとの件数", "件"), Tabulation.ROLES: ("募集中の件数", "件"),
    Tabulation.ENGAGEMENTS: ("募集中の件数", "件"), Tabulation.THEMES: ("募集中の件数", "件"),
    Tabulation.REVIEW: ("開庁日数の中央値", "開庁日"), Tabulation.GRANT: ("形式要件による推計の割合", "%"),
    Tabulation.SEARCHED: ("探された回数", "回"), Tabulation.NOT_FOUND: ("見つからなかった回数", "回"),
}  # fmt: skip
"""What each chart draws, in words, and its unit."""

_ONE_SERIES = {Tabulation.REVIEW, Tabulation.GRANT}
_LEGENDS = {Tabulation.OUTCOME_MONTHS: ("決定", "未回答")}


@dataclass(frozen=True)
class Line:
    """One row of bars: its name, where it begins, and each bar with the end of it and its number in words."""

    name: str
    y: int
    bars: list[tuple[Bar, str]]


@dataclass(frozen=True)
class Chart:
    """A chart of a table: columns (``groups``) or rows of bars (``lines``). ``kinds``: what each kind of bar is."""

    title: str
    unit: str
    desc: str
    kinds: list[tuple[str, str]]
    highest: float
    size: tuple[int, int, int]
    groups: Sequence[Group] = ()
    lines: Sequence[Line] = ()


def of(table: Table) -> Chart | None:
    """The chart of a table; None for one that has none, or nothing to draw."""
    rows = [row for row in (table.rows[:-1] if table.summed else table.rows) if row[table.charted[0]] is not None] if table.charted else []
    if not rows or table.tabulation not in {**COLUMNS, **ROWS}:
        return None
    what, unit = {**COLUMNS, **ROWS}[table.tabulation]
    kinds = ("this", "before")[: len(table.charted)]
    highest = max([1, *(_number(row[column]) for row in rows for column in table.charted)])
    told = dict(zip(kinds, _LEGENDS.get(table.tabulation, ("期間中", "前年同期")), strict=False))
    few = any(row[column] == FEW for row in rows for column in table.charted)
    legend = [] if table.tabulation in _ONE_SERIES else [*told.items()]
    named = [*legend, *([("few", "5未満")] if few else [])]
    if table.tabulation in COLUMNS:
        groups = [_group(row, number, rows, table.charted, highest) for number, row in enumerate(rows)]
        return Chart(what, unit, _desc(table, rows, unit), named, highest, (WIDTH, HEIGHT, BASE), groups=groups)
    lines = [_line(row, number, table.charted, highest, unit) for number, row in enumerate(rows[:MOST])]
    height = lines[-1].y + 16 + len(table.charted) * (THICK + 4)
    return Chart(what, unit, _desc(table, rows, unit), named, highest, (WIDTH, height, height), lines=lines)


def _desc(table: Table, rows: Sequence[tuple[Cell, ...]], unit: str) -> str:
    """The greatest in words, and where all numbers stand."""
    column = table.charted[0]
    most = max(rows, key=lambda row: _number(row[column]))
    if not _number(most[column]):
        return "示す数がありません。下の表に、すべての数があります。"
    return f"{table.heads[column]}がいちばん多いのは、{most[0]}の{number_text(most[column])}{unit}です。下の表に、すべての数があります。"


def _group(row: tuple[Cell, ...], number: int, rows: Sequence[object], charted: Sequence[int], highest: float) -> Group:
    step = WIDTH / max(len(rows), 6)
    middle = round(step * (number + 0.5), 1)
    bars = [
        _upright("few" if row[column] == FEW else kind, middle + (1 if order else -BAR - 1), _number(row[column]), highest)
        for order, (kind, column) in enumerate(zip(("this", "before"), charted, strict=False))
    ]
    name = str(row[0]).partition("年")[2].partition("(")[0]
    return Group(middle, name, [bar for bar in bars if bar.height])


def _upright(kind: str, x: float, value: float, highest: float) -> Bar:
    height = 3.0 if kind == "few" else round((BASE - 16) * value / highest, 1)
    return Bar(kind, round(x, 1), round(BASE - height, 1), BAR, height)


def _line(row: tuple[Cell, ...], number: int, charted: Sequence[int], highest: float, unit: str) -> Line:
    y = 14 + number * (LINE if len(charted) > 1 else LINE - THICK - 4)
    bars = []
    for order, (kind, column) in enumerate(zip(("this", "before"), charted, strict=False)):
        cell = row[column]
        few = cell == FEW
        length = 3.0 if few else round((WIDTH - _ROOM) * _number(cell) / highest, 1)
        bar = Bar("few" if few else kind, 0, y + 5 + order * (THICK + 4), length, THICK)
        bars.append((bar, f"{number_text(cell)}{'' if cell is None or isinstance(cell, str) else unit}"))
    name = str(row[0])
    return Line(name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…", y, bars)


def _number(cell: Cell) -> float:
    return 0 if cell is None or isinstance(cell, str) else cell


def number_text(cell: Cell) -> str:
    """1,234 and 56.7; a text as it stands; ― where there is no figure."""
    if cell is None:
        return "―"
    return cell if isinstance(cell, str) else f"{cell:,}"
