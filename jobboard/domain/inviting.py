"""What an invitation asks for, read from a form: an address, a role, and whom the role is for."""

from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jobboard.base.codes import PREFECTURES
from jobboard.base.errors import Incomplete, Problem
from jobboard.base.states import AccountRole
from jobboard.base.text import clean
from jobboard.domain import accounts, municipalities
from jobboard.domain.addresses import read_address
from jobboard.models import Account, Municipality

SOMEBODY_ELSE = "new"
"""Chosen in place of the number of one who has the address already."""


@dataclass
class Ambiguous(Incomplete):
    """The name may mean several municipalities; ``choices`` are to be picked from."""

    choices: list[Municipality] = field(default_factory=list)


@dataclass
class Cautioned(accounts.Several):
    """A role of the ministry for a mailbox that others read: wanted only with a tick. ``why``, in words."""

    why: str = ""


@dataclass(frozen=True)
class Invitation:
    """A readable invitation: an editor has a municipality, a prefecture account a prefecture, others neither."""

    address: str
    role: AccountRole
    municipality: Municipality | None = None
    pref_code: str | None = None


def read(session: Session, *, address: str, role: str, place: str, pref_code: str) -> Invitation:
    """Raises ``Incomplete`` with every problem; ``Ambiguous`` when that is the only one."""
    problems: list[Problem] = []
    choices: list[Municipality] = []
    municipality = None
    try:
        address = read_address(address)
    except Incomplete as wrong:
        problems += wrong.problems
    if role not in list(AccountRole):
        problems.append(Problem("role", "役割を選んでください。"))
    elif role == AccountRole.EDITOR:
        try:
            municipality = find_one(session, place)
        except Incomplete as unclear:
            problems += unclear.problems
            choices = unclear.choices if isinstance(unclear, Ambiguous) else []
    elif role == AccountRole.PREFECTURE and pref_code not in PREFECTURES:
        problems.append(Problem("pref_code", "都道府県を選んでください。"))
    if problems:
        raise Ambiguous(problems, choices)
    chosen = AccountRole(role)
    return Invitation(address, chosen, municipality, pref_code if chosen is AccountRole.PREFECTURE else None)


def whom(session: Session, address: str, *, chosen: str, name: str) -> Account | None:
    """Who is meant of those at the address: the one with the number ``chosen``, or None for somebody new.

    Raises ``accounts.Several`` until that is clear: somebody new at an address in use needs a name of her own.
    """
    there, name = accounts.persons(session, address), clean(name)
    found = next((one for one in there if str(one.id) == chosen), None)
    if found is not None:
        return found
    if len(name) > accounts.LONGEST_NAME:
        raise accounts.Several([Problem("name", f"氏名は{accounts.LONGEST_NAME}文字以内で入力してください。")], there)
    if there and chosen != SOMEBODY_ELSE:
        raise accounts.Several([Problem("whom", "このアドレスは、すでに使われています。別の人を招待するか、だれに役割を加えるかを選んでください。")], there)
    if there and not name:
        raise accounts.Several([Problem("name", "氏名を入力してください。同じアドレスを使う方と見分けるために要ります。")], there)
    if any(accounts.same_name(one.name, name) for one in there):
        raise accounts.Several([Problem("name", accounts.NAMESAKE)], there)
    return None


def caution(session: Session, asked: Invitation, to: Account | None) -> str:
    """Why a role of the ministry should not go to this mailbox, empty where it may: others read it, or it is a town's."""
    if asked.role not in (AccountRole.ADMINISTRATOR, AccountRole.MODERATOR):
        return ""
    there = accounts.persons(session, asked.address)
    others = [one for one in there if to is None or one.id != to.id]
    local = (AccountRole.EDITOR, AccountRole.PREFECTURE)
    contact = select(Municipality.code).where(func.lower(Municipality.contact_email) == asked.address.lower()).limit(1)
    of_town = asked.address.lower().endswith(".lg.jp") or session.scalar(contact) is not None
    of_town = of_town or any(held.role in local for one in there for held in one.memberships)
    why = [f"ほかに{len(others)}人が使っています"] * bool(others) + ["自治体のアドレスです"] * of_town
    return f"このアドレスは、{'。また、'.join(why)}。" if why else ""


def agree(session: Session, asked: Invitation, to: Account | None, *, ticked: bool) -> None:
    """Raises ``Cautioned`` where there is a ``caution`` and nobody said that it is right."""
    why = caution(session, asked, to)
    if why and not ticked:
        gaps = [Problem("understood", f"{why}「{asked.role.label}」の役割でよいかを確かめ、よければ印を付けてください。")]
        raise Cautioned(gaps, accounts.persons(session, asked.address), why)


def find_one(session: Session, place: str) -> Municipality:
    """The one municipality that a six-digit code or a name means. Raises ``Incomplete``, with the choices if several."""
    if not place.strip():
        raise Incomplete([Problem("place", "市区町村の名前かコード(6桁)を入力してください。")])
    found = municipalities.find(session, place, limit=20)
    exact = [one for one in found if place.strip() in (one.code, one.full_name)] or [
        one for one in found if place.strip() == one.name
    ]
    if len(exact or found) == 1:
        return (exact or found)[0]
    if not found:
        raise Incomplete([Problem("place", f"「{place}」という市区町村は見つかりません。名前かコード(6桁)を確かめてください。")])
    raise Ambiguous([Problem("place", f"「{place}」に当てはまる市区町村が複数あります。下から選んでください。")], exact or found)
