"""Several named persons at the mailbox of one section: each has her own password, factor, sessions and roles."""

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from jobboard.base.errors import Incomplete
from jobboard.base.states import AccountRole
from jobboard.database import Writing, db
from jobboard.domain import accounts, factors, notices
from jobboard.domain.passwords import Passwords
from jobboard.models import Account, AuditEntry, Delivery
from jobboard.web.transaction import BoardApp
from tests.cast import CHEAP, OPENING, PASSWORD, Cast, Clock, NewApp, person
from tests.mailroom import LETTERHEAD, Mailroom, opened
from tests.pressing import press
from tests.staff import ADMINISTRATOR, COLLEAGUE, EDITOR, send, sign_in
from tests.stories import submitted

OWN = "yoko-no-midori-2026"
NAME = "青葉 葉子"
INVITE = "/ministry/accounts/invite"
CODE = re.compile(r"^([0-9A-Z]{4}-[0-9A-Z]{4})\r?$", re.MULTILINE)
WHERE = {"base_url": LETTERHEAD.base_url, "site": LETTERHEAD.site}


@pytest.fixture
def yoko(app: BoardApp, cast: Cast) -> int:
    """青葉 葉子, who shares the mailbox of 青葉 花子; her id."""
    with app.app_context(), Writing() as session:
        account = person(EDITOR, NAME, AccountRole.EDITOR, municipality=cast.aoba)
        account.password_hash = CHEAP.hash(OWN)
        session.add(account)
        session.flush()
        return account.id


@pytest.fixture
def factored(new_app: NewApp, cast: Cast, yoko: int) -> Iterator[FlaskClient]:
    """A browser at an application that asks for the second factor."""
    yield new_app(second_factor=True).test_client()


def text_to(mailroom: Mailroom, recipient: str = EDITOR) -> str:
    """The one mail that has just come to this mailbox."""
    [letter] = [one for one in mailroom.run() if one.recipient == recipient]
    return str(opened(letter).get_content())


def of(text: str, name: str, pattern: str) -> str:
    """What stands below a person's name."""
    found = re.search(rf"^{name} 様\r?\n\s*{pattern}", text, re.MULTILINE)
    assert found, text
    return found[1]


def test_each_signs_in_with_her_own_password_and_is_herself(client: FlaskClient, cast: Cast, yoko: int) -> None:
    for password, name in ((PASSWORD, "青葉 花子"), (OWN, NAME)):
        sign_in(client, EDITOR, password)
        assert f"{name} さん" in client.get("/account").text
    send(client, "/logout", {"everywhere": "1"}, page="/account")
    with client.application.app_context():
        assert (cast.account("aoba_editor").session_generation, db.session.get_one(Account, yoko).session_generation) == (1, 2)


def test_whatever_is_typed_costs_the_same_work(
    client: FlaskClient, cast: Cast, yoko: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked: list[str | None] = []
    real = Passwords.holds
    monkeypatch.setattr(Passwords, "holds", lambda self, stored, password: worked.append(stored) or real(self, stored, password))
    for email, password in ((EDITOR, PASSWORD), (EDITOR, OWN), (EDITOR, "none of them 1"), (COLLEAGUE, PASSWORD), ("nobody@example.jp", OWN)):
        client.delete_cookie("jobboard")
        worked.clear()
        send(client, "/login", {"email": email, "password": password})
        assert len(worked) == 2, email


def test_a_failure_is_one_and_says_that_several_share_the_address(client: FlaskClient, cast: Cast, yoko: int) -> None:
    for _ in range(10):
        assert send(client, "/login", {"email": EDITOR, "password": "neither of both"}).status_code == 422
    assert send(client, "/login", {"email": EDITOR, "password": OWN}).status_code == 429
    with client.application.app_context():
        entries = db.session.query(AuditEntry).filter_by(action="account:sign_in_failed").all()
        assert [(one.subject_id, one.facts) for one in entries] == [(str(cast.aoba_editor), {"sharing": 2})] * 10


def test_the_reset_mail_has_a_link_for_each_and_one_changes_nothing_of_the_other(
    app: BoardApp, client: FlaskClient, cast: Cast, yoko: int, mailroom: Mailroom
) -> None:
    other = app.test_client()
    sign_in(other, EDITOR, PASSWORD)
    assert press(client, "/forgot", "リンクを送る", {"email": EDITOR}).status_code == 200
    text = text_to(mailroom)
    link = of(text, NAME, r"https?://[^/]+(/reset/\S+)")
    assert link != of(text, "青葉 花子", r"https?://[^/]+(/reset/\S+)")
    page = client.get(link)
    assert f"{NAME} 様の新しいパスワード" in page.text
    refused = press(client, page, "パスワードを設定する", {"password": PASSWORD})
    assert refused.status_code == 422 and accounts.TAKEN in refused.text and "花子" not in refused.text
    assert press(client, page, "パスワードを設定する", {"password": "atarashii-kotoba-9"}).location == "/desk/"
    assert f"{NAME} さん" in client.get("/account").text
    assert other.get("/account").status_code == 200, "the other one is still signed in"
    sign_in(client, EDITOR, PASSWORD)
    client.delete_cookie("jobboard")
    code = of(text, "青葉 花子", r"([0-9A-Z]{4}-[0-9A-Z]{4})")
    answer = send(client, "/code", {"email": EDITOR, "code": code})
    assert "青葉 花子 様の新しいパスワード" in client.get(answer.location).text


def test_a_code_of_a_mail_to_both_signs_each_in(client: FlaskClient, cast: Cast, yoko: int, mailroom: Mailroom) -> None:
    press(client, "/code", "確認コードを受け取る", {"email": EDITOR})
    text = text_to(mailroom)
    assert text.startswith(f"青葉 花子 様、{NAME} 様")
    for name in (NAME, "青葉 花子"):
        client.delete_cookie("jobboard")
        code = of(text, name, r"([0-9A-Z]{4}-[0-9A-Z]{4})")
        assert send(client, "/code", {"email": EDITOR, "code": code}).location == "/desk/"
        assert f"{name} さん" in client.get("/account").text


def test_the_second_factor_of_one_does_not_open_for_the_other(
    factored: FlaskClient, cast: Cast, yoko: int, mailroom: Mailroom, clock: Clock
) -> None:
    with factored.application.app_context(), Writing() as session:
        for account in (cast.account("aoba_editor"), session.get_one(Account, yoko)):
            factors.enrol_mail(session, account, now=clock())
    codes = {}
    for password, name in ((PASSWORD, "青葉 花子"), (OWN, NAME)):
        factored.delete_cookie("jobboard")
        assert send(factored, "/login", {"email": EDITOR, "password": password}).location == "/factor"
        text = text_to(mailroom)
        assert text.startswith(f"{name} 様\n") or text.startswith(f"{name} 様\r\n")
        codes[name] = CODE.findall(text)[-1]
    wrong = send(factored, "/factor", {"code": codes["青葉 花子"]})
    assert wrong.status_code == 422 and factored.get("/desk/").status_code == 302
    assert send(factored, "/factor", {"code": codes[NAME]}).location == "/desk/"
    assert f"{NAME} さん" in factored.get("/account").text


def test_what_both_are_told_is_one_mail_that_names_nobody_twice(
    app: BoardApp, client: FlaskClient, cast: Cast, yoko: int, mailroom: Mailroom
) -> None:
    with app.app_context(), Writing() as session:
        posting = submitted(session, cast)
        posting.submitted_by_id = None
        notices.returned(session, posting, [("", "直してください")], now=OPENING, **WHERE)
    letters = mailroom.run()
    assert sorted(letter.recipient for letter in letters) == [COLLEAGUE, EDITOR]
    text = str(opened(next(one for one in letters if one.recipient == EDITOR)).get_content())
    assert text.count("直してください") == 1 and text.splitlines()[0] == f"青葉 花子 様、{NAME} 様"
    code = of(text, NAME, r"([0-9A-Z]{4}-[0-9A-Z]{4})")
    assert send(client, "/code", {"email": EDITOR, "code": code}).location == f"/desk/postings/{posting.id}"
    assert f"{NAME} さん" in client.get("/account").text


def test_an_address_in_use_makes_the_administrator_say_who_is_meant(
    app: BoardApp, client: FlaskClient, cast: Cast, mailroom: Mailroom
) -> None:
    sign_in(client, ADMINISTRATOR)
    form = {"email": EDITOR, "role": "editor", "place": "青葉市"}
    asked = press(client, INVITE, "招待のメールを送る", form)
    assert asked.status_code == 422 and "このアドレスは、すでに使われています" in asked.text and "青葉 花子(" in asked.text
    nameless = press(client, asked, "招待のメールを送る", {"whom": "new"})
    assert nameless.status_code == 422 and "氏名を入力してください" in nameless.text
    same = press(client, nameless, "招待のメールを送る", {"name": "青葉　花子"})
    assert same.status_code == 422 and accounts.NAMESAKE in same.text
    assert press(client, same, "招待のメールを送る", {"name": NAME}).location == "/ministry/accounts"
    assert f"{NAME}({EDITOR})さんに招待のメールを送りました" in client.get("/ministry/accounts").text
    text = text_to(mailroom)
    assert text.splitlines()[0] == f"{NAME} 様"
    invited = re.search(r"https?://[^/]+(/invitation/\S+)", text)
    assert invited
    new = app.test_client()
    for typed, said in (({"name": "青葉花子"}, accounts.NAMESAKE), ({"password": PASSWORD}, accounts.TAKEN)):
        refused = press(new, invited[1], "登録して利用を始める", {"name": NAME, "password": OWN, **typed})
        assert refused.status_code == 422 and said in refused.text
    assert press(new, invited[1], "登録して利用を始める", {"name": NAME, "password": OWN}).location == "/desk/"
    assert sign_in(new, EDITOR, PASSWORD).location == "/desk/", "the first one is as she was"


def test_a_role_for_one_who_is_there_is_hers_alone_and_needs_no_mail(
    app: BoardApp, client: FlaskClient, cast: Cast, yoko: int
) -> None:
    sign_in(client, ADMINISTRATOR)
    form = {"email": EDITOR, "role": "editor", "place": "港町"}
    asked = press(client, INVITE, "招待のメールを送る", form)
    assert press(client, asked, "招待のメールを送る", {"whom": str(yoko)}).location == "/ministry/accounts"
    with app.app_context():
        assert [one.municipality_code for one in db.session.get_one(Account, yoko).memberships] == [cast.aoba, cast.minato]
        assert [one.municipality_code for one in cast.account("aoba_editor").memberships] == [cast.aoba]
        assert db.session.query(Delivery).count() == 0


def test_eight_may_share_a_mailbox_and_no_more(app: BoardApp, cast: Cast, clock: Clock) -> None:
    with app.app_context(), Writing() as session:
        for number in range(2, accounts.MOST_SHARING + 1):
            accounts.invite(
                session, EDITOR, AccountRole.EDITOR, name=f"青葉 {number}", municipality=cast.municipality("aoba"), by=None, now=clock()
            )
        with pytest.raises(Incomplete) as refused:
            accounts.invite(session, EDITOR, AccountRole.MODERATOR, name="青葉 多", by=None, now=clock())
        assert "8人まで" in refused.value.problems[0].message
        with pytest.raises(accounts.Several):
            accounts.find(session, EDITOR)
        found = accounts.find(session, EDITOR, "青葉２")
        assert found is not None and found.name == "青葉 2"
