"""A worker ends as it should, and two of them share the work. How they are killed: test_killed_under_load.py."""

import contextlib
import os
import subprocess
import sys
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
from jobboard.domain import placeholders, storing
from jobboard.domain.criteria import parse_stored
from jobboard.domain.deliveries import enqueue
from jobboard.models import Delivery, Subscriber, Subscription
from tests.flows.site import wait_for
from tests.postings import municipality, published

NOW = datetime.now(UTC)


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
            "JOBBOARD_MAIL_POSTAL_ADDRESS": "東京都千代田区霞が関2-1-2",
            "JOBBOARD_SMTP_URL": f"smtp://127.0.0.1:{port}?starttls=off",
        }
        yield Post(tmp_path, database_url, environ)
    finally:
        recorder.kill()
        recorder.wait()


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
        every, one = (storing.of(session, parse_stored(query)) for query in ("", "pref=04"))
        for number in range(50):
            address = f"s{number}@reader.jp"
            person = Subscriber(address=address, address_key=address, created_at=NOW)
            for criteria in (every, one):
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
