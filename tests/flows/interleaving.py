"""Workers whose steps a test holds at any point between two transactions, lets go on, or ends for ever at any point at all.

One thread runs at a time, so what happens is decided by the test alone and happens again in the same way.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto

from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from jobboard.base.errors import MailRefused, ServerUnreachable
from jobboard.base.letter import Letter
from jobboard.domain.deliveries import Run, Transaction
from jobboard.mailer import OneByOne
from jobboard.rendering import mail_renderer
from jobboard.steps import Steps
from tests.mailroom import LETTERHEAD

PATIENCE = 60.0
"""Seconds after which a thread that neither ends nor comes to a point counts as stuck."""

NEVER = 10**9

RENDER = mail_renderer()
"""One for all: making one costs more than composing with it."""


class Killed(BaseException):
    """The process is gone: nothing of it may run any more."""


class Point(Enum):
    """Where a step stands: before a transaction, at its end but within it, after it; a mail handed over, and answered."""

    BEFORE = auto()
    WITHIN = auto()
    AFTER = auto()
    HANDED = auto()
    ANSWERED = auto()


class Reply(Enum):
    """What the mail server says to mails for one address."""

    LATER = auto()
    NEVER = auto()
    NOT_THERE = auto()
    CUT = auto()
    """It takes the mail over, and its answer is lost."""


REFUSALS = {
    Reply.LATER: MailRefused(lasting=False, reason="451 later"),
    Reply.NEVER: MailRefused(lasting=True, reason="554 5.7.1 not wanted here"),
    Reply.NOT_THERE: ServerUnreachable(lasting=False, reason="no connection"),
    Reply.CUT: ServerUnreachable(lasting=False, reason="connection lost"),
}


@dataclass
class Flight:
    """One mail between its being handed over and its settlement. ``stained``: nobody could know whether it was taken.

    ``began``: the turn of the test at which the worker began to take mails in hand.
    """

    letter: Letter
    began: int
    accepted: bool = False
    stained: bool = False


@dataclass
class Post:
    """The mail server: what it took, from whom, and what it answers."""

    taking: Callable[[Flight], None]
    turn: int = 0
    answers: dict[str, Reply | None] = field(default_factory=dict)
    taken: list[Flight] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)

    def take(self, flight: Flight) -> None:
        flight.accepted = True
        self.taken.append(flight)
        self.taking(flight)


class Worker:
    """One process of the worker, in this one. ``number`` counts up: a worker that died never comes back under its name."""

    def __init__(self, engine: Engine, number: int, clock: Callable[[], datetime], post: Post) -> None:
        self.owner, self.post = f"worker-{number}", post
        self.steps = _Steps(
            engine, _Door(self), LETTERHEAD, owner=self.owner, clock=clock, render=RENDER, worker=self
        )
        self.flights: list[Flight] = []
        self.dead = self.held = False
        self._left, self._kind, self._dies = NEVER, Point.BEFORE, False
        self._go, self._came = threading.Semaphore(0), threading.Semaphore(0)
        self._thread: threading.Thread | None = None
        self._error: BaseException | None = None

    def run(self, step: str, *, to: tuple[Point, int] | None = None, dies: bool = False) -> None:
        """Runs a step until its end, or until so many points of that kind, there to be held or to die."""
        self._error = None
        self._thread = threading.Thread(target=self._run, args=(getattr(self.steps, step),), daemon=True)
        self._thread.start()
        self._let_go(to, dies)

    def go_on(self, *, to: tuple[Point, int] | None = None, dies: bool = False) -> None:
        """A held step goes on, to its end or so far; ``dies`` without ``to`` kills it where it is."""
        self._let_go(to, dies)

    def close(self) -> None:
        """Nothing of it may run any more."""
        if self.held:
            self.go_on(dies=True)

    def stain(self) -> None:
        """What is in flight may be sent again by another worker."""
        for flight in self.flights:
            flight.stained = True

    def _let_go(self, to: tuple[Point, int] | None, dies: bool) -> None:
        self.held, self._dies = False, dies
        self._kind, self._left = to or (Point.BEFORE, NEVER)
        if dies and to is None:
            self._die()
        self._go.release()
        assert self._came.acquire(timeout=PATIENCE), "the step is stuck"
        if self._error is not None:
            raise self._error

    def _run(self, step: Callable[[], object]) -> None:
        self._go.acquire()
        try:
            step()
        except Killed:
            pass
        except BaseException as error:
            self._error = error
        self._came.release()

    def reach(self, point: Point) -> None:
        """Within a transaction a step is not held, but a point later: the others would wait for the database."""
        self._check()
        if self._left > 0:
            self._left -= point is self._kind
        if self._left > 0:
            return
        if self._dies:
            self._die()
        elif point is not Point.WITHIN:
            self.held = True
            self._came.release()
            self._go.acquire()
        self._check()

    def _die(self) -> None:
        self.dead = True
        self.stain()

    def _check(self) -> None:
        if self.dead:
            raise Killed


@dataclass
class _Steps(Steps):
    """The real steps; a point stands before, at the end of and after each transaction."""

    worker: Worker | None = None
    took_in_hand: int = 0

    def deliver(self) -> Run:
        assert self.worker is not None
        self.took_in_hand = self.worker.post.turn
        return super().deliver()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        with self._marked(super().transaction) as session:
            yield session

    @contextmanager
    def kept_transaction(self) -> Iterator[Transaction]:
        with super().kept_transaction() as transaction:
            yield lambda: self._marked(transaction)

    @contextmanager
    def _marked(self, transaction: Transaction) -> Iterator[Session]:
        worker = self.worker
        assert worker is not None
        worker.reach(Point.BEFORE)
        with transaction() as session:
            yield session
            worker.reach(Point.WITHIN)
        worker.flights.clear()
        worker.reach(Point.AFTER)


class _Door(OneByOne):
    """The way out: a point before the server has a mail, and one after."""

    longest = 1.0

    def __init__(self, worker: Worker) -> None:
        self.worker = worker

    def take(self, letter: Letter) -> str:
        worker, post = self.worker, self.worker.post
        flight = Flight(letter, worker.steps.took_in_hand)
        worker.flights.append(flight)
        worker.reach(Point.HANDED)
        answer = post.answers.get(letter.recipient)
        if answer in (None, Reply.CUT):
            flight.stained = flight.stained or answer is Reply.CUT
            post.take(flight)
        worker.reach(Point.ANSWERED)
        if answer is not None:
            post.refused[letter.recipient] += 1
            raise REFUSALS[answer]
        return "250 OK"
