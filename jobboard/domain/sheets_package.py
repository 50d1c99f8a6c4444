"""The parts of an Office Open XML file (ECMA-376 part 2), unpacked within bounds and looked through before anything reads them."""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from posixpath import normpath
from xml.etree import ElementTree

from jobboard.domain.sheets_cells import place

MOST_PARTS = 2_000
LARGEST_UNPACKED = 80 * 1024 * 1024
"""Bytes of all parts together: five thousand full rows have half of it."""

Parts = dict[str, bytes]

_PIECE = 1024 * 1024
_READ = re.compile(r"\[Content_Types\]\.xml|(?:.*/)?[^/]*\.(?:xml|rels)", re.IGNORECASE)
_ERROR = re.compile(rb"""\st\s*=\s*["']e["']""")
"""A cell that holds an error (ECMA-376 18.18.11)."""

_CELL = re.compile(rb"<(?:\w+:)?(?:(row)|c)\b((?:[^>\"']|\"[^\"]*\"|'[^']*')*?)(/?)>(?:\s*<(?:\w+:)?(f)[\s/>])?")
_REFERENCE = re.compile(rb"\br\s*=\s*[\"']([A-Za-z]{0,3}[0-9]{1,7})[\"']")
_NAMED_ID = re.compile(r"\}id$")
BOMB = "展開すると大きすぎるファイルです。使わないシートや画像を消して、保存し直してください。"
NOT_A_WORKBOOK = "Excelブックではないファイルです。Excelブック(.xlsx)で保存し直してください。"


def opened(content: bytes) -> Parts:
    """Each XML part by its name. Raises ``ValueError`` with a sentence, ``BadZipFile`` and ``RuntimeError`` (a password)."""
    parts: Parts = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
        if len(entries) > MOST_PARTS or sum(entry.file_size for entry in entries) > LARGEST_UNPACKED:
            raise ValueError(BOMB)
        left = LARGEST_UNPACKED
        for entry in entries:
            if entry.is_dir() or not _READ.fullmatch(entry.filename):
                continue
            parts[entry.filename] = part = _unpacked(archive, entry, left)
            left -= len(part)
    if any(_declares(part) for part in parts.values()):
        raise ValueError("開けない書き方を含むファイルです。Excelで開き、Excelブック(.xlsx)で保存し直してください。")
    return parts


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int) -> bytes:
    pieces = []
    with archive.open(entry) as packed:
        while piece := packed.read(_PIECE):
            left -= len(piece)
            if left < 0:
                raise ValueError(BOMB)
            pieces.append(piece)
    return b"".join(pieces)


def _declares(part: bytes) -> bool:
    """Whether the part is other than plain UTF-8, or declares a document type: no program of an office writes either."""
    return b"<!DOCTYPE" in part or b"<!ENTITY" in part or part.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in part[:100]


@dataclass(frozen=True)
class Shape:
    """``formulas``: by name of a worksheet, the places of its formulas. ``since_1904``: how its days are counted."""

    formulas: dict[str, frozenset[tuple[int, int]]]
    since_1904: bool


def scanned(parts: Parts, *, rows: int, columns: int) -> Shape:
    """Looks through a workbook's sheets. Raises ``ValueError`` when one reaches further than ``rows`` or ``columns``."""
    try:
        book = ElementTree.fromstring(parts["xl/workbook.xml"])
        targets = _targets(parts["xl/_rels/workbook.xml.rels"])
    except (KeyError, ElementTree.ParseError):
        raise ValueError(NOT_A_WORKBOOK) from None
    sheets = {
        sheet.get("name", ""): targets[key]
        for sheet in book.iter()
        if sheet.tag.endswith("}sheet") and (key := _relation(sheet)) in targets
    }
    for name, part in parts.items():
        if name.startswith("xl/worksheets/"):
            _refuse_far(part, rows, columns)
    since = next((one.get("date1904", "0") for one in book.iter() if one.tag.endswith("}workbookPr")), "0")
    formulas = {
        name: frozenset(at for at, _, formula in _cells(parts[path]) if formula)
        for name, path in sheets.items()
        if path in parts and path.startswith("xl/worksheets/")
    }
    return Shape(formulas, since in ("1", "true"))


def _refuse_far(part: bytes, rows: int, columns: int) -> None:
    far = any(filled and (row >= rows or column >= columns) for (row, column), filled, _ in _cells(part))
    if far:
        raise ValueError(f"表の外(遠い行や列)にも値があるか、行が多すぎます。{rows:,}行、{columns}列までにしてください。")


def _cells(part: bytes) -> Iterator[tuple[tuple[int, int], bool, bool]]:
    """(place, whether it holds anything, whether that is a formula, or what is left of one, as #REF!) of each cell.

    One without reference follows the last.
    """
    row, column = -1, -1
    for found in _CELL.finditer(part):
        is_row, attributes, empty, formula = found.groups()
        named = _REFERENCE.search(attributes)
        if is_row:
            row, column = int(named[1]) - 1 if named and named[1].isdigit() else row + 1, -1
            continue
        column += 1
        if named and not named[1].isdigit():
            row, column = place(named[1].decode("ascii"))
        yield (row, column), not empty, formula is not None or _ERROR.search(attributes) is not None


def _relation(sheet: ElementTree.Element) -> str:
    """The sheet's r:id, in the transitional or the strict namespace."""
    return next((value for name, value in sheet.items() if _NAMED_ID.search(name)), "")


def _targets(relations: bytes) -> dict[str, str]:
    """By id, the path of each part that the workbook refers to."""
    found = {one.get("Id", ""): one.get("Target", "") for one in ElementTree.fromstring(relations)}
    return {key: normpath(path.lstrip("/") if path.startswith("/") else f"xl/{path}") for key, path in found.items()}
