"""Whom mail does not reach: addresses that were stopped or sent mail back, and mails that could not be sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from jobboard.base.errors import NotFound, WrongState
from jobboard.base.states import Attempted, Bounce, DeliveryState
from jobboard.domain import mail_flow, subscribers
from jobboard.models import Account, Attempt, Delivery, Subscriber

RECENT = timedelta(days=30)
"""A mail that came back for now is listed for so long."""

SHOWN = 100


@dataclass(frozen=True)
class Unreached:
    """One address. ``subscriber_id`` only where mail to it is stopped and can be started again; ``words``: the server's."""

    address: str
    at: datetime
    kind: str
    words: str
    subscriber_id: int | None = None


def unreached(session: Session, *, now: datetime, limit: int = SHOWN) -> list[Unreached]:
    """Stopped addresses, and those from which a mail came back lately; the newest first, each once."""
    stopped = select(Subscriber).where(Subscriber.stopped_at.is_not(None)).order_by(Subscriber.stopped_at.desc())
    people = session.scalars(stopped.limit(limit)).all()
    came_back = select(Delivery.subscriber_id, Delivery.bounce).where(Delivery.subscriber_id.in_([one.id for one in people]))
    came_back = came_back.where(Delivery.bounced_at.is_not(None)).order_by(Delivery.bounced_at)
    kinds = {number: bounce for number, bounce in session.execute(came_back)}
    found = [
        Unreached(one.address, one.stopped_at or now, _kind(kinds.get(one.id)), one.stopped_for, one.id) for one in people
    ]
    listed = {one.address for one in found}
    returned = select(Delivery).where(Delivery.bounced_at > now - RECENT).order_by(Delivery.bounced_at.desc())
    mails = session.scalars(returned.options(joinedload(Delivery.subscriber), joinedload(Delivery.account)).limit(limit))
    for mail in mails.all():
        address = recipient(mail)
        if address and address not in listed and not (mail.subscriber and mail.subscriber.stopped_at):
            listed.add(address)
            found.append(Unreached(address, mail.bounced_at or now, _kind(mail.bounce), _words(session, mail)))
    return sorted(found, key=lambda one: one.at, reverse=True)[:limit]


def count_stopped(session: Session) -> int:
    """How many addresses get no mail."""
    return session.scalar(select(func.count()).where(Subscriber.stopped_at.is_not(None))) or 0


def domains(session: Session, *, limit: int = 10) -> list[tuple[str, int]]:
    """The right sides of stopped addresses, the commonest first: many of one mean that its server refuses us."""
    addresses = session.scalars(select(Subscriber.address).where(Subscriber.stopped_at.is_not(None))).all()
    return mail_flow.people_by_domain(addresses)[:limit]


def failed(session: Session, *, limit: int = SHOWN) -> Sequence[Delivery]:
    """Mails that could not be sent, the newest first, with their recipients."""
    mails = select(Delivery).where(Delivery.state == DeliveryState.FAILED).order_by(Delivery.due_at.desc(), Delivery.id.desc())
    return session.scalars(mails.options(joinedload(Delivery.subscriber), joinedload(Delivery.account)).limit(limit)).all()


def recipient(mail: Delivery) -> str:
    """The address, empty when it is forgotten."""
    holder: Subscriber | Account | None = mail.subscriber or mail.account
    if holder is None:
        return ""
    return holder.address if isinstance(holder, Subscriber) else holder.email


def stopped_one(session: Session, subscriber_id: int) -> Subscriber:
    """A stopped address, held. Raises ``NotFound``, ``WrongState`` when mail goes there already."""
    held = select(Subscriber).where(Subscriber.id == subscriber_id).with_for_update(of=Subscriber)
    person = session.scalars(held.execution_options(populate_existing=True)).first()
    if person is None:
        raise NotFound
    if person.stopped_at is None:
        raise WrongState("started", "mail:resume")
    return person


def resume(session: Session, subscriber_id: int, *, by: Account | None, now: datetime) -> Subscriber:
    """Mail goes to the address again, of changes from now on; raises as ``stopped_one`` does."""
    person = stopped_one(session, subscriber_id)
    subscribers.restart(session, person, by=by, now=now)
    session.flush()
    return person


def _kind(bounce: Bounce | None) -> str:
    return bounce.label.partition("(")[0] if bounce else "受け取らない"


def _words(session: Session, mail: Delivery) -> str:
    said = select(Attempt.words).where(Attempt.delivery_id == mail.id, Attempt.outcome == Attempted.BOUNCED)
    return session.scalar(said.order_by(Attempt.id.desc()).limit(1)) or ""
