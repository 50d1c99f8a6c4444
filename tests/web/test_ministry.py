"""The administrators' pages, and the demonstration's mails."""

import re
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from jobboard.database import Writing, db
from jobboard.domain import accounts
from jobboard.models import Account, Delivery
from jobboard.web.transaction import BoardApp
from tests.cast import Cast, Clock, NewApp, place
from tests.staff import ADMINISTRATOR, EDITOR, MODERATOR, send, sign_in, token

INVITE = "/ministry/accounts/invite"


@pytest.fixture
def admin(client: FlaskClient, cast: Cast) -> FlaskClient:
    sign_in(client, ADMINISTRATOR)
    return client


def roles(email: str) -> list[tuple[str, str | None]]:
    """What the account with this address is, and for whom."""
    account = db.session.query(Account).filter_by(email=email).one()
    return [(str(one.role), one.municipality_code or one.pref_code) for one in account.memberships]


@pytest.mark.parametrize("email", [EDITOR, MODERATOR])
@pytest.mark.parametrize("path", ["/ministry/", "/ministry/accounts", INVITE, "/ministry/accounts/1/deactivate"])
def test_the_ministry_pages_are_for_administrators(client: FlaskClient, cast: Cast, email: str, path: str) -> None:
    sign_in(client, email)
    assert client.get(path).status_code == 403


def test_the_list_shows_who_is_what_and_narrows(admin: FlaskClient) -> None:
    page = admin.get("/ministry/accounts").text
    assert "editor@city.aoba.lg.jp" in page
    assert "自治体担当者(宮城県青葉市)" in page
    narrowed = admin.get("/ministry/accounts?role=editor&q=town").text
    assert "editor@town.minato.lg.jp" in narrowed
    assert "editor@city.aoba.lg.jp" not in narrowed
    assert "条件に合う利用者はいません" in admin.get("/ministry/accounts?q=%25").text


@pytest.mark.parametrize("typed", ["042021", "青葉市", "宮城県青葉市", "あおばし"])
def test_an_editor_is_invited_by_code_or_name(app: BoardApp, admin: FlaskClient, typed: str) -> None:
    answer = send(admin, INVITE, {"email": "New@City.aoba.lg.jp", "role": "editor", "place": typed})
    assert answer.location == "/ministry/accounts"
    page = admin.get("/ministry/accounts").text
    assert "招待のメールを送りました" in page
    assert "招待中" in page
    with app.app_context():
        assert roles("new@city.aoba.lg.jp") == [("editor", "042021")]
        mail = db.session.query(Delivery).one()
        assert re.search(r"\{\{[0-9a-f-]{36}:link-0\}\}", mail.mail_text.text)
        assert mail.words["links"]["link-0"][0] == "invite"


def test_a_name_of_several_municipalities_is_asked_back_with_prefectures(
    app: BoardApp, admin: FlaskClient, cast: Cast
) -> None:
    with app.app_context(), Writing() as session:
        aoba = cast.municipality("aoba")
        session.add(place("132063", "13", "東京都", "府中市", "ふちゅうし", aoba.kind, ""))
        session.add(place("342084", "34", "広島県", "府中市", "ふちゅうし", aoba.kind, ""))
    form: dict[str, str | list[str]] = {"email": "a@city.fuchu.lg.jp", "role": "editor", "place": "府中市"}
    answer = send(admin, INVITE, form)
    assert answer.status_code == 422
    assert "東京都府中市" in answer.text and "広島県府中市" in answer.text
    assert 'value="a@city.fuchu.lg.jp"' in answer.text
    send(admin, INVITE, {**form, "code": "342084"})
    with app.app_context():
        assert roles("a@city.fuchu.lg.jp") == [("editor", "342084")]


def test_a_prefecture_and_a_moderator_are_invited_without_a_municipality(app: BoardApp, admin: FlaskClient) -> None:
    send(admin, INVITE, {"email": "a@pref.miyagi.lg.jp", "role": "prefecture", "pref_code": "04", "place": "港町"})
    send(admin, INVITE, {"email": "b@soumu.go.jp", "role": "moderator", "pref_code": "04"})
    with app.app_context():
        assert roles("a@pref.miyagi.lg.jp") == [("prefecture", "04")]
        assert roles("b@soumu.go.jp") == [("moderator", None)]


def test_a_wrong_invitation_lists_every_problem(app: BoardApp, admin: FlaskClient) -> None:
    answer = send(admin, INVITE, {"email": "no address", "role": "editor", "place": "無い町"})
    assert answer.status_code == 422
    assert "メールアドレスに「@」がありません" in answer.text
    assert "「無い町」という市区町村は見つかりません" in answer.text
    assert "役割を選んでください" in send(admin, INVITE, {"email": "a@b.lg.jp", "role": "king"}).text
    with app.app_context():
        assert db.session.query(Delivery).count() == 0


def test_an_account_in_use_gains_a_role_without_a_mail(app: BoardApp, admin: FlaskClient, cast: Cast) -> None:
    send(admin, INVITE, {"email": EDITOR, "role": "editor", "place": "港町", "whom": str(cast.aoba_editor)})
    with app.app_context():
        assert roles(EDITOR) == [("editor", cast.aoba), ("editor", cast.minato)]
        assert db.session.query(Delivery).count() == 0
    sign_in(admin, EDITOR)


def test_an_invitation_is_sent_again_to_those_who_did_not_accept(app: BoardApp, admin: FlaskClient, cast: Cast) -> None:
    send(admin, INVITE, {"email": "new@city.aoba.lg.jp", "role": "editor", "place": "青葉市"})
    with app.app_context():
        account_id = db.session.query(Account).filter_by(email="new@city.aoba.lg.jp").one().id
    send(admin, f"/ministry/accounts/{account_id}/invite", page="/ministry/accounts")
    with app.app_context():
        generations = {mail.words["links"]["link-0"][2] for mail in db.session.query(Delivery)}
        assert len(generations) == 2
        assert roles("new@city.aoba.lg.jp") == [("editor", cast.aoba)]
    again = send(admin, f"/ministry/accounts/{cast.aoba_editor}/invite", page="/ministry/accounts")
    assert again.status_code == 404


def test_an_account_is_deactivated_after_being_asked(app: BoardApp, admin: FlaskClient, cast: Cast) -> None:
    editor = app.test_client()
    sign_in(editor, EDITOR)
    path = f"/ministry/accounts/{cast.aoba_editor}/deactivate"
    assert "利用を停止する" in admin.get(path).text
    assert editor.get("/account").status_code == 200
    assert send(admin, path).location == "/ministry/accounts"
    assert editor.get("/account").status_code == 302
    assert send(admin, path).status_code == 409


def test_a_role_of_the_ministry_for_a_towns_or_a_shared_mailbox_needs_a_tick(app: BoardApp, admin: FlaskClient, cast: Cast) -> None:
    for form in (
        {"email": "section@city.aoba.lg.jp", "role": "administrator"},
        {"email": EDITOR, "role": "moderator", "whom": str(cast.aoba_editor)},
    ):
        warned = send(admin, INVITE, form)
        assert warned.status_code == 422 and "自治体のアドレスです" in warned.text and 'name="understood"' in warned.text
        assert send(admin, INVITE, {**form, "understood": "1"}).status_code == 302
    added = {"role": "administrator", "csrf_token": token(admin, INVITE)}
    assert "この受信箱を読む人は" in admin.post(f"/ministry/accounts/{cast.minato_editor}/roles", data=added).text


@pytest.mark.parametrize("path", ["accounts?role=zzz", "municipalities?pref=99"])
def test_a_condition_that_no_list_knows_is_said_not_to_be_used(admin: FlaskClient, path: str) -> None:
    said = admin.get(f"/ministry/{path}")
    assert said.status_code == 200 and "知らない条件は使いませんでした" in said.text
    assert "知らない条件" not in admin.get(f"/ministry/{path.partition('?')[0]}").text


def test_the_last_administrator_cannot_be_locked_out(
    app: BoardApp, admin: FlaskClient, cast: Cast, clock: Clock
) -> None:
    path = f"/ministry/accounts/{cast.admin}/deactivate"
    answer = send(admin, path)
    assert answer.status_code == 409
    assert "最後の管理者は、停止することも" in answer.text and "すでに済んでいる操作" not in answer.text
    assert "最後の管理者は、停止できません" in (page := admin.get(path).text) and 'button-danger' not in page
    send(admin, INVITE, {"email": "b@soumu.go.jp", "role": "administrator"})
    assert send(admin, path).status_code == 409, "an invited administrator does not count before accepting"
    with app.app_context(), Writing() as session:
        second = session.query(Account).filter_by(email="b@soumu.go.jp").one()
        hashing = app.extensions["passwords"]
        accounts.accept(session, second, name="次の管理者", password="kita-kaze-to-taiyo", hashing=hashing, now=clock())
    assert send(admin, path).status_code == 302
    assert admin.get("/ministry/").status_code == 302


@pytest.fixture
def demonstration(new_app: NewApp, tmp_path: Path) -> BoardApp:
    folder = tmp_path / "outbox"
    folder.mkdir()
    return new_app(demo=True, mail_folder=folder)


def write_mail(folder: Path, name: str, subject: str, text: str) -> None:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = subject, "noreply@example.jp", "tanaka@example.jp"
    mail["Date"] = "Wed, 01 Apr 2026 09:30:00 +0900"
    mail["List-Unsubscribe"] = "<http://127.0.0.1:8000/u/AAAAAAAAAAAAAAAAAAAAAA>"
    mail.set_content(text)
    (folder / name).write_bytes(mail.as_bytes())


def test_the_demonstrations_mails_are_read_with_their_links(demonstration: BoardApp, tmp_path: Path) -> None:
    write_mail(tmp_path / "outbox", "20260401T000000Z-a.eml", "登録の確認", "開く: http://127.0.0.1:8000/u/x?a=1&b=2\n<script>")
    write_mail(tmp_path / "outbox", ".20260401T000000Z-b.eml.12", "書きかけ", "")
    client = demonstration.test_client()
    listed = client.get("/outbox").text
    assert "登録の確認" in listed and "書きかけ" not in listed
    assert "見本なので、だれでも見られます" in listed
    page = client.get("/outbox/20260401T000000Z-a.eml")
    assert '<a href="http://127.0.0.1:8000/u/x?a=1&amp;b=2">' in page.text
    assert "&lt;script&gt;" in page.text and "<script>" not in page.text.split("mail-text")[1].split("</pre>")[0]
    assert "List-Unsubscribe" in page.text
    assert "2026年4月1日(水)9:30" in page.text
    assert "tanaka@example.jp" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in page.headers
    assert "/outbox" in client.get("/login").text


@pytest.mark.parametrize("name", ["../secret-key", "..%2Fsecret-key", "a.txt", ".hidden.eml", "gone.eml"])
def test_only_mails_can_be_read(demonstration: BoardApp, tmp_path: Path, name: str) -> None:
    (tmp_path / "secret-key").write_text("secret")
    (tmp_path / "outbox" / "a.txt").write_text("secret")
    (tmp_path / "outbox" / ".hidden.eml").write_text("secret")
    answer = demonstration.test_client().get(f"/outbox/{name}")
    assert answer.status_code == 404


def test_mails_are_shown_to_the_same_machine_only(demonstration: BoardApp) -> None:
    client = demonstration.test_client()
    assert client.get("/outbox").status_code == 200
    assert client.get("/outbox", base_url="http://[::1]:8000", environ_overrides={"REMOTE_ADDR": "::1"}).status_code == 200
    assert client.get("/outbox", environ_overrides={"REMOTE_ADDR": "192.0.2.7"}).status_code == 404
    assert client.get("/outbox", headers={"X-Forwarded-For": "192.0.2.7"}).status_code == 404
    assert client.get("/outbox", base_url="http://evil.example:8000").status_code == 404


def test_there_is_no_mail_page_outside_the_demonstration(
    client: FlaskClient, new_app: NewApp
) -> None:
    assert client.get("/outbox").status_code == 404
    assert "outbox" not in client.get("/login").text
    by_smtp = new_app(demo=True, mail_folder=None)
    assert by_smtp.test_client().get("/outbox").status_code == 404
