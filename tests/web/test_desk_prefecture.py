"""経由: a submission goes to the prefecture first, which sends it on or asks for a correction; nobody else does."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base.states import DeliveryKind, State
from jobboard.database import Writing
from jobboard.domain import accounts, attaching, moderation, prefectures, review_queue
from jobboard.models import Account, Delivery, Posting, Remark
from jobboard.web.transaction import BoardApp
from tests.cast import OPENING, Cast, Clock
from tests.domain.test_attaching import PDF
from tests.prefectures import KANAGAWA, MIYAGI, through
from tests.pressing import press
from tests.staff import ADMINISTRATOR, EDITOR, MODERATOR, OTHER_EDITOR, send, sign_in, token
from tests.stories import drafted, published, submitted


@pytest.fixture
def posting_id(app: BoardApp, client: FlaskClient, cast: Cast) -> int:
    """青葉市's submission, sent in through its page; 宮城県 is 経由."""
    with app.app_context(), Writing() as session:
        through(session, cast, "04")
        number = drafted(session, cast).id
    sign_in(client, EDITOR)
    answer = press(client, f"/desk/postings/{number}/edit", "掲載を依頼する")
    assert answer.status_code == 303, answer.text
    assert "まず宮城県に届きます" in client.get(answer.location).text
    return number


def told(app: BoardApp, kind: DeliveryKind) -> list[str]:
    """Whom mails of this kind go to."""
    with app.app_context(), Writing() as session:
        rows = session.scalars(select(Account.email).join(Delivery, Delivery.account_id == Account.id).where(Delivery.kind == kind))
        return sorted(rows)


def version_of(app: BoardApp, posting_id: int) -> str:
    with app.app_context(), Writing() as session:
        return str(session.get_one(Posting, posting_id).pending_id)


def test_a_submission_waits_at_the_prefecture_and_goes_on_when_it_is_forwarded(
    app: BoardApp, client: FlaskClient, posting_id: int, clock: Clock
) -> None:
    assert told(app, DeliveryKind.PREFECTURE) == [MIYAGI]
    assert told(app, DeliveryKind.SUBMITTED) == [EDITOR], "no moderator is told yet"
    number = version_of(app, posting_id)
    sign_in(client, MODERATOR)
    assert "全庁DX推進" not in client.get("/review/").text
    page = client.get(f"/review/postings/{posting_id}")
    assert "宮城県の進達を待っています" in page.text and ">掲載する</button>" not in page.text
    for act in ("publish", "return"):
        form = {"csrf_token": token(client, "/account"), "version_id": number, "reason": "x"}
        assert client.post(f"/review/postings/{posting_id}/{act}", data=form).status_code == 409
    clock.forward(days=9)
    sign_in(client, EDITOR)
    assert "目安の5開庁日を過ぎています" in client.get(f"/desk/postings/{posting_id}").text
    sign_in(client, MIYAGI)
    queue = client.get("/desk/prefecture/")
    assert "目安の5開庁日を過ぎています" in queue.text and "開庁日で7日" in queue.text
    assert press(client, f"/desk/prefecture/postings/{posting_id}", "進達する").status_code == 303
    assert "進達を待っている依頼はありません" in client.get("/desk/prefecture/").text
    assert told(app, DeliveryKind.PREFECTURE) == sorted([MIYAGI, EDITOR])
    assert told(app, DeliveryKind.SUBMITTED) == sorted([EDITOR, MODERATOR])
    again = {"csrf_token": token(client, "/account"), "version_id": number}
    assert client.post(f"/desk/prefecture/postings/{posting_id}/forward", data=again).status_code == 409
    sign_in(client, MODERATOR)
    assert "今日" in client.get("/review/").text, "the ministry counts from the day it came there"
    assert press(client, f"/review/postings/{posting_id}", "掲載する").status_code == 303


def test_the_prefecture_asks_for_a_correction_at_a_field(app: BoardApp, client: FlaskClient, posting_id: int) -> None:
    sign_in(client, MIYAGI)
    page = f"/desk/prefecture/postings/{posting_id}"
    answer = press(client, page, "修正を依頼する", {"reason": "", "remark.pay_low": " "})
    assert answer.status_code == 422 and "何を直してほしいかを書いてください" in answer.text
    press(client, page, "修正を依頼する", {"reason": "", "remark.pay_low": "県の目安と違います"})
    with app.app_context(), Writing() as session:
        assert session.get_one(Posting, posting_id).state is State.RETURNED
        assert {remark.field for remark in session.query(Remark)} == {"pay_low"}
    assert told(app, DeliveryKind.RETURNED) == [EDITOR]
    sign_in(client, EDITOR)
    assert "県の目安と違います" in client.get(f"/desk/postings/{posting_id}/edit").text
    assert press(client, f"/desk/postings/{posting_id}/edit", "掲載を依頼する").status_code == 303
    sign_in(client, MIYAGI)
    assert "進達を待っている依頼(1件)" in client.get("/desk/prefecture/").text


def test_the_prefecture_reads_what_the_ministry_reads(app: BoardApp, client: FlaskClient, cast: Cast, posting_id: int) -> None:
    """One part of the page for both: files with kind and size, warnings that were overruled, what was asked before."""
    with app.app_context(), Writing() as session:
        posting, by = session.get_one(Posting, posting_id), cast.account("aoba_editor")
        moderation.recall(session, posting, by=by, now=OPENING)
        attaching.add(session, posting, app.config["BOARD"].upload_dir, name="要項.pdf", content=PDF, by=by, now=OPENING)
        moderation.submit(session, posting, by=by, now=OPENING)
        assert posting.pending is not None
        posting.pending.overruled = {"a": {"field": "title", "message": "題名に「男性」があります。", "reason": "制度の名前です。"}}
    sign_in(client, MIYAGI)
    page = client.get(f"/desk/prefecture/postings/{posting_id}").text
    file = f"/desk/prefecture/postings/{posting_id}/attachments/1"
    assert f'<a href="{file}">要項.pdf</a> <span class="sub">PDF、' in page and client.get(file, buffered=True).data == PDF
    assert "制度の名前です。" in page and "法令などに必要な事項は、そろっています" in page
    press(client, f"/desk/prefecture/postings/{posting_id}", "修正を依頼する", {"reason": "県の様式で"})
    sign_in(client, EDITOR)
    assert press(client, f"/desk/postings/{posting_id}/edit", "掲載を依頼する").status_code == 303
    sign_in(client, MIYAGI)
    again = client.get(f"/desk/prefecture/postings/{posting_id}").text
    assert "これまでの修正の依頼" in again and "県の様式で" in again
    assert "掲載の判断" not in again and "進達の判断" in again and "事後確認" not in again
    sign_in(client, KANAGAWA)
    assert client.get(file).status_code == 404
    sign_in(client, MODERATOR)
    shown = client.get(f"/review/postings/{posting_id}").text
    assert f'<a href="{file.replace("desk/prefecture", "review")}">要項.pdf</a> <span class="sub">PDF、' in shown


@pytest.mark.parametrize(
    ("email", "expected"), [(KANAGAWA, 404), (OTHER_EDITOR, 403), (EDITOR, 403), (MODERATOR, 403), (ADMINISTRATOR, 403), ("", 302)]
)
def test_nobody_else_reads_forwards_or_returns_there(
    app: BoardApp, client: FlaskClient, posting_id: int, email: str, expected: int
) -> None:
    number = version_of(app, posting_id)
    if email:
        sign_in(client, email)
    else:
        client.delete_cookie("jobboard")
    form = {"csrf_token": token(client, "/account" if email else "/login"), "version_id": number, "reason": "x"}
    assert client.get(f"/desk/prefecture/postings/{posting_id}").status_code == expected
    for act in ("forward", "return"):
        answer = client.post(f"/desk/prefecture/postings/{posting_id}/{act}", data=form)
        assert answer.status_code == expected, act
    assert version_of(app, posting_id) == number
    with app.app_context(), Writing() as session:
        pending = session.get_one(Posting, posting_id).pending
        assert pending is not None and pending.forwarded_at is None


def test_the_prefecture_reads_what_was_sent_in_and_can_act_on_nothing_of_the_municipality(
    app: BoardApp, client: FlaskClient, cast: Cast, posting_id: int
) -> None:
    with app.app_context(), Writing() as session:
        draft, public = drafted(session, cast, title="まだ出していない題名"), submitted(session, cast, title="公開した題名")
        assert public.pending_id is not None
        miyagi = accounts.find(session, MIYAGI)
        assert miyagi is not None
        prefectures.forward(session, public, version_id=public.pending_id, by=miyagi, now=OPENING)
        moderation.publish(session, public, version_id=public.pending_id, by=cast.account("sato"), now=OPENING)
        numbers = (posting_id, draft.id, public.id)
    sign_in(client, MIYAGI)
    queue = client.get("/desk/prefecture/")
    assert "公開した題名" in queue.text and "まだ出していない題名" not in queue.text
    read = [client.get(f"/desk/prefecture/postings/{number}").status_code for number in numbers]
    assert read == [200, 404, 200]
    form = {"csrf_token": token(client, "/account"), "title": "x", "revision": "1"}
    for number in numbers:
        for act in ("", "/edit", "/preview", "/recall", "/hand-over", "/extend", "/close", "/withdraw", "/amend"):
            assert client.get(f"/desk/postings/{number}{act}").status_code in (403, 404), act
            if act not in ("", "/preview"):
                assert client.post(f"/desk/postings/{number}{act}", data=form).status_code in (403, 404), act
    assert client.get(f"/desk/postings/{draft.id}/edit").status_code == 404


def test_what_takes_effect_at_once_and_what_nobody_would_forward_do_not_pass_through(
    app: BoardApp, client: FlaskClient, cast: Cast, posting_id: int
) -> None:
    with app.app_context(), Writing() as session:
        public = published(session, cast, place="minato")
        assert public.current is not None and not public.current.through_prefecture
        posting = session.get_one(Posting, posting_id)
        assert [item.posting.id for item in review_queue.waiting(session, now=OPENING)] == []
        gone = accounts.find(session, MIYAGI)
        assert gone is not None
        accounts.deactivate(session, gone, by=None, now=OPENING)
        assert [item.posting for item in review_queue.waiting(session, now=OPENING)] == [posting]


def test_a_change_that_goes_through_the_prefecture_says_so(app: BoardApp, client: FlaskClient, cast: Cast, posting_id: int) -> None:
    with app.app_context(), Writing() as session:
        public = published(session, cast, place="minato").id
    sign_in(client, OTHER_EDITOR)
    assert "経由" not in change(client, public, "26000") and "まず" not in client.get(f"/desk/postings/{public}").text
    with app.app_context(), Writing() as session:
        prefectures.choose(session, ["14"], by=cast.account("admin"), now=OPENING)
        other = published_directly(session, cast)
    assert "まず神奈川県に届きます" in change(client, other, "27000")


def change(client: FlaskClient, posting_id: int, pay: str) -> str:
    """Sends a change in that waits; what the next page says."""
    press(client, f"/desk/postings/{posting_id}/edit/all", "下書きを保存する", {"pay_low": pay})
    sent = press(client, f"/desk/postings/{posting_id}/amend", "掲載を依頼する", {"change_summary": "報酬を改めました"})
    assert sent.status_code == 303, sent.text
    return client.get(sent.location).text


def published_directly(session: Session, cast: Cast) -> int:
    """A public posting of 港町, whose prefecture stands first by now."""
    posting = submitted(session, cast, place="minato", title="別の募集")
    assert posting.pending is not None
    prefectures.forward(session, posting, version_id=posting.pending.id, by=cast.account("admin"), now=OPENING)
    moderation.publish(session, posting, version_id=posting.pending.id, by=cast.account("sato"), now=OPENING)
    return posting.id


def test_administrators_choose_and_what_waited_is_released(app: BoardApp, client: FlaskClient, posting_id: int) -> None:
    sign_in(client, ADMINISTRATOR)
    page = client.get("/ministry/prefectures/")
    assert 'value="04" checked' in page.text and "1人" in page.text
    assert send(client, "/ministry/prefectures/", {"through": ["14", "99"]}).status_code == 303
    assert MODERATOR in told(app, DeliveryKind.SUBMITTED)
    sign_in(client, MODERATOR)
    assert "全庁DX推進" in client.get("/review/").text
    assert client.get("/ministry/prefectures/").status_code == 403
    sign_in(client, MIYAGI)
    assert "宮城県: 直接" in client.get("/desk/prefecture/").text
