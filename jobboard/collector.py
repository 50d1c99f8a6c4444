"""Collecting as the worker does it: a few fetches at a time, each settled in a transaction of its own."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from queue import Empty, SimpleQueue
from threading import Event, Thread
from time import monotonic

from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from jobboard.base import feed_reading
from jobboard.base.collecting import Fetched
from jobboard.base.fetching import NOT_MODIFIED, FetchPage, NotFetched
from jobboard.database import begin_writing
from jobboard.domain import collecting, following_up, rescoring
from jobboard.domain.collecting import Due, Got, Settled
from jobboard.domain.items import Rules

log = logging.getLogger(__name__)

AT_ONCE = 4
"""Fetches of one worker at the same time, each of another host."""

A_TURN = 60
"""Fetches that one worker begins in a minute at most: what fell behind is not caught up all at once."""

PARTS = 6
"""Turns that the worker spreads a minute's fetches over, so that the web beside it does not feel them."""

LINKS_A_TURN = 2
"""Links of collected postings that are looked at in a part of a turn: 17,000 a day."""

MINUTE = 60.0
TICK = 0.5
"""Seconds after which a request to stop is seen, while servers are waited for."""


@dataclass
class Turn:
    """What one turn did: fetches, of these read, unchanged and failed; new items and new candidates."""

    fetched: int = 0
    read: int = 0
    unchanged: int = 0
    failed: int = 0
    new: int = 0
    candidates: int = 0

    def add(self, settled: Settled) -> None:
        self.fetched += 1
        self.read += settled.outcome is Fetched.READ
        self.unchanged += settled.outcome is Fetched.UNCHANGED
        self.failed += settled.outcome not in (Fetched.READ, Fetched.UNCHANGED)
        self.new += settled.new
        self.candidates += settled.candidates


@dataclass
class Collector:
    """One worker's collecting. Threads fetch and read; rows are touched by the thread that called ``collect`` alone."""

    engine: Engine
    fetch: FetchPage
    rules: Rules
    owner: str
    clock: Callable[[], datetime]
    stop: Callable[[], bool] = bool

    def collect(self, most: int = A_TURN) -> Turn:
        """Fetches what is due, up to ``most`` sources, until the last of them is settled, or at ``stop()`` at once."""
        with self._transaction() as session:
            rescoring.rescore(session, self.rules, now=self.clock())
        turn, begun = Turn(), 0
        running: dict[int, Due] = {}
        done: SimpleQueue[tuple[int, Got]] = SimpleQueue()
        while not self.stop():
            room = min(AT_ONCE - len(running), most - begun)
            for due in self._lease(room) if room > 0 else []:
                begun += 1
                running[due.id] = due
                # A thread that nobody waits for: a slow server does not hold up the end of the process.
                Thread(target=lambda one: done.put((one.id, self._get(one))), args=(due,), daemon=True).start()
            if not running:
                return turn
            with suppress(Empty):
                number, got = done.get(timeout=TICK)
                self._settle(running.pop(number), got, turn)
        if running:
            with self._transaction() as session:
                collecting.release(session, list(running), self.owner)
        return turn

    def check_links(self, most: int = LINKS_A_TURN) -> int:
        """Asks up to ``most`` pages of collected postings whether they are still there; returns how many are not any more."""
        with self._transaction() as session:
            due = following_up.claim_links(session, now=self.clock(), limit=most)
        gone = 0
        for one in due:
            if self.stop():
                break
            status = self._status(one)
            with self._transaction() as session:
                gone += following_up.settle_link(session, one, status, now=self.clock())
        return gone

    def _status(self, due: following_up.Due) -> int | None:
        try:
            return self.fetch(due.link, plain_http=due.plain_http).status
        except NotFetched as failure:
            return failure.status
        except Exception:  # one page must not keep the others from being looked at
            log.exception("a link could not be checked", extra={"item": due.id})
            return None

    def keep_on(self, ended: Event) -> None:
        """A part of a turn, again and again, until ``ended``."""
        while not ended.is_set():
            begun = monotonic()
            try:
                self.collect(A_TURN // PARTS)
                self.check_links()
            except DBAPIError:
                log.exception("collecting broke off; the next turn goes on")
            ended.wait(max(MINUTE / PARTS - (monotonic() - begun), 1.0))

    def _lease(self, limit: int) -> list[Due]:
        with self._transaction() as session:
            return collecting.lease(session, self.owner, now=self.clock(), limit=limit)

    def _get(self, due: Due) -> Got:
        at, begun = self.clock(), monotonic()
        answer = feed = failure = None
        try:
            answer = self.fetch(due.url, plain_http=due.plain_http, etag=due.etag, last_modified=due.last_modified)
            if answer.status != NOT_MODIFIED:
                feed = feed_reading.read(answer, now=at)
        except NotFetched as failed:
            failure = failed
        except Exception as error:  # a fault of ours on one page must not keep the others from being read
            log.exception("a source could not be read", extra={"source": due.id})
            failure = NotFetched(Fetched.BROKEN, f"読む間に誤りが起きました: {type(error).__name__}")
        return Got(at, round(1_000 * (monotonic() - begun)), answer, feed, failure)

    def _settle(self, due: Due, got: Got, turn: Turn) -> None:
        with self._transaction() as session:
            settled = collecting.settle(session, due, self.owner, got, self.rules, now=self.clock())
        if settled is not None:
            turn.add(settled)

    @contextmanager
    def _transaction(self) -> Iterator[Session]:
        with Session(self.engine, expire_on_commit=False) as session:
            begin_writing(session)
            yield session
            session.commit()
