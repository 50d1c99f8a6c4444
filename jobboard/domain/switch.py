"""The switch: no mail leaves while it is off. Matching and composing go on, nothing is lost, all of it leaves afterwards."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base.errors import WrongState
from jobboard.domain import audit
from jobboard.domain.brake import read_reason
from jobboard.models import Account, Board


def state(session: Session) -> Board:
    """The board's row: ``mail_stopped_at`` and ``mail_stopped_for``."""
    return session.get_one(Board, 1)


def stop(session: Session, *, reason: str, by: Account | None, now: datetime) -> None:
    """Stops all sending. Raises ``Incomplete`` without a reason, ``WrongState`` when it is stopped already."""
    board = _held(session)
    if board.mail_stopped_at is not None:
        raise WrongState("stopped", "mail:stop")
    board.mail_stopped_for = read_reason(reason)
    board.mail_stopped_at = now
    audit.record(session, "mail:stop", "board", board.id, by=by, now=now)
    session.flush()


def start(session: Session, *, by: Account | None, now: datetime) -> None:
    """Lets mail leave again. Raises ``WrongState`` when it does already."""
    board = _held(session)
    if board.mail_stopped_at is None:
        raise WrongState("started", "mail:start")
    since = board.mail_stopped_at
    board.mail_stopped_at, board.mail_stopped_for = None, ""
    audit.record(session, "mail:start", "board", board.id, by=by, now=now, stopped_at=since.isoformat())
    session.flush()
    session.info["wake"] = True


def _held(session: Session) -> Board:
    """The row as it is now, until the transaction ends: two administrators take turns."""
    mine = select(Board).where(Board.id == 1).with_for_update(of=Board).execution_options(populate_existing=True)
    return session.scalars(mine).one()
