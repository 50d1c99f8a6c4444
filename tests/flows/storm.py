"""A site under load whose processes are killed: web, two workers, people who use it, and a mail server that writes all down."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import requests
from sqlalchemy import insert, select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from jobboard.base.clock import in_japan
from jobboard.base.states import AccountRole, EventKind, Frequency, SubscriptionState
from jobboard.base.vocabulary import MunicipalityKind
from jobboard.database import create_engine
from jobboard.domain import storing
from jobboard.domain.criteria import parse_stored
from jobboard.models import Subscriber, Subscription
from tests import postings, stories
from tests.cast import PASSWORD, person, place
from tests.flows.apps import pass_second_factor
from tests.flows.site import answers, free_port, wait_for
from tests.flows.visitor import Visitor

NOW = datetime.now(UTC)
WATCHERS = 10
"""Readers of all that is published while the processes are killed."""

TYPING = 2.1
"""Seconds that a person needs for a form; the site takes nobody for a person who needs less."""

CONNECTIONS = 2
"""Of each worker to the mail server."""


@dataclass
class Storm:
    """Folder, database, and the processes by name; ``killed`` counts them."""

    folder: Path
    database_url: str
    environ: dict[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    killed: Counter[str] = field(default_factory=Counter)
    _read: int = 0
    _arrived: list[tuple[str, str]] = field(default_factory=list)

    @property
    def base_url(self) -> str:
        return self.environ["JOBBOARD_BASE_URL"]

    def arrived(self) -> list[tuple[str, str]]:
        """(Message-ID, recipient) of every message that the server took, in order."""
        with (self.folder / "arrived").open("rb") as file:
            file.seek(self._read)
            fresh = file.read()
        whole = fresh[: fresh.rfind(b"\n") + 1]
        self._read += len(whole)
        self._arrived += [(words[0], words[1]) for words in (line.split() for line in whole.decode().splitlines())]
        return self._arrived

    def start(self, name: str) -> None:
        """``web``, ``worker`` or ``second``, as a group of processes of its own."""
        words = {"web": ["serve"], "worker": ["work"], "second": ["work", "--no-periodic"]}[name]
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", "jobboard", *words], env=self.environ, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self, name: str) -> None:
        """The whole group, as a machine that loses its power."""
        process = self.processes.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def kill_and_start(self, name: str) -> None:
        assert self.processes[name].poll() is None, f"{name} ended by itself: see {self.folder}/{name}.log"
        self.kill(name)
        self.killed[name] += 1
        self.start(name)

    def end(self, *names: str) -> None:
        """By SIGTERM, which they obey, also while they are still starting."""
        for name in names:
            process = self.processes.pop(name)
            process.terminate()
            assert process.wait(40) in (0, -signal.SIGTERM), name


@contextlib.contextmanager
def storm(folder: Path, database_url: str, *, takes: float) -> Iterator[Storm]:
    """The mail server and the environment; whatever still runs in the end is killed."""
    (folder / "arrived").touch()
    recorder = subprocess.Popen([sys.executable, str(Path(__file__).with_name("recorder.py")), str(folder), str(takes)])
    base_url = f"http://127.0.0.1:{free_port()}"
    environ = {name: value for name, value in os.environ.items() if not name.startswith("JOBBOARD_")}
    site = Storm(folder, database_url, environ)
    try:
        port = wait_for(lambda: (folder / "port").exists() and (folder / "port").read_text(), "the mail server")
        environ |= {
            "JOBBOARD_BIND": base_url.removeprefix("http://"),
            "JOBBOARD_BASE_URL": base_url,
            "JOBBOARD_DATABASE_URL": database_url,
            "JOBBOARD_INSTANCE_DIR": str(folder / "instance"),
            "JOBBOARD_SECRET_KEY": "s" * 40,
            "JOBBOARD_TOKEN_KEY": "t" * 40,
            "JOBBOARD_MAIL_FROM": "oshirase@board.go.jp",
            "JOBBOARD_MAIL_POSTAL_ADDRESS": "東京都千代田区霞が関2-1-2",
            "JOBBOARD_MAIL_CONNECTIONS": str(CONNECTIONS),
            "JOBBOARD_MAIL_HOLD_OVER": "0",
            "JOBBOARD_MAIL_HOLD_TIMES": "0",
            "JOBBOARD_SMTP_URL": f"smtp://127.0.0.1:{port}?starttls=off",
            "JOBBOARD_TRUSTED_PROXIES": "1",
        }
        yield site
    finally:
        for name in list(site.processes):
            site.kill(name)
        recorder.kill()
        recorder.wait()


def seed(engine: Engine, readers: int, calls: int) -> list[int]:
    """Readers of one prefecture, watchers of another; a moderator; postings that wait, the first one where the readers are."""
    with Session(engine) as session:
        postings.board(session)
        session.add(place("042021", "04", "宮城県", "青葉市", "あおばし", MunicipalityKind.CITY, "https://www.city.aoba.lg.jp/"))
        session.add(place("143014", "14", "神奈川県", "港町", "みなとまち", MunicipalityKind.TOWN, "https://www.town.minato.lg.jp/"))
        session.flush()
        editor = person("editor@city.aoba.lg.jp", "青葉 花子", AccountRole.EDITOR, municipality="042021")
        session.add_all([editor, person("sato@soumu.go.jp", "佐藤 恵", AccountRole.MODERATOR)])
        session.flush()
        _subscribe(session, [f"r{number}@reader.jp" for number in range(readers)], "pref=04")
        _subscribe(session, [f"w{number}@reader.jp" for number in range(WATCHERS)], "pref=14")
        dates = {"term_start_on": f"{NOW + timedelta(days=90):%Y-%m-%d}", "term_end_on": f"{NOW + timedelta(days=300):%Y-%m-%d}"}
        until = f"{in_japan(NOW) + timedelta(days=60):%Y-%m-%d}T17:00"
        sent_in = [
            stories.sent_in(
                session, editor, "143014" if number else "042021", now=NOW, title=f"助言者 第{number}号", apply_by=until, **dates
            ).id
            for number in range(calls)
        ]
        session.commit()
        return sent_in


def _subscribe(session: Session, addresses: list[str], query: str) -> None:
    criteria = storing.of(session, parse_stored(query))
    people = [{"address": one, "address_key": one, "created_at": NOW} for one in addresses]
    session.execute(insert(Subscriber), people)
    ids = session.scalars(select(Subscriber.id).where(Subscriber.address.in_(addresses)))
    common = {
        "criteria_id": criteria.id, "kinds": str(EventKind.PUBLISHED), "frequency": Frequency.AT_ONCE, "created_at": NOW,
        "state": SubscriptionState.ACTIVE, "consent_version": "test", "confirmed_at": NOW,
    }  # fmt: skip
    session.execute(insert(Subscription), [{"subscriber_id": one, **common} for one in ids])


class Person(threading.Thread):
    """Somebody who uses the site again and again. ``done``: answered; ``unknown``: no answer came; else never begun."""

    def __init__(self, site: Storm) -> None:
        super().__init__(daemon=True)
        self.site = site
        self.done: list[object] = []
        self.unknown: list[object] = []
        self.error: BaseException | None = None
        self._stopped = threading.Event()

    def run(self) -> None:
        try:
            while not self._stopped.wait(0.05):
                with contextlib.suppress(requests.RequestException):
                    if not self.once():
                        return
        except BaseException as error:
            self.error = error

    def stop(self) -> None:
        self._stopped.set()
        self.join(60)
        assert not self.is_alive()
        if self.error is not None:
            raise self.error

    def once(self) -> bool:
        """One visit; False when there is nothing more to do."""
        raise NotImplementedError

    def press(self, visitor: Visitor, what: object, button: str, values: dict[str, str | list[str]]) -> None:
        self.unknown.append(what)
        visitor.press(button, values)
        self.unknown.remove(what)
        self.done.append(what)


class Moderator(Person):
    """Publishes one waiting posting after the other."""

    def __init__(self, site: Storm, waiting: list[int]) -> None:
        super().__init__(site)
        self.waiting = waiting
        self.visitor = Visitor(site.base_url)
        self.visitor.open("/login")
        self.visitor.press("ログイン", {"email": "sato@soumu.go.jp", "password": PASSWORD})
        pass_second_factor(self.visitor, "sato@soumu.go.jp")

    def once(self) -> bool:
        if not self.waiting:
            return False
        number = self.waiting[0]
        self.visitor.open(f"/review/postings/{number}")
        self.waiting.pop(0)
        self.press(self.visitor, number, "掲載する", {})
        return True


class Newcomer(Person):
    """Asks for mail, each time under another address and from another network."""

    def __init__(self, site: Storm) -> None:
        super().__init__(site)
        self.count = 0

    def once(self) -> bool:
        self.count += 1
        visitor = Visitor(self.site.base_url)
        visitor.session.headers["X-Forwarded-For"] = f"10.0.{self.count // 250}.{1 + self.count % 250}"
        with visitor.session:
            visitor.open("/subscribe?q=%E5%8A%A9%E8%A8%80%E8%80%85")
            address = f"n{self.count}@reader.jp"
            if self._stopped.wait(TYPING):
                return False
            self.press(visitor, address, "この条件で受け取る", {"email": address})
        return True


def rage(site: Storm, total: int, kills: int, chance: random.Random) -> None:
    """Kills one of the workers, and the web when it is there again, at so many moments while some but not all mails arrived."""
    for left in range(kills, 0, -1):
        before = len(site.arrived())
        assert before < total, "each kill must come while some but not all have arrived"
        some = chance.randint(1, max(1, (total - before) // (left + 1)))
        wait_for(lambda goal=before + some: len(site.arrived()) >= goal, f"{some} more mails")  # type: ignore[misc]
        victims = [chance.choice(["worker", "second"])]
        if answers(site.base_url):
            victims.insert(chance.randint(0, 1), "web")
        for name in victims:
            time.sleep(chance.random() * 0.05)  # any point of a request, of an exchange and of a settlement
            site.kill_and_start(name)


@contextlib.contextmanager
def opened(site: Storm) -> Iterator[Session]:
    """A look into the database."""
    engine = create_engine(site.database_url)
    try:
        with Session(engine) as session:
            yield session
    finally:
        engine.dispose()
