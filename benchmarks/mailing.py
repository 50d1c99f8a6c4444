"""The fan-out of 20,000 notices with all bookkeeping, beside what a mail server's own load generator reaches in the same run.

``smtp-source`` (postfix) sends messages of the same length, over kept connections (-d) as we do, to the ``smtp-sink`` that we
send to. Rounds are interleaved, so that a noisy machine hits all alike, and the ratio is taken within each round. Then two
workers beside one, against a server that takes 20 ms for each message. ``BENCH_MAILS=2000`` for less, ``BENCH_FOLDER`` for a
place on another disk; settlements are durable, so the disk counts.
"""

import asyncio
import contextlib
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from benchmarks.board import empty_postgresql
from jobboard import database
from jobboard.base.clock import present
from jobboard.base.states import DeliveryState, Frequency, SubscriptionState
from jobboard.database import create_engine
from jobboard.domain import composing, criteria, matching, storing
from jobboard.mailer import MemoryMailer, SmtpMailer
from jobboard.models import Delivery, Link, Subscriber, Subscription
from jobboard.rendering import mail_renderer
from jobboard.setting_values import SmtpRoute
from jobboard.steps import Steps
from tests.mailroom import LETTERHEAD
from tests.postgresql import CannotStart, postgresql_server
from tests.postings import municipality, published

MAILS = int(os.environ.get("BENCH_MAILS", "20000"))
SLOW_MAILS, SLOW = 600, 0.02
ROUNDS = 3
BEFORE = datetime(2026, 3, 1, tzinfo=UTC)
WISHES = ("", "pref=04", "role=cio_adviser", "pref=04&role=cio_adviser")
WORKER = "worker"


def fill(url: str) -> None:
    """``MAILS`` readers of four kinds of criteria, and a notice for each that waits to leave."""
    database.upgrade(url)
    engine = create_engine(url)
    with Session(engine) as session:
        database.begin_writing(session)
        ids = [storing.of(session, criteria.parse_stored(wish)).id for wish in WISHES]
        people = range(1, MAILS + 1)
        session.execute(insert(Subscriber), [_person(number) for number in people])
        session.execute(insert(Subscription), [_wish(number, ids[number % len(ids)]) for number in people])
        published(session, municipality(), apply_by=datetime(2099, 1, 1, tzinfo=UTC))
        session.commit()
        while matching.match(session, now=present()) is not None:
            session.commit()
        session.commit()
        render = mail_renderer()
        while composing.compose(session, LETTERHEAD, render, now=present()):
            session.commit()
        session.commit()
        assert session.scalar(select(func.count()).select_from(Delivery)) == MAILS
    engine.dispose()


def _person(number: int) -> dict[str, object]:
    address = f"reader{number}@reader{number % 50}.jp"
    return {"id": number, "address": address, "address_key": address, "created_at": BEFORE}


def _wish(number: int, criteria_id: int) -> dict[str, object]:
    return {
        "subscriber_id": number, "criteria_id": criteria_id, "kinds": "published", "frequency": Frequency.AT_ONCE,
        "state": SubscriptionState.ACTIVE, "created_at": BEFORE, "confirmed_at": BEFORE, "consent_version": "1",
    }  # fmt: skip


def wait_again(url: str, mails: int = MAILS) -> None:
    """That many notices wait to leave once more, and none of their links is known."""
    engine = create_engine(url)
    with Session(engine) as session:
        database.begin_writing(session)
        session.execute(delete(Link))
        session.execute(update(Delivery).values(state=DeliveryState.CANCELLED, reason=""))
        again = update(Delivery).where(Delivery.id <= mails).values(state=DeliveryState.QUEUED, due_at=present(), attempts=0)
        session.execute(again)
        session.commit()
    engine.dispose()


def steps(url: str, port: int, connections: int) -> Steps:
    mailer = SmtpMailer(SmtpRoute("127.0.0.1", port, None, None, "off", False, 30.0), connections=connections)
    return Steps(create_engine(url), mailer, LETTERHEAD, owner=f"{WORKER}-{os.getpid()}")


def fan_out(url: str, port: int, connections: int) -> float:
    """Mails a second, by a worker's whole turns (``pump``)."""
    wait_again(url)
    worker = steps(url, port, connections)
    begun = time.perf_counter()
    sent = worker.pump()
    took = time.perf_counter() - begun
    worker.close()
    assert sent == MAILS, sent
    return sent / took


def source(port: int, connections: int, length: int) -> float:
    """What smtp-source sends in a second, each message as long as ours."""
    program = shutil.which("smtp-source", path=f"{os.defpath}:/usr/sbin")
    assert program
    command = [program, "-d", "-s", str(connections), "-m", str(MAILS), "-l", str(length), "-f", "a@b.jp", "-t", "c@d.jp"]
    begun = time.perf_counter()
    subprocess.run([*command, f"127.0.0.1:{port}"], check=True)
    return MAILS / (time.perf_counter() - begun)


@contextlib.contextmanager
def sink() -> Iterator[int]:
    program = shutil.which("smtp-sink", path=f"{os.defpath}:/usr/sbin")
    if program is None:
        raise SystemExit("NOT RUN: there is no smtp-sink here (Debian's package postfix has it)")
    port = _free_port()
    account = ["-u", "nobody"] if os.geteuid() == 0 else []
    process = subprocess.Popen([program, *account, f"127.0.0.1:{port}", "1000"], cwd="/")
    try:
        _wait(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def _wait(port: int) -> None:
    for _ in range(300):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.02)
    raise SystemExit("the mail server does not answer")


def length(url: str) -> int:
    """Octets of the first notice."""
    wait_again(url, 1)
    mailer = MemoryMailer()
    worker = Steps(create_engine(url), mailer, LETTERHEAD, owner=WORKER)
    worker.deliver()
    worker.close()
    return len(mailer.letters[0].as_bytes())


def compare(urls: dict[str, str]) -> None:
    """Prints our rates beside smtp-source's."""
    octets = length(next(iter(urls.values())))
    print(f"{MAILS:,} notices of {octets:,} octets each; mails a second, median of {ROUNDS} rounds")
    with sink() as port:
        for connections in (1, 4):
            rates: dict[str, list[float]] = {"smtp-source": [], **{name: [] for name in urls}}
            for _ in range(ROUNDS):
                rates["smtp-source"].append(source(port, connections, octets))
                for name, url in urls.items():
                    rates[name].append(fan_out(url, port, connections))
            base = rates.pop("smtp-source")
            print(f"{connections} connection{'s' * (connections > 1)}: smtp-source {statistics.median(base):,.0f}")
            for name, found in rates.items():
                ratio = statistics.median(own / other for own, other in zip(found, base, strict=True))
                print(f"  {name}: {statistics.median(found):,.0f} ({ratio:.2f} x smtp-source)")


class SlowServer(asyncio.Protocol):
    """Takes everything, each message after ``SLOW`` seconds; knows pipelining."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.rest, self.content, self.waits = transport, b"", False, False
        transport.write(b"220 slow\r\n")

    def data_received(self, received: bytes) -> None:
        self.rest += received
        if not self.waits:
            self._go_on()

    def _go_on(self) -> None:
        while True:
            head, end, tail = self.rest.partition(b"\r\n.\r\n" if self.content else b"\r\n")
            if not end:
                return
            self.rest = tail
            if self.content:
                self.content, self.waits = False, True
                asyncio.get_running_loop().call_later(SLOW, self._taken)
                return
            self.content = head == b"DATA"
            self.transport.write(b"354 go on\r\n" if self.content else b"250-slow\r\n250 PIPELINING\r\n" if head[:4] == b"EHLO" else b"250 Ok\r\n")

    def _taken(self) -> None:
        self.waits = False
        self.transport.write(b"250 Ok\r\n")
        self._go_on()


async def serve_slowly(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(SlowServer, "127.0.0.1", port)
    await server.serve_forever()


@contextlib.contextmanager
def ourselves(*words: str) -> Iterator[subprocess.Popen[str]]:
    """This module in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.mailing", *words]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def work(url: str, port: int, connections: int) -> None:
    """A worker's process: says that it is there, sends at a word, says that it is done."""
    worker = steps(url, port, connections)
    print("there", flush=True)
    sys.stdin.readline()
    worker.pump()
    print("done", flush=True)
    worker.close()


def workers(url: str, port: int, count: int) -> float:
    """Mails a second by so many workers, each over two connections."""
    wait_again(url, SLOW_MAILS)
    with contextlib.ExitStack() as stack:
        running = [stack.enter_context(ourselves("work", url, str(port), "2")) for _ in range(count)]
        said: Callable[[], list[str]] = lambda: [one.stdout.readline().strip() for one in running if one.stdout]  # noqa: E731
        assert said() == ["there"] * count
        begun = time.perf_counter()
        for one in running:
            assert one.stdin
            one.stdin.write("go\n")
            one.stdin.flush()
        assert said() == ["done"] * count
        return SLOW_MAILS / (time.perf_counter() - begun)


def two_beside_one(urls: dict[str, str]) -> None:
    port = _free_port()
    with ourselves("slow", str(port)):
        _wait(port)
        for name, url in urls.items():
            one, two = workers(url, port, 1), workers(url, port, 2)
            print(f"{name}, {SLOW * 1000:.0f} ms a message, 2 connections each: one worker {one:,.0f}, two {two:,.0f} ({two / one:.2f} times)")


def main() -> None:
    with contextlib.ExitStack() as stack:
        folder = os.environ.get("BENCH_FOLDER") or stack.enter_context(tempfile.TemporaryDirectory())
        urls = {"SQLite": f"sqlite:///{Path(folder, 'mailing.sqlite3')}"}
        try:
            urls["PostgreSQL"] = empty_postgresql(stack.enter_context(postgresql_server(durable=True)), "mailing")
        except CannotStart as reason:
            print(f"NOT RUN on PostgreSQL: {reason}")
        for url in urls.values():
            fill(url)
        compare(urls)
        two_beside_one(urls)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["work", url, port, connections]:
            work(url, int(port), int(connections))
        case ["slow", port]:
            asyncio.run(serve_slowly(int(port)))
        case _:
            main()
