"""From a delivery row to the letter that leaves: links are made here and nowhere kept, the address is read here."""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from markupsafe import escape
from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base.letter import Letter
from jobboard.base.text import clean
from jobboard.domain import links, placeholders
from jobboard.domain.letterhead import Letterhead
from jobboard.domain.wrapping import wrap
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
    frozen = delivery.mail_text
    if frozen is None:
        raise ValueError("its text is gone")
    urls = _urls(session, delivery, letterhead, now=now)
    words = {name: text for name, text in delivery.words.items() if isinstance(text, str)}
    places = placeholders.pattern(frozen.uuid)
    recipient = delivery.subscriber.address if delivery.subscriber else delivery.account.email if delivery.account else ""
    return Letter(
        message_id=f"{delivery.message_id}@{letterhead.host}",
        sender=letterhead.sender,
        sender_name=letterhead.site,
        recipient=recipient,
        envelope_sender=letterhead.return_path(delivery.message_id),
        subject=" ".join(clean(frozen.subject).split()),
        text=places.sub(_in_text(urls, words), frozen.text),
        html=places.sub(_in_html(urls, words), frozen.html),
        headers={name: places.sub(_in_html(urls, {}), value) for name, value in frozen.headers.items()},
        date=delivery.created_at,
    )


def _in_text(urls: Mapping[str, str], words: Mapping[str, str]) -> Callable[[re.Match[str]], str]:
    """Words that begin a line are wrapped with its indentation; a URL is never broken."""

    def filled(found: re.Match[str]) -> str:
        indent, name = found[1], found[2]
        if name in urls or indent is None:
            return (indent or "") + (urls.get(name) or words.get(name) or found[0])
        return wrap(words[name], indent=indent) if name in words else found[0]

    return filled


def _in_html(urls: Mapping[str, str], words: Mapping[str, str]) -> Callable[[re.Match[str]], str]:
    def filled(found: re.Match[str]) -> str:
        indent, name = found[1], found[2]
        if name in urls:
            return (indent or "") + urls[name]
        return (indent or "") + str(escape(words[name])) if name in words else found[0]

    return filled


def _urls(session: Session, delivery: Delivery, letterhead: Letterhead, *, now: datetime) -> dict[str, str]:
    """By name, the URLs of the recipient's own links."""
    own = _own_subjects(session, delivery)
    found = {}
    for name, (purpose, subject_id, generation) in delivery.words.get("links", {}).items():
        if subject_id in own.get(purpose, ()):
            token = links.issue(session, letterhead.key, purpose, subject_id, generation, now=now)
            found[name] = letterhead.base_url + PATHS[purpose].format(token)
    return found


def _own_subjects(session: Session, delivery: Delivery) -> dict[str, Collection[int]]:
    """What the recipient may hold links to, by purpose."""
    if delivery.account_id is not None:
        return dict.fromkeys(("invite", "reset"), (delivery.account_id,))
    mine = set(session.scalars(select(Subscription.id).where(Subscription.subscriber_id == delivery.subscriber_id)))
    person = {delivery.subscriber_id or 0}
    return {"manage": person, "leave_all": person, "leave": mine, "confirm": mine}
