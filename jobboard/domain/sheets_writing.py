"""Postings as spreadsheets: 一覧 with one row each, and CSV. Drop-downs and guidance are comfort: reading back needs neither."""

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter

from jobboard.base.choice import Choice
from jobboard.base.codes import PREFECTURES
from jobboard.base.fields import FIELDS, Field, FieldType
from jobboard.domain.sheets_cells import address, guarded
from jobboard.domain.sheets_reading import CODE, NUMBER, PLACE, STATE
from jobboard.domain.sheets_words import Cell, cells

MEMORY = {"in_memory": True}
FONT = {"font_name": "Yu Gothic", "font_size": 9, "valign": "top", "text_wrap": True}
LISTS = "選択肢"
"""The hidden sheet that drop-downs take their answers from."""

_OFFERED_ROWS = 1_000
_WIDTHS = {FieldType.LONG_TEXT: 40, FieldType.CHOICE: 18, FieldType.CHOICES: 24, FieldType.DATE: 12, FieldType.INSTANT: 17}


class Layout(Choice):
    """How postings are laid out in a file."""

    FORM = "form", "単票(Excel)"
    LIST = "list", "一覧(Excel)"
    CSV = "csv", "一覧(CSV)"

    @property
    def suffix(self) -> str:
        """What the file's name ends in."""
        return ".csv" if self is Layout.CSV else ".xlsx"


@dataclass(frozen=True)
class Entry:
    """One posting to be written: its municipality by name and code, its draft, and what tells it from others."""

    place: str = ""
    code: str = ""
    typed: dict[str, list[str]] = field(default_factory=dict)
    number: str = ""
    state: str = ""

    def beside(self) -> dict[str, str]:
        """What stands beside the fields, by heading."""
        return {PLACE: self.place, CODE: self.code, NUMBER: self.number, STATE: self.state}


def write_list(entries: Sequence[Entry]) -> bytes:
    """An xlsx file with one row for each entry; an empty entry's row has its municipality alone."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, MEMORY) as book:
        formats = Formats(book)
        sheet = book.add_worksheet("一覧")
        answers = Answers(book)
        for column, (heading, width) in enumerate(_columns()):
            sheet.set_column(column, column, width, formats.text)
            sheet.write_string(0, column, heading, formats.heading)
        for column, one in enumerate(FIELDS, start=2):
            answers.offer(sheet, one, (1, column, _OFFERED_ROWS, column))
        for number, entry in enumerate(entries, start=1):
            for column, cell in enumerate(_row(entry)):
                formats.write(sheet, number, column, cell)
        sheet.freeze_panes(1, 3)
        sheet.set_landscape()
        sheet.set_paper(8)
        sheet.repeat_rows(0)
    return out.getvalue()


def write_csv(entries: Sequence[Entry]) -> bytes:
    """The same table as CSV in UTF-8 with BOM, CRLF (RFC 4180), no cell a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([heading for heading, _ in _columns()])
    writer.writerows([guarded(_as_text(cell)) for cell in _row(entry)] for entry in entries)
    return codecs.BOM_UTF8 + out.getvalue().encode()


def _columns() -> Iterator[tuple[str, int]]:
    """(heading, width) of each column of an 一覧."""
    yield from ((PLACE, 16), (CODE, 10))
    for one in FIELDS:
        yield one.label, _WIDTHS.get(one.type, 20)
    yield from ((NUMBER, 8), (STATE, 12))


def _row(entry: Entry) -> list[Cell]:
    return [entry.place, entry.code, *cells(entry.typed).values(), entry.number, entry.state]


def _as_text(cell: Cell) -> str:
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M")
    return cell.isoformat() if isinstance(cell, date) else str(cell)


class Formats:
    """The formats of a workbook, and the writing of one cell by what it is."""

    def __init__(self, book: Any) -> None:
        self.text = book.add_format({**FONT, "num_format": "@"})
        self.heading = book.add_format({**FONT, "bold": True, "bg_color": "#E8F1FE", "border": 1, "border_color": "#B3B3B3"})
        boxed = {**FONT, "border": 1, "border_color": "#B3B3B3"}
        self.label = book.add_format({**boxed, "bold": True, "bg_color": "#F2F2F2"})
        self.guidance = book.add_format({**boxed, "font_size": 7, "font_color": "#4D4D4D"})
        self.top = book.add_format({**FONT, "bold": True, "font_size": 13})
        self.centre = book.add_format({**boxed, "align": "center"})
        self._plain = self._four(book, FONT)
        self.boxed = self._four(book, boxed)

    @staticmethod
    def _four(book: Any, base: dict[str, Any]) -> dict[type, Any]:
        shown = {str: "@", Decimal: "General", date: "yyyy-mm-dd", datetime: "yyyy-mm-dd hh:mm"}
        return {kind: book.add_format({**base, "num_format": code, "align": "left"}) for kind, code in shown.items()}

    def write(self, sheet: Any, row: int, column: int, cell: Cell, formats: dict[type, Any] | None = None) -> None:
        """Text as text whatever it begins with, a date as a date, a number as a number; an empty cell bears its format alone."""
        chosen = (formats or self._plain)[type(cell)]
        if isinstance(cell, str):
            if cell or formats:
                sheet.write_string(row, column, cell, chosen)
        elif isinstance(cell, date):
            sheet.write_datetime(row, column, cell, chosen)
        else:
            sheet.write_number(row, column, float(cell), chosen)  # type: ignore[arg-type]


class Answers:
    """The drop-downs of a workbook, each from a column of its hidden sheet; what is not on a list may be typed all the same."""

    def __init__(self, book: Any) -> None:
        self._sheet = book.add_worksheet(LISTS)
        self._sheet.hide()
        self._ranges: dict[str, str] = {}
        for one in FIELDS:
            self._add(one)

    def _add(self, one: Field) -> None:
        labels = offered(one)
        if not labels:
            return
        column = len(self._ranges)
        self._sheet.write_column(1, column, labels)
        letters = address(0, column).rstrip("1")
        self._ranges[one.name] = f"='{LISTS}'!${letters}$2:${letters}${len(labels) + 1}"

    def offer(self, sheet: Any, one: Field, area: tuple[int, int, int, int]) -> None:
        """Drop-down and guidance of a field for an area (first row and column, last row and column)."""
        listed = one.name in self._ranges
        options: dict[str, Any] = {"validate": "list", "source": self._ranges[one.name]} if listed else {"validate": "any"}
        sheet.data_validation(
            *area,
            {**options, "show_error": False, "input_title": one.label[:32], "input_message": guidance(one)[:255] or one.label},
        )


def offered(one: Field) -> list[str]:
    """The labels that a drop-down of this field offers; of several answers at once there is no drop-down."""
    if one.type is FieldType.CHOICES:
        return []
    if one.type is FieldType.PREFECTURE:
        return list(PREFECTURES.values())
    return list(dict.fromkeys(member.label for member in (*(one.choices or ()), *one.explicit)))


def guidance(one: Field) -> str:
    """What to write into the cell of a field, in a few words."""
    labels = [member.label for member in (*(one.choices or ()), *one.explicit)]
    if one.type is FieldType.CHOICES:
        return f"いくつでも、「、」で区切る: {'、'.join(labels)}"
    if one.choices:
        return f"1つ選ぶ: {'、'.join(dict.fromkeys(labels))}"
    said = f"例: {one.example}" if one.example and one.type is not FieldType.LONG_TEXT else one.help
    return f"{said}{' または ' if said else ''}{'、'.join(labels)}" if labels else said
