"""What must be true in the end: each wanted change told exactly once, or the ledger says why not."""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from jobboard.base.states import DeliveryState
from jobboard.models import Account, Delivery, Match, Subscriber
from tests.flows.interleaving import Flight, Post
from tests.flows.wishes import Change, Person, Wish, Wishes


@dataclass(frozen=True)
class Arrival:
    """A notice that the mail server took: of whom and of what (change, wish) the rows said it is at that moment.

    ``off``: the turn at which all sending was stopped; None while it is not.
    """

    flight: Flight
    at: datetime
    person: int | None
    pairs: tuple[tuple[int, int], ...]
    off: int | None

    @property
    def postings(self) -> list[int]:
        """The postings of its entries, as the reader sees them."""
        return [int(number) for number in re.findall(r"^ *https?://[^/\s]+/postings/(\d+)$", self.flight.letter.text, re.M)]


@dataclass
class Verdict:
    """``speak`` raises ``AssertionError`` for the first thing that went wrong."""

    wishes: Wishes
    post: Post
    arrivals: list[Arrival]

    def speak(self, engine: Engine) -> None:
        with Session(engine) as session:
            mails = session.execute(
                select(Delivery.message_id, Delivery.state, Delivery.reason, Subscriber.address, Account.email)
                .outerjoin(Subscriber, Subscriber.id == Delivery.subscriber_id)
                .outerjoin(Account, Account.id == Delivery.account_id)
            ).all()
            ledger = session.execute(
                select(Match.event_id, Match.subscription_id, Match.dropped, Delivery.state, Delivery.reason)
                .outerjoin(Delivery, Delivery.id == Match.delivery_id)
            ).all()
        self._mails(mails)
        self.failed = {name for name, state, *_ in mails if state is DeliveryState.FAILED}
        for arrival in self.arrivals:
            self._arrival(arrival)
        self._readers(ledger)

    def _mails(self, mails: Any) -> None:
        """Each mail is settled as it went; a copy more came only where nobody could know of the first one."""
        copies = Counter(flight.letter.message_id for flight in self.post.taken)
        stained = Counter(flight.letter.message_id for flight in self.post.taken if flight.stained)
        for name, count in copies.items():
            assert count <= 1 + stained[name], f"{name} came {count} times"
        taken = {name.partition("@")[0] for name in copies}
        for name, state, reason, address, email in mails:
            if state is DeliveryState.SENT:
                assert name in taken, f"{name} is called sent and never came"
            elif state is DeliveryState.FAILED:
                assert (reason and self.post.refused[address or email]) or address is None, f"{name} failed of nothing"
            else:
                assert state is DeliveryState.CANCELLED and reason, f"{name} is {state} for ever"

    def _arrival(self, arrival: Arrival) -> None:
        """To the right person, each posting once, and not after the person stopped it."""
        letter, began = arrival.flight.letter, arrival.flight.began
        assert arrival.off is None or began <= arrival.off, "mailed while all sending was stopped"
        if arrival.person is None or not arrival.pairs:
            gone = [one for one in self.wishes.people.values() if one.gone is not None and one.address == letter.recipient]
            assert any(began <= (one.gone or 0) for one in gone), "a mail of nobody"
            return
        changes = [self.wishes.changes[number] for number, _ in arrival.pairs]
        wishes = [self.wishes.all[number] for _, number in arrival.pairs]
        assert {wish.person.address for wish in wishes} == {letter.recipient}
        assert sorted(arrival.postings) == sorted({change.posting for change in changes}), "not each posting once"
        assert any(wish.may_be_mailed(since=began, now=arrival.at) for wish in wishes), "mailed after leaving"

    def _readers(self, ledger: Any) -> None:
        told: dict[tuple[int, int], set[str]] = defaultdict(set)
        for arrival in self.arrivals:
            name = arrival.flight.letter.message_id
            if arrival.flight.stained and name.partition("@")[0] in self.failed:
                continue  # nobody could know that it came, and it was refused when it was sent again
            for change, wish in arrival.pairs:
                told[self.wishes.all[wish].person.id, change].add(name)
        rows = {(change, wish): (dropped, state, reason) for change, wish, dropped, state, reason in ledger}
        assert len(rows) == len(ledger), "a change stands twice for one registration"
        for change in self.wishes.changes.values():
            for person in self.wishes.people.values():
                self._reader(change, person, told[person.id, change.id], rows)

    def _reader(self, change: Change, person: Person, mails: set[str], rows: dict[tuple[int, int], Any]) -> None:
        assert len(mails) <= 1, f"{person.address} was told {len(mails)} times of {change}"
        wishes = [wish for wish in self.wishes.all.values() if wish.person is person]
        if mails:
            assert any(wish.id in change.possible for wish in wishes), f"{person.address} did not want {change}"
        elif person.gone is None:
            for wish in wishes:
                if wish.id in change.sure:
                    assert self._explained(change, wish, rows), f"{wish} was never told of {change}, and nothing says why"

    def _explained(self, change: Change, wish: Wish, rows: dict[tuple[int, int], Any]) -> bool:
        dropped, state, reason = rows.get((change.id, wish.id), (None, None, ""))
        if dropped is not None:
            return self.wishes.explains(dropped, wish, change)
        return state is DeliveryState.FAILED and bool(reason) and self.post.refused[wish.person.address] > 0
