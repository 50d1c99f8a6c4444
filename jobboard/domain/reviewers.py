"""Who reviews a posting: the moderator who took it on (担当), and who has its page open now.

Neither keeps anybody from deciding; both are told, so that two do not do the same work without knowing.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from jobboard.base.errors import WrongState
from jobboard.base.states import State
from jobboard.domain import accounts, audit, permissions, prefectures, sets
from jobboard.domain.publication import lock
from jobboard.models import Account, Posting, Presence

TOLD_EVERY = timedelta(seconds=30)
"""How often an open page says that it is open; static/js/presence.js keeps to it."""

SEEN_FOR = TOLD_EVERY * 2.5
"""So long after its last word a page counts as open: one word may be lost on the way."""


def holder(session: Session, posting: Posting) -> Account | None:
    """The moderator who took the posting on, while the account is in use and still moderates."""
    account = session.get(Account, posting.reviewer_id) if posting.reviewer_id else None
    return account if permissions.moderates(account) else None


def take_on(session: Session, posting: Posting, *, instead_of: int, by: Account, now: datetime) -> None:
    """担当する. Raises ``WrongState("held", …)`` while another than ``instead_of`` (an account's id, 0 for none) holds it.

    ``WrongState`` with the posting's state where nothing waits.
    """
    lock(session, posting)
    if posting.pending is None or posting.state is State.APPROVED or prefectures.holds(session, posting):
        raise WrongState(str(posting.state), "take_on")
    before = holder(session, posting)
    if before is not None and before.id == by.id:
        return
    if before is not None and before.id != instead_of:
        raise WrongState("held", "take_on")
    posting.reviewer_id, posting.reviewer_since = by.id, now
    audit.record(
        session, "posting:take_on", "posting", posting.id, by=by, now=now, reviewer=before.id if before else None
    )
    session.flush()


def put_down(session: Session, posting: Posting, *, by: Account, now: datetime) -> bool:
    """担当をやめる; False when somebody else holds it by now, or nobody."""
    lock(session, posting)
    if posting.reviewer_id != by.id:
        return False
    posting.reviewer_id = posting.reviewer_since = None
    audit.record(session, "posting:put_down", "posting", posting.id, by=by, now=now)
    session.flush()
    return True


def release(session: Session, posting: Posting, *, by: Account) -> None:
    """It is decided: nobody holds it any more, and whoever decided is done looking at it."""
    posting.reviewer_id = posting.reviewer_since = None
    session.execute(delete(Presence).where(Presence.posting_id == posting.id, Presence.account_id == by.id))


def tell_presence(session: Session, posting: Posting, *, by: Account, now: datetime) -> None:
    """The account has the posting's page open at ``now``."""
    insert = sqlite.insert if sets.is_sqlite(session) else postgresql.insert
    one = insert(Presence).values(posting_id=posting.id, account_id=by.id, seen_at=now)
    keys = [Presence.posting_id, Presence.account_id]
    session.execute(one.on_conflict_do_update(index_elements=keys, set_={"seen_at": now}))


def others(session: Session, posting_ids: Collection[int], *, by: Account, now: datetime) -> dict[int, list[str]]:
    """The names of those but ``by`` who have the page of one of these postings open, by posting."""
    here = select(Presence.posting_id, Account.name).join(Account, Account.id == Presence.account_id)
    here = here.where(Presence.posting_id.in_(posting_ids), Presence.account_id != by.id, accounts.in_use())
    found: dict[int, list[str]] = {}
    for posting_id, name in session.execute(here.where(Presence.seen_at > now - SEEN_FOR).order_by(Account.id)):
        found.setdefault(posting_id, []).append(name)
    return found
