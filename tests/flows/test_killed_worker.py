"""A worker killed at any moment loses no mail and doubles at most the one in flight (issue: Shown by 4)."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jobboard.base.states import DeliveryKind, DeliveryState, Frequency, SubscriptionState
from jobboard.database import create_engine
from jobboard.domain import placeholders
from jobboard.domain.deliveries import enqueue
from jobboard.models import Delivery, Subscriber, Subscription
from tests.flows.site import wait_for
from tests.postings import municipality, published

NOW = datetime.now(UTC)
CONNECTIONS = 2


@dataclass
class Post:
    """A database, a recording mail server, and the environment that a worker runs in."""

    folder: Path
    database_url: str
    environ: dict[str, str]

    def arrived(self) -> list[tuple[str, str]]:
        """(Message-ID, recipient) of every message that the server took, in order."""
        lines = (self.folder / "arrived").read_text().splitlines()
        return [(words[0], words[1]) for words in (line.split() for line in lines)]

    def seed(self, count: int) -> None:
        """That many deliveries to as many addresses."""
        engine = create_engine(self.database_url)
        with Session(engine) as session:
            for number in range(count):
                address = f"r{number}@reader.jp"
                person = Subscriber(address=address, address_key=address, created_at=NOW)
                session.add(person)
                session.flush()
                text = f"本文\n{placeholders.place('manage', person.id, 1)}\n"
                enqueue(session, DeliveryKind.CONFIRMATION, to=person, subject="確認", text=text, now=NOW)
            session.commit()
        engine.dispose()

    def unsent(self) -> int:
        """How many deliveries the database does not call sent."""
        engine = create_engine(self.database_url)
        with Session(engine) as session:
            count = session.scalar(select(func.count()).where(Delivery.state != DeliveryState.SENT))
        engine.dispose()
        return count or 0

    @contextlib.contextmanager
    def worker(self, *words: str) -> Iterator[subprocess.Popen[bytes]]:
        """`jobboard work`, killed at the end if it still runs."""
        with (self.folder / "worker.log").open("ab") as log:
            command = [sys.executable, "-m", "jobboard", "work", *words]
            process = subprocess.Popen(command, env=self.environ, stdout=log, stderr=log)
            try:
                yield process
            finally:
                process.kill()
                process.wait()


@pytest.fixture
def takes() -> float:
    return 0.002


@pytest.fixture
def post(tmp_path: Path, database_url: str, takes: float) -> Iterator[Post]:
    (tmp_path / "arrived").touch()
    recorder = subprocess.Popen([sys.executable, str(Path(__file__).with_name("recorder.py")), str(tmp_path), str(takes)])
    try:
        port = wait_for(lambda: (tmp_path / "port").exists() and (tmp_path / "port").read_text(), "the mail server")
        environ = {name: value for name, value in os.environ.items() if not name.startswith("JOBBOARD_")}
        environ |= {
            "JOBBOARD_DATABASE_URL": database_url,
            "JOBBOARD_INSTANCE_DIR": str(tmp_path / "instance"),
            "JOBBOARD_SECRET_KEY": "s" * 40,
            "JOBBOARD_TOKEN_KEY": "t" * 40,
            "JOBBOARD_BASE_URL": "http://127.0.0.1:8000",
            "JOBBOARD_MAIL_FROM": "oshirase@board.go.jp",
            "JOBBOARD_MAIL_CONNECTIONS": str(CONNECTIONS),
            "JOBBOARD_SMTP_URL": f"smtp://127.0.0.1:{port}?starttls=off",
        }
        yield Post(tmp_path, database_url, environ)
    finally:
        recorder.kill()
        recorder.wait()


def kill_at_random(post: Post, total: int, kills: int, chance: random.Random) -> None:
    """Starts a worker and kills it when some more mails, but not all, have arrived; ``kills`` times."""
    for left in range(kills, 0, -1):
        before = len(set(post.arrived()))
        some = chance.randint(1, max(1, (total - before) // (left + 1)))
        with post.worker() as worker:
            wait_for(lambda goal=before + some: len(set(post.arrived())) >= goal, f"{some} more mails")  # type: ignore[misc]
            time.sleep(chance.random() * 0.006)  # any point of the exchange and of the settlement
            worker.send_signal(signal.SIGKILL)
            worker.wait()
        assert before < len(set(post.arrived())) < total, "each kill must come while some but not all have arrived"


def finish(post: Post) -> None:
    """A last worker sends the rest, and ends by SIGTERM as it should."""
    with post.worker() as worker:
        wait_for(lambda: post.unsent() == 0, "every delivery is settled")
        worker.terminate()
        assert worker.wait(20) == 0


def check(post: Post, total: int, kills: int) -> None:
    arrived = post.arrived()
    times = Counter(arrived)
    assert {recipient for _, recipient in times} == {f"r{number}@reader.jp" for number in range(total)}
    assert len(times) == total, "a mail that is sent again keeps its Message-ID"
    assert max(times.values()) <= 2
    doubled = len(arrived) - total
    print(f"{total} deliveries, {kills} kills: {doubled} doubled, none lost")
    assert doubled <= kills * CONNECTIONS, "at most the one in flight per kill and connection"


def test_a_few_kills_lose_nothing_and_double_at_most_the_mail_in_flight(post: Post) -> None:
    post.seed(200)
    kill_at_random(post, 200, 3, random.Random(3))
    finish(post)
    check(post, 200, 3)


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2])
def test_twenty_kills_lose_nothing_of_two_thousand_mails(post: Post, seed: int) -> None:
    post.seed(2_000)
    kill_at_random(post, 2_000, 20, random.Random(seed))
    finish(post)
    check(post, 2_000, 20)


def test_sigterm_lets_the_mail_in_flight_end_and_leaves_no_lease(post: Post) -> None:
    post.seed(300)
    with post.worker() as worker:
        wait_for(lambda: len(post.arrived()) >= 10, "ten mails")
        worker.terminate()
        assert worker.wait(20) == 0
    arrived = post.arrived()
    assert 10 <= len(arrived) < 300 and len(set(arrived)) == len(arrived)
    assert post.unsent() == 300 - len(arrived)
    engine = create_engine(post.database_url)
    with Session(engine) as session:
        assert not session.scalars(select(Delivery.id).where(Delivery.lease_owner.is_not(None))).all()
    engine.dispose()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_two_workers_on_one_database_double_nothing(post: Post) -> None:
    post.seed(150)
    engine = create_engine(post.database_url)
    with Session(engine) as session:
        for number in range(50):
            address = f"s{number}@reader.jp"
            person = Subscriber(address=address, address_key=address, created_at=NOW)
            for criteria in ("", "pref=04"):
                person.subscriptions.append(
                    Subscription(
                        criteria=criteria, kinds="published", frequency=Frequency.AT_ONCE, created_at=NOW,
                        state=SubscriptionState.ACTIVE, confirmed_at=datetime(2026, 1, 1, tzinfo=UTC), consent_version="",
                    )
                )
            session.add(person)
        for number in range(3):
            published(session, municipality(), now=NOW, title=f"募集{number}", apply_by=datetime(2099, 1, 1, tzinfo=UTC))
        session.commit()
    engine.dispose()
    with post.worker() as first, post.worker("--no-periodic") as second:
        wait_for(lambda: len(post.arrived()) >= 200 and post.unsent() == 0, "every mail is sent")
        for worker in (first, second):
            worker.terminate()
            assert worker.wait(20) == 0
    arrived = Counter(recipient for _, recipient in post.arrived())
    assert len(arrived) == 200 and set(arrived.values()) == {1}
