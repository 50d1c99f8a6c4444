"""締切を過ぎた募集: what the mail about it asks, answered in one press (延長, 決定, 該当者なし)."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from jobboard.base.errors import WrongState
from jobboard.base.states import ClosedReason, ExtensionReason, Outcome, State
from jobboard.domain import publication
from jobboard.models import Account, Posting

ASKED_FOR = timedelta(days=30)
"""So long after a deadline its outcome is asked for; what was over before is history."""


def is_past(posting: Posting, now: datetime) -> bool:
    """Whether the call ended at its deadline, also while the worker has not recorded it."""
    if posting.state is State.CLOSED:
        return posting.closed_reason is ClosedReason.DEADLINE
    return posting.state is State.PUBLISHED and not publication.is_open(posting, now)


def waits_for_answer(posting: Posting, now: datetime) -> bool:
    """Whether its municipality should say what came of it."""
    untold = posting.outcome in (None, Outcome.UNANSWERED)
    return untold and is_past(posting, now) and posting.apply_by is not None and posting.apply_by > now - ASKED_FOR


def extend(
    session: Session,
    posting: Posting,
    *,
    until: datetime,
    reason: ExtensionReason,
    note: str = "",
    by: Account | None,
    now: datetime,
) -> None:
    """Opens the call again until a new closing instant. Raises ``Incomplete`` for a wrong one, ``WrongState``."""
    _close(session, posting, now)
    publication.reopen(session, posting, until=until, reason=reason, note=note, by=by, now=now)


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
