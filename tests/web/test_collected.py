"""The link by which a municipality says whether its call may be here, and the pages on which moderators ask."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.database import Writing, db
from jobboard.domain import confirming, housekeeping, taking
from jobboard.domain.retention import Terms
from jobboard.models import AuditEntry, Delivery, Municipality, SourceItem, Subscriber
from jobboard.web.transaction import BoardApp
from tests.cast import OPENING, Cast, Clock
from tests.mailroom import Mailroom, opened
from tests.staff import EDITOR, MODERATOR, send, sign_in
from tests.stories import found

TOWN = "dx@city.aoba.lg.jp"


@pytest.fixture
def item(app: BoardApp, cast: Cast, client: FlaskClient) -> int:
    """A candidate; a moderator is signed in."""
    with app.app_context(), Writing() as session:
        number = found(session, cast).id
        session.commit()
    sign_in(client, MODERATOR)
    return number


def asked(client: FlaskClient, mailroom: Mailroom, item: int, **form: str) -> str:
    """Asks by the form; the path of the link in the mail."""
    page = f"/review/candidates/{item}"
    answer = send(client, f"{page}/invite", {"to": "typed", "email": TOWN, **form}, page=page)
    assert answer.status_code == 303, answer.text
    (letter,) = mailroom.run()
    text = opened(letter).get_body(("plain",)).get_content()  # type: ignore[union-attr]
    link = re.search(r"https://jobs\.example\.go\.jp(/collected/\S+)", text)
    assert link is not None
    return link[1]


def test_only_the_newest_link_opens_and_not_for_ever(
    app: BoardApp, client: FlaskClient, mailroom: Mailroom, clock: Clock, item: int
) -> None:
    stranger = app.test_client()
    first = asked(client, mailroom, item)
    second = asked(client, mailroom, item)
    assert (stranger.get(first).status_code, stranger.post(first, data={"answer": "yes"}).status_code) == (410, 410)
    assert stranger.get("/collected/" + "A" * 22).status_code == 404
    assert "押すまで、何も変わりません" in stranger.get(second).text
    nothing = stranger.post(second, data={"answer": "maybe"})
    assert nothing.status_code == 422 and "どちら" not in nothing.text and "押してください" in nothing.text
    clock.forward(days=14)
    assert stranger.post(second, data={"answer": "yes"}).status_code == 410
    with app.app_context():
        assert db.session.get_one(SourceItem, item).answered_at is None


def test_the_mail_goes_to_the_section_that_is_known_or_to_an_editor(app: BoardApp, client: FlaskClient, cast: Cast, item: int) -> None:
    page = f"/review/candidates/{item}"
    with app.app_context(), Writing() as session:
        session.get_one(Municipality, cast.aoba).contact_email = "joho@city.aoba.lg.jp"
        session.commit()
    shown = client.get(page).text
    assert shown.index("joho@city.aoba.lg.jp") < shown.index(EDITOR)
    for form, words in (({"to": "typed", "email": "無い"}, "「@」がありません"), ({"to": "stranger@example.jp"}, "送り先を選んでください")):
        refused = send(client, f"{page}/invite", form, page=page)
        assert refused.status_code == 422 and words in refused.text
    with app.app_context():
        assert db.session.scalars(select(Delivery)).all() == []


def test_an_address_that_was_typed_is_forgotten_and_stands_in_no_audit(
    app: BoardApp, client: FlaskClient, mailroom: Mailroom, clock: Clock, item: int
) -> None:
    app.test_client().post(asked(client, mailroom, item), data={"answer": "yes"})
    with Session(mailroom.steps.engine) as session:
        acts = {one.action: repr(one.facts) for one in session.scalars(select(AuditEntry)) if one.subject_kind == "candidate"}
    assert set(acts) == {"candidate:invite", "candidate:agree"} and TOWN not in repr(acts)
    later = clock.forward(days=confirming.ADDRESS_KEPT.days, seconds=1)
    with mailroom.writing() as session:
        housekeeping.run(session, Terms(), now=later)
    with Session(mailroom.steps.engine) as session:
        assert session.get_one(SourceItem, item).invited_address == ""
        assert session.scalars(select(Subscriber)).all() == []


def test_what_the_municipality_declined_is_not_published_after_all(
    app: BoardApp, client: FlaskClient, mailroom: Mailroom, item: int
) -> None:
    page = f"/review/candidates/{item}"
    app.test_client().post(asked(client, mailroom, item), data={"answer": "no"})
    told = client.get(page).text
    assert "「掲載しない」" in told and "掲載できません" in told and "メールで確かめる" not in told
    moved = client.post(f"{page}/publish", data={"csrf_token": re.findall(r'name="csrf_token" value="([^"]+)"', told)[0]})
    assert moved.status_code == 409 and "状態が変わりました" in moved.text
    assert "掲載しない" in client.get("/review/candidates?view=answered").text


def test_candidates_are_listed_by_where_they_stand_page_by_page(app: BoardApp, client: FlaskClient, cast: Cast, item: int) -> None:
    with app.app_context(), Writing() as session:
        for number in range(60):
            found(session, cast, f"CIO補佐官の募集 第{number}回", path=f"/{number}", place="minato", now=OPENING + timedelta(minutes=number))
        taking.dismiss(session, found(session, cast, "祭りの手伝い", path="/m"), reason="ボランティア", by=cast.account("sato"), now=OPENING)
        session.commit()
    first = client.get("/review/candidates").text
    assert "候補(61件)" in first and "第59回" in first and "第3回" not in first and "page=2" in first
    assert "第3回" in client.get("/review/candidates?page=99").text
    only = client.get("/review/candidates?pref=04&q=CIO").text
    assert "条件に合う項目(1件)" in only and "第59回" not in only
    assert "ボランティア" not in first and "祭りの手伝い" in client.get("/review/candidates?view=dismissed").text
    assert client.get("/review/candidates?view=x&pref=99&page=-1&q=" + "無" * 500).status_code == 200
    assert app.test_client().get("/review/candidates").status_code == 302
    sign_in(client, EDITOR)
    assert client.get("/review/candidates").status_code == 403
