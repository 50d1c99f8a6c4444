"""From a delivery row to the letter that leaves: links are made here and nowhere kept, the address is read here."""

import re
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base.letter import Letter
from jobboard.domain import links, placeholders
from jobboard.domain.letterhead import Letterhead
from jobboard.models import Delivery, Subscription

PATHS = {
    "manage": "/subscriptions/{}",
    "leave": "/u/{}",
    "leave_all": "/u/{}",
    "confirm": "/subscribe/confirm/{}",
    "invite": "/invitation/{}",
    "reset": "/reset/{}",
}
"""Where a link of each purpose leads."""


def letter(session: Session, delivery: Delivery, letterhead: Letterhead, *, now: datetime) -> Letter:
    """The mail as it goes out. Sending again gives equal bytes: tokens are derived, the date is the row's.

    Only links of the recipient's own become URLs. A placeholder that somebody wrote into a posting stays text. Raises
    ``ValueError`` when no letter can be made of the row.
    """
    own = _own_subjects(session, delivery)
    placeholder = placeholders.pattern(delivery.message_id, PATHS)

    def link(found: re.Match[str]) -> str:
        purpose, subject_id, generation = found[1], int(found[2]), int(found[3])
        if subject_id not in own.get(purpose, ()):
            return found[0]
        token = links.issue(session, letterhead.key, purpose, subject_id, generation, now=now)
        return letterhead.base_url + PATHS[purpose].format(token)

    def filled(words: str) -> str:
        return placeholder.sub(link, words)

    recipient = delivery.subscriber.address if delivery.subscriber else delivery.account.email if delivery.account else ""
    return Letter(
        message_id=f"{delivery.message_id}@{letterhead.host}",
        sender=letterhead.sender,
        sender_name=letterhead.site,
        recipient=recipient,
        envelope_sender=letterhead.bounce_address,
        subject=" ".join(delivery.subject.split()),
        text=filled(delivery.text),
        html=filled(delivery.html),
        headers={name: filled(words) for name, words in delivery.headers.items()},
        date=delivery.created_at,
    )


def _own_subjects(session: Session, delivery: Delivery) -> dict[str, Collection[int]]:
    """What the recipient may hold links to, by purpose."""
    if delivery.account_id is not None:
        return dict.fromkeys(("invite", "reset"), (delivery.account_id,))
    mine = set(session.scalars(select(Subscription.id).where(Subscription.subscriber_id == delivery.subscriber_id)))
    person = {delivery.subscriber_id or 0}
    return {"manage": person, "leave_all": person, "leave": mine, "confirm": mine}
