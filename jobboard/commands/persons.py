"""Whom an address on the command line means: several persons may share it."""

from typing import NoReturn

from sqlalchemy.orm import Session

from jobboard.commands.opening import stop
from jobboard.domain import accounts
from jobboard.models import Account

UNCLEAR = 2


def find(session: Session, email: str, name: str) -> Account:
    """The account. Ends the command when there is none, or with the names when several share the address."""
    try:
        found = accounts.find(session, email, name)
    except accounts.Several as several:
        unclear(email, several)
    if found is None:
        stop(f"{email} に「{name}」というアカウントはありません。" if name else f"{email} というアカウントはありません。")
    return found


def unclear(email: str, several: accounts.Several) -> NoReturn:
    """Ends the command with the names of those who share the address."""
    names = "、".join(one.name or "(氏名は未登録)" for one in several.persons)
    stop(f"{email} は{len(several.persons)}人で使っています。--name で氏名を指定してください: {names}", UNCLEAR)
