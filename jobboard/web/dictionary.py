"""The data dictionary: what each column and each parameter means, read from the tables and lists that the programs use."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jobboard.base.choice import Choice
from jobboard.base.codes import PREFECTURES
from jobboard.base.content import SEVERAL
from jobboard.base.fields import BY_NAME, Field, FieldType, Need
from jobboard.domain.describing import LABELS
from jobboard.domain.grammar import CHOICES, NAMES, Status
from jobboard.domain.listing import Sort
from jobboard.web.columns import COLUMNS, Column
from jobboard.web.table import Encoding

Coded = list[dict[str, str]]


@dataclass(frozen=True)
class Meaning:
    """A column in words. ``required`` is empty for what the board adds; ``instead`` lists answers that may stand for a value."""

    column: Column
    choices: Coded
    instead: Coded
    required: str

    def json(self) -> dict[str, Any]:
        """For programs."""
        column, field = self.column, self.column.field
        return {
            "name": column.name,
            "cells": [{"heading": heading, "key": key} for heading, key in column.cells],
            "section": column.section,
            "type": coded(str(column.type), column.type.label),
            "unit": column.unit,
            "max_length": field.max_length if field and field.type in (FieldType.TEXT, FieldType.LONG_TEXT) else None,
            "choices": self.choices,
            "instead_of_a_value": self.instead,
            "required": self.required,
            "law": field.law if field else "",
            "meaning": column.meaning,
            "example": field.example if field else "",
        }


@dataclass(frozen=True)
class Parameter:
    """A parameter of the query. ``several``: it may be given more than once, and any one of them is enough."""

    name: str
    label: str
    meaning: str
    example: str
    choices: Coded
    several: bool = True

    def json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "name": self.name, "label": self.label, "meaning": self.meaning, "example": self.example,
            "choices": self.choices, "several": self.several,
        }  # fmt: skip


def meanings() -> list[Meaning]:
    """One for each column of the open data, in their order."""
    return [Meaning(column, _choices(column), _instead(column), _required(column.field)) for column in COLUMNS]


def _choices(column: Column) -> Coded:
    if column.type is FieldType.PREFECTURE:
        return [coded(code, name) for code, name in PREFECTURES.items()]
    return listed(column.choices)


def coded(code: str, label: str) -> dict[str, str]:
    """A code with its label."""
    return {"code": code, "label": label}


def listed(choices: type[Choice] | None) -> Coded:
    """The members of a closed list with their labels."""
    return [coded(str(member), member.label) for member in choices or ()]


def _instead(column: Column) -> Coded:
    several = [coded(SEVERAL, "若干名")] if column.type is FieldType.HEADCOUNT else []
    return several + [coded(str(answer), answer.label) for answer in (column.field.explicit if column.field else ())]


def _required(field: Field | None) -> str:
    if field is None:
        return ""
    if field.needed_with is None:
        return field.need.label
    name, codes = field.needed_with
    labels = "・".join(one["label"] for one in listed(BY_NAME[name].choices) if one["code"] in codes)
    also = "" if field.need is Need.NEVER else f"{field.need.label}、"
    return f"{also}「{BY_NAME[name].label}」が{labels}のとき必須"


MEANINGS = {
    "q": '題名、本文、市区町村名などに含まれる言葉。空白で区切るとすべてを含むもの、"…" はひと続きの言葉、先頭の - は除外です。',
    "pref": "募集する市区町村の都道府県。2桁のコード(01から47まで。JIS X 0401)です。",
    "municipality": "募集する市区町村。6桁の全国地方公共団体コードです。",
    "audience": "個人への募集か、企業への募集か。どちらも対象とする募集は、どちらの条件にも合います。",
    "pay_min": "報酬がこの額(円)以上。単位(pay_unit)と一緒に指定します。上限のある募集は、上限と比べます。",
    "closing_before": "応募締切がこの日まで(日本の日付。この日を含む)。",
    "posting": "募集の番号(ページのアドレス /postings/ の後の数字)。",
    "status": "指定しなければ、募集中のものだけです。",
}
"""By parameter of the grammar: what its label does not say."""

_EXAMPLES = {
    "q": "副業 -常勤", "pref": "04", "municipality": "131016", "role": "cio_adviser", "engagement": "special_part_time",
    "theme": "bpr", "audience": "person", "remote": "fully", "side_job": "yes", "pay_unit": "day", "pay_min": "25000",
    "closing_before": "2026-05-29", "posting": "1", "status": "all",
}  # fmt: skip
_ALONE = {"pay_min", "closing_before", "status"}


def parameters() -> list[Parameter]:
    """The grammar that the list, feeds, tables, calendars and the API share, in canonical order."""
    return [
        Parameter(
            name, LABELS[name], MEANINGS.get(name, "コードで指定します。"), _EXAMPLES[name], _values(name), name not in _ALONE
        )
        for name in NAMES
    ]


def _values(name: str) -> Coded:
    if name == "pref":
        return [coded(code, prefecture) for code, prefecture in PREFECTURES.items()]
    return listed(Status if name == "status" else CHOICES.get(name))


def further_parameters() -> list[Parameter]:
    """Those that one address alone knows."""
    return [
        Parameter("sort", "並び替え", "/postings の並び順。", "deadline", listed(Sort), several=False),
        Parameter("page", "ページ", "/postings のページ。1からの数字です。", "2", [], several=False),
        Parameter("encoding", "文字コード", "/postings.csv の文字コード。", "cp932", listed(Encoding), several=False),
    ]


_HEADINGS = (
    "CSVの見出し", "JSONの位置", "区分", "型", "単位", "選択肢", "値の代わりの答え", "必須", "根拠", "意味", "例",
)  # fmt: skip


def rows() -> Iterator[list[str]]:
    """The dictionary as a table: a row for each column of the table of postings, after the titles."""
    yield list(_HEADINGS)
    for meaning in meanings():
        told = meaning.json()
        for heading, key in meaning.column.cells:
            yield [
                heading, key, told["section"], told["type"]["label"], told["unit"], _inline(meaning.choices),
                _inline(meaning.instead), told["required"], told["law"], told["meaning"], told["example"],
            ]  # fmt: skip


def _inline(choices: Coded) -> str:
    return "; ".join(f"{one['code']}={one['label']}" for one in choices)
