"""The list as CSV for Excel and for programs: every column of the open data, every choice by code and by label."""

import codecs
import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from jobboard.base.choice import Choice
from jobboard.base.errors import InvalidQuery
from jobboard.web.columns import CELLS, cell

_PATHS = [key.split(".") for _, key in CELLS]
_FORMULA = ("=", "+", "-", "−", "–", "‐", "@", "\t", "\r", "＝", "＋", "－", "＠")
MISSING = "〓"
"""Printers' sign for a character that one does not have."""

_ALIKE = {"—": "―", "–": "－", "•": "・", "\u00a0": " "}
"""Characters that CP932 has under another number of Unicode, beside those that the codec knows itself (〜, −, ‖)."""



class Encoding(Choice):
    """How a table is written."""

    UTF_8 = "utf-8", "UTF-8(BOM付き)"
    CP932 = "cp932", "Shift_JIS(CP932、Windows-31J)"

    @property
    def charset(self) -> str:
        """The name that IANA has registered."""
        return "windows-31j" if self is Encoding.CP932 else "utf-8"


def _replaced(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return "".join(_ALIKE.get(character, MISSING) for character in wrong), error.end


codecs.register_error("jobboard.table", _replaced)


def parse_encoding(typed: str) -> Encoding:
    """The encoding asked for; UTF-8 when none is. Raises ``InvalidQuery``."""
    if typed and typed not in [str(encoding) for encoding in Encoding]:
        allowed = "、".join(f"{encoding}({encoding.label})" for encoding in Encoding)
        raise InvalidQuery("encoding", typed[:100], f"文字コード(encoding)は、次の中から指定してください: {allowed}")
    return Encoding(typed) if typed else Encoding.UTF_8


def table(parts: Iterable[Iterable[dict[str, Any]]], encoding: Encoding) -> Iterator[bytes]:
    """The JSON objects of postings as a table, a piece for each part after the titles; CRLF (RFC 4180)."""
    yield (codecs.BOM_UTF8 if encoding is Encoding.UTF_8 else b"") + sheet([[title for title, _ in CELLS]], encoding)
    for part in parts:
        yield sheet(([cell(posting, *path) for path in _PATHS] for posting in part), encoding)


def table_of(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> bytes:
    """A whole table in UTF-8 with its BOM."""
    return codecs.BOM_UTF8 + sheet([heads, *rows], Encoding.UTF_8)


def sheet(rows: Iterable[Iterable[str]], encoding: Encoding) -> bytes:
    """Rows as CSV, no cell a formula; what CP932 lacks is replaced by what looks alike, or by 〓."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([guarded(cell) for cell in row] for row in rows)
    return out.getvalue().encode(encoding, "jobboard.table")


def guarded(cell: str) -> str:
    """A cell that a spreadsheet program would run as a formula gets an apostrophe before it."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
