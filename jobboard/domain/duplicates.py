"""Whether a municipality is about to send in the same call twice: near-same title, and the same time."""

from datetime import date, datetime
from difflib import SequenceMatcher

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base.content import Content, from_json
from jobboard.base.states import State
from jobboard.base.text import fold
from jobboard.domain.publication import is_open
from jobboard.models import Posting

ALIKE = 0.85
"""How alike two folded titles must be (difflib ratio)."""

_WAITING = (State.SUBMITTED, State.APPROVED)
_SENT_IN = (*_WAITING, State.PUBLISHED, State.CLOSED)
MOST = 200
"""Postings of one municipality that are compared, the newest ones."""


def alike(session: Session, posting: Posting, content: Content, *, now: datetime) -> list[Posting]:
    """The same municipality's other postings that were sent in and bear nearly this title, the newest first.

    They wait or are open now, or their term overlaps. What the posting was copied from is no duplicate once it is over.
    """
    title = fold(content.text("title"))
    if not title:
        return []
    others = select(Posting).where(
        Posting.municipality_code == posting.municipality_code, Posting.id != posting.id, Posting.state.in_(_SENT_IN)
    )
    found = session.scalars(others.order_by(Posting.id.desc()).limit(MOST)).unique()
    return [other for other in found if _is_same(posting, content, title, other, now)]


def _is_same(posting: Posting, content: Content, title: str, other: Posting, now: datetime) -> bool:
    version = other.pending or other.current
    if version is None or not is_like(title, fold(str(version.content.get("title", "")))):
        return False
    if other.state in _WAITING or is_open(other, now):
        return True
    return other.id != posting.copied_from_id and overlap(term(content), term(from_json(version.content)))


def is_like(one: str, other: str) -> bool:
    """Whether two folded titles are nearly the same."""
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE and matcher.ratio() >= ALIKE


def term(content: Content) -> tuple[date, date] | None:
    """First and last day; None where either is left open."""
    first, last = content.day("term_start_on"), content.day("term_end_on")
    return (first, last) if first and last else None


def overlap(one: tuple[date, date] | None, other: tuple[date, date] | None) -> bool:
    """Whether two known terms have a day in common."""
    return one is not None and other is not None and one[0] <= other[1] and other[0] <= one[1]
