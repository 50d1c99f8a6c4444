"""The stage of the machine that plays everything between a posting and a reader: database, workers, model, and how it ends."""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine, invariant
from sqlalchemy import select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from jobboard.base.clock import JAPAN, in_japan, japan_date
from jobboard.base.content import from_json
from jobboard.base.errors import NotFound, StaleLink
from jobboard.base.states import DeliveryKind, EventKind, Frequency, State, SubscriptionState
from jobboard.domain import links, moderation, subscriptions, switch
from jobboard.domain.criteria import parse_stored, seen_from
from jobboard.mailer import MemoryMailer
from jobboard.models import Account, ChangeEvent, Delivery, Match, Posting, Subscriber
from jobboard.steps import Steps
from tests import stories
from tests.cast import Clock
from tests.flows.interleaving import RENDER, Flight, Post, Worker
from tests.flows.verdict import Arrival, Verdict
from tests.flows.wishes import Change, Person, Wish, Wishes
from tests.mailroom import KEY, LETTERHEAD

ADDRESSES = ("tanaka@reader.jp", "suzuki@reader.jp", "ito@reader.jp")
PLACES = ("042021", "143014")
QUERIES = ("", "pref=04", "municipality=143014", "q=統計", "pay_min=28000&pay_unit=day", "role=cio_adviser&role=other")
KINDS = (frozenset(subscriptions.KINDS), frozenset({EventKind.PUBLISHED}), frozenset(subscriptions.KINDS[1:4]))
TITLES = ("CIO補佐官(全庁DX推進)", "統計の助言者")

New = Callable[[], AbstractContextManager[Engine]]
"""Gives a fresh database for as long as it is open."""


@dataclass
class Call:
    """A posting as the model knows it; ``typed`` is its public content as a form's fields."""

    id: int
    place: str
    apply_by: datetime
    typed: dict[str, list[str]]
    state: State = State.PUBLISHED


def deadline(now: datetime, days: int) -> datetime:
    """17:00 in Japan, some days on."""
    return datetime.combine(japan_date(now) + timedelta(days=days), datetime.min.time(), JAPAN) + timedelta(hours=17)


class Stage(RuleBasedStateMachine):
    """Two workers on one database, three readers, a handful of postings."""

    def __init__(self, new: New) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.engine = self.stack.enter_context(new())
        self.clock = Clock()
        self.post = Post(self._taken)
        self.desk = Steps(self.engine, MemoryMailer(), LETTERHEAD, owner="desk", clock=self.clock, render=RENDER)
        self.wishes = Wishes()
        self.calls: list[Call] = []
        self.asked: dict[tuple[int, str], frozenset[EventKind]] = {}
        self.expected: list[tuple[int, EventKind, datetime, bool]] = []
        self.arrivals: list[Arrival] = []
        self.off: int | None = None
        self.latest, self.amendments, self.born = self.clock(), 0, 0
        self.workers = [self._born(), self._born()]

    def _born(self) -> Worker:
        self.born += 1
        return Worker(self.engine, self.born, self.clock, self.post)

    def replace(self, worker: Worker) -> None:
        """A new process in the place of one that died."""
        worker.close()
        self.workers[self.workers.index(worker)] = self._born()

    # The municipality

    def call(self, which: int, *states: State, is_open: bool = False) -> Call | None:
        """One of the postings that are in one of these states; None when there is none."""
        fitting = [one for one in self.calls if one.state in states and (not is_open or one.apply_by > self.clock())]
        return fitting[which % len(fitting)] if fitting else None

    def account(self, session: Session, name: str) -> Account:
        return session.scalars(select(Account).where(Account.email.startswith(name))).one()

    def publish_call(self, where: int, days: int, words: int) -> None:
        now, code, until = self.clock(), PLACES[where % len(PLACES)], deadline(self.clock(), days)
        values = {
            "title": TITLES[words % 2], "pay_low": str(25_000 + 5_000 * (words % 3 == 0)), "term_start_on": "2026-10-01",
            "apply_by": f"{in_japan(until):%Y-%m-%dT%H:%M}",
        }  # fmt: skip
        with self.desk.transaction() as session:
            posting = stories.sent_in(session, self.account(session, "editor"), code, now=now, **values)
            self.look_at(session, posting)
        self.calls.append(Call(posting.id, code, until, stories.typed(**values)))
        self.expect(self.calls[-1], EventKind.PUBLISHED)

    def look_at(self, session: Session, posting: Posting) -> None:
        """The moderator shows what waits."""
        if posting.pending is not None:
            by = self.account(session, "sato")
            moderation.publish(session, posting, version_id=posting.pending.id, by=by, now=self.clock())

    def put_off(self, call: Call, until: datetime) -> None:
        call.apply_by, call.typed["apply_by"] = until, [f"{in_japan(until):%Y-%m-%dT%H:%M}"]

    def expect(self, call: Call, kind: EventKind, *, material: bool = True) -> None:
        """What the act just done must have written as a change."""
        self.expected.append((call.id, kind, self.clock(), material))

    # The reader

    def request(self, who: int, query: int, kinds: int, often: int) -> None:
        """Asks for mail, and mostly confirms at once by the link that the mail will bear."""
        address, text, chosen = ADDRESSES[who % len(ADDRESSES)], QUERIES[query % len(QUERIES)], KINDS[kinds % len(KINDS)]
        with self.desk.transaction() as session:
            subscriptions.subscribe(
                session, address, parse_stored(text), chosen, list(Frequency)[often % 3],
                letterhead=LETTERHEAD, now=self.clock(),
            )  # fmt: skip
            owner = session.scalars(select(Subscriber).where(Subscriber.address == address)).one()
            self.wishes.people.setdefault(owner.id, Person(owner.id, address))
            waiting = [one for one in owner.subscriptions if one.state is SubscriptionState.PENDING]
            self.asked[owner.id, parse_stored(text).query()] = chosen
            for one in waiting:
                if often % 8 < 6 and one.criteria.query == parse_stored(text).query():
                    now, generation = self.clock(), one.link_generation
                    self.confirm(session, links.issue(session, KEY, "confirm", one.id, generation, now=now))
        self.wishes.wished()

    def confirm(self, session: Session, token: str) -> None:
        """Opens the link of a confirmation, which may be too old by now."""
        try:
            found = subscriptions.confirm(session, token, now=self.clock())
        except (NotFound, StaleLink):
            return
        if found.id not in self.wishes.all:
            owner, query = self.wishes.people[found.subscriber_id], found.criteria.query
            kinds = self.asked[owner.id, query]
            self.wishes.all[found.id] = Wish(found.id, owner, parse_stored(query), kinds, confirmed_at=self.clock())
            owner.stopped = None

    def wish(self, which: int) -> Wish | None:
        """One of the registrations that run; every other time of the person to whom the last mail came, if there is one."""
        running = self.wishes.running()
        if which % 2 and self.arrivals:
            running = [one for one in running if one.person.id == self.arrivals[-1].person] or running
        return running[which // 2 % len(running)] if running else None

    def left(self, ends: Any) -> None:
        """These registrations were left just now; some may never have been confirmed."""
        for subscription in ends:
            if subscription.id in self.wishes.all:
                self.wishes.all[subscription.id].left = self.post.turn
        self.wishes.wished()

    # What came of it

    def _taken(self, flight: Flight) -> None:
        """Reads what the rows say of a mail in the moment in which the server takes it."""
        with Session(self.engine) as session:
            name = flight.letter.message_id.partition("@")[0]
            row = session.scalars(select(Delivery).where(Delivery.message_id == name)).one()
            found = select(Match.event_id, Match.subscription_id).where(Match.delivery_id == row.id)
            pairs = tuple((event, wish) for event, wish in session.execute(found))
            if row.kind is DeliveryKind.NOTICE:
                self.arrivals.append(Arrival(flight, self.clock(), row.subscriber_id, pairs, self.off))

    @invariant()
    def what_happened_is_what_was_done(self) -> None:
        """Takes the new changes into the model; what the worker wrote of itself is a deadline that has passed."""
        self.latest = max(self.latest, self.clock())
        waiting = [change.id for change in self.wishes.changes.values() if change.open]
        with Session(self.engine) as session:
            newest = max(self.wishes.changes, default=0)
            for event in session.scalars(select(ChangeEvent).where(ChangeEvent.id > newest).order_by(ChangeEvent.id)):
                self._happened(event)
            waiting += [number for number in self.wishes.changes if number > newest]
            done = ChangeEvent.id.in_(waiting), ChangeEvent.matched_at.is_not(None)
            self.wishes.looked_at(set(session.scalars(select(ChangeEvent.id).where(*done))))
        assert not self.expected, "an act wrote no change, or another one"
        self.post.turn += 1
        self.clock.forward(seconds=1)

    def _happened(self, event: ChangeEvent) -> None:
        call = next(one for one in self.calls if one.id == event.posting_id)
        known = (call.id, event.kind, event.occurred_at, event.material)
        if known in self.expected:
            self.expected.remove(known)
        else:
            assert known == (call.id, EventKind.CLOSED, call.apply_by, True) and call.state is State.PUBLISHED
            assert call.apply_by <= self.latest
            call.state = State.CLOSED
        seen = seen_from(from_json(event.version.content), event.posting.municipality, posting_id=call.id)
        self.wishes.happened(Change(event.id, call.id, call.place, event.kind, event.occurred_at, event.material, seen))

    def teardown(self) -> None:
        """Everybody comes to an end, then the verdict; an example that failed before has had its own."""
        try:
            if sys.exc_info()[0] is None and self.calls:
                self._drain()
                Verdict(self.wishes, self.post, self.arrivals).speak(self.engine)
        finally:
            for worker in self.workers:
                worker.close()
            self.stack.close()

    def _drain(self) -> None:
        """The mail server is well, no clock jumps any more, workers of the dead's leases live; all that waits comes due."""
        self.post.answers.clear()
        if self.off is not None:
            with self.desk.transaction() as session:
                switch.start(session, by=None, now=self.clock())
            self.off = None
        for worker in self.workers:
            if worker.held:
                worker.go_on()
        self.desk.take_back(self.desk.owners())
        for _ in range(12):
            self.workers[0].run("pump")
            self.what_happened_is_what_was_done()
            if not self._waits():
                return
            self.clock.forward(days=3)
        raise AssertionError("something waits for ever")

    def _waits(self) -> bool:
        with Session(self.engine) as session:
            matches = select(Match.id).where(Match.delivery_id.is_(None), Match.dropped.is_(None)).limit(1)
            mails = select(Delivery.id).where(Delivery.state.in_(("queued", "leased"))).limit(1)
            events = select(ChangeEvent.id).where(ChangeEvent.matched_at.is_(None)).limit(1)
            return any(session.scalar(query) is not None for query in (matches, mails, events))
