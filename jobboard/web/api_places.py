"""A municipality as JSON."""

from dataclasses import dataclass
from typing import Any

from jobboard.base.vocabulary import MunicipalityKind
from jobboard.models import Municipality
from jobboard.web.api_shapes import (
    ADDRESS,
    CODE,
    DAY,
    FLAG,
    TEXT,
    WHOLE,
    Property,
    Schema,
    listed,
    nullable,
    object_of,
    schema_of,
)

NUMBER: Schema = {"type": "number"}


@dataclass(frozen=True)
class Counted:
    """A municipality with the number of its open postings."""

    place: Municipality
    open: int
    base_url: str


PLACE: tuple[Property[Counted], ...] = (
    Property("code", "全国地方公共団体コード", CODE, lambda one: one.place.code),
    Property("name", "名", TEXT, lambda one: one.place.name),
    Property("full_name", "都道府県から書いた名", TEXT, lambda one: one.place.full_name),
    Property("kana", "読み", TEXT, lambda one: one.place.kana),
    Property("district", "郡。無いときは空です。", TEXT, lambda one: one.place.district),
    Property("kind", "区分", listed(MunicipalityKind), lambda one: str(one.place.kind)),
    Property("kind_label", "区分の名", TEXT, lambda one: one.place.kind.label),
    Property("prefecture", "都道府県の2桁のコード", TEXT, lambda one: one.place.pref_code),
    Property("prefecture_name", "都道府県の名", TEXT, lambda one: one.place.prefecture),
    Property("latitude", "庁舎の緯度(度)", nullable(NUMBER), lambda one: one.place.lat),
    Property("longitude", "庁舎の経度(度)", nullable(NUMBER), lambda one: one.place.lng),
    Property("website", "公式サイト。分からないときは空です。", TEXT, lambda one: one.place.url),
    Property("url", "このサイトでのページ", ADDRESS, lambda one: f"{one.base_url}/municipalities/{one.place.code}"),
    Property("sample", "架空の市区町村か", FLAG, lambda one: one.place.demonstration),
    Property(
        "ended_on", "合併などで無くなった日", nullable(DAY),
        lambda one: one.place.ended_on.isoformat() if one.place.ended_on else None,
    ),
    Property("successor", "無くなった後を継いだ市区町村のコード", nullable(CODE), lambda one: one.place.successor_code),
    Property("open", "募集中の件数。共同で募集するものを含みます。", WHOLE, lambda one: one.open),
)  # fmt: skip


def place_object(place: Municipality, open_now: int, *, base_url: str) -> dict[str, Any]:
    """A municipality and how many of its postings are open."""
    return object_of(PLACE, Counted(place, open_now, base_url))


def place_schema() -> Schema:
    """The schema of ``place_object``."""
    return schema_of(PLACE)
