"""The door: signing in and out, invitations, forgotten passwords."""

import re

import pytest
from flask.testing import FlaskClient

from jobboard.base.states import AccountRole
from jobboard.database import Writing, db
from jobboard.domain import accounts, links
from jobboard.domain.passwords import Passwords
from jobboard.models import Account, Delivery
from jobboard.web.transaction import BoardApp
from tests.cast import CHEAP, PASSWORD, Cast, Clock
from tests.staff import ADMINISTRATOR, EDITOR, hidden, send, sign_in, token

NEW_PASSWORD = "minami-kaze-ga-fuku"


def link(app: BoardApp, clock: Clock, purpose: str, account: Account) -> str:
    """The token that a mail would carry."""
    key = app.config["BOARD"].token_key
    with Writing() as session:
        return links.issue(session, key, purpose, account.id, account.link_generation, now=clock())


@pytest.fixture
def invited(app: BoardApp, cast: Cast, clock: Clock) -> str:
    """The token of a new editor's invitation."""
    with app.app_context():
        with Writing() as session:
            account = accounts.invite(
                session, "new@city.aoba.lg.jp", AccountRole.EDITOR,
                municipality=cast.municipality("aoba"), by=None, now=clock(),
            )  # fmt: skip
        return link(app, clock, "invite", account)


def test_an_editor_signs_in_and_comes_to_the_desk(client: FlaskClient, cast: Cast) -> None:
    assert sign_in(client, EDITOR).location == "/desk/"
    assert client.get("/login").location == "/desk/"


def test_an_address_is_the_same_in_capitals_and_full_width(client: FlaskClient, cast: Cast) -> None:
    assert sign_in(client, " Editor@City.Aoba.LG.JP ").location == "/desk/"
    assert sign_in(client, EDITOR.replace("@", "＠")).location == "/desk/"


def test_every_refusal_says_the_same_and_keeps_the_address(
    app: BoardApp, client: FlaskClient, cast: Cast, clock: Clock
) -> None:
    with app.app_context(), Writing() as session:
        accounts.deactivate(session, cast.account("minato_editor"), by=None, now=clock())
    texts = set()
    for email, password in (
        (EDITOR, "wrong password 99"),
        ("nobody@city.aoba.lg.jp", PASSWORD),
        ("editor@town.minato.lg.jp", PASSWORD),
        (EDITOR, ""),
    ):
        answer = send(client, "/login", {"email": email, "password": password})
        assert answer.status_code == 422
        assert f'value="{email}"' in answer.text
        assert PASSWORD not in answer.text
        texts.add(re.sub(r'value="[^"]*"', "", answer.text))
    assert len(texts) == 1


def test_a_code_in_the_form_does_no_harm_and_is_not_asked_for(client: FlaskClient, cast: Cast) -> None:
    assert 'name="code"' not in client.get("/login").text
    form = {"email": EDITOR, "password": PASSWORD, "code": "123456"}
    assert send(client, "/login", form).location == "/desk/"


@pytest.mark.parametrize(
    ("asked", "reached"),
    [
        ("/desk/?page=2", "/desk/?page=2"),
        ("https://evil.example/", "/desk/"),
        ("//evil.example/", "/desk/"),
        ("/\\evil.example/", "/desk/"),
        ("/\t/evil.example/", "/desk/"),
        ("javascript:alert(1)", "/desk/"),
        ("desk", "/desk/"),
    ],
)
def test_signing_in_leads_to_pages_of_this_site_only(
    client: FlaskClient, cast: Cast, asked: str, reached: str
) -> None:
    form = {"email": EDITOR, "password": PASSWORD, "next": asked}
    assert send(client, "/login", form).location == reached


def test_a_staff_page_asks_to_sign_in_and_comes_back(client: FlaskClient, cast: Cast) -> None:
    answer = client.get("/account?x=1")
    assert answer.location == "/login?next=/account?x%3D1"
    page = client.get(answer.location)
    assert hidden(page)["next"] == "/account?x=1"


def test_a_session_prepared_by_another_does_not_survive_signing_in(client: FlaskClient, cast: Cast) -> None:
    before = token(client)
    with client.session_transaction() as session:
        session["planted"] = "1"
    form = {"email": EDITOR, "password": PASSWORD, "csrf_token": before}
    assert client.post("/login", data=form).status_code == 302
    with client.session_transaction() as session:
        assert "planted" not in session
    assert client.post("/logout", data={"csrf_token": before}).status_code == 400


def test_signing_out_ends_the_session(client: FlaskClient, cast: Cast) -> None:
    sign_in(client, EDITOR)
    assert send(client, "/logout", page="/desk/").location == "/login"
    assert client.get("/account").status_code == 302


def test_a_session_lasts_twelve_hours(client: FlaskClient, cast: Cast, clock: Clock) -> None:
    sign_in(client, EDITOR)
    clock.forward(hours=11, minutes=59)
    assert client.get("/account").status_code == 200
    clock.forward(minutes=1)
    assert client.get("/account").status_code == 302


def test_a_session_carried_to_another_browser_is_nobodys(client: FlaskClient, cast: Cast) -> None:
    sign_in(client, EDITOR)
    assert client.get("/account", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 200
    assert client.get("/account", environ_overrides={"REMOTE_ADDR": "203.0.113.9"}).status_code == 200
    assert client.get("/account", headers={"User-Agent": "another"}).status_code == 302


def test_signing_out_everywhere_ends_the_other_sessions(app: BoardApp, client: FlaskClient, cast: Cast) -> None:
    other = app.test_client()
    sign_in(client, EDITOR)
    sign_in(other, EDITOR)
    send(client, "/logout", {"everywhere": "1"}, page="/account")
    assert other.get("/account").status_code == 302


def test_deactivation_ends_open_sessions(app: BoardApp, client: FlaskClient, cast: Cast, clock: Clock) -> None:
    sign_in(client, EDITOR)
    with app.app_context(), Writing() as session:
        accounts.deactivate(session, cast.account("aoba_editor"), by=cast.account("admin"), now=clock())
    assert client.get("/account").status_code == 302


def test_an_invitation_is_looked_at_often_and_used_once(client: FlaskClient, cast: Cast, invited: str) -> None:
    path = f"/invitation/{invited}"
    for _ in range(3):
        assert "new@city.aoba.lg.jp" in client.get(path).text
    answer = send(client, path, {"name": "青葉 三郎", "password": NEW_PASSWORD})
    assert answer.location == "/desk/"
    assert "青葉 三郎" in client.get("/account").text
    client.delete_cookie("jobboard")
    again = client.get(path)
    assert again.status_code == 410 and "1回だけ使えます" in again.text
    sign_in(client, "new@city.aoba.lg.jp", NEW_PASSWORD)


@pytest.mark.parametrize(
    ("name", "password", "said"),
    [
        ("", NEW_PASSWORD, "氏名を入力してください"),
        ("あ" * 81, NEW_PASSWORD, "80文字以内"),
        ("青葉", "short-words", "12文字以上"),
        ("青葉", "password1234", "推測されやすい"),
        ("青葉", "123456789012", "推測されやすい"),
        ("青葉", "aaaaaaaaaaaab", "推測されやすい"),
        ("青葉", "new@city.aoba.lg.jp", "推測されやすい"),
        ("青葉", "a" * 201, "200文字以内"),
    ],
)
def test_an_acceptance_says_what_to_mend_and_keeps_the_name(
    client: FlaskClient, cast: Cast, invited: str, name: str, password: str, said: str
) -> None:
    answer = send(client, f"/invitation/{invited}", {"name": name, "password": password})
    assert answer.status_code == 422
    assert said in answer.text
    assert f'name="name" value="{name}"' in answer.text
    assert client.get("/account").status_code == 302


def test_an_invitation_ends_after_seven_days_and_says_so(client: FlaskClient, cast: Cast, invited: str, clock: Clock) -> None:
    path = f"/invitation/{invited}"
    csrf = token(client)
    clock.forward(days=7)
    late = client.get(path)
    assert late.status_code == 410 and "招待は7日間有効で、1回だけ使えます" in late.text
    form = {"name": "青葉 三郎", "password": NEW_PASSWORD, "csrf_token": csrf}
    assert client.post(path, data=form).status_code == 410


def test_inviting_again_ends_the_first_link(
    app: BoardApp, client: FlaskClient, cast: Cast, invited: str, clock: Clock
) -> None:
    with app.app_context():
        with Writing() as session:
            account = accounts.invite(
                session, "New@city.aoba.lg.jp", AccountRole.EDITOR,
                municipality=cast.municipality("minato"), by=None, now=clock(),
            )  # fmt: skip
        again = link(app, clock, "invite", account)
        assert [m.municipality_code for m in account.memberships] == [cast.minato]
    assert client.get(f"/invitation/{invited}").status_code == 410
    assert client.get(f"/invitation/{again}").status_code == 200


def test_a_link_of_another_purpose_or_a_made_up_one_does_not_exist(
    client: FlaskClient, cast: Cast, invited: str
) -> None:
    assert client.get(f"/reset/{invited}").status_code == 404
    assert client.get("/invitation/AAAAAAAAAAAAAAAAAAAAAA").status_code == 404


def test_a_forgotten_password_answers_the_same_whether_or_not_the_address_is_known(
    app: BoardApp, client: FlaskClient, cast: Cast
) -> None:
    known = send(client, "/forgot", {"email": EDITOR})
    unknown = send(client, "/forgot", {"email": "nobody@city.aoba.lg.jp"})
    assert known.status_code == unknown.status_code == 200
    assert known.text.replace(EDITOR, "") == unknown.text.replace("nobody@city.aoba.lg.jp", "")
    with app.app_context():
        assert [delivery.account_id for delivery in db.session.query(Delivery)] == [cast.aoba_editor]


def test_a_reset_sets_the_password_and_ends_other_sessions(
    app: BoardApp, client: FlaskClient, cast: Cast, clock: Clock
) -> None:
    other = app.test_client()
    sign_in(other, EDITOR)
    send(client, "/forgot", {"email": EDITOR})
    with app.app_context():
        path = f"/reset/{link(app, clock, 'reset', cast.account('aoba_editor'))}"
    assert send(client, path, {"password": "short"}).status_code == 422
    assert send(client, path, {"password": NEW_PASSWORD}).location == "/desk/"
    assert other.get("/account").status_code == 302
    assert client.get(path).status_code == 410
    sign_in(client, EDITOR, NEW_PASSWORD)


def test_a_reset_link_ends_after_an_hour(app: BoardApp, client: FlaskClient, cast: Cast, clock: Clock) -> None:
    with app.app_context():
        path = f"/reset/{link(app, clock, 'reset', cast.account('aoba_editor'))}"
    clock.forward(minutes=59)
    assert client.get(path).status_code == 200
    clock.forward(minutes=1)
    assert client.get(path).status_code == 410


def test_a_deactivated_account_is_offered_no_reset(
    app: BoardApp, client: FlaskClient, cast: Cast, clock: Clock
) -> None:
    with app.app_context():
        with Writing() as session:
            accounts.deactivate(session, cast.account("aoba_editor"), by=None, now=clock())
        send(client, "/forgot", {"email": EDITOR})
        assert db.session.query(Delivery).count() == 0


def test_an_outdated_hash_is_renewed_when_its_owner_signs_in(
    app: BoardApp, client: FlaskClient, cast: Cast
) -> None:
    from argon2 import PasswordHasher

    dearer = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    app.extensions["passwords"] = Passwords(dearer)
    sign_in(client, ADMINISTRATOR)
    with app.app_context():
        stored = cast.account("admin").password_hash or ""
    assert "m=16,t=2" in stored
    assert not Passwords(dearer).outdated(stored)
    assert Passwords(CHEAP).outdated(stored)


def test_a_copy_of_the_cookie_opens_nothing_after_signing_out(app: BoardApp, client: FlaskClient, cast: Cast) -> None:
    sign_in(client, EDITOR)
    cookie = client.get_cookie("jobboard")
    assert cookie is not None
    other = app.test_client()
    sign_in(other, EDITOR)
    send(client, "/logout", page="/desk/")
    client.set_cookie("jobboard", cookie.value)
    assert client.get("/account").status_code == 302
    assert other.get("/account").status_code == 200, "another session of the same person goes on"
