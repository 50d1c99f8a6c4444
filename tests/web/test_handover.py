"""The handover of April: a successor asks, confirms by mail, and a colleague or an administrator grants it."""

import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from jobboard.base.states import AccountRole
from jobboard.database import Writing, db
from jobboard.domain import accounts
from jobboard.models import Account, AuditEntry, Delivery, Handover, Subscriber
from jobboard.web.transaction import BoardApp
from tests.cast import Cast, Clock
from tests.mailroom import Mailroom, opened
from tests.pressing import press
from tests.staff import ADMINISTRATOR, COLLEAGUE, EDITOR, MODERATOR, OTHER_EDITOR, sign_in
from tests.stories import drafted

NEW = "kounin@city.aoba.lg.jp"
ASKED = {"email": NEW, "name": "後任 一", "place": "青葉市", "predecessor": EDITOR, "note": "4月1日に着任しました。"}


def asked(client: FlaskClient, **changes: str) -> TestResponse:
    return press(client, "/handover", "確認のメールを受け取る", {**ASKED, **changes})


def confirmed(app: BoardApp, mailroom: Mailroom, **changes: str) -> int:
    """A request whose sender has read the mail; its number."""
    stranger = app.test_client()
    assert asked(stranger, **changes).status_code == 200
    letter = next(one for one in mailroom.run() if one.recipient == changes.get("email", NEW))
    found = re.search(r"https?://[^/]+(/handover/\S+)", opened(letter).get_content())
    assert found
    assert "申出は届いています" in press(stranger, found[1], "申出を送る").text
    with app.app_context():
        return db.session.query(Handover).order_by(Handover.id.desc()).first().id  # type: ignore[union-attr]


def test_a_colleague_grants_it_and_the_drafts_stay(
    app: BoardApp, client: FlaskClient, cast: Cast, mailroom: Mailroom
) -> None:
    with app.app_context(), Writing() as session:
        draft = drafted(session, cast).id
    number = confirmed(app, mailroom)
    assert {letter.recipient for letter in mailroom.run()} == {EDITOR, COLLEAGUE}
    sign_in(client, COLLEAGUE)
    assert "後任 一" in client.get("/handovers/").text
    page = client.get(f"/handovers/{number}")
    assert "青葉 花子" in page.text and "4月1日に着任しました。" in page.text
    assert press(client, page, "認める", {"end_predecessor": "1"}).location == "/handovers/"
    letters = {letter.recipient: opened(letter).get_content() for letter in mailroom.run()}
    assert "あなたの利用を終えました" in letters[EDITOR]
    with app.app_context():
        before = cast.account("aoba_editor")
        assert before.deactivated_at is not None
        entry = db.session.query(AuditEntry).filter_by(action="handover:grant").one()
        assert entry.account_id == cast.aoba_colleague and entry.facts["ended"] is True
    invited = re.search(r"https?://[^/]+(/invitation/\S+)", letters[NEW])
    assert invited
    successor = app.test_client()
    press(successor, invited[1], "登録して利用を始める", {"name": "後任 一", "password": "haru-no-hikitsugi-4"})
    assert successor.get(f"/desk/postings/{draft}/edit").status_code == 200
    twice = client.post(f"/handovers/{number}", data={"do": "grant", "csrf_token": re.search(r'csrf_token" value="([^"]+)', page.text)[1]})  # type: ignore[index]
    assert twice.status_code == 409 and "すでにほかの人が答えました" in twice.text


def test_another_municipality_and_the_moderators_see_nothing_of_it(
    app: BoardApp, client: FlaskClient, cast: Cast, mailroom: Mailroom
) -> None:
    number = confirmed(app, mailroom)
    sign_in(client, OTHER_EDITOR)
    assert "後任 一" not in client.get("/handovers/").text and client.get(f"/handovers/{number}").status_code == 404
    sign_in(client, MODERATOR)
    assert client.get("/handovers/").status_code == 403
    sign_in(client, ADMINISTRATOR)
    assert press(client, f"/handovers/{number}", "認めない").location == "/handovers/"
    with app.app_context():
        assert accounts.find(db.session(), NEW) is None and cast.account("aoba_editor").deactivated_at is None


def test_administrators_are_told_where_nobody_edits(
    app: BoardApp, client: FlaskClient, cast: Cast, mailroom: Mailroom, clock: Clock
) -> None:
    with app.app_context(), Writing() as session:
        accounts.deactivate(session, cast.account("minato_editor"), by=None, now=clock())
    confirmed(app, mailroom, place="港町", predecessor="")
    assert {letter.recipient for letter in mailroom.run()} == {ADMINISTRATOR}


def test_a_predecessor_with_other_roles_loses_this_one_alone(
    app: BoardApp, client: FlaskClient, cast: Cast, mailroom: Mailroom, clock: Clock
) -> None:
    with app.app_context(), Writing() as session:
        accounts.invite(session, EDITOR, AccountRole.ADMINISTRATOR, by=None, now=clock())
    number = confirmed(app, mailroom)
    sign_in(client, COLLEAGUE)
    press(client, f"/handovers/{number}", "認める", {"end_predecessor": "1"})
    with app.app_context():
        before = cast.account("aoba_editor")
        assert before.deactivated_at is None and [one.role for one in before.memberships] == [AccountRole.ADMINISTRATOR]


@pytest.mark.parametrize("predecessor", [EDITOR, OTHER_EDITOR, "nobody@example.jp", "?"])
@pytest.mark.parametrize("email", [NEW, COLLEAGUE])
def test_the_answer_tells_nothing_of_who_has_an_account(
    client: FlaskClient, cast: Cast, email: str, predecessor: str
) -> None:
    answer = asked(client, predecessor=predecessor, email=email)
    assert answer.status_code == 200 and f"{email} に確認のメールを送りました" in answer.text
    with client.application.app_context():
        known = db.session.query(Handover).one().predecessor_id
        assert known == (cast.aoba_editor if predecessor == EDITOR else None)
        assert db.session.query(Delivery).one().subscriber_id is not None


def test_what_is_wrong_is_said_and_what_was_typed_stays(client: FlaskClient, cast: Cast) -> None:
    answer = asked(client, email="aoba", name="", place="無い町", note="あ" * 501)
    assert answer.status_code == 422
    for said in ("氏名を80文字以内で入力してください", "見つかりません", "500文字以内で書いてください", 'value="aoba"', 'value="無い町"'):
        assert said in answer.text


def test_a_request_is_counted_and_forgotten_if_nobody_confirms_it(
    app: BoardApp, client: FlaskClient, cast: Cast, mailroom: Mailroom, clock: Clock
) -> None:
    for _ in range(3):
        assert asked(client).status_code == 200
    assert asked(client).status_code == 429
    with app.app_context():
        assert db.session.query(Handover).count() == 1
    mailroom.run()
    clock.forward(days=7)
    mailroom.steps.tidy()
    with app.app_context():
        assert (db.session.query(Handover).count(), db.session.query(Subscriber).count()) == (0, 0)
        assert db.session.query(Account).count() == 5
