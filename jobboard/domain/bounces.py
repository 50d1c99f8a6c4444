"""返送: what came back is recorded with its delivery; an address that is gone gets no mail until its holder asks anew.

Who names a mail by its secret id has seen it. So a report can only tell of the address that its mail went to.
"""

import logging
import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from jobboard.base.states import Attempted, Bounce, DeliveryState, Dropped
from jobboard.base.text import clean
from jobboard.domain import returned
from jobboard.domain.letterhead import Letterhead
from jobboard.models import Attempt, Delivery, Match, Subscriber, Subscription

log = logging.getLogger(__name__)

PATIENCE = 10
"""Mails in a row that came back for now, without a sign of the holder, after which an address counts as gone."""

UNUSUAL, SHARE = 20, 5
"""When so many were stopped within an hour, and a fifth of all mails of that hour, the fault is not the addresses'."""

LONGEST_WORDS = 500
"""Characters of a server's words that are kept."""

SILENT = "返送の知らせに理由が書かれていません"

_MAILBOX = re.compile(r"(?:\"[^\"]{1,64}\"|[^\s<>\"'(),:;=\[\]]+)@[^\s<>\"'(),:;\[\]]+")
_ENCODED = re.compile(r"[^\s<>\"'(),:;=]+(?:%40|\+40|=40)[^\s<>\"'(),:;]+", re.IGNORECASE)


def receive(
    session: Session, content: bytes, letterhead: Letterhead, *, recipients: Iterable[str] = (), now: datetime
) -> Delivery | None:
    """Reads a mail that came to the bounce address; returns the delivery that it newly says something about.

    ``recipients``: of the envelope, where the server tells. Rubbish, delays, automatic answers, what is known already and
    what names no mail of ours change nothing. The same report again counts once.
    """
    report = returned.read(content, returned.Own(letterhead.bounce_address, letterhead.host), recipients=recipients)
    delivery = _of(session, report.ids)
    if delivery is None:
        log.warning("a returned mail names no mail of ours (%d octets)", len(content))
        return None
    bounce = report.bounce
    if bounce is Bounce.HARD and delivery.subscriber and delivery.subscriber.address.lower() in report.expanded:
        bounce = Bounce.SOFT  # somebody whom the address sends on to is gone; the others may get it
    if bounce is None or delivery.bounce in (bounce, Bounce.HARD):
        log.info("delivery %s: a returned mail says nothing new", delivery.id)
        return None
    return _record(session, delivery, bounce, masked(report.words, _address(delivery)) or SILENT, now=now)


def stop(session: Session, delivery: Delivery, words: str, *, now: datetime) -> None:
    """No notice goes to the delivery's reader any more; ``words``: the server's, kept without an address.

    What waits to be composed is dropped; what is queued is cancelled when leased. Staff accounts are never stopped. Whoever
    confirmed after this mail was written has shown that mail arrives: then nothing is stopped. Nor is it when suddenly most
    addresses seem gone: that is a relay or a directory out of order, and would silence everybody.
    """
    person = _held(session, delivery)
    if person is None or person.stopped_at is not None or _confirmed_since(session, person, delivery.created_at):
        return
    if _is_flood(session, now):
        log.error("subscriber %s is not stopped: too many addresses seem gone at once", person.id)
        return
    person.stopped_at, person.stopped_for = now, masked(words, person.address) or SILENT
    waiting = update(Match).where(
        Match.subscriber_id == person.id, Match.delivery_id.is_(None), Match.dropped.is_(None)
    )
    session.execute(waiting.values(dropped=Dropped.STOPPED).execution_options(synchronize_session=False))
    log.warning("subscriber %s stopped after delivery %s", person.id, delivery.id)


def _is_flood(session: Session, now: datetime) -> bool:
    since = now - timedelta(hours=1)
    stopped = session.scalar(select(func.count()).where(Subscriber.stopped_at > since)) or 0
    if stopped < UNUSUAL:
        return False
    ended = (DeliveryState.SENT, DeliveryState.FAILED)
    mails = select(func.count()).where(Delivery.state.in_(ended), Delivery.due_at > since)
    return stopped * SHARE > (session.scalar(mails) or 0)


def masked(words: str, address: str = "") -> str:
    """One line of a server's words without any mail address, and without the left side of ``address`` alone."""
    line = " ".join(clean(words.encode("utf-8", "replace").decode()).split())
    line = _ENCODED.sub("(宛先)", _MAILBOX.sub("(宛先)", line))
    local = address.rpartition("@")[0]
    if local:
        line = re.sub(rf"(?<![\w.]){re.escape(local)}(?![\w])", "(宛先)", line, flags=re.IGNORECASE)
    return line[:LONGEST_WORDS]


def _of(session: Session, ids: Iterable[str]) -> Delivery | None:
    """The first delivery of these ids, held."""
    for name in ids:
        found = select(Delivery).where(Delivery.message_id == name).with_for_update(of=Delivery)
        delivery = session.scalar(found.execution_options(populate_existing=True))
        if delivery is not None:
            return delivery
    return None


def _record(session: Session, delivery: Delivery, bounce: Bounce, words: str, *, now: datetime) -> Delivery:
    again = delivery.bounce is not None
    delivery.bounce, delivery.bounced_at = bounce, now
    if _address(delivery):  # else the ledger has forgotten to whom it was, and keeps the count alone
        session.add(Attempt(delivery_id=delivery.id, at=now, outcome=Attempted.BOUNCED, words=words))
    session.flush()
    log.warning("delivery %s came back: %s", delivery.id, bounce)
    if bounce is Bounce.HARD:
        stop(session, delivery, words, now=now)
    elif not again:
        _count(session, delivery, words, now=now)
    return delivery


def _count(session: Session, delivery: Delivery, words: str, *, now: datetime) -> None:
    person = _held(session, delivery)
    if person is None:
        return
    person.soft_bounces += 1
    if person.soft_bounces >= PATIENCE and _in_a_row(session, person, delivery) >= PATIENCE:
        stop(session, delivery, f"{PATIENCE}通続けて届きませんでした: {words}", now=now)


def _in_a_row(session: Session, person: Subscriber, last: Delivery) -> int:
    """How many of the person's mails up to this one came back, until one that did not."""
    mails = select(Delivery.bounce, Delivery.state).where(Delivery.subscriber_id == person.id, Delivery.id <= last.id)
    count = 0
    for bounce, state in session.execute(mails.order_by(Delivery.id.desc()).limit(5 * PATIENCE)):
        if bounce is not None:
            count += 1
        elif state is DeliveryState.SENT:
            break
    return count


def _held(session: Session, delivery: Delivery) -> Subscriber | None:
    if delivery.subscriber_id is None:
        return None
    held = select(Subscriber).where(Subscriber.id == delivery.subscriber_id).with_for_update(of=Subscriber)
    return session.scalar(held.execution_options(populate_existing=True))


def _confirmed_since(session: Session, person: Subscriber, instant: datetime) -> bool:
    later = select(Subscription.id).where(
        Subscription.subscriber_id == person.id, Subscription.confirmed_at > instant
    )
    return session.scalar(later.limit(1)) is not None


def _address(delivery: Delivery) -> str:
    if delivery.subscriber is not None:
        return delivery.subscriber.address
    return delivery.account.email if delivery.account is not None else ""
