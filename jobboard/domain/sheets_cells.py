"""Cells as people name them (F12), and the guard that keeps a spreadsheet program from running a text as a formula."""

FORMULA_SIGN = "="
_RUN = ("=", "＝", "+", "-", "−", "–", "‐", "@", "\t", "\r", "＋", "－", "＠")


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


def guarded(cell: str) -> str:
    """With an apostrophe before what a program would run, and before what looks guarded already: ``unguarded`` takes it off."""
    return f"'{cell}" if cell.lstrip("'").startswith(_RUN) else cell


def unguarded(cell: str) -> str:
    """As it was before ``guarded``."""
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(_RUN) else cell
