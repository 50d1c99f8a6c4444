"""The list as CSV for Excel and for programs: every public field a column, every choice by code and by label."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import date, datetime

from jobboard.base.choice import Choice
from jobboard.base.clock import in_japan
from jobboard.base.content import Content, Value, from_json
from jobboard.base.fields import FIELDS, Field, FieldType
from jobboard.base.showing import show_value
from jobboard.base.vocabulary import Explicit
from jobboard.domain.publication import public_state
from jobboard.models import Posting
from jobboard.web.entries import SAMPLE

_OWN = (
    "ID", "UUID", "URL", "状態コード", "状態", "団体コード", "都道府県", "市区町村", "版", "掲載日時", "更新日時", "情報の時点",
    "終了日時", "結果コード", "結果",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_PLAIN_NUMBERS = (FieldType.YEN, FieldType.INTEGER, FieldType.DECIMAL)
PUBLIC_FIELDS = tuple(field for field in FIELDS if field.public)


def write(postings: Iterable[Posting], *, base_url: str, sample: bool, now: datetime) -> bytes:
    """``sample`` marks each title 【見本】. UTF-8 with a byte order mark, so that Excel reads Japanese; CRLF (RFC 4180)."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*_OWN, *(title for field in PUBLIC_FIELDS for title in _titles(field))])
    for posting in postings:
        writer.writerow([guarded(cell) for cell in _cells(posting, base_url, sample, now)])
    return out.getvalue().encode("utf-8-sig")


def guarded(cell: str) -> str:
    """A cell that a spreadsheet program would run as a formula gets an apostrophe before it."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _titles(field: Field) -> list[str]:
    return [f"{field.label}コード", field.label] if field.choices else [field.label]


def _cells(posting: Posting, base_url: str, sample: bool, now: datetime) -> Iterator[str]:
    content = from_json(posting.current.content if posting.current else {})
    if sample:
        content = content.with_values(title=SAMPLE + content.text("title"))
    state = public_state(posting, now)
    yield from (str(posting.id), posting.uuid, f"{base_url}/postings/{posting.id}", str(state), state.label)
    yield from (posting.municipality_code, posting.municipality.prefecture, posting.municipality.name)
    yield str(posting.current.number or "") if posting.current else ""
    for instant in (posting.published_at, posting.updated_at):
        yield _instant(instant)
    yield posting.info_as_of.isoformat() if posting.info_as_of else ""
    yield _instant(posting.closed_at)
    yield from (str(posting.outcome or ""), posting.outcome.label if posting.outcome else "")
    for field in PUBLIC_FIELDS:
        yield from _field_cells(field, content)


def _field_cells(field: Field, content: Content) -> Iterator[str]:
    value = content.get(field.name)
    if field.choices:
        yield " ".join(content.codes(field.name))
    yield "" if value is None else _cell(field, value)


def _cell(field: Field, value: Value) -> str:
    """A label or text as people read it; dates, instants and amounts as programs do."""
    if isinstance(value, Explicit | Choice):
        return value.label
    if isinstance(value, datetime):
        return _instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if field.type is FieldType.MUNICIPALITIES and isinstance(value, tuple):
        return " ".join(str(code) for code in value)
    return str(value) if field.type in _PLAIN_NUMBERS else show_value(field, value)


def _instant(instant: datetime | None) -> str:
    return in_japan(instant).isoformat() if instant else ""
