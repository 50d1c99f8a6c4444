"""Signing in and posting forms through HTTP, as a browser would: the form is fetched and its hidden fields are sent."""

import re
from html import unescape

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.cast import PASSWORD

EDITOR, COLLEAGUE, OTHER_EDITOR = "editor@city.aoba.lg.jp", "colleague@city.aoba.lg.jp", "editor@town.minato.lg.jp"
MODERATOR, ADMINISTRATOR = "sato@soumu.go.jp", "admin@soumu.go.jp"

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')


def hidden(page: TestResponse) -> dict[str, str]:
    """The hidden fields of a page's forms."""
    return {name: unescape(value) for name, value in _HIDDEN.findall(page.text)}


def token(client: FlaskClient, path: str = "/login") -> str:
    """The CSRF token that a page carries."""
    return hidden(client.get(path))["csrf_token"]


def send(client: FlaskClient, path: str, form: dict[str, str | list[str]] | None = None, page: str = "") -> TestResponse:
    """Fetches the form at ``page`` (default: the same path), fills it in and posts it."""
    found = client.get(page or path)
    assert found.status_code == 200, f"{page or path}: {found.status_code}"
    if path == "/subscribe":
        take_time(client)
    return client.post(path, data={**hidden(found), **(form or {})})


def take_time(client: FlaskClient) -> None:
    """As long as a person needs to fill in a form: what comes sooner is taken for a program's."""
    client.application.config["CLOCK"].forward(seconds=2)


def sign_in(client: FlaskClient, email: str, password: str = PASSWORD) -> TestResponse:
    """Signs in, in place of whoever was."""
    client.delete_cookie("jobboard")
    answer = send(client, "/login", {"email": email, "password": password})
    assert answer.status_code == 302, answer.text
    return answer
