"""The closed lists of the API: what a query may ask for and what an answer may say, with codes and labels."""

from collections.abc import Iterable
from typing import Any

from jobboard.base.choice import Choice
from jobboard.base.codes import PREFECTURES
from jobboard.base.fields import FIELDS
from jobboard.base.states import ClosedReason, EventKind, Outcome, PublicState
from jobboard.base.vocabulary import Explicit, MunicipalityKind
from jobboard.domain.describing import LABELS
from jobboard.domain.grammar import CHOICES, Status
from jobboard.domain.listing import Sort
from jobboard.web.api_shapes import TEXT, Schema, list_schema, several

QUERY: dict[str, type[Choice]] = {**CHOICES, "status": Status, "sort": Sort}
"""Parameter to the list of its values; ``pref`` has the prefectures."""

ANSWERS: dict[str, tuple[str, type[Choice]]] = {
    "status": ("募集の状態", PublicState),
    "kind": ("起きたこと", EventKind),
    "closed_reason": ("終了の理由", ClosedReason),
    "outcome": ("募集の結果", Outcome),
    "municipality_kind": ("市区町村の区分", MunicipalityKind),
    "explicit": ("値の代わりの答え", Explicit),
}
"""Lists that only answers hold."""

FIELD_LISTS = {field.name: (field.label, field.choices) for field in FIELDS if field.public and field.choices}


def list_schemas() -> dict[str, Schema]:
    """Every closed list by its name, for the document's components."""
    kinds = [*QUERY.values(), *(kind for _, kind in ANSWERS.values()), *(kind for _, kind in FIELD_LISTS.values())]
    return {kind.__name__: list_schema(kind) for kind in sorted(set(kinds), key=lambda kind: kind.__name__)}


def vocabulary() -> dict[str, Any]:
    """All lists, by where their codes stand: in a query, in a posting's fields, elsewhere in answers."""
    labels = {**LABELS, "sort": "並び順"}
    prefectures = {"name": "pref", "label": LABELS["pref"], "values": _values(PREFECTURES.items())}
    return {
        "query": [prefectures, *(_list(name, labels[name], kind) for name, kind in QUERY.items())],
        "fields": [_list(name, label, kind) for name, (label, kind) in FIELD_LISTS.items()],
        "answers": [_list(name, label, kind) for name, (label, kind) in ANSWERS.items()],
    }


def _list(name: str, label: str, kind: type[Choice]) -> dict[str, Any]:
    return {"name": name, "label": label, "values": _values((str(member), member.label) for member in kind)}


def _values(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"code": code, "label": label} for code, label in pairs]


def vocabulary_schema() -> Schema:
    """The schema of ``vocabulary``."""
    value = {"type": "object", "properties": {"code": TEXT, "label": TEXT}, "required": ["code", "label"]}
    properties = {"name": TEXT, "label": TEXT, "values": several(value)}
    one = {"type": "object", "properties": properties, "required": list(properties)}
    parts = {
        "query": {**several(one), "description": "検索の条件に書くコード"},
        "fields": {**several(one), "description": "募集の項目に現れるコード"},
        "answers": {**several(one), "description": "そのほか、応答に現れるコード"},
    }
    return {"type": "object", "properties": parts, "required": list(parts)}
