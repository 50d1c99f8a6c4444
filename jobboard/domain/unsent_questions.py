"""Mails that ask a municipality of a call found on its site and have not left: what makes one untrue takes it back."""

from datetime import datetime

from sqlalchemy import and_, select, update
from sqlalchemy.orm import Session

from jobboard.base.states import DeliveryKind, DeliveryState
from jobboard.domain import subscribers
from jobboard.models import Delivery, Posting, SourceItem

PURPOSE = "collected"
"""What the link of such a mail is for (domain/links)."""

_WAITING = Delivery.state.in_((DeliveryState.QUEUED, DeliveryState.LEASED))


def of(session: Session, item: SourceItem) -> list[int]:
    """The deliveries to the municipality that have not left."""
    kind = and_(Delivery.kind == DeliveryKind.COLLECTED, Delivery.subscriber_id.is_not(None), _WAITING)
    rows = session.execute(select(Delivery.id, Delivery.words).where(kind))
    return [number for number, words in rows if any(link[:2] == [PURPOSE, item.id] for link in words.get("links", {}).values())]


def cancel(session: Session, item: SourceItem, why: str, *, now: datetime) -> bool:
    """Cancels them; whether there was one. One that is leaving just now is not sent a second time."""
    mine = of(session, item)
    freed = {"lease_owner": None, "leased_until": None, "settled_at": now, "reason": why}
    session.execute(update(Delivery).where(Delivery.id.in_(mine), _WAITING).values(state=DeliveryState.CANCELLED, **freed))
    return bool(mine)


def take_back(session: Session, item: SourceItem, why: str, *, now: datetime) -> None:
    """The same; then nobody was asked. What has left stays asked, and what was answered stays answered."""
    if cancel(session, item, why, now=now) and item.answered_at is None and _is_free(session, item):
        unask(session, item)


def take_back_of(session: Session, posting: Posting, why: str, *, now: datetime) -> None:
    """``take_back`` of the item that the posting was made from, if any was."""
    for item in session.scalars(select(SourceItem).where(SourceItem.posting_id == posting.id)):
        take_back(session, item, why, now=now)


def _is_free(session: Session, item: SourceItem) -> bool:
    """Holds the item unless another does, who may wait for its posting: each would wait for the other."""
    free = select(SourceItem.id).where(SourceItem.id == item.id).with_for_update(skip_locked=True)
    return session.scalar(free) is not None


def unask(session: Session, item: SourceItem) -> None:
    """Nobody was asked, and no link that was mailed opens any more."""
    address, item.invited_at, item.invited_address = item.invited_address, None, ""
    item.link_generation += 1
    session.flush()
    if address:
        subscribers.drop_needless(session, subscribers.ids(session, {address}))
