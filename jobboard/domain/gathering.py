"""Whose matches are due, and what these persons were told before."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from jobboard.base.states import DeliveryState
from jobboard.domain import sets
from jobboard.models import ChangeEvent, Delivery, Match, Subscriber, Subscription


@dataclass(frozen=True)
class Told:
    """That a person was told of an event, by which mail."""

    event_id: int
    posting_id: int
    version_id: int
    delivery_id: int


def is_due(now: datetime) -> ColumnElement[bool]:
    """A match that waits for a mail, and whose time has come. What nobody wants any more does not wait (``Match.dropped``)."""
    return and_(Match.delivery_id.is_(None), Match.dropped.is_(None), Match.due_at <= now)


def people_due(session: Session, due: ColumnElement[bool], limit: int) -> list[int]:
    """The persons who have waited longest, locked."""
    # Each has a match or more: a few times as many matches nearly always hold enough of them, and cost no sorting of all.
    oldest = select(Match.subscriber_id).where(due).order_by(Match.due_at, Match.subscriber_id).limit(4 * limit)
    found = list(dict.fromkeys(session.scalars(oldest)))[:limit]
    if sets.is_sqlite(session):
        return found
    held = select(Subscriber.id).where(Subscriber.id.in_(found)).order_by(Subscriber.id)
    return list(session.scalars(held.with_for_update(skip_locked=True, key_share=True)))


def matches_of(session: Session, people: Sequence[int], due: ColumnElement[bool]) -> dict[int, list[Any]]:
    """By person: match id, event id, and of the subscription its id, link generation, criteria; the person's generation."""
    found = (
        select(
            Match.id, Match.subscriber_id, Match.event_id, Match.subscription_id, Match.criteria_id,
            Subscription.link_generation, Subscriber.link_generation.label("person_generation"),
        )
        .join(Subscription, Subscription.id == Match.subscription_id)
        .join(Subscriber, Subscriber.id == Match.subscriber_id)
        .where(sets.one_of(session, Match.subscriber_id, people), due)
        .order_by(Match.event_id, Match.subscription_id)
    )  # fmt: skip
    waiting: dict[int, list[Any]] = {}
    for row in session.execute(found):
        waiting.setdefault(row.subscriber_id, []).append(row)
    return waiting


def told_before(session: Session, people: Sequence[int], events: Iterable[ChangeEvent]) -> dict[int, list[Told]]:
    """What these persons were told of the postings of ``events``, in the order of the events."""
    postings = {event.posting_id for event in events}
    earlier = select(ChangeEvent.id, ChangeEvent.posting_id, ChangeEvent.version_id)
    by_id = {row.id: row for row in session.execute(earlier.where(ChangeEvent.posting_id.in_(postings)))}
    found = (
        select(Match.subscriber_id, Match.event_id, Match.delivery_id)
        .join(Delivery, Delivery.id == Match.delivery_id)
        .where(
            sets.one_of(session, Match.subscriber_id, people),
            Match.event_id.in_(by_id),
            Delivery.state.not_in((DeliveryState.FAILED, DeliveryState.CANCELLED)),
        )
        .order_by(Match.event_id)
    )
    told: dict[int, list[Told]] = {}
    for person, event_id, delivery_id in session.execute(found):
        event = by_id[event_id]
        told.setdefault(person, []).append(Told(event_id, event.posting_id, event.version_id, delivery_id or 0))
    return told


def drop_known(matches: Iterable[Any], told: Sequence[Told], known: list[dict[str, int]]) -> list[Any]:
    """Less the events that this person was told of through another criteria (at once, and now by the daily mail)."""
    mails = {one.event_id: one.delivery_id for one in told}
    fresh = []
    for match in matches:
        if match.event_id in mails:
            known.append({"id": match.id, "delivery_id": mails[match.event_id]})
        else:
            fresh.append(match)
    return fresh
