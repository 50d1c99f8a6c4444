"""Headers, cookies, where a POST may come from, what a public form must carry, and what logs keep to themselves."""

import io
import logging
from collections.abc import Iterator

import pytest
import structlog
from flask import Blueprint, render_template_string
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException

from jobboard.base.errors import (
    EditConflict,
    Incomplete,
    InvalidQuery,
    NotFound,
    NotPermitted,
    Problem,
    StaleLink,
    WrongState,
)
from jobboard.web import security
from jobboard.web.access_log import MaskedAccessLog
from jobboard.web.errors import PAGES
from jobboard.web.logging import configure, mask
from jobboard.web.transaction import BoardApp
from tests.cast import PASSWORD, Cast, Clock, NewApp
from tests.staff import EDITOR, send, sign_in, token

FORM = '<input type="hidden" name="form_token" value="{{ form_token() }}">'


@pytest.fixture
def app(new_app: NewApp, monkeypatch: pytest.MonkeyPatch) -> BoardApp:
    """With a public form and a link's page of this test's own, in a public blueprint."""
    public = Blueprint("trial", __name__, url_prefix="/trial")
    monkeypatch.setattr(security, "PUBLIC_FORMS", security.PUBLIC_FORMS | {"trial"})

    @public.route("/form", methods=["GET", "POST"])
    def form() -> str:
        return render_template_string(FORM)

    @public.route("/u/<token>", methods=["GET", "POST"])
    def leave(token: str) -> str:
        return "left"

    app = new_app()
    app.register_blueprint(public)
    return app


def form_token(client: FlaskClient) -> str:
    return client.get("/trial/form").text.split('value="')[1].split('"')[0]


def test_a_public_form_is_taken_without_a_session(client: FlaskClient, cast: Cast) -> None:
    answer = client.post("/trial/form", data={"form_token": form_token(client), "website": ""})
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_public_form_is_taken_for_a_day(client: FlaskClient, clock: Clock) -> None:
    drawn = form_token(client)
    clock.forward(hours=24)
    assert client.post("/trial/form", data={"form_token": drawn}).status_code == 200
    clock.forward(seconds=1)
    answer = client.post("/trial/form", data={"form_token": drawn})
    assert answer.status_code == 400
    assert "ページを開き直して" in answer.text


@pytest.mark.parametrize(
    "form", [{}, {"form_token": "form.AAAA.BBBB"}, {"form_token": "TOKEN", "website": "https://spam.example/"}]
)
def test_a_form_that_was_not_drawn_here_or_fell_into_the_trap_is_refused(
    client: FlaskClient, form: dict[str, str]
) -> None:
    filled = {name: value.replace("TOKEN", form_token(client)) for name, value in form.items()}
    assert client.post("/trial/form", data=filled).status_code == 400


FROM = [
    ({"Origin": "http://127.0.0.1:8000"}, 200),
    ({"Origin": "http://localhost"}, 200),
    ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 200),
    ({"Sec-Fetch-Site": "none"}, 200),
    ({"Origin": "https://evil.example"}, 400),
    ({"Origin": "http://127.0.0.1:8001"}, 400),
    ({"Sec-Fetch-Site": "cross-site"}, 400),
    ({"Sec-Fetch-Site": "same-site"}, 400),
    ({"Sec-Fetch-Site": "cross-site", "Origin": "null"}, 400),
]
"""Where a POST says that it comes from, and what it is answered."""


def test_a_post_from_another_site_is_refused(client: FlaskClient, cast: Cast) -> None:
    drawn = form_token(client)
    for headers, code in FROM:
        assert client.post("/trial/form", data={"form_token": drawn}, headers=headers).status_code == code, headers
        sign_in(client, EDITOR)
        form = {"csrf_token": token(client, "/account")}
        assert client.post("/logout", data=form, headers=headers).status_code == (302 if code == 200 else code), headers


def test_one_click_needs_neither_cookie_nor_form_nor_origin(client: FlaskClient) -> None:
    answer = client.post("/trial/u/AAAA", data={"List-Unsubscribe": "One-Click"}, headers={"Origin": "https://mail.example"})
    assert answer.status_code == 200
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_a_staff_form_without_its_token_is_refused_in_words(client: FlaskClient, cast: Cast) -> None:
    answer = client.post("/login", data={"email": EDITOR, "password": PASSWORD})
    assert answer.status_code == 400
    assert "ログインの期限が切れたか、クッキーが使えない状態です" in answer.text


def test_each_answer_carries_the_headers(client: FlaskClient, cast: Cast) -> None:
    for path in ("/login", "/nowhere", "/static/css/base.css", "/trial/form"):
        with client.get(path) as answer:
            headers = answer.headers
        assert headers["Content-Security-Policy"] == security.POLICY
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "Strict-Transport-Security" not in headers


def test_pages_of_people_and_errors_are_never_stored(client: FlaskClient) -> None:
    for path in ("/login", "/forgot", "/account", "/invitation/AAAA", "/nowhere"):
        assert client.get(path).headers["Cache-Control"] == "no-store", path


def test_over_https_cookies_are_bound_to_the_host_and_https_stays(new_app: NewApp, cast: Cast) -> None:
    secure = new_app(base_url="https://jobs.example.go.jp", trusted_proxies=1)
    client = secure.test_client()
    front = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "jobs.example.go.jp"}
    answer = client.get("/login", headers=front)
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-jobboard=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")


def test_a_form_behind_a_link_works_over_https_without_a_referrer(new_app: NewApp, cast: Cast) -> None:
    secure = new_app(base_url="https://jobs.example.go.jp")
    client = secure.test_client()
    base = "https://jobs.example.go.jp"
    form = {"csrf_token": client.get("/login", base_url=base).text.split('csrf_token" value="')[1].split('"')[0]}
    headers = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
    answer = client.post("/invitation/AAAA", data=form, base_url=base, headers=headers)
    assert answer.status_code == 404, "the guard let it pass to the view"


def test_only_trusted_proxies_say_who_asks(new_app: NewApp) -> None:
    from flask import request

    seen: list[str | None] = []
    for proxies in (0, 1):
        app = new_app(trusted_proxies=proxies)
        app.after_request(lambda response: (seen.append(request.remote_addr), response)[1])
        app.test_client().get("/nowhere", headers={"X-Forwarded-For": "6.6.6.6, 203.0.113.9"})
    assert seen == ["127.0.0.1", "203.0.113.9"]


def test_a_request_that_is_too_large_is_refused(client: FlaskClient, cast: Cast) -> None:
    form = {"csrf_token": token(client), "email": "a" * (security.LARGEST_REQUEST + 1)}
    answer = client.post("/login", data=form)
    assert answer.status_code == 413 and "文章を短くする" in answer.text


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (NotFound(), 404, "エラー 404"),
        (NotPermitted(), 403, "権限がありません"),
        (StaleLink(), 410, "リンクの有効期間"),
        (InvalidQuery("sort", "x", "並び順「x」は使えません。"), 400, "並び順「x」は使えません。"),
        (WrongState("closed", "extend"), 409, "状態が変わっています"),
        (Incomplete([Problem("title", "題名を入力してください。")]), 400, "題名を入力してください。"),
        (EditConflict({}, {}, 1, "青葉 花子"), 409, "青葉 花子さんが保存しました"),
    ],
)
def test_each_expected_error_has_a_page_of_its_own(
    app: BoardApp, client: FlaskClient, error: Exception, code: int, said: str
) -> None:
    def fail() -> str:
        raise error

    app.add_url_rule("/fails", "fails", fail)
    answer = client.get("/fails")
    assert answer.status_code == code
    assert said in answer.text
    assert "Set-Cookie" not in answer.headers and "Cookie" not in answer.headers.get("Vary", "")


def test_an_unforeseen_error_says_nothing_of_itself(app: BoardApp, client: FlaskClient) -> None:
    def fail() -> str:
        raise RuntimeError("tanaka@example.jp")

    app.add_url_rule("/fails", "fails", fail)
    app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    answer = client.get("/fails")
    assert answer.status_code == 500
    assert "サイトの側で問題が起きました" in answer.text
    assert "tanaka" not in answer.text


def test_every_error_page_there_is_can_be_drawn(app: BoardApp, client: FlaskClient) -> None:
    def fail(code: int) -> str:
        error = HTTPException()
        error.code = code
        raise error

    app.add_url_rule("/fails/<int:code>", "fails", fail)
    for code in PAGES:
        answer = client.get(f"/fails/{code}")
        assert answer.status_code == code
        assert f"エラー {code}" in answer.text


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the process logs, as text and masked."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    configure("json")
    handler = next(one for one in root.handlers if one.get_name() == "jobboard")
    assert isinstance(handler, logging.StreamHandler)
    stream = io.StringIO()
    handler.setStream(stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
    structlog.contextvars.clear_contextvars()


def test_logs_name_no_person_and_no_token(app: BoardApp, cast: Cast, lines: io.StringIO) -> None:
    client = app.test_client()
    send(client, "/login", {"email": EDITOR, "password": "wrong password"})
    secret = "AbCdEfGhIjKlMnOpQrStUv"
    for path in ("/invitation/", "/reset/", "/u/", "/subscriptions/", "/subscribe/confirm/"):
        client.get(path + secret)
    logging.getLogger("sqlalchemy").error("INSERT failed [parameters: ('%s',)]", EDITOR)
    logging.getLogger("huey").warning("http://127.0.0.1:8000/u/%s?x=tanaka%%40example.jp", secret)
    written = lines.getvalue()
    assert "sign_in_refused" in written and '"request"' in written
    assert EDITOR not in written and "tanaka" not in written
    assert secret not in written
    assert "/invitation/***" in written


def test_an_exception_is_logged_masked(app: BoardApp, cast: Cast, lines: io.StringIO) -> None:
    def fail() -> str:
        raise RuntimeError("no mail to tanaka@example.jp, https://jobs.example.go.jp/u/AbCdEfGhIjKlMnOpQrStUv")

    app.add_url_rule("/fails", "fails", fail)
    app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    app.test_client().get("/fails")
    written = lines.getvalue()
    assert "RuntimeError" in written and "fail" in written
    assert "tanaka" not in written and "AbCdEf" not in written


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("GET /u/abc HTTP/1.1", "GET /u/*** HTTP/1.1"),
        ("/subscribe/confirm/abc?x", "/subscribe/confirm/***?x"),
        ("/postings/12 /subscribe /updates/u", "/postings/12 /subscribe /updates/u"),
        ("to=<tanaka.hanako+x@mail.example.jp>", "to=<***@***>"),
        ("?email=tanaka%40example.jp&q=1", "?email=***&q=1"),
    ],
)
def test_masking_takes_tokens_and_addresses_and_nothing_else(text: str, masked: str) -> None:
    assert mask(text) == masked


def test_the_access_log_masks_its_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    fields = {"r": "POST /u/abc HTTP/1.1", "U": "/u/abc", "f": "http://x/invitation/abc", "s": "200", "B": 5}
    monkeypatch.setattr("gunicorn.glogging.Logger.atoms", lambda *ignored: fields)
    log = MaskedAccessLog.__new__(MaskedAccessLog)
    assert log.atoms(None, None, {}, None) == {
        "r": "POST /u/*** HTTP/1.1", "U": "/u/***", "f": "http://x/invitation/***", "s": "200", "B": 5
    }


def test_nothing_of_the_demonstration_is_for_search_engines(new_app: NewApp, cast: Cast) -> None:
    client = new_app(demo=True).test_client()
    for path in ("/", "/postings.rss", "/postings.json", "/postings.csv", "/login"):
        assert client.get(path).headers["X-Robots-Tag"] == "noindex"
    assert "X-Robots-Tag" not in new_app().test_client().get("/postings.rss").headers


def test_another_sites_name_never_comes_back(new_app: NewApp, cast: Cast) -> None:
    client = new_app(base_url="https://jobs.example.go.jp", trusted_proxies=1).test_client()
    assert client.get("/desk", base_url="https://jobs.example.go.jp").status_code == 308
    for headers in ({"Host": "evil.example"}, {"X-Forwarded-Host": "evil.example"}, {"Host": '"><script>'}):
        answer = client.get("/desk", base_url="https://jobs.example.go.jp", headers=headers)
        assert answer.status_code == 400 and "Location" not in answer.headers, headers
    assert client.get("/healthz", headers={"Host": "10.0.0.7"}).status_code == 200


def test_a_path_from_outside_does_not_steer_the_terminal(app: BoardApp, lines: io.StringIO) -> None:
    app.test_client().get("/nope%1b[31mRED%00")
    assert "\\\\x1b[31mRED" in lines.getvalue() and "\x1b" not in lines.getvalue()
