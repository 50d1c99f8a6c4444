"""掲載確認 through HTTP: the queue, publishing what was looked at, asking for corrections, 事後確認."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from jobboard.base.states import AccountRole, DeliveryKind, State
from jobboard.database import Writing
from jobboard.domain import moderation
from jobboard.models import AuditEntry, Delivery, Membership, Posting, Remark
from jobboard.web.transaction import BoardApp
from tests.cast import COMPLETE, OPENING, Cast, Clock
from tests.pressing import form_values, press
from tests.staff import EDITOR, MODERATOR, sign_in
from tests.stories import amended, drafted, published, submitted

PUBLISH, RETURN, SEND = "掲載する", "修正を依頼する", "掲載を依頼する"


@contextmanager
def behind(client: FlaskClient) -> Iterator[Session]:
    """The database behind the pages."""
    with client.application.app_context(), Writing() as session:
        yield session


@pytest.fixture
def waiting(app: BoardApp, cast: Cast) -> int:
    """A posting that waits."""
    with app.app_context(), Writing() as session:
        return submitted(session, cast).id


@pytest.fixture
def sato(client: FlaskClient, cast: Cast) -> FlaskClient:
    """The moderator, signed in."""
    sign_in(client, MODERATOR)
    return client


def test_the_queue_shows_the_oldest_first_with_the_workdays_it_waited(
    app: BoardApp, sato: FlaskClient, cast: Cast, clock: Clock
) -> None:
    with app.app_context(), Writing() as session:
        submitted(session, cast, title="あとの依頼", now=OPENING + timedelta(days=1))
        submitted(session, cast, title="先の依頼")
        changing = published(session, cast, title="変更した募集")
        amended(session, changing, cast, now=OPENING + timedelta(days=2), title="変更した募集", pay_low="30000")
        silent = published(session, cast, title="電話を直した募集")
        amended(session, silent, cast, now=OPENING + timedelta(days=2), summary="電話番号", contact_tel="022-111-1111")
    clock.forward(days=6)
    sign_in(sato, MODERATOR)
    queue = sato.get("/review/").text
    places = [queue.index(title) for title in ("事後確認(1件)", "先の依頼", "あとの依頼", "変更した募集")]
    assert places == sorted(places) and "電話を直した募集" not in queue
    assert "宮城県青葉市" in queue and "開庁日で4日" in queue  # 1 April is a Wednesday; 4 and 5 are a weekend


def test_a_posting_is_published_as_it_was_looked_at(sato: FlaskClient, waiting: int) -> None:
    page = sato.get(f"/review/postings/{waiting}")
    assert "青葉 花子さんが" in page.text and "法令などに必要な事項は、そろっています" in page.text
    for typed in ("CIO補佐官(全庁DX推進)", "25,000円", "dx@city.aoba.lg.jp", "履歴書、職務経歴書"):
        assert typed in page.text
    assert press(sato, page, PUBLISH).status_code == 303
    with behind(sato) as session:
        assert session.get_one(Posting, waiting).state is State.PUBLISHED
        told = session.query(Delivery).filter_by(kind=DeliveryKind.PUBLISHED).all()
        assert len(told) == 1 and "掲載しました" in told[0].mail_text.subject


def test_a_correction_is_asked_for_made_and_published(
    app: BoardApp, sato: FlaskClient, waiting: int
) -> None:
    page = sato.get(f"/review/postings/{waiting}")
    refused = press(sato, page, RETURN, {"reason": " ", "remark.duties": ""})
    assert refused.status_code == 422 and "何を直してほしいかを書いてください" in refused.text
    asked = {"reason": "2か所を直してください。", "remark.duties": "もっと具体的に", "remark.pay_low": ""}
    assert press(sato, page, RETURN, asked).status_code == 303
    with behind(sato) as session:
        assert [(remark.field, remark.text) for remark in session.query(Remark).order_by(Remark.id)] == [
            ("", "2か所を直してください。"), ("duties", "もっと具体的に"),
        ]
        assert session.query(Delivery).filter_by(kind=DeliveryKind.RETURNED).count() == 1
    editor = app.test_client()
    sign_in(editor, EDITOR)
    assert "修正依頼を読んで直す" in editor.get("/desk/").text
    tasks = editor.get(f"/desk/postings/{waiting}/edit")
    assert "2か所を直してください。" in tasks.text and f"/desk/postings/{waiting}/edit/duties#field-duties" in tasks.text
    edit = editor.get(f"/desk/postings/{waiting}/edit/all")
    assert "2か所を直してください。" in edit.text and "もっと具体的に" in edit.text
    duties = COMPLETE["duties"][0] + "月に一度、会議で説明します。"
    assert press(editor, edit, SEND, {"duties": duties}).status_code == 303
    again = sato.get(f"/review/postings/{waiting}")
    assert "これまでの修正の依頼" in again.text and "月に一度" in again.text
    assert press(sato, again, PUBLISH).status_code == 303
    with behind(sato) as session:
        assert session.get_one(Posting, waiting).state is State.PUBLISHED


def test_what_changed_meanwhile_is_not_published_and_the_present_version_is_shown(
    app: BoardApp, sato: FlaskClient, waiting: int, cast: Cast
) -> None:
    page = sato.get(f"/review/postings/{waiting}")
    with behind(sato) as session:
        posting, editor = session.get_one(Posting, waiting), cast.account("aoba_editor")
        moderation.recall(session, posting, by=editor, now=OPENING)
        posting.draft = {**posting.draft, "title": ["差し替えた題名"]}
        moderation.submit(session, posting, by=editor, now=OPENING)
    for button, values in ((PUBLISH, {}), (RETURN, {"reason": "直してください。"})):
        met = press(sato, page, button, values)
        assert met.status_code == 409 and "もう掲載を待っていません" in met.text and "差し替えた題名" in met.text
        assert values.get("reason", "") in met.text
    with behind(sato) as session:
        assert session.get_one(Posting, waiting).state is State.SUBMITTED


def test_nobody_publishes_a_submission_of_their_own(app: BoardApp, client: FlaskClient, cast: Cast, waiting: int) -> None:
    with app.app_context(), Writing() as session:
        session.add(Membership(account_id=cast.aoba_editor, role=AccountRole.MODERATOR))
    sign_in(client, EDITOR)
    page = client.get(f"/review/postings/{waiting}")
    assert "自分では掲載できません" in page.text
    values = form_values(page.text, RETURN)
    refused = client.post(f"/review/postings/{waiting}/publish", data=values)
    assert refused.status_code == 403
    with behind(client) as session:
        assert session.get_one(Posting, waiting).state is State.SUBMITTED


def test_a_posting_whose_deadline_passed_while_it_waited_is_not_published(
    sato: FlaskClient, waiting: int, clock: Clock
) -> None:
    clock.forward(days=100)
    sign_in(sato, MODERATOR)
    page = sato.get(f"/review/postings/{waiting}")
    assert "応募締切は、今より後の" in page.text
    refused = press(sato, page, PUBLISH)
    assert refused.status_code == 422 and "応募締切は、今より後の" in refused.text


def test_a_change_shows_old_and_new_in_place(app: BoardApp, sato: FlaskClient, cast: Cast) -> None:
    with app.app_context(), Writing() as session:
        posting = published(session, cast)
        amended(session, posting, cast, now=OPENING, pay_low="30000", summary="日額を引き上げました")
        path = f"/review/postings/{posting.id}"
    page = sato.get(path)
    assert "変わるところ(1か所)" in page.text and "日額を引き上げました" in page.text
    row = page.text.split('id="field-pay_low"')[1].split("</div>")[0]
    assert "変更前" in row and "25,000円" in row and "変更後" in row and "30,000円" in row
    assert 'id="field-pay_high"' not in page.text


def test_what_took_effect_at_once_is_looked_at_afterwards(app: BoardApp, sato: FlaskClient, cast: Cast) -> None:
    with app.app_context(), Writing() as session:
        posting = published(session, cast)
        amended(session, posting, cast, now=OPENING, contact_tel="022-111-1111", summary="電話番号が変わりました")
        path = f"/review/postings/{posting.id}"
    page = sato.get(path)
    assert "022-000-0000" in page.text and "022-111-1111" in page.text and "電話番号が変わりました" in page.text
    assert "事後確認(1件)" in sato.get("/review/").text
    assert press(sato, page, "確認した").status_code == 303
    assert "事後確認(0件)" in sato.get("/review/").text
    press(sato, page, "確認した")
    assert "ほかの人が先に確認していました" in sato.get("/review/after").text
    with behind(sato) as session:
        assert session.query(AuditEntry).filter_by(action="posting:look_at").count() == 1


@pytest.mark.parametrize("word", ["審査", "承認", "差戻", "差し戻"])
def test_a_municipality_never_reads_the_words_of_a_superior(
    app: BoardApp, sato: FlaskClient, waiting: int, word: str
) -> None:
    press(sato, f"/review/postings/{waiting}", RETURN, {"reason": "直してください。"})
    editor = app.test_client()
    sign_in(editor, EDITOR)
    for path in ("/desk/", "/desk/postings/new", f"/desk/postings/{waiting}", f"/desk/postings/{waiting}/edit",
                 f"/desk/postings/{waiting}/edit/all"):
        shown = editor.get(path).text.replace("審査の方法", "")
        assert word not in shown, path


def test_pressing_after_the_town_took_its_request_back_says_so(
    app: BoardApp, sato: FlaskClient, cast: Cast, waiting: int
) -> None:
    page = sato.get(f"/review/postings/{waiting}")
    with app.app_context(), Writing() as session:
        moderation.recall(session, session.get_one(Posting, waiting), by=cast.account("aoba_editor"), now=OPENING)
    answer = press(sato, page, "掲載する")
    assert answer.status_code == 409 and "取り下げました" in answer.text
    assert sato.get(f"/review/postings/{waiting}").status_code == 404


def test_a_draft_that_was_never_sent_in_is_not_there_for_a_moderator(
    app: BoardApp, sato: FlaskClient, cast: Cast, waiting: int
) -> None:
    with app.app_context(), Writing() as session:
        never = drafted(session, cast).id
    values = form_values(sato.get(f"/review/postings/{waiting}").text, PUBLISH)
    for act in ("publish", "return", "look"):
        assert sato.post(f"/review/postings/{never}/{act}", data=values).status_code == 404


def test_a_version_beyond_every_number_is_a_version_that_waits_no_more(sato: FlaskClient, waiting: int) -> None:
    values = form_values(sato.get(f"/review/postings/{waiting}").text, PUBLISH) | {"version_id": "9" * 30}
    for act in ("publish", "return"):
        answer = sato.post(f"/review/postings/{waiting}/{act}", data=values | {"reason": "直してください。"})
        assert answer.status_code == 409
    assert sato.get("/review/postings/" + "9" * 20).status_code == 404


def test_a_request_sent_in_again_stands_beside_the_one_that_was_given_back(app: BoardApp, sato: FlaskClient, cast: Cast) -> None:
    with app.app_context(), Writing() as session:
        new, public = submitted(session, cast), published(session, cast)
        amended(session, public, cast, now=OPENING, pay_low="30000")
        for posting in (new, public):
            assert posting.pending is not None
            moderation.ask_correction(
                session, posting, version_id=posting.pending.id, remarks=[("duties", "具体的に")], by=cast.account("sato"), now=OPENING
            )
            posting.draft = {**posting.draft, "duties": [COMPLETE["duties"][0] + "会議は月に二回です。"]}
            moderation.submit(session, posting, by=cast.account("aoba_editor"), now=OPENING, summary="日額と業務")
        paths = [f"/review/postings/{posting.id}" for posting in (new, public)]
    first, second = (sato.get(path).text for path in paths)
    assert "2026年4月1日(水)9:00に依頼された版と比べています" in first and "変わるところ(1か所)" in first
    row = first.split('id="field-duties"')[1].split("</dd>")[0]
    assert '<ins class="passage"><span class="visually-hidden">(追加:</span>会議は月に二回です。<span' in row and "変更前" in row
    assert "公開中の版と比べています" in second and "変わるところ(2か所)" in second and "前の依頼から変わったところ(1か所)" in second


def test_the_page_says_how_long_it_took_and_whether_the_promise_was_kept(sato: FlaskClient, waiting: int, clock: Clock) -> None:
    page = sato.get(f"/review/postings/{waiting}")
    assert "今日届きました。目安は2026年4月6日(月)までです。" in page.text
    clock.forward(days=6)
    sign_in(sato, MODERATOR)
    late = sato.get(f"/review/postings/{waiting}")
    assert "目安の2026年4月6日(月)を、開庁日で1日過ぎています" in late.text and "開庁日で4日待っています" in late.text
    press(sato, late, PUBLISH)
    after = sato.get(f"/review/postings/{waiting}").text
    assert "届いた日から、開庁日で4日で掲載しました。目安の2026年4月6日(月)を過ぎていました。" in after
