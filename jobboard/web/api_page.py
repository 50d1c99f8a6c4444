"""The API's description as its page for people shows it: the OpenAPI document, and nothing beside it."""

import json
from typing import Any

Document = dict[str, Any]
Schema = dict[str, Any]

_KINDS = {"string": "文字", "integer": "整数", "number": "数", "boolean": "true か false", "object": "オブジェクト"}
_FORMATS = {"date": "日付", "date-time": "時刻", "uri": "URL"}
_SHAPES = {"Posting": "募集", "Happening": "履歴の1件", "Change": "変わったことの1件", "Municipality": "市区町村"}


def operations(document: Document) -> list[dict[str, Any]]:
    """Each address with its parameters, a request to try and its answer; a parameter that was told already is named only."""
    told: dict[str, str] = {}
    found = []
    for path, methods in document["paths"].items():
        operation = methods["get"]
        new = [one for one in operation["parameters"] if one["name"] not in told]
        found.append(
            {
                "id": operation["operationId"],
                "title": operation["summary"],
                "meaning": operation["description"],
                "path": path,
                "parameters": [_parameter(document, one) for one in new],
                "known": [one["name"] for one in operation["parameters"] if one["name"] in told],
                "request": operation["x-codeSamples"][0]["source"],
                "answer": _example(operation),
                "codes": list(operation["responses"]),
            }
        )
        told.update((one["name"], operation["operationId"]) for one in new)
    return found


def _example(operation: dict[str, Any]) -> str:
    (content,) = operation["responses"]["200"]["content"].values()
    return json.dumps(content["example"], ensure_ascii=False, indent=2)


def _parameter(document: Document, one: dict[str, Any]) -> dict[str, Any]:
    schema = _resolved(document, one["schema"])
    items = _resolved(document, schema.get("items", schema))
    labels = items.get("x-enumDescriptions", {})
    return {
        "name": one["name"],
        "meaning": one["description"],
        "kind": kind_of(schema),
        "required": one.get("required", False),
        "repeated": "items" in schema,
        "default": schema.get("default"),
        "codes": [(code, labels[code]) for code in items.get("enum", []) if code in labels],
    }


def _resolved(document: Document, schema: Schema) -> Schema:
    """The schema that a reference leads to, with what stands beside the reference."""
    reference = schema.get("$ref")
    return schema if reference is None else {**document["components"]["schemas"][_name(reference)], **schema}


def _name(reference: str) -> str:
    return reference.rpartition("/")[2]


def kind_of(schema: Schema) -> str:
    """A schema in a word or two of Japanese."""
    if "anyOf" in schema:
        words = [kind_of(one) for one in schema["anyOf"] if one != {"type": "null"}]
        return " か ".join(dict.fromkeys(words)) + ("、または null" if {"type": "null"} in schema["anyOf"] else "")
    if "items" in schema:
        return f"{kind_of(schema['items'])}の一覧"
    if "$ref" in schema or "enum" in schema or "const" in schema:
        return "コード"
    kinds = schema.get("type", "object")
    if "maximum" in schema:
        return f"{_KINDS[kinds]}({schema['minimum']:,}から{schema['maximum']:,}まで)"
    (kind, *rest) = [kinds] if isinstance(kinds, str) else kinds
    return _FORMATS.get(schema.get("format", ""), _KINDS[kind]) + ("、または null" if rest else "")


def shapes(document: Document) -> list[dict[str, Any]]:
    """The members of each kind of object in an answer; those of the posting's fields by themselves."""
    schemas = document["components"]["schemas"]
    found = [{"id": name, "title": title, "members": _members(schemas[name])} for name, title in _SHAPES.items()]
    fields = schemas["Posting"]["properties"]["fields"]["properties"]
    members = [(name, kind_of(one["properties"]["value"]), one["title"]) for name, one in fields.items()]
    found.insert(1, {"id": "fields", "title": "募集の項目(fields)の value", "members": members})
    return found


def _members(schema: Schema) -> list[tuple[str, str, str]]:
    return [(name, kind_of(one), one["description"]) for name, one in schema["properties"].items()]


def problems(document: Document) -> list[tuple[str, str]]:
    """(status, what it means) of each error."""
    responses = document["components"]["responses"]
    return [(name.removeprefix("Problem"), one["description"]) for name, one in responses.items()]
