"""Accounts of prefectures, beside the cast: 宮城県 stands above 青葉市, 神奈川県 above 港町."""

from datetime import datetime

from sqlalchemy.orm import Session

from jobboard.base.states import AccountRole
from jobboard.domain import prefectures
from jobboard.models import Account, Membership
from tests.cast import CHEAP, OPENING, PASSWORD, Cast

MIYAGI, KANAGAWA = "dx@pref04.lg.jp", "dx@pref14.lg.jp"


def prefecture(code: str) -> Account:
    """An account of a prefecture that can sign in."""
    return Account(
        email=f"dx@pref{code}.lg.jp", name="県 一郎", password_hash=CHEAP.hash(PASSWORD), created_at=OPENING,
        activated_at=OPENING, memberships=[Membership(role=AccountRole.PREFECTURE, pref_code=code)],
    )  # fmt: skip


def through(session: Session, cast: Cast, *codes: str, now: datetime = OPENING) -> None:
    """経由 for these prefectures, each with an account; both prefectures have one."""
    session.add_all(prefecture(code) for code in ("04", "14"))
    session.flush()
    prefectures.choose(session, codes, by=cast.account("admin"), now=now)
