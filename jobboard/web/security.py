"""What guards each request whatever its view does: headers, where a POST comes from, what a POST must carry.

No view can forget its guard: a POST needs the session's CSRF token unless its blueprint is a public one; there it needs
the signed form, or a link's token in its address (which nobody else knows; mail programs post to it without a form).
"""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from flask import Response, current_app, g, request
from flask_wtf import CSRFProtect
from flask_wtf.csrf import CSRFError
from itsdangerous import BadSignature, Signer
from werkzeug.exceptions import BadRequest
from werkzeug.middleware.proxy_fix import ProxyFix

from jobboard.config import Config
from jobboard.web.transaction import BoardApp, now

PUBLIC_PAGES = frozenset(
    {"board", "announcements", "compare", "feeds", "calendars", "open_data", "api", "policies", "patterns", "health"}
)
"""Blueprints of pages that are the same for everybody, and cacheable."""

PUBLIC_FORMS = frozenset({"subscribe", "subscriptions", "correction", "ask", "reading", "handover", "collected"})
"""Blueprints of the public's forms, and of what a link alone opens: without session, never stored."""

BEACONS = frozenset({"seen", "asked"})
"""Blueprints that count what pages of ours tell by script: from anybody, about nobody, so without form or session."""

FORM_LIFETIME = timedelta(hours=24)
SHORTEST = {"subscribe.ask": timedelta(seconds=2), "ask.ask": timedelta(seconds=2)}
"""By endpoint, how long after it was drawn a person needs at least to send the form back; programs are quicker."""

FORM_FIELD, TRAP_FIELD = "form_token", "website"
LARGEST_REQUEST = 12 * 1024 * 1024
"""Bytes of a POST. A million Japanese characters, nine bytes each in a form, still reach the sentence that says too long."""

POLICY = "; ".join(
    (
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "font-src 'self'",
        "connect-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'", "manifest-src 'self'",
    )
)  # fmt: skip
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
HSTS = "max-age=31536000"

_HEALTH = frozenset({"/healthz", "/readyz", "/metrics"})
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
csrf = CSRFProtect()


class ForgedForm(BadRequest):
    """The form was too old, sent from elsewhere or not by a person; ``description`` is the sentence to show."""

    description = "画面を開いてから時間がたったため、送信できませんでした。ページを開き直して、もう一度送信してください。"


class UntimelyForm(ForgedForm):
    """A form of ours, sent back too soon or too late, or with its trap filled in.

    A public form's blueprint answers it by the same form with all that was typed, for it may have been a person.
    """

    again = "まだ送信していません。入力した内容を確かめて、もう一度押してください。"


def init(app: BoardApp, config: Config) -> None:
    """Cookies, proxies, limits of size, the guard of POSTs and the headers of every response."""
    app.config.update(
        SECRET_KEY=config.secret_key,
        SESSION_COOKIE_NAME=config.cookie_name,
        SESSION_COOKIE_SECURE=config.secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        # A page that only reads the session must not send a cookie: the lifetime counts from the signing in.
        SESSION_REFRESH_EACH_REQUEST=False,
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=LARGEST_REQUEST,
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: half a day of typing must not be lost
        # Pages behind a link send no referrer at all; _same_site asks more of the browser than a referrer would.
        WTF_CSRF_SSL_STRICT=False,
        WTF_I18N_ENABLED=False,
    )
    csrf.init_app(app)
    app.jinja_env.globals["form_token"] = sign_form
    app.before_transaction.insert(0, refuse_foreign_host)
    app.before_request(guard)
    app.after_request(add_headers)
    if config.trusted_proxies:
        count = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]


def refuse_foreign_host() -> Response | None:
    """A name that is not ours must not come back in a redirect. On loopback, and for those who ask after health, any will do."""
    base = urlsplit(current_app.config["BOARD"].base_url)
    asked = request.host.rpartition(":")[0] or request.host
    if base.scheme == "http" or request.host == base.netloc or asked == base.hostname or request.path in _HEALTH:
        return None
    return None if asked in _LOOPBACK else Response("400", 400, content_type="text/plain; charset=utf-8")


def guard() -> None:
    """Before each POST: it must come from this site and carry what its kind of page carries."""
    if request.method in ("GET", "HEAD", "OPTIONS") or request.endpoint is None:
        return
    if request.blueprint in BEACONS:
        _same_site()
        if "Origin" not in request.headers:  # every browser says it at a script's POST (Fetch, Origin header)
            raise ForgedForm
    elif request.blueprint not in PUBLIC_PAGES | PUBLIC_FORMS:
        _same_site()
        csrf.protect()
    elif "token" not in (request.view_args or {}):
        check_public_form()


def stands() -> bool:
    """What ``guard`` asks, as an answer."""
    try:
        guard()
    except (ForgedForm, CSRFError):
        return False
    return True


def sign_form() -> str:
    """The value of the hidden field ``form_token`` of a public form: this moment in milliseconds, signed.

    A form that is drawn again keeps the moment when it was drawn first.
    """
    drawn = g.get("form_drawn") or str(_milliseconds(now()))
    return _signer().sign(drawn.encode()).decode("ascii")


def check_public_form() -> None:
    """Raises ``ForgedForm`` unless the form comes from this site and was drawn by it; ``UntimelyForm`` unless that was within
    24 hours and not just now, and its trap is empty."""
    _same_site()
    try:
        drawn = _signer().unsign(request.form.get(FORM_FIELD, "")).decode()
    except BadSignature as error:
        raise ForgedForm from error
    age = timedelta(milliseconds=_milliseconds(now()) - int(drawn))
    if age > FORM_LIFETIME:
        raise UntimelyForm
    g.form_drawn = drawn
    if age < SHORTEST.get(request.endpoint or "", timedelta(0)) or request.form.get(TRAP_FIELD):
        raise UntimelyForm


def _milliseconds(instant: datetime) -> int:
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def _same_site() -> None:
    """Browsers say where a request comes from; those that say nothing are judged by what the form carries."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise ForgedForm
    origin = request.headers.get("Origin", "null")
    config: Config = current_app.config["BOARD"]
    if origin != "null" and urlsplit(origin).netloc.lower() not in (urlsplit(config.base_url).netloc, request.host):
        raise ForgedForm


def _signer() -> Signer:
    return Signer(current_app.config["BOARD"].secret_key, salt="public-form")


def add_headers(response: Response) -> Response:
    """After each request. A view may have set a stricter or wider one of its own."""
    for name, text in HEADERS.items():
        response.headers.setdefault(name, text)
    response.headers.setdefault("Referrer-Policy", "no-referrer" if _behind_link() else "same-origin")
    if current_app.config["BOARD"].demo:
        response.headers.setdefault("X-Robots-Tag", "noindex")  # feeds and tables have no meta element to say it
    if current_app.config["BOARD"].secure:
        response.headers.setdefault("Strict-Transport-Security", HSTS)
    if request.endpoint != "static" and (request.blueprint not in PUBLIC_PAGES or response.status_code >= 400):
        response.headers["Cache-Control"] = "no-store"
    return response


def _behind_link() -> bool:
    return "token" in (request.view_args or {})
