"""Errors of the API as documents for machines (RFC 9457)."""

from http import HTTPStatus
from typing import Any

from flask import Response, current_app, request

from jobboard.web.api_shapes import ADDRESS, TEXT, WHOLE, Schema, written

API = "/api/"
MEDIA_TYPE = "application/problem+json"

PROBLEMS: dict[int, str] = {
    400: "指定を読み取れません。値を直してください。",
    404: "ありません。アドレスと番号を確かめてください。",
    405: "この方法(メソッド)は使えません。GETで読んでください。",
    429: "問い合わせが多すぎます。Retry-Afterの秒数だけ待ってから、もう一度お試しください。",
    500: "サーバーの中で問題が起きました。時間をおいて、もう一度お試しください。",
    503: "一時的に応答できません。Retry-Afterの秒数だけ待ってから、もう一度お試しください。",
}
"""By status: what the caller is told when there is no sentence for the very case."""

SCHEMA: Schema = {
    "type": "object",
    "properties": {
        "type": {**ADDRESS, "description": "この誤りの説明のアドレス"},
        "title": {**TEXT, "description": "誤りの種類。HTTPの番号の名"},
        "status": {**WHOLE, "description": "HTTPの番号"},
        "detail": {**TEXT, "description": "どう直せばよいかの文"},
        "parameter": {**TEXT, "description": "直すべきパラメーター。無いときもあります。"},
    },
    "required": ["type", "title", "status", "detail"],
}


def below_api() -> bool:
    """Whether this request is one of a machine: also for an address that does not exist."""
    return request.path.startswith(API)


def problem(code: int, detail: str, parameter: str) -> Response:
    """The problem document of one error."""
    document = problem_object(code, current_app.config["BOARD"].base_url, detail, parameter)
    return Response(written(document), code, content_type=MEDIA_TYPE)


def problem_object(code: int, base_url: str, detail: str = "", parameter: str = "") -> dict[str, Any]:
    """``type`` leads to the page that explains this kind of error."""
    kind = code if code in PROBLEMS else 400 if code < 500 else 500
    return {
        "type": f"{base_url}/api#problem-{kind}",
        "title": HTTPStatus(code).phrase,
        "status": code,
        "detail": detail or PROBLEMS[kind],
        **({"parameter": parameter} if parameter else {}),
    }
