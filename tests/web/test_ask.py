"""質問と回答 through HTTP and mail: asked privately, answered publicly, told once, and refused to those who may not."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from jobboard.base.states import ClosedReason, DeliveryKind, EventKind
from jobboard.database import Writing
from jobboard.domain import links, publication, questions
from jobboard.models import ChangeEvent, Delivery, Posting, Question, Subscriber
from jobboard.web.transaction import BoardApp
from tests.cast import Cast, Clock
from tests.mailroom import KEY, Mailroom, link, opened
from tests.prefectures import MIYAGI, prefecture
from tests.pressing import press
from tests.staff import EDITOR, MODERATOR, OTHER_EDITOR, sign_in, take_time
from tests.stories import published

ASKER = "suzuki@example.jp"
WORDS = "会議への出席は、オンラインでもできますか。鈴木より。"
PUBLIC = "会議への出席は、オンラインでもできますか。"
ANSWER = "はい。半分はオンラインで出席できます。"


@contextmanager
def behind(client: FlaskClient) -> Iterator[Session]:
    """The database behind the pages."""
    with client.application.app_context(), Writing() as session:
        yield session


@pytest.fixture
def posting(app: BoardApp, cast: Cast) -> int:
    with app.app_context(), Writing() as session:
        return published(session, cast, questions_by="2026-05-15T17:00").id


def ask(client: FlaskClient, posting: int, **changes: str) -> TestResponse:
    page = client.get(f"/postings/{posting}/ask")
    take_time(client)
    return press(client, page, "確認メールを受け取る", {"text": WORDS, "email": ASKER, **changes})


def asked(client: FlaskClient, posting: int) -> int:
    """A question whose sender has confirmed it; its id."""
    assert ask(client, posting).status_code == 303
    with behind(client) as session:
        question = session.scalars(select(Question)).one()
        number = question.id
        links.issue(session, KEY, "question", number, question.link_generation, now=question.asked_at)
    page = press(client, f"/question/{link('question', number)}", "質問を送る")
    assert "質問を送りました" in page.text
    return number


def rows(client: FlaskClient) -> list[Question]:
    with behind(client) as session:
        return list(session.scalars(select(Question).order_by(Question.id)))


def test_a_question_is_asked_confirmed_answered_and_each_is_told_once(
    client: FlaskClient, posting: int, mailroom: Mailroom
) -> None:
    mailroom.subscribed("tanaka@example.jp", f"posting={posting}", kinds=(EventKind.ANSWERED,))
    page = client.get(f"/postings/{posting}/ask").text
    assert page.index("市区町村には伝えません") < page.index("確認メールを受け取る</button>")
    assert client.get(ask(client, posting).location).status_code == 200
    (confirmation,) = mailroom.run()
    assert confirmation.recipient == ASKER and "鈴木" not in opened(confirmation).get_content()
    address = re.search(r"/question/\S+", opened(confirmation).get_content())
    assert address is not None
    assert client.get(address[0]).status_code == 200 and rows(client)[0].confirmed_at is None, "a scanner follows links"
    press(client, address[0], "質問を送る")
    assert "届いています" in client.post(address[0]).text
    told = mailroom.run()
    assert {letter.recipient for letter in told} == {EDITOR, "colleague@city.aoba.lg.jp"}
    assert all(WORDS in opened(letter).get_content() and ASKER not in opened(letter).as_string() for letter in told)

    sign_in(client, EDITOR)
    home = client.get("/desk/").text
    assert "あなたの対応を待っています(1件)" in home and "質問に回答する" in home
    there = f"/desk/postings/{posting}/questions"
    desk = client.get(there).text
    assert ASKER not in desk and f"{there}/1" in desk
    done = press(client, f"{there}/1", "回答を公開する", {"public_text": PUBLIC, "answer": ANSWER})
    assert done.status_code == 303 and "あなたの対応を待っています" not in client.get("/desk/").text
    heard = {letter.recipient: opened(letter) for letter in mailroom.run()}
    assert set(heard) == {ASKER, "tanaka@example.jp"} and mailroom.run() == []
    assert ANSWER in heard[ASKER].get_content() and "/subscriptions/" in heard[ASKER].get_content()
    assert "鈴木" not in heard["tanaka@example.jp"].as_string()

    public = client.get(f"/postings/{posting}").text
    data = client.get(f"/postings/{posting}.json").get_json()
    assert PUBLIC in public and ANSWER in public and "鈴木" not in public + str(data)
    assert data["questions"][0]["question"] == PUBLIC
    for address in (f"/postings/{posting}/history", "/changes", "/changes.rss", "/changes.atom", "/api/v1/changes"):
        found = client.get(address)
        assert found.status_code == 200 and "オンラインで出席" in found.text + str(found.get_json(silent=True)), address
        assert "鈴木" not in found.text, address


def test_a_question_set_aside_is_told_to_its_asker_alone(client: FlaskClient, posting: int, mailroom: Mailroom) -> None:
    mailroom.subscribed("tanaka@example.jp")
    mailroom.run()
    asked(client, posting)
    mailroom.run()
    sign_in(client, EDITOR)
    there = f"/desk/postings/{posting}/questions/1"
    assert press(client, there, "回答しないことにする", {"reason": " "}).status_code == 422
    assert press(client, there, "回答しないことにする", {"reason": "見込みは答えません。"}).status_code == 303
    (letter,) = mailroom.run()
    assert letter.recipient == ASKER and "見込みは答えません。" in opened(letter).get_content()
    assert "オンラインでも" not in client.get(f"/postings/{posting}").text
    late = client.post(f"{there}/answer", data={"csrf_token": _csrf(client), "public_text": PUBLIC, "answer": ANSWER})
    assert late.status_code == 409 and ANSWER in late.text, "what was typed is not lost"


def _csrf(client: FlaskClient) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/account").text)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    ("email", "reads", "writes"), [(OTHER_EDITOR, 404, 404), (MODERATOR, 403, 403), (MIYAGI, 404, 403), ("", 302, 302)]
)
def test_nobody_else_reads_or_answers(client: FlaskClient, posting: int, email: str, reads: int, writes: int) -> None:
    asked(client, posting)
    with behind(client) as session:
        session.add(prefecture("04"))
    if email:
        sign_in(client, email)
    there = f"/desk/postings/{posting}/questions"
    token = _csrf(client) if email else re.findall(r'csrf_token" value="([^"]+)', client.get("/login").text)[0]
    for address in (there, f"{there}/1"):
        assert client.get(address).status_code == reads
    for act in ("answer", "set-aside"):
        form = {"csrf_token": token, "answer": ANSWER, "public_text": PUBLIC, "reason": "x"}
        assert client.post(f"{there}/1/{act}", data=form).status_code == writes
    assert rows(client)[0].answer == "" and rows(client)[0].set_aside_at is None


BAD = {
    "too long": ({"text": "質" * 10_000}, "2,000字以内で書いてください(今は10,000字)"),
    "too short": ({"text": "どう?"}, "10字以上"),
    "turning marks": ({"text": f"会議への出席は\u202eオンラインで{'も' * 5}できますか"}, "文字の向きを変える見えない記号"),
    "addresses": ({"text": "こちらをご覧ください https://a.example https://b.example www.c.example"}, "2つまで"),
    "header injection": ({"email": "a@example.jp\nBcc: b@example.jp"}, "＊"),
    "no address": ({"email": ""}, "＊"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_in_words_and_what_was_typed_comes_back(client: FlaskClient, posting: int, name: str) -> None:
    typed, said = BAD[name]
    page = ask(client, posting, **typed)
    assert page.status_code == 422 and said in page.text and "\u202e" not in page.text
    assert (typed.get("text", WORDS)[:7] in page.text) and rows(client) == []
    with behind(client) as session:
        assert session.scalars(select(Delivery)).all() == [] and session.scalars(select(Subscriber)).all() == []


def test_nothing_is_asked_where_it_is_off_nor_after_the_deadline(
    client: FlaskClient, app: BoardApp, cast: Cast, posting: int, clock: Clock
) -> None:
    with behind(client) as session:
        off = published(session, cast).id
    assert "質問する" not in client.get(f"/postings/{off}").text and client.get(f"/postings/{off}/ask").status_code == 404
    public = client.get(f"/postings/{posting}")
    assert f'href="/postings/{posting}/ask"' in public.text and "5月15日" in public.text
    assert ask(client, posting).status_code == 303
    drawn = client.get(f"/postings/{posting}/ask")
    clock.instant = clock.instant.replace(month=5, day=15, hour=7, minute=59)
    etag = client.get(f"/postings/{posting}").headers["ETag"]
    clock.forward(minutes=1)
    late = client.get(f"/postings/{posting}", headers={"If-None-Match": etag})
    assert late.status_code == 200 and f'href="/postings/{posting}/ask"' not in late.text, "a cache must not keep the link"
    over = client.get(f"/postings/{posting}/ask")
    assert over.status_code == 410 and "質問の受付は終わりました" in over.text
    posted = client.post(f"/postings/{posting}/ask", data={"form_token": "x", "text": WORDS, "email": ASKER})
    assert posted.status_code == 400 and drawn.status_code == 200
    with behind(client) as session:
        assert not questions.accepts(session.get_one(Posting, posting), clock())


def test_what_is_open_can_be_answered_after_the_call_has_ended(
    client: FlaskClient, cast: Cast, posting: int, clock: Clock
) -> None:
    asked(client, posting)
    with behind(client) as session:
        by = cast.account("aoba_editor")
        publication.close(session, session.get_one(Posting, posting), reason=ClosedReason.FILLED, by=by, now=clock())
    assert client.get(f"/postings/{posting}/ask").status_code == 410
    sign_in(client, EDITOR)
    assert "質問に回答する" in client.get("/desk/").text
    assert press(client, f"/desk/postings/{posting}/questions/1", "回答を公開する", {"answer": ANSWER}).status_code == 303
    assert ANSWER in client.get(f"/postings/{posting}").text


def test_a_late_confirmation_hands_nothing_over(client: FlaskClient, posting: int, clock: Clock) -> None:
    clock.instant = clock.instant.replace(month=5, day=15, hour=7)
    ask(client, posting)
    token = link("question", rows(client)[0].id)
    with behind(client) as session:
        links.issue(session, KEY, "question", 1, 1, now=clock())
    clock.forward(hours=1)
    assert "送れません" in client.get(f"/question/{token}").text
    assert "送れません" in client.post(f"/question/{token}").text and rows(client)[0].confirmed_at is None
    sign_in(client, EDITOR)
    there = f"/desk/postings/{posting}/questions"
    assert "オンライン" not in client.get(there).text and client.get(f"{there}/1").status_code == 404


def test_an_asker_gets_no_notices_and_is_forgotten_in_time(
    client: FlaskClient, cast: Cast, posting: int, mailroom: Mailroom, clock: Clock
) -> None:
    asked(client, posting)
    ask(client, posting, text="もう一つ、報酬の支払日を教えてください。")
    mailroom.run()
    with behind(client) as session:
        published(session, cast)
    assert mailroom.run() == []
    clock.forward(days=7)
    mailroom.steps.tidy()
    assert [one.text for one in rows(client)] == [WORDS]
    with behind(client) as session:
        by = cast.account("aoba_editor")
        publication.close(session, session.get_one(Posting, posting), reason=ClosedReason.FILLED, by=by, now=clock())
    clock.forward(days=90, seconds=-1)
    mailroom.steps.tidy()
    assert rows(client)[0].asker_id is not None
    clock.forward(seconds=1)
    mailroom.steps.tidy()
    assert rows(client) == [], "nobody answered: the words go with the address"
    with behind(client) as session:
        assert session.scalars(select(Subscriber)).all() == []


def test_the_holder_of_the_address_takes_out_and_deletes_what_was_asked(client: FlaskClient, posting: int) -> None:
    asked(client, posting)
    with behind(client) as session:
        person = session.scalars(select(Subscriber)).one()
        token = links.issue(session, KEY, "manage", person.id, 1, now=person.created_at)
    assert client.get(f"/subscriptions/{token}/export").get_json()["質問"][0]["質問"] == WORDS
    press(client, f"/subscriptions/{token}/forget", "登録した情報を削除する")
    assert rows(client) == []


def test_one_address_gets_ten_mails_a_day_and_the_answer_is_the_same(client: FlaskClient, posting: int) -> None:
    answers = {ask(client, posting, text=f"{number}番目の質問です。教えてください。").location for number in range(10)}
    assert len(answers) == 1
    with behind(client) as session:
        kinds = [row.kind for row in session.scalars(select(Delivery))]
        assert kinds == [DeliveryKind.QUESTION_CONFIRMATION] * 10
        assert session.scalars(select(ChangeEvent.kind)).all() == [EventKind.PUBLISHED]
