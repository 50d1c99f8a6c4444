"""A field of a posting as JSON, and its schema: both derived from the field table and nothing else."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from jobboard.base.choice import Choice
from jobboard.base.codes import PREFECTURES
from jobboard.base.content import SEVERAL, Content, Value, public_fields
from jobboard.base.fields import FIELDS, Field, FieldType
from jobboard.base.showing import show_value
from jobboard.base.vocabulary import Explicit
from jobboard.web.api_shapes import CODE, DAY, INSTANT, TEXT, WHOLE, Schema, listed, local, nullable, several

_SCALARS: dict[FieldType, Schema] = {
    FieldType.DATE: DAY,
    FieldType.INSTANT: INSTANT,
    FieldType.INTEGER: WHOLE,
    FieldType.YEN: WHOLE,
    FieldType.DECIMAL: {"type": "number"},
    FieldType.HEADCOUNT: {"anyOf": [WHOLE, {"const": SEVERAL}]},
    FieldType.PREFECTURE: {"type": "string", "enum": list(PREFECTURES)},
    FieldType.MUNICIPALITIES: several(CODE),
}
"""Other types are text."""


def fields_object(content: Content) -> dict[str, Any]:
    """Every public field that was answered, by name, in the order of the field table."""
    return {field.name: field_object(field, content) for field in public_fields(content)}


def field_object(field: Field, content: Content) -> dict[str, Any]:
    """One answered field: its label under the form of engagement, the value for machines, the text for people.

    An answer instead of a value (未定 …) leaves ``value`` null and stands in ``explicit``.
    """
    value = content[field.name]
    explicit = str(value) if isinstance(value, Explicit) else None
    shown = {"label": field.label_for(content.engagement), "value": None if explicit else _json(value)}
    return {**shown, **({"explicit": explicit} if field.explicit else {}), "text": show_value(field, value)}


def _json(value: Value) -> Any:
    if isinstance(value, tuple):
        return [_json(member) for member in value]
    return next((write(value) for kind, write in _WRITTEN if isinstance(value, kind)), value)


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral() else float(value)


_WRITTEN: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (Choice, str),
    (datetime, local),
    (date, date.isoformat),
    (Decimal, _number),
)
"""In this order: a datetime is a date, too."""


def fields_schema() -> Schema:
    """The schema of ``fields_object``."""
    properties = {field.name: field_schema(field) for field in FIELDS if field.public}
    return {"type": "object", "properties": properties}


def field_schema(field: Field) -> Schema:
    """The schema of ``field_object``."""
    value = {"value": nullable(value_schema(field)) if field.explicit else value_schema(field)}
    explicit = {"explicit": nullable(listed(Explicit))} if field.explicit else {}
    properties = {"label": TEXT, **value, **explicit, "text": TEXT}
    return {"type": "object", "title": field.label, "properties": properties, "required": list(properties)}


def value_schema(field: Field) -> Schema:
    """The schema of a field's value."""
    if field.choices and field.type is FieldType.CHOICES:
        return several(listed(field.choices))
    if field.choices:
        return listed(field.choices)
    return _SCALARS.get(field.type, TEXT)
