"""Changing, pausing and leaving, by whoever holds a link from a mail; and deleting all that is known of an address."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, select, update
from sqlalchemy.orm import Session, joinedload

from jobboard.base import tokens
from jobboard.base.errors import Incomplete, NotFound, Problem
from jobboard.base.states import DeliveryState, Dropped, EventKind, Frequency, SubscriptionState
from jobboard.domain import audit, leasing, links, matching, questions, storing
from jobboard.domain.criteria import Criteria
from jobboard.domain.subscriptions import as_stored, end_of_pause, kinds_of, read_kinds
from jobboard.models import ChangeEvent, Delivery, Link, Match, Subscriber, Subscription


@dataclass(frozen=True)
class Leaving:
    """What a leaving link is for. ``subscriptions`` still run; none when everything was left or deleted before."""

    everything: bool
    subscriptions: Sequence[Subscription]


def leaving(session: Session, token: str) -> Leaving:
    """Reads a leaving link. Raises ``NotFound`` for one never issued.

    Unlike other links it never goes stale: a button in an old mail must stop the mail (特定電子メール法3条3項).
    """
    link = session.get(Link, tokens.digest(token))
    if link is None or link.purpose not in ("leave", "leave_all"):
        raise NotFound
    everything = link.purpose == "leave_all"
    column = Subscription.subscriber_id if everything else Subscription.id
    running = select(Subscription).where(column == link.subject_id, Subscription.state != SubscriptionState.LEFT)
    return Leaving(everything, session.scalars(running.order_by(Subscription.id)).all())


def leave(session: Session, token: str, *, way: str, now: datetime) -> Leaving:
    """Leaves what the link is for; ``way`` (link, one_click) is kept. Doing it again changes nothing."""
    found = leaving(session, token)
    end(session, found.subscriptions, way=way, now=now)
    return found


def end(session: Session, subscriptions: Iterable[Subscription], *, way: str, now: datetime) -> None:
    """Ends these subscriptions and drops what waits to be composed for them; queued mails are cancelled when leased."""
    ids = []
    for subscription in subscriptions:
        if subscription.state is not SubscriptionState.LEFT:
            subscription.state, subscription.left_at, subscription.left_by = SubscriptionState.LEFT, now, way
            ids.append(subscription.id)
    waiting = update(Match).where(Match.subscription_id.in_(ids), Match.delivery_id.is_(None), Match.dropped.is_(None))
    session.execute(waiting.values(dropped=Dropped.LEFT))


def person(session: Session, token: str, *, now: datetime) -> Subscriber:
    """Whose subscriptions a managing link opens; raises ``NotFound`` or ``StaleLink``."""
    return session.get_one(Subscriber, links.resolve(session, token, "manage", now=now).subject_id)


def running(session: Session, owner: Subscriber) -> Sequence[Subscription]:
    """The subscriptions of an address that were not left, in the order they were made."""
    found = select(Subscription).where(
        Subscription.subscriber_id == owner.id, Subscription.state != SubscriptionState.LEFT
    )
    return session.scalars(found.order_by(Subscription.id)).all()


def one_of(session: Session, owner: Subscriber, subscription_id: int) -> Subscription:
    """One of the person's own; anybody else's is ``NotFound``."""
    found = session.get(Subscription, subscription_id)
    if found is None or found.subscriber_id != owner.id or found.state is SubscriptionState.LEFT:
        raise NotFound
    return found


def change(
    session: Session,
    subscription: Subscription,
    *,
    kinds: Iterable[EventKind],
    frequency: Frequency,
    criteria: Criteria | None = None,
    now: datetime,
) -> None:
    """Changes what is told and how often, and the criteria when given. Raises ``Incomplete``.

    What had matched and waits is not told if its kind is not asked for any more.
    """
    wanted = read_kinds(kinds)
    wished = subscription.criteria if criteria is None else storing.of(session, as_stored(criteria))
    same = select(Subscription.id).where(
        Subscription.subscriber_id == subscription.subscriber_id,
        Subscription.id != subscription.id,
        Subscription.state != SubscriptionState.LEFT,
        Subscription.criteria_id == wished.id,
    )
    if session.scalar(same) is not None:
        raise Incomplete([Problem("criteria", "同じ条件がすでに登録されています。別の条件にしてください。")])
    subscription.kinds, subscription.frequency, subscription.criteria = wanted, frequency, wished
    drop_unasked(session, subscription, now=now)


def drop_unasked(session: Session, subscription: Subscription, *, now: datetime) -> None:
    """Drops what waits to be composed or sent for a subscription but is of no kind that it asks for."""
    unasked = select(ChangeEvent.id).where(ChangeEvent.kind.not_in(kinds_of(subscription)))
    mine = and_(Match.subscription_id == subscription.id, Match.event_id.in_(unasked))
    leasing.recall(session, mine, Dropped.NARROWED, now=now)


def pause(session: Session, subscription: Subscription, until: date | None, *, now: datetime) -> None:
    """No mail through that day in Japan; None resumes. Raises ``Incomplete`` for a day that is past or over a year off.

    What had matched and waits is told at its own time, but not before the pause is over; what happens during it is not sent later.
    """
    ends = end_of_pause(until, now=now)
    _wake(session, subscription, now=now)
    subscription.paused_until = ends
    over = subscription.paused_until or now
    waiting = select(Match).where(Match.subscription_id == subscription.id, Match.delivery_id.is_(None), Match.dropped.is_(None))
    for match in session.scalars(waiting.options(joinedload(Match.event))):
        own = matching.due_at(subscription.frequency, match.event.occurred_at, now=match.matched_at)
        match.due_at = max(own, over)


def _wake(session: Session, subscription: Subscription, *, now: datetime) -> None:
    """Mails that rest until the end of a pause (``leasing``) are looked at again: leasing lets them rest anew."""
    pauses = select(Subscription.paused_until).where(
        Subscription.subscriber_id == subscription.subscriber_id, Subscription.paused_until > now
    )
    bundled = select(Match.delivery_id).where(Match.subscription_id == subscription.id, Match.delivery_id.is_not(None))
    resting = update(Delivery).where(
        Delivery.id.in_(bundled), Delivery.state == DeliveryState.QUEUED, Delivery.due_at.in_(pauses)
    )
    session.execute(resting.values(due_at=now))


def forget(session: Session, owner: Subscriber, *, now: datetime) -> None:
    """Deletes the address and all that was asked with it. Counts stay: mails without recipient or text."""
    count = len(running(session, owner))
    mails = update(Delivery).where(Delivery.subscriber_id == owner.id)
    waiting = Delivery.state == DeliveryState.QUEUED
    reason = "宛先が削除されました"
    session.execute(mails.where(waiting).values(state=DeliveryState.CANCELLED, settled_at=now, reason=reason))
    session.execute(mails.values(text_id=None, words={}))
    audit.record(session, "subscriber:delete", "subscriber", owner.id, by=None, now=now, subscriptions=count)
    questions.forget_person(session, owner)
    session.delete(owner)
    session.flush()
