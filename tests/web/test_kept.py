"""Finished pages that are given out again: only while they are true, to anybody, in whatever encoding."""

import gzip
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from redis.exceptions import ConnectionError as RedisAway

from jobboard.database import Writing
from jobboard.models import Posting
from jobboard.web import board, kept
from jobboard.web.transaction import BoardApp
from tests.cast import Cast, Clock, NewApp
from tests.stories import amended, published


@pytest.fixture
def posting_id(app: BoardApp, cast: Cast) -> int:
    with app.app_context(), Writing() as session:
        return published(session, cast).id


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The templates of board pages that were rendered."""
    names: list[str] = []
    render = board.render_template

    def watched(name: str, **values: Any) -> str:
        names.append(name)
        return render(name, **values)

    monkeypatch.setattr(board, "render_template", watched)
    return names


def test_a_page_is_drawn_once_and_given_out_to_all(client: FlaskClient, posting_id: int, drawn: list[str]) -> None:
    first = client.get("/postings")
    count = len(drawn)
    again, head = client.get("/postings"), client.head("/postings")
    assert len(drawn) == count and again.data == first.data and head.data == b""
    assert dict(again.headers) == dict(first.headers) == dict(head.headers)
    zipped = client.get("/postings", headers={"Accept-Encoding": "gzip"})
    drawn.clear()
    known = {"Accept-Encoding": "br", "If-None-Match": zipped.headers["ETag"]}
    assert client.get("/postings", headers=known).status_code == 304 and not drawn
    assert gzip.decompress(zipped.data) == first.data
    assert client.get("/postings", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304


def test_the_next_request_in_any_process_sees_a_change(
    app: BoardApp, new_app: NewApp, posting_id: int, cast: Cast, clock: Clock
) -> None:
    clients = [app.test_client(), new_app().test_client()]
    for client in clients:
        assert "CIO補佐官(全庁DX推進)" in client.get("/postings").text
    with app.app_context(), Writing() as session:
        amended(session, session.get_one(Posting, posting_id), cast, now=clock(), department="窓口改革課")
        published(session, cast, title="データ活用専門員")
    for client in clients:
        assert "データ活用専門員" in client.get("/postings").text
        assert "窓口改革課" in client.get(f"/postings/{posting_id}").text


def test_a_page_is_made_anew_at_midnight_and_at_the_closing_instant(
    client: FlaskClient, posting_id: int, clock: Clock
) -> None:
    assert "あと58日" in client.get("/postings").text
    clock.forward(days=1)
    assert "あと57日" in client.get("/postings").text
    clock.forward(days=57, hours=8, minutes=1)
    assert "CIO補佐官(全庁DX推進)" not in client.get("/postings").text


def test_what_a_person_sees_is_never_kept(client: FlaskClient, posting_id: int) -> None:
    client.get("/subscribe")
    client.get("/login")
    client.get("/nowhere")
    client.get("/api/v1/postings")
    kept_answers = client.application.wsgi_app
    assert isinstance(kept_answers, kept.KeptAnswers)
    assert not kept_answers.own._cache


def test_files_are_kept_until_the_next_start(client: FlaskClient) -> None:
    first = client.get("/static/css/tokens.css", headers={"Accept-Encoding": "br"})
    again = client.get("/static/css/tokens.css", headers={"Accept-Encoding": "br"})
    assert first.headers["Content-Encoding"] == again.headers["Content-Encoding"] == "br"
    assert again.data == first.data
    known = {"Accept-Encoding": "br", "If-None-Match": first.headers["ETag"]}
    assert client.get("/static/css/tokens.css", headers=known).status_code == 304


class FakeRedis:
    """As much of a Redis client as cachelib asks for."""

    def __init__(self, *, away: bool = False) -> None:
        self.stored: dict[str, bytes] = {}
        self.away = away

    def get(self, name: str) -> bytes | None:
        if self.away:
            raise RedisAway
        return self.stored.get(name)

    def set(self, name: str, value: bytes, ex: int) -> bool:
        if self.away:
            raise RedisAway
        self.stored[name] = value
        return True


def test_web_servers_share_finished_pages_when_a_redis_is_set(
    new_app: NewApp, posting_id: int, drawn: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    redis = FakeRedis()
    monkeypatch.setattr(kept, "_redis", lambda url: redis)
    one, other = (new_app(cache_url="redis://127.0.0.1:1/0").test_client() for _ in range(2))
    first = one.get("/postings")
    count = len(drawn)
    assert other.get("/postings").data == first.data
    assert len(drawn) == count


def test_pages_come_although_the_shared_redis_is_away(
    new_app: NewApp, posting_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "_redis", lambda url: FakeRedis(away=True))
    client = new_app(cache_url="redis://127.0.0.1:1/0").test_client()
    assert client.get("/postings").status_code == client.get("/postings").status_code == 200


def test_an_answer_that_forgets_the_board_is_found_out(client: FlaskClient, posting_id: int, clock: Clock) -> None:
    """Time that goes back, as a mended clock does, never brings a page of the future."""
    clock.forward(days=1)
    later = client.get("/postings").text
    clock.instant -= timedelta(days=1)
    assert client.get("/postings").text != later


def test_a_root_from_a_header_poisons_nothing(client: FlaskClient, posting_id: int) -> None:
    client.get("/postings", environ_overrides={"SCRIPT_NAME": "/evil"})
    assert not client.application.wsgi_app.own._cache  # type: ignore[attr-defined]
    assert "/evil/" not in client.get("/postings").text


def test_any_state_is_known_to_who_asks_for_none(client: FlaskClient, posting_id: int) -> None:
    """RFC 9110 §13.1.2: ``If-None-Match: *``."""
    client.get("/postings")
    for address in ("/postings", "/changes"):
        assert client.get(address, headers={"If-None-Match": "*"}).status_code == 304
