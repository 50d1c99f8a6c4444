"""単票: one sheet for each posting, two panels of label, value and guidance, one A4 page to be printed and signed off."""

import io
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import xlsxwriter

from jobboard.base.fields import BY_SECTION, Field, FieldType
from jobboard.base.vocabulary import Engagement
from jobboard.domain.sheets_reading import CODE, NUMBER, PLACE, STATE
from jobboard.domain.sheets_words import Cell, cells
from jobboard.domain.sheets_writing import MEMORY, Answers, Entry, Formats, guidance, offered

WIDTHS = (16, 33, 24, 16, 33, 24)
"""Columns of the two panels, in digits of the font."""

SIGNED_BY = ("担当", "係長", "課長", "部長")
_LINE = 12.5
_LEAST = 14.0
_TALLEST = 400.0
"""Points: a line, a row at least, and the most that a row can be (ECMA-376: 409)."""

_LONG_GUIDANCE = 60


@dataclass(frozen=True)
class Line:
    """A field on the sheet: label, value, guidance, and how many columns value and guidance take."""

    label: str
    cell: Cell
    guidance: str
    field: Field | None = None
    value_columns: int = 1
    guidance_columns: int = 1

    @property
    def is_wide(self) -> bool:
        """Whether it takes both panels."""
        return self.value_columns + self.guidance_columns > 2


def write_forms(entries: Sequence[Entry]) -> bytes:
    """An xlsx file with one sheet for each entry."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, MEMORY) as book:
        formats = Formats(book)
        sheets = [book.add_worksheet(f"単票{number}") for number, _ in enumerate(entries, start=1)]
        answers = Answers(book)
        for sheet, entry in zip(sheets, entries, strict=True):
            _write_form(sheet, entry, formats, answers)
    return out.getvalue()


def _write_form(sheet: Any, entry: Entry, formats: Formats, answers: Answers) -> None:
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width)
    sheet.set_paper(9)
    sheet.set_portrait()
    sheet.set_margins(0.4, 0.4, 0.4, 0.5)
    sheet.fit_to_pages(1, 1)
    sheet.center_horizontally()
    sheet.write_string(0, 0, "募集情報 単票", formats.top)
    sheet.set_row(0, 20)
    row = 1
    for lines in _packed(_lines(entry)):
        row += _write_lines(sheet, row, lines, formats, answers)
    for column, who in enumerate(SIGNED_BY, start=1):
        sheet.write_string(row + 1, column, who, formats.centre)
        sheet.write_string(row + 2, column, "", formats.centre)
    sheet.write_string(row + 1, 0, "確認欄", formats.label)
    sheet.set_row(row + 2, 40)
    sheet.print_area(0, 0, row + 2, len(WIDTHS) - 1)


def _lines(entry: Entry) -> Iterator[Line]:
    engagement = _engagement(entry.typed)
    beside = entry.beside()
    yield Line(PLACE, beside[PLACE], "例: 宮城県青葉市")
    yield Line(CODE, beside[CODE], "6桁")
    if beside[NUMBER]:
        yield Line(NUMBER, beside[NUMBER], "")
        yield Line(STATE, beside[STATE], "")
    said = cells(entry.typed)
    for one in (one for fields in BY_SECTION.values() for one in fields):
        words = guidance(one)
        value_columns, guidance_columns = 1, 1
        if one.type is FieldType.LONG_TEXT or one.name == "title":
            value_columns = 4
        elif len(words) > _LONG_GUIDANCE:
            guidance_columns = 4
        yield Line(one.label_for(engagement), said[one.name], words, one, value_columns, guidance_columns)


def _engagement(typed: dict[str, list[str]]) -> Engagement | None:
    code = "".join(typed.get("engagement", [])[:1])
    return Engagement(code) if code in [str(member) for member in Engagement] else None


def _packed(lines: Iterator[Line]) -> list[list[Line]]:
    """Wide lines by themselves, the others by twos, in order as far as that leaves no panel empty."""
    rows: list[list[Line]] = []
    waiting: list[Line] | None = None
    for line in lines:
        if line.is_wide:
            rows.append([line])
        elif waiting is not None:
            waiting.append(line)
            waiting = None
        else:
            rows.append(waiting := [line])
    return rows


def _write_lines(sheet: Any, row: int, lines: list[Line], formats: Formats, answers: Answers) -> int:
    """Writes the lines side by side; returns how many rows of the sheet they take, more than one for very long text."""
    height = max(_LEAST, *(_height(line, panel * 3) for panel, line in enumerate(lines)))
    count = int(height // _TALLEST) + 1
    for number in range(count):
        sheet.set_row(row + number, height / count)
    for panel, line in enumerate(lines):
        column = panel * 3
        after = column + 1 + line.value_columns
        _span(sheet, (row, column, count, 1), formats.label)
        sheet.write_string(row, column, line.label, formats.label)
        _span(sheet, (row, column + 1, count, line.value_columns), formats.boxed[type(line.cell)])
        formats.write(sheet, row, column + 1, line.cell, formats.boxed)
        _span(sheet, (row, after, count, line.guidance_columns), formats.guidance)
        sheet.write_string(row, after, line.guidance, formats.guidance)
        if line.field is not None and offered(line.field):
            answers.offer(sheet, line.field, (row, column + 1, row, column + 1))
    return count


def _span(sheet: Any, area: tuple[int, int, int, int], chosen: Any) -> None:
    """Makes one cell of several; what is written into its first one afterwards stands in all of it."""
    row, column, rows, columns = area
    if rows > 1 or columns > 1:
        sheet.merge_range(row, column, row + rows - 1, column + columns - 1, "", chosen)


def _height(line: Line, column: int) -> float:
    after = column + 1 + line.value_columns
    value = _count(str(line.cell), sum(WIDTHS[column + 1 : after]))
    small = _count(line.guidance, int(sum(WIDTHS[after : after + line.guidance_columns]) * 1.25))
    label = _count(line.label, WIDTHS[column])
    least = 2 if line.field is not None and line.field.type is FieldType.LONG_TEXT else 1
    return max(value * _LINE, small * _LINE * 0.8, label * _LINE, least * _LINE) + 3


def _count(words: str, width: int) -> int:
    """Lines that the words take in so many columns, a full-width character two of them."""
    lengths = (sum(2 if unicodedata.east_asian_width(sign) in "WFA" else 1 for sign in line) for line in words.split("\n"))
    return sum(max(1, -(-length // max(1, width - 1))) for length in lengths)
