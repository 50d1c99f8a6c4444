"""What caches may keep, for how long, and what is answered without rendering."""

import gzip
from datetime import UTC, datetime, timedelta

import flask
import pytest
from flask.testing import FlaskClient
from pytest import MonkeyPatch

from jobboard.database import Writing
from jobboard.models import Posting
from jobboard.web import board
from jobboard.web.transaction import BoardApp
from tests.cast import Cast, Clock
from tests.stories import amended, published

PAGES = (
    "/",
    "/postings",
    "/postings/1",
    "/postings/1/history",
    "/municipalities",
    "/changes",
    "/postings.rss",
    "/postings.csv",
)


@pytest.fixture
def posting_id(app: BoardApp, cast: Cast) -> int:
    with app.app_context(), Writing() as session:
        return published(session, cast).id


def etag(client: FlaskClient, address: str) -> str:
    return client.get(address).headers["ETag"]


def test_an_anonymous_page_may_be_kept_by_anyone(client: FlaskClient, posting_id: int) -> None:
    for address in PAGES:
        response = client.get(address)
        assert response.headers["Cache-Control"] == "public, max-age=60", address
        assert "Set-Cookie" not in response.headers, address
        assert "Cookie" not in response.headers["Vary"], address


def test_head_answers_as_get_without_a_body(client: FlaskClient, posting_id: int) -> None:
    for address in PAGES:
        got, asked = client.get(address), client.head(address)
        assert (asked.status_code, asked.data) == (200, b""), address
        assert asked.headers["ETag"] == got.headers["ETag"], address


def test_a_page_that_is_unchanged_is_not_rendered_again(
    client: FlaskClient, posting_id: int, monkeypatch: MonkeyPatch
) -> None:
    known = etag(client, "/postings")

    def rendered(*_: object, **__: object) -> str:
        raise AssertionError("rendered")

    monkeypatch.setattr(board, "render_template", rendered)
    answer = client.get("/postings", headers={"If-None-Match": known})
    assert (answer.status_code, answer.data) == (304, b"")
    assert answer.headers["ETag"] == known
    assert answer.headers["Cache-Control"] == "public, max-age=60"


@pytest.mark.parametrize("encoding", ["gzip", "br"])
def test_the_answer_to_a_compressed_page_is_304_too(client: FlaskClient, posting_id: int, encoding: str) -> None:
    first = client.get("/postings", headers={"Accept-Encoding": encoding})
    assert first.headers["Content-Encoding"] == encoding
    tag = first.headers["ETag"]
    for known in (tag, tag.replace('W/"', '"'), tag[:-1] + f':{encoding}"'):
        again = client.get("/postings", headers={"Accept-Encoding": encoding, "If-None-Match": known})
        assert again.status_code == 304, known


def test_a_compressed_page_is_the_same_page(client: FlaskClient, posting_id: int) -> None:
    for address in ("/postings", "/postings.rss", "/postings.atom", "/postings.json", "/postings.csv"):
        zipped = client.get(address, headers={"Accept-Encoding": "gzip"})
        assert gzip.decompress(zipped.data) == client.get(address).data


def test_what_is_not_anonymous_is_never_compressed_nor_kept(client: FlaskClient, cast: Cast) -> None:
    answer = client.get("/login", headers={"Accept-Encoding": "gzip, br"})
    assert "Content-Encoding" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


def test_every_public_change_changes_every_etag(
    app: BoardApp, client: FlaskClient, posting_id: int, cast: Cast, clock: Clock
) -> None:
    before = [etag(client, address) for address in PAGES]
    with app.app_context(), Writing() as session:
        amended(session, session.get_one(Posting, posting_id), cast, now=clock(), department="総務部DX課")
    after = [etag(client, address) for address in PAGES]
    assert not set(before) & set(after)


def test_a_page_is_stale_at_the_closing_instant_and_at_midnight(
    client: FlaskClient, posting_id: int, clock: Clock
) -> None:
    closing = datetime(2026, 5, 29, 8, 0, tzinfo=UTC)
    clock.instant = closing - timedelta(seconds=20)
    known = client.get("/postings")
    assert known.headers["Cache-Control"] == "public, max-age=20"
    clock.instant = closing
    answer = client.get("/postings", headers={"If-None-Match": known.headers["ETag"]})
    assert answer.status_code == 200
    clock.instant = datetime(2026, 4, 1, 14, 59, 55, tzinfo=UTC)
    assert client.get("/").headers["Cache-Control"] == "public, max-age=5"
    evening = etag(client, "/")
    clock.forward(seconds=5)
    assert etag(client, "/") != evening


def test_an_error_is_not_kept(client: FlaskClient, cast: Cast) -> None:
    for address in ("/postings?role=king", "/postings/99", "/nothing"):
        answer = client.get(address)
        assert answer.status_code in (400, 404)
        assert answer.headers["Cache-Control"] == "no-store"


def test_a_page_never_opens_the_session(
    client: FlaskClient, app: BoardApp, posting_id: int, monkeypatch: MonkeyPatch
) -> None:
    touched: list[str] = []

    class Watched(type(app.session_interface)):  # type: ignore[misc]
        def open_session(self, app: flask.Flask, request: flask.Request) -> flask.sessions.SessionMixin:
            session = super().open_session(app, request)
            session.accessed = False
            return session

        def save_session(
            self, app: flask.Flask, session: flask.sessions.SessionMixin, response: flask.Response
        ) -> None:
            if session.accessed:
                touched.append(flask.request.path)
            super().save_session(app, session, response)

    monkeypatch.setattr(app, "session_interface", Watched())
    for address in PAGES:
        client.get(address)
    assert touched == []
    client.get("/login")
    assert touched == ["/login"]
