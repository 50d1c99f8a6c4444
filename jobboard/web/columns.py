"""The columns of the table: each one a place in the JSON object of a posting (posting_json.py), under a Japanese heading.

So the table holds what the JSON holds, and the data dictionary explains both. What a municipality wrote comes from the field
table, column by column; the rest is what the board knows of a posting.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jobboard.base.fields import FIELDS, Field, FieldType
from jobboard.base.fields.field import ChoiceList
from jobboard.base.states import ClosedReason, Outcome, PublicState

Cells = tuple[tuple[str, str], ...]

_UNITS = {FieldType.YEN: "円", FieldType.HEADCOUNT: "人"}
_BOARD = "掲載"


@dataclass(frozen=True, kw_only=True)
class Column:
    """What the dictionary explains as one: ``cells`` are the headings in the table with their places in the JSON.

    A coded one has two cells, the code and the label. ``field`` is the field that it shows, None for what the board knows.
    """

    name: str
    label: str
    type: FieldType
    cells: Cells
    choices: ChoiceList | None = None
    meaning: str = ""
    field: Field | None = None

    @property
    def unit(self) -> str:
        """円, 人, 時間 …; empty for what has none."""
        return (self.field.unit if self.field else "") or _UNITS.get(self.type, "")

    @property
    def section(self) -> str:
        """The part of the posting that it belongs to."""
        return self.field.section.label if self.field else _BOARD


def cell(posting: dict[str, Any], *path: str) -> str:
    """The text at a place in the JSON object of a posting; empty when nothing is there.

    Several codes stand with spaces between them. An answer that stands instead of a value (未定) is told by its words.
    """
    *above, last = path
    for name in above:
        posting = posting.get(name) or {}
    value = posting.get("text" if posting.get("explicit") else last)
    value = int(value) if isinstance(value, bool) else value
    return " ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)


_CODED = (FieldType.CHOICE, FieldType.CHOICES, FieldType.PREFECTURE)


def _of_field(field: Field) -> Column:
    place = f"fields.{field.name}"
    # The title stands at the top, too, marked when the posting is invented.
    cells: Cells = ((field.label, field.name if field.name == "title" else f"{place}.value"),)
    if field.type in _CODED:
        cells = ((f"{field.label}コード", f"{place}.value"), (field.label, f"{place}.text"))
    return Column(name=field.name, label=field.label, type=field.type, choices=field.choices, field=field, cells=cells)


def _of_board() -> Iterator[Column]:
    yield _own("id", "ID", FieldType.INTEGER, "募集の番号。変わらず、使い回しません。")
    yield _own("uuid", "UUID", FieldType.TEXT, "募集の変わらない識別子。フィードの項目のidと同じです。")
    yield _own("url", "URL", FieldType.URL, "このサイトの募集のページ。")
    yield _coded("status", "状態", "取得した時点の状態。「掲載終了」は、「リンクのみ」の掲載が終わったことで、募集の終了や中止を意味しません。", PublicState)
    yield Column(
        name="municipality", label="市区町村", type=FieldType.TEXT,
        cells=(("全国地方公共団体コード", "municipality"), ("市区町村", "municipality_name")),
        meaning="募集する市区町村。コードは、検査数字を含む6桁の全国地方公共団体コード(総務省)です。先頭の0も意味を持つため、文字として扱います。",
    )  # fmt: skip
    yield Column(
        name="prefecture", label="都道府県", type=FieldType.PREFECTURE,
        cells=(("都道府県コード", "prefecture"), ("都道府県", "prefecture_name")),
        meaning="募集する市区町村のある都道府県。コードは2桁(JIS X 0401)です。",
    )  # fmt: skip
    yield _own("version", "版", FieldType.INTEGER, "内容が変わるたびに1つ増える番号。")
    yield _own("published_at", "掲載日時", FieldType.INSTANT, "はじめて公開した日時。")
    yield _own("updated_at", "更新日時", FieldType.INSTANT, "内容または状態が最後に変わった日時。")
    yield _own("info_as_of", "情報の時点", FieldType.DATE, "内容がいつ現在のものか。市区町村がまだ確かめていない「リンクのみ」では空です。")
    yield _own(
        "link_only", "リンクのみ", FieldType.INTEGER,
        "市区町村のサイトで見つけ、題名と公式ページだけが分かっている募集は1(JSONでは true)、ほかは0(false)。掲載が終わると、公式ページは示しません。",
    )
    yield _own(
        "confirmed_on", "掲載を確認した日", FieldType.DATE,
        "「リンクのみ」を載せてよいと市区町村が答えた日。答えるまでと、ほかの募集では空です。",
    )
    yield _own("closes_at", "募集が終わる日時", FieldType.INSTANT, "この時まで募集中です。随時の募集では、見直しの日から14日後です。")
    yield _own("collected_at", "収集日時", FieldType.INSTANT, "市区町村のサイトで見つけた日時。市区町村が入力した募集では空です。")
    yield _own("closed_at", "終了日時", FieldType.INSTANT, "受付を終了、または募集を中止した日時。「リンクのみ」では、掲載を終えた日時。")
    yield _coded("closed_reason", "終了の理由", "受付を終了した理由。", ClosedReason)
    yield _own("closed_note", "終了の説明", FieldType.LONG_TEXT, "終了または中止に市区町村が添えた文。「リンクのみ」の掲載を終えたときは、その理由。")
    yield _coded("outcome", "結果", "募集の結果。「リンクのみ」では、市区町村が知らせたときだけです。", Outcome)
    yield _own("outcome_note", "結果の説明", FieldType.LONG_TEXT, "結果に市区町村が添えた文。")
    yield _own(
        "pay_monthly", "月額換算の目安", FieldType.YEN, "報酬の額(下限)を月額に換算した目安。比べるためのもので、条件ではありません。"
    )


def _own(name: str, label: str, kind: FieldType, meaning: str) -> Column:
    return Column(name=name, label=label, type=kind, meaning=meaning, cells=((label, name),))


def _coded(name: str, label: str, meaning: str, choices: ChoiceList) -> Column:
    cells = ((f"{label}コード", name), (label, f"{name}_label"))
    return Column(name=name, label=label, type=FieldType.CHOICE, meaning=meaning, choices=choices, cells=cells)


COLUMNS: tuple[Column, ...] = (*_of_board(), *(_of_field(field) for field in FIELDS if field.public))
CELLS: Cells = tuple(one for column in COLUMNS for one in column.cells)
"""Heading and place in the JSON of each column of the table."""
