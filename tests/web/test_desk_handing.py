"""代理作成: the prefecture drafts, hands over, the municipality confirms and submits; one side writes at a time."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from jobboard.base.states import DeliveryKind, Holder, State
from jobboard.database import Writing
from jobboard.domain import handing
from jobboard.models import Account, Delivery, Posting
from jobboard.web.transaction import BoardApp
from tests.cast import COMPLETE, OPENING, Cast
from tests.prefectures import KANAGAWA, MIYAGI, prefecture, through
from tests.pressing import press
from tests.staff import EDITOR, MODERATOR, OTHER_EDITOR, sign_in, token
from tests.stories import drafted


@pytest.fixture
def below(app: BoardApp, cast: Cast) -> None:
    with app.app_context(), Writing() as session:
        through(session, cast)


def told(app: BoardApp) -> list[str]:
    with app.app_context(), Writing() as session:
        mails = select(Account.email).join(Delivery, Delivery.account_id == Account.id)
        return list(session.scalars(mails.where(Delivery.kind == DeliveryKind.PREFECTURE).order_by(Delivery.id)))


def held_by(app: BoardApp, posting_id: int) -> Holder:
    with app.app_context(), Writing() as session:
        return session.get_one(Posting, posting_id).held_by


def test_a_prefecture_drafts_hands_over_and_the_municipality_submits(
    app: BoardApp, client: FlaskClient, cast: Cast, below: None
) -> None:
    sign_in(client, MIYAGI)
    begun = client.post(
        "/desk/postings/new", data={"csrf_token": token(client, "/account"), "title": "県が書く題名", "municipality": cast.aoba}
    )
    posting_id = int(begun.location.split("/")[3])
    assert held_by(app, posting_id) is Holder.PREFECTURE
    page = f"/desk/postings/{posting_id}"
    answer = press(client, f"{page}/edit/all", "青葉市に引き渡す", {**COMPLETE, "title": "県が書いた題名"})
    assert answer.location.endswith("/hand-over"), "what was written is saved on the way"
    assert held_by(app, posting_id) is Holder.PREFECTURE, "handing over is an act of its own"
    sign_in(client, EDITOR)
    assert "県が書いた題名" in client.get(f"{page}/preview").text, "the municipality reads along"
    assert client.get(f"{page}/edit").location == page, "the page of the posting says who holds it"
    sign_in(client, MIYAGI)
    assert press(client, f"{page}/hand-over", "引き渡す", {"note": "報酬を確かめてください"}).status_code == 303
    assert client.get(page).status_code == 404, "it is the municipality's own now"
    assert client.post(f"{page}/edit", data={"csrf_token": token(client, "/account"), "title": "x"}).status_code == 409
    assert told(app) == ["colleague@city.aoba.lg.jp", EDITOR] or told(app) == [EDITOR, "colleague@city.aoba.lg.jp"]
    sign_in(client, EDITOR)
    assert press(client, f"{page}/edit/all", "掲載を依頼する", {"title": "市が直した題名"}).status_code == 303
    with app.app_context(), Writing() as session:
        posting = session.get_one(Posting, posting_id)
        assert posting.state is State.SUBMITTED and posting.pending is not None
        assert posting.pending.content["title"] == "市が直した題名"


def test_a_municipality_hands_its_draft_over_and_takes_it_back_any_time(
    app: BoardApp, client: FlaskClient, cast: Cast, below: None
) -> None:
    with app.app_context(), Writing() as session:
        posting_id = drafted(session, cast, title="市の題名").id
    page = f"/desk/postings/{posting_id}"
    sign_in(client, EDITOR)
    too_long = press(client, f"{page}/hand-over", "引き渡す", {"note": "あ" * 301})
    assert too_long.status_code == 422 and "あ" * 301 in too_long.text
    open_form = client.get(f"{page}/edit/all")
    press(client, f"{page}/hand-over", "引き渡す")
    assert told(app) == [MIYAGI]
    late = press(client, open_form, "下書きを保存する", {"title": "遅れて書いた題名"})
    assert late.status_code == 403 and "遅れて書いた題名" in late.text, "what was typed is shown, and not saved"
    sign_in(client, MIYAGI)
    assert press(client, f"{page}/edit/all", "下書きを保存する", {"title": "県の題名"}).status_code == 303
    assert client.post(f"{page}/take-back", data={"csrf_token": token(client, "/account")}).status_code in (403, 404)
    sign_in(client, EDITOR)
    assert "県の題名" in client.get("/desk/").text and "都道府県が書いています" in client.get("/desk/").text
    assert press(client, f"{page}/take-back", "下書きを引き取る").status_code == 303
    assert told(app) == [MIYAGI, MIYAGI]
    assert held_by(app, posting_id) is Holder.MUNICIPALITY
    sign_in(client, MIYAGI)
    assert client.get(f"{page}/edit").status_code == 404


def test_what_a_prefecture_sends_too_late_comes_back_to_it_alone_and_is_not_kept(
    app: BoardApp, client: FlaskClient, cast: Cast, below: None
) -> None:
    with app.app_context(), Writing() as session:
        posting = drafted(session, cast, title="市の題名")
        handing.hand_over(session, posting, to=Holder.PREFECTURE, by=cast.account("aoba_editor"), now=OPENING)
        number = posting.id
    page = f"/desk/postings/{number}"
    sign_in(client, MIYAGI)
    written, handed = client.get(f"{page}/edit/all"), client.get(f"{page}/hand-over")
    with app.app_context(), Writing() as session:
        posting = session.get_one(Posting, number)
        handing.hand_over(session, posting, to=Holder.MUNICIPALITY, by=cast.account("aoba_editor"), now=OPENING)
        posting.draft = {**posting.draft, "title": ["市が直した題名"]}
    late = press(client, written, "下書きを保存する", {"title": "県の<b>題名</b>", "remote": "mostly"})
    assert late.status_code == 409 and "宮城県青葉市が持っています" in late.text and "市が直した題名" not in late.text
    assert "県の&lt;b&gt;題名&lt;/b&gt;" in late.text and "原則リモート" in late.text
    assert "よろしく" in press(client, handed, "引き渡す", {"note": "よろしく"}).text
    form = {"csrf_token": token(client, "/account"), "title": "x", "do": "autosave"}
    assert "青葉市が持っています" in client.post(f"{page}/edit/title", data=form).get_json()["message"]
    assert client.get(f"{page}/edit").status_code == 404
    with app.app_context(), Writing() as session:
        assert session.get_one(Posting, number).draft["title"] == ["市が直した題名"]
        newcomer = prefecture("04")
        newcomer.email, newcomer.activated_at = "new@pref04.lg.jp", OPENING + timedelta(days=1)
        session.add(newcomer)
    for email in (KANAGAWA, OTHER_EDITOR, "new@pref04.lg.jp"):
        sign_in(client, email)
        form = {"csrf_token": token(client, "/account"), "title": "x"}
        for act in ("edit", "edit/title", "hand-over"):
            assert client.post(f"{page}/{act}", data=form).status_code == 404, (email, act)


@pytest.mark.parametrize(("email", "expected"), [(KANAGAWA, 404), (OTHER_EDITOR, 404), (MODERATOR, 403), ("", 302)])
def test_nobody_else_hands_over_takes_back_or_writes(
    app: BoardApp, client: FlaskClient, cast: Cast, below: None, email: str, expected: int
) -> None:
    with app.app_context(), Writing() as session:
        own, handed = drafted(session, cast), drafted(session, cast)
        handed.held_by = Holder.PREFECTURE
        session.flush()
        numbers = (own.id, handed.id)
    if email:
        sign_in(client, email)
    form = {"csrf_token": token(client, "/account" if email else "/login"), "title": "x", "revision": "1"}
    for number in numbers:
        for act in ("hand-over", "take-back", "edit"):
            refused = 403 if act == "take-back" and email == KANAGAWA else expected  # no prefecture takes back anything
            assert client.get(f"/desk/postings/{number}/{act}").status_code == refused, act
            assert client.post(f"/desk/postings/{number}/{act}", data=form).status_code == refused, act
    assert [held_by(app, number) for number in numbers] == [Holder.MUNICIPALITY, Holder.PREFECTURE]


def test_a_prefecture_without_anybody_is_given_nothing(app: BoardApp, client: FlaskClient, cast: Cast) -> None:
    with app.app_context(), Writing() as session:
        posting_id = drafted(session, cast).id
    sign_in(client, EDITOR)
    answer = press(client, f"/desk/postings/{posting_id}/hand-over", "引き渡す", {"note": "お願いします"})
    assert answer.status_code == 422 and "利用中の担当者がいません" in answer.text and "お願いします" in answer.text
    assert held_by(app, posting_id) is Holder.MUNICIPALITY
