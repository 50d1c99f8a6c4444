"""What search engines are told of: open postings, and municipalities that ever posted. A closed posting is noindex."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jobboard.domain.publication import open_clause, public_clause
from jobboard.models import Municipality, Posting, PostingPlace


def open_postings(session: Session, now: datetime) -> Sequence[tuple[int, datetime]]:
    """Id and last change of every open posting, in the order of the ids."""
    found = select(Posting.id, func.coalesce(Posting.updated_at, Posting.published_at)).where(open_clause(now))
    return [(posting_id, changed_at) for posting_id, changed_at in session.execute(found.order_by(Posting.id))]


def posting_municipalities(session: Session) -> Sequence[tuple[str, datetime]]:
    """Code, and last change of a public posting, of every municipality that has or had one; joint ones count for each."""
    changed_at = func.max(func.coalesce(Posting.updated_at, Posting.published_at))
    found = (
        select(PostingPlace.municipality_code, changed_at)
        .join(Posting, Posting.id == PostingPlace.posting_id)
        .join(Municipality, Municipality.code == PostingPlace.municipality_code)
        .where(public_clause(), Municipality.successor_code.is_(None))
        .group_by(PostingPlace.municipality_code)
        .order_by(PostingPlace.municipality_code)
    )
    return [(code, instant) for code, instant in session.execute(found)]
