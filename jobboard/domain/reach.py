"""How many people would be told of a text now: by the matching itself, before anything is sent. Nobody is named."""

from datetime import datetime

from sqlalchemy import distinct, func, select
from sqlalchemy.orm import Session

from jobboard.base.content import Content
from jobboard.base.states import EventKind
from jobboard.domain import agreements, matching
from jobboard.domain.criteria import seen_from
from jobboard.models import Municipality, Posting

FEWEST = 10
"""Fewer are never counted out: a small number may tell who they are."""


def people(session: Session, posting: Posting, content: Content, kind: EventKind, *, now: datetime) -> int:
    """Confirmed subscribers, not paused or stopped, who would be told of ``kind`` if the posting said ``content`` now.

    A co-municipality that has not agreed is not told of, nor its readers.
    """
    content = agreements.shown(session, posting, content)
    codes = content.codes("co_municipalities")
    others = session.scalars(select(Municipality).where(Municipality.code.in_(codes))).all() if codes else []
    seen = seen_from(content, posting.municipality, others, posting_id=posting.id)
    told = matching.wanting(session, seen, kind, now, refused=posting.municipality_code)
    return session.scalar(select(func.count(distinct(told.subquery().c.subscriber_id)))) or 0


def told(count: int) -> str:
    """1,234人, or 10人未満."""
    return f"{count:,}人" if count >= FEWEST else f"{FEWEST}人未満"
