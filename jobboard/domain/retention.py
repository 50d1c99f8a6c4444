"""How long what is kept is kept: 保存期間 in years; and the mail ledger, which personal data leaves while the counts stay."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Protocol

from sqlalchemy import ColumnElement, CursorResult, and_, delete, distinct, func, or_, select, update
from sqlalchemy.orm import Session

from jobboard.base.clock import fiscal_year, japan_date, start_of
from jobboard.base.states import DeliveryState
from jobboard.models import Attempt, ChangeEvent, Delivery, MailText, Match

MAIL_KEPT = timedelta(days=90)
"""So long after it was settled a mail's recipient and words are kept, to answer 「なぜ届かなかったか」; /privacy says so."""

AT_ONCE = 5_000
"""Mails forgotten in one transaction; the next minute's sweep goes on."""

LEAST_YEARS = 1
"""Nothing that is kept by years is kept shorter, whatever is asked for."""


class Settings(Protocol):
    """The part of the installation's settings that retention reads."""

    @property
    def keep_postings_years(self) -> int: ...
    @property
    def keep_audit_years(self) -> int: ...
    @property
    def upload_dir(self) -> Path: ...


@dataclass(frozen=True)
class Terms:
    """保存期間 in years, and the folder of attachments where this process may sweep it."""

    postings_years: int = 10
    audit_years: int = 10
    upload_dir: Path | None = None

    @classmethod
    def of(cls, settings: Settings) -> "Terms":
        return cls(settings.keep_postings_years, settings.keep_audit_years, settings.upload_dir)


def over_since(years: int, *, now: datetime) -> datetime:
    """What happened before this instant has been kept long enough: 1 April, ``years`` before this fiscal year began.

    A term begins on 1 April after the fiscal year in which the record was made (公文書等の管理に関する法律施行令8条).
    """
    return start_of(date(fiscal_year(japan_date(now)) - max(years, LEAST_YEARS), 4, 1))


_SETTLED = (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.CANCELLED)


def forget_mail(session: Session, *, now: datetime) -> int:
    """Takes recipient, words and the server's words out of mails that were settled long enough ago; returns how many."""
    until = now - MAIL_KEPT
    _forget_matches(session, and_(Match.dropped.is_not(None), Match.matched_at <= until))
    ids = session.scalars(select(Delivery.id).where(old_mail(now)).limit(AT_ONCE)).all()
    if not ids:
        return 0
    _forget_matches(session, Match.delivery_id.in_(ids))
    emptied = update(Delivery).where(Delivery.id.in_(ids))
    emptied = emptied.values(subscriber_id=None, account_id=None, text_id=None, words={}, reason="")
    done = session.execute(emptied.execution_options(synchronize_session=False))
    session.execute(delete(Attempt).where(Attempt.delivery_id.in_(ids)))
    forget_texts(session, until=until)
    return done.rowcount if isinstance(done, CursorResult) else 0


def old_mail(now: datetime) -> ColumnElement[bool]:
    """Mails that still say to whom or what, and were settled long enough ago."""
    told = or_(Delivery.subscriber_id.is_not(None), Delivery.account_id.is_not(None), Delivery.text_id.is_not(None))
    until = now - MAIL_KEPT
    # No mail is settled before it is due: the index over due_at finds the old ones.
    return and_(Delivery.state.in_(_SETTLED), Delivery.due_at <= until, Delivery.settled_at <= until, told)


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
