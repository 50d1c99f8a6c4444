"""Filling an empty database with the demonstration: once, whole or not at all, never over anything real."""

from dataclasses import dataclass
from datetime import datetime, time

import sqlalchemy as sa
from sqlalchemy.orm import Session

from jobboard.base.clock import japan_date
from jobboard.base.errors import BoardError
from jobboard.demonstration import announced, content, counted, earlier, found, people, remembered, replaying, viewing
from jobboard.demonstration.relative import instant_of
from jobboard.domain import terms
from jobboard.domain.passwords import Passwords
from jobboard.models import Account, Board, ChangeEvent, Municipality, Posting, Subscriber

BEGINS = "-66w"
"""When the staff of the demonstration were invited: before the first posting of this year, a little more than three months ago."""


@dataclass(frozen=True)
class Filled:
    """What the demonstration holds."""

    municipalities: int
    postings: int
    events: int
    subscriptions: int


class NotEmpty(BoardError):
    """The database holds something that the demonstration must not be mixed with."""

    def __str__(self) -> str:
        return "このデータベースには募集か利用者がすでにあるので、見本を入れません"


def is_filled(session: Session) -> bool:
    """Whether this database is a demonstration already."""
    return bool(session.scalar(sa.select(Board.demonstration).limit(1)))


def fill(session: Session, *, now: datetime, hashing: Passwords | None = None) -> Filled:
    """Fills the database in the caller's transaction. Raises ``NotEmpty`` unless it holds no posting, account or reader.

    The history is told with its own instants and ends at ``now``. None of it is mailed: readers subscribe at ``now``, and
    what happened before counts as matched; who was told of it is forgotten, as it is in life, and the numbers are left.
    """
    board = session.execute(sa.select(Board).with_for_update()).scalar_one()
    if board.demonstration or _holds_anything(session):
        raise NotEmpty
    board.demonstration, board.review_contact = True, "総務省 見本の窓口 03-0000-0000(架空)"
    begins = instant_of(BEGINS, japan_date(now), time(9))
    staff = people.Staff(session, hashing or Passwords(), now=begins)
    towns = content.towns()
    settled = [(town, _municipality(session, town)) for town in towns]
    acting = [(town, municipality, staff.editor(town, municipality)) for town, municipality in settled]
    for _, municipality, editor in acting:
        terms.accept(session, municipality, by=editor, now=begins)
    earlier.tell(session, acting, staff.moderator, now=now)
    replaying.replay(session, acting, staff.moderator, now=now)
    session.execute(
        sa.update(ChangeEvent).where(ChangeEvent.matched_at.is_(None)).values(matched_at=ChangeEvent.occurred_at)
    )
    announced.announce(session, by=staff.moderator, now=now)
    found.find(session, settled[0][1], now=now)
    remembered.remember(session, by=staff.moderator, now=begins)
    viewing.look(session, now=now)
    counted.count(session, by=staff.administrator, now=now)
    subscribed = people.subscribe_readers(session, now=now)
    postings = session.scalar(sa.select(sa.func.count(Posting.id))) or 0
    events = session.scalar(sa.select(sa.func.count(ChangeEvent.id))) or 0
    return Filled(len(towns), postings, events, subscribed)


def _holds_anything(session: Session) -> bool:
    return any(session.scalar(sa.select(key).limit(1)) is not None for key in (Posting.id, Account.id, Subscriber.id))


def _municipality(session: Session, town: content.Town) -> Municipality:
    municipality = Municipality(**town.row, demonstration=True)
    session.add(municipality)
    session.flush()
    return municipality
