"""Whatever the mail server does, each delivery settles rightly (issue: Shown by 3)."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from jobboard.base.states import Attempted, DeliveryKind, DeliveryState
from jobboard.domain.deliveries import enqueue
from jobboard.mailer import SmtpMailer
from jobboard.models import Attempt, Delivery, Subscriber
from jobboard.setting_values import SmtpRoute
from tests.flows.smtp_faults import Fault, FaultyServer
from tests.mailroom import Mailroom

SENT, FAILED = DeliveryState.SENT, DeliveryState.FAILED
LATER, NO, AWAY = Attempted.DEFERRED, Attempted.REFUSED, Attempted.UNREACHABLE
LONG = "\r\n".join([f"250-{'long ' * 15}"] * 150) + "\r\n250 2.0.0 Ok: queued as 4F2"


@dataclass
class Case:
    """``fault`` strikes r1, or, where nobody is named, whoever comes first. ``tried``: what the ledger says of failed tries."""

    fault: Fault
    tried: tuple[Attempted, ...] = ()
    ends: DeliveryState = SENT
    copies: int = 1
    stopped: bool = False

    @property
    def quick(self) -> bool:
        """Those that strike a connection, not a mail, and wait for nothing."""
        return not self.fault.recipient and self.fault.act != "stall"


CASES = {
    "closes at once": Case(Fault("CONNECT", "close")),
    "greets with a no": Case(Fault("CONNECT", reply="554 5.7.1 not you")),
    "greets with rubbish": Case(Fault("CONNECT", reply="hello")),
    "never greets": Case(Fault("CONNECT", "stall")),
    "closes at EHLO": Case(Fault("EHLO", "close")),
    "is too busy at EHLO": Case(Fault("EHLO", reply="421 4.3.2 too busy")),
    "knows no EHLO": Case(Fault("EHLO", reply="502 5.5.2 what?", times=99)),
    "closes at MAIL": Case(Fault("MAIL", "close")),
    "closes at each MAIL of a run": Case(Fault("MAIL", "close", times=8), (AWAY,)),
    "is going away at MAIL": Case(Fault("MAIL", reply="421 4.3.2 going down")),
    "stalls at MAIL": Case(Fault("MAIL", "stall")),
    "is short of space at MAIL": Case(Fault("MAIL", reply="452 4.3.1 no space"), (LATER,)),
    "dislikes the sender": Case(Fault("MAIL", reply="550 5.7.1 sender refused"), (NO,), FAILED, 0),
    "greylists": Case(Fault("RCPT", reply="450 4.2.0 greylisted", recipient="r1"), (LATER,)),
    "greylists in words of old": Case(Fault("RCPT", reply="451 come back later", recipient="r1", times=2), (LATER, LATER)),
    "knows nobody": Case(Fault("RCPT", reply="550 5.1.1 no such user", recipient="r1"), (NO,), FAILED, 0, stopped=True),
    "knows nobody in words of old": Case(Fault("RCPT", reply="550 r1: User unknown", recipient="r1"), (NO,), FAILED, 0, stopped=True),
    "refuses by policy": Case(Fault("RCPT", reply="550 5.7.1 blocked", recipient="r1"), (NO,), FAILED, 0),
    "closes at RCPT": Case(Fault("RCPT", "close", recipient="r1")),
    "closes at RCPT again and again": Case(Fault("RCPT", "close", recipient="r1", times=4), (AWAY, AWAY)),
    "garbles at RCPT": Case(Fault("RCPT", reply="OK then", recipient="r1")),
    "answers RCPT out of turn": Case(Fault("RCPT", reply="354 go on", recipient="r1")),
    "puts DATA off": Case(Fault("DATA", reply="451 4.3.0 later", recipient="r1"), (LATER,)),
    "refuses DATA": Case(Fault("DATA", reply="554 5.5.1 no", recipient="r1"), (NO,), FAILED, 0),
    "closes at DATA": Case(Fault("DATA", "close", recipient="r1")),
    "closes within the content": Case(Fault("CONTENT", "close", recipient="r1"), (AWAY,)),
    "stalls within the content": Case(Fault("CONTENT", "stall", recipient="r1"), (AWAY,)),
    "defers after the content": Case(Fault("DOT", reply="451 4.7.1 greylisted", recipient="r1"), (LATER,)),
    "finds it too big": Case(Fault("DOT", reply="552 5.3.4 too big", recipient="r1"), (NO,), FAILED, 0),
    "finds it bad": Case(Fault("DOT", reply="554 5.6.0 bad content", recipient="r1"), (NO,), FAILED, 0),
    "goes away after the content": Case(Fault("DOT", reply="421 4.3.2 going down", recipient="r1"), (AWAY,)),
    "closes before it answers": Case(Fault("DOT", "close", recipient="r1"), (AWAY,)),
    "takes it and closes before it answers": Case(Fault("DOT", "take and close", recipient="r1"), (AWAY,), copies=2),
    "says half an answer": Case(Fault("DOT", "half", recipient="r1"), (AWAY,)),
    "stalls after the content": Case(Fault("DOT", "stall", recipient="r1"), (AWAY,)),
    "garbles after the content": Case(Fault("DOT", reply="\x00\xff???", recipient="r1"), (AWAY,)),
    "answers octet by octet": Case(Fault("DOT", "drip", recipient="r1")),
    "answers at length": Case(Fault("DOT", reply=LONG, recipient="r1")),
}  # fmt: skip


@pytest.fixture
def server() -> FaultyServer:
    return FaultyServer()


@pytest.fixture
def people() -> list[str]:
    return [f"r{number}" for number in range(5)]


@pytest.fixture
def room(mailroom: Mailroom, server: FaultyServer, people: list[str]) -> Iterator[Mailroom]:
    """A worker whose mails leave to ``server`` over two connections."""
    with server.running() as port:
        mailroom.steps.mailer = SmtpMailer(SmtpRoute("127.0.0.1", port, None, None, "off", False, 0.4), connections=2)
        with mailroom.writing() as session:
            for name in people:
                address = f"{name}@reader.jp"
                person = Subscriber(address=address, address_key=address, created_at=mailroom.clock())
                enqueue(session, DeliveryKind.CONFIRMATION, to=person, subject="確認", text="本文", now=mailroom.clock())
        yield mailroom
        mailroom.steps.mailer.close()


def run(room: Mailroom) -> list[Delivery]:
    """Works until everything is settled, with an hour between the runs; the deliveries in order."""
    for _ in range(40):
        room.steps.pump()
        with room.writing() as session:
            rows = list(session.scalars(select(Delivery).order_by(Delivery.id)))
            assert not [row for row in rows if row.state is DeliveryState.LEASED]
            if all(row.settled_at for row in rows):
                return rows
        room.clock.forward(hours=1)
    raise AssertionError("not settled")


def ledger(room: Mailroom) -> tuple[list[Attempt], list[str]]:
    """The failed tries, and the stopped addresses' names."""
    with room.writing() as session:
        attempts = list(session.scalars(select(Attempt).order_by(Attempt.id)))
        stopped = [person.address.partition("@")[0] for person in session.scalars(select(Subscriber)) if person.stopped_at]
    assert all(one.words and "@reader.jp" not in one.words for one in attempts)
    return attempts, sorted(stopped)


NAMED = {f"r{number}": case for number, case in enumerate(case for case in CASES.values() if case.fault.recipient)}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("pipelines", [True, False], ids=["at once", "one by one"])
@pytest.mark.parametrize("people", [[*NAMED, "sound"]], ids=["all"])
def test_each_of_many_mails_with_another_fault_settles_rightly(room: Mailroom, server: FaultyServer, pipelines: bool) -> None:
    server.faults = [replace(case.fault, recipient=name) for name, case in NAMED.items()]
    server.pipelines = pipelines
    rows = run(room)
    assert {name: row.state for name, row in zip(NAMED, rows, strict=False)} == {name: case.ends for name, case in NAMED.items()}
    copies = Counter(recipient for _, recipient in server.taken)
    assert copies == Counter({name: case.copies for name, case in NAMED.items() if case.copies} | {"sound": 1})
    assert len(set(server.taken)) == len(copies), "a copy bears an equal Message-ID"
    assert rows[-1].reason == "250 2.0.0 Ok: queued as 4F2", "the server's words for what was sent stand in the ledger too"
    assert ledger(room)[1] == sorted(name for name, case in NAMED.items() if case.stopped)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("pipelines", [True, False], ids=["at once", "one by one"])
@pytest.mark.parametrize("case", [
    pytest.param(case, id=name, marks=[] if case.quick else pytest.mark.long) for name, case in CASES.items()
])  # fmt: skip
def test_one_fault_costs_the_others_nothing_and_stands_in_the_ledger_when_the_server(
    room: Mailroom, server: FaultyServer, people: list[str], case: Case, pipelines: bool
) -> None:
    server.faults, server.pipelines = [replace(case.fault)], pipelines
    rows = run(room)
    struck = 1 if case.fault.recipient else next((n for n, row in enumerate(rows) if row.attempts), 0)
    attempts, stopped = ledger(room)
    tried = [one.outcome for one in attempts if one.delivery_id == rows[struck].id]
    assert rows[struck].state is case.ends and tried == list(case.tried)
    assert stopped == (["r1"] if case.stopped else [])
    copies = Counter(recipient for _, recipient in server.taken)
    for number, (name, row) in enumerate(zip(people, rows, strict=True)):
        if number != struck:
            assert row.state is SENT and copies[name] == 1
    assert copies[people[struck]] == case.copies


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_refused_recipient_whose_content_is_asked_for_all_the_same_gets_none(room: Mailroom, server: FaultyServer) -> None:
    server.faults, server.takes_data_anyway = [Fault("RCPT", reply="550 5.7.1 no", recipient="r1")], True
    assert [row.state for row in run(room)] == [SENT, FAILED, SENT, SENT, SENT]
    assert sorted(recipient for _, recipient in server.taken) == ["r0", "r2", "r3", "r4"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_server_that_allows_one_connection_gets_all_mails_over_it(room: Mailroom, server: FaultyServer) -> None:
    server.most_connections = 1
    assert {row.state for row in run(room)} == {SENT}
    with room.writing() as session:
        assert not session.scalars(select(Attempt)).all()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_server_that_is_always_busy_is_asked_ever_more_rarely_and_the_mails_are_given_up_after_three_days(
    room: Mailroom, server: FaultyServer
) -> None:
    server.faults = [Fault("CONNECT", reply="421 4.3.2 too busy", times=10_000)]
    room.steps.pump()
    with room.writing() as session:
        assert [row.attempts for row in session.scalars(select(Delivery).order_by(Delivery.id))] == [1, 1, 0, 0, 0]
    room.clock.forward(days=3, seconds=1)
    for _ in range(4):
        room.steps.pump()
        room.clock.instant += timedelta(minutes=1)
    with room.writing() as session:
        rows = list(session.scalars(select(Delivery)))
    assert {row.state for row in rows} == {FAILED} and rows[0].reason == "3日間送れませんでした: 421 4.3.2 too busy"
