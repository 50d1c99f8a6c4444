"""The ministry's mail page: its states, who may do what, deciding once, asking why, rehearsing."""

import os
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base.states import Attempted, Bounce, DeliveryKind, DeliveryState, Frequency, SubscriptionState
from jobboard.database import Writing, db
from jobboard.domain import brake, leaving, matching, storing, subscriptions
from jobboard.domain.brake import Limits
from jobboard.domain.criteria import Criteria
from jobboard.domain.letterhead import Letterhead
from jobboard.models import Attempt, AuditEntry, Board, Delivery, Hold, Match, Subscriber, Subscription
from jobboard.web.transaction import BoardApp
from jobboard.worker import Presence
from tests.cast import OPENING, Cast, Clock
from tests.pressing import press
from tests.staff import ADMINISTRATOR, EDITOR, MODERATOR, sign_in
from tests.stories import drafted, published, submitted

MAIL = "/ministry/mail"


def reader(address: str, **columns: object) -> Subscriber:
    """A confirmed subscriber to everything."""
    session = db.session()
    person = Subscriber(address=address, address_key=address, created_at=OPENING, **columns)
    person.subscriptions.append(
        Subscription(
            criteria=storing.of(session, Criteria()), kinds=subscriptions.read_kinds(subscriptions.KINDS),
            frequency=Frequency.AT_ONCE, state=SubscriptionState.ACTIVE, created_at=OPENING, consent_version="test",
            confirmed_at=OPENING - timedelta(days=9),
        )
    )  # fmt: skip
    session.add(person)
    return person


def mail(session: Session, to: Subscriber, number: int, *, state: DeliveryState = DeliveryState.SENT, bounce: Bounce | None = None) -> Delivery:
    """A notice of the first morning; one that came back did so at once."""
    settled = OPENING if state is DeliveryState.SENT else None
    made = Delivery(
        kind=DeliveryKind.NOTICE, subscriber=to, message_id=str(number), created_at=OPENING, due_at=OPENING, state=state,
        settled_at=settled, bounce=bounce, bounced_at=OPENING if bounce else None,
    )  # fmt: skip
    session.add(made)
    return made


@pytest.fixture
def moderator(client: FlaskClient, cast: Cast) -> FlaskClient:
    sign_in(client, MODERATOR)
    return client


@pytest.fixture
def held(app: BoardApp, cast: Cast) -> int:
    """Two readers are to be told of a posting, and one is the limit; the hold's id."""
    with app.app_context(), Writing() as session:
        for name in ("tanaka", "suzuki"):
            reader(f"{name}@example.jp")
        published(session, cast)
        matching.match(session, now=OPENING)
        brake.Brake(Limits(over=1)).free(session, Letterhead.of(app.config["BOARD"]), now=OPENING)
        return session.scalars(select(Hold.id)).one()


def audited(app: BoardApp, action: str) -> list[AuditEntry]:
    with app.app_context():
        return list(db.session.scalars(select(AuditEntry).where(AuditEntry.action == action)))


def test_the_page_of_a_quiet_day_says_that_all_is_well(moderator: FlaskClient) -> None:
    page = moderator.get(MAIL).text
    for words in (
        "正常", "することはありません", "動いています", "待っているメールはありません", "戻ってきたメールはありません",
        "届かないアドレスはありません", "送れなかったメールはありません",
    ):  # fmt: skip
        assert words in page
    assert "2026年4月2日(木)8:00(いまのところ0人)" in page and "2026年4月6日(月)8:00" in page
    assert "お知らせを保留しています" not in page and "すべての送信を止める" not in page, "the switch is the administrators'"
    assert 'aria-current="page">メールの配信</a>' in page


def test_the_page_is_for_moderators_and_the_switch_for_administrators(client: FlaskClient, cast: Cast, held: int) -> None:
    paths = (MAIL, f"{MAIL}/why", f"{MAIL}/rehearsal", f"{MAIL}/hold/{held}/release", f"{MAIL}/hold/{held}/discard")
    for email, code in ((EDITOR, 403), (MODERATOR, 200), (ADMINISTRATOR, 200)):
        sign_in(client, email)
        assert {client.get(path).status_code for path in paths} == {code}
        assert client.get(f"{MAIL}/stop").status_code == (200 if email == ADMINISTRATOR else 403)
    assert client.get(f"{MAIL}/hold/{held + 1}/release").status_code == 404


def test_a_held_run_is_shown_and_two_moderators_release_it_once(app: BoardApp, client: FlaskClient, cast: Cast, held: int) -> None:
    sign_in(client, MODERATOR)
    page = client.get(MAIL)
    assert "お知らせを保留しています(2人)" in page.text and "メールの配信(保留中)" in page.text
    asked = client.get(f"{MAIL}/hold/{held}/release")
    assert "CIO補佐官(全庁DX推進)" in asked.text and "いま届く2人の分だけ" in asked.text and "いま届くのは" not in asked.text
    other = app.test_client()
    sign_in(other, ADMINISTRATOR)
    both = other.get(f"{MAIL}/hold/{held}/release")
    assert press(client, asked, "この分を送る").location == MAIL
    assert "2人へのお知らせを送り始めました" in client.get(MAIL).text
    late = press(other, both, "この分を送る")
    assert late.status_code == 409
    assert "佐藤 恵さんが2026年4月1日(水)9:00に、送ると決めました" in late.text
    assert "佐藤 恵さんが" in other.get(f"{MAIL}/hold/{held}/discard").text
    (entry,) = audited(app, "mail:release")
    assert (entry.account_id, entry.subject_id, entry.facts) == (cast.sato, str(held), {"waiting": 2})


def test_whoever_left_while_it_was_held_is_not_counted_as_told(app: BoardApp, moderator: FlaskClient, held: int) -> None:
    with app.app_context(), Writing() as session:
        leaving.end(session, [session.scalars(select(Subscription)).all()[0]], way="link", now=OPENING)
    assert "お知らせを保留しています(1人)" in moderator.get(MAIL).text
    asked = moderator.get(f"{MAIL}/hold/{held}/release")
    assert "保留したときは2人、いま届くのは1人です。" in asked.text
    press(moderator, asked, "この分を送る")
    assert "1人へのお知らせを送り始めました" in moderator.get(MAIL).text


def test_a_held_run_is_discarded_for_a_reason(app: BoardApp, moderator: FlaskClient, held: int) -> None:
    path = f"{MAIL}/hold/{held}/discard"
    refused = press(moderator, path, "この分を送らない")
    assert refused.status_code == 422 and "理由を入力してください" in refused.text
    assert press(moderator, path, "この分を送らない", {"reason": "試験の募集のため"}).location == MAIL
    assert "送らないと決めました(理由: 試験の募集のため)" in moderator.get(MAIL).text
    with app.app_context():
        assert {str(one) for one in db.session.scalars(select(Match.dropped))} == {"discarded"}


def test_all_sending_is_stopped_and_started_again_with_a_reason(app: BoardApp, client: FlaskClient, cast: Cast) -> None:
    sign_in(client, ADMINISTRATOR)
    assert press(client, f"{MAIL}/stop", "すべての送信を止める").status_code == 422
    assert press(client, f"{MAIL}/stop", "すべての送信を止める", {"reason": "サーバーの入替え"}).location == MAIL
    page = client.get(MAIL).text
    assert "2026年4月1日(水)9:00から止めています(理由: サーバーの入替え)" in page and "メールの配信(停止中)" in page
    assert "すでに止まっています" in client.get(f"{MAIL}/stop").text
    assert "jobboard_mail_stopped 1.0" in client.get("/metrics").text
    assert press(client, f"{MAIL}/start", "送信を再開する").location == MAIL
    assert "すでに動いています" in client.get(f"{MAIL}/start").text
    with app.app_context():
        assert db.session.get_one(Board, 1).mail_stopped_at is None
    assert [entry.account_id for entry in (*audited(app, "mail:stop"), *audited(app, "mail:start"))] == [cast.admin] * 2


def test_why_is_answered_to_a_form_and_the_address_stands_nowhere_else(app: BoardApp, moderator: FlaskClient, held: int) -> None:
    form = {"address": "ＴＡＮＡＫＡ@example.jp", "posting": "http://127.0.0.1:8000/postings/1"}
    answer = press(moderator, MAIL, "調べる", form)
    assert answer.status_code == 200
    assert "お知らせの数がふだんより多いので、2026年4月1日(水)9:00から掲載確認担当の確認を待っています。" in answer.text
    (entry,) = audited(app, "mail:explain")
    assert (entry.subject_kind, entry.facts) == ("subscriber", {"posting": 1})
    for wrong, sentence in (({"posting": "一番"}, "募集の番号を入力してください"), ({"address": "tanaka"}, "メールアドレス")):
        refused = press(moderator, f"{MAIL}/why", "調べる", {**form, **wrong})
        assert refused.status_code == 422 and sentence in refused.text
    assert press(moderator, f"{MAIL}/why", "調べる").text.count('<div class="field-error"') == 2, "both at once"
    assert moderator.get(f"{MAIL}/why?address=tanaka@example.jp").text.count("tanaka@example.jp") == 0


def test_a_rehearsal_counts_and_keeps_nothing(app: BoardApp, moderator: FlaskClient, cast: Cast) -> None:
    with app.app_context(), Writing() as session:
        for number in range(5):
            reader(f"r{number}@example.jp")
        waiting, unsent = submitted(session, cast).id, drafted(session, cast).id
    empty = press(moderator, f"{MAIL}/rehearsal", "数える")
    assert "いま待っているお知らせ" in empty.text and "送る相手はいません" in empty.text
    page = press(moderator, f"{MAIL}/rehearsal", "数える", {"posting": str(waiting)}).text
    assert "「CIO補佐官(全庁DX推進)」を新着として掲載すると" in page and "<strong>5人</strong>に届きます" in page
    assert "保留されません(上限は24時間に50,000人)" in page
    assert "青葉市:CIO補佐官(全庁DX推進)" in page and "@example.jp" not in page
    assert page.count("5人未満") == 4 and not re.search(r"[^\d,][1-4]人", page), "nobody is stopped, pauses or refuses"
    with app.app_context(), Writing() as session:
        session.delete(session.scalars(select(Subscriber)).first())
    few = press(moderator, f"{MAIL}/rehearsal", "数える", {"posting": str(waiting)}).text
    assert "<strong>5人未満</strong>に届きます" in few and "例を示しません" in few and "mail-text" not in few
    for number in (unsent, 999):
        refused = press(moderator, f"{MAIL}/rehearsal", "数える", {"posting": str(number)})
        assert refused.status_code == 422 and "依頼がまだ届いていません" in refused.text
    with app.app_context():
        assert not db.session.scalars(select(Match)).all() and not db.session.scalars(select(Delivery)).all()


def test_the_page_tells_the_state_in_words_with_its_counts_and_their_files(
    app: BoardApp, moderator: FlaskClient, cast: Cast, clock: Clock
) -> None:
    config, worker = app.config["BOARD"], Presence(app.config["BOARD"].instance_dir)
    with app.app_context(), Writing() as session:
        for number in range(6):
            mail(session, reader(f"r{number}@big.example.jp"), number, bounce=Bounce.SOFT)
        mail(session, reader("only@small.example.jp"), 7, bounce=Bounce.HARD)
        waiting = mail(session, reader("late@example.jp"), 8, state=DeliveryState.QUEUED)
        leased = mail(session, reader("soon@example.jp"), 9, state=DeliveryState.LEASED)
        leased.lease_owner, leased.leased_until = worker.owner, OPENING + timedelta(hours=3)
        assert waiting.settled_at is None
    clock.forward(hours=2, minutes=3)
    sign_in(moderator, MODERATOR)
    page = moderator.get(MAIL).text
    assert 'class="health-word">停止</h2>' in page and "123分待っているメールがあり、15分のあいだ1通も送れていません" in page
    assert "2時間3分待ち" in page and "1つ動いています" in page and worker.owner in page
    assert '<th scope="row">big.example.jp</th><td>6人</td><td>0通</td><td>6通</td>' in page
    assert '<th scope="row">その他</th><td>5人未満</td>' in page and "small.example.jp</th><td>" not in page
    assert '<th scope="row">4月1日 9時台</th><td>7</td><td>0</td><td>7</td>' in page
    assert page.count('<svg class="bars-picture" role="img"') == 3 and "48時間に7通。最も多いのは4月1日 9時台の7通。" in page
    table = moderator.get(f"{MAIL}/hours.csv")
    assert table.mimetype == "text/csv" and "\r\n2026-04-01 09:00,7,0,7\r\n" in table.text and table.text.count("\r\n") == 49
    assert moderator.get(f"{MAIL}/domains.csv").text.splitlines()[1:] == ["big.example.jp,6,0,6", "その他,5人未満,,"]
    worker.leave()
    maildir = config.instance_dir / "bounces"
    app.config["BOARD"] = replace(config, bounce_maildir=maildir)
    page = moderator.get(MAIL).text
    assert "このサーバーで、ワーカーが動いていません" in page and "受け口(Maildir)がありません" in page
    (maildir / "new").mkdir(parents=True)
    (maildir / "new" / "1.host").write_bytes(b"x")
    os.utime(maildir / "new" / "1.host", (OPENING.timestamp(), OPENING.timestamp()))
    page = moderator.get(MAIL).text
    assert "読んでいないもの1通(最も古いものは2026年4月1日(水)9:00に届きました)" in page and "15分より長く読まれていません" in page


def test_addresses_that_mail_does_not_reach_are_listed_and_started_again(
    app: BoardApp, moderator: FlaskClient, cast: Cast
) -> None:
    with app.app_context(), Writing() as session:
        gone = reader("gone@mail.example.jp", stopped_at=OPENING, stopped_for="550 5.1.1 user unknown")
        full = reader("full@example.jp")
        session.flush()
        for number, (person, bounce) in enumerate(((gone, Bounce.HARD), (full, Bounce.SOFT))):
            mail = Delivery(
                kind=DeliveryKind.NOTICE, subscriber=person, message_id=str(number), created_at=OPENING, due_at=OPENING,
                state=DeliveryState.SENT, settled_at=OPENING, bounce=bounce, bounced_at=OPENING,
            )  # fmt: skip
            session.add(mail)
            session.flush()
            session.add(Attempt(delivery_id=mail.id, at=OPENING, outcome=Attempted.BOUNCED, words=f"452 mailbox full {number}"))
        session.add(
            Delivery(
                kind=DeliveryKind.INVITATION, account_id=cast.sato, message_id="x", created_at=OPENING, due_at=OPENING,
                state=DeliveryState.FAILED, settled_at=OPENING, reason="550 no <b>such</b> user",
            )
        )  # fmt: skip
        number = gone.id
    page = moderator.get(MAIL).text
    assert "件の内訳" not in page and "5人未満" in page, "a domain of one person is not told"
    assert "宛先がない" in page and "550 5.1.1 user unknown" in page
    assert "一時的に届かない" in page and "452 mailbox full 1" in page and page.count("再開する</a>") == 1
    assert "550 no &lt;b&gt;such&lt;/b&gt; user" in page and "利用者の招待" in page
    path = f"{MAIL}/addresses/{number}/resume"
    asked = moderator.get(path)
    assert press(moderator, asked, "配信を再開する").location == MAIL
    assert press(moderator, asked, "配信を再開する").status_code == 409
    assert "すでに再開しています" in moderator.get(path).text
    (entry,) = audited(app, "mail:resume")
    assert (entry.subject_id, entry.facts) == (str(number), {"stopped_at": OPENING.isoformat()})
    with app.app_context():
        assert db.session.get_one(Subscriber, number).stopped_at is None
