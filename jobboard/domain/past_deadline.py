"""締切を過ぎた募集: what the mail about it asks, answered in one press (延長, 決定, 該当者なし)."""

from datetime import datetime

from sqlalchemy.orm import Session

from jobboard.base.errors import WrongState
from jobboard.base.states import ClosedReason, ExtensionReason, Outcome, State
from jobboard.domain import publication
from jobboard.models import Account, Posting


def is_past(posting: Posting, now: datetime) -> bool:
    """Whether the call ended at its deadline, also while the worker has not recorded it."""
    if posting.state is State.CLOSED:
        return posting.closed_reason is ClosedReason.DEADLINE
    return posting.state is State.PUBLISHED and not publication.is_open(posting, now)


def extend(
    session: Session, posting: Posting, *, until: datetime, reason: ExtensionReason, by: Account | None, now: datetime
) -> None:
    """Opens the call again until a new closing instant. Raises ``Incomplete`` for a wrong one, ``WrongState``."""
    _close(session, posting, now)
    publication.reopen(session, posting, until=until, reason=reason, by=by, now=now)


def tell(session: Session, posting: Posting, outcome: Outcome, *, by: Account | None, now: datetime) -> None:
    """Says publicly what came of it. Raises ``WrongState``."""
    _close(session, posting, now)
    publication.tell_outcome(session, posting, outcome=outcome, by=by, now=now)


def _close(session: Session, posting: Posting, now: datetime) -> None:
    publication.lock(session, posting)
    if not is_past(posting, now):
        raise WrongState(str(posting.state), "past_deadline")
    if posting.state is State.PUBLISHED:
        publication.close(session, posting, reason=ClosedReason.DEADLINE, by=None, now=posting.apply_by or now)
