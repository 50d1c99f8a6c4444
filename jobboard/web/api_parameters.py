"""The parameters of the API as OpenAPI describes them, derived from the query grammar."""

from typing import Any

from jobboard.base.codes import PREFECTURES
from jobboard.domain.describing import LABELS
from jobboard.domain.grammar import CHOICES, MOST_ID, MOST_PAY, MOST_SEARCHES, MOST_VALUES, NAMES, Status
from jobboard.domain.listing import Sort
from jobboard.domain.paging import LIMIT, MOST
from jobboard.domain.words import LONGEST
from jobboard.web.api_shapes import CODE, DAY, TEXT, Schema, listed
from jobboard.web.dictionary import MEANINGS

Parameter = dict[str, Any]
NUMBER: Schema = {"type": "integer", "minimum": 1, "maximum": MOST_ID}

_ONE: dict[str, Schema] = {
    "pay_min": {"type": "integer", "minimum": 0, "maximum": MOST_PAY},
    "closing_before": {**DAY, "pattern": "^20[0-9]{2}-"},
    "status": {**listed(Status), "default": str(Status.OPEN)},
}
_ITEMS: dict[str, Schema] = {
    "q": {**TEXT, "maxLength": LONGEST},
    "pref": {"type": "string", "enum": list(PREFECTURES)},
    "municipality": CODE,
    "posting": NUMBER,
    **{name: listed(kind) for name, kind in CHOICES.items()},
}
"""Of parameters that may be repeated: their values are alternatives."""


def query_parameters(*, without: tuple[str, ...] = ()) -> list[Parameter]:
    """Every parameter of the query grammar."""
    return [_of_query(name) for name in NAMES if name not in without]


def _of_query(name: str) -> Parameter:
    items = _ITEMS.get(name)
    most = MOST_SEARCHES if name == "q" else MOST_VALUES
    schema = _ONE[name] if items is None else {"type": "array", "items": items, "maxItems": most}
    return parameter(name, "。".join(filter(None, (LABELS[name], MEANINGS.get(name)))), schema)


def parameter(name: str, meaning: str, schema: Schema, *, place: str = "query") -> Parameter:
    """One parameter; those of the path are required."""
    described = {"name": name, "in": place, "description": meaning, "schema": schema}
    return {**described, "required": True} if place == "path" else described


SORT = parameter("sort", "並び順。同じ順のものは、新しい番号が先です。", {**listed(Sort), "default": str(Sort.NEW)})
PAGES = [
    parameter("limit", "1ページの件数", {"type": "integer", "minimum": 1, "maximum": MOST, "default": LIMIT}),
    parameter("cursor", "続きの位置。前の応答の next に書かれたものを、そのまま使います。", TEXT),
]
POSTING_ID = parameter("posting_id", "募集の番号", NUMBER, place="path")
MUNICIPALITY = parameter("code", "全国地方公共団体コード(6桁)", CODE, place="path")
