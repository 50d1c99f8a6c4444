"""Links in mails: the table keeps the hash of each token, and a token opens only the newest generation of its subject.

Looking at a link changes nothing; what a link is for is done by a POST (mail scanners follow links).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, Text, literal, select, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from jobboard.base import tokens
from jobboard.base.errors import NotFound, StaleLink
from jobboard.domain import placeholders, sets
from jobboard.models import Account, Handover, Link, Question, ReadingLink, SourceItem, Subscriber, Subscription

Subject = Account | Handover | Question | ReadingLink | SourceItem | Subscriber | Subscription
SUBJECTS: dict[str, type[Subject]] = {
    "manage": Subscriber,
    "leave": Subscription,
    "leave_all": Subscriber,
    "confirm": Subscription,
    "question": Question,
    "invite": Account,
    "reset": Account,
    "read": ReadingLink,
    "handover": Handover,
    "collected": SourceItem,
}
"""What a link of each purpose is about. The subject's ``link_generation`` says which of its links still opens."""

LIFETIMES: dict[str, timedelta | None] = {
    "manage": None,
    "leave": None,
    "leave_all": None,
    "confirm": timedelta(days=7),
    "question": timedelta(days=7),
    "invite": timedelta(days=7),
    "reset": timedelta(hours=1),
    "read": timedelta(days=14),
    "handover": timedelta(days=7),
    "collected": timedelta(days=14),
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
    token = tokens.derive(key, purpose, subject_id, generation)
    lifetime = LIFETIMES[purpose]
    ends_at = expires_at or (now + lifetime if lifetime else None)
    _keep(session, [(token, (purpose, subject_id, generation))], now, ends_at)
    return token


def issue_all(
    session: Session, key: str, wanted: Iterable[placeholders.Link], *, now: datetime
) -> dict[placeholders.Link, str]:
    """The tokens of many links, their hashes kept by one statement (one for each lifetime)."""
    made = {one: tokens.derive(key, *one) for one in set(wanted)}
    by_lifetime: dict[timedelta | None, list[tuple[str, placeholders.Link]]] = {}
    for one, token in made.items():
        by_lifetime.setdefault(LIFETIMES[one[0]], []).append((token, one))
    for lifetime, named in by_lifetime.items():
        _keep(session, named, now, now + lifetime if lifetime else None)
    return made


def _keep(
    session: Session, named: Sequence[tuple[str, placeholders.Link]], now: datetime, expires_at: datetime | None
) -> None:
    # In the order of the digests: two workers that keep the same links wait for each other, never in a circle.
    digests, kept = zip(*sorted((tokens.digest(token), one) for token, one in named), strict=True)
    purposes, subjects, generations = zip(*kept, strict=True)
    columns: dict[str, tuple[Any, Sequence[Any]]] = {"digest": (Text, digests), "purpose": (Text, purposes)}
    columns |= {"subject_id": (Integer, subjects), "generation": (Integer, generations)}
    listed = sets.rows(session, columns)
    instants = (literal(now, Link.created_at.type), literal(expires_at, Link.expires_at.type))
    rows = select(listed.c.digest, listed.c.purpose, listed.c.subject_id, listed.c.generation, *instants)
    insert = sqlite.insert if sets.is_sqlite(session) else postgresql.insert
    # SQLite would take ON CONFLICT for a part of the SELECT were there no WHERE (sqlite.org/lang_upsert.html, 2.2).
    fresh = insert(Link).from_select([*columns, "created_at", "expires_at"], rows.where(true()))
    session.execute(fresh.on_conflict_do_nothing(index_elements=[Link.digest]))


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
