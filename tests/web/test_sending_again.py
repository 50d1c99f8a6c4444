"""A form that outlived its session loses nothing, and nobody else's form is offered with our button under it."""

import pytest
from flask.testing import FlaskClient

from jobboard.database import Writing
from jobboard.models import Posting
from jobboard.web.transaction import BoardApp
from tests.cast import Cast, Clock
from tests.pressing import form_values
from tests.staff import EDITOR, sign_in
from tests.stories import drafted

TYPED = "半日かけて書いた背景です。"
OURS = {"Origin": "http://127.0.0.1:8000"}
AGAIN = "もう一度送る"


@pytest.fixture
def edit(app: BoardApp, cast: Cast) -> str:
    with app.app_context(), Writing() as session:
        return f"/desk/postings/{drafted(session, cast).id}/edit/all"


def background(app: BoardApp, posting: str) -> list[str]:
    with app.app_context(), Writing() as session:
        return list(session.get_one(Posting, int(posting.split("/")[3])).draft.get("background", []))


def test_what_was_typed_outlives_the_session_and_is_saved_after_signing_in(
    app: BoardApp, client: FlaskClient, clock: Clock, edit: str
) -> None:
    sign_in(client, EDITOR)
    form = form_values(client.get(edit).text, "下書きを保存する") | {"background": [TYPED]}
    clock.forward(hours=13)
    answer = client.post(edit, data=form, headers=OURS)
    assert answer.status_code in (400, 403) and TYPED in answer.text and "ログイン" in answer.text
    assert background(app, edit) == []
    stale = form_values(answer.text, AGAIN)
    sign_in(client, EDITOR)
    answer = client.post(edit, data=stale, headers=OURS)
    if answer.status_code == 400:
        answer = client.post(edit, data=form_values(answer.text, AGAIN), headers=OURS)
    assert answer.status_code == 303
    assert background(app, edit) == [TYPED]


@pytest.mark.parametrize("headers", [{}, {"Origin": "null"}, {"Origin": "https://evil.example"}])
def test_a_form_that_is_not_known_to_be_ours_is_not_offered_again(
    client: FlaskClient, cast: Cast, edit: str, headers: dict[str, str]
) -> None:
    sign_in(client, EDITOR)
    answer = client.post(edit, data={"background": TYPED}, headers=headers)
    assert answer.status_code in (302, 400) and TYPED not in answer.text


def test_a_password_is_never_drawn_again(client: FlaskClient, cast: Cast) -> None:
    answer = client.post("/login", data={"email": "a@b.lg.jp", "password": "geheim-geheim"}, headers=OURS)
    assert answer.status_code == 400 and "geheim" not in answer.text
