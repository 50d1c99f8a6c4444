"""What every answer of the API is wrapped in: the terms of use, and on pages the way on."""

from collections.abc import Sequence
from typing import Any

from flask import Response, current_app

from jobboard.domain.paging import Stretch
from jobboard.web import licence
from jobboard.web.api_shapes import ADDRESS, FLAG, TEXT, WHOLE, Schema, nullable, several, written

JSON = "application/json"


def answer(document: Any) -> Response:
    """A document as it is."""
    return Response(written(document), content_type=JSON)


def single(found: Any) -> Response:
    """One thing, or a list that has no pages."""
    return answer({"data": found, "licence": _licence()})


def page(stretch: Stretch[Any], shown: Sequence[Any], following: str | None) -> Response:
    """A page of a list; ``following`` is the address of the next one, also in the header ``Link`` (RFC 8288)."""
    document = {
        "data": shown,
        "next": following,
        "total": stretch.total,
        "total_is_exact": stretch.total_is_exact,
        "licence": _licence(),
    }
    response = answer(document)
    if following:
        response.headers["Link"] = f'<{following}>; rel="next"'
    return response


def _licence() -> dict[str, str]:
    config = current_app.config["BOARD"]
    return licence_object(config.site_name, config.base_url)


def licence_object(site_name: str, base_url: str) -> dict[str, str]:
    """The terms, and the sentence to write beside what was taken from here."""
    return {"name": licence.NAME, "url": licence.URL, "attribution": licence.attribution(site_name, base_url)}


_LICENCE: Schema = {
    "type": "object",
    "description": "利用の条件",
    "properties": {
        "name": {**TEXT, "description": "利用規約の名"},
        "url": {**ADDRESS, "description": "利用規約のアドレス"},
        "attribution": {**TEXT, "description": "利用するときに書く出典"},
    },
    "required": ["name", "url", "attribution"],
}


def single_schema(found: Schema) -> Schema:
    """The schema of ``single``."""
    return _wrapped({"data": found})


def page_schema(one: Schema) -> Schema:
    """The schema of ``page``."""
    return _wrapped(
        {
            "data": several(one),
            "next": {**nullable(ADDRESS), "description": "次のページのアドレス。最後のページでは null です。"},
            "total": {**WHOLE, "description": "条件に合う件数"},
            "total_is_exact": {**FLAG, "description": "件数が正確か。正確でないときは、total以上です。"},
        }
    )


def _wrapped(properties: dict[str, Schema]) -> Schema:
    return {
        "type": "object",
        "properties": {**properties, "licence": _LICENCE},
        "required": [*properties, "licence"],
    }
