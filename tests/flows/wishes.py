"""Who should be told of what: a simple model beside the real one, written from the issue and not from the code.

A reader is told of a change if the registration was confirmed before it, runs, was not paused then, asks for this kind of change
and for such postings, if the reader has not refused the municipality and mail to the address has not been stopped, and if the
change is a material one. The worker looks at a change some time after it; what a reader wishes in between may count or not, so
a change is ``sure`` for those who wanted it all that time, and ``possible`` for those who wanted it once.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime

from jobboard.base.states import Dropped, EventKind
from jobboard.domain import criteria
from jobboard.domain.criteria import Criteria, Seen
from jobboard.domain.grammar import Status


@dataclass
class Person:
    """One address as long as it is known. The numbers are turns of the test; None: not happened."""

    id: int
    address: str
    refused: set[str] = field(default_factory=set)
    ever_refused: set[str] = field(default_factory=set)
    stopped: int | None = None
    ever_stopped: bool = False
    gone: int | None = None


@dataclass
class Wish:
    """One confirmed registration of a person."""

    id: int
    person: Person
    criteria: Criteria
    kinds: frozenset[EventKind]
    confirmed_at: datetime
    left: int | None = None
    paused_until: datetime | None = None
    paused: int | None = None
    narrowed: bool = False

    def wants(self, change: "Change") -> bool:
        anywhere = replace(self.criteria, status=Status.ALL)
        return (
            self.left is None
            and self.person.gone is None
            and self.person.stopped is None
            and self.confirmed_at < change.at
            and (self.paused_until is None or self.paused_until <= change.at)
            and change.kind in self.kinds
            and change.place not in self.person.refused
            and change.material
            and criteria.meets(anywhere, change.seen, change.at)
        )

    def may_be_mailed(self, *, since: int, now: datetime) -> bool:
        """Whether a mail that was taken in hand at turn ``since`` may leave: the person did not stop it before that."""
        stops = (self.left, self.person.gone, self.person.stopped)
        resting = self.paused_until is not None and self.paused_until > now and (self.paused or 0) < since
        return all(turn is None or turn >= since for turn in stops) and not resting


@dataclass
class Change:
    """What happened to a posting. ``open``: the worker has not looked at it yet."""

    id: int
    posting: int
    place: str
    kind: EventKind
    at: datetime
    material: bool
    seen: Seen
    open: bool = True
    again: bool = False
    sure: set[int] = field(default_factory=set)
    possible: set[int] = field(default_factory=set)


@dataclass
class Wishes:
    """Everybody's wishes and all that happened, by id."""

    people: dict[int, Person] = field(default_factory=dict)
    all: dict[int, Wish] = field(default_factory=dict)
    changes: dict[int, Change] = field(default_factory=dict)

    def running(self) -> list[Wish]:
        return [wish for wish in self.all.values() if wish.left is None and wish.person.gone is None]

    def happened(self, change: Change) -> None:
        self.changes[change.id] = change
        change.sure = {wish.id for wish in self.all.values() if wish.wants(change)}
        change.possible = set(change.sure)

    def wished(self) -> None:
        """To be called after each act of a reader: counts for all that the worker has not looked at yet."""
        for change in self.changes.values():
            if change.open:
                wanting = {wish.id for wish in self.all.values() if wish.wants(change)}
                change.possible |= wanting
                if not change.again:
                    change.sure &= wanting

    def looked_at(self, ids: set[int]) -> None:
        for number in ids:
            self.changes[number].open = False

    def seen_again(self, change: Change) -> None:
        """The worker will look at it once more: whoever wants it now may be told, who was sure stays so."""
        if not change.open:
            change.open = change.again = True
            self.wished()

    def explains(self, reason: Dropped, wish: Wish, change: Change) -> bool:
        """Whether the person did what the ledger says."""
        person = wish.person
        return {
            Dropped.LEFT: wish.left is not None,
            Dropped.STOPPED: person.ever_stopped,
            Dropped.REFUSED: change.place in person.ever_refused,
            Dropped.NARROWED: wish.narrowed,
        }.get(reason, False)
