"""Cells as people name them (F12), and the guard that keeps a spreadsheet program from running a text as a formula."""

import re
import unicodedata

_RUN = re.compile(r"'*(?:[\t\r\n]|\s*[=＝+＋\-−–‐－@＠])")
"""What a spreadsheet program might run, or strip and then run (CWE-1236), with or without apostrophes before it."""

_NUMBER = r"[0-9][0-9.,]*%?"
_REFERENCE = r"\$?[A-Z]{1,3}\$?[0-9]{1,7}(?![0-9A-Za-z])"
_TELEPHONE = re.compile(r"\+[0-9][0-9 ()\-]*")
_FORMULA = re.compile(
    rf"=|@|[+\-][+\-\s]*(?:[A-Z_][A-Z0-9_.]*\s*(?:\((?![^\x00-\x7f])|[!|])|\(|\"|{_REFERENCE}\s*(?:$|[-+*/^&:=<>!])|{_NUMBER}\s*[-+*/^&=<>(])",
    re.IGNORECASE,
)
"""How a formula begins; after + or - only what computes: a function, a reference, a sum, a command of another program (DDE)."""

_DASHES = dict.fromkeys(map(ord, "−–‐"), "-")


def address(row: int, column: int) -> str:
    """``(11, 5)`` is F12."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row + 1}"


def place(name: str) -> tuple[int, int]:
    """F12 is ``(11, 5)``; raises ``ValueError`` for anything else."""
    letters = name.rstrip("0123456789")
    if not letters or not letters.isascii() or not letters.isalpha() or letters == name:
        raise ValueError(name)
    column = 0
    for letter in letters.upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(name[len(letters) :]) - 1, column - 1


def is_formula(cell: str) -> bool:
    """Whether a cell of a CSV begins as a formula does. A number with its sign, a telephone number and a list's dash do not."""
    plain = unicodedata.normalize("NFKC", cell).translate(_DASHES).strip()
    return _FORMULA.match(plain) is not None and _TELEPHONE.fullmatch(plain) is None


def guarded(cell: str) -> str:
    """With an apostrophe before what a program would run, and before what looks guarded already: ``unguarded`` takes it off."""
    return f"'{cell}" if _RUN.match(cell) else cell


def unguarded(cell: str) -> str:
    """As it was before ``guarded``."""
    return cell[1:] if cell.startswith("'") and _RUN.match(cell) else cell
