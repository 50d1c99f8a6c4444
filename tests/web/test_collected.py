"""The link by which a municipality says whether its call may be here, and the pages on which moderators ask."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from jobboard.base.collecting import ItemState
from jobboard.base.errors import WrongState
from jobboard.base.letter import Letter
from jobboard.base.states import DeliveryState, State
from jobboard.database import Writing, db
from jobboard.domain import confirming, drafting, housekeeping, moderation, taking
from jobboard.domain.retention import Terms
from jobboard.models import Account, AuditEntry, Delivery, Membership, Municipality, Posting, SourceItem, Subscriber
from jobboard.web.transaction import BoardApp
from tests.cast import OPENING, Cast, Clock
from tests.mailroom import Mailroom, opened
from tests.pressing import press
from tests.staff import ADMINISTRATOR, EDITOR, MODERATOR, hidden, send, sign_in
from tests.stories import found, typed

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
    return link_in(words(letter))


def words(letter: Letter) -> str:
    """The plain text of a mail."""
    return str(opened(letter).get_body(("plain",)).get_content())  # type: ignore[union-attr]


def link_in(text: str) -> str:
    """The path by which the municipality answers."""
    link = re.search(r"https://jobs\.example\.go\.jp(/collected/\S+)", text)
    assert link is not None, text
    return link[1]


@pytest.fixture
def in_app(app: BoardApp, cast: Cast, item: int) -> Callable[[Callable[[Session, SourceItem], object]], None]:
    """Does something to the candidate below the web, and keeps it."""

    def do(act: Callable[[Session, SourceItem], object]) -> None:
        with app.app_context(), Writing() as session:
            act(session, session.get_one(SourceItem, item))
            session.commit()

    return do


NEW = {"title": "【締切延長】CIO補佐官の募集", "link": "https://www.aoba.example.jp/cio-2"}
"""What the feed says of the call later."""


def renamed(session: Session, one: SourceItem) -> None:
    one.digest, one.changed_at = "b" * 64, OPENING + timedelta(hours=1)
    one.title, one.link = NEW["title"], NEW["link"]


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
    late = stranger.post(second, data={"answer": "yes"})
    assert late.status_code == 410
    for told in ("載せてよいかを確かめるメール", "あとから届いた確認のメール", "訂正・削除の申出", "総務省"):
        assert told in late.text
    assert "メールの登録をやり直す" not in late.text
    with app.app_context():
        assert db.session.get_one(SourceItem, item).answered_at is None
    sign_in(client, MODERATOR)
    assert "リンクの期限が過ぎました" in send(client, f"/review/candidates/{item}/invite", {"to": "x"}, page=f"/review/candidates/{item}").text


@pytest.mark.parametrize("state", [DeliveryState.QUEUED, DeliveryState.LEASED])
def test_a_mail_that_has_not_left_is_overtaken_by_the_next(
    app: BoardApp, client: FlaskClient, mailroom: Mailroom, item: int, state: DeliveryState
) -> None:
    page, reader = f"/review/candidates/{item}", "reader@city.aoba.lg.jp"
    mailroom.subscribed(reader, "municipality=131016")
    for address in ("gone@city.aoba.lg.jp", reader, TOWN, TOWN):
        send(client, f"{page}/invite", {"to": "typed", "email": address}, page=page)
        with app.app_context(), Writing() as session:  # LEASED: a worker was about to send it and was killed
            for row in session.scalars(select(Delivery).where(Delivery.state == DeliveryState.QUEUED)):
                row.state, row.lease_owner, row.leased_until = state, "dead", OPENING
            session.commit()
    (letter,) = mailroom.run()
    assert letter.recipient == TOWN and "{{" not in words(letter)
    assert "押すまで、何も変わりません" in app.test_client().get(link_in(words(letter))).text
    with app.app_context():
        *overtaken, last = [one.state for one in db.session.scalars(select(Delivery).order_by(Delivery.id))]
        assert set(overtaken) == {DeliveryState.CANCELLED} and last is DeliveryState.SENT
        assert {one.address for one in db.session.scalars(select(Subscriber))} == {reader, TOWN}, "nothing else needs the first one"


def test_of_two_who_ask_at_once_one_asks(app: BoardApp, client: FlaskClient, mailroom: Mailroom, item: int) -> None:
    """On PostgreSQL the second waits at the candidate's row; on SQLite for the whole transaction."""
    page, together = f"/review/candidates/{item}", Barrier(2)
    other = app.test_client()
    sign_in(other, ADMINISTRATOR)
    seen = [(one, {**hidden(one.get(page)), "to": "typed", "email": f"{name}@city.aoba.lg.jp"}) for name, one in (("one", client), ("two", other))]

    def ask(given: tuple[FlaskClient, dict[str, str]]) -> TestResponse:
        together.wait(30)
        return given[0].post(f"{page}/invite", data=given[1])

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(ask, seen))
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    (first, _), (second, late) = sorted(zip(seen, answers, strict=True), key=lambda pair: pair[1].status_code)
    assert "確認のメールを送っています" in late.text and f"{first[1]['email']} にメールで確かめました" in late.text
    assert f'value="{second[1]["email"]}"' in late.text, "what was typed is not lost"
    assert [one.recipient for one in mailroom.run()] == [first[1]["email"]]
    again = second[0].post(f"{page}/invite", data={**second[1], **hidden(late)})
    assert again.status_code == 303 and len(mailroom.run()) == 1, "who knows of it may ask again"


def submit(session: Session, posting: Posting, cast: Cast) -> None:
    """The municipality completes what it has and asks for publication."""
    editor = cast.account("aoba_editor")
    drafting.save(session, posting, {**drafting.text(posting), **typed()}, revision=posting.revision, by=editor, now=OPENING)
    moderation.submit(session, posting, by=editor, now=OPENING, summary="全文")


@pytest.mark.parametrize(
    ("steps", "state", "told"),
    [
        (("draft", "submit"), State.SUBMITTED, "掲載を依頼しています。まだ公開していません"),
        (("draft", "submit", "publish"), State.PUBLISHED, "依頼した募集の全部を"),
        (("link", "submit"), State.PUBLISHED, "掲載を依頼しています。いまは「リンクのみ」"),
        (("link", "submit", "return"), State.PUBLISHED, "内容を直しています。いまは「リンクのみ」"),
        (("link", "submit", "publish"), State.PUBLISHED, "依頼した募集の全部を"),
        (("link", "submit", "recall"), State.PUBLISHED, "内容を直しています。いまは「リンクのみ」"),
        (("draft", "submit", "recall"), State.DRAFT, "内容を直しています。まだ公開していません"),
    ],
)
def test_what_its_persons_have_sent_in_is_not_the_mails_to_take_away(
    app: BoardApp, client: FlaskClient, cast: Cast, mailroom: Mailroom, item: int, steps: tuple[str, ...], state: State, told: str
) -> None:
    link = asked(client, mailroom, item)
    with app.app_context(), Writing() as session:
        by, one = cast.account("sato"), session.get_one(SourceItem, item)
        posting = (taking.draft if steps[0] == "draft" else taking.publish)(session, one, by=by, now=OPENING)
        submit(session, posting, cast)
        assert posting.pending is not None
        number, waits = posting.id, posting.pending.id
        if "publish" in steps:
            moderation.publish(session, posting, version_id=waits, by=by, now=OPENING)
        if "return" in steps:
            moderation.ask_correction(session, posting, version_id=waits, remarks=[("", "直してください")], by=by, now=OPENING)
        if "recall" in steps:
            moderation.recall(session, posting, by=cast.account("aoba_editor"), now=OPENING)
        pending = posting.pending_id
        session.commit()
    mailroom.run()
    stranger = app.test_client()
    shown = stranger.get(link)
    assert shown.status_code == 200 and told in re.sub("<[^>]+>", "", shown.text).replace("\n", "") and "</form>" not in shown.text
    assert (f'href="/postings/{number}"' in shown.text) is (state is State.PUBLISHED) and f'href="/desk/postings/{number}"' in shown.text
    refused = stranger.post(link, data={"answer": "no"})
    assert refused.status_code == 409 and "受け付けていません" in refused.text and "取り下げました" not in refused.text
    with app.app_context():
        posting = db.session.get_one(Posting, number)
        assert (posting.state, posting.pending_id) == (state, pending)
        assert db.session.get_one(SourceItem, item).answered_at is None
    assert mailroom.run() == []
    page = f"/review/candidates/{item}"
    now = client.get(page)
    moved = client.post(f"{page}/invite", data={**hidden(now), "to": EDITOR})
    assert moved.status_code == 409 and "メールは送りませんでした" in moved.text
    assert "「リンクのみ」で掲載する</button>" not in now.text
    with app.app_context(), Writing() as session, pytest.raises(WrongState):
        taking.publish(session, session.get_one(SourceItem, item), by=cast.account("sato"), now=OPENING)


def test_publishing_tells_the_municipality_and_asks_it(app: BoardApp, client: FlaskClient, mailroom: Mailroom, item: int) -> None:
    page = f"/review/candidates/{item}"
    assert EDITOR in client.get(page).text.partition('id="asked"')[2].partition("決める")[2]
    done = send(client, f"{page}/publish", page=page)
    assert EDITOR in client.get(done.location).text
    (letter,) = mailroom.run()
    posting = re.search(r"/postings/\d+", words(letter))
    assert letter.recipient == EDITOR and "すでに「リンクのみ」として載せています" in words(letter) and posting is not None
    assert "いまは載せていません" not in words(letter) and app.test_client().get(posting[0]).status_code == 200
    assert f"/desk{posting[0]}" in words(letter), "it goes on from its draft"
    with app.app_context():
        acts = [one.action for one in db.session.scalars(select(AuditEntry)) if one.subject_kind == "candidate"]
    assert acts == ["candidate:draft", "candidate:invite"]
    assert "取り下げました" in app.test_client().post(link_in(words(letter)), data={"answer": "no"}).text


def test_publishing_tells_whoever_was_asked_before_and_only_the_newest_link_opens(
    app: BoardApp, client: FlaskClient, mailroom: Mailroom, item: int
) -> None:
    page, stranger = f"/review/candidates/{item}", app.test_client()
    link = asked(client, mailroom, item)
    before = client.get(page)
    assert f"{TOWN} に送ります" in before.text
    done = press(client, before, "「リンクのみ」で掲載する")
    assert f"{TOWN} に、知らせて" in client.get(done.location).text
    (letter,) = mailroom.run()
    assert letter.recipient == TOWN and "すでに「リンクのみ」として載せています" in words(letter)
    older = stranger.get(link)
    assert older.status_code == 410 and "あとから届いた確認のメール" in older.text
    assert "取り下げました" in stranger.post(link_in(words(letter)), data={"answer": "no"}).text


def test_publishing_after_a_yes_needs_no_mail_and_says_so(app: BoardApp, client: FlaskClient, mailroom: Mailroom, item: int) -> None:
    page = f"/review/candidates/{item}"
    app.test_client().post(asked(client, mailroom, item), data={"answer": "yes"})
    mailroom.run()
    done = send(client, f"{page}/publish", page=page)
    assert "答えているので、メールは送りません" in client.get(done.location).text and mailroom.run() == []


INVITE, LINK, DRAFT = "メールで確かめる", "「リンクのみ」で掲載する", "下書きを作る"


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ((LINK, "「リンクのみ」の掲載を終える"), None),
        ((INVITE, "見送る"), None),
        ((LINK, "submit"), None),
        ((DRAFT, INVITE, "submit"), None),
        ((INVITE, LINK), "すでに「リンクのみ」として載せています"),
        ((DRAFT, INVITE, "下書きを取りやめる"), "いまは載せていません"),
        ((LINK, "renamed", "新しい題名とリンクに直す"), NEW["link"]),
    ],
)
def test_a_mail_that_has_not_left_is_true_when_it_leaves(
    app: BoardApp, cast: Cast, client: FlaskClient, mailroom: Mailroom,
    in_app: Callable[[Callable[[Session, SourceItem], object]], None], item: int, steps: tuple[str, ...], told: str | None,
) -> None:  # fmt: skip
    page = f"/review/candidates/{item}"
    for step in steps:
        if step == "submit":
            in_app(lambda session, one: submit(session, one.posting, cast) if one.posting else None)
        elif step == "renamed":
            in_app(renamed)
        else:
            shown = client.get(page)
            form = {"reason": "対象外のため"} if step in ("見送る", "「リンクのみ」の掲載を終える") else {}
            assert press(client, shown, step, form).status_code == 303
    mails = [words(one) for one in mailroom.run() if "/collected/" in words(one)]
    assert len(mails) == (told is not None)
    for text in mails:
        assert told is not None and told in text and ("/desk/postings/" in text) is (LINK in steps), "no draft that is gone"
        assert "押すまで、何も変わりません" in app.test_client().get(link_in(text)).text
    with app.app_context():
        one = db.session.get_one(SourceItem, item)
        assert (one.invited_at is None, one.invited_address == "") == (told is None, told is None), "who was not written to was not asked"


def test_where_nobody_is_known_the_moderator_reads_that_nobody_was_told(
    app: BoardApp, client: FlaskClient, mailroom: Mailroom, in_app: Callable[[Callable[[Session, SourceItem], object]], None], item: int
) -> None:
    page = f"/review/candidates/{item}"
    in_app(lambda session, one: session.query(Membership).filter_by(municipality_code=one.source.municipality_code).delete())
    before = client.get(page).text
    assert "利用中の担当者がまだいない" in before and "続きを書き、" not in before
    done = send(client, f"{page}/publish", page=page)
    shown = client.get(done.location).text
    assert "青葉市には知らせていません" in shown and "青葉市に知らせていません" in shown and "連絡先" in shown
    assert "続きを書けます" not in shown and "続きを書く担当者がまだいません" not in shown
    assert mailroom.run() == []
    told = send(client, f"{page}/invite", {"email": TOWN}, page=page)
    assert told.status_code == 303
    (letter,) = mailroom.run()
    assert "/desk/" not in words(letter) and "下書き" not in words(letter) and "はじめての方" in words(letter), "it has no account yet"
    asks = app.test_client().get(link_in(words(letter))).text
    assert "下書き" not in asks and "はじめての方" in asks
    assert "はじめて使う" in app.test_client().get("/handover").text


def test_a_draft_is_spoken_of_where_there_is_one(
    app: BoardApp, cast: Cast, client: FlaskClient, mailroom: Mailroom, in_app: Callable[[Callable[[Session, SourceItem], object]], None], item: int
) -> None:
    link, stranger = asked(client, mailroom, item), app.test_client()
    assert "下書き" not in stranger.get(link).text and "ログインして" in stranger.get(link).text
    in_app(lambda session, one: taking.draft(session, one, by=cast.account("sato"), now=OPENING))
    assert "下書きがあります" in stranger.get(link).text
    declined = stranger.post(link, data={"answer": "no"})
    assert "このサイトには掲載しません" in declined.text and "取り下げ" not in declined.text
    (letter,) = mailroom.run()
    assert "下書きは、市区町村の担当者のところに残ります" in words(letter) and "見送る" not in words(letter)


def test_a_second_answer_reads_that_the_first_one_stands(app: BoardApp, client: FlaskClient, mailroom: Mailroom, clock: Clock, item: int) -> None:
    link, stranger = asked(client, mailroom, item), app.test_client()
    assert stranger.post(link, data={"answer": "yes"}).status_code == 200
    mailroom.run()
    clock.forward(minutes=5)
    same = stranger.post(link, data={"answer": "yes"})
    assert same.status_code == 200 and "<h1>答えを受け取りました</h1>" in same.text
    other = stranger.post(link, data={"answer": "no"})
    assert other.status_code == 409 and "<h1>はじめの答えが有効です</h1>" in other.text
    for told in ("いま押した「掲載しない」は、受け付けていません", "「掲載してよい」と、2026年4月1日(水)9:00に答えました", "答えを変えるときは"):
        assert told in other.text
    for form in ({}, {"answer": "maybe"}):
        nothing = stranger.post(link, data=form)
        assert nothing.status_code == 409 and "入力内容を確認してください" not in nothing.text
    assert mailroom.run() == []


def test_after_a_no_it_can_be_asked_anew_and_only_a_yes_lets_it_be_published(
    app: BoardApp, client: FlaskClient, mailroom: Mailroom, item: int
) -> None:
    page, stranger = f"/review/candidates/{item}", app.test_client()
    send(client, f"{page}/publish", page=page)
    (told,) = mailroom.run()
    assert "取り下げました" in stranger.post(link_in(words(told)), data={"answer": "no"}).text
    mailroom.run()
    again = asked(client, mailroom, item)
    with app.app_context():
        one = db.session.get_one(SourceItem, item)
        assert (one.answered_at, one.agreed, one.posting_id, one.state) == (None, False, None, ItemState.CANDIDATE)
        old = db.session.scalars(select(Posting)).one()
        assert old.state is State.WITHDRAWN
    shown = client.get(page)
    assert "前の答えは「掲載しない」でした" in shown.text and "掲載できません" in shown.text
    assert client.post(f"{page}/publish", data=hidden(shown)).status_code == 409
    assert stranger.get(link_in(words(told))).status_code == 410
    assert stranger.post(again, data={"answer": "yes"}).status_code == 200
    mailroom.run()
    assert send(client, f"{page}/publish", page=page).status_code == 303
    with app.app_context():
        first, second = db.session.scalars(select(Posting).order_by(Posting.id))
        assert (first.state, second.state) == (State.WITHDRAWN, State.PUBLISHED)
    assert "確認済み" in stranger.get(f"/postings/{second.id}").text


def dismissed(session: Session, one: SourceItem, by: Account) -> None:
    taking.dismiss(session, one, reason="ボランティア", by=by, now=OPENING)


def ended(session: Session, one: SourceItem, by: Account) -> None:
    taking.publish(session, one, by=by, now=OPENING)
    taking.end(session, one, reason="公式ページで終わったため", by=by, now=OPENING)


@pytest.mark.parametrize(
    ("act", "said", "why"),
    [(dismissed, "掲載しないことにしました", "見送った候補なので"), (ended, "掲載は終わりました", "掲載は終わっています")],
)
def test_nobody_is_asked_about_what_is_dismissed_or_over(
    app: BoardApp, cast: Cast, client: FlaskClient, mailroom: Mailroom, item: int, act: Callable[..., None], said: str, why: str
) -> None:
    page, stranger = f"/review/candidates/{item}", app.test_client()
    link = asked(client, mailroom, item)
    with app.app_context(), Writing() as session:
        act(session, session.get_one(SourceItem, item), cast.account("sato"))
        session.commit()
    for form in ({"answer": "yes"}, {"answer": "no"}, {"answer": "maybe"}):
        answer = stranger.post(link, data=form)
        assert answer.status_code == 409 and said in answer.text and "掲載するときは" not in answer.text
    shown = stranger.get(link)
    assert shown.status_code == 200 and said in shown.text and "</form>" not in shown.text
    refused = client.post(f"{page}/invite", data={**hidden(client.get(page)), "to": EDITOR})
    assert refused.status_code == 409 and why in refused.text and "答えを待っています" not in refused.text
    assert mailroom.run() == []


def test_whoever_asked_hears_the_answer_once(app: BoardApp, client: FlaskClient, mailroom: Mailroom, item: int) -> None:
    sign_in(client, ADMINISTRATOR)
    link = asked(client, mailroom, item)
    app.test_client().post(link, data={"answer": "yes"})
    assert sorted(one.recipient for one in mailroom.run()) == sorted([ADMINISTRATOR, MODERATOR])


def test_the_mail_goes_to_the_section_that_is_known_or_to_an_editor(app: BoardApp, client: FlaskClient, cast: Cast, item: int) -> None:
    page = f"/review/candidates/{item}"
    with app.app_context(), Writing() as session:
        session.get_one(Municipality, cast.aoba).contact_email = "joho@city.aoba.lg.jp"
        session.commit()
    shown = client.get(page).text
    assert shown.index("joho@city.aoba.lg.jp") < shown.index(EDITOR)
    for form, why in (
        ({"to": "typed", "email": "無い"}, "「@」がありません"),
        ({"to": "stranger@example.jp"}, "送り先を選んでください"),
        ({"to": EDITOR, "email": TOWN}, "「下に書くアドレス」を選び、送らないときは欄を空に"),
    ):
        refused = send(client, f"{page}/invite", form, page=page)
        assert refused.status_code == 422 and why in refused.text and form.get("email", "") in refused.text
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
    assert "「掲載しない」" in told and "掲載できません" in told and "もう一度メールで確かめる" in told
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


def test_a_yes_ends_with_the_title_and_link_that_it_was_said_to(
    app: BoardApp, client: FlaskClient, mailroom: Mailroom, in_app: Callable[[Callable[[Session, SourceItem], object]], None], item: int
) -> None:
    page, stranger = f"/review/candidates/{item}", app.test_client()
    send(client, f"{page}/publish", page=page)
    (letter,) = mailroom.run()
    link = link_in(words(letter))
    before = stranger.get(link)
    in_app(renamed)
    still = stranger.get(link).text
    assert NEW["title"] not in still and NEW["link"] not in still and "CIO補佐官を募集します" in still, "it is asked about what is public"
    assert press(stranger, before, "掲載してよい").status_code == 200
    mailroom.run()
    with app.app_context():
        public = f"/postings/{db.session.get_one(SourceItem, item).posting_id}"
    assert "確認済み" in stranger.get(public).text
    done = send(client, f"{page}/follow", page=page)
    assert "確認済みの表示を外しました" in client.get(done.location).text
    shown = stranger.get(public).text
    assert NEW["link"] in shown and "確認済み" not in shown
    assert stranger.get(link).status_code == 410 and mailroom.run() == []
    with app.app_context():
        one = db.session.get_one(SourceItem, item)
        assert one.posting is not None
        assert (one.answered_at, one.agreed, one.invited_at, one.invited_address, one.posting.info_as_of) == (None, None, None, "", None)
        assert "candidate:agree" in [entry.action for entry in db.session.scalars(select(AuditEntry))]
    again = stranger.get(asked(client, mailroom, item))
    assert NEW["title"] in again.text and NEW["link"] in again.text
    assert press(stranger, again, "掲載してよい").status_code == 200 and "確認済み" in stranger.get(public).text


def test_a_yes_to_a_title_that_changed_under_the_page_does_not_count(
    app: BoardApp, client: FlaskClient, mailroom: Mailroom, in_app: Callable[[Callable[[Session, SourceItem], object]], None], item: int
) -> None:
    page, stranger = f"/review/candidates/{item}", app.test_client()
    before = stranger.get(asked(client, mailroom, item))
    in_app(renamed)
    late = press(stranger, before, "掲載してよい")
    assert late.status_code == 409 and "題名か公式ページのリンクが変わりました" in late.text and NEW["title"] in late.text
    assert press(stranger, late, "掲載してよい").status_code == 200, "and now it is said to what stands there"
    mailroom.run()
    in_app(lambda _, one: setattr(one, "changed_at", OPENING + timedelta(days=1)))
    send(client, f"{page}/publish", page=page)
    (letter,) = mailroom.run()
    assert "すでに「リンクのみ」として載せています" in words(letter), "what changed after the yes is asked anew once it is public"
    with app.app_context():
        posting = db.session.scalars(select(Posting)).one()
        assert posting.info_as_of is None


def test_what_the_rules_passed_over_is_a_candidate_once_it_was_asked_about(
    client: FlaskClient, mailroom: Mailroom, in_app: Callable[[Callable[[Session, SourceItem], object]], None], item: int
) -> None:
    in_app(lambda _, one: setattr(one, "state", ItemState.IGNORED))
    for view in ("new", "asked"):
        assert "CIO補佐官を募集します" not in client.get(f"/review/candidates?view={view}").text
    asked(client, mailroom, item)
    assert "CIO補佐官を募集します" in client.get("/review/candidates?view=asked").text


@pytest.mark.parametrize(
    ("answer", "told"), [("no", "画面を開いたあとに、市区町村が「掲載しない」と答えました"), ("yes", "すでに「掲載してよい」と答えています")]
)
def test_who_asks_again_after_the_answer_reads_the_answer(
    app: BoardApp, client: FlaskClient, mailroom: Mailroom, item: int, answer: str, told: str
) -> None:
    link = asked(client, mailroom, item)
    before = client.get(f"/review/candidates/{item}")
    app.test_client().post(link, data={"answer": answer})
    mailroom.run()
    late = press(client, before, "もう一度メールで確かめる")
    assert late.status_code == 409 and told in late.text and "確認のメールを送っています" not in late.text and mailroom.run() == []
