"""Tables of figures as files: CSV and Excel, each with its day, its definitions and its source, no cell a formula."""

import codecs
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import xlsxwriter

from jobboard.base.choice import Choice
from jobboard.domain.figures.listed import DEFINITIONS, FIGURES, Figure
from jobboard.domain.figures.tables import Cell, Table
from jobboard.web.table import Encoding, sheet

_FONT = {"font_name": "Yu Gothic", "font_size": 10, "valign": "top"}
_WIDEST = 44


class Ending(Choice):
    """What a file of figures is."""

    XLSX = "xlsx", "Excel"
    CSV = "csv", "CSV"

    @property
    def content_type(self) -> str:
        """As HTTP names it."""
        if self is Ending.CSV:
            return "text/csv; charset=utf-8; header=present"
        return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


COMPARED = (
    "きょうの数は、いまの時刻までの数です。前年同期も、前の年の同じ月日の同じ時刻までを数えます。お知らせのメール、ページが開かれた回数、"
    "探された言葉は日ごとの記録なので、前年同期はその日の24時までです。過ぎた日の数は、どちらもその日の24時までです。"
)


@dataclass(frozen=True)
class Told:
    """What stands around the figures: of which day, compared with which, from where."""

    day: str
    before: str
    source: str
    began: str

    def lines(self) -> list[tuple[str, str]]:
        """(what, in words)."""
        return [("時点", self.day), ("前年同期", self.before), ("比べ方", COMPARED), ("記録", self.began), ("出典", self.source)]


def csv(tables: Sequence[Table], told: Told) -> bytes:
    """UTF-8 with BOM, CRLF: the table, then after an empty row its note, its definitions and its source."""
    return codecs.BOM_UTF8 + b"".join(sheet(_lines(table, told), Encoding.UTF_8) for table in tables)


def _lines(table: Table, told: Told) -> Iterator[Sequence[str]]:
    yield table.heads
    for row in table.rows:
        yield ["" if cell is None else str(cell) for cell in row]
    yield []
    yield from around(table, told)


def around(table: Table, told: Told) -> list[tuple[str, str]]:
    """Title, day, source, note and definitions of a table, as pairs."""
    lines = [("表", table.tabulation.label), *told.lines()]
    lines += [("注", table.note)] if table.note else []
    return [*lines, *((f"数え方: {one.label}(単位: {DEFINITIONS[one].unit})", DEFINITIONS[one].text) for one in FIGURES[table.tabulation])]


def xlsx(tables: Sequence[Table], told: Told) -> bytes:
    """A sheet for each table; several have a sheet of all definitions, too."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        formats = _formats(book)
        for table in tables:
            _write(book.add_worksheet(table.tabulation.label[:31]), table, told, formats)
        if len(tables) > 1:
            _write_definitions(book.add_worksheet("数え方"), formats)
    return out.getvalue()


def _formats(book: Any) -> dict[str, Any]:
    return {
        "title": book.add_format({**_FONT, "bold": True, "font_size": 13}),
        "head": book.add_format({**_FONT, "bold": True, "bg_color": "#E8F1FE", "border": 1, "text_wrap": True}),
        "text": book.add_format({**_FONT, "num_format": "@"}),
        "few": book.add_format({**_FONT, "num_format": "@", "align": "right"}),
        "whole": book.add_format({**_FONT, "num_format": "#,##0"}),
        "part": book.add_format({**_FONT, "num_format": "#,##0.0"}),
    }


def _write(page: Any, table: Table, told: Told, formats: dict[str, Any]) -> None:
    page.write_string(0, 0, table.tabulation.label, formats["title"])
    page.write_string(1, 0, f"時点 {told.day}、前年同期 {told.before}", formats["text"])
    for column, head in enumerate(table.heads):
        page.write_string(3, column, head, formats["head"])
    widths = [max([len(head), *(len(str(row[at])) for row in table.rows)]) for at, head in enumerate(table.heads)]
    page.set_column(0, 0, min(_WIDEST, 2 * widths[0] + 2))
    page.set_column(1, len(table.heads) - 1, 16)
    for number, row in enumerate(table.rows, start=4):
        for column, cell in enumerate(row):
            _cell(page, number, column, cell, formats)
    for number, (what, words) in enumerate(around(table, told), start=len(table.rows) + 5):
        page.write_string(number, 0, what, formats["text"])
        page.write_string(number, 1, words, formats["text"])
    page.freeze_panes(4, 1)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)


def _cell(page: Any, row: int, column: int, cell: Cell, formats: dict[str, Any]) -> None:
    if isinstance(cell, str):
        page.write_string(row, column, cell, formats["few" if column else "text"])
    elif cell is not None:
        page.write_number(row, column, cell, formats["part" if isinstance(cell, float) else "whole"])


def _write_definitions(page: Any, formats: dict[str, Any]) -> None:
    for column, (head, width) in enumerate((("数字", 28), ("単位", 12), ("数え方", 120))):
        page.write_string(0, column, head, formats["head"])
        page.set_column(column, column, width)
    for number, one in enumerate(Figure, start=1):
        for column, words in enumerate((one.label, DEFINITIONS[one].unit, DEFINITIONS[one].text)):
            page.write_string(number, column, words, formats["text"])
