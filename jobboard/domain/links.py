"""Links in mails: the table keeps the hash of each token, and a token opens only the newest generation of its subject.

Looking at a link changes nothing; what a link is for is done by a POST (mail scanners follow links).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from jobboard.base import tokens
from jobboard.base.errors import NotFound, StaleLink
from jobboard.domain import placeholders
from jobboard.models import Account, Link, Subscriber, Subscription

Subject = Account | Subscriber | Subscription
SUBJECTS: dict[str, type[Subject]] = {
    "manage": Subscriber,
    "leave": Subscription,
    "leave_all": Subscriber,
    "confirm": Subscription,
    "invite": Account,
    "reset": Account,
}
"""What a link of each purpose is about. The subject's ``link_generation`` says which of its links still opens."""

LIFETIMES: dict[str, timedelta | None] = {
    "manage": None,
    "leave": None,
    "leave_all": None,
    "confirm": timedelta(days=7),
    "invite": timedelta(days=14),
    "reset": timedelta(hours=1),
}
"""How long a link opens, counted from when it was issued (when its mail is sent); None: as long as its generation."""


def issue(
    session: Session,
    key: str,
    purpose: str,
    subject_id: int,
    generation: int,
    *,
    now: datetime,
    expires_at: datetime | None = None,
) -> str:
    """The token of this purpose, subject and generation; its hash is kept from now on.

    Issuing again gives the same token and moves no expiry: a mail sent twice carries one link. ``key`` is TOKEN_KEY.
    """
    token, row = _made(key, purpose, subject_id, generation, now)
    _keep(session, [{**row, "expires_at": expires_at or row["expires_at"]}])
    return token


def issue_all(
    session: Session, key: str, wanted: Iterable[placeholders.Link], *, now: datetime
) -> dict[placeholders.Link, str]:
    """The tokens of many links (purpose, subject id, generation), kept by one statement."""
    made = {one: _made(key, *one, now) for one in set(wanted)}
    # In the order of the digests: two workers that keep the same links wait for each other, never in a circle.
    _keep(session, sorted((row for _, row in made.values()), key=itemgetter("digest")))
    return {one: token for one, (token, _) in made.items()}


def _made(key: str, purpose: str, subject_id: int, generation: int, now: datetime) -> tuple[str, dict[str, Any]]:
    token = tokens.derive(key, purpose, subject_id, generation)
    lifetime = LIFETIMES[purpose]
    return token, {
        "digest": tokens.digest(token),
        "purpose": purpose,
        "subject_id": subject_id,
        "generation": generation,
        "created_at": now,
        "expires_at": now + lifetime if lifetime else None,
    }


def _keep(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
        session.execute(insert(Link).on_conflict_do_nothing(index_elements=[Link.digest]), rows)


def resolve(session: Session, token: str, purpose: str, *, now: datetime) -> Link:
    """The link of this token. Raises ``NotFound`` for a token never issued or a subject that is gone, ``StaleLink`` for
    one that was renewed, used or is too old."""
    link = session.get(Link, tokens.digest(token))
    if link is None or link.purpose != purpose:
        raise NotFound
    newest = _generation(session, purpose, link.subject_id)
    if newest is None:
        raise NotFound
    if link.generation != newest or (link.expires_at is not None and link.expires_at <= now):
        raise StaleLink
    return link


def _generation(session: Session, purpose: str, subject_id: int) -> int | None:
    kind = SUBJECTS[purpose]
    return session.scalar(select(kind.link_generation).where(kind.id == subject_id))
