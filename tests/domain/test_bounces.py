"""What comes back: each mail system's manner is read, once, for the address alone that our mail went to."""

import secrets
from base64 import b64encode

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base.errors import MailRefused
from jobboard.base.states import AccountRole, Attempted, Bounce, DeliveryKind, DeliveryState, Dropped, Frequency
from jobboard.domain import bounces, diagnosing, notices, returned, subscriptions
from jobboard.domain.criteria import parse_stored
from jobboard.domain.returned import MOST, Own
from jobboard.models import Attempt, Delivery, Match, Subscriber, Subscription
from tests.cast import person
from tests.domain.returned_mails import MAILS, Returned, fields, report
from tests.mailroom import LETTERHEAD, Mailroom, link
from tests.postings import municipality, published

OWN = Own(LETTERHEAD.bounce_address, LETTERHEAD.host)
ADDRESS = "tanaka@reader.jp"
GONE = Returned("gone", Bounce.HARD, report(fields("5.1.1", "550 5.1.1 <{address}>: User tanaka unknown")))
FULL = Returned("full", Bounce.SOFT, report(fields("5.2.2", "552 5.2.2 Mailbox full")))
LATE = Returned("late", None, report(fields("4.4.1", "451 4.4.1 try again", "delayed")))


def arriving(mail: Returned, row: Delivery, address: str = ADDRESS) -> bytes:
    """The mail as it comes back for a delivery."""
    return mail.bytes(LETTERHEAD.return_path(row.message_id), address, f"{row.message_id}@{LETTERHEAD.host}")


@pytest.fixture(scope="module")
def delivery() -> Delivery:
    """Only its id counts."""
    return Delivery(message_id=secrets.token_hex(16))


@pytest.mark.parametrize("mail", MAILS, ids=lambda mail: mail.name)
def test_each_manner_of_report_is_read_for_what_it_says_and_names_its_mail(mail: Returned, delivery: Delivery) -> None:
    report = returned.read(arriving(mail, delivery), OWN)
    bounce = report.bounce
    if bounce is Bounce.HARD and ADDRESS in report.expanded:
        bounce = Bounce.SOFT
    assert bounce is mail.says
    assert report.ids[0] == delivery.message_id


@pytest.mark.parametrize("name", ["postfix, no such user", "gmail, no account", "qmail, no mailbox", "docomo-like, unknown user"])
def test_without_the_mark_the_returned_headers_name_the_mail(name: str, delivery: Delivery) -> None:
    mail = next(one for one in MAILS if one.name == name)
    content = mail.bytes(LETTERHEAD.bounce_address, ADDRESS, f"{delivery.message_id}@{LETTERHEAD.host}")
    report = returned.read(content, OWN)
    assert (report.bounce, report.ids) == (Bounce.HARD, (delivery.message_id,))


def test_the_envelope_that_the_server_tells_names_the_mail(delivery: Delivery) -> None:
    bare = GONE.bytes(LETTERHEAD.bounce_address, ADDRESS, "")
    assert returned.read(bare, OWN).ids == ()
    assert returned.read(bare, OWN, recipients=[LETTERHEAD.return_path(delivery.message_id).upper()]).ids == (delivery.message_id,)


@pytest.mark.parametrize(
    ("answer", "gone"),
    [
        ("550 5.1.1 <(宛先)>: no such user", True),
        ("550 User unknown", True),
        ("553 5.1.2 no such domain", True),
        ("550 5.7.1 blocked by our policy, user unknown to the allow list", False),
        ("552 5.2.2 mailbox full", False),
        ("450 4.1.1 user unknown for now", False),
        ("554 transaction failed", False),
    ],
)
def test_a_refusal_at_once_is_judged_by_the_same_table(answer: str, gone: bool) -> None:
    assert diagnosing.is_gone(answer) is gone


def sent(mailroom: Mailroom, count: int = 1) -> list[int]:
    """Ids of new notices to everybody, that left one after the other."""
    ids = []
    for _ in range(count):
        with mailroom.writing() as session:
            published(session, municipality(), now=mailroom.clock.forward(hours=1))
        assert mailroom.run()
        with mailroom.writing() as session:
            ids.append(session.scalars(select(Delivery.id).order_by(Delivery.id.desc())).first() or 0)
    return ids


def back(mailroom: Mailroom, number: int, mail: Returned) -> bool:
    """Lets the mail come back for a delivery; whether it was news."""
    with mailroom.writing() as session:
        content = arriving(mail, session.get_one(Delivery, number))
    with mailroom.writing() as session:
        return bounces.receive(session, content, LETTERHEAD, now=mailroom.clock.forward(minutes=1)) is not None


def of(session: Session, address: str = ADDRESS) -> Subscriber:
    return session.scalars(select(Subscriber).where(Subscriber.address == address)).one()


def test_an_address_that_is_gone_is_stopped_with_the_servers_words_and_nothing_waits_for_it(mailroom: Mailroom) -> None:
    mailroom.subscribed(ADDRESS)
    mailroom.subscribed("suzuki@reader.jp")
    for address in (ADDRESS, "suzuki@reader.jp"):
        mailroom.subscribed(address, "pref=04", frequency=Frequency.DAILY)
    sent(mailroom)
    with mailroom.writing() as session:
        number = session.scalars(select(Delivery.id).where(Delivery.subscriber == of(session))).one()
    assert back(mailroom, number, GONE)
    with mailroom.writing() as session:
        stopped, row = of(session), session.get_one(Delivery, number)
        assert stopped.stopped_at == row.bounced_at == mailroom.clock() and row.bounce is Bounce.HARD
        attempt = session.scalars(select(Attempt)).one()
        assert (attempt.delivery_id, attempt.outcome) == (number, Attempted.BOUNCED)
        assert attempt.words == stopped.stopped_for == "5.1.1 smtp; 550 5.1.1 <(宛先)>: User (宛先) unknown"
        waiting = select(Match.dropped).where(Match.delivery_id.is_(None)).order_by(Match.subscriber_id)
        assert list(session.scalars(waiting)) == [Dropped.STOPPED, None], "of the other reader it waits"
        assert of(session, "suzuki@reader.jp").stopped_at is None
        published(session, municipality(), now=mailroom.clock.forward(days=1), title="次の募集")
    assert [letter.recipient for letter in mailroom.run()] == ["suzuki@reader.jp"]


def test_the_same_report_counts_once_and_a_worse_one_after_a_soft_one_counts(mailroom: Mailroom) -> None:
    mailroom.subscribed(ADDRESS)
    (number,) = sent(mailroom)
    assert back(mailroom, number, LATE) is False
    assert [back(mailroom, number, FULL) for _ in range(2)] == [True, False]
    with mailroom.writing() as session:
        assert (of(session).soft_bounces, of(session).stopped_at) == (1, None)
        assert session.get_one(Delivery, number).bounce is Bounce.SOFT
    assert [back(mailroom, number, GONE) for _ in range(2)] == [True, False]
    assert back(mailroom, number, FULL) is False
    with mailroom.writing() as session:
        assert of(session).soft_bounces == 1 and of(session).stopped_at is not None
        assert len(session.scalars(select(Attempt)).all()) == 2


def test_ten_that_came_back_for_now_in_a_row_stop_the_address_and_one_that_arrived_between_begins_anew(
    mailroom: Mailroom,
) -> None:
    mailroom.subscribed(ADDRESS)
    with mailroom.writing() as session:
        rows = [
            Delivery(
                kind=DeliveryKind.NOTICE, subscriber=of(session), message_id=secrets.token_hex(16), state=DeliveryState.SENT,
                created_at=mailroom.clock(), due_at=mailroom.clock(), settled_at=mailroom.clock(),
            )
            for _ in range(15)
        ]  # fmt: skip
        session.add_all(rows)
        session.flush()
        early, late = [row.id for row in rows[:5]], [row.id for row in rows[5:]]
    for number in early[:4]:
        back(mailroom, number, FULL)
    for number in late[:9]:
        assert back(mailroom, number, FULL)
    with mailroom.writing() as session:
        assert of(session).stopped_at is None and of(session).soft_bounces == 13
    back(mailroom, late[9], FULL)
    with mailroom.writing() as session:
        assert of(session).stopped_for.startswith("10通続けて届きませんでした: 5.2.2 smtp; 552")


def test_whoever_confirms_again_gets_mail_again_and_is_not_stopped_by_an_older_mail(mailroom: Mailroom) -> None:
    mailroom.subscribed(ADDRESS)
    first, second = sent(mailroom, 2)
    back(mailroom, first, GONE)
    with mailroom.writing() as session:
        subscriptions.subscribe(
            session, ADDRESS, parse_stored("pref=04"), subscriptions.KINDS, Frequency.DAILY,
            letterhead=LETTERHEAD, now=mailroom.clock(),
        )  # fmt: skip
    assert [letter.recipient for letter in mailroom.run()] == [ADDRESS]
    with mailroom.writing() as session:
        asked = session.scalars(select(Subscription).order_by(Subscription.id.desc())).first()
        assert asked is not None
        token = link("confirm", asked.id, asked.link_generation)
        subscriptions.confirm(session, token, now=mailroom.clock.forward(minutes=1))
        assert (of(session).stopped_at, of(session).stopped_for, of(session).soft_bounces) == (None, "", 0)
    assert back(mailroom, second, GONE)
    with mailroom.writing() as session:
        assert of(session).stopped_at is None


def test_a_mail_to_staff_is_recorded_and_stops_no_account(mailroom: Mailroom) -> None:
    with mailroom.writing() as session:
        account = person("tanaka@soumu.go.jp", "田中", AccountRole.MODERATOR)
        session.add(account)
        notices.password_reset(session, [account], base_url="https://b", site="s", now=mailroom.clock())
    mailroom.run()
    with mailroom.writing() as session:
        number = session.scalars(select(Delivery.id)).one()
    assert back(mailroom, number, GONE)
    with mailroom.writing() as session:
        row = session.get_one(Delivery, number)
        assert (row.kind, row.bounce) == (DeliveryKind.PASSWORD_RESET, Bounce.HARD)
        assert row.account is not None and row.account.deactivated_at is None
        assert "tanaka" not in session.scalars(select(Attempt.words)).one()


def test_of_a_mail_whose_reader_was_forgotten_the_count_alone_is_kept(mailroom: Mailroom) -> None:
    mailroom.subscribed(ADDRESS)
    (number,) = sent(mailroom)
    with mailroom.writing() as session:
        session.get_one(Delivery, number).subscriber = None
    assert back(mailroom, number, GONE)
    with mailroom.writing() as session:
        assert session.get_one(Delivery, number).bounce is Bounce.HARD and session.scalars(select(Attempt)).all() == []


def test_a_queued_notice_to_a_stopped_address_is_cancelled_when_its_turn_comes(mailroom: Mailroom) -> None:
    mailroom.subscribed(ADDRESS)
    (number,) = sent(mailroom)
    with mailroom.writing() as session:
        published(session, municipality(), now=mailroom.clock(), title="次の募集")
    mailroom.steps.match()
    mailroom.steps.compose()
    back(mailroom, number, GONE)
    assert mailroom.run() == []
    with mailroom.writing() as session:
        assert list(session.scalars(select(Delivery.state).order_by(Delivery.id))) == [
            DeliveryState.SENT, DeliveryState.CANCELLED,
        ]  # fmt: skip


def test_a_forged_report_stops_nobody(mailroom: Mailroom) -> None:
    mailroom.subscribed(ADDRESS)
    (number,) = sent(mailroom)
    with mailroom.writing() as session:
        name = session.get_one(Delivery, number).message_id
    guessed = secrets.token_hex(16)
    for to, message_id in (
        (LETTERHEAD.bounce_address, "x@mx.reader.jp"),  # nothing but the address in the text
        (LETTERHEAD.bounce_address, f"{name}@jobs.example.com"),
        (LETTERHEAD.return_path(guessed), f"{guessed}@{LETTERHEAD.host}"),
        (LETTERHEAD.bounce_address.replace("@", f"+{number}@"), f"{number}@{LETTERHEAD.host}"),
        (f"bounces+{name}@evil.example", "x@mx.reader.jp"),
    ):
        with mailroom.writing() as session:
            content = GONE.bytes(to, ADDRESS, message_id)
            assert bounces.receive(session, content, LETTERHEAD, now=mailroom.clock()) is None, to
    with mailroom.writing() as session:
        assert of(session).stopped_at is None and session.get_one(Delivery, number).bounce is None


def rubbish(to: str) -> dict[str, bytes]:
    """Mails that are none, or would be too much."""
    deep = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(5_000))
    nested = b"".join(b"Content-Type: message/rfc822\r\n\r\n" for _ in range(5_000))
    head = f"From: MAILER-DAEMON\r\nTo: {to}\r\n".encode()
    whole = GONE.bytes(to, ADDRESS, "x")
    return {
        "nothing": b"",
        "zeroes": bytes(1_000),
        "noise": secrets.token_bytes(100_000),
        "ten megabytes of one line": head + b"\r\n" + b"x" * 10_000_000,
        "ten megabytes of brackets": head + b"\r\n" + b"<" * 10_000_000,
        "parts within parts": head + deep,
        "mails within mails": head + nested,
        "a charset that is none": whole.replace(b"us-ascii", b"x-unknown-\xff"),
        "an unknown encoding": whole.replace(b"Content-Type: text/plain", b"Content-Transfer-Encoding: base64\r\nContent-Type: text/plain"),
        "a header of raw octets": b"From: \xff\xfe\x00\r\nSubject: =?x?y?z?=\r\n" + head + b"\r\n\xff",
        "no fields in the report": whole.replace(b"Final-Recipient", b"X").replace(b"Action", b"X").replace(b"Status", b"X"),
        "cut within a part": whole[: len(whole) // 2],
        "nothing but a header": head,
        "parameters without end": b"Content-Type: text/plain" + b";" * MOST + b"\r\n" + head + b"\r\n",
        "encoded words without end": b"Subject: " + b"=?a?q?" * MOST + b"\r\n" + head + b"\r\n",
        "a diagnosis without end": whole.replace(b"550 5.1.1", b"x" * MOST)[:MOST],
        "dashes without end": head + b"\r\n" + b"-" * MOST + b"\r\n" + b"> " * MOST,
        "a line in which an address is sought": head + b"\r\nA message that you sent could not be delivered\r\n" + b"x" * MOST,
        "one that is encoded": head + b"Content-Transfer-Encoding: base64\r\n\r\n" + b64encode(
            b"A message that you sent could not be delivered\r\n" + b"x<" * MOST
        ),
    }  # fmt: skip


@pytest.mark.parametrize("name", list(rubbish("")))
def test_rubbish_is_read_without_an_error_and_without_a_word_of_it_in_the_log(
    name: str, delivery: Delivery, caplog: pytest.LogCaptureFixture
) -> None:
    content = rubbish(LETTERHEAD.return_path(delivery.message_id))[name]
    report = returned.read(content, OWN)
    assert report.ids in ((), (delivery.message_id,))
    assert "tanaka" not in caplog.text and "bounces+" not in caplog.text


def test_a_report_that_returns_ten_megabytes_is_read_by_its_beginning(delivery: Delivery) -> None:
    content = arriving(GONE, delivery).replace(b"--B8F1--", b"x" * 10_000_000 + b"--B8F1--")
    assert len(content) > MOST
    report = returned.read(content, OWN)
    assert (report.ids, report.bounce) == ((delivery.message_id,), Bounce.HARD)


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("550 <tanaka@reader.jp> unknown", "550 <(宛先)> unknown"),
        ('550 "a b"@reader.jp and x=tanaka%40reader.jp', "550 (宛先) and x=(宛先)"),
        ("550 no mailbox Tanaka here, nor tanaka2", "550 no mailbox (宛先) here, nor tanaka2"),
        ("550\r\n\x00 \udcff\u202enext", "550 ?next"),
        ("x" * 900, "x" * 500),
    ],
)
def test_kept_words_hold_no_address_no_second_line_and_no_control_character(words: str, kept: str) -> None:
    assert bounces.masked(words, ADDRESS) == kept



def test_a_server_that_calls_everybody_unknown_does_not_silence_everybody(mailroom: Mailroom) -> None:
    people = [f"r{number}@reader.jp" for number in range(bounces.UNUSUAL + 3)]
    for address in people:
        mailroom.subscribed(address)
        mailroom.mailer.refuse[address] = MailRefused(lasting=True, reason="550 5.1.1 unknown user")
    with mailroom.writing() as session:
        published(session, municipality(), now=mailroom.clock.forward(hours=1))
    mailroom.run()
    with mailroom.writing() as session:
        assert len(session.scalars(select(Subscriber).where(Subscriber.stopped_at.is_not(None))).all()) == bounces.UNUSUAL
        assert {row.bounce for row in session.scalars(select(Delivery))} == {Bounce.HARD}, "the ledger tells of all"
