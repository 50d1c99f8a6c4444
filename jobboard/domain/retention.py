"""How long what was sent to whom is kept: personal data leaves the mail ledger, the counts stay."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, CursorResult, and_, delete, distinct, func, or_, select, update
from sqlalchemy.orm import Session

from jobboard.base.states import DeliveryState
from jobboard.models import Attempt, ChangeEvent, Delivery, MailText, Match

MAIL_KEPT = timedelta(days=90)
"""So long after it was settled a mail's recipient and words are kept, to answer 「なぜ届かなかったか」; /privacy says so."""

AT_ONCE = 5_000
"""Mails forgotten in one transaction; the next minute's sweep goes on."""

_SETTLED = (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.CANCELLED)


def forget_mail(session: Session, *, now: datetime) -> int:
    """Takes recipient, words and the server's words out of mails that were settled long enough ago; returns how many."""
    told = or_(Delivery.subscriber_id.is_not(None), Delivery.account_id.is_not(None), Delivery.text_id.is_not(None))
    until = now - MAIL_KEPT
    # No mail is settled before it is due: the index over due_at finds the old ones.
    old = select(Delivery.id).where(
        Delivery.state.in_(_SETTLED), Delivery.due_at <= until, Delivery.settled_at <= until, told
    )
    _forget_matches(session, and_(Match.dropped.is_not(None), Match.matched_at <= until))
    ids = session.scalars(old.limit(AT_ONCE)).all()
    if not ids:
        return 0
    _forget_matches(session, Match.delivery_id.in_(ids))
    emptied = update(Delivery).where(Delivery.id.in_(ids))
    emptied = emptied.values(subscriber_id=None, account_id=None, text_id=None, words={}, reason="")
    done = session.execute(emptied.execution_options(synchronize_session=False))
    session.execute(delete(Attempt).where(Attempt.delivery_id.in_(ids)))
    forget_texts(session, until=until)
    return done.rowcount if isinstance(done, CursorResult) else 0


def _forget_matches(session: Session, condition: ColumnElement[bool]) -> None:
    """Who was told of what goes; how many were told of an event stays with the event."""
    told = select(Match.event_id, func.count(distinct(Match.subscriber_id)))
    told = told.where(condition, Match.dropped.is_(None)).group_by(Match.event_id)
    for event_id, people in session.execute(told).all():
        session.execute(update(ChangeEvent).where(ChangeEvent.id == event_id).values(told=ChangeEvent.told + people))
    session.execute(delete(Match).where(condition).execution_options(synchronize_session=False))


def forget_texts(session: Session, *, until: datetime) -> None:
    """Deletes the texts made before ``until`` that no mail bears any more."""
    borne = select(Delivery.id).where(Delivery.text_id == MailText.id).exists()
    session.execute(delete(MailText).where(MailText.created_at <= until, ~borne))
