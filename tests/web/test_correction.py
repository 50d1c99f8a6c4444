"""訂正・削除の申出 through HTTP: the public's form keeps what was typed, the ministry's queue answers each once."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from jobboard.base.states import DeliveryKind, State
from jobboard.database import Writing
from jobboard.models import Correction, Delivery, Posting, Subscriber
from jobboard.web.transaction import BoardApp
from tests.cast import OPENING, Cast, Clock
from tests.pressing import form_values, press
from tests.staff import MODERATOR, hidden, send, sign_in
from tests.stories import asked_about, drafted, published, submitted

SEND, ANSWER = "申出を送る", "回答する"
FORM = {
    "fault": "untrue", "text": "応募締切が、公式ページでは5月22日です。", "speaker": "applicant", "email": "tanaka@example.jp",
}  # fmt: skip


@contextmanager
def behind(client: FlaskClient) -> Iterator[Session]:
    """The database behind the pages."""
    with client.application.app_context(), Writing() as session:
        yield session


@pytest.fixture
def posting(app: BoardApp, cast: Cast) -> int:
    with app.app_context(), Writing() as session:
        return published(session, cast).id


@pytest.fixture
def asked(app: BoardApp, posting: int) -> int:
    """A request of 田中 about the posting."""
    with app.app_context(), Writing() as session:
        return asked_about(session, session.get_one(Posting, posting)).id


@pytest.fixture
def sato(client: FlaskClient, cast: Cast) -> FlaskClient:
    """The moderator, signed in."""
    sign_in(client, MODERATOR)
    return client


def ask(client: FlaskClient, posting: int, **changes: str) -> TestResponse:
    return press(client, f"/correction/{posting}", SEND, {**FORM, **changes})


def saved(client: FlaskClient) -> list[Correction]:
    with behind(client) as session:
        return list(session.scalars(select(Correction).order_by(Correction.id)))


def test_a_reader_asks_and_gets_a_receipt(client: FlaskClient, posting: int) -> None:
    page = client.get(f"/correction/{posting}")
    assert "宮城県青葉市" in page.text and f'href="/postings/{posting}"' in page.text and "10開庁日以内" in page.text
    assert page.text.index("回答した日から90日たったら削除します") < page.text.index(f"{SEND}</button>")
    answer = ask(client, posting)
    (request,) = saved(client)
    assert (answer.status_code, answer.location) == (303, f"/correction/received/{request.receipt}")
    assert (request.fault.value, request.text, request.speaker and request.speaker.value) == (
        "untrue", FORM["text"], "applicant",
    )  # fmt: skip
    receipt = client.get(answer.location)
    assert request.receipt in receipt.text and "2026年4月15日(水)" in receipt.text and FORM["text"] not in receipt.text
    with behind(client) as session:
        assert session.scalars(select(Delivery)).all() == []


def test_who_asks_and_an_address_may_be_left_out(client: FlaskClient, posting: int) -> None:
    assert ask(client, posting, speaker="", email="").status_code == 303
    (request,) = saved(client)
    assert request.speaker is None and request.subscriber_id is None


def test_a_mistake_keeps_all_that_was_typed(client: FlaskClient, posting: int) -> None:
    page = ask(client, posting, fault="", text="  <b>短い</b>", email="tanaka@@example")
    assert page.status_code == 422 and saved(client) == []
    for part in ('href="#field-fault"', 'href="#field-email"', "&lt;b&gt;短い", 'value="applicant" checked', "tanaka@@example"):
        assert part in page.text
    assert "入力内容を確認してください(3件)" in page.text


BAD = (
    ("text", "あ" * 10_000, "2,000字以内で書いてください(今は10,000字)"),
    ("text", "\x00\x01" * 20 + "短い", "今は2字"),
    ("text", "", "今は0字"),
    ("fault", "king'--", "申出の内容を1つ選んでください"),
    ("speaker", "\x00", "申出をする方を選び直してください"),
    ("email", "a@example.jp\r\nBcc: b@example.jp", "改行が入っています"),
    ("email", "a@example.jp,b@example.jp", "メールアドレスだけを、1つ"),
    ("email", "a" * 10_000 + "@example.jp", "長すぎます"),
    ("email", "\N{GRINNING FACE}@example.jp", "@の前に日本語などの文字"),
)


def test_bad_input_is_answered_by_a_sentence(client: FlaskClient, posting: int) -> None:
    for field, typed, sentence in BAD:
        page = ask(client, posting, **{field: typed})
        assert page.status_code == 422 and sentence in page.text, (field, typed[:20])
    assert saved(client) == []


def test_control_characters_are_dropped_and_broken_bytes_taken_as_such(client: FlaskClient, posting: int) -> None:
    assert ask(client, posting, text="締切が\x00違います😀 % _ ' \" \r\n<script>").status_code == 303
    assert saved(client)[0].text == "締切が違います😀 % _ ' \" \n<script>"
    fields = form_values(client.get(f"/correction/{posting}").text, SEND) | {"fault": ["other"]}
    body = "&".join(f"{name}={values[0]}" for name, values in fields.items() if name != "text").encode()
    kind = "application/x-www-form-urlencoded"
    assert client.post(f"/correction/{posting}", data=body + b"&text=%ff%fe" * 12, content_type=kind).status_code == 422
    assert client.post(f"/correction/{posting}", data=body + b"&text=" + b"%ff" * 12, content_type=kind).status_code == 303


def test_a_form_from_elsewhere_or_without_its_token_is_refused(client: FlaskClient, posting: int) -> None:
    path = f"/correction/{posting}"
    fields = hidden(client.get(path))
    assert client.post(path, data=FORM).status_code == 400
    elsewhere = client.post(path, data={**fields, **FORM}, headers={"Origin": "https://evil.example"})
    assert elsewhere.status_code == 400 and saved(client) == []


def test_a_form_that_comes_too_late_or_was_filled_by_a_program_keeps_all_that_was_written(
    client: FlaskClient, posting: int, clock: Clock
) -> None:
    path = f"/correction/{posting}"
    fields = hidden(client.get(path))
    trapped = client.post(path, data={**fields, **FORM, "website": "spam"})
    clock.forward(hours=25)
    late = client.post(path, data={**fields, **FORM})
    for page in (trapped, late):
        assert page.status_code == 422 and "もう一度押してください" in page.text
        assert FORM["text"] in page.text and FORM["email"] in page.text and 'value="untrue" checked' in page.text
    assert saved(client) == [] and client.post("/correction/999", data={**fields, **FORM}).status_code == 404
    assert press(client, late, SEND).status_code == 303


def test_a_network_that_sends_too_many_must_wait(client: FlaskClient, posting: int) -> None:
    answers = [ask(client, posting, text=f"{number}件目の長い申出です。").status_code for number in range(11)]
    assert answers == [303] * 10 + [429] and len(saved(client)) == 10


def test_only_what_is_or_was_public_can_be_spoken_of(app: BoardApp, client: FlaskClient, cast: Cast, posting: int) -> None:
    with app.app_context(), Writing() as session:
        hidden_ones = [drafted(session, cast).id, submitted(session, cast).id, 999_999]
        session.get_one(Posting, posting).state = State.WITHDRAWN
    assert f'href="/correction/{posting}"' in client.get(f"/postings/{posting}").text, "also of one that is over"
    assert "募集中止" in client.get(f"/correction/{posting}").text and ask(client, posting).status_code == 303
    fields = hidden(client.get(f"/correction/{posting}"))
    for number in (*hidden_ones, "9" * 30):
        assert client.get(f"/correction/{number}").status_code == 404
        assert client.post(f"/correction/{number}", data={**fields, **FORM}).status_code == 404


def test_an_unknown_receipt_is_not_there(client: FlaskClient, asked: int) -> None:
    for receipt in ("260401-000000", "260401-0000000", "260401-00000000", "%00", "260401-00000%00", "' OR 1=1", "１６０４０１-000000", "a" * 3_000):
        assert client.get(f"/correction/received/{receipt}").status_code == 404, receipt[:20]


def test_pages_are_not_kept_not_found_by_searchers_and_set_no_cookie(client: FlaskClient, asked: int) -> None:
    receipt = saved(client)[0].receipt
    for path in ("/correction/1", f"/correction/received/{receipt}"):
        page = client.get(path)
        assert page.headers["Cache-Control"] == "no-store" and 'name="robots" content="noindex"' in page.text
        assert "Set-Cookie" not in page.headers


def test_the_queue_tells_what_waits_and_what_is_late(
    app: BoardApp, sato: FlaskClient, posting: int, clock: Clock
) -> None:
    with app.app_context(), Writing() as session:
        for days, fault in ((2, "over"), (0, "unlawful"), (15, "other")):
            asked_about(session, session.get_one(Posting, posting), now=OPENING + timedelta(days=days), fault=fault)
    clock.forward(days=15, hours=1)
    sign_in(sato, MODERATOR)
    page = sato.get("/review/corrections").text
    listed = page.split("<tbody>")[1]
    places = [listed.index(words) for words in ("法令に反するおそれ", "募集が終わっている", "その他")]
    assert places == sorted(places) and "訂正・削除の申出(3件)" in page
    assert "回答を待っている申出(3件、うち期限を過ぎたもの1件)" in page
    for words in ("期限を1開庁日過ぎています", "開庁日で11日", "まだ確かめていません", "あと1開庁日", "2026年4月17日(金)まで", "あと10開庁日"):
        assert words in listed


def test_a_moderator_answers_and_the_asker_is_mailed(sato: FlaskClient, asked: int) -> None:
    path = f"/review/corrections/{asked}"
    page = sato.get(path)
    assert "締切が公式ページと違います。" in page.text and "tanaka@example.jp" not in page.text
    refused = press(sato, page, ANSWER, {"reason": " "})
    assert refused.status_code == 422 and 'href="#field-remedy"' in refused.text and 'href="#field-reason"' in refused.text
    refused = press(sato, page, ANSWER, {"remedy": "declined", "reason": "長" * 2_001})
    assert refused.status_code == 422 and "長" * 2_001 in refused.text and 'value="declined" checked' in refused.text
    done = press(sato, page, ANSWER, {"remedy": "declined", "reason": "公式ページと同じでした。"})
    assert (done.status_code, done.location) == (303, "/review/corrections")
    queue = sato.get(done.location)
    assert "回答を待っている申出(0件)" in queue.text and "対応しない" in queue.text and "に回答しました" in queue.text
    after = sato.get(path)
    assert "公式ページと同じでした。" in after.text and "メール(送信待ち)" in after.text and f"{ANSWER}</button>" not in after.text
    with behind(sato) as session:
        assert [row.kind for row in session.scalars(select(Delivery))] == [DeliveryKind.CORRECTION_ANSWERED]
    assert "回答した日" in sato.get(f"/correction/received/{saved(sato)[0].receipt}").text


def test_the_second_of_two_moderators_sees_what_the_first_decided(sato: FlaskClient, asked: int) -> None:
    page = sato.get(f"/review/corrections/{asked}")
    assert press(sato, page, ANSWER, {"remedy": "corrected", "version": "elsewhere", "reason": "直しました。"}).status_code == 303
    second = press(sato, page, ANSWER, {"remedy": "stopped", "reason": "見当たらない募集です。"})
    assert second.status_code == 409
    for words in ("佐藤 恵さんが先に回答しました", "見当たらない募集です。", "直しました。"):
        assert words in second.text
    with behind(sato) as session:
        assert session.get_one(Posting, 1).state is State.PUBLISHED


def test_stopping_ends_the_posting_for_its_readers(sato: FlaskClient, asked: int) -> None:
    answered = {"remedy": "stopped", "reason": "実在しない募集です。"}
    page = sato.get(f"/review/corrections/{asked}")
    assert "この募集をいま「募集中止」にし" in page.text and press(sato, page, ANSWER, answered).status_code == 303
    shown = sato.get("/postings/1").text
    assert "総務省が掲載を止めました" in shown and "実在しない" not in shown


def test_a_request_that_is_not_there_is_not_found(sato: FlaskClient, asked: int) -> None:
    values = form_values(sato.get(f"/review/corrections/{asked}").text, ANSWER)
    for number in (asked + 1, "9" * 20):
        assert sato.get(f"/review/corrections/{number}").status_code == 404
        assert sato.post(f"/review/corrections/{number}/answer", data=values).status_code == 404


def test_an_address_typed_in_another_way_is_the_same_person(client: FlaskClient, posting: int) -> None:
    for address in ("tanaka@example.jp", " Tanaka@EXAMPLE.jp"):
        send(client, f"/correction/{posting}", {**FORM, "email": address})
    with behind(client) as session:
        assert len(session.scalars(select(Subscriber)).all()) == 1
