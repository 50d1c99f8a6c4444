"""Claiming deliveries: each step is a conditional UPDATE or a locked row, so no row is ever two workers' at once."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, CursorResult, and_, func, or_, select, update
from sqlalchemy.orm import Session

from jobboard.base.states import DeliveryKind, DeliveryState, Dropped, SubscriptionState
from jobboard.domain import pacing
from jobboard.domain.pacing import Limits
from jobboard.models import Account, Board, Delivery, Match, Subscriber, Subscription


class Leased(NamedTuple):
    """A claimed delivery with what its letter needs. ``address`` is None when the recipient was deleted."""

    id: int
    kind: DeliveryKind
    subscriber_id: int | None
    account_id: int | None
    message_id: str
    text_id: int | None
    words: dict[str, Any]
    created_at: datetime
    attempts: int
    paced_for: datetime | None
    address: str | None
    stopped_at: datetime | None
    deactivated_at: datetime | None


def lease(
    session: Session, owner: str, *, now: datetime, until: datetime, limit: int, limits: Limits = pacing.NONE
) -> list[Leased]:
    """Claims up to ``limit`` due deliveries until that instant, the longest due first; expired leases are claimed too.

    The caller commits before it sends. Mails that nobody wants any more are cancelled instead; what is over the ``limits`` is
    put off. Nothing is claimed while the switch is thrown.
    """
    board = session.get(Board, 1)
    if board is not None and board.mail_stopped_at is not None:
        return []
    _free_tried(session, and_(Delivery.state == DeliveryState.LEASED, Delivery.leased_until <= now))
    pace = pacing.begin(session, limits, now=now) if limits else None
    while rows := _due(session, now=now, limit=limit if pace is None else min(limit, pace.left)):
        unwanted = _cancel_unwanted(session, rows, now=now)
        wanted = [row for row in rows if row.id not in unwanted]
        if pace is not None:
            wanted = pace.admit(wanted)
        if wanted:
            _changed(
                session, Delivery.id.in_([row.id for row in wanted]),
                state=DeliveryState.LEASED, lease_owner=owner, leased_until=until,
            )  # fmt: skip
            return wanted
    return []


def _due(session: Session, *, now: datetime, limit: int) -> list[Leased]:
    """What is due, locked."""
    if limit <= 0:
        return []
    columns = (
        Delivery.id, Delivery.kind, Delivery.subscriber_id, Delivery.account_id, Delivery.message_id, Delivery.text_id,
        Delivery.words, Delivery.created_at, Delivery.attempts, Delivery.paced_for,
        func.coalesce(Subscriber.address, Account.email), Subscriber.stopped_at, Account.deactivated_at,
    )  # fmt: skip
    found = (
        select(*columns)
        .join(Subscriber, Subscriber.id == Delivery.subscriber_id, isouter=True)
        .join(Account, Account.id == Delivery.account_id, isouter=True)
        .where(Delivery.state == DeliveryState.QUEUED, Delivery.due_at <= now)
        .order_by(Delivery.due_at, Delivery.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=Delivery)
    )
    return [Leased(*row) for row in session.execute(found)]


def _cancel_unwanted(session: Session, rows: Sequence[Leased], *, now: datetime) -> set[int]:
    """Cancels what must not leave any more, or lets it rest; returns the ids.

    A notice bundles several criteria. If the subscriber left or paused some of them before its first attempt, it is
    cancelled as a whole and the other criteria's matches are free to be composed anew.
    """
    doubtful = _doubtful(session, rows, now)
    bundled = _bundled(session, [row.id for row in rows if row.id in doubtful])
    cancelled: dict[str, list[int]] = {}
    resting: dict[datetime, list[int]] = {}
    for row in rows:
        if row.id not in doubtful:
            continue
        pairs = bundled.get(row.id, [])
        row_wanted = [wants(subscription, now) for _, subscription in pairs]
        rests_until = _rests_until(row, pairs, any(row_wanted))
        reason = _why_not(row, any(row_wanted), all(row_wanted))
        if rests_until is not None:
            resting.setdefault(rests_until, []).append(row.id)
        elif reason:
            cancelled.setdefault(reason, []).append(row.id)
            for match, subscription in pairs:
                _set_free(match, subscription, now=now)
    session.flush()
    for reason, ids in cancelled.items():
        _changed(session, Delivery.id.in_(ids), state=DeliveryState.CANCELLED, reason=reason, settled_at=now)
    for instant, ids in resting.items():
        _changed(session, Delivery.id.in_(ids), due_at=instant)
    return {number for ids in (*cancelled.values(), *resting.values()) for number in ids}


def _rests_until(row: Leased, pairs: Sequence[tuple[Match, Subscription]], some_wanted: bool) -> datetime | None:
    """A mail that may have arrived already is never composed anew: it waits, as it is, for the end of the pause."""
    if row.attempts == 0 or some_wanted or row.subscriber_id is None or row.stopped_at is not None:
        return None
    ends = [one.paused_until for _, one in pairs if one.state is SubscriptionState.ACTIVE and one.paused_until is not None]
    return min(ends, default=None)


def _doubtful(session: Session, rows: Iterable[Leased], now: datetime) -> set[int]:
    """Those that may be unwanted: no recipient, a stopped one, or one that does not want a part of it now."""
    notices = [row.id for row in rows if row.kind is DeliveryKind.NOTICE]
    halted = or_(Subscription.state != SubscriptionState.ACTIVE, Subscription.paused_until > now)
    part = select(Match.delivery_id).join(Subscription, Subscription.id == Match.subscription_id)
    found = set(session.scalars(part.where(Match.delivery_id.in_(notices), halted))) if notices else set()
    gone = {row.id for row in rows if row.address is None or row.stopped_at or _has_ended(row)}
    return gone | {number for number in found if number is not None}


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
    bundled: dict[int, list[tuple[Match, Subscription]]] = {}
    if not delivery_ids:
        return bundled
    matches = select(Match, Subscription).join(Subscription, Subscription.id == Match.subscription_id)
    for match, subscription in session.execute(matches.where(Match.delivery_id.in_(delivery_ids))):
        bundled.setdefault(match.delivery_id or 0, []).append((match, subscription))
    return bundled


def _has_ended(row: Leased) -> bool:
    """Whether its account is out of use; of that alone its holder is still told."""
    return row.deactivated_at is not None and row.kind is not DeliveryKind.ACCOUNT


def _why_not(row: Leased, some_wanted: bool, all_wanted: bool) -> str:
    if row.address is None:
        return "宛先が削除されました"
    if _has_ended(row):
        return "宛先の利用が停止されました"
    if row.kind is not DeliveryKind.NOTICE:
        return ""
    if row.subscriber_id is None or row.stopped_at is not None:
        return "配信が停止されました"
    keep = all_wanted or (some_wanted and row.attempts > 0)
    return "" if keep else "配信が停止されました"


def wants(subscription: Subscription, now: datetime) -> bool:
    """Whether mail for this subscription may leave now."""
    paused = subscription.paused_until is not None and subscription.paused_until > now
    return subscription.state is SubscriptionState.ACTIVE and not paused


def recall(session: Session, unwanted: ColumnElement[bool], why: Dropped, *, now: datetime) -> None:
    """Drops the matches of this condition that wait, or stand in a mail that nobody has tried to send yet.

    Such a mail is cancelled as a whole; its other matches are composed anew. What is being sent is not called back.
    """
    quiet = {"synchronize_session": False}
    waits = and_(Match.delivery_id.is_(None), Match.dropped.is_(None))
    session.execute(update(Match).where(unwanted, waits).values(dropped=why), execution_options=quiet)
    untried = and_(Delivery.state == DeliveryState.QUEUED, Delivery.attempts == 0)
    bearing = select(Match.delivery_id).where(unwanted, Match.delivery_id.is_not(None))
    cancel = update(Delivery).where(Delivery.id.in_(bearing), untried).returning(Delivery.id)
    cancelled = cancel.values(state=DeliveryState.CANCELLED, reason=f"{why.label}ので、送りませんでした", settled_at=now)
    gone = session.scalars(cancelled, execution_options=quiet).all()
    if gone:
        theirs = update(Match).where(Match.delivery_id.in_(gone))
        session.execute(theirs.where(unwanted).values(dropped=why, delivery_id=None), execution_options=quiet)
        session.execute(theirs.values(delivery_id=None), execution_options=quiet)


def release(session: Session, delivery_ids: Collection[int], owner: str) -> int:
    """Gives back what was leased and not tried."""
    return _free(session, and_(Delivery.id.in_(delivery_ids), held(owner)))


def take_back(session: Session, dead_owners: Collection[str]) -> int:
    """Frees what workers that no longer live had leased; returns how many."""
    return _free_tried(session, and_(Delivery.lease_owner.in_(dead_owners), Delivery.state == DeliveryState.LEASED))


def owners(session: Session) -> set[str]:
    """The owners of all present leases."""
    found = session.scalars(select(Delivery.lease_owner).where(Delivery.state == DeliveryState.LEASED).distinct())
    return {owner for owner in found if owner}


def held(owner: str | ColumnElement[str]) -> Any:
    """The condition that a row is still this owner's."""
    return and_(Delivery.lease_owner == owner, Delivery.state == DeliveryState.LEASED)


def _free(session: Session, condition: Any, **columns: Any) -> int:
    return _changed(session, condition, state=DeliveryState.QUEUED, lease_owner=None, leased_until=None, **columns)


def _free_tried(session: Session, condition: Any) -> int:
    """Nobody knows whether these were sent: that counts as an attempt."""
    return _free(session, condition, attempts=Delivery.attempts + 1)


def _changed(session: Session, condition: Any, **columns: Any) -> int:
    statement = update(Delivery).where(condition).values(**columns).execution_options(synchronize_session=False)
    result = session.execute(statement)
    assert isinstance(result, CursorResult)
    return result.rowcount
