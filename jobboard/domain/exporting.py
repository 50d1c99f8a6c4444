"""All of a list for those who take the whole of it: part by part, so that no table fills the memory."""

from collections.abc import Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, defer, joinedload

from jobboard.models import Posting

AT_ONCE = 250
"""Postings that are in memory together."""


def postings(session: Session, wanted: Sequence[int]) -> Iterator[list[Posting]]:
    """The postings of these ids in this order, with what the public sees of each, ``AT_ONCE`` at a time.

    The caller may end its transaction between two parts, so a posting may be newer than the list of ids.
    """
    for start in range(0, len(wanted), AT_ONCE):
        part = wanted[start : start + AT_ONCE]
        found = select(Posting).where(Posting.id.in_(part)).options(joinedload(Posting.current), defer(Posting.draft))
        rows = {posting.id: posting for posting in session.scalars(found).unique()}
        yield [rows[one] for one in part if one in rows]
