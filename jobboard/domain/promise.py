"""What the ministry promises whoever sends a call in: who looks at it, by when in 開庁日, and whom to call meanwhile."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from jobboard.base.clock import japan_date
from jobboard.base.errors import Incomplete, Problem
from jobboard.base.text import clean
from jobboard.domain import audit
from jobboard.domain.workdays import workday_after, workdays_since
from jobboard.models import Account, Board

SHORTEST, LONGEST = 1, 20
LONGEST_CONTACT = 200


@dataclass(frozen=True)
class Promise:
    """``by``: the last day in Japan, ``workdays`` 開庁日 after the submission; ``contact`` a telephone number or address."""

    by: date
    workdays: int
    contact: str
    is_late: bool


@dataclass(frozen=True)
class Waited:
    """What came to the ministry at ``since``: 開庁日 until it was looked at, or until now, and how that is to the promise.

    ``due_on``: the last day promised; ``late_by``: 開庁日 beyond it, 0 also on a holiday after it.
    """

    since: datetime
    workdays: int
    due_on: date
    is_late: bool
    late_by: int


def waited(board: Board, came: datetime, *, until: datetime) -> Waited:
    """By what is promised now, which need not be what was promised then."""
    workdays, due_on = workdays_since(came, until), workday_after(came, board.review_workdays)
    return Waited(came, workdays, due_on, japan_date(until) > due_on, max(0, workdays - board.review_workdays))


def promise(session: Session, submitted_at: datetime, *, contact: str, now: datetime) -> Promise:
    """What is promised for a submission of that instant; ``contact`` stands where the ministry named none."""
    board = session.get_one(Board, 1)
    by = workday_after(submitted_at, board.review_workdays)
    return Promise(by, board.review_workdays, board.review_contact or contact, japan_date(now) > by)


def set_promise(session: Session, *, workdays: str, contact: str, by: Account, now: datetime) -> Board:
    """Sets what is promised from now on, as typed. Raises ``Incomplete`` for another number than 1 to 20 開庁日."""
    problems = []
    typed = clean(workdays)
    if not (typed.isdecimal() and SHORTEST <= int(typed[:4]) <= LONGEST):
        problems.append(Problem("workdays", f"{SHORTEST}から{LONGEST}までの数で書いてください(例: 3)。"))
    said = " ".join(clean(contact).split())
    if len(said) > LONGEST_CONTACT:
        problems.append(Problem("contact", f"{LONGEST_CONTACT}字以内で書いてください(今は{len(said)}字)。"))
    if problems:
        raise Incomplete(problems)
    board = session.get_one(Board, 1)
    board.review_workdays, board.review_contact = int(typed), said
    audit.record(session, "board:promise", "board", 1, by=by, now=now, workdays=int(typed))
    session.flush()
    return board
