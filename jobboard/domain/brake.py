"""The brake: notices to far more people than usual wait until a moderator has decided. All counts are persons.

Counted are the people whose notice is due, and the notices of the last 24 hours to the minute: from the mails themselves, since
``MailDay`` knows whole days only. What was released counts nothing any more; whatever comes later counts from nought.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, CursorResult, and_, distinct, func, not_, select, true, update
from sqlalchemy.orm import Session

from jobboard.base.clock import japan_date
from jobboard.base.errors import Incomplete, NotFound, Problem, WrongState
from jobboard.base.states import DeliveryKind, DeliveryState, Dropped
from jobboard.domain import audit, notices
from jobboard.domain.gathering import is_due
from jobboard.domain.letterhead import Letterhead
from jobboard.models import Account, Board, ChangeEvent, Delivery, Hold, MailDay, MailText, Match

DAYS = 28
ENOUGH_DAYS = 7
"""So many of the last ``DAYS`` must have had mail before their busiest one tells what is usual."""

FLOOR = 100
"""Persons that a multiple of the usual never holds: two mails instead of none are no accident."""

WINDOW = timedelta(hours=24)
RECOUNT = timedelta(seconds=60)
LONGEST_REASON = 500

NOBODY_LEFT = "送る相手がいなくなったため"
"""Why a hold ends by itself."""


@dataclass(frozen=True)
class Limits:
    """``over``: persons in 24 hours (MAIL_HOLD_OVER); ``times`` the busiest day (MAIL_HOLD_TIMES); 0 is no limit."""

    over: int = 0
    times: int = 0


@dataclass(frozen=True)
class Count:
    """The columns of a ``Hold``; ``limit`` None: nothing holds. Matches after ``newest`` are not in it."""

    waiting: int
    today: int
    limit: int | None
    usual: int | None
    newest: int

    @property
    def is_over(self) -> bool:
        return self.limit is not None and self.waiting > 0 and self.waiting + self.today > self.limit


class Brake:
    """One worker's brake. It counts anew only when something can have come due since, and once a minute."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._counted: tuple[int, int, datetime] | None = None
        self._next_due: datetime | None = None

    def free(self, session: Session, letterhead: Letterhead, *, now: datetime) -> ColumnElement[bool] | None:
        """Which of the due matches may be composed at ``now``; None: none. Makes the hold when the count is over the limit.

        While a hold is open nothing is composed but what an earlier release still has to send. One whose people have all gone
        asks nothing any more, and ends.
        """
        hold = open_hold(session)
        if hold is not None and session.scalar(select(Match.id).where(_held_by(session, hold)).limit(1)) is None:
            _end(session, hold, now=now)
            hold = None
        released = last_released(session)
        if hold is None and self.limits != Limits() and not self._is_known(session, released, now):
            hold = self._look(session, letterhead, released, now)
        if hold is None:
            return true()
        return _counted_by(released) if released else None

    def _is_known(self, session: Session, released: Hold | None, now: datetime) -> bool:
        """Whether the last count still holds: no new match by whatever worker, none come due by time, no decision."""
        if self._counted is None:
            return False
        newest, decided, at = self._counted
        same = newest == _newest(session) and decided == (released.id if released else 0)
        return same and at <= now < at + RECOUNT and (self._next_due is None or now < self._next_due)

    def _look(self, session: Session, letterhead: Letterhead, released: Hold | None, now: datetime) -> Hold | None:
        found = count(session, self.limits, now=now)
        if found.is_over:
            return _hold(session, found, letterhead, now=now)
        self._counted = found.newest, released.id if released else 0, now
        waits = and_(Match.delivery_id.is_(None), Match.dropped.is_(None))
        self._next_due = session.scalar(select(func.min(Match.due_at)).where(waits, Match.due_at > now))
        return None


def count(session: Session, limits: Limits, *, now: datetime, after: datetime | None = None) -> Count:
    """What the brake sees at ``now``; ``after``: of what comes due later than that, for an instant that is still to come."""
    released, newest = last_released(session), _newest(session)
    waiting = select(func.count(distinct(Match.subscriber_id))).where(is_due(now), Match.id <= newest)
    if after is not None:
        waiting = waiting.where(Match.due_at > after)
    mails = (
        select(func.count())
        .select_from(MailText)
        .join(Delivery, Delivery.text_id == MailText.id)
        .where(Delivery.kind == DeliveryKind.NOTICE, Delivery.state != DeliveryState.CANCELLED)
    )
    # A notice and its text are written in one transaction, and the text's time has an index.
    since = now - WINDOW
    if released is not None:
        since = max(since, released.made_at)
        waiting = waiting.where(not_(_counted_by(released)))
        mails = mails.where(~select(Match.id).where(Match.delivery_id == Delivery.id, _counted_by(released)).exists())
    today = session.scalar(mails.where(MailText.created_at > since)) or 0
    limit, usual = _limit(session, limits, now)
    return Count(session.scalar(waiting) or 0, today, limit, usual, newest)


def _newest(session: Session) -> int:
    return session.scalar(select(func.max(Match.id))) or 0


def _limit(session: Session, limits: Limits, now: datetime) -> tuple[int | None, int | None]:
    """The lower one of both limits, and the busiest day if it is that one's."""
    today = japan_date(now)
    days = select(func.max(MailDay.notices), func.count()).where(
        MailDay.on >= today - timedelta(days=DAYS), MailDay.on < today, MailDay.notices > 0
    )
    busiest, mailed = session.execute(days).one()
    over = limits.over or None
    if not limits.times or mailed < ENOUGH_DAYS:
        return over, None
    multiple = max(FLOOR, limits.times * busiest)
    return (over, None) if over is not None and over <= multiple else (multiple, busiest)


def _hold(session: Session, found: Count, letterhead: Letterhead, *, now: datetime) -> Hold:
    """The one open hold: two workers that count at once take turns here, and the second finds the first one's."""
    session.scalars(select(Board.id).where(Board.id == 1).with_for_update()).all()
    earlier = open_hold(session)
    if earlier is not None:
        return earlier
    hold = Hold(
        made_at=now, waiting=found.waiting, today=found.today, limit=found.limit or 0, usual=found.usual,
        last_match_id=found.newest, discarded=False, reason="",
    )  # fmt: skip
    session.add(hold)
    session.flush()
    held = [(event.posting, event.kind, people) for event, people in contents(session, hold, limit=3)]
    notices.held(session, hold, held, base_url=letterhead.base_url, site=letterhead.site, now=now)
    return hold


def open_hold(session: Session) -> Hold | None:
    """The hold that waits for a decision."""
    return session.scalars(select(Hold).where(Hold.released_at.is_(None)).order_by(Hold.id).limit(1)).first()


def last_released(session: Session) -> Hold | None:
    """What was released last; it holds whatever an earlier release still has to send, too."""
    decided = select(Hold).where(Hold.released_at.is_not(None), Hold.discarded.is_(False))
    return session.scalars(decided.order_by(Hold.id.desc()).limit(1)).first()


def decided(session: Session, *, limit: int = 10) -> Sequence[Hold]:
    """Released and discarded ones, the newest first."""
    found = select(Hold).where(Hold.released_at.is_not(None)).order_by(Hold.id.desc()).limit(limit)
    return session.scalars(found).all()


def holds_back(session: Session, match: Match) -> Hold | None:
    """The open hold that a due match waits at."""
    hold, released = open_hold(session), last_released(session)
    if hold is None or (released is not None and counts(released, match)):
        return None
    return hold


def counts(hold: Hold, match: Match) -> bool:
    """Whether the match is one of those that the hold is about."""
    return match.id <= hold.last_match_id and match.due_at <= hold.made_at


def _counted_by(hold: Hold) -> ColumnElement[bool]:
    """``counts`` in SQL."""
    return and_(Match.id <= hold.last_match_id, Match.due_at <= hold.made_at)


def _held_by(session: Session, hold: Hold) -> ColumnElement[bool]:
    """What waits at an open hold: due when it was made, and not on its way by an earlier release."""
    waits = and_(Match.delivery_id.is_(None), Match.dropped.is_(None), _counted_by(hold))
    released = last_released(session)
    return and_(waits, not_(_counted_by(released))) if released else waits


def people(session: Session, hold: Hold) -> int:
    """How many persons an open hold still is about: some have left, or pause, since it was made."""
    return session.scalar(select(func.count(distinct(Match.subscriber_id))).where(_held_by(session, hold))) or 0


def contents(session: Session, hold: Hold, *, limit: int = 10) -> list[tuple[ChangeEvent, int]]:
    """What is held: events with the number of persons whom each is to be told, the most first."""
    persons = func.count(distinct(Match.subscriber_id))
    most = (
        select(Match.event_id, persons)
        .where(_held_by(session, hold))
        .group_by(Match.event_id)
        .order_by(persons.desc(), Match.event_id)
        .limit(limit)
    )
    return [(session.get_one(ChangeEvent, number), count) for number, count in session.execute(most)]


def release(session: Session, hold_id: int, *, by: Account | None, now: datetime) -> int:
    """What the hold counted may go out; returns to how many persons it still does.

    Raises ``NotFound``, and ``WrongState`` when it was decided before.
    """
    hold = _undecided(session, hold_id, "mail:release")
    reached = people(session, hold)
    hold.released_at, hold.released_by_id = now, by.id if by else None
    audit.record(session, "mail:release", "hold", hold.id, by=by, now=now, waiting=hold.waiting)
    session.flush()
    session.info["wake"] = True
    return reached


def discard(session: Session, hold_id: int, *, reason: str, by: Account | None, now: datetime) -> int:
    """What the hold counted is never sent; returns how many matches. Raises as ``release`` does, and ``Incomplete``."""
    hold = _undecided(session, hold_id, "mail:discard")
    hold.reason = read_reason(reason)
    mine = update(Match).where(_held_by(session, hold)).values(dropped=Dropped.DISCARDED)
    dropped = session.execute(mine.execution_options(synchronize_session=False))
    assert isinstance(dropped, CursorResult)
    hold.released_at, hold.released_by_id, hold.discarded = now, by.id if by else None, True
    audit.record(session, "mail:discard", "hold", hold.id, by=by, now=now, waiting=hold.waiting, matches=dropped.rowcount)
    session.flush()
    session.info["wake"] = True
    return dropped.rowcount


def _end(session: Session, hold: Hold, *, now: datetime) -> None:
    """Discards nothing, so that whoever comes back from a pause is counted anew. A moderator may have been faster."""
    with contextlib.suppress(WrongState):
        discard(session, hold.id, reason=NOBODY_LEFT, by=None, now=now)


def _undecided(session: Session, hold_id: int, action: str) -> Hold:
    found = select(Hold).where(Hold.id == hold_id).with_for_update(of=Hold).execution_options(populate_existing=True)
    hold = session.scalars(found).first()
    if hold is None:
        raise NotFound
    if hold.released_at is not None:
        raise WrongState("discarded" if hold.discarded else "released", action)
    return hold


def read_reason(typed: str) -> str:
    """A reason on one line. Raises ``Incomplete`` when nothing, or too much, was typed."""
    words = " ".join(typed.split())
    if not words:
        raise Incomplete([Problem("reason", "理由を入力してください。")])
    if len(words) > LONGEST_REASON:
        raise Incomplete([Problem("reason", f"理由は{LONGEST_REASON}文字以内で入力してください。")])
    return words
