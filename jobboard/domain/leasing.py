"""Claiming deliveries and settling them: each step is one conditional UPDATE, so no row is ever two workers' at once."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, and_, case, or_, select, update
from sqlalchemy.orm import Session

from jobboard.base.errors import MailRefused
from jobboard.base.states import DeliveryKind, DeliveryState, Dropped, SubscriptionState
from jobboard.models import Delivery, Match, Subscription

PATIENCE = timedelta(days=3)
"""A mail that could not be handed over for so long is given up."""

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60, 120, 240))
"""Before the next attempt, by attempts made; the last one repeats."""


def lease(session: Session, owner: str, *, now: datetime, until: datetime, limit: int) -> list[Delivery]:
    """Claims up to ``limit`` due deliveries until that instant, the longest due first; expired leases are claimed too.

    The caller commits before it sends. Mails that nobody wants any more are cancelled instead.
    """
    while rows := _claim(session, owner, now=now, until=until, limit=limit):
        unwanted = _cancel_unwanted(session, rows, now=now)
        wanted = [row for row in rows if row.id not in unwanted]
        if wanted:
            return wanted
    return []


def _claim(session: Session, owner: str, *, now: datetime, until: datetime, limit: int) -> Sequence[Delivery]:
    claimable = or_(
        and_(Delivery.state == DeliveryState.QUEUED, Delivery.due_at <= now),
        and_(Delivery.state == DeliveryState.LEASED, Delivery.leased_until <= now),
    )
    chosen = select(Delivery.id).where(claimable).order_by(Delivery.due_at, Delivery.id).limit(limit)
    ids = session.scalars(chosen.with_for_update(skip_locked=True)).all()
    _changed(
        session, and_(Delivery.id.in_(ids), claimable),
        state=DeliveryState.LEASED, lease_owner=owner, leased_until=until,
        attempts=case((Delivery.state == DeliveryState.LEASED, Delivery.attempts + 1), else_=Delivery.attempts),
    )  # fmt: skip
    mine = select(Delivery).where(Delivery.id.in_(ids), Delivery.lease_owner == owner)
    mine = mine.order_by(Delivery.due_at, Delivery.id).execution_options(populate_existing=True)
    return session.scalars(mine).all()


def _cancel_unwanted(session: Session, rows: Sequence[Delivery], *, now: datetime) -> set[int]:
    """Cancels what must not leave any more; returns the ids.

    A notice bundles several criteria. If the subscriber left or paused some of them before its first attempt, it is
    cancelled as a whole and the other criteria's matches are free to be composed anew.
    """
    bundled = _bundled(session, [row.id for row in rows if row.kind is DeliveryKind.NOTICE])
    cancelled: set[int] = set()
    for row in rows:
        pairs = bundled.get(row.id, [])
        row_wanted = [wants(subscription, now) for _, subscription in pairs]
        rests_until = _rests_until(row, pairs, any(row_wanted))
        if rests_until is not None:
            row.state, row.due_at = DeliveryState.QUEUED, rests_until
            row.lease_owner = row.leased_until = None
            cancelled.add(row.id)
            continue
        reason = _why_not(row, any(row_wanted), all(row_wanted))
        if reason:
            row.state, row.reason, row.settled_at = DeliveryState.CANCELLED, reason, now
            row.lease_owner = row.leased_until = None
            cancelled.add(row.id)
            for match, subscription in pairs:
                _set_free(match, subscription, now=now)
    session.flush()
    return cancelled


def _rests_until(row: Delivery, pairs: Sequence[tuple[Match, Subscription]], some_wanted: bool) -> datetime | None:
    """A mail that may have arrived already is never composed anew: it waits, as it is, for the end of the pause."""
    if row.attempts == 0 or some_wanted or row.subscriber is None or row.subscriber.stopped_at is not None:
        return None
    ends = [one.paused_until for _, one in pairs if one.state is SubscriptionState.ACTIVE and one.paused_until is not None]
    return min(ends, default=None)


def _set_free(match: Match, subscription: Subscription, *, now: datetime) -> None:
    """Parts a match from its cancelled mail: it waits to be composed anew, after a pause, or is dropped."""
    match.delivery_id = None
    if subscription.subscriber.stopped_at is not None:
        match.dropped = Dropped.STOPPED
    elif subscription.state is not SubscriptionState.ACTIVE:
        match.dropped = Dropped.LEFT
    elif not wants(subscription, now):
        match.due_at = subscription.paused_until or now


def _bundled(session: Session, delivery_ids: Collection[int]) -> dict[int, list[tuple[Match, Subscription]]]:
    matches = select(Match, Subscription).join(Subscription, Subscription.id == Match.subscription_id)
    bundled: dict[int, list[tuple[Match, Subscription]]] = {}
    for match, subscription in session.execute(matches.where(Match.delivery_id.in_(delivery_ids))):
        bundled.setdefault(match.delivery_id or 0, []).append((match, subscription))
    return bundled


def _why_not(row: Delivery, some_wanted: bool, all_wanted: bool) -> str:
    if row.subscriber_id is None and row.account_id is None:
        return "宛先が削除されました"
    if row.account is not None and row.account.deactivated_at is not None:
        return "宛先の利用が停止されました"
    if row.kind is not DeliveryKind.NOTICE:
        return ""
    if row.subscriber is None or row.subscriber.stopped_at is not None:
        return "配信が停止されました"
    keep = all_wanted or (some_wanted and row.attempts > 0)
    return "" if keep else "配信が停止されました"


def wants(subscription: Subscription, now: datetime) -> bool:
    """Whether mail for this subscription may leave now."""
    paused = subscription.paused_until is not None and subscription.paused_until > now
    return subscription.state is SubscriptionState.ACTIVE and not paused


def settle_sent(session: Session, delivery_id: int, owner: str, *, now: datetime) -> bool:
    """Records that the mail was taken over; False when the lease was no longer this owner's."""
    return _settle(session, delivery_id, owner, state=DeliveryState.SENT, settled_at=now, reason="")


def settle_refused(session: Session, delivery: Delivery, owner: str, refused: MailRefused, *, now: datetime) -> bool:
    """Stops at a lasting refusal and after three days, else queues the mail again after a growing pause."""
    attempts = delivery.attempts + 1
    given_up = now - delivery.created_at >= PATIENCE
    if refused.lasting or given_up:
        reason = refused.reason if refused.lasting else f"3日間送れませんでした: {refused.reason}"
        state = DeliveryState.FAILED
        return _settle(session, delivery.id, owner, state=state, attempts=attempts, settled_at=now, reason=reason)
    due_at = now + PAUSES[min(attempts, len(PAUSES)) - 1]
    state = DeliveryState.QUEUED
    return _settle(session, delivery.id, owner, state=state, attempts=attempts, due_at=due_at, reason=refused.reason)


def _settle(session: Session, delivery_id: int, owner: str, **columns: Any) -> bool:
    return _changed(session, _held(owner, [delivery_id]), lease_owner=None, leased_until=None, **columns) == 1


def release(session: Session, delivery_ids: Collection[int], owner: str) -> int:
    """Gives back what was leased and not tried."""
    return _free(session, _held(owner, delivery_ids))


def take_back(session: Session, dead_owners: Collection[str]) -> int:
    """Frees what workers that no longer live had leased; returns how many."""
    return _changed(
        session, and_(Delivery.lease_owner.in_(dead_owners), Delivery.state == DeliveryState.LEASED),
        state=DeliveryState.QUEUED, lease_owner=None, leased_until=None, attempts=Delivery.attempts + 1,
    )


def owners(session: Session) -> set[str]:
    """The owners of all present leases."""
    found = session.scalars(select(Delivery.lease_owner).where(Delivery.state == DeliveryState.LEASED).distinct())
    return {owner for owner in found if owner}


def _held(owner: str, ids: Collection[int]) -> Any:
    return and_(Delivery.id.in_(ids), Delivery.lease_owner == owner, Delivery.state == DeliveryState.LEASED)


def _free(session: Session, condition: Any) -> int:
    return _changed(session, condition, state=DeliveryState.QUEUED, lease_owner=None, leased_until=None)


def _changed(session: Session, condition: Any, **columns: Any) -> int:
    statement = update(Delivery).where(condition).values(**columns).execution_options(synchronize_session=False)
    result = session.execute(statement)
    assert isinstance(result, CursorResult)
    return result.rowcount
