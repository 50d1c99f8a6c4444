"""The names that a criteria is described with: of its municipalities and of its postings."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.domain.criteria import Criteria
from jobboard.domain.describing import posting_key
from jobboard.domain.publication import public_clause
from jobboard.models import Municipality, Posting

CHUNK = 500
"""Ids named in one statement: the mails of one run may bear any number of them."""


def names(session: Session, criteria: Iterable[Criteria]) -> dict[str, str]:
    """What ``Criteria.describe`` takes: 宮城県青葉市 by its code, 宮城県青葉市『CIO補佐官』 by ``posting_key``.

    A posting that the public may not see has no name here.
    """
    wanted = list(criteria)
    codes = {code for one in wanted for code in one.municipality}
    postings = sorted({number for one in wanted for number in one.posting})
    places = session.scalars(select(Municipality).where(Municipality.code.in_(codes))) if codes else ()
    found = {place.code: place.full_name for place in places}
    for start in range(0, len(postings), CHUNK):
        found |= _of_postings(session, postings[start : start + CHUNK])
    return found


def _of_postings(session: Session, ids: Sequence[int]) -> dict[str, str]:
    named = select(Posting.id, Posting.title, Municipality).join(Posting.municipality)
    rows = session.execute(named.where(public_clause(), Posting.id.in_(ids)))
    return {posting_key(number): f"{place.full_name}『{title}』" for number, title, place in rows}
