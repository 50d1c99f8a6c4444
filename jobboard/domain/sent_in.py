"""Whether a posting was ever sent in, and by which way: the facts that domain/permissions asks."""

from sqlalchemy import ColumnElement, or_

from jobboard.base.states import State
from jobboard.models import Posting


def once(posting: object) -> bool:
    """Whether it is a posting that was sent in at some time, also one that was taken back."""
    return isinstance(posting, Posting) and (posting.state is not State.DRAFT or posting.submitted_at is not None)


def once_clause() -> ColumnElement[bool]:
    """``once`` in SQL."""
    return or_(Posting.state != State.DRAFT, Posting.submitted_at.is_not(None))


def through(posting: object) -> bool:
    """Whether it is a posting of which a version went through its prefecture (経由)."""
    return isinstance(posting, Posting) and any(one.through_prefecture for one in posting.versions)
