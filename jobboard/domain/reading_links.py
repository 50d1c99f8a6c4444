"""上司などの確認用リンク: a draft as it stands, read without an account for 14 days, or until the link is revoked."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base import tokens
from jobboard.base.errors import NotFound
from jobboard.domain import audit, links
from jobboard.models import Account, Posting, ReadingLink

PURPOSE = "read"
LIFETIME = links.LIFETIMES[PURPOSE] or timedelta(days=14)


def make(session: Session, posting: Posting, *, key: str, by: Account, now: datetime) -> ReadingLink:
    """A new link to the posting's draft. ``key`` is TOKEN_KEY."""
    made = ReadingLink(posting=posting, made_at=now, made_by_id=by.id, expires_at=now + LIFETIME)
    session.add(made)
    session.flush()
    links.issue(session, key, PURPOSE, made.id, made.link_generation, now=now, expires_at=made.expires_at)
    audit.record(session, "reading_link:make", "posting", posting.id, by=by, now=now, link=made.id)
    return made


def revoke(session: Session, link: ReadingLink, *, by: Account, now: datetime) -> None:
    """The link opens nothing from now on; doing it twice does nothing more."""
    if link.revoked_at is not None:
        return
    link.revoked_at = now
    link.link_generation += 1
    audit.record(session, "reading_link:revoke", "posting", link.posting_id, by=by, now=now, link=link.id)


def of(session: Session, posting: Posting) -> list[ReadingLink]:
    """The posting's links, newest first."""
    found = select(ReadingLink).where(ReadingLink.posting_id == posting.id)
    return list(session.scalars(found.order_by(ReadingLink.id.desc())))


def find(session: Session, posting: Posting, number: int) -> ReadingLink:
    """One link of this posting. Raises ``NotFound``."""
    found = session.get(ReadingLink, number)
    if found is None or found.posting_id != posting.id:
        raise NotFound
    return found


def is_live(link: ReadingLink, now: datetime) -> bool:
    """Whether it still opens."""
    return link.revoked_at is None and link.expires_at > now


def token(link: ReadingLink, key: str) -> str:
    """The token of a live link, for those who may hand it on."""
    return tokens.derive(key, PURPOSE, link.id, link.link_generation)


def opened(session: Session, given: str, *, now: datetime) -> ReadingLink:
    """What a token opens. Raises ``NotFound`` for one that never was, ``StaleLink`` for one that was revoked or ran out."""
    return session.get_one(ReadingLink, links.resolve(session, given, PURPOSE, now=now).subject_id)
