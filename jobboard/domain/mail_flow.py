"""How the mail flows, in counts: hour by hour, kind by kind, domain by domain, lease by lease. Nobody is named."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, func, literal, select, union_all
from sqlalchemy.orm import Session

from jobboard.base.states import Bounce, DeliveryKind, DeliveryState
from jobboard.domain.condition import SINCE
from jobboard.models import Account, Delivery, Subscriber

HOURS = 48
HOUR = timedelta(hours=1)
BOUNCES_OF = timedelta(days=30)

FEWEST = 5
"""A domain with fewer people than this is not told by name (personal data)."""

OTHERS = "その他"
LOOKED_AT = 50_000
"""Of the mails that wait so many are told apart by kind, those first due; more are only counted."""


def _of_state(state: DeliveryState) -> ColumnElement[int]:
    # A sum, and no condition on the state: with one, SQLite would walk every mail of that state instead of the settled range.
    return func.coalesce(func.sum(case((Delivery.state == state, 1), else_=0)), 0)


_SENT, _FAILED = _of_state(DeliveryState.SENT), _of_state(DeliveryState.FAILED)


def settled_since(session: Session, since: datetime) -> tuple[int, int, int]:
    """How many mails left, failed for good and came back since then."""
    counted = select(_SENT, _FAILED).where(Delivery.settled_at > since)
    returned = select(func.count()).select_from(Delivery).where(Delivery.bounced_at > since)
    sent, failed = session.execute(counted).one()
    return sent, failed, session.scalar(returned) or 0


@dataclass(frozen=True)
class Hour:
    """Mails that left, failed for good and came back within an hour that begins at ``begins``."""

    begins: datetime
    sent: int
    failed: int
    returned: int


def hours(session: Session, *, now: datetime, count: int = HOURS) -> list[Hour]:
    """The last hours, the present one, which is not over, last. Ranges of two indexes alone, whatever the table holds."""
    first = now.replace(minute=0, second=0, microsecond=0) - (count - 1) * HOUR
    begins = [first + number * HOUR for number in range(count)]
    settled = [
        select(literal(number), _SENT, _FAILED).where(Delivery.settled_at >= begin, Delivery.settled_at < begin + HOUR)
        for number, begin in enumerate(begins)
    ]
    returned = [
        select(literal(number), func.count()).where(Delivery.bounced_at >= begin, Delivery.bounced_at < begin + HOUR)
        for number, begin in enumerate(begins)
    ]
    left = {number: (sent, failed) for number, sent, failed in session.execute(union_all(*settled))}
    came_back = {number: back for number, back in session.execute(union_all(*returned))}
    return [Hour(begin, *left[number], came_back[number]) for number, begin in enumerate(begins)]


def last_settled(session: Session) -> datetime | None:
    """When a mail last left, failed or was cancelled."""
    return session.scalar(select(func.max(Delivery.settled_at)).where(Delivery.settled_at.is_not(None)))


def last_returned(session: Session) -> datetime | None:
    """When a mail last came back, of those that were told apart."""
    return session.scalar(select(func.max(Delivery.bounced_at)).where(Delivery.bounced_at.is_not(None)))


@dataclass(frozen=True)
class Queue:
    """Mails of a kind that wait, and since when the oldest of them does."""

    kind: DeliveryKind
    mails: int
    since: datetime


def queue(session: Session, *, now: datetime) -> list[Queue]:
    """What is due and has not left, by kind, the longest waiting first; of the ``LOOKED_AT`` that are first due."""
    due = and_(Delivery.state == DeliveryState.QUEUED, Delivery.due_at <= now)
    first = select(Delivery.kind.label("kind"), SINCE.label("since")).where(due).order_by(Delivery.due_at).limit(LOOKED_AT).subquery()
    found = select(first.c.kind, func.count(), func.min(first.c.since)).group_by(first.c.kind)
    return sorted((Queue(*row) for row in session.execute(found)), key=lambda one: one.since)


@dataclass(frozen=True)
class Lease:
    """Mails that a worker has claimed, until when at the latest."""

    owner: str
    mails: int
    until: datetime | None


def leases(session: Session) -> list[Lease]:
    """Who holds what, by the worker's name."""
    held = select(Delivery.lease_owner, func.count(), func.max(Delivery.leased_until))
    held = held.where(Delivery.state == DeliveryState.LEASED).group_by(Delivery.lease_owner).order_by(Delivery.lease_owner)
    return [Lease(owner or "", mails, until) for owner, mails, until in session.execute(held)]


@dataclass
class Domain:
    """Mails that came back from the people of a domain. Of fewer than ``FEWEST`` people nothing more is told."""

    name: str
    people: set[object] = field(default_factory=set)
    mails: dict[Bounce, int] = field(default_factory=lambda: dict.fromkeys(Bounce, 0))

    @property
    def is_told(self) -> bool:
        return len(self.people) >= FEWEST


def domains(session: Session, *, now: datetime) -> list[Domain]:
    """The domains from which mail came back in 30 days, those with most mails first, the small ones summed up last."""
    address = func.coalesce(Subscriber.address, Account.email)
    found = select(address, Delivery.bounce, func.count()).select_from(Delivery)
    found = found.join(Subscriber, Subscriber.id == Delivery.subscriber_id, isouter=True)
    found = found.join(Account, Account.id == Delivery.account_id, isouter=True)
    found = found.where(Delivery.bounced_at > now - BOUNCES_OF, address.is_not(None)).group_by(address, Delivery.bounce)
    named = dict[str, Domain]()
    for whose, bounce, mails in session.execute(found):
        if bounce is None:
            continue
        domain = domain_of(whose)
        one = named.setdefault(domain, Domain(domain))
        one.people.add(whose)
        one.mails[bounce] += mails
    return _summed(list(named.values()))


def domain_of(address: str) -> str:
    """The right side of an address, as it is compared."""
    return address.rpartition("@")[2].lower()


def _summed(found: Sequence[Domain]) -> list[Domain]:
    told = [one for one in found if one.is_told]
    others = Domain(OTHERS)
    for one in found:
        if not one.is_told:
            others.people |= one.people
            for bounce, mails in one.mails.items():
                others.mails[bounce] += mails
    told.sort(key=lambda one: (-sum(one.mails.values()), one.name))
    return [*told, *([others] if others.people else [])]


def people_by_domain(addresses: Sequence[str]) -> list[tuple[str, int]]:
    """How many of these people each domain has, the most first; small domains summed up last, nothing of fewer than five."""
    people = defaultdict[str, set[object]](set)
    for address in addresses:
        people[domain_of(address)].add(address)
    return [(one.name, len(one.people)) for one in _summed([Domain(name, of) for name, of in people.items()]) if one.is_told]
