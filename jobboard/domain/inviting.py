"""What an invitation asks for, read from a form: an address, a role, and whom the role is for."""

from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from jobboard.base.codes import PREFECTURES
from jobboard.base.errors import Incomplete, Problem
from jobboard.base.states import AccountRole
from jobboard.domain import municipalities
from jobboard.domain.addresses import read_address
from jobboard.models import Municipality


@dataclass
class Ambiguous(Incomplete):
    """The name may mean several municipalities; ``choices`` are to be picked from."""

    choices: list[Municipality] = field(default_factory=list)


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
