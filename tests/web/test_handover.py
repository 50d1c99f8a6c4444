"""The handover of April: a successor asks, confirms by mail, and a colleague or an administrator grants it."""

import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from jobboard.base.states import AccountRole
from jobboard.database import Writing, db
from jobboard.domain import accounts
from jobboard.models import Account, AuditEntry, Delivery, Handover, Membership, Subscriber
from jobboard.web.transaction import BoardApp
from tests.cast import Cast, Clock, person
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
    asked_for = stranger.get(found[1]).text
    assert "<dt>担当</dt><dd>login" not in asked_for and changes.get("place", "青葉市") in asked_for
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


def test_a_handover_within_one_mailbox_ends_the_one_who_was_named(
    app: BoardApp, client: FlaskClient, cast: Cast, mailroom: Mailroom
) -> None:
    with app.app_context(), Writing() as session:
        session.add(person(EDITOR, "青葉 葉子", AccountRole.EDITOR, municipality=cast.aoba))
    unclear = confirmed(app, mailroom, email=EDITOR, name="後任 二")
    mailroom.run()
    number = confirmed(app, mailroom, email=EDITOR, predecessor_name="青葉花子")
    told = [letter for letter in mailroom.run() if letter.recipient == EDITOR]
    assert all(str(opened(letter).get_content()).startswith("青葉 花子 様、青葉 葉子 様") for letter in told)
    with app.app_context():
        assert db.session.get_one(Handover, unclear).predecessor_id is None
    sign_in(client, COLLEAGUE)
    page = client.get(f"/handovers/{number}")
    assert "青葉 花子さんの、宮城県青葉市の担当としての利用を終える" in page.text
    assert press(client, page, "認める", {"end_predecessor": "1"}).location == "/handovers/"
    texts = [str(opened(letter).get_content()) for letter in mailroom.run() if letter.recipient == EDITOR]
    assert [text.splitlines()[0] for text in texts] == ["後任 一 様", "青葉 花子 様"]
    invited = re.search(r"https?://[^/]+(/invitation/\S+)", texts[0])
    assert invited and "申出が認められました" in texts[0]
    press(app.test_client(), invited[1], "登録して利用を始める", {"name": "後任 一", "password": "haru-no-hikitsugi-4"})
    with app.app_context():
        in_use = {one.name for one in accounts.persons(db.session(), EDITOR, accounts.in_use())}
        assert in_use == {"青葉 葉子", "後任 一"}


def test_a_confirmed_request_is_not_changed_by_who_knows_the_address(
    app: BoardApp, client: FlaskClient, cast: Cast, mailroom: Mailroom
) -> None:
    number = confirmed(app, mailroom)
    assert asked(client, predecessor=COLLEAGUE, note="別の話").status_code == 200
    assert not [letter for letter in mailroom.run() if letter.recipient == NEW], "nothing is left to confirm"
    with app.app_context():
        kept = db.session.get_one(Handover, number)
        assert (kept.predecessor_id, kept.note) == (cast.aoba_editor, ASKED["note"])


def test_a_prefectures_account_is_handed_over_by_a_colleague_there(
    app: BoardApp, client: FlaskClient, cast: Cast, mailroom: Mailroom
) -> None:
    with app.app_context(), Writing() as session:
        for name in ("former", "staying"):
            made = person(f"{name}@pref.miyagi.lg.jp", f"宮城 {name}", AccountRole.MODERATOR)
            made.memberships = [Membership(role=AccountRole.PREFECTURE, pref_code="04")]
            session.add(made)
    unsaid = asked(client, role="prefecture", email="new@pref.miyagi.lg.jp")
    assert unsaid.status_code == 422 and "都道府県を選んでください" in unsaid.text
    number = confirmed(
        app, mailroom, role="prefecture", pref_code="04", place="", email="new@pref.miyagi.lg.jp", predecessor="former@pref.miyagi.lg.jp"
    )
    assert {letter.recipient for letter in mailroom.run()} == {"former@pref.miyagi.lg.jp", "staying@pref.miyagi.lg.jp"}
    sign_in(client, EDITOR)
    assert client.get(f"/handovers/{number}").status_code == 404
    sign_in(client, "staying@pref.miyagi.lg.jp")
    assert "宮城県" in client.get("/handovers/").text
    assert press(client, f"/handovers/{number}", "認める", {"end_predecessor": "1"}).location == "/handovers/"
    with app.app_context():
        new, former = (accounts.find(db.session(), f"{name}@pref.miyagi.lg.jp") for name in ("new", "former"))
        assert new and former and former.deactivated_at is not None
        assert [(one.role, one.pref_code) for one in new.memberships] == [(AccountRole.PREFECTURE, "04")]


def test_whoever_asked_is_told_the_answer(
    app: BoardApp, client: FlaskClient, cast: Cast, mailroom: Mailroom, clock: Clock
) -> None:
    refused = confirmed(app, mailroom)
    granted = confirmed(app, mailroom, email=OTHER_EDITOR, name="港 一郎")
    mailroom.run()
    sign_in(client, COLLEAGUE)
    press(client, f"/handovers/{refused}", "認めない")
    press(client, f"/handovers/{granted}", "認める")
    letters = {letter.recipient: str(opened(letter).get_content()) for letter in mailroom.run()}
    assert set(letters) == {NEW, OTHER_EDITOR}
    assert "後任 一 様" in letters[NEW] and "認められませんでした" in letters[NEW]
    assert "申出が認められました" in letters[OTHER_EDITOR] and "/invitation/" not in letters[OTHER_EDITOR]
    clock.forward(days=7)
    mailroom.steps.tidy()
    with app.app_context():
        assert db.session.query(Subscriber).count() == 0, "the addresses that were kept for the answer"
