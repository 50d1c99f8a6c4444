"""登録者: the one row of a reader's address, made when it is first needed and dropped when nothing needs it any more."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from jobboard.domain import audit
from jobboard.domain.addresses import address_key
from jobboard.models import Account, Correction, Handover, Question, SourceItem, Subscriber, Subscription


def of_address(session: Session, address: str, *, now: datetime) -> Subscriber:
    """The row of a checked address, made if there is none, and held: two requests for one address take turns."""
    key = address_key(address)
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    row = {"address": address, "address_key": key, "company": "", "created_at": now, "link_generation": 1}
    session.execute(insert(Subscriber).values(row).on_conflict_do_nothing(index_elements=[Subscriber.address_key]))
    return session.scalars(select(Subscriber).where(Subscriber.address_key == key).with_for_update()).one()


def restart(session: Session, person: Subscriber, *, by: Account | None = None, now: datetime) -> None:
    """Sends to the address again. Who holds a link from a mail has shown that one arrived; a dead address stops at once anew.

    What happened while it was stopped is not sent later; the audit knows since when it was. ``by`` None: its holder.
    """
    if person.stopped_at is not None:
        since = person.stopped_at.isoformat()
        audit.record(session, "mail:resume", "subscriber", person.id, by=by, now=now, stopped_at=since)
    person.stopped_at, person.stopped_for, person.soft_bounces = None, "", 0


def drop_needless(session: Session, ids: Collection[int]) -> None:
    """Deletes those of these addresses that have no subscription and wait for no answer.

    They are held first and looked at in a statement of its own: whoever used the address meanwhile has committed by then.
    """
    held = session.scalars(select(Subscriber.id).where(Subscriber.id.in_(ids)).with_for_update()).all()
    subscribed = select(Subscription.id).where(Subscription.subscriber_id == Subscriber.id).exists()
    answered_to = select(Correction.id).where(Correction.subscriber_id == Subscriber.id).exists()
    asked = select(Question.id).where(Question.asker_id == Subscriber.id).exists()
    takes_over = select(Handover.id).where(Handover.email == Subscriber.address_key, Handover.decided_at.is_(None)).exists()
    about_candidate = select(SourceItem.id).where(SourceItem.invited_address == Subscriber.address_key).exists()
    needless = (~subscribed, ~answered_to, ~asked, ~takes_over, ~about_candidate)
    session.execute(delete(Subscriber).where(Subscriber.id.in_(held), *needless))


def ids(session: Session, keys: Collection[str]) -> list[int]:
    """The rows of these address keys."""
    return list(session.scalars(select(Subscriber.id).where(Subscriber.address_key.in_(keys))))
