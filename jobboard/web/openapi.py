"""The description of the API in OpenAPI 3.1, put together from the tables that the answers themselves are made from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from jobboard.web import api_problems, api_samples, licence
from jobboard.web.api_answers import JSON, licence_object, page_schema, single_schema
from jobboard.web.api_events import change_schema, happening_schema
from jobboard.web.api_limits import policies
from jobboard.web.api_lists import list_schemas, vocabulary, vocabulary_schema
from jobboard.web.api_parameters import MUNICIPALITY, PAGES, POSTING_ID, SORT, Parameter, query_parameters
from jobboard.web.api_places import place_schema
from jobboard.web.api_problems import MEDIA_TYPE, PROBLEMS
from jobboard.web.api_shapes import TEXT, Schema, several
from jobboard.web.posting_json import posting_schema

VERSION = "1.0.0"
ROOT = "/api/v1"
DESCRIPTION = (
    "市区町村が行う外部デジタル人材の募集を、プログラムから読むためのAPIです。読むだけで、登録も鍵も要りません。"
    "募集の主体は各市区町村です。応募・選考は各市区町村が直接行い、総務省は選考に関与しません。"
)


@dataclass(frozen=True)
class Operation:
    """One address. ``id`` is the name of its view, ``sample`` an address to try, ``example`` its answer without the wrapping."""

    path: str
    id: str
    title: str
    meaning: str
    sample: str
    schema: Schema
    example: Callable[[str], Any]
    parameters: Sequence[Parameter] = ()
    pages: bool = False
    wrapped: bool = True


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "/postings", "postings", "募集を探す", "サイトの一覧と同じ条件で探します。同じ名のパラメーターを重ねると「または」、違う名は「かつ」です。",
        "/postings?pref=04&remote=partly&sort=deadline", _ref("Posting"), api_samples.posting,
        (*query_parameters(), SORT, *PAGES), pages=True,
    ),
    Operation(
        "/postings/{posting_id}", "posting", "1つの募集", "受付を終えた募集も読めます。", f"/postings/{api_samples.ID}", _ref("Posting"),
        api_samples.posting, (POSTING_ID,),
    ),
    Operation(
        "/postings/{posting_id}/history", "history", "1つの募集の履歴", "公開の後に起きたことを、新しい順に、前と後の値とともに返します。",
        f"/postings/{api_samples.ID}/history", several(_ref("Happening")), lambda base_url: [api_samples.happening(base_url)], (POSTING_ID,),
    ),
    Operation(
        "/changes", "changes", "変わったこと",
        "新着、変更、締切延長、終了、中止、再開を、新しい順に返します。条件は今の募集に当てはめ、終了したものも必ず含みます。"
        "締切による終了は、締切の時刻の出来事として後から加わることがあります。",
        "/changes?pref=04", _ref("Change"), api_samples.change, (*query_parameters(without=("status",)), *PAGES), pages=True,
    ),
    Operation(
        "/municipalities", "municipalities", "市区町村の一覧", "今あるすべての市区町村を、募集中の件数とともに返します。", "/municipalities",
        several(_ref("Municipality")), lambda base_url: [api_samples.place(base_url)],
    ),
    Operation(
        "/municipalities/{code}", "municipality", "1つの市区町村", "合併などで無くなった市区町村も読めます。", f"/municipalities/{api_samples.CODE}",
        _ref("Municipality"), api_samples.place, (MUNICIPALITY,),
    ),
    Operation(
        "/vocabulary", "vocabulary", "コードの一覧", "条件と応答に現れるコードと、その日本語の名です。", "/vocabulary", _ref("Vocabulary"),
        lambda _: vocabulary(),
    ),
    Operation(
        "/openapi.json", "description", "このAPIの説明書", "OpenAPI 3.1で書いた説明書です。", "/openapi.json", {"type": "object"},
        lambda _: {"openapi": "3.1.0"}, wrapped=False,
    ),
)  # fmt: skip


def document(site_name: str, base_url: str) -> dict[str, Any]:
    """The whole description for an installation that is reached at ``base_url``."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{site_name} API",
            "version": VERSION,
            "description": DESCRIPTION,
            "termsOfService": f"{base_url}/terms",
            "license": {"name": licence.NAME, "url": licence.URL},
        },
        "externalDocs": {"description": "使い方", "url": f"{base_url}/api"},
        "servers": [{"url": base_url + ROOT}],
        "paths": {one.path: {"get": _operation(one, site_name, base_url)} for one in OPERATIONS},
        "components": {
            "schemas": {
                "Posting": posting_schema(),
                "Happening": happening_schema(),
                "Change": change_schema(),
                "Municipality": place_schema(),
                "Vocabulary": vocabulary_schema(),
                "Problem": api_problems.SCHEMA,
                **list_schemas(),
            },
            "headers": _HEADERS,
            "responses": {f"Problem{code}": _problem(code, base_url) for code in PROBLEMS},
        },
    }


def _operation(one: Operation, site_name: str, base_url: str) -> dict[str, Any]:
    found = one.example(base_url)
    example = _example(one, found, licence_object(site_name, base_url), base_url) if one.wrapped else found
    schema = (page_schema if one.pages else single_schema)(one.schema) if one.wrapped else one.schema
    return {
        "operationId": one.id,
        "summary": one.title,
        "description": one.meaning,
        "parameters": list(one.parameters),
        "x-codeSamples": [{"lang": "Shell", "source": f"curl '{base_url}{ROOT}{one.sample}'"}],
        "responses": {
            "200": {
                "description": "見つかったもの",
                "headers": _headers("ETag", "RateLimit", "RateLimit-Policy", *(("Link",) if one.pages else ())),
                "content": {JSON: {"schema": schema, "example": example}},
            },
            "304": {"description": "If-None-Matchで示された状態から変わっていません。", "headers": _headers("ETag")},
            **{str(code): {"$ref": f"#/components/responses/Problem{code}"} for code in _problems(one)},
        },
    }


def _example(one: Operation, found: Any, terms: dict[str, str], base_url: str) -> dict[str, Any]:
    if not one.pages:
        return {"data": found, "licence": terms}
    following = f"{base_url}{ROOT}{one.sample}&cursor=..."
    return {"data": [found], "next": following, "total": 21, "total_is_exact": True, "licence": terms}


def _problems(one: Operation) -> list[int]:
    """The errors that an address can answer with."""
    places = {parameter["in"] for parameter in one.parameters}
    needs = {HTTPStatus.BAD_REQUEST: "query", HTTPStatus.NOT_FOUND: "path"}
    return [code for code in PROBLEMS if code not in needs or needs[HTTPStatus(code)] in places]


def _problem(code: int, base_url: str) -> dict[str, Any]:
    waits = ("Retry-After",) if code in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE) else ()
    schema, example = _ref("Problem"), api_problems.problem_object(code, base_url)
    described = {"description": PROBLEMS[code], "content": {MEDIA_TYPE: {"schema": schema, "example": example}}}
    return {**described, "headers": _headers(*waits)} if waits else described


_HEADERS: dict[str, dict[str, Any]] = {
    "ETag": {"description": "この応答の状態。次にIf-None-Matchで示せます。", "required": True, "schema": TEXT},
    "Link": {"description": "次のページ(rel=\"next\")", "schema": TEXT},
    "RateLimit": {"description": "残りの回数(r)と、戻るまでの秒数(t)", "required": True, "schema": TEXT},
    "RateLimit-Policy": {"description": f"回数の決まり: {policies()}", "required": True, "schema": TEXT},
    "Retry-After": {"description": "待つ秒数", "required": True, "schema": {"type": "integer"}},
}


def _headers(*names: str) -> dict[str, Schema]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
