"""Which roles an account holds: added and taken away; the board is never left without an administrator."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base.errors import NotFound, WrongState
from jobboard.base.states import AccountRole
from jobboard.domain import accounts, audit
from jobboard.domain.inviting import Invitation
from jobboard.models import Account, Membership


def is_only_administrator(session: Session, account: Account) -> bool:
    """Whether nobody else in use administers, for a page to say before it is tried: nothing is held, so the act asks again."""
    holders = select(Membership.account_id).join(Account, Account.id == Membership.account_id)
    found = session.scalars(holders.where(Membership.role == AccountRole.ADMINISTRATOR, accounts.in_use()).distinct())
    return list(found) == [account.id]


def add(session: Session, account: Account, asked: Invitation, *, by: Account | None, now: datetime) -> None:
    """One role more for an account in use. Raises ``WrongState`` for one that ended or was not accepted yet."""
    if account.activated_at is None or account.deactivated_at is not None:
        raise WrongState("not_in_use", "account:change_roles")
    accounts.invite(
        session, account.email, asked.role, to=account, municipality=asked.municipality, pref_code=asked.pref_code, by=by, now=now
    )


def remove(session: Session, account: Account, membership_id: int, *, by: Account | None, now: datetime) -> None:
    """One role less, at once. Raises ``WrongState`` for the last administrator and for an account's only role."""
    last = accounts.is_last_administrator(session, account)
    session.refresh(account, with_for_update=True)
    found = next((one for one in account.memberships if one.id == membership_id), None)
    if found is None:
        raise NotFound
    if found.role is AccountRole.ADMINISTRATOR and last:
        raise WrongState("last_administrator", "account:change_roles")
    if len(account.memberships) == 1:
        raise WrongState("only_role", "account:change_roles")
    _drop(session, account, found, by, now)


def _drop(session: Session, account: Account, membership: Membership, by: Account | None, now: datetime) -> None:
    audit.record(
        session, "account:remove_role", "account", account.id, by=by, now=now,
        role=str(membership.role), municipality=membership.municipality_code, prefecture=membership.pref_code,
    )  # fmt: skip
    account.memberships.remove(membership)
    session.flush()
