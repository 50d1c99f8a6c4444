"""訂正・削除の申出 on the two desks: the ministry finds, inquires and answers; the municipality reads what was said."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from jobboard.base.errors import WrongState
from jobboard.base.states import DeliveryKind, State
from jobboard.database import Writing
from jobboard.domain import publication
from jobboard.models import Correction, Delivery, Posting
from jobboard.web.transaction import BoardApp
from tests.cast import OPENING, Cast, Clock
from tests.pressing import press
from tests.staff import EDITOR, MODERATOR, OTHER_EDITOR, send, sign_in
from tests.stories import amended, asked_about, published

LIST = "/review/corrections"
ANSWER, INQUIRE = "回答する", "市区町村に確かめる"
COPY = "写して、新しい募集として掲載を依頼する"
NOTE = "公式ページと比べて、正しい方に直してください。"


@pytest.fixture
def asked(app: BoardApp, cast: Cast) -> list[str]:
    """Receipts of two requests about the posting 1, which names an address, and one about the posting 2."""
    with app.app_context(), Writing() as session:
        first, second = published(session, cast), published(session, cast)
        words = "締切が違います。tanaka@example.jpへ。"
        made = [asked_about(session, first, text=words), asked_about(session, first, address=""), asked_about(session, second)]
        return [one.receipt for one in made]


@pytest.fixture
def sato(client: FlaskClient, asked: list[str]) -> FlaskClient:
    sign_in(client, MODERATOR)
    return client


def corrections(app: BoardApp) -> list[Correction]:
    with app.app_context(), Writing() as session:
        return list(session.scalars(select(Correction).order_by(Correction.id)))


def test_corrected_is_refused_until_the_posting_has_changed(app: BoardApp, sato: FlaskClient, cast: Cast, clock: Clock) -> None:
    page = sato.get(f"{LIST}/1")
    assert "申出のあと、この募集の内容は変わっていません。" in page.text
    refused = press(sato, page, ANSWER, {"remedy": "corrected", "reason": "直しました。"})
    assert refused.status_code == 422 and 'href="#field-version"' in refused.text and "直しました。" in refused.text
    assert "先に「市区町村に確かめる」で直してもらい" in refused.text
    with app.app_context(), Writing() as session:
        amended(session, session.get_one(Posting, 1), cast, now=clock.forward(hours=1), contact_tel="022-999-9999")
    page = sato.get(f"{LIST}/1")
    assert "申出のあとに公開された版が1つあります" in page.text
    (version,) = re.findall(r'name="version" value="(\d+)"', page.text)
    assert press(sato, page, ANSWER, {"remedy": "corrected", "version": version, "reason": "直しました。"}).status_code == 303
    assert "第2版</a>で訂正" in sato.get(f"{LIST}/1").text


def test_the_municipality_is_told_once_and_again_only_when_that_is_meant(app: BoardApp, sato: FlaskClient) -> None:
    page = sato.get(f"{LIST}/1")
    refused = press(sato, page, INQUIRE, {"note": " "})
    assert refused.status_code == 422 and 'href="#field-note"' in refused.text
    assert press(sato, page, INQUIRE, {"note": NOTE}).location == f"{LIST}/1"
    late = press(sato, page, INQUIRE, {"note": NOTE})
    assert late.status_code == 422 and "もう確かめています" in late.text and NOTE in late.text
    assert press(sato, late, INQUIRE, {"again": "1"}).status_code == 303
    page = sato.get(f"{LIST}/1").text
    assert "(2回)" in page and page.count("<strong>市区町村に確かめた</strong>") == 2
    assert "確かめています" in sato.get(LIST).text
    with app.app_context(), Writing() as session:
        kinds = session.scalars(select(Delivery.kind).where(Delivery.kind == DeliveryKind.CORRECTION)).all()
        assert len(kinds) == 4, "both editors, twice"


def test_an_inquiry_after_the_answer_is_kept_for_its_writer(sato: FlaskClient) -> None:
    page = sato.get(f"{LIST}/1")
    assert press(sato, page, ANSWER, {"remedy": "declined", "reason": "同じでした。"}).status_code == 303
    late = press(sato, page, INQUIRE, {"note": NOTE})
    assert late.status_code == 409 and NOTE in late.text and "先に回答しました" in late.text


def test_requests_about_one_posting_stand_beside_each_other_and_are_answered_together(
    app: BoardApp, sato: FlaskClient, asked: list[str]
) -> None:
    page = sato.get(f"{LIST}/1")
    assert "この募集についての、ほかの申出(1件)" in page.text and asked[1] in page.text and asked[2] not in page.text
    assert press(sato, f"{LIST}/2", ANSWER, {"remedy": "declined", "reason": "先に。"}).status_code == 303
    form = {"remedy": "declined", "reason": "公式ページと同じでした。", "together": "2"}
    refused = press(sato, page, ANSWER, form)
    assert refused.status_code == 422 and f"受付番号 {asked[1]} の申出には、ほかの担当者が先に回答しました" in refused.text
    assert [one.answered_at is None for one in corrections(app)] == [True, False, True]
    assert press(sato, page, ANSWER, {**form, "together": "999"}).status_code == 404
    with app.app_context(), Writing() as session:
        asked_about(session, session.get_one(Posting, 1), fault="over")
    page = sato.get(f"{LIST}/1")
    assert press(sato, page, ANSWER, {**form, "together": "4"}).status_code == 303
    assert [one.reason for one in corrections(app)] == ["公式ページと同じでした。", "先に。", "", "公式ページと同じでした。"]


def test_the_desk_reads_what_was_said_of_its_own_postings(sato: FlaskClient, asked: list[str]) -> None:
    assert press(sato, f"{LIST}/1", INQUIRE, {"note": NOTE}).status_code == 303
    sign_in(sato, EDITOR)
    assert "掲載内容についての申出が3件あります" in sato.get("/desk/").text
    page = sato.get("/desk/postings/1").text
    for part in ("掲載内容についての申出(2件)", asked[0], asked[1], "締切が違います。(メールアドレス)", NOTE, "2026年4月15日(水)"):
        assert part in page, part
    assert "tanaka" not in page and asked[2] not in page
    sign_in(sato, OTHER_EDITOR)
    assert "掲載内容についての申出" not in sato.get("/desk/").text
    assert sato.get("/desk/postings/1").status_code == 404 and sato.get(LIST).status_code == 403


def test_what_the_ministry_stopped_comes_back_as_a_copy_only(app: BoardApp, sato: FlaskClient, clock: Clock) -> None:
    reason = "募集の事実がありません。"
    for number in (1, 2):  # the second one about what is stopped already
        answered = press(sato, f"{LIST}/{number}", ANSWER, {"remedy": "stopped", "reason": reason})
        assert answered.status_code == 303
    with app.app_context(), Writing() as session:
        (mail,) = session.scalars(select(Delivery).where(Delivery.kind == DeliveryKind.STOPPED))
        assert "/desk/postings/1/copy" in f"{mail.words}{mail.mail_text and mail.mail_text.text}"
    sign_in(sato, EDITOR)
    desk = "/desk/postings/1"
    offered = sato.get(desk).text
    assert f'href="{desk}/reopen"' not in offered and reason in offered and COPY in offered
    page = sato.get(f"{desk}/reopen")
    assert page.status_code == 200 and reason in page.text and f'href="{desk}/copy"' in page.text and "<button" not in page.text.split("<main")[1]
    late = send(sato, f"{desk}/reopen", {"until": "2026-07-01"}, page="/desk/postings/2/withdraw")
    assert late.status_code == 409 and reason in late.text and COPY in late.text
    assert press(sato, f"{desk}/copy", "新しい下書きを作る").status_code == 303
    with app.app_context(), Writing() as session:
        posting = session.get_one(Posting, 1)
        assert posting.state is State.WITHDRAWN
        with pytest.raises(WrongState):
            publication.reopen(session, posting, until=OPENING + timedelta(days=60), by=None, now=clock())


def test_stopping_what_its_town_ended_before_is_refused_and_what_was_typed_stays(
    app: BoardApp, sato: FlaskClient, cast: Cast, clock: Clock
) -> None:
    page = sato.get(f"{LIST}/1")
    with app.app_context(), Writing() as session:
        posting = session.get_one(Posting, 1)
        publication.withdraw(session, posting, reason="予算のため", by=cast.account("aoba_editor"), now=clock.forward(hours=1))
    late = press(sato, page, ANSWER, {"remedy": "stopped", "reason": "実在しない募集です。"})
    assert late.status_code == 409 and "実在しない募集です。" in late.text
    assert "宮城県青葉市が先に中止しました(2026年4月1日(水)" in late.text and 'href="#field-remedy"' in late.text
    assert [one.answered_at for one in corrections(app)] == [None, None, None]
    assert press(sato, late, ANSWER, {"remedy": "declined"}).status_code == 303
    sign_in(sato, EDITOR)
    assert press(sato, "/desk/postings/1/reopen", "募集を再開する", {"until": "2026-07-01"}).status_code == 303, "its own 募集中止 it may undo"


def test_a_request_is_found_by_its_number_and_the_answered_ones_by_what_they_are(
    sato: FlaskClient, asked: list[str], clock: Clock
) -> None:
    found = sato.get(f"{LIST}?receipt={asked[1].replace('-', '－')}")
    assert (found.status_code, found.location) == (302, f"{LIST}/2")
    clock.instant = OPENING + timedelta(days=20)
    sign_in(sato, MODERATOR)
    assert press(sato, f"{LIST}/1", ANSWER, {"remedy": "declined", "reason": "同じでした。"}).status_code == 303
    for query, count in (("", 1), ("?fault=untrue&pref=04&remedy=declined", 1), ("?fault=over", 0), ("?page=99", 1), ("?page=%00", 1)):
        page = sato.get(LIST + query).text
        assert f"回答した申出({count}件)" in page and page.count("期限を過ぎて回答") == count, query
    assert "条件に合う、回答した申出はありません" in sato.get(f"{LIST}?receipt=999999").text


def test_how_to_ask_and_to_complain_is_published_and_led_to(client: FlaskClient, asked: list[str]) -> None:
    page = client.get("/correction").text
    for words in ("10開庁日以内", "どなたでも", "回答に納得できないとき(苦情)", "職業安定法施行規則第4条の3第4項", "メールアドレスは伝えません"):
        assert words in page
    for path in ("/", "/postings/1", "/correction/1", f"/correction/received/{asked[0]}"):
        assert 'href="/correction' in client.get(path).text, path
    assert "/correction</loc>" in client.get("/sitemap.xml").text
