"""Accounts that nobody signed in with for 400 days: warned once by mail, shown to administrators, never ended by themselves."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from jobboard.domain import unused
from jobboard.models import Account
from jobboard.web.transaction import BoardApp
from tests.cast import Cast, Clock
from tests.mailroom import Mailroom, opened
from tests.staff import ADMINISTRATOR, EDITOR, OTHER_EDITOR, sign_in

LONG_AGO = timedelta(days=400)


def warned(mailroom: Mailroom) -> list[str]:
    """Who has just been warned."""
    mailroom.steps.remind()
    return sorted(letter.recipient for letter in mailroom.run())


def test_who_did_not_sign_in_for_400_days_is_warned_once_until_signing_in_again(
    client: FlaskClient, cast: Cast, mailroom: Mailroom, clock: Clock
) -> None:
    clock.forward(days=100)
    sign_in(client, EDITOR)
    clock.forward(days=299, hours=23)
    assert warned(mailroom) == []
    clock.forward(hours=1)
    assert len(warned(mailroom)) == 4, "all who were accepted 400 days ago, but not the one who signed in"
    assert warned(mailroom) == []
    clock.forward(days=100)
    assert warned(mailroom) == [EDITOR]
    sign_in(client, OTHER_EDITOR)
    with Session(mailroom.steps.engine) as session:
        assert {one.id for one in session.query(Account) if one.warned_at is None} == {cast.minato_editor}
        assert not session.query(Account).filter(Account.deactivated_at.is_not(None)).count()
    clock.forward(days=400)
    assert warned(mailroom) == [OTHER_EDITOR]


def test_a_run_is_bounded_and_the_mail_says_what_to_do(
    cast: Cast, mailroom: Mailroom, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unused, "BATCH", 2)
    clock.forward(days=400)
    made = []
    for _ in range(4):
        with mailroom.writing() as session:
            made.append(unused.warn(session, mailroom.steps.letterhead, now=clock()))
    assert made == [2, 2, 1, 0]
    assert len(warned(mailroom)) == 5
    text = str(opened(mailroom.mailer.letters[0]).get_content())
    assert text.startswith("青葉 花子 様") and "400日以上" in text and "/handover" in text


def test_the_list_of_accounts_shows_and_narrows_to_them(
    app: BoardApp, client: FlaskClient, cast: Cast, clock: Clock
) -> None:
    clock.forward(days=400)
    sign_in(client, EDITOR)
    sign_in(client, ADMINISTRATOR)
    page = client.get("/ministry/accounts").text
    assert page.count("400日以上使われていません<") + page.count("400日以上使われていません\n") == 3 and EDITOR in page
    narrowed = client.get("/ministry/accounts?unused=1").text
    assert EDITOR not in narrowed and OTHER_EDITOR in narrowed and " checked" in narrowed
    assert "400日以上使われていません" in client.get(f"/ministry/accounts/{cast.minato_editor}").text
    assert "400日以上使われていません" not in client.get(f"/ministry/accounts/{cast.aoba_editor}").text
