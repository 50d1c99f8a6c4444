"""What one field of a draft says in one cell of a spreadsheet, and back: people read labels, nothing that was typed is lost."""

import json
import re
import unicodedata
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache

from jobboard.base.choice import Choice
from jobboard.base.codes import PREFECTURES
from jobboard.base.content import SEVERAL
from jobboard.base.fields import FIELDS, Field, FieldType
from jobboard.base.reading import Typed, read_field
from jobboard.base.unreadable import Unreadable

Cell = str | int | float | Decimal | date | datetime | time | timedelta | bool
"""What a cell may hold; an empty one holds the empty string."""

Part = dict[str, list[str]]
"""The keys of a draft that belong to one field: ``<name>`` and ``<name>.explicit``."""

_DAY = re.compile(r"20\d\d-\d\d-\d\d")
_MOMENT = re.compile(r"(20\d\d-\d\d-\d\d)[T ](\d\d:\d\d)(?::00)?")
_SEVERAL = re.compile(r"[、,,;;\n]+")
_DATED = (FieldType.DATE, FieldType.INSTANT)
_COUNTED = (FieldType.YEN, FieldType.INTEGER, FieldType.DECIMAL, FieldType.HEADCOUNT)
_PLAIN_NUMBER = re.compile(r"(0|[1-9]\d{0,11})(\.\d{0,2}[1-9])?")
_DAYS = range(36_526, 73_415)
"""The numbers under which spreadsheets keep the days from 2000 to 2100; a file that lost its styles shows them bare."""

EPOCH, EPOCH_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)
"""Day zero of such a number (ECMA-376 part 1, 18.17.4.1), and of one in a workbook of the 1904 date system."""


@lru_cache(4_096)
def folded(words: str) -> str:
    """The form in which headings and labels are compared: width, case and space make no difference."""
    return re.sub(r"\s|※必須|※任意", "", unicodedata.normalize("NFKC", words)).casefold()


def part(field: Field, typed: Typed) -> Part:
    """What a draft says of one field."""
    return {key: list(typed[key]) for key in (field.name, f"{field.name}.explicit") if typed.get(key)}


def spoken(field: Field, typed: Typed) -> Cell:
    """The cell that ``heard`` reads back to the same: a date as a date, a label instead of a code, else as it was typed.

    Behind an apostrophe stands what is meant as it was typed: a text that is also an answer (「未定」), and what cannot be read.
    What no such cell can say either stands as JSON.
    """
    mine = part(field, typed)
    if not mine:
        return ""
    plain = _plain(field, mine)
    written: list[Cell] = [f"'{value}" for value in mine.get(field.name, [])[:1]]
    if _is_readable(field, mine):
        written.insert(0, plain)
    return next((cell for cell in written if _same(field, heard(field, cell), mine)), json.dumps(mine, ensure_ascii=False))


def is_as_typed(field: Field, cell: Cell) -> bool:
    """Whether the cell says to keep what it holds as it stands, readable or not."""
    return isinstance(cell, str) and (cell.startswith("'") or _exact(field, cell) is not None)


def _is_readable(field: Field, mine: Part) -> bool:
    try:
        read_field(field, mine)
    except Unreadable:
        return False
    return True


def _plain(field: Field, mine: Part) -> Cell:
    labels = {code: label for label, code in _answers(field)}
    words = [labels.get(one, one) for one in mine.get(f"{field.name}.explicit") or mine[field.name]]
    typed = "、".join(words)
    if field.type in _DATED and (moment := _moment(typed)):
        return moment
    if field.type is FieldType.HEADCOUNT and typed == SEVERAL:
        return "若干名"
    if field.type in _COUNTED and _PLAIN_NUMBER.fullmatch(typed):
        return Decimal(typed)
    return typed


def _moment(typed: str) -> Cell | None:
    """A day, or a day with a time, that a spreadsheet can keep as such. Midnight it cannot tell from the bare day."""
    found = _MOMENT.fullmatch(typed)
    try:
        if found and found[2] != "00:00":
            return datetime.fromisoformat(f"{found[1]}T{found[2]}")
        return date.fromisoformat(typed) if _DAY.fullmatch(typed) else None
    except ValueError:
        return None


def _same(field: Field, one: Part, other: Part) -> bool:
    if one == other:
        return True
    try:
        value = read_field(field, one)
        return value is not None and value == read_field(field, other)
    except Unreadable:
        return False


def heard(field: Field, cell: Cell, epoch: datetime = EPOCH) -> Part:
    """What a cell says of ``field``, as a draft keeps it; what is not understood stays as it was written."""
    words = _written(field, cell, epoch)
    if not words.strip():
        return {}
    exact = _exact(field, words)
    if exact is not None:
        return exact
    if words.startswith("'"):
        return {field.name: [words[1:]]} if words[1:] else {}
    codes = {folded(label): code for label, code in _answers(field)}
    key = f"{field.name}.explicit" if _is_explicit(field, codes.get(folded(words))) else field.name
    if folded(words) in codes:
        return {key: [codes[folded(words)]]}
    if field.type is FieldType.CHOICES:
        several = [one.strip() for one in _SEVERAL.split(words) if one.strip()]
        return {field.name: [codes.get(folded(one), one) for one in several]} if several else {}
    moment = _MOMENT.fullmatch(words) if field.type is FieldType.INSTANT else None
    return {field.name: [f"{moment[1]}T{moment[2]}" if moment else words]}


def _exact(field: Field, words: str) -> Part | None:
    """A draft's own strings, where they were written as JSON because no plain cell could say them."""
    if not words.startswith(f'{{"{field.name}'):
        return None
    try:
        said = json.loads(words)
    except ValueError:
        return None
    keys = {field.name, f"{field.name}.explicit"} if field.explicit else {field.name}
    whole = isinstance(said, dict) and said and set(said) <= keys
    if not whole or not all(isinstance(values, list) and all(isinstance(one, str) for one in values) for values in said.values()):
        return None
    return dict(said)


def _is_explicit(field: Field, code: str | None) -> bool:
    own = [str(member) for member in field.choices] if field.choices else []
    return code is not None and code not in own and code in [str(answer) for answer in field.explicit]


def _answers(field: Field) -> list[tuple[str, str]]:
    """(label, code) of each answer that a cell may name by either. Its own choices go before the explicit answers."""
    members: list[Choice] = [*field.explicit, *(field.choices or ())]
    named = [(str(one), str(one)) for one in members] + [(one.label, str(one)) for one in members]
    if field.type is FieldType.PREFECTURE:
        named += [(name, code) for code, name in PREFECTURES.items()]
    return named


def _written(field: Field, cell: Cell, epoch: datetime) -> str:
    """The cell as text; a number where a date is meant is the day that a file without styles has left of it."""
    if isinstance(cell, bool):
        return "はい" if cell else "いいえ"
    if isinstance(cell, datetime):
        return _day_or_moment(cell)
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, time):
        return cell.strftime("%H:%M")
    if isinstance(cell, int | float | Decimal):
        if field.type in _DATED and int(cell) in _DAYS:
            return _day_or_moment(epoch + timedelta(minutes=round(float(cell) * 1440)))
        return number_text(cell, 6 if field.type is FieldType.MUNICIPALITIES else 2 if field.type is FieldType.PREFECTURE else 0)
    return cell if isinstance(cell, str) else str(cell)


def number_text(cell: int | float | Decimal, digits: int = 0) -> str:
    """A number as it is typed, without an empty fraction; a code has its leading zeros again."""
    number = Decimal(repr(cell) if isinstance(cell, float) else cell)
    whole = number == number.to_integral_value()
    return format(number.quantize(Decimal(1)) if whole else number, "f").zfill(digits)


def _day_or_moment(moment: datetime) -> str:
    moment = (moment + timedelta(seconds=30)).replace(second=0, microsecond=0)
    at_midnight = moment.hour == 0 and moment.minute == 0
    return moment.date().isoformat() if at_midnight else moment.strftime("%Y-%m-%dT%H:%M")


def cells(typed: Typed) -> dict[str, Cell]:
    """The cells of a draft by field name, in the order of the field table; what is empty is the empty string."""
    return {field.name: spoken(field, typed) for field in FIELDS}
