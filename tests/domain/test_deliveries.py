"""Leasing, sending and settling: what is refused, who gave up, who left in between, whose lease it is."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select, text

from jobboard.base.errors import MailRefused, ServerUnreachable
from jobboard.base.letter import Letter
from jobboard.base.states import DeliveryKind, DeliveryState, SubscriptionState
from jobboard.domain import deliveries, leasing, leaving, placeholders
from jobboard.domain.deliveries import enqueue
from jobboard.domain.lettering import Sheets
from jobboard.mailer import OneByOne
from jobboard.models import Delivery, Match, Subscriber, Subscription
from tests.mailroom import LETTERHEAD, Mailroom, link
from tests.postings import municipality, published

LATER, FOR_GOOD = MailRefused(False, "451 try later"), MailRefused(True, "550 no such user")
AWAY = ServerUnreachable(False, "ConnectionRefusedError")


def queued(mailroom: Mailroom, *addresses: str) -> list[int]:
    """Confirmation mails to these addresses; the ids of the deliveries."""
    ids = []
    with mailroom.writing() as session:
        for address in addresses:
            person = Subscriber(address=address, address_key=address, created_at=mailroom.clock())
            session.add(person)
            row = enqueue(
                session, DeliveryKind.CONFIRMATION, to=person, subject="確認", text="本文", now=mailroom.clock()
            )
            session.flush()
            ids.append(row.id)
    return ids


def row(mailroom: Mailroom, number: int) -> Delivery:
    with mailroom.writing() as session:
        return session.get_one(Delivery, number)


class Taking(OneByOne):
    """A door that does what a test says."""

    longest = 1.0

    def __init__(self, send: Callable[[Letter], None]) -> None:
        self.given = send

    def take(self, letter: Letter) -> str:
        self.given(letter)
        return "250 OK"


def deliver(mailroom: Mailroom, send: Callable[[Letter], None], *, owner: str = "worker", **options: object) -> deliveries.Run:
    return deliveries.deliver(
        mailroom.writing, Taking(send), Sheets(LETTERHEAD), owner=owner, clock=mailroom.clock, **options  # type: ignore[arg-type]
    )


def test_a_mail_is_sent_once_and_settled(mailroom: Mailroom) -> None:
    (number,) = queued(mailroom, "tanaka@example.jp")
    assert len(mailroom.run()) == 1 and mailroom.run() == []
    sent = row(mailroom, number)
    assert sent.state is DeliveryState.SENT and sent.settled_at == mailroom.clock() and sent.lease_owner is None


def test_a_temporary_refusal_is_tried_again_after_growing_pauses(mailroom: Mailroom) -> None:
    (number,) = queued(mailroom, "tanaka@example.jp")
    mailroom.mailer.refuse["tanaka@example.jp"] = LATER
    pauses = []
    for _ in range(9):
        mailroom.run()
        waiting = row(mailroom, number)
        assert waiting.state is DeliveryState.QUEUED and waiting.reason == "451 try later"
        pauses.append(waiting.due_at - mailroom.clock())
        mailroom.clock.instant = waiting.due_at
    assert pauses[:4] == [timedelta(minutes=minutes) for minutes in (1, 5, 15, 30)]
    assert pauses == sorted(pauses) and pauses[-1] == pauses[-2] == timedelta(hours=4)
    mailroom.mailer.refuse.clear()
    assert len(mailroom.run()) == 1


def test_a_lasting_refusal_stops_at_once_and_keeps_its_reason(mailroom: Mailroom) -> None:
    (number,) = queued(mailroom, "tanaka@example.jp")
    mailroom.mailer.refuse["tanaka@example.jp"] = FOR_GOOD
    mailroom.run()
    failed = row(mailroom, number)
    assert failed.state is DeliveryState.FAILED and failed.reason == "550 no such user" and failed.attempts == 1


def test_after_three_days_a_mail_is_given_up_with_its_reason(mailroom: Mailroom) -> None:
    (number,) = queued(mailroom, "tanaka@example.jp")
    mailroom.mailer.refuse["tanaka@example.jp"] = LATER
    mailroom.clock.forward(days=3, seconds=-1)
    mailroom.run()
    assert row(mailroom, number).state is DeliveryState.QUEUED
    mailroom.clock.forward(hours=1)
    mailroom.run()
    given_up = row(mailroom, number)
    assert given_up.state is DeliveryState.FAILED and given_up.reason == "3日間送れませんでした: 451 try later"


def test_a_server_that_is_away_ends_the_run_and_costs_the_rest_nothing(mailroom: Mailroom) -> None:
    numbers = queued(mailroom, *(f"r{number}@example.jp" for number in range(6)))
    tried: list[str] = []

    def send(letter: Letter) -> None:
        tried.append(letter.recipient)
        raise AWAY

    run = deliver(mailroom, send)
    assert run.ended and len(tried) == deliveries.ENOUGH_TROUBLE
    rows = [row(mailroom, number) for number in numbers]
    assert {one.state for one in rows} == {DeliveryState.QUEUED}
    assert sorted(one.attempts for one in rows) == [0, 0, 0, 0, 1, 1]


def test_one_mail_that_breaks_the_connection_does_not_hold_up_the_others(mailroom: Mailroom) -> None:
    queued(mailroom, "poison@example.jp", "a@example.jp", "b@example.jp")
    mailroom.mailer.refuse["poison@example.jp"] = AWAY
    assert [letter.recipient for letter in mailroom.run()] == ["a@example.jp", "b@example.jp"]


def test_no_transaction_is_open_while_a_mail_is_sent(mailroom: Mailroom) -> None:
    queued(mailroom, "tanaka@example.jp")

    def send(letter: Letter) -> None:
        with mailroom.writing() as session:
            states = session.execute(text("SELECT state, lease_owner FROM delivery")).all()
            session.execute(text("UPDATE board SET version = version"))
        assert [tuple(found) for found in states] == [("leased", "worker")]

    assert deliver(mailroom, send).sent == 1


def test_each_mail_is_settled_before_the_next_is_begun(mailroom: Mailroom) -> None:
    queued(mailroom, "a@example.jp", "b@example.jp", "c@example.jp")
    settled: list[int] = []

    def send(letter: Letter) -> None:
        with mailroom.writing() as session:
            settled.append(len(session.scalars(select(Delivery.id).where(Delivery.state == DeliveryState.SENT)).all()))

    deliver(mailroom, send)
    assert settled == [0, 1, 2]


def test_a_leased_mail_is_nobody_elses_until_the_lease_ran_out(mailroom: Mailroom) -> None:
    queued(mailroom, "tanaka@example.jp")
    until = mailroom.clock() + timedelta(minutes=5)
    with mailroom.writing() as session:
        assert len(leasing.lease(session, "first", now=mailroom.clock(), until=until, limit=5)) == 1
    assert mailroom.run() == []
    mailroom.clock.forward(minutes=5)
    assert len(mailroom.run()) == 1


def test_settling_checks_the_owner(mailroom: Mailroom) -> None:
    (number,) = queued(mailroom, "tanaka@example.jp")

    def send(letter: Letter) -> None:
        with mailroom.writing() as session:
            session.execute(text("UPDATE delivery SET lease_owner = 'another'"))

    deliver(mailroom, send)
    taken = row(mailroom, number)
    assert taken.state is DeliveryState.LEASED and taken.lease_owner == "another"


def test_leases_of_a_dead_owner_are_taken_back_and_others_left(mailroom: Mailroom) -> None:
    numbers = queued(mailroom, "a@example.jp", "b@example.jp")
    until = mailroom.clock() + timedelta(hours=1)
    for owner in ("dead", "alive"):
        with mailroom.writing() as session:
            leasing.lease(session, owner, now=mailroom.clock(), until=until, limit=1)
    assert mailroom.steps.owners() == {"dead", "alive"}
    assert mailroom.steps.take_back({"dead"}) == 1
    assert [row(mailroom, number).lease_owner for number in numbers] == [None, "alive"]


def test_a_mail_that_may_have_arrived_waits_for_the_end_of_a_pause_as_it_is(mailroom: Mailroom) -> None:
    number = mailroom.subscribed()
    with mailroom.writing() as session:
        published(session, municipality())
    mailroom.steps.match()
    mailroom.steps.compose()
    until = mailroom.clock() + timedelta(minutes=5)
    with mailroom.writing() as session:
        (leased,) = leasing.lease(session, "killed", now=mailroom.clock(), until=until, limit=5)
        session.get_one(Subscription, number).paused_until = mailroom.clock() + timedelta(days=7)
    mailroom.clock.forward(minutes=5)
    assert mailroom.run() == []
    assert (row(mailroom, leased.id).state, row(mailroom, leased.id).attempts) == (DeliveryState.QUEUED, 1)
    mailroom.clock.forward(days=7)
    (letter,) = mailroom.run()
    assert letter.message_id.split("@")[0] == leased.message_id, "a reader whose mail program knows it sees it once"


def test_when_asked_to_stop_the_mail_in_flight_ends_and_the_rest_is_given_back(mailroom: Mailroom) -> None:
    queued(mailroom, "a@example.jp", "b@example.jp", "c@example.jp")
    sent: list[str] = []
    run = deliver(mailroom, lambda letter: sent.append(letter.recipient), stop=lambda: bool(sent))
    assert run.sent == len(sent) == 1 and run.ended
    with mailroom.writing() as session:
        states = [state.value for state in session.scalars(select(Delivery.state).order_by(Delivery.id))]
    assert sorted(states) == ["queued", "queued", "sent"]


def test_a_batch_that_takes_long_is_given_back_before_its_lease_ends(mailroom: Mailroom) -> None:
    queued(mailroom, *(f"r{number}@example.jp" for number in range(5)))
    sent: list[str] = []

    def send(letter: Letter) -> None:
        sent.append(letter.recipient)
        mailroom.clock.forward(seconds=31)

    deliver(mailroom, send)  # leases last 63 seconds here, one sending at most 1
    assert len(sent) == 2
    assert mailroom.steps.owners() == set()


def test_a_batch_takes_half_a_second_whatever_the_server_and_grows_by_steps() -> None:
    def after(limit: int, done: int, seconds: float) -> int:
        return deliveries.next_batch(limit, deliveries.Run(done, 0, ended=False), timedelta(seconds=seconds))

    assert after(20, 20, 0.0) == 40 and after(600, 600, 0.1) == 1_000
    assert after(400, 400, 2.0) == 100 and after(40, 40, 60.0) == 20
    assert after(300, 5, 0.1) == 300, "there was no more: nothing is known"


def test_a_mail_that_a_person_waits_for_overtakes_a_bulk(mailroom: Mailroom) -> None:
    mailroom.subscribed("bulk@example.jp")
    with mailroom.writing() as session:
        published(session, municipality())
    mailroom.steps.match()
    mailroom.steps.compose()
    mailroom.clock.forward(minutes=10)
    queued(mailroom, "tanaka@example.jp")
    assert [letter.recipient for letter in mailroom.run()] == ["tanaka@example.jp", "bulk@example.jp"]


def test_who_left_before_the_sending_gets_nothing(mailroom: Mailroom) -> None:
    number = mailroom.subscribed()
    with mailroom.writing() as session:
        published(session, municipality())
    mailroom.steps.match()
    mailroom.steps.compose()
    with mailroom.writing() as session:
        leaving.end(session, [session.get_one(Subscription, number)], way="link", now=mailroom.clock())
    assert mailroom.run() == []
    with mailroom.writing() as session:
        assert session.scalar(select(Delivery.state)) is DeliveryState.CANCELLED


def test_who_left_one_of_two_criteria_gets_the_mail_of_the_other_alone(mailroom: Mailroom) -> None:
    left = mailroom.subscribed("tanaka@example.jp", "pref=04")
    kept = mailroom.subscribed("tanaka@example.jp", "q=分析")
    with mailroom.writing() as session:
        published(session, municipality(), title="データ分析の助言")
        published(session, municipality(), title="窓口の改革")
    mailroom.steps.match()
    mailroom.steps.compose()
    with mailroom.writing() as session:
        leaving.end(session, [session.get_one(Subscription, left)], way="link", now=mailroom.clock())
    assert mailroom.run() == []
    (letter,) = mailroom.run()
    assert "データ分析の助言" in letter.text and "窓口の改革" not in letter.text
    assert link("leave", kept) in letter.text


def test_a_deleted_subscriber_gets_nothing_and_leaves_counts_without_text(mailroom: Mailroom) -> None:
    mailroom.subscribed()
    with mailroom.writing() as session:
        published(session, municipality())
    mailroom.steps.match()
    mailroom.steps.compose()
    with mailroom.writing() as session:
        leaving.forget(session, session.scalars(select(Subscriber)).one(), now=mailroom.clock())
    assert mailroom.run() == []
    with mailroom.writing() as session:
        mail = session.scalars(select(Delivery)).one()
        assert mail.state is DeliveryState.CANCELLED and mail.subscriber_id is None
        assert (mail.text_id, mail.words) == (None, {})
        assert not session.scalars(select(Match)).all() and not session.scalars(select(Subscription)).all()


def test_a_confirmation_leaves_although_nothing_is_confirmed(mailroom: Mailroom) -> None:
    number = mailroom.subscribed()
    with mailroom.writing() as session:
        session.get_one(Subscription, number).state = SubscriptionState.PENDING
        person = session.scalars(select(Subscriber)).one()
        person.stopped_at = mailroom.clock()
        body = placeholders.place("confirm", number, 1)
        enqueue(session, DeliveryKind.CONFIRMATION, to=person, subject="確認", text=body, now=mailroom.clock())
    (letter,) = mailroom.run()
    assert letter.text == f"https://jobs.example.go.jp/subscribe/confirm/{link('confirm', number)}"


def test_a_row_that_no_letter_can_be_made_of_fails_and_the_next_goes_out(mailroom: Mailroom) -> None:
    broken, _ = queued(mailroom, "not an address", "tanaka@example.jp")
    assert [letter.recipient for letter in mailroom.run()] == ["tanaka@example.jp"]
    assert row(mailroom, broken).state is DeliveryState.FAILED


def test_sending_again_gives_equal_bytes(mailroom: Mailroom) -> None:
    mailroom.subscribed()
    with mailroom.writing() as session:
        published(session, municipality())
    (first,) = mailroom.run()
    with mailroom.writing() as session:
        session.execute(text("UPDATE delivery SET state = 'queued'"))
    mailroom.clock.forward(hours=3)
    (second,) = mailroom.run()

    assert first.as_bytes() == second.as_bytes()


def test_no_token_of_a_link_stands_anywhere_in_the_database(mailroom: Mailroom) -> None:
    number = mailroom.subscribed("tanaka@example.jp", "pref=04")
    mailroom.subscribed("tanaka@example.jp", "role=cio_adviser")
    with mailroom.writing() as session:
        published(session, municipality())
        person = session.scalars(select(Subscriber)).one()
        body = " ".join(
            placeholders.place(*one, 1) for one in (("confirm", number), ("manage", person.id), ("leave", number))
        )
        enqueue(session, DeliveryKind.CONFIRMATION, to=person, subject="確認", text=body, now=mailroom.clock())
    letters = mailroom.run()
    raw = [link("confirm", number), link("manage", person.id), link("leave", number), link("leave_all", person.id)]
    sent = "".join(letter.text for letter in letters)
    assert all(token in sent for token in raw)
    with mailroom.writing() as session:
        for table in Delivery.metadata.sorted_tables:
            everything = "\n".join(repr(tuple(found)) for found in session.execute(table.select()))
            assert not [token for token in raw if token in everything], table.name
