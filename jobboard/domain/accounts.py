"""Staff accounts: invited by mail, accepted with a name and a password, signed in, deactivated."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from jobboard.base.errors import Incomplete, Problem, WrongState
from jobboard.base.states import AccountRole
from jobboard.base.text import clean
from jobboard.domain import audit, passwords, sessions
from jobboard.domain.addresses import address_key, read_address
from jobboard.domain.passwords import Passwords
from jobboard.models import Account, Membership, Municipality

LONGEST_NAME = 80


def find(session: Session, address: str) -> Account | None:
    """The account with this address, however it was typed."""
    return session.scalar(select(Account).where(Account.email == address_key(address)))


def invite(
    session: Session,
    address: str,
    role: AccountRole,
    *,
    municipality: Municipality | None = None,
    pref_code: str | None = None,
    by: Account | None,
    now: datetime,
) -> Account:
    """The account, with this role. Unless it is in use already, a link of its new ``link_generation`` is to be sent.

    Inviting again renews the link; the old one no longer opens. An account in use gains the role and needs no link. One
    that is not in use yet, or no longer, gets this role in place of what it had: an invitation corrects a wrong one.
    Raises ``Incomplete`` for an address that cannot be one.
    """
    email = address_key(read_address(address))
    account = session.scalar(select(Account).where(Account.email == email).with_for_update())
    if account is None:
        account = Account(email=email, created_at=now)
        session.add(account)
    if account.activated_at is None or account.deactivated_at is not None:
        _prepare(session, account, now)
    membership = (role, municipality.code if municipality else None, pref_code)
    if membership not in {(m.role, m.municipality_code, m.pref_code) for m in account.memberships}:
        account.memberships.append(Membership(role=role, municipality_code=membership[1], pref_code=pref_code))
    session.flush()
    audit.record(
        session, "account:invite", "account", account.id, by=by, now=now,
        role=str(role), municipality=membership[1], prefecture=pref_code,
    )  # fmt: skip
    return account


def _prepare(session: Session, account: Account, now: datetime) -> None:
    """Nothing of an earlier life stays: no role, no password, no open session or link."""
    account.memberships.clear()
    account.password_hash = account.activated_at = account.deactivated_at = None
    if account.id is not None:
        _close_links(session, account, now)
    session.flush()


def accept(
    session: Session, account: Account, *, name: str, password: str, hashing: Passwords, now: datetime
) -> None:
    """The invited person's name and password; the account is in use from now on and the invitation used up.

    Raises ``Incomplete`` with every problem.
    """
    name = clean(name)
    problems = [] if name else [Problem("name", "氏名を入力してください。")]
    if len(name) > LONGEST_NAME:
        problems.append(Problem("name", f"氏名は{LONGEST_NAME}文字以内で入力してください。"))
    try:
        passwords.check(password, email=account.email)
    except Incomplete as weak:
        problems += weak.problems
    if problems:
        raise Incomplete(problems)
    account.name, account.activated_at = name, now
    account.password_hash = hashing.hash(password)
    _close_links(session, account, now)
    audit.record(session, "account:accept", "account", account.id, by=account, now=now)


def authenticate(
    session: Session, address: str, password: str, *, hashing: Passwords, now: datetime
) -> Account | None:
    """The account, or None for every cause alike, after the same work; the audit knows of it. Renews an outdated hash."""
    account = session.scalar(select(Account).where(Account.email == address_key(address), in_use()))
    stored = account.password_hash if account else None
    if not hashing.holds(stored, password) or account is None or stored is None:
        audit.record(session, "account:sign_in_failed", "account", account.id if account else "", by=None, now=now)
        return None
    if hashing.outdated(stored):
        account.password_hash = hashing.hash(password)
    return account


def forget_password(session: Session, address: str, *, now: datetime) -> Account | None:
    """The account to send a link of its new ``link_generation`` to, None if there is nobody to send it to.

    An entry is written in either case, so that neither the answer nor its time tells which it was.
    """
    account = session.scalar(select(Account).where(Account.email == address_key(address), in_use()))
    if account is not None:
        account.link_generation += 1
    audit.record(session, "account:forgot", "account", account.id if account else "", by=None, now=now)
    return account


def ask_code(session: Session, address: str, *, now: datetime) -> Account | None:
    """The account to mail a one-time code to, None if there is nobody. An entry is written in either case."""
    account = session.scalar(select(Account).where(Account.email == address_key(address), in_use()))
    audit.record(session, "account:ask_code", "account", account.id if account else "", by=None, now=now)
    return account


def reset_password(session: Session, account: Account, *, password: str, hashing: Passwords, now: datetime) -> None:
    """Sets a new password, signs out everywhere and uses up the link. Raises ``Incomplete``."""
    passwords.check(password, email=account.email)
    account.password_hash = hashing.hash(password)
    _close_links(session, account, now)
    audit.record(session, "account:reset", "account", account.id, by=account, now=now)


def deactivate(session: Session, account: Account, *, by: Account | None, now: datetime) -> None:
    """Ends the account: its sessions and links stop at once. Its past acts stay.

    Raises ``WrongState`` for one that ended already and for the last administrator in use.
    """
    last = is_last_administrator(session, account)
    if account.deactivated_at is not None:
        raise WrongState("deactivated", "account:deactivate")
    if last:
        raise WrongState("last_administrator", "account:deactivate")
    account.deactivated_at = now
    _close_links(session, account, now)
    audit.record(session, "account:deactivate", "account", account.id, by=by, now=now)


def sign_out_everywhere(session: Session, account: Account, *, by: Account | None, now: datetime, but: str = "") -> None:
    """Ends every session of the account but the one of this hash, whose cookie must be renewed."""
    account.session_generation += 1
    sessions.end_all(session, account, but=but, now=now)
    audit.record(session, "account:sign_out", "account", account.id, by=by, now=now)


def listed(session: Session, *, role: AccountRole | None = None, words: str = "") -> list[Account]:
    """Accounts by address, those that ended last; ``words`` is sought in name and address."""
    found = select(Account).order_by(Account.deactivated_at.is_not(None), Account.email)
    if role is not None:
        found = found.where(Account.memberships.any(Membership.role == role))
    if words:
        part = f"%{words.replace('!', '!!').replace('%', '!%').replace('_', '!_')}%"
        found = found.where(Account.name.ilike(part, escape="!") | Account.email.ilike(part, escape="!"))
    return list(session.scalars(found))


def in_use() -> ColumnElement[bool]:
    """Accounts that were accepted and did not end, as a where-clause."""
    return and_(Account.activated_at.is_not(None), Account.deactivated_at.is_(None))


def is_new(session: Session) -> bool:
    """Whether there is no account at all yet."""
    return not session.scalar(select(func.count()).select_from(Account))


def is_last_administrator(session: Session, account: Account) -> bool:
    """Whether nobody else in use administers. Holds all who do until the transaction ends."""
    return [holder.id for holder in administrators(session)] == [account.id]


def administrators(session: Session) -> list[Account]:
    """Those in use, held until the transaction ends: two administrators must not end each other at once."""
    holding = select(Membership.account_id).where(Membership.role == AccountRole.ADMINISTRATOR)
    found = select(Account).where(Account.id.in_(holding), in_use()).order_by(Account.id)
    return list(session.scalars(found.with_for_update().execution_options(populate_existing=True)))


def _close_links(session: Session, account: Account, now: datetime) -> None:
    sessions.end_all(session, account, now=now)
    account.session_generation += 1
    account.link_generation += 1
