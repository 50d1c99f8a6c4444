"""Staff accounts: invited by mail, accepted with a name and a password, signed in, deactivated.

Several named persons may share the mailbox of their section, each with an account (docs/decisions/0025).
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from jobboard.base.errors import Incomplete, Problem, StaleLink, WrongState
from jobboard.base.states import AccountRole
from jobboard.base.text import clean
from jobboard.domain import audit, passwords, sessions
from jobboard.domain.addresses import address_key, read_address
from jobboard.domain.passwords import Passwords
from jobboard.models import Account, Membership, Municipality

LONGEST_NAME = 80
MOST_SHARING = 8
"""Persons who may share a mailbox: each signing in tries the passwords of all of them."""

NAMESAKE = "同じメールアドレスに、同じ氏名の利用者がいます。「佐藤 花子(総務課)」のように、見分けられる氏名にしてください。"
TAKEN = "このパスワードは使えません。関係のない言葉をいくつかつなげるなど、別のものにしてください。"
"""Of a password that a colleague at the mailbox has: says neither whose it is nor that it is somebody's."""


@dataclass
class Several(Incomplete):
    """The address alone does not tell whom is meant of ``persons``."""

    persons: list[Account] = field(default_factory=list)


def persons(session: Session, address: str, *clauses: ColumnElement[bool], held: bool = False) -> list[Account]:
    """Everybody with an account at this address, however it was typed; ``held``: until the transaction ends."""
    found = select(Account).where(Account.email == address_key(address), *clauses).order_by(Account.id)
    return list(session.scalars(found.with_for_update().execution_options(populate_existing=True) if held else found))


def find(session: Session, address: str, name: str = "") -> Account | None:
    """The account with this address, and this name if one is given; without it, one that ended counts only if it is alone.

    Raises ``Several`` when several persons are meant.
    """
    there = persons(session, address)
    if name:
        return next((one for one in there if same_name(one.name, name)), None)
    found = [one for one in there if one.deactivated_at is None] or there
    if len(found) > 1:
        raise Several([Problem("name", "このメールアドレスは、何人かで使っています。氏名も指定してください。")], found)
    return found[0] if found else None


def same_name(one: str, other: str) -> bool:
    """Whether people would take both for one name; spaces do not count."""
    return _letters(one) == _letters(other)


def invite(
    session: Session,
    address: str,
    role: AccountRole,
    *,
    name: str = "",
    to: Account | None = None,
    municipality: Municipality | None = None,
    pref_code: str | None = None,
    by: Account | None,
    now: datetime,
) -> Account:
    """The account, with this role. Unless it is in use already, a link of its new ``link_generation`` is to be sent.

    It is ``to``, else the one that ``find`` finds, else a new one. Inviting again renews the link; the old one no longer
    opens. An account in use gains the role and needs no link. One that is not in use yet, or no longer, gets this role in
    place of what it had: an invitation corrects a wrong one.
    Raises ``Incomplete`` for an address that cannot be one or has enough persons, ``Several`` as ``find`` does.
    """
    email = address_key(read_address(address))
    there = persons(session, email, held=True)
    account = to or find(session, email, name)
    if account is None:
        if sum(one.deactivated_at is None for one in there) >= MOST_SHARING:
            raise Incomplete([Problem("email", f"1つのメールアドレスを使えるのは{MOST_SHARING}人までです。別のアドレスにしてください。")])
        account = Account(email=email, name=clean(name), created_at=now)
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

    Raises ``Incomplete`` with every problem, ``StaleLink`` when somebody else has just used the invitation.
    """
    name = clean(name)
    problems = [] if name else [Problem("name", "氏名を入力してください。")]
    if len(name) > LONGEST_NAME:
        problems.append(Problem("name", f"氏名は{LONGEST_NAME}文字以内で入力してください。"))
    colleagues = _colleagues(session, account)
    if any(same_name(one.name, name) for one in colleagues):
        problems.append(Problem("name", NAMESAKE))
    try:
        _check_password(password, account, colleagues, hashing)
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
    """Whose password it is of those at the address, or None for every cause alike; the audit knows of it.

    As many hashes are tried for any address as the mailbox has that most persons share. Renews an outdated hash.
    """
    there = persons(session, address, in_use())
    found = [one for one in there if hashing.holds(one.password_hash, password)]
    for _ in range(len(there), _most_at_a_mailbox(session)):
        hashing.holds(None, password)
    if not found:
        audit.record(session, "account:sign_in_failed", "account", _subjects(there)[0], by=None, now=now, **_sharing(there))
        return None
    account, stored = found[0], found[0].password_hash
    if stored and hashing.outdated(stored):
        account.password_hash = hashing.hash(password)
    return account


def forget_password(session: Session, address: str, *, now: datetime) -> list[Account]:
    """Those to send a link of their new ``link_generation`` to: everybody at the mailbox, nobody if nobody has it.

    An entry is written in any case, so that neither the answer nor its time tells which it was.
    """
    there = persons(session, address, in_use())
    for account in there:
        account.link_generation += 1
    for subject in _subjects(there):
        audit.record(session, "account:forgot", "account", subject, by=None, now=now)
    return there


def ask_code(session: Session, address: str, *, now: datetime) -> list[Account]:
    """Those to mail a one-time code to, each her own. An entry is written in any case."""
    there = persons(session, address, in_use())
    for subject in _subjects(there):
        audit.record(session, "account:ask_code", "account", subject, by=None, now=now)
    return there


def code_refused(session: Session, address: str, *, now: datetime) -> None:
    """Somebody typed a wrong code in place of the password of this address."""
    there = persons(session, address, in_use())
    audit.record(session, "account:code_failed", "account", _subjects(there)[0], by=None, now=now, **_sharing(there))


def reset_password(session: Session, account: Account, *, password: str, hashing: Passwords, now: datetime) -> None:
    """Sets a new password, signs out everywhere and uses up the link. Raises as ``accept`` does."""
    colleagues = _colleagues(session, account)
    _check_password(password, account, colleagues, hashing)
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


def listed(session: Session, *clauses: ColumnElement[bool], role: AccountRole | None = None, words: str = "") -> list[Account]:
    """Accounts by address, those that ended last; ``words`` is sought in name and address."""
    found = select(Account).where(*clauses).order_by(Account.deactivated_at.is_not(None), Account.email, Account.name)
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
    """Those in use, held until the transaction ends: two administrators must not end each other at once.

    They are looked for again once they are held: whoever held them before may have taken the role from one.
    """
    holding = select(Membership.account_id).where(Membership.role == AccountRole.ADMINISTRATOR)
    found = select(Account).where(Account.id.in_(holding), in_use()).order_by(Account.id).execution_options(populate_existing=True)
    session.scalars(found.with_for_update()).all()
    return list(session.scalars(found))


def _colleagues(session: Session, account: Account) -> list[Account]:
    """The others at the mailbox; all are held. Raises ``StaleLink`` when the account's link was used up meanwhile."""
    generation = account.link_generation
    there = persons(session, account.email, held=True)
    if account.link_generation != generation:
        raise StaleLink
    return [one for one in there if one.id != account.id]


def _check_password(password: str, account: Account, colleagues: Sequence[Account], hashing: Passwords) -> None:
    """Raises ``Incomplete``; a password tells apart who shares a mailbox."""
    passwords.check(password, email=account.email)
    if any(hashing.holds(one.password_hash, password) for one in colleagues if one.deactivated_at is None):
        raise Incomplete([Problem("password", TAKEN)])


def _most_at_a_mailbox(session: Session) -> int:
    """How many share the mailbox that most persons share, at least one."""
    shares = select(func.count().label("persons")).select_from(Account).where(in_use()).group_by(Account.email).subquery()
    return session.scalar(select(func.max(shares.c.persons))) or 1


def _subjects(there: Sequence[Account]) -> list[int | str]:
    """Whom an entry is about, one at least. A failure is about the first: nobody knows whom of them somebody tried to be."""
    return [one.id for one in there] or [""]


def _sharing(there: Sequence[Account]) -> dict[str, int]:
    """The fact that says so."""
    return {"sharing": len(there)} if len(there) > 1 else {}


def _letters(name: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", clean(name))).casefold()


def _close_links(session: Session, account: Account, now: datetime) -> None:
    sessions.end_all(session, account, now=now)
    account.session_generation += 1
    account.link_generation += 1
