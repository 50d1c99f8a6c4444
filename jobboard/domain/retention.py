"""How long what was sent to whom is kept: personal data leaves the mail ledger, the counts stay."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, or_, update
from sqlalchemy.orm import Session

from jobboard.base.states import DeliveryState
from jobboard.models import Delivery

MAIL_KEPT = timedelta(days=90)
"""So long after it was settled a mail's recipient and words are kept, to answer 「なぜ届かなかったか」; /privacy says so."""

_SETTLED = (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.CANCELLED)


def forget_mail(session: Session, *, now: datetime) -> int:
    """Takes recipient, text and the server's words out of mails that were settled long enough ago; returns how many."""
    told = or_(Delivery.subscriber_id.is_not(None), Delivery.account_id.is_not(None), Delivery.subject != "")
    until = now - MAIL_KEPT
    # No mail is settled before it is due: the index over due_at finds the old ones.
    found = (Delivery.state.in_(_SETTLED), Delivery.due_at <= until, Delivery.settled_at <= until, told)
    old = update(Delivery).where(*found)
    nobody: dict[str, Any] = {"subscriber_id": None, "account_id": None}
    nothing: dict[str, Any] = {"subject": "", "text": "", "html": "", "headers": {}, "reason": ""}
    done = session.execute(old.values(nobody | nothing).execution_options(synchronize_session=False))
    return done.rowcount if isinstance(done, CursorResult) else 0
