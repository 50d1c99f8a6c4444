"""From an error to its page: one table, Japanese once, here. Pages are the design's, read no session, say what to do.

Below /api/ an error is a document for machines instead (api_problems).
"""

from datetime import timedelta

import structlog
from flask import Flask, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, InternalServerError, MethodNotAllowed, RequestEntityTooLarge

from jobboard.base.clock import in_japan
from jobboard.base.errors import (
    BoardError,
    DemonstrationOnly,
    EditConflict,
    Forgotten,
    Incomplete,
    InvalidQuery,
    NotFound,
    NotPermitted,
    StaleLink,
    WrongState,
)
from jobboard.config import Config
from jobboard.web import api_problems, sending_again
from jobboard.web.limits import retry_after
from jobboard.web.security import ForgedForm
from jobboard.web.signing_in import NotSignedIn
from jobboard.web.transaction import now
from jobboard.web.ways_on import searched, ways_on

log = structlog.get_logger()

PAGES = frozenset({400, 403, 404, 405, 409, 410, 413, 429, 500, 503})
CODES: dict[type[BoardError], int] = {
    Forgotten: 410,
    NotFound: 404,
    NotPermitted: 403,
    InvalidQuery: 400,
    StaleLink: 410,
    WrongState: 409,
    EditConflict: 409,
    Incomplete: 400,
    DemonstrationOnly: 503,
}
FORM_EXPIRED = "ログインの期限が切れたか、クッキーが使えない状態です。ページを開き直して、もう一度操作してください。"
BUSY_SECONDS = 5
TRIED = {
    "access.sign_in": "ログインの失敗が続きました。",
    **dict.fromkeys(("code.use", "factor.show", "factor.register_app", "factor.register_mail"), "確認コードの誤りが続きました。"),
}
"""Where a password or a code is tried, and what is said when it failed too often."""


def init(app: Flask, config: Config) -> None:
    """Answers every error that reaches the edge."""
    app.register_error_handler(BoardError, _expected)
    app.register_error_handler(NotSignedIn, _sign_in_first)
    app.register_error_handler(CSRFError, _form_expired)
    app.register_error_handler(RateLimitExceeded, _too_often)
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(InternalServerError, _unforeseen)


def _page(code: int, reason: str = "", error: Exception | None = None) -> Response:
    if api_problems.below_api():
        return api_problems.problem(code, reason, error.parameter if isinstance(error, InvalidQuery) else "")
    shown = code if code in PAGES else 400 if code < 500 else 500
    values: dict[str, object] = {"ways": ways_on(error), "words": searched()} if error and code in (400, 404, 429) else {}
    if error and code == 409:
        values = {"typed": sending_again.words()}
    return make_response(render_template(f"errors/{shown}.html", code=code, reason=reason, **values), code)


def _sign_in_first(error: NotSignedIn) -> ResponseReturnValue:
    asked = request.full_path.rstrip("?") if request.method == "GET" else None
    return sending_again.offer(403) or redirect(url_for("access.login", next=asked))


def _form_expired(error: CSRFError) -> ResponseReturnValue:
    return sending_again.offer(400) or _refused(error)


def _expected(error: BoardError) -> ResponseReturnValue:
    """An error that the domain answers with."""
    code = next((code for kind, code in CODES.items() if isinstance(error, kind)), 500)
    log.info("request_answered", code=code, error=type(error).__name__, endpoint=request.endpoint)
    return _page(code, _sentence(error), error)


def _sentence(error: BoardError) -> str:
    if isinstance(error, Forgotten):
        return "この募集は終わり、保存する期間が過ぎたので、記録を消しました。"
    if isinstance(error, InvalidQuery):
        return error.message
    if isinstance(error, WrongState):
        return STATES.get(error.state, "ほかの人が先に操作したため、状態が変わっています。画面を開き直して確かめてください。")
    if isinstance(error, EditConflict):
        return f"編集している間に{error.by}さんが保存しました。画面を開き直して、内容を確かめてください。"
    if isinstance(error, Incomplete):
        return " ".join(problem.message for problem in error.problems)
    return ""


STATES = {
    "held": "ほかの人が担当しています。画面を開き直して確かめてください。",
    "last_administrator": "最後の管理者は、停止することも役割を外すこともできません。先に別の管理者を招待してください。",
    "only_role": "最後の役割は外せません。使わなくなったときは、利用を停止してください。",
    "not_in_use": "利用中でない利用者には、役割を加えられません。招待し直してください。",
    "handover_decided": "この引き継ぎの申出は、すでにほかの人が答えました。",
    "no_factor": "この利用者は、2つめの確認をまだ登録していません。",
    "totp_required": "総務省の役割では、認証アプリを登録してください。",
    "announced": "このお知らせは、すでに公開しています。画面を開き直して確かめてください。",
    "not_standing": "このお知らせは、公開中ではありません。画面を開き直して確かめてください。",
    "not_announced": "このお知らせは、すでに取り下げています。画面を開き直して確かめてください。",
    "deactivated": "このアカウントはすでに停止しています。",
}


def _too_often(error: RateLimitExceeded) -> ResponseReturnValue:
    seconds = retry_after()
    log.warning("limit_reached", endpoint=request.endpoint, retry_after=seconds)
    happened = TRIED.get(request.endpoint or "", "短い時間に操作が続きました。")
    mailed = request.endpoint in ("access.sign_in", "code.use")  # where a mailed link is another way in
    answer = _page(429, f"{happened}{_wait(seconds)}から、もう一度操作できます。", error if mailed else None)
    answer.headers["Retry-After"] = str(seconds)
    return answer


def _wait(seconds: int) -> str:
    wait = f"約{-(-seconds // 3600)}時間後" if seconds > 3600 else f"約{-(-seconds // 60)}分後" if seconds >= 60 else f"{seconds}秒後"
    opens = in_japan(now() + timedelta(seconds=seconds + 59))  # rounded up to the minute, as clocks are read
    day = "" if opens.date() == in_japan(now()).date() else f"{opens.month}月{opens.day}日の"
    return f"{wait}({day}{opens:%-H:%M}ごろ)"


def _database_away(error: OperationalError) -> ResponseReturnValue:
    """The database is locked, starting or gone: it is worth trying again."""
    log.exception("database_away", endpoint=request.endpoint)
    answer = _page(503)
    answer.headers["Retry-After"] = str(BUSY_SECONDS)
    return answer


def _refused(error: HTTPException) -> ResponseReturnValue:
    """An error of Werkzeug's or Flask's; a redirect of theirs passes."""
    code = error.code or 500
    if code < 400:
        return error
    log.info("request_refused", code=code, error=type(error).__name__, endpoint=request.endpoint)
    answer = _page(code, _said(error), error)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        answer.headers["Allow"] = ", ".join(error.valid_methods)
    if isinstance(error, RequestEntityTooLarge):
        answer.headers["Connection"] = "close"
    return answer


def _said(error: HTTPException) -> str:
    if isinstance(error, CSRFError):
        return FORM_EXPIRED
    return str(error.description) if isinstance(error, ForgedForm) else ""


def _unforeseen(error: InternalServerError) -> ResponseReturnValue:
    """Flask has logged what it stands for."""
    return _page(500)
