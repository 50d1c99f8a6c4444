"""What a JSON object of the API holds, declared once: the object itself and its schema are read from the same table."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from jobboard.base.choice import Choice
from jobboard.base.clock import in_japan

T = TypeVar("T")
Schema = dict[str, Any]
"""JSON Schema 2020-12, as OpenAPI 3.1 has it."""

TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
FLAG: Schema = {"type": "boolean"}
DAY: Schema = {"type": "string", "format": "date"}
INSTANT: Schema = {"type": "string", "format": "date-time"}
ADDRESS: Schema = {"type": "string", "format": "uri"}
CODE: Schema = {"type": "string", "pattern": "^[0-9]{6}$"}


@dataclass(frozen=True)
class Property(Generic[T]):
    """One member of an object: ``meaning`` is the Japanese description, ``read`` gives the JSON value of a subject."""

    name: str
    meaning: str
    schema: Schema
    read: Callable[[T], Any]


def object_of(shape: Sequence[Property[T]], subject: T) -> dict[str, Any]:
    """The JSON object of ``subject``; every member is always there, null when there is nothing to say."""
    return {one.name: one.read(subject) for one in shape}


def schema_of(shape: Sequence[Property[T]]) -> Schema:
    """The schema of ``object_of``. More members may be added in later releases, so it is not closed."""
    return {
        "type": "object",
        "properties": {one.name: {**one.schema, "description": one.meaning} for one in shape},
        "required": [one.name for one in shape],
    }


def nullable(schema: Schema) -> Schema:
    """``schema`` or null."""
    if isinstance(schema.get("type"), str) and "enum" not in schema:
        return {**schema, "type": [schema["type"], "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def several(schema: Schema) -> Schema:
    """A list of ``schema``."""
    return {"type": "array", "items": schema}


def listed(choices: type[Choice]) -> Schema:
    """A code of a closed list; the list stands in the document's components under its own name."""
    return {"$ref": f"#/components/schemas/{choices.__name__}"}


def list_schema(choices: type[Choice]) -> Schema:
    """The closed list itself, with the labels of its codes."""
    return {
        "type": "string",
        "enum": [str(member) for member in choices],
        "x-enumDescriptions": {str(member): member.label for member in choices},
    }


def local(instant: datetime | None) -> str | None:
    """An instant as RFC 3339 on the clock of Japan (+09:00)."""
    return in_japan(instant).isoformat() if instant else None


def written(document: Any) -> bytes:
    """JSON as it goes over the wire: UTF-8, members in their order."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False).encode()
