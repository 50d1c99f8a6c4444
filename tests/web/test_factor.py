"""The second factor: registered at the first signing in, shown at each, lost and reset; on an application that asks for it."""

import re
from datetime import timedelta

import pyotp
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from jobboard.base.states import AccountRole, SecondFactor
from jobboard.database import Writing, db
from jobboard.domain import accounts, factors, links
from jobboard.models import Account, AuditEntry, Delivery, RecoveryCode
from jobboard.web.transaction import BoardApp
from tests.cast import PASSWORD, Cast, Clock, NewApp
from tests.mailroom import KEY, Mailroom, opened
from tests.pressing import press
from tests.staff import ADMINISTRATOR, EDITOR, MODERATOR, send, sign_in, token

CODE = re.compile(r"^([0-9A-Z]{4}-[0-9A-Z]{4})\r?$", re.MULTILINE)
LISTED = re.compile(r'<code class="code">([0-9A-Z]{4}-[0-9A-Z]{4})</code>')
SECRET = re.compile(r'<code class="code">((?:[A-Z2-7]{4} ?){8})</code>')
WAIT = timedelta(seconds=30)


@pytest.fixture
def app(new_app: NewApp) -> BoardApp:
    return new_app(second_factor=True)


def password(client: FlaskClient, email: str, then: str = "") -> TestResponse:
    """Gives the right password in a fresh browser."""
    client.delete_cookie("jobboard")
    answer = send(client, "/login", {"email": email, "password": PASSWORD, "next": then})
    assert answer.location == "/factor", answer.text
    return answer


def shown(client: FlaskClient, clock: Clock, secret: str, **fields: str) -> TestResponse:
    """Types what the app shows at this instant."""
    return send(client, "/factor", {"code": pyotp.TOTP(s=secret).at(clock()), **fields})


def registered(client: FlaskClient, email: str, clock: Clock) -> tuple[str, list[str]]:
    """Signs in for the first time and registers an app: its secret and the recovery codes. The clock moves past the code."""
    password(client, email)
    page = client.get("/factor/app")
    found = SECRET.search(page.text)
    assert found, page.text
    secret = found[1].replace(" ", "")
    answer = send(client, "/factor/app", {"code": pyotp.TOTP(s=secret).at(clock())})
    assert answer.status_code == 200, answer.text
    clock.forward(seconds=60)
    return secret, LISTED.findall(answer.text)


def mailed(mailroom: Mailroom, email: str) -> str:
    """The code of the last mail that has just arrived."""
    return [CODE.findall(opened(letter).get_content())[-1] for letter in mailroom.run() if letter.recipient == email][-1]


def test_where_none_is_asked_for_the_pages_of_registering_one_say_so(new_app: NewApp, cast: Cast, clock: Clock) -> None:
    """The accounts of the demonstration are everybody's: one visitor's app must not shut out the next."""
    said, client = "見本では、ログインのときに、2つめの確認を聞きません", new_app(demo=True).test_client()
    sign_in(client, EDITOR)
    for path in ("/account", "/factor/choose", "/factor/mail"):
        assert said in client.get(path).text, path
    page = client.get("/factor/app").text
    found = SECRET.search(page)
    assert said in page and found
    codes = send(client, "/factor/app", {"code": pyotp.TOTP(s=found[1].replace(" ", "")).at(clock())})
    assert said in codes.text and len(LISTED.findall(codes.text)) == 10
    assert "ログインのとき、パスワードのほかに" not in client.get("/account").text
    sign_in(client, EDITOR)
    assert client.get("/account").status_code == 200, "by the password alone, as was said"


def test_the_password_alone_opens_no_staff_page(client: FlaskClient, cast: Cast) -> None:
    password(client, EDITOR)
    for path in ("/desk/", "/account", "/ministry/", "/review/"):
        assert client.get(path).location.startswith("/login"), path
    assert client.get("/factor").location == "/factor/choose"
    assert client.get("/").status_code == 200
    with client.application.app_context():
        assert cast.account("aoba_editor").last_signed_in_at is None


def test_an_app_is_registered_by_its_first_right_code_and_opens_from_then_on(
    client: FlaskClient, cast: Cast, clock: Clock
) -> None:
    password(client, MODERATOR, then="/review/?page=1")
    page = client.get("/factor/app")
    secret = SECRET.search(page.text)
    assert "2つめの確認を聞きません" not in page.text
    assert secret and "<svg" in page.text and "style=" not in page.text
    made = secret[1].replace(" ", "")
    wrong = send(client, "/factor/app", {"code": "000000"})
    assert wrong.status_code == 422 and "確認コードが正しくありません" in wrong.text and secret[1] in wrong.text
    right = send(client, "/factor/app", {"code": pyotp.TOTP(s=made).at(clock())})
    assert len(LISTED.findall(right.text)) == 10 and 'href="/review/?page=1"' in right.text
    assert client.get("/review/").status_code == 200
    clock.forward(seconds=60)
    password(client, MODERATOR)
    assert client.get("/factor/app").location == "/factor", "who has one registers no other by the password alone"
    assert shown(client, clock, made).location == "/review/"
    assert client.get("/review/").status_code == 200
    with client.application.app_context():
        kept = db.session.get_one(Account, cast.sato)
        assert kept.second_factor is SecondFactor.TOTP and kept.totp_secret and made not in kept.totp_secret
        assert kept.last_signed_in_at == clock()


def test_a_code_of_the_app_opens_once_and_says_so(client: FlaskClient, cast: Cast, clock: Clock) -> None:
    secret, _ = registered(client, MODERATOR, clock)
    password(client, MODERATOR)
    typed = pyotp.TOTP(s=secret).at(clock())
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in typed)
    assert send(client, "/factor", {"code": f" {wide[:3]} {wide[3:]}"}).location == "/review/"
    password(client, MODERATOR)
    again = send(client, "/factor", {"code": typed})
    assert again.status_code == 422 and "この確認コードは、すでに使われています" in again.text
    assert client.get("/review/").location.startswith("/login")
    earlier = send(client, "/factor", {"code": pyotp.TOTP(s=secret).at(clock() - WAIT)})
    assert earlier.status_code == 422, "nor does one from before it"
    assert shown(client, clock, secret, code=pyotp.TOTP(s=secret).at(clock() + WAIT)).location == "/review/"


@pytest.mark.parametrize(("steps", "opens"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_clocks_may_differ_by_one_step(client: FlaskClient, cast: Cast, clock: Clock, steps: int, opens: bool) -> None:
    secret, _ = registered(client, MODERATOR, clock)
    clock.forward(seconds=120)
    password(client, MODERATOR)
    answer = send(client, "/factor", {"code": pyotp.TOTP(s=secret).at(clock() + steps * WAIT)})
    assert (answer.status_code == 302 or answer.status_code == 303) is opens


def test_a_recovery_code_opens_once_and_its_holder_is_told(client: FlaskClient, cast: Cast, clock: Clock) -> None:
    _, codes = registered(client, MODERATOR, clock)
    password(client, MODERATOR)
    assert send(client, "/factor", {"recovery": codes[3].lower().replace("-", " ")}).location == "/review/"
    password(client, MODERATOR)
    again = send(client, "/factor", {"recovery": codes[3]})
    assert again.status_code == 422 and "この回復コードは、すでに使われています" in again.text
    assert send(client, "/factor", {"recovery": "AAAA-AAAA"}).status_code == 422
    assert send(client, "/factor", {"recovery": codes[4]}).location == "/review/"
    assert "あと8個" in client.get("/account").text
    with client.application.app_context():
        assert db.session.query(Delivery).filter_by(kind="account", account_id=cast.sato).count() == 3
        assert not db.session.query(RecoveryCode).filter(RecoveryCode.digest.in_(codes)).count()


def test_another_factor_is_registered_only_after_the_present_one_was_shown_again(
    client: FlaskClient, cast: Cast, clock: Clock, mailroom: Mailroom
) -> None:
    secret, _ = registered(client, EDITOR, clock)
    for path in ("/factor/choose", "/factor/app", "/factor/mail"):
        assert client.get(path).location == "/factor", path
    form = {"csrf_token": token(client, "/factor")}
    for path in ("/factor/app", "/factor/mail"):
        assert client.post(path, data={**form, "code": "000000"}).location == "/factor", path
    wrong = press(client, "/factor", "続ける", {"code": "000000"})
    assert wrong.status_code == 422 and client.get("/factor/app").location == "/factor"
    assert press(client, "/factor", "続ける", {"code": pyotp.TOTP(s=secret).at(clock())}).location == "/factor/choose"
    clock.forward(minutes=10)
    assert client.get("/factor/choose").location == "/factor"
    assert press(client, "/factor", "続ける", {"code": pyotp.TOTP(s=secret).at(clock())}).location == "/factor/choose"
    mailroom.run()
    press(client, "/factor/choose", "メールを登録する(確認コードを送る)")
    assert press(client, "/factor/mail", "登録する", {"code": mailed(mailroom, EDITOR)}).location == "/account"
    assert client.get("/factor/choose").location == "/factor", "now the mail is asked for"
    mailroom.run()
    press(client, "/factor", "確認コードを受け取る")
    assert press(client, "/factor", "続ける", {"code": mailed(mailroom, EDITOR)}).location == "/factor/choose"
    assert client.get("/factor/app").status_code == 200


def test_the_table_alone_makes_no_code(client: FlaskClient, cast: Cast, clock: Clock) -> None:
    secret, _ = registered(client, MODERATOR, clock)
    with client.application.app_context():
        kept = cast.account("sato")
        assert kept.totp_secret is not None
        assert factors.secret(KEY, kept, kept.totp_secret) == secret
        assert factors.secret("u" * 40, kept, kept.totp_secret) != secret


def test_an_editor_may_choose_mail_and_a_code_of_it_opens_once(
    client: FlaskClient, cast: Cast, clock: Clock, mailroom: Mailroom
) -> None:
    password(client, EDITOR)
    press(client, "/factor/choose", "メールを登録する(確認コードを送る)")
    assert client.get("/desk/").location.startswith("/login")
    code = mailed(mailroom, EDITOR)
    assert press(client, "/factor/mail", "登録する", {"code": code}).location == "/desk/"
    assert client.get("/desk/").status_code == 200
    mailroom.run()
    password(client, EDITOR, then="/desk/?page=2")
    page = client.get("/factor")
    assert 'autocomplete="one-time-code"' in page.text and EDITOR in page.text
    used = press(client, "/factor", "ログインする", {"code": code})
    assert used.status_code == 422 and "すでに使われています" in used.text
    code = mailed(mailroom, EDITOR)
    assert press(client, "/factor", "ログインする", {"code": code}).location == "/desk/?page=2"


def test_a_mailed_code_ends_after_ten_minutes(client: FlaskClient, cast: Cast, clock: Clock, mailroom: Mailroom) -> None:
    password(client, EDITOR)
    press(client, "/factor/choose", "メールを登録する(確認コードを送る)")
    late = mailed(mailroom, EDITOR)
    clock.forward(minutes=10)
    assert press(client, "/factor/mail", "登録する", {"code": late}).status_code == 422
    assert press(client, "/factor/mail", "確認コードをもう一度送る").location == "/factor/mail"
    assert press(client, "/factor/mail", "登録する", {"code": mailed(mailroom, EDITOR)}).location == "/desk/"


def test_the_mail_is_not_enough_for_the_ministry(client: FlaskClient, cast: Cast, clock: Clock, mailroom: Mailroom) -> None:
    for email in (MODERATOR, ADMINISTRATOR):
        password(client, email)
        assert "メールを登録する" not in client.get("/factor/choose").text
        assert client.get("/factor/mail").location == "/factor/app"
    client.delete_cookie("jobboard")
    press(client, "/code", "確認コードを受け取る", {"email": MODERATOR})
    assert press(client, "/code", "続ける", {"email": MODERATOR, "code": mailed(mailroom, MODERATOR)}).location == "/factor"
    refused = send(client, "/factor/mail", page="/factor/app")
    assert refused.status_code == 409 and client.get("/review/").location.startswith("/login")
    secret, _ = registered(client, MODERATOR, clock)
    client.delete_cookie("jobboard")
    mailroom.run()
    press(client, "/code", "確認コードを受け取る", {"email": MODERATOR})
    press(client, "/code", "続ける", {"email": MODERATOR, "code": mailed(mailroom, MODERATOR)})
    assert client.get("/review/").location.startswith("/login")
    assert shown(client, clock, secret).location == "/review/"


def test_an_editor_with_mail_who_joins_the_ministry_registers_an_app_after_a_mailed_code(
    client: FlaskClient, cast: Cast, clock: Clock, mailroom: Mailroom
) -> None:
    with client.application.app_context(), Writing() as session:
        editor = cast.account("aoba_editor")
        factors.enrol_mail(session, editor, now=clock())
        accounts.invite(session, EDITOR, AccountRole.MODERATOR, by=cast.account("admin"), now=clock())
    password(client, EDITOR)
    assert client.get("/factor/app").location == "/factor"
    assert press(client, "/factor", "ログインする", {"code": mailed(mailroom, EDITOR)}).location == "/factor/choose"
    assert client.get("/desk/").location.startswith("/login")
    assert client.get("/factor/app").status_code == 200


def test_a_code_at_the_other_door_is_the_mail_factor(
    client: FlaskClient, cast: Cast, clock: Clock, mailroom: Mailroom
) -> None:
    with client.application.app_context(), Writing() as session:
        factors.enrol_mail(session, cast.account("aoba_editor"), now=clock())
    press(client, "/code", "確認コードを受け取る", {"email": EDITOR})
    assert press(client, "/code", "続ける", {"email": EDITOR, "code": mailed(mailroom, EDITOR)}).location == "/desk/"
    assert client.get("/desk/").status_code == 200


def test_who_comes_by_an_invitation_has_shown_the_mailbox(client: FlaskClient, cast: Cast, clock: Clock) -> None:
    key = client.application.config["BOARD"].token_key
    with client.application.app_context(), Writing() as session:
        new = accounts.invite(
            session, "new@city.aoba.lg.jp", AccountRole.EDITOR, municipality=cast.municipality("aoba"), by=None, now=clock()
        )
        path = f"/invitation/{links.issue(session, key, 'invite', new.id, new.link_generation, now=clock())}"
    answer = send(client, path, {"name": "青葉 三郎", "password": "minami-kaze-ga-fuku"})
    assert answer.location == "/factor"
    assert press(client, "/factor/choose", "メールを登録する").location == "/desk/"
    assert client.get("/desk/").status_code == 200


def test_guesses_are_bounded_for_whoever_has_the_password(client: FlaskClient, cast: Cast, clock: Clock) -> None:
    secret, _ = registered(client, MODERATOR, clock)
    password(client, MODERATOR)
    for _ in range(10):
        assert send(client, "/factor", {"code": "000000"}).status_code == 422
    refused = shown(client, clock, secret)
    assert refused.status_code == 429 and "確認コードの誤りが続きました" in refused.text
    with client.application.app_context():
        assert db.session.query(AuditEntry).filter_by(action="factor:refused").count() == 10
    clock.forward(minutes=15)
    assert shown(client, clock, secret).location == "/review/"


def test_the_way_in_closes_after_half_an_hour_and_with_signing_out_everywhere(
    client: FlaskClient, cast: Cast, clock: Clock
) -> None:
    secret, _ = registered(client, MODERATOR, clock)
    password(client, MODERATOR)
    clock.forward(minutes=30)
    assert client.get("/factor").location == "/login"
    password(client, MODERATOR)
    with client.application.app_context(), Writing() as session:
        accounts.sign_out_everywhere(session, cast.account("sato"), by=None, now=clock())
    assert client.get("/factor").location == "/login"
    password(client, MODERATOR)
    assert client.get("/factor", headers={"User-Agent": "another"}).location == "/login"
    assert shown(client, clock, secret).location == "/review/"
