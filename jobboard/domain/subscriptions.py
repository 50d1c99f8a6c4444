"""配信登録: asking, confirming, changing, pausing and leaving, without an account.

Whoever asks gets the same answer whether the address is known or not; everything else is told by mail to the address.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jobboard.base.errors import Incomplete, Problem, StaleLink
from jobboard.base.states import DeliveryKind, EventKind, Frequency, SubscriptionState
from jobboard.base.text import clean
from jobboard.domain import bounces, consent, links, storing, subscribers, welcoming
from jobboard.domain.addresses import read_address
from jobboard.domain.criteria import Criteria
from jobboard.domain.grammar import Status
from jobboard.domain.letterhead import Letterhead
from jobboard.models import Delivery, Subscriber, Subscription

KINDS = (
    EventKind.PUBLISHED, EventKind.AMENDED, EventKind.EXTENDED, EventKind.CLOSED, EventKind.WITHDRAWN,
    EventKind.REOPENED, EventKind.ANSWERED,
)  # fmt: skip
"""What a reader can ask to be told of."""

MOST = 30
"""Criteria of one address."""

MAILS_A_DAY = 10
"""Confirmations and the like to one address in 24 hours: nobody can be flooded through the form."""

CONFIRMED_WITHIN = links.LIFETIMES["confirm"] or timedelta(days=7)
FRESH = timedelta(days=1)
"""A second request within this time sends the same link again; a later one makes a new link that lasts anew."""


def subscribe(
    session: Session,
    address: str,
    criteria: Criteria,
    kinds: Iterable[EventKind],
    frequency: Frequency,
    company: str = "",
    *,
    letterhead: Letterhead,
    now: datetime,
) -> None:
    """Asks the address to confirm. Raises ``Incomplete`` for what was typed wrong, and says nothing else to the caller."""
    checked, wanted = _read(address, kinds)
    asked_for = storing.of(session, as_stored(criteria))
    person = subscribers.of_address(session, checked, now=now)
    forget_unconfirmed(session, now=now, person=person)
    held = _held(session, person)
    if not held:
        person.company = clean(company)[:120]
    known = next((one for one in held if one.criteria_id == asked_for.id), None)
    may_mail = _mails_today(session, person, now) < MAILS_A_DAY
    if known is not None and known.state is SubscriptionState.ACTIVE:
        if may_mail:
            welcoming.already_registered(session, known, letterhead=letterhead, now=now)
        return
    if known is None and len(held) >= MOST:
        if may_mail:
            welcoming.too_many(session, person, MOST, letterhead=letterhead, now=now)
        return
    asked = known or Subscription(
        subscriber=person, criteria=asked_for, state=SubscriptionState.PENDING, created_at=now,
        consent_version=consent.VERSION, link_generation=1,
    )  # fmt: skip
    if now - asked.created_at > FRESH:
        asked.created_at, asked.link_generation = now, asked.link_generation + 1
    asked.kinds, asked.frequency = wanted, frequency
    session.add(asked)
    session.flush()
    if may_mail:
        welcoming.confirmation(session, asked, letterhead=letterhead, now=now)


def _read(address: str, kinds: Iterable[EventKind]) -> tuple[str, str]:
    """Address and kinds; raises ``Incomplete`` with what is wrong in both."""
    checked, wanted = "", ""
    problems: list[Problem] = []
    try:
        checked = read_address(address)
    except Incomplete as wrong:
        problems += wrong.problems
    try:
        wanted = read_kinds(kinds)
    except Incomplete as wrong:
        problems += wrong.problems
    if problems:
        raise Incomplete(problems)
    return checked, wanted


def as_stored(criteria: Criteria) -> Criteria:
    """The criteria of a subscription: it has no status, events decide."""
    return replace(criteria, status=Status.OPEN)


def read_kinds(kinds: Iterable[EventKind]) -> str:
    """Comma-joined codes in one order. Raises ``Incomplete`` when nothing was chosen."""
    chosen = [str(kind) for kind in KINDS if kind in set(kinds)]
    if not chosen:
        raise Incomplete([Problem("kinds", "知らせてほしいことを1つ以上選んでください。")])
    return ",".join(chosen)


def pending(session: Session, token: str, *, now: datetime) -> Subscription:
    """The subscription that a confirmation link is for; raises ``NotFound`` or ``StaleLink``."""
    link = links.resolve(session, token, "confirm", now=now)
    subscription = session.get_one(Subscription, link.subject_id)
    if subscription.state is SubscriptionState.LEFT:
        raise StaleLink
    return subscription


def confirm(session: Session, token: str, *, now: datetime) -> Subscription:
    """Makes the subscription active; doing it again changes nothing."""
    subscription = pending(session, token, now=now)
    if subscription.state is SubscriptionState.PENDING:
        subscription.state, subscription.confirmed_at = SubscriptionState.ACTIVE, now
        bounces.acted(subscription.subscriber)
    return subscription


def manage_token(session: Session, subscription: Subscription, key: str, *, now: datetime) -> str:
    """The token of the page where its subscriber, who has just confirmed, changes everything."""
    person = subscription.subscriber
    return links.issue(session, key, "manage", person.id, person.link_generation, now=now)


def forget_unconfirmed(session: Session, *, now: datetime, person: Subscriber | None = None) -> int:
    """Deletes what was not confirmed in time, and addresses that then stand for nothing; returns how many requests."""
    old = [Subscription.state == SubscriptionState.PENDING, Subscription.created_at <= now - CONFIRMED_WITHIN]
    if person is not None:
        old.append(Subscription.subscriber_id == person.id)
    found = session.scalars(select(Subscription).where(*old)).all()
    for subscription in found:
        session.delete(subscription)
    session.flush()
    if person is None:
        subscribers.drop_needless(session, {subscription.subscriber_id for subscription in found})
    return len(found)


def _held(session: Session, person: Subscriber) -> list[Subscription]:
    found = select(Subscription).where(
        Subscription.subscriber_id == person.id, Subscription.state != SubscriptionState.LEFT
    )
    return list(session.scalars(found.order_by(Subscription.id)))


def _mails_today(session: Session, person: Subscriber, now: datetime) -> int:
    kinds = (DeliveryKind.CONFIRMATION, DeliveryKind.MANAGE_LINK)
    recent = select(func.count()).where(
        Delivery.subscriber_id == person.id, Delivery.kind.in_(kinds), Delivery.created_at > now - timedelta(days=1)
    )
    return session.scalar(recent) or 0
