"""Opening a spreadsheet that somebody sent: by its content, within bounds, and never running or guessing anything.

What cannot be opened raises ``Incomplete`` with the sentence that says what to do.
"""

import csv
import io
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from datetime import datetime

from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

from jobboard.base.errors import Incomplete, Problem
from jobboard.base.text import visible
from jobboard.domain.sheets_cells import is_formula, unguarded
from jobboard.domain.sheets_package import Parts, opened, scanned
from jobboard.domain.sheets_words import EPOCH, EPOCH_1904, Cell

LARGEST = 10 * 1024 * 1024
"""Bytes of a file."""

MOST_ROWS, MOST_COLUMNS = 5_000, 400
SPARE_ROWS = 100
"""Rows above and below the table: headings, remarks."""

MOST_NULS = 10
"""One octet in so many that is NUL is a slip of a program; more are no text in UTF-8 or CP932."""

_OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FOREIGN = (b"%PDF", b"MZ", b"\x7fELF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"{\\rtf")


def refused(message: str) -> Incomplete:
    """The error of a file that is not read at all; its one problem says what to do."""
    return Incomplete([Problem("file", message)])


@dataclass(frozen=True)
class Grid:
    """One sheet from A1 on. ``formulas``: the addresses of cells that hold one, as (row, column) from 0; ``advice`` what to do about one."""

    name: str
    rows: list[list[Cell]]
    formulas: frozenset[tuple[int, int]] = field(default_factory=frozenset)
    epoch: datetime = EPOCH
    advice: str = "数式は読み込みません。計算した結果を値として書いてください。"


def open_sheets(content: bytes) -> list[Grid]:
    """The sheets of an xlsx file that are not hidden, or the one of a CSV. Raises ``Incomplete``."""
    if not content:
        raise refused("ファイルが空です。内容のあるファイルを選んでください。")
    if len(content) > LARGEST:
        raise refused("ファイルが大きすぎます。10MBまでに分けて送ってください。")
    if content.startswith(_OLD):
        raise refused(
            "古い形式(.xls)か、パスワードの付いたファイルです。パスワードを外し、Excelブック(.xlsx)で保存し直してください。"
        )
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _workbook(content)
    if content.startswith(_FOREIGN):
        raise refused("Excelブック(.xlsx)でもCSVでもないファイルです。どちらかの形式で保存し直してください。")
    return [_comma_separated(_text(content))]


def _workbook(content: bytes) -> list[Grid]:
    try:
        parts = opened(content)
        shape = scanned(parts, rows=MOST_ROWS + SPARE_ROWS, columns=MOST_COLUMNS)
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(_repacked(parts)))
        epoch = EPOCH_1904 if shape.since_1904 else EPOCH
        return [
            Grid(one.name, _rows(workbook, one.name), shape.formulas[one.name], epoch)
            for one in workbook.sheets_metadata
            if one.visible is SheetVisibleEnum.Visible and one.name in shape.formulas
        ]
    except ValueError as reason:
        raise refused(str(reason)) from None
    except (CalamineError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, KeyError, OSError):
        raise refused("ファイルを開けません。壊れているか、パスワードが付いています。Excelブック(.xlsx)で保存し直してください。") from None


def _rows(workbook: CalamineWorkbook, name: str) -> list[list[Cell]]:
    return [list(row) for row in workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)]


def _repacked(parts: Parts) -> bytes:
    """The parts that were counted, and nothing else: what the library opens cannot be larger than what was looked at."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return out.getvalue()


def _text(content: bytes) -> str:
    """UTF-8 with or without BOM, UTF-16 with one (Excel's Unicode text), or CP932; in this order."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        codings = ["utf-16"]
    elif content.count(0) * MOST_NULS > len(content):
        codings = []
    else:
        codings = ["utf-8-sig", "cp932"]
    for coding in codings:
        try:
            return content.decode(coding)
        except UnicodeDecodeError:
            continue
    raise refused("文字を読めません。Excelブック(.xlsx)か、UTF-8またはシフトJIS(CP932)のCSVで保存し直してください。")


def _comma_separated(text: str) -> Grid:
    first = re.split(r"\r|\n", text, maxsplit=1)[0]
    separator = "\t" if "\t" in first and "," not in first else ","
    rows: list[list[Cell]] = []
    formulas = set()
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True):
            cleaned = [visible(cell) for cell in record]
            formulas |= {(len(rows), column) for column, cell in enumerate(cleaned) if is_formula(cell)}
            rows.append([unguarded(cell) for cell in cleaned])
            if len(rows) > MOST_ROWS + SPARE_ROWS or len(record) > MOST_COLUMNS:
                raise refused(TOO_LONG)
    except csv.Error:
        raise refused("CSVとして読めません(引用符が閉じていないか、1つの欄が長すぎます)。Excelブック(.xlsx)で保存し直してください。") from None
    return Grid("CSV", rows, frozenset(formulas), advice=AS_TEXT)


AS_TEXT = "数式のように始まる値は読み込みません。計算した結果を書いてください。文字として書くなら、前に「'」を付けてください。"
TOO_LONG = f"行か列が多すぎます。{MOST_ROWS:,}行、{MOST_COLUMNS}列までに分けて送ってください。"
