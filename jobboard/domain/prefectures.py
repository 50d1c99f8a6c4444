"""都道府県: whether a submission goes through the prefecture (経由) or not (直接), what waits there, and sending it on (進達).

What waits there is held back only while the prefecture can act: its route is 経由 and an account of it is in use.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from jobboard.base.errors import WrongState
from jobboard.base.states import AccountRole
from jobboard.domain import accounts, audit
from jobboard.domain.publication import lock
from jobboard.domain.workdays import workday_after, workdays_since
from jobboard.models import Account, Membership, Municipality, Posting, PrefectureRoute, Version

OVERDUE_AFTER = 5
"""Workdays that a submission may wait at the prefecture; afterwards it is overdue, which both sides see."""


@dataclass(frozen=True)
class Waiting:
    """A submission at its prefecture: ``workdays`` since it came; ``due_on`` the last day on which it is not overdue."""

    posting: Posting
    version: Version
    workdays: int
    due_on: date

    @property
    def overdue(self) -> bool:
        """Whether it has waited longer than it should."""
        return self.workdays > OVERDUE_AFTER


def goes_through(session: Session, pref_code: str) -> bool:
    """Whether the prefecture's route is 経由."""
    row = session.get(PrefectureRoute, pref_code)
    return row is not None and row.through


def stands_first(session: Session, municipality: Municipality) -> bool:
    """Whether a submission of the municipality goes to its prefecture first: 経由, and somebody there can forward it."""
    return goes_through(session, municipality.pref_code) and bool(staff(session, municipality.pref_code))


def way(session: Session, municipality: Municipality) -> str:
    """Where a submission of the municipality goes first, for people."""
    if not goes_through(session, municipality.pref_code):
        return "総務省(直接)"
    if staff(session, municipality.pref_code):
        return f"{municipality.prefecture}(経由)"
    return f"総務省({municipality.prefecture}は経由ですが、利用中の担当者がいないため、直接)"


def through(session: Session) -> set[str]:
    """The prefectures whose route is 経由."""
    return set(session.scalars(select(PrefectureRoute.pref_code).where(PrefectureRoute.through)))


def staff(session: Session, pref_code: str) -> list[Account]:
    """The accounts in use of a prefecture."""
    of_it = select(Membership.account_id).where(Membership.pref_code == pref_code)
    return list(session.scalars(select(Account).where(Account.id.in_(of_it), accounts.in_use()).order_by(Account.id)))


def counted(session: Session) -> dict[str, int]:
    """How many accounts in use each prefecture has; none where there is none."""
    rows = select(Membership.pref_code, func.count()).join(Account).where(_of_working()).group_by(Membership.pref_code)
    return {str(code): count for code, count in session.execute(rows).all()}


def choose(session: Session, chosen: Collection[str], *, by: Account, now: datetime) -> list[Posting]:
    """Makes 経由 of these prefectures and 直接 of all others. Returns what waited there and is now before the ministry."""
    before, held = through(session), _held(session)
    for code in sorted(before ^ set(chosen)):
        row = session.get(PrefectureRoute, code)
        if row is None:
            row = PrefectureRoute(pref_code=code)
            session.add(row)
        row.through, row.changed_at, row.changed_by_id = code in chosen, now, by.id
        audit.record(session, "prefecture:route", "prefecture", code, by=by, now=now, through=row.through)
    session.flush()
    still = {posting.id for posting in _held(session)}
    return [posting for posting in held if posting.id not in still]


def stays() -> ColumnElement[bool]:
    """Whether a version is still with a prefecture that can act, where ``Posting`` and ``Version`` are joined."""
    acting = select(Membership.pref_code).join(Account).where(_of_working())
    below = select(Municipality.code).join(PrefectureRoute, PrefectureRoute.pref_code == Municipality.pref_code)
    below = below.where(PrefectureRoute.through, Municipality.pref_code.in_(acting))
    return and_(Version.through_prefecture, Version.forwarded_at.is_(None), Posting.municipality_code.in_(below))


def holds(session: Session, posting: Posting) -> bool:
    """Whether what the posting waits with is at its prefecture, and not yet before the ministry."""
    if posting.pending is None or not posting.pending.through_prefecture:
        return False
    here = select(Version.id).join(Posting, Posting.pending_id == Version.id).where(Posting.id == posting.id, stays())
    return session.scalar(here) is not None


def waiting(session: Session, posting: Posting, *, now: datetime) -> Waiting | None:
    """How long the posting has waited at its prefecture; None when it does not wait there."""
    version = posting.pending
    return _waiting(posting, version, now) if version is not None and holds(session, posting) else None


def queue(session: Session, visible: ColumnElement[bool], *, now: datetime) -> list[Waiting]:
    """What of a where-clause over ``Posting`` waits at its prefecture, the oldest first."""
    found = select(Posting, Version).join(Version, Version.id == Posting.pending_id).where(visible, stays())
    rows = session.execute(found.order_by(Version.created_at, Version.id)).unique()
    return [_waiting(posting, version, now) for posting, version in rows]


def forward(session: Session, posting: Posting, *, version_id: int, by: Account, now: datetime) -> None:
    """進達: the version goes on to the ministry. Raises ``WrongState`` when it does not wait here (any more)."""
    lock(session, posting)
    version = posting.pending
    if version is None or version.id != version_id or not holds(session, posting):
        raise WrongState(str(posting.state), "forward")
    version.forwarded_at, version.forwarded_by_id = now, by.id
    audit.record(session, "posting:forward", "posting", posting.id, by=by, now=now, version=version.id)
    session.flush()


def _waiting(posting: Posting, version: Version, now: datetime) -> Waiting:
    since = version.created_at
    return Waiting(posting, version, workdays_since(since, now), workday_after(since, OVERDUE_AFTER))


def _held(session: Session) -> list[Posting]:
    found = select(Posting).join(Version, Version.id == Posting.pending_id).where(stays()).order_by(Posting.id)
    return list(session.scalars(found).unique())


def _of_working() -> ColumnElement[bool]:
    return and_(Membership.role == AccountRole.PREFECTURE, accounts.in_use())
