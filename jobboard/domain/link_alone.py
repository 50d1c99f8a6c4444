"""リンクのみ, ended: what no longer holds of it, and what is said instead (docs/decisions/0031)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base.states import Dropped, EventKind, State
from jobboard.domain import leasing
from jobboard.models import ChangeEvent, Match, Posting

ENDINGS = (EventKind.CLOSED, EventKind.WITHDRAWN)


def is_over(posting: Posting) -> bool:
    """Whether only its link was known, and is not shown any more."""
    return posting.link_only and posting.state is not State.PUBLISHED


def call_back(session: Session, posting: Posting, *, now: datetime) -> None:
    """Lets nobody be told any more that it is here: what waits for a mail, or stands in one that was not tried yet."""
    news = select(ChangeEvent.id).where(ChangeEvent.posting_id == posting.id, ChangeEvent.kind.not_in(ENDINGS))
    leasing.recall(session, Match.event_id.in_(news), Dropped.ENDED, now=now)
