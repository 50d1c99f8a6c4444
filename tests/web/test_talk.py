"""The talk of a review: written on either side, mailed to the other, read by nobody else; what waits, and what is refused."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jobboard.base.letter import Letter
from jobboard.base.states import AccountRole, Holder
from jobboard.database import Writing
from jobboard.domain import accounts, moderation, talking
from jobboard.models import AuditEntry, Posting, Talk
from jobboard.web.transaction import BoardApp
from tests.cast import OPENING, Cast, Clock, person
from tests.mailroom import Mailroom, opened
from tests.prefectures import KANAGAWA, MIYAGI, prefecture, through
from tests.pressing import press
from tests.staff import ADMINISTRATOR, COLLEAGUE, EDITOR, MODERATOR, OTHER_EDITOR, sign_in, token
from tests.stories import drafted, published, submitted

SAY, SEEN = "連絡を送る", "読みました(返事はしない)"
ASKS = "予算の根拠を、もう少し教えてください。"
ANSWERS = "昨年度の実績をもとにしています。\n資料を送ります。"


@contextmanager
def behind(client: FlaskClient) -> Iterator[Session]:
    """The database behind the pages."""
    with client.application.app_context(), Writing() as session:
        yield session


@pytest.fixture
def posting(app: BoardApp, cast: Cast) -> int:
    """A posting of 青葉市 that waits."""
    with app.app_context(), Writing() as session:
        return submitted(session, cast).id


def say(client: FlaskClient, email: str, posting: int, text: str) -> None:
    """One contribution, by who has this address."""
    sign_in(client, email)
    side = "review" if email in (MODERATOR, ADMINISTRATOR) else "desk"
    assert press(client, f"/{side}/postings/{posting}/talk", SAY, {"text": text}).status_code == 303


def text_of(letter: Letter) -> str:
    """The words of a mail."""
    content: str = opened(letter).get_content()
    return content.replace("\r\n", "\n")


def said(client: FlaskClient) -> list[tuple[bool, str]]:
    """What was written: by the ministry, text."""
    with behind(client) as session:
        return [(one.from_ministry, one.text) for one in session.scalars(select(Talk).order_by(Talk.id))]


def test_each_side_writes_and_the_other_gets_the_words_by_mail(
    client: FlaskClient, posting: int, mailroom: Mailroom, clock: Clock
) -> None:
    sign_in(client, MODERATOR)
    page = f"/review/postings/{posting}"
    answer = press(client, page, SAY, {"text": ASKS})
    assert answer.location == f"{page}#talk" and ASKS in client.get(page).text
    letters = mailroom.run()
    assert {one.recipient for one in letters} == {EDITOR, COLLEAGUE}, "the municipality's, and nobody of the ministry"
    mail = opened(letters[0])
    words = text_of(letters[0])
    assert mail["Subject"] == "総務省からの連絡:宮城県青葉市 CIO補佐官(全庁DX推進)"
    assert ASKS in words and "佐藤 恵" in words and "返信しても、届きません" in words
    assert f"/desk/postings/{posting}/talk\n" in words and re.search(r"\n[0-9A-Z]{4}-[0-9A-Z]{4}\n", words)
    clock.forward(minutes=5)
    sign_in(client, EDITOR)
    assert "総務省からの連絡を読む" in client.get("/desk/").text
    answer = press(client, f"/desk/postings/{posting}", SAY, {"text": ANSWERS})
    shown = client.get(answer.location).text
    assert shown.index(ASKS) < shown.index("資料を送ります") and "青葉 花子" in shown
    (letter,) = mailroom.run()
    assert letter.recipient == MODERATOR
    assert opened(letter)["Subject"] == "宮城県青葉市からの連絡:CIO補佐官(全庁DX推進)"
    assert "資料を送ります。" in text_of(letter) and f"/review/postings/{posting}/talk\n" in text_of(letter)
    assert "総務省からの連絡を読む" not in client.get("/desk/").text


def test_the_code_of_the_mail_opens_the_talk(client: FlaskClient, posting: int, mailroom: Mailroom) -> None:
    for writer, reader, there in ((MODERATOR, EDITOR, "desk"), (EDITOR, MODERATOR, "review")):
        say(client, writer, posting, f"{there}への連絡です。")
        letter = next(one for one in mailroom.run() if one.recipient == reader)
        code = re.search(r"\n([0-9A-Z]{4}-[0-9A-Z]{4})\n", text_of(letter))
        assert code is not None
        client.delete_cookie("jobboard")
        entered = press(client, "/code", "続ける", {"email": reader, "code": code[1]})
        assert entered.location.endswith(f"/{there}/postings/{posting}/talk")
        assert client.get(entered.location).status_code == 200


def test_who_of_the_ministry_is_told(app: BoardApp, client: FlaskClient, cast: Cast, posting: int, mailroom: Mailroom) -> None:
    """Who took it on; else who wrote in the talk; else all moderators; who left is passed over."""
    with behind(client) as session:
        session.add(person("suzuki@soumu.go.jp", "鈴木 一", AccountRole.MODERATOR))

    def told(text: str) -> set[str]:
        say(client, EDITOR, posting, text)
        return {one.recipient for one in mailroom.run()}

    assert told("一つ目") == {MODERATOR, "suzuki@soumu.go.jp"}
    say(client, MODERATOR, posting, ASKS)
    mailroom.run()
    assert told("二つ目") == {MODERATOR}
    with behind(client) as session:
        session.get_one(Posting, posting).reviewer_id = cast.admin
    assert told("三つ目") == {ADMINISTRATOR}
    with behind(client) as session:
        session.get_one(Posting, posting).reviewer_id = None
        accounts.deactivate(session, cast.account("sato"), by=cast.account("admin"), now=OPENING)
    assert told("四つ目") == {"suzuki@soumu.go.jp"}
    sign_in(client, EDITOR)
    assert "佐藤 恵" in client.get(f"/desk/postings/{posting}/talk").text, "whoever left still has written"


def test_nobody_else_reads_or_writes_it(client: FlaskClient, cast: Cast, posting: int) -> None:
    with behind(client) as session:
        session.add_all([prefecture("04"), prefecture("14")])
    say(client, EDITOR, posting, ANSWERS)
    desk, review = f"/desk/postings/{posting}/talk", f"/review/postings/{posting}/talk"
    for email, at_desk, at_review in (
        (OTHER_EDITOR, 404, 403), (MIYAGI, 404, 403), (KANAGAWA, 404, 403), (MODERATOR, 403, 200), (EDITOR, 200, 403),
    ):  # fmt: skip
        sign_in(client, email)
        assert client.get(desk).status_code == at_desk, email
        assert client.get(review).status_code == at_review, email
        form = {"csrf_token": token(client, "/account"), "text": "のぞき見", "upto": "1"}
        for path, code in ((desk, at_desk), (review, at_review)):
            for act in (path, f"{path}/seen"):
                if code != 200:
                    refused = 403 if path == desk and email in (MIYAGI, KANAGAWA) else code
                    assert client.post(act, data=form).status_code == refused, (email, act)
    assert said(client) == [(False, ANSWERS)]
    sign_in(client, MIYAGI)
    assert "資料を送ります" not in client.get(f"/desk/prefecture/postings/{posting}").text, "this prefecture does not stand between"


def test_a_prefecture_reads_what_it_stands_between(app: BoardApp, client: FlaskClient, cast: Cast) -> None:
    with behind(client) as session:
        through(session, cast, "04")
        held, handed = submitted(session, cast), submitted(session, cast)
        moderation.recall(session, handed, by=cast.account("aoba_editor"), now=OPENING)
        handed.held_by = Holder.PREFECTURE
        numbers = [held.id, handed.id]
    for number in numbers:
        say(client, EDITOR, number, ANSWERS)
        assert "宮城県の担当者だけです" in client.get(f"/desk/postings/{number}/talk").text
    sign_in(client, MIYAGI)
    page, talk = client.get(f"/desk/prefecture/postings/{numbers[0]}").text, client.get(f"/desk/postings/{numbers[1]}/talk").text
    for shown in (page, talk):
        assert "資料を送ります" in shown and SAY not in shown, "it reads; the municipality and the ministry write"
    sign_in(client, KANAGAWA)
    assert client.get(f"/desk/prefecture/postings/{numbers[0]}").status_code == 404
    assert client.get(f"/desk/postings/{numbers[1]}/talk").status_code == 404


def test_nothing_of_it_is_public(client: FlaskClient, cast: Cast) -> None:
    with behind(client) as session:
        number = published(session, cast).id
    say(client, EDITOR, number, ANSWERS)
    say(client, MODERATOR, number, ASKS)
    client.delete_cookie("jobboard")
    for path in (f"/postings/{number}", f"/postings/{number}.json", f"/postings/{number}/history", "/postings.json", "/postings.csv",
                 "/postings.atom", "/postings.rss", "/changes.json", f"/api/v1/postings/{number}", "/api/v1/changes"):  # fmt: skip
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert ASKS not in answer.text and "資料を送ります" not in answer.text and "根拠" not in answer.text, path
    with behind(client) as session:
        told = [entry.facts for entry in session.scalars(select(AuditEntry).where(AuditEntry.action == "talk:write"))]
        assert told == [{"number": 1}, {"number": 2}], "the audit holds no words"


def test_nothing_and_too_much_are_refused_in_words_and_kept(client: FlaskClient, posting: int, mailroom: Mailroom) -> None:
    for email, side in ((MODERATOR, "review"), (EDITOR, "desk")):
        sign_in(client, email)
        page = f"/{side}/postings/{posting}/talk"
        for typed, told in (("", "伝えたいことを書いてください"), (" 　\u200b\n", "伝えたいことを書いてください"), ("あ" * 2_001, "(今は2,001字)")):
            refused = press(client, page, SAY, {"text": typed})
            assert refused.status_code == 422 and "＊" in refused.text and told in refused.text
            assert typed.strip("　 \u200b\n") in refused.text
        assert press(client, page, SAY, {"text": "い" * 2_000}).status_code == 303
    assert [len(text) for _, text in said(client)] == [2_000, 2_000] and len(mailroom.run()) == 3


def test_the_button_pressed_twice_sends_once(client: FlaskClient, posting: int, mailroom: Mailroom, clock: Clock) -> None:
    sign_in(client, EDITOR)
    page = client.get(f"/desk/postings/{posting}/talk")
    for _ in range(2):
        assert press(client, page, SAY, {"text": ANSWERS}).status_code == 303
        clock.forward(seconds=30)
    assert "1回だけ届きます" in client.get(f"/desk/postings/{posting}/talk").text
    assert len(said(client)) == 1 and len(mailroom.run()) == 1
    clock.forward(minutes=1)
    press(client, page, SAY, {"text": ANSWERS})
    assert len(said(client)) == 2, "later it is said again"


def test_what_waits_is_shown_until_it_is_answered_or_read(client: FlaskClient, cast: Cast, posting: int, clock: Clock) -> None:
    def unanswered() -> set[int]:
        with behind(client) as session:
            return talking.unanswered(session, [posting, 999])

    say(client, EDITOR, posting, ANSWERS)
    sign_in(client, MODERATOR)
    assert "返事を待っているやり取り(1件)" in client.get("/review/").text and unanswered() == {posting}
    page = client.get(f"/review/postings/{posting}/talk")
    clock.forward(minutes=2)
    say(client, EDITOR, posting, "もう一つあります。")
    sign_in(client, MODERATOR)
    press(client, page, SEEN)
    assert unanswered() == {posting}, "what came after the page was opened is not read yet"
    assert press(client, f"/review/postings/{posting}/talk", SEEN).status_code == 303
    assert "返事を待っているやり取り" not in client.get("/review/").text and unanswered() == set()
    clock.forward(minutes=2)
    say(client, EDITOR, posting, "三つ目です。")
    clock.forward(minutes=2)
    sign_in(client, MODERATOR)
    press(client, f"/review/postings/{posting}", "修正を依頼する", {"reason": "直してください。"})
    assert unanswered() == set(), "a correction asked for is an answer"
    say(client, MODERATOR, posting, ASKS)
    sign_in(client, EDITOR)
    home = client.get("/desk/").text
    assert "修正依頼を読んで直す" in home and "総務省からの連絡を読む" in home, "both, where both wait"
    assert f"/desk/postings/{posting}/talk" in client.get(f"/desk/postings/{posting}/edit").text
    press(client, f"/desk/postings/{posting}/talk", SEEN)
    assert "総務省からの連絡を読む" not in client.get("/desk/").text


def test_the_talk_and_the_corrections_stand_in_one_order_of_time(client: FlaskClient, posting: int, clock: Clock) -> None:
    say(client, EDITOR, posting, ANSWERS)
    clock.forward(minutes=1)
    sign_in(client, MODERATOR)
    asked = {"reason": "2か所あります。", "remark.duties": "もっと具体的に", "remark.pay_low": "根拠は"}
    assert press(client, f"/review/postings/{posting}", "修正を依頼する", asked).status_code == 303
    clock.forward(minutes=1)
    say(client, MODERATOR, posting, ASKS)
    told = ("資料を送ります", "【全体】2か所あります。", "【業務の内容】もっと具体的に", "【報酬の額(下限)】根拠は", ASKS)
    desk = f"/desk/postings/{posting}"
    for email, path in ((MODERATOR, f"/review/postings/{posting}"), (EDITOR, desk), (EDITOR, f"{desk}/talk")):
        sign_in(client, email)
        shown = client.get(path).text.partition('class="talk"')[2]
        order = [shown.index(words) for words in told]
        assert order == sorted(order) and "4月1日(水)9:01" in shown and "佐藤 恵" in shown, path


def test_it_goes_on_when_the_posting_was_taken_back(client: FlaskClient, cast: Cast, posting: int) -> None:
    """The draft is the municipality's own business again: its words are not shown, nor is its title in the mail."""
    with behind(client) as session:
        one = session.get_one(Posting, posting)
        moderation.recall(session, one, by=cast.account("aoba_editor"), now=OPENING)
        one.draft = {**one.draft, "title": ["内緒の題名"]}
        never = drafted(session, cast).id
    say(client, EDITOR, posting, ANSWERS)
    sign_in(client, MODERATOR)
    page = client.get(f"/review/postings/{posting}/talk")
    assert "取り下げています" in page.text and "資料を送ります" in page.text and "内緒の題名" not in page.text
    assert press(client, page, SAY, {"text": ASKS}).location == f"/review/postings/{posting}/talk"
    assert client.get(f"/review/postings/{never}/talk").status_code == 404
    sign_in(client, EDITOR)
    assert "掲載を依頼すると、使えます" in client.get(f"/desk/postings/{never}/talk").text
    form = {"csrf_token": token(client, "/account"), "text": ASKS}
    assert client.post(f"/desk/postings/{never}/talk", data=form).status_code == 409
    with behind(client) as session:
        assert session.scalar(select(func.count()).select_from(Talk).where(Talk.posting_id == never)) == 0


@pytest.mark.parametrize("word", ["審査", "承認", "差戻", "差し戻"])
def test_no_words_of_a_superior(client: FlaskClient, posting: int, mailroom: Mailroom, word: str) -> None:
    say(client, MODERATOR, posting, ASKS)
    assert all(word not in text_of(letter) for letter in mailroom.run())
    sign_in(client, EDITOR)
    assert word not in client.get(f"/desk/postings/{posting}/talk").text
