"""Returning commits, raising rolls back, and a GET writes nothing even if its view tries to."""

import pytest
from flask import abort

from jobboard.database import db
from jobboard.models import Throttle
from jobboard.web import security
from jobboard.web.transaction import BoardApp, now
from tests.cast import OPENING


def write(app: BoardApp, path: str, then: int | type[Exception]) -> None:
    """Adds a view that writes a row and ends in ``then``: a status that it returns or aborts with, or an error."""

    def view() -> tuple[str, int]:
        db.session.add(Throttle(key=path, count=1, expires_at=now()))
        db.session.flush()
        if isinstance(then, type):
            raise then
        if then == 404:
            abort(404)
        return "", then

    app.add_url_rule(path, path, view, methods=["GET", "POST"])


def kept(app: BoardApp, path: str) -> bool:
    with app.app_context():
        return db.session.get(Throttle, path) is not None


@pytest.fixture
def open_app(app: BoardApp, monkeypatch: pytest.MonkeyPatch) -> BoardApp:
    monkeypatch.setattr(security.csrf, "protect", lambda: None)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


@pytest.mark.parametrize(("then", "is_kept"), [(200, True), (422, True), (404, False), (ZeroDivisionError, False)])
def test_a_post_keeps_its_rows_only_when_the_view_returns(
    open_app: BoardApp, then: int | type[Exception], is_kept: bool
) -> None:
    write(open_app, "/probe", then)
    open_app.test_client().post("/probe")
    assert kept(open_app, "/probe") is is_kept


def test_a_get_keeps_nothing(open_app: BoardApp) -> None:
    write(open_app, "/probe", 200)
    assert open_app.test_client().get("/probe").status_code == 200
    assert not kept(open_app, "/probe")


def test_a_request_has_one_instant(open_app: BoardApp) -> None:
    open_app.add_url_rule("/instants", "instants", lambda: f"{now()}|{now()}")
    first, second = open_app.test_client().get("/instants").text.split("|")
    assert first == second == str(OPENING)
