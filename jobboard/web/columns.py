"""The columns of the open data, once: the table, the JSON and the data dictionary all read them from here.

What a municipality wrote comes from the field table; the rest is what the board knows of a posting.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from jobboard.base.choice import Choice
from jobboard.base.clock import in_japan
from jobboard.base.codes import PREFECTURES
from jobboard.base.content import SEVERAL, Content, Value, from_json
from jobboard.base.fields import FIELDS, Field, FieldType
from jobboard.base.fields.field import ChoiceList
from jobboard.base.states import ClosedReason, Outcome, PublicState
from jobboard.domain.publication import public_state
from jobboard.models import Posting
from jobboard.web.entries import SAMPLE, Telling

CODED = (FieldType.CHOICE, FieldType.CHOICES, FieldType.PREFECTURE, FieldType.MUNICIPALITIES)
_UNITS = {FieldType.YEN: "円", FieldType.HEADCOUNT: "人"}
_BOARD = "掲載"

Record = dict[str, Any]
"""A posting as JSON values, by the names of the columns."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One key of the JSON, which is one column of the table, or two when it is coded: the code, then the label.

    ``value`` gives what the JSON holds: a coded one is ``{"code": …, "label": …}`` or a list of such, and so is an explicit
    answer (未定) that stands instead of a value. ``field`` is the field that it shows, None for what the board knows.
    """

    name: str
    label: str
    type: FieldType
    value: Callable[["Row"], Any]
    choices: ChoiceList | None = None
    code_label: str = ""
    meaning: str = ""
    field: Field | None = None

    @property
    def is_coded(self) -> bool:
        """Whether the table has the code and the label beside each other."""
        return self.type in CODED

    @property
    def headings(self) -> tuple[str, ...]:
        """The titles in the table."""
        return (self.code_label or f"{self.label}コード", self.label) if self.is_coded else (self.label,)

    @property
    def keys(self) -> tuple[str, ...]:
        """Where the cells of the table stand in the JSON: role.code, themes[].label, pay_low."""
        several = "[]" if self.type in (FieldType.CHOICES, FieldType.MUNICIPALITIES) else ""
        return tuple(f"{self.name}{several}.{part}" for part in ("code", "label")) if self.is_coded else (self.name,)

    @property
    def unit(self) -> str:
        """円, 人, 時間 …; empty for what has none."""
        return (self.field.unit if self.field else "") or _UNITS.get(self.type, "")

    @property
    def section(self) -> str:
        """The part of the posting that it belongs to."""
        return self.field.section.label if self.field else _BOARD


@dataclass(frozen=True)
class Row:
    """A public posting as the columns read it."""

    posting: Posting
    content: Content
    telling: Telling


def record(posting: Posting, telling: Telling) -> Record:
    """A posting that is or was public, by the names of the columns; the demonstration marks its title."""
    content = from_json(posting.current.content if posting.current else {})
    if telling.sample:
        content = content.with_values(title=SAMPLE + content.text("title"))
    row = Row(posting, content, telling)
    return {column.name: column.value(row) for column in COLUMNS}


def coded(code: str, label: str) -> dict[str, str]:
    """A code with its label."""
    return {"code": code, "label": label}


def _choice(member: Choice | None) -> dict[str, str] | None:
    return coded(str(member), member.label) if member is not None else None


def _instant(instant: datetime | None) -> str | None:
    return in_japan(instant).isoformat() if instant else None


def _answer(field: Field, value: Value | None, names: Mapping[str, str]) -> Any:
    if isinstance(value, Choice):
        return _choice(value)
    if isinstance(value, tuple):
        return [_choice(one) if isinstance(one, Choice) else coded(one, names.get(one, one)) for one in value]
    if isinstance(value, datetime):
        return _instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    if field.type is FieldType.PREFECTURE and value is not None:
        return coded(str(value), PREFECTURES[str(value)])
    return coded(SEVERAL, "若干名") if field.type is FieldType.HEADCOUNT and value == SEVERAL else value


def _of_field(field: Field) -> Column:
    return Column(
        name=field.name, label=field.label, type=field.type, choices=field.choices, field=field,
        value=lambda row: _answer(field, row.content.get(field.name), row.telling.names),
    )  # fmt: skip


_BOARD_COLUMNS = (
    Column(
        name="id", label="ID", type=FieldType.INTEGER, value=lambda row: row.posting.id, meaning="募集の番号。使い回しません。"
    ),
    Column(
        name="uuid", label="UUID", type=FieldType.TEXT, value=lambda row: row.posting.uuid,
        meaning="募集の変わらない識別子。フィードの項目と同じです。",
    ),
    Column(
        name="url", label="URL", type=FieldType.URL, value=lambda row: row.telling.posting_url(row.posting),
        meaning="このサイトの募集のページ。",
    ),
    Column(
        name="status", label="状態", type=FieldType.CHOICE, choices=PublicState,
        value=lambda row: _choice(public_state(row.posting, row.telling.now)), meaning="取得した時点の状態。",
    ),
    Column(
        name="municipality", label="市区町村", code_label="全国地方公共団体コード", type=FieldType.CHOICE,
        value=lambda row: coded(row.posting.municipality_code, row.posting.municipality.name),
        meaning="募集する市区町村。コードは、検査数字を含む6桁の全国地方公共団体コード(総務省)です。先頭の0も意味を持つため、文字として扱います。",
    ),
    Column(
        name="prefecture", label="都道府県", type=FieldType.PREFECTURE,
        value=lambda row: coded(row.posting.municipality.pref_code, row.posting.municipality.prefecture),
        meaning="募集する市区町村のある都道府県。コードは2桁(JIS X 0401)です。",
    ),
    Column(
        name="version", label="版", type=FieldType.INTEGER, meaning="内容が変わるたびに1つ増える番号。",
        value=lambda row: row.posting.current.number if row.posting.current else None,
    ),
    Column(
        name="published_at", label="掲載日時", type=FieldType.INSTANT, value=lambda row: _instant(row.posting.published_at),
        meaning="はじめて公開した日時。",
    ),
    Column(
        name="updated_at", label="更新日時", type=FieldType.INSTANT, value=lambda row: _instant(row.posting.updated_at),
        meaning="内容または状態が最後に変わった日時。",
    ),
    Column(
        name="info_as_of", label="情報の時点", type=FieldType.DATE, meaning="内容がいつ現在のものか。",
        value=lambda row: row.posting.info_as_of.isoformat() if row.posting.info_as_of else None,
    ),
    Column(
        name="closed_at", label="終了日時", type=FieldType.INSTANT, value=lambda row: _instant(row.posting.closed_at),
        meaning="受付を終了、または募集を中止した日時。",
    ),
    Column(
        name="closed_reason", label="終了の理由", type=FieldType.CHOICE, choices=ClosedReason,
        value=lambda row: _choice(row.posting.closed_reason), meaning="受付を終了した理由。",
    ),
    Column(
        name="outcome", label="結果", type=FieldType.CHOICE, choices=Outcome, value=lambda row: _choice(row.posting.outcome),
        meaning="選考の結果。",
    ),
    Column(
        name="closing_note", label="終了・結果の説明", type=FieldType.LONG_TEXT, meaning="終了、中止または結果に市区町村が添えた文。",
        value=lambda row: "\n".join(filter(None, (row.posting.closed_note, row.posting.outcome_note))) or None,
    ),
    Column(
        name="pay_monthly", label="月額換算の目安", type=FieldType.YEN, value=lambda row: row.posting.pay_monthly,
        meaning="報酬の額(下限)を、日数と時間から月額に換算した目安。比べるためのもので、条件ではありません。",
    ),
)  # fmt: skip

COLUMNS: tuple[Column, ...] = (*_BOARD_COLUMNS, *(_of_field(field) for field in FIELDS if field.public))
