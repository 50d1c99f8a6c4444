"""配信登録: asking, confirming, changing, pausing and leaving, without an account.

Whoever asks gets the same answer whether the address is known or not; everything else is told by mail to the address.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TypeVar

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from jobboard.base.clock import end_of, japan_date
from jobboard.base.errors import Incomplete, Problem, StaleLink
from jobboard.base.states import DeliveryKind, EventKind, Frequency, SubscriptionState
from jobboard.base.text import clean
from jobboard.domain import consent, links, storing, subscribers, welcoming
from jobboard.domain.addresses import read_address
from jobboard.domain.criteria import Criteria
from jobboard.domain.grammar import Status
from jobboard.domain.letterhead import Letterhead
from jobboard.models import Delivery, Subscriber, Subscription

T = TypeVar("T")

KINDS = (
    EventKind.PUBLISHED, EventKind.AMENDED, EventKind.EXTENDED, EventKind.CLOSED, EventKind.WITHDRAWN,
    EventKind.REOPENED, EventKind.ANSWERED,
)  # fmt: skip
"""What a reader can ask to be told of."""

MOST = 30
"""Criteria of one address."""

LONGEST_PAUSE = timedelta(days=366)
LONGEST_COMPANY = 120

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
    until: date | None = None,
    letterhead: Letterhead,
    now: datetime,
) -> None:
    """Asks the address to confirm; once confirmed, nothing is sent through the day ``until``.

    Raises ``Incomplete`` for what was typed wrong, and says nothing else to the caller.
    """
    checked, wanted, paused_until = _read(address, kinds, until, now)
    asked_for = storing.of(session, as_stored(criteria))
    person = subscribers.of_address(session, checked, now=now)
    forget_unconfirmed(session, now=now, person=person)
    held = _held(session, person)
    if all(one.state is SubscriptionState.PENDING for one in held):  # nobody else writes over what the holder confirmed
        person.company = read_company(company)
    known = next((one for one in held if one.criteria_id == asked_for.id), None)
    may_mail = mails_today(session, person, now) < MAILS_A_DAY
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
        link_generation=1,
    )  # fmt: skip
    if now - asked.created_at > FRESH:
        asked.created_at, asked.link_generation = now, asked.link_generation + 1
    asked.kinds, asked.frequency, asked.paused_until = wanted, frequency, paused_until
    asked.consent_version = consent.VERSION
    session.add(asked)
    session.flush()
    if may_mail:
        welcoming.confirmation(session, asked, letterhead=letterhead, now=now)


def _read(
    address: str, kinds: Iterable[EventKind], until: date | None, now: datetime
) -> tuple[str, str, datetime | None]:
    """Address, kinds and the end of the pause; raises ``Incomplete`` with what is wrong in all of them."""
    problems: list[Problem] = []

    def read(reading: Callable[[], T], otherwise: T) -> T:
        try:
            return reading()
        except Incomplete as wrong:
            problems.extend(wrong.problems)
            return otherwise

    found = (
        read(lambda: read_address(address), ""),
        read(lambda: read_kinds(kinds), ""),
        read(lambda: end_of_pause(until, now=now), None),
    )
    if problems:
        raise Incomplete(problems)
    return found


def end_of_pause(until: date | None, *, now: datetime) -> datetime | None:
    """The instant at which mails go on after a pause through that day in Japan.

    Raises ``Incomplete`` for a day that is past or over a year off.
    """
    today = japan_date(now)
    if until is not None and not today <= until <= today + LONGEST_PAUSE:
        raise Incomplete([Problem("until", "休む最後の日を、今日から1年以内の日付で入力してください。")])
    return end_of(until) if until else None


def as_stored(criteria: Criteria) -> Criteria:
    """The criteria of a subscription: it has no status, events decide."""
    return replace(criteria, status=Status.OPEN)


def read_kinds(kinds: Iterable[EventKind]) -> str:
    """Comma-joined codes in one order. Raises ``Incomplete`` when nothing was chosen."""
    chosen = [str(kind) for kind in KINDS if kind in set(kinds)]
    if not chosen:
        raise Incomplete([Problem("kinds", "知らせてほしいことを1つ以上選んでください。")])
    return ",".join(chosen)


def read_company(typed: str) -> str:
    """A company's name on one line, at most ``LONGEST_COMPANY`` characters of it; empty for a person."""
    return " ".join(clean(typed).split())[:LONGEST_COMPANY]


def kinds_of(subscription: Subscription) -> list[EventKind]:
    """What a subscription asks to be told of."""
    return [EventKind(code) for code in subscription.kinds.split(",")]


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
        subscribers.restart(session, subscription.subscriber, now=now)
    return subscription


def manage_token(session: Session, subscription: Subscription, key: str, *, now: datetime) -> str:
    """The token of the page where its subscriber, who has just confirmed, changes everything."""
    person = subscription.subscriber
    return links.issue(session, key, "manage", person.id, person.link_generation, now=now)


def renew_link(session: Session, person: Subscriber, *, letterhead: Letterhead, now: datetime) -> None:
    """Makes the managing link useless for whoever else has it, and mails the new one to the address."""
    person.link_generation += 1
    welcoming.renewed(session, person, letterhead=letterhead, now=now)


def forget_unconfirmed(session: Session, *, now: datetime, person: Subscriber | None = None) -> int:
    """Deletes what was not confirmed in time, and addresses that then stand for nothing; returns how many requests."""
    old = [unconfirmed(now)]
    if person is not None:
        old.append(Subscription.subscriber_id == person.id)
    found = session.scalars(select(Subscription).where(*old)).all()
    for subscription in found:
        session.delete(subscription)
    session.flush()
    if person is None:
        subscribers.drop_needless(session, {subscription.subscriber_id for subscription in found})
    return len(found)


def unconfirmed(now: datetime) -> ColumnElement[bool]:
    """What was not confirmed in time, as a where-clause."""
    return and_(Subscription.state == SubscriptionState.PENDING, Subscription.created_at <= now - CONFIRMED_WITHIN)


def _held(session: Session, person: Subscriber) -> list[Subscription]:
    found = select(Subscription).where(
        Subscription.subscriber_id == person.id, Subscription.state != SubscriptionState.LEFT
    )
    return list(session.scalars(found.order_by(Subscription.id)))


def mails_today(session: Session, person: Subscriber, now: datetime) -> int:
    """The mails in 24 hours that anybody can have sent to an address by a form."""
    kinds = (DeliveryKind.CONFIRMATION, DeliveryKind.MANAGE_LINK, DeliveryKind.QUESTION_CONFIRMATION)
    recent = select(func.count()).where(
        Delivery.subscriber_id == person.id, Delivery.kind.in_(kinds), Delivery.created_at > now - timedelta(days=1)
    )
    return session.scalar(recent) or 0
