"""The worker's steps, each in its own transaction: from what is due on the clock to the mails that leave."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session

from jobboard import heads, maildir
from jobboard.base.clock import present
from jobboard.base.fetching import FetchPage
from jobboard.base.keeping import Kept
from jobboard.collector import Collector, Turn
from jobboard.config import Config
from jobboard.database import begin_writing, create_engine
from jobboard.domain import (
    bounces,
    collecting,
    composing,
    condition,
    deliveries,
    finding,
    housekeeping,
    leasing,
    matching,
    notices,
    pacing,
    publication,
    reminding,
    sealing,
    strange,
    succeeding,
    unused,
)
from jobboard.domain.brake import Brake, Limits
from jobboard.domain.items import NO_RULES, Rules
from jobboard.domain.letterhead import Letterhead
from jobboard.domain.lettering import Sheets
from jobboard.domain.retention import Terms
from jobboard.fetcher import Fetcher
from jobboard.mailer import Mailer, open_mailer
from jobboard.rendering import mail_renderer


@dataclass
class Steps:
    """What the steps work with. ``stop()`` turns true when the process shall end after the message in flight.

    ``brake`` holds back a run of notices far above the usual; ``limits``: mails a minute; ``batch``: mails leased next; ``heads_file``: of ``heads``.
    """

    engine: Engine
    mailer: Mailer
    letterhead: Letterhead
    owner: str
    clock: Callable[[], datetime] = present
    stop: Callable[[], bool] = bool
    render: composing.Render = field(default_factory=mail_renderer)
    bounce_maildir: Path | None = None
    terms: Terms = field(default_factory=Terms)
    brake: Brake = field(default_factory=Brake)
    limits: pacing.Limits = pacing.NONE
    batch: int = deliveries.BATCH
    heads_file: Path | None = None
    fetch: FetchPage | None = None
    finding: Rules = NO_RULES

    def __post_init__(self) -> None:
        self.sheets = Sheets(self.letterhead)
        self._kept: Connection | None = None
        self._mark: sealing.Mark | None = None
        self._watch = heads.Watch(self.heads_file)
        self._counted = 0

    @classmethod
    def of(cls, config: Config, owner: str) -> "Steps":
        mailer = open_mailer(config.smtp_url, config.mail_folder, connections=config.mail_connections, demonstration=config.demo)
        return cls(
            create_engine(config.database_url),
            mailer, Letterhead.of(config), owner,
            bounce_maildir=config.bounce_maildir, terms=Terms.of(config),
            brake=Brake(Limits(config.mail_hold_over, config.mail_hold_times)),
            limits=pacing.Limits(config.mail_per_minute, config.mail_domain_per_minute),
            heads_file=heads.file_of(config),
            fetch=Fetcher(config.caller).fetch, finding=finding.current(),
        )  # fmt: skip

    @property
    def collector(self) -> Collector | None:
        """Collecting has connections of its own: it goes on beside the other steps. None where nothing fetches."""
        fetch = self.fetch
        return Collector(self.engine, fetch, self.finding, self.owner, self.clock, lambda: self.stop()) if fetch else None

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A writing transaction: durable when the block has ended, undone when it raised."""
        if self._kept is not None:
            with self._on_kept(self._kept) as session:
                yield session
            return
        with Session(self.engine, expire_on_commit=False) as session:
            begin_writing(session)
            yield session
            session.commit()

    @contextmanager
    def _on_kept(self, connection: Connection) -> Iterator[Session]:
        # What goes to the connection itself does not pay for a session's bookkeeping; the session joins when it is used.
        with connection.begin(), Session(connection, expire_on_commit=False, join_transaction_mode="rollback_only") as session:
            yield session
            if session.in_transaction():
                session.commit()

    @contextmanager
    def _keeping(self) -> Iterator[None]:
        """Until the end of the block transactions take place on one connection: many short ones cost half so."""
        with self.engine.connect() as connection:
            self._kept = connection.execution_options(sqlite_begin="IMMEDIATE")
            try:
                yield
            finally:
                self._kept = None

    def expire(self) -> int:
        """Closes what has passed its closing instant."""
        with self.transaction() as session:
            return publication.expire(session, now=self.clock())

    def succeed(self) -> int:
        """Applies mergers and renamings whose day has begun, each in a transaction of its own; returns how many."""
        done = 0
        while not self.stop():
            with Session(self.engine) as session:
                if not succeeding.due(session, now=self.clock()):
                    break
            with self.transaction() as session:
                done += succeeding.apply_next(session, now=self.clock()) is not None
        return done

    def publish_scheduled(self) -> int:
        """Publishes what was approved for a time that has come, and tells the editors; returns how many."""
        with self.transaction() as session:
            now, letterhead = self.clock(), self.letterhead
            shown = publication.publish_scheduled(session, now=now)
            for posting in shown:
                notices.published(session, posting, base_url=letterhead.base_url, site=letterhead.site, now=now)
            return len(shown)

    def match(self) -> int:
        """New matches of all waiting events, one event in a transaction."""
        made = 0
        while not self.stop():
            with self.transaction() as session:
                found = matching.match(session, now=self.clock())
            if found is None:
                break
            made += found
        return made

    def compose(self) -> int:
        """One batch of mails for due matches; returns for how many persons, 0 when nothing was due, or all of it is held."""
        with self.transaction() as session:
            now = self.clock()  # one instant: what comes due in between must not slip past the brake
            free = self.brake.free(session, self.letterhead, now=now)
            if free is None:
                return 0
            return composing.compose(session, self.letterhead, self.render, now=now, among=free)

    def deliver(self) -> deliveries.Run:
        """One batch of mails, as many as leave within about half a second; the first batches are small."""
        begun = self.clock()
        with self._keeping():
            run = deliveries.deliver(
                self.transaction, self.mailer, self.sheets, owner=self.owner, clock=self.clock, limit=self.batch,
                limits=self.limits, stop=self.stop,
            )  # fmt: skip
        self.batch = deliveries.next_batch(self.batch, run, self.clock() - begun)
        return run

    def pump(self) -> int:
        """All steps in turn until nothing is left to do; returns how many mails left.

        One batch a turn: what is published, or asked for, while a bulk runs does not wait for the end of it.
        """
        sent = 0
        while not self.stop():
            self.expire()
            self.publish_scheduled()
            self.match()
            composed = self.compose()
            run = self.deliver()
            sent += run.sent
            if run.away or (run.ended and not composed):
                break
        return sent

    def collect(self) -> Turn:
        """Fetches the feeds of municipalities that are due, and records what is new in them; nothing is published."""
        return self.collector.collect() if self.collector is not None else Turn()

    def check_links(self) -> int:
        """Looks whether the pages of collected postings are still there; returns how many are not any more."""
        return self.collector.check_links() if self.collector else 0

    def remind(self) -> int:
        """Reminds editors of what nobody touched or answered, archives old drafts, warns who did not sign in for long.

        Returns how many mails were made.
        """
        made = 0
        while not self.stop():
            now = self.clock()
            with Session(self.engine) as session:
                if not (reminding.due(session, now=now) or reminding.forsaken(session, now=now) or unused.due(session, now=now)):
                    break
            with self.transaction() as session:
                reminding.archive(session, now=now)
                made += reminding.remind(session, self.letterhead, now=now) + unused.warn(session, self.letterhead, now=now)
        return made

    def read_bounces(self) -> int:
        """Reads the mails that came back into the Maildir, each in a transaction of its own; returns how many were read."""
        return maildir.sweep(self.bounce_maildir, self.take_bounce, stop=self.stop) if self.bounce_maildir else 0

    def take_bounce(self, content: bytes) -> None:
        """Records what one mail says that came to the bounce address."""
        with self.transaction() as session:
            bounces.receive(session, content, self.letterhead, now=self.clock())

    def tidy(self, *, by_hand: bool = False) -> dict[Kept, int]:
        """One batch of all that is kept no longer, each rule in a transaction of its own; returns how many of each kind.

        The audit is told once a day, and always when somebody does it by hand.
        """
        done: dict[Kept, int] = {}
        for rule in housekeeping.RULES:
            if rule.run is not None:
                with self.transaction() as session:
                    done[rule.name] = rule.run(session, self.terms, self.clock())
        with self.transaction() as session:
            if by_hand or housekeeping.is_to_be_noted(session, now=self.clock()):
                housekeeping.note(session, done, by=None, now=self.clock())
        return done

    def seal(self) -> int:
        """Seals the audit up to the newest entry that none can come before any more; returns how many entries.

        What a transaction that is still open may come before is marked, and sealed the next time.
        """
        sealed = 0
        while not self.stop():
            with self.transaction() as session:
                kept, marked = self._mark, self._mark or sealing.mark(session)
            with self.transaction() as session:
                made = sealing.seal(session, marked, now=self.clock())
            self._mark = marked if made is None else None
            if made is None or not (made or kept):
                break
            sealed += made
        if sealed:
            with Session(self.engine) as session:
                self._watch.note(session, now=self.clock())
        return sealed

    def notice_strange(self) -> int:
        """Looks for strange things in the audit, and at the next stretch of its chain; returns how many notices are new or grew."""
        now = self.clock()
        with Session(self.engine) as session:
            broken, newest = self._watch.step(session), sealing.mark(session).entry_id
            counted, self._counted = strange.count(session, now=now) if newest != self._counted else [], newest
        if not (broken or counted or self._watch.whole):
            return 0
        with self.transaction() as session:
            if self._watch.whole and self._watch.sound:
                condition.walked(session, now=now)
            return strange.notice(session, counted, now=now) + strange.notice_breaches(session, broken, now=now)

    def beat(self) -> None:
        """Leaves word that a worker lives: `jobboard check` reads it."""
        with self.transaction() as session:
            condition.beat(session, now=self.clock())

    def owners(self) -> set[str]:
        """Who holds leases."""
        with Session(self.engine) as session:
            return leasing.owners(session) | collecting.owners(session)

    def take_back(self, dead: set[str]) -> int:
        """Frees the leases of workers that no longer live."""
        if not dead:
            return 0
        with self.transaction() as session:
            return leasing.take_back(session, dead) + collecting.take_back(session, dead)

    def close(self) -> None:
        self.mailer.close()
        self.engine.dispose()
