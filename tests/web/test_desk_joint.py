"""共同募集: 青葉市 names 港町, which agrees on its own desk; only then it is shown, listed, fed and matched under both."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from jobboard.base.states import DeliveryKind, EventKind
from jobboard.base.vocabulary import MunicipalityKind
from jobboard.database import Writing
from jobboard.domain import joining, matching, moderation, publication, reach
from jobboard.models import Account, Agreement, ChangeEvent, Delivery, Posting, PostingPlace
from jobboard.web.desk_preview import written_content
from jobboard.web.transaction import BoardApp
from tests.cast import OPENING, Cast, Clock, place
from tests.mailroom import Mailroom
from tests.prefectures import KANAGAWA, prefecture
from tests.pressing import press
from tests.staff import ADMINISTRATOR, EDITOR, MODERATOR, OTHER_EDITOR, sign_in, token
from tests.stories import amended, drafted
from tests.web.test_code import codes, typed


@pytest.fixture
def posting_id(app: BoardApp, client: FlaskClient, cast: Cast) -> int:
    """青葉市's submission that names 港町, sent in through its page."""
    with app.app_context(), Writing() as session:
        number = drafted(session, cast, title="二つの町の募集", co_municipalities=cast.minato).id
    sign_in(client, EDITOR)
    assert press(client, f"/desk/postings/{number}/edit", "掲載を依頼する").status_code == 303
    return number


def publish(client: FlaskClient, posting_id: int) -> None:
    sign_in(client, MODERATOR)
    assert press(client, f"/review/postings/{posting_id}", "掲載する").status_code == 303


def shown_under_minato(client: FlaskClient, posting_id: int) -> list[bool]:
    """Whether the public meets 港町 on the posting's page, and the posting in 港町's list, feed and page, and in its JSON."""
    return [
        "港町と共同で募集" in client.get(f"/postings/{posting_id}").text,
        *("二つの町の募集" in client.get(path).text for path in ("/postings?municipality=143014", "/postings.atom?municipality=143014")),
        "143014" in client.get(f"/postings/{posting_id}.json").get_json()["co_municipalities"],
    ]


def told(app: BoardApp, kind: DeliveryKind) -> list[str]:
    with app.app_context(), Writing() as session:
        mails = select(Account.email).join(Delivery, Delivery.account_id == Account.id).where(Delivery.kind == kind)
        return list(session.scalars(mails.order_by(Delivery.id)))


def test_who_agreed_beforehand_is_there_from_the_first_day(
    app: BoardApp, client: FlaskClient, cast: Cast, posting_id: int
) -> None:
    assert told(app, DeliveryKind.JOINT) == [OTHER_EDITOR]
    sign_in(client, OTHER_EDITOR)
    assert "共同募集の確認のお願いが1件" in client.get("/desk/").text
    page = client.get(f"/desk/joint/{posting_id}/{cast.minato}")
    assert "二つの町の募集" in page.text and "答えを待っています" in page.text
    assert client.get(f"/desk/postings/{posting_id}/edit").status_code == 404
    too_long = press(client, page, "同意する", {"note": "あ" * 301})
    assert too_long.status_code == 422 and "あ" * 301 in too_long.text
    assert press(client, page, "同意する", {"note": "よろしくお願いします"}).status_code == 303
    assert told(app, DeliveryKind.JOINT) == [OTHER_EDITOR, EDITOR]
    sign_in(client, EDITOR)
    assert "よろしくお願いします" in client.get(f"/desk/postings/{posting_id}").text
    publish(client, posting_id)
    assert shown_under_minato(client, posting_id) == [True] * 4


def test_who_agrees_later_joins_by_a_change_and_who_takes_it_back_is_gone(
    app: BoardApp, client: FlaskClient, cast: Cast, posting_id: int, clock: Clock
) -> None:
    publish(client, posting_id)
    assert shown_under_minato(client, posting_id) == [False] * 4
    clock.forward(days=1)
    sign_in(client, OTHER_EDITOR)
    page = f"/desk/joint/{posting_id}/{cast.minato}"
    assert press(client, page, "同意しない", {"note": "予算が決まっていません"}).status_code == 303
    assert shown_under_minato(client, posting_id) == [False] * 4
    sign_in(client, EDITOR)
    desk = client.get(f"/desk/postings/{posting_id}")
    assert "同意していません" in desk.text and "予算が決まっていません" in desk.text
    clock.forward(minutes=1)
    assert press(client, desk, "もう一度依頼する").status_code == 303
    sign_in(client, OTHER_EDITOR)
    press(client, page, "同意する")
    assert shown_under_minato(client, posting_id) == [True] * 4
    with app.app_context(), Writing() as session:
        event = session.scalars(select(ChangeEvent).order_by(ChangeEvent.id.desc())).first()
        assert event is not None and event.kind is EventKind.AMENDED and event.material
        assert event.summary == "神奈川県港町が共同募集に加わりました"
        assert cast.minato in matching.seen_in(session, event).municipalities, "so its readers are told"
    press(client, page, "同意をやめる")
    assert shown_under_minato(client, posting_id) == [False] * 4
    with app.app_context(), Writing() as session:
        assert session.query(PostingPlace).filter_by(municipality_code=cast.minato).count() == 0


@pytest.mark.parametrize(
    ("email", "expected"), [(EDITOR, 404), (KANAGAWA, 404), (MODERATOR, 404), (ADMINISTRATOR, 404), ("", 302)]
)
def test_nobody_answers_for_another_municipality(
    app: BoardApp, client: FlaskClient, cast: Cast, posting_id: int, email: str, expected: int
) -> None:
    with app.app_context(), Writing() as session:
        session.add(prefecture("14"))
    if email:
        sign_in(client, email)
    else:
        client.delete_cookie("jobboard")
    page = f"/desk/joint/{posting_id}/{cast.minato}"
    refused = expected if email in (EDITOR, "") else 403
    form = {"csrf_token": token(client, "/account" if email else "/login"), "do": "agree"}
    assert client.get(page).status_code == refused
    assert client.post(page, data=form).status_code == refused
    own = {"csrf_token": form["csrf_token"], "municipality": cast.minato}
    if email != EDITOR:
        for act in ("joint", "joint/cancel"):
            assert client.post(f"/desk/postings/{posting_id}/{act}", data=own).status_code == refused
    with app.app_context(), Writing() as session:
        assert session.get_one(Agreement, (posting_id, cast.minato)).agreed_at is None


def test_nobody_is_counted_or_foretold_before_agreeing(
    app: BoardApp, client: FlaskClient, cast: Cast, posting_id: int, mailroom: Mailroom
) -> None:
    mailroom.subscribed(query="municipality=143014")
    there = f"/desk/postings/{posting_id}/preview"
    page = client.get(there).text
    assert "港町と共同で募集" not in page and "神奈川県港町は、まだ共同募集に同意していない" in page
    assert all("港町" not in client.get(address).text for address in (f"{there}?as=mail", f"{there}/mail", f"{there}?as=feed"))
    with app.app_context(), Writing() as session:
        posting = session.get_one(Posting, posting_id)
        named = written_content(posting)
        assert named.codes("co_municipalities") and reach.people(session, posting, named, EventKind.PUBLISHED, now=OPENING) == 0
        asked = session.get_one(Agreement, (posting_id, cast.minato))
        joining.answer(session, asked, agrees=True, by=cast.account("minato_editor"), now=OPENING)
        assert reach.people(session, posting, named, EventKind.PUBLISHED, now=OPENING) == 1
    assert "港町と共同で募集" in client.get(there).text


def test_an_owner_takes_an_unanswered_request_back_and_the_other_side_is_told(
    app: BoardApp, client: FlaskClient, cast: Cast, posting_id: int
) -> None:
    desk = f"/desk/postings/{posting_id}"
    sign_in(client, OTHER_EDITOR)
    form = {"csrf_token": token(client, "/account"), "municipality": cast.minato}
    assert client.post(f"{desk}/joint/cancel", data=form).status_code == 404, "nobody cancels what another asked"
    sign_in(client, EDITOR)
    late = client.get(desk)
    assert "依頼を取り消しました" in client.get(press(client, late, "依頼を取り消す").location).text
    assert told(app, DeliveryKind.JOINT) == [OTHER_EDITOR, OTHER_EDITOR]
    assert press(client, late, "依頼を取り消す").status_code == 404, "what is not there any more"
    with app.app_context(), Writing() as session:
        posting = session.get_one(Posting, posting_id)
        assert session.get(Agreement, (posting_id, cast.minato)) is None
        assert posting.pending is not None and "co_municipalities" not in {**posting.pending.content, **posting.draft}
    sign_in(client, OTHER_EDITOR)
    late_answer = {"csrf_token": token(client, "/account"), "do": "agree"}
    assert client.post(f"/desk/joint/{posting_id}/{cast.minato}", data=late_answer).location == "/desk/joint/"
    assert "相手の市区町村が取り消しました" in client.get("/desk/").text
    assert client.get(f"/desk/joint/{posting_id}/{cast.aoba}").status_code == 404
    assert "共同募集の依頼はありません" in client.get(client.get(f"/desk/joint/{posting_id}").location).text
    sign_in(client, EDITOR)
    press(client, f"{desk}/recall", "取り下げて編集に戻す")
    press(client, f"{desk}/edit", "掲載を依頼する")
    assert told(app, DeliveryKind.JOINT) == [OTHER_EDITOR] * 2, "it is not asked again"


def test_what_was_answered_is_not_taken_back(app: BoardApp, client: FlaskClient, cast: Cast, posting_id: int) -> None:
    late = client.get(f"/desk/postings/{posting_id}")
    with app.app_context(), Writing() as session:
        asked = session.get_one(Agreement, (posting_id, cast.minato))
        joining.answer(session, asked, agrees=True, by=cast.account("minato_editor"), now=OPENING)
    assert "もう答えています" in client.get(press(client, late, "依頼を取り消す").location).text
    assert "依頼を取り消す" not in client.get(f"/desk/postings/{posting_id}").text
    with app.app_context(), Writing() as session:
        assert session.get_one(Agreement, (posting_id, cast.minato)).agreed_at


@pytest.mark.parametrize(
    ("code", "said"), [("131016", "どの市区町村のコードでもありません"), ("042021", "青葉市のコードです"), ("011002", "いまはない北海道旧町")]
)
def test_a_municipality_that_cannot_be_asked_is_refused_beside_the_field(
    app: BoardApp, client: FlaskClient, cast: Cast, code: str, said: str
) -> None:
    with app.app_context(), Writing() as session:
        gone = place("011002", "01", "北海道", "旧町", "", MunicipalityKind.TOWN, "")
        gone.ended_on = OPENING.date()
        session.add(gone)
        number = drafted(session, cast, co_municipalities=f"{cast.minato} {code}").id
    sign_in(client, EDITOR)
    page = press(client, f"/desk/postings/{number}/edit/all", "掲載を依頼する")
    assert page.status_code == 422 and said in page.text and f'value="{cast.minato} {code}"' in page.text
    assert said in client.get(f"/desk/postings/{number}/send").text
    assert told(app, DeliveryKind.JOINT) == []


def test_the_code_of_the_mail_leads_to_the_request_itself(
    client: FlaskClient, posting_id: int, cast: Cast, mailroom: Mailroom
) -> None:
    code = codes(mailroom)[OTHER_EDITOR]
    client.delete_cookie("jobboard")
    used = typed(client, OTHER_EDITOR, code)
    there = client.get(client.get(used.location).location)
    assert "共同募集への答え" in there.text and press(client, there, "同意する").status_code == 303


def test_a_draft_that_was_taken_back_is_nobodys_to_read(
    app: BoardApp, client: FlaskClient, cast: Cast, posting_id: int
) -> None:
    sign_in(client, EDITOR)
    press(client, f"/desk/postings/{posting_id}/recall", "取り下げて編集に戻す")
    sign_in(client, OTHER_EDITOR)
    page = f"/desk/joint/{posting_id}/{cast.minato}"
    form = {"csrf_token": token(client, "/account"), "do": "agree"}
    for answer in (client.get(page), client.post(page, data={**form, "note": "よろしく"})):
        assert answer.location == "/desk/joint/"
    listed = client.get("/desk/joint/").text
    assert "いまは答えられません。相手" in listed and "「よろしく」" in listed
    assert "いまは答えられません" in listed and "二つの町の募集" not in listed


def test_what_waits_when_one_joins_names_the_newcomer_too(app: BoardApp, client: FlaskClient, cast: Cast, posting_id: int) -> None:
    publish(client, posting_id)
    with app.app_context(), Writing() as session:
        posting = session.get_one(Posting, posting_id)
        amended(session, posting, cast, now=OPENING, pay_low="26000", co_municipalities=[])
        asked = session.get_one(Agreement, (posting_id, cast.minato))
        joining.answer(session, asked, agrees=True, by=cast.account("minato_editor"), now=OPENING)
        assert posting.pending is not None and posting.pending.content["pay_low"] == 26_000
        moderation.publish(session, posting, version_id=posting.pending.id, by=cast.account("sato"), now=OPENING)
    assert shown_under_minato(client, posting_id) == [True] * 4


def test_an_owner_that_names_it_no_more_asks_anew_the_next_time(
    app: BoardApp, client: FlaskClient, cast: Cast, posting_id: int
) -> None:
    with app.app_context(), Writing() as session:
        posting = session.get_one(Posting, posting_id)
        asked = session.get_one(Agreement, (posting_id, cast.minato))
        joining.answer(session, asked, agrees=True, by=cast.account("minato_editor"), now=OPENING)
        assert posting.pending is not None
        moderation.publish(session, posting, version_id=posting.pending.id, by=cast.account("sato"), now=OPENING)
        amended(session, posting, cast, now=OPENING, co_municipalities=[])
        moderation.publish(session, posting, version_id=posting.pending.id, by=cast.account("sato"), now=OPENING)
        session.expire_all()
        assert session.get(Agreement, (posting_id, cast.minato)) is None
        publication.withdraw(session, posting, reason="都合により", by=cast.account("aoba_editor"), now=OPENING)
    assert shown_under_minato(client, posting_id) == [False] * 4
