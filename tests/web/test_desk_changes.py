"""What a municipality does to a posting that is public: change, extend, close, withdraw, reopen, take back."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from jobboard.base.states import ClosedReason, EventKind, Outcome, State
from jobboard.database import Writing
from jobboard.domain import moderation, publication
from jobboard.domain.versions import current_content
from jobboard.models import Account, ChangeEvent, Delivery, Posting, Subscription
from jobboard.web.transaction import BoardApp
from tests.cast import OPENING, Cast, Clock
from tests.pressing import form_values, press
from tests.staff import COLLEAGUE, EDITOR, MODERATOR, sign_in
from tests.stories import published
from tests.web.test_desk_sending import subscribed

SAVE, CHECK, SEND = "下書きを保存する", "変わるところを確かめる", "掲載を依頼する"


@contextmanager
def behind(desk: FlaskClient) -> Iterator[Session]:
    """The database behind the pages."""
    with desk.application.app_context(), Writing() as session:
        yield session


@pytest.fixture
def posting_id(app: BoardApp, cast: Cast) -> int:
    with app.app_context(), Writing() as session:
        return published(session, cast).id


@pytest.fixture
def desk(client: FlaskClient, posting_id: int) -> FlaskClient:
    """青葉市's editor, signed in, with one published posting."""
    sign_in(client, EDITOR)
    return client


def stored(session: Session) -> Posting:
    return session.query(Posting).one()


def kinds(session: Session) -> list[EventKind]:
    return [event.kind for event in session.query(ChangeEvent).order_by(ChangeEvent.id)]


def changed(desk: FlaskClient, posting_id: int, **values: str) -> str:
    """Writes an amendment; the page that shows what changes."""
    answer = press(desk, f"/desk/postings/{posting_id}/edit/all", CHECK, values)
    assert answer.status_code == 303 and answer.location.endswith("/amend")
    return str(answer.location)


def test_a_change_that_matters_is_shown_first_and_waits(desk: FlaskClient, posting_id: int) -> None:
    page = desk.get(changed(desk, posting_id, pay_low="30000", contact_tel="022-111-1111"))
    assert "変わるところ(2か所)" in page.text and "掲載確認のあとに反映されます" in page.text
    assert "25,000円" in page.text and "30,000円" in page.text
    unexplained = press(desk, page, SEND)
    assert unexplained.status_code == 422 and "何を変えたかを一文で書いてください" in unexplained.text
    sent = press(desk, page, SEND, {"change_summary": "日額を引き上げました"})
    assert sent.status_code == 303 and "変更を確認中" in desk.get("/desk/").text
    with behind(desk) as session:
        posting = stored(session)
        assert posting.pending is not None and posting.state is State.PUBLISHED
        assert current_content(posting)["pay_low"] == 25_000
        assert kinds(session) == [EventKind.PUBLISHED]
        assert session.query(Delivery).count() > 0


def test_a_change_of_the_contact_takes_effect_at_once(desk: FlaskClient, posting_id: int) -> None:
    page = desk.get(changed(desk, posting_id, contact_tel="022-111-1111"))
    assert "すぐに掲載されます" in page.text
    sent = press(desk, page, SEND, {"change_summary": "電話番号が変わりました"})
    assert "変更を掲載しました" in desk.get(sent.location).text
    with behind(desk) as session:
        posting = stored(session)
        assert current_content(posting)["contact_tel"] == "022-111-1111" and posting.pending is None


def test_a_slip_is_corrected_silently_but_nothing_else_is(desk: FlaskClient, posting_id: int) -> None:
    page = desk.get(changed(desk, posting_id, pay_low="30000"))
    refused = press(desk, page, SEND, {"silent": "y"})
    assert refused.status_code == 422 and "文章の小さな直しだけ" in refused.text
    page = desk.get(changed(desk, posting_id, pay_low="25000", work_place="青葉市役所 本庁舎4階"))
    assert press(desk, page, SEND, {"silent": "y"}).status_code == 303
    with behind(desk) as session:
        last = session.query(ChangeEvent).order_by(ChangeEvent.id.desc()).first()
        assert last is not None and not last.material
        assert current_content(stored(session))["work_place"] == "青葉市役所 本庁舎4階"


def test_a_change_with_a_gap_is_not_sent_and_leads_to_the_field(desk: FlaskClient, posting_id: int) -> None:
    page = desk.get(changed(desk, posting_id, duties="短い", contact_tel="でんわ"))
    assert f"/desk/postings/{posting_id}/edit/duties#field-duties" in page.text
    refused = press(desk, page, SEND, {"change_summary": "短くしました"})
    assert refused.status_code == 422 and "短くしました" in refused.text
    with behind(desk) as session:
        assert stored(session).pending is None and kinds(session) == [EventKind.PUBLISHED]


def test_a_change_that_somebody_rewrote_meanwhile_is_shown_again_before_it_goes_out(
    desk: FlaskClient, posting_id: int
) -> None:
    page = desk.get(changed(desk, posting_id, pay_low="30000"))
    colleague = desk.application.test_client()
    sign_in(colleague, COLLEAGUE)
    press(colleague, f"/desk/postings/{posting_id}/edit/all", SAVE, {"pay_low": "99000"})
    met = press(desk, page, SEND, {"change_summary": "日額を引き上げました"})
    assert met.status_code == 409 and "99,000円" in met.text and "日額を引き上げました" in met.text
    with behind(desk) as session:
        assert stored(session).pending is None
    assert press(desk, met, SEND).status_code == 303


def test_an_amendment_can_be_thrown_away(desk: FlaskClient, posting_id: int) -> None:
    changed(desk, posting_id, pay_low="30000")
    assert "送っていない変更があります" in desk.get(f"/desk/postings/{posting_id}").text
    press(desk, f"/desk/postings/{posting_id}/discard", "変更の下書きを捨てる")
    assert form_values(desk.get(f"/desk/postings/{posting_id}/edit/all").text, SAVE)["pay_low"] == ["25000"]
    assert desk.get(f"/desk/postings/{posting_id}/discard").status_code == 409


def test_the_deadline_is_put_off_by_a_later_one_with_a_reason(desk: FlaskClient, posting_id: int) -> None:
    page = desk.get(f"/desk/postings/{posting_id}/extend")
    assert "2026年5月29日(金)17:00" in page.text
    for wrong in ({"until": "来月"}, {"until": ["2026-05-01", "17:00"]}, {"until": ""}):
        refused = press(desk, page, "締切を延長する", {**wrong, "reason": "few_applicants"})
        assert refused.status_code == 422 and "＊ " in refused.text
    assert "来月" in press(desk, page, "締切を延長する", {"until": "来月", "reason": "few_applicants"}).text
    unreasoned = press(desk, page, "締切を延長する", {"until": ["2026-06-12", "17:00"]})
    assert unreasoned.status_code == 422 and "延長の理由を選んでください" in unreasoned.text
    press(desk, page, "締切を延長する", {"until": ["2026-06-12", "17:00"], "reason": "few_applicants"})
    with behind(desk) as session:
        apply_by = stored(session).apply_by
        assert apply_by is not None and apply_by.isoformat() == "2026-06-12T08:00:00+00:00"
        assert kinds(session) == [EventKind.PUBLISHED, EventKind.EXTENDED]


def test_an_open_ended_call_gets_a_later_review_date(app: BoardApp, cast: Cast, client: FlaskClient) -> None:
    with app.app_context(), Writing() as session:
        posting = published(session, cast, apply_by=[], apply_by_kind="open_ended", review_on="2026-05-10")
        path = f"/desk/postings/{posting.id}/extend"
    sign_in(client, EDITOR)
    asked = press(client, path, "締切を延長する", {"until": "2026-06-10", "reason": "other"})
    assert asked.status_code == 422 and "「その他」を選んだときは、理由を書いてください" in asked.text
    assert press(client, path, "締切を延長する", {"until": "2026-06-10", "reason": "other", "note": "説明会のため"}).status_code == 303
    with behind(client) as session:
        assert str(current_content(stored(session))["review_on"]) == "2026-06-10"


def test_a_call_is_closed_with_reason_and_outcome_and_opened_again(desk: FlaskClient, posting_id: int) -> None:
    page = desk.get(f"/desk/postings/{posting_id}/close")
    assert press(desk, page, "募集を終了する").status_code == 422
    press(desk, page, "募集を終了する", {"reason": "filled", "outcome": "decided", "note": "1人を決めました"})
    with behind(desk) as session:
        posting = stored(session)
        assert (posting.state, posting.closed_reason, posting.outcome, posting.closed_note) == (
            State.CLOSED, ClosedReason.FILLED, Outcome.DECIDED, "1人を決めました",
        )
    assert "終わった募集(1件)" in desk.get("/desk/").text
    for act in ("close", "extend", "withdraw", "edit"):
        assert desk.get(f"/desk/postings/{posting_id}/{act}").status_code in (302, 409)
    reopen = f"/desk/postings/{posting_id}/reopen"
    assert press(desk, reopen, "募集を再開する", {"until": "2026-03-01"}).status_code == 422
    assert press(desk, reopen, "募集を再開する", {"until": "2026-07-01"}).status_code == 303
    with behind(desk) as session:
        assert stored(session).state is State.PUBLISHED
        assert kinds(session) == [EventKind.PUBLISHED, EventKind.CLOSED, EventKind.REOPENED]


def test_a_call_is_withdrawn_with_a_public_reason(desk: FlaskClient, posting_id: int) -> None:
    page = desk.get(f"/desk/postings/{posting_id}/withdraw")
    assert press(desk, page, "募集を中止する", {"reason": " \u3000"}).status_code == 422
    assert press(desk, page, "募集を中止する", {"reason": "予算が成立しなかったため"}).status_code == 303
    with behind(desk) as session:
        assert stored(session).state is State.WITHDRAWN and stored(session).closed_note == "予算が成立しなかったため"


def test_a_call_past_its_deadline_asks_for_its_outcome(desk: FlaskClient, posting_id: int, clock: Clock) -> None:
    clock.forward(hours=11)
    sign_in(desk, EDITOR)
    with behind(desk) as session:
        stored(session).apply_by = clock.instant
        session.flush()
    home = desk.get("/desk/")
    assert "締切を過ぎた募集の結果を答える" in home.text
    assert desk.get(f"/desk/postings/{posting_id}/extend").status_code == 409


def test_the_outcome_of_a_call_that_closed_by_itself_is_told_later(
    app: BoardApp, desk: FlaskClient, posting_id: int
) -> None:
    with behind(desk) as session:
        publication.expire(session, now=OPENING + timedelta(days=90))
    page = desk.get(f"/desk/postings/{posting_id}/outcome")
    told = press(desk, page, "結果を登録する", {"outcome": "none_suitable", "note": "再度の募集を予定しています"})
    assert told.status_code == 303
    public = app.test_client().get(f"/postings/{posting_id}").text
    assert "該当者なし(再度の募集を予定しています)" in public
    with behind(desk) as session:
        kinds = [event.kind for event in session.query(ChangeEvent).order_by(ChangeEvent.id)]
        assert kinds == [EventKind.PUBLISHED, EventKind.CLOSED]


def test_an_open_call_has_no_outcome_yet(desk: FlaskClient, posting_id: int) -> None:
    assert desk.get(f"/desk/postings/{posting_id}/outcome").status_code == 409


def test_an_edit_page_from_before_an_extension_does_not_take_it_back_and_blames_nobody(
    desk: FlaskClient, posting_id: int, clock: Clock
) -> None:
    sign_in(colleague := desk.application.test_client(), COLLEAGUE)
    edit = f"/desk/postings/{posting_id}/edit/all"
    press(colleague, edit, SAVE, {"contact_tel": "022-111-1111"})
    old = desk.get(edit)
    clock.forward(minutes=5)
    until: dict[str, str | list[str]] = {"until": ["2026-06-12", "17:00"], "reason": "few_applicants"}
    assert press(desk, f"/desk/postings/{posting_id}/extend", "締切を延長する", until).status_code == 303
    met = press(desk, old, SAVE, {"duties": "花子の業務"})
    assert met.status_code == 409 and "画面を開いたあとに、募集の内容が変わりました" in met.text
    assert "次郎さん" not in met.text and "花子さんが" not in met.text and "いまの内容: " in met.text
    assert "花子の業務" in met.text and "2026-06-12" in met.text
    press(desk, met, "選んだ内容で保存する", {"take.apply_by": "theirs", "take.duties": "mine"})
    kept = form_values(desk.get(edit).text, SAVE)
    assert (kept["apply_by"], kept["duties"]) == (["2026-06-12", "17:00"], ["花子の業務"])


def test_it_says_how_many_a_change_will_reach_before_it_is_sent(desk: FlaskClient, posting_id: int) -> None:
    with behind(desk) as session:
        for number in range(10):
            subscribed(session, f"{number}@example.jp", "pref=04")
        subscribed(session, "far@example.jp", "pref=13")
    assert "<strong>10人に届きます。</strong>" in desk.get(changed(desk, posting_id, pay_low="30000")).text
    with behind(desk) as session:
        session.delete(session.query(Subscription).first())
    assert "<strong>10人未満に届きます。</strong>" in desk.get(f"/desk/postings/{posting_id}/amend").text
    quiet = desk.get(changed(desk, posting_id, pay_low="25000", contact_tel="022-111-1111")).text
    assert "人に届きます" not in quiet and "メールでのお知らせは送りません" in quiet


def test_what_is_unusual_in_a_change_needs_a_reason_and_what_was_so_before_does_not(desk: FlaskClient, posting_id: int) -> None:
    page = desk.get(changed(desk, posting_id, pay_low="250000"))
    refused = press(desk, page, SEND, {"change_summary": "日額を引き上げました"})
    assert refused.status_code == 422 and "＊ このままでよい理由を書いてください。" in refused.text
    assert "日額を引き上げました" in refused.text and 'href="#field-reason.unusual_pay"' in refused.text
    assert press(desk, refused, SEND, {"reason.unusual_pay": "専門性が高いため"}).status_code == 303
    with behind(desk) as session:
        posting = stored(session)
        assert posting.pending is not None and posting.pending.overruled["unusual_pay"]["reason"] == "専門性が高いため"
        sato = session.query(Account).filter_by(email=MODERATOR).one()
        moderation.publish(session, posting, version_id=posting.pending.id, by=sato, now=OPENING)
    page = desk.get(changed(desk, posting_id, contact_tel="022-111-1111"))
    assert press(desk, page, SEND, {"change_summary": "電話番号が変わりました"}).status_code == 303
