"""400日以上使われていない利用者: warned once by mail, listed for administrators, never ended by itself."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session

from jobboard.base.states import DeliveryKind
from jobboard.domain import accounts, permissions
from jobboard.domain.letterhead import Letterhead
from jobboard.domain.telling import tell
from jobboard.models import Account

AFTER = timedelta(days=400)
BATCH = 50
"""Mails made in one transaction."""


def clause(now: datetime) -> ColumnElement[bool]:
    """Accounts in use whose holder did not sign in for so long, as a where-clause."""
    return and_(accounts.in_use(), func.coalesce(Account.last_signed_in_at, Account.activated_at) <= now - AFTER)


def among(found: Iterable[Account], *, now: datetime) -> set[int]:
    """The ids of those of these accounts; the same rule in Python."""
    return {one.id for one in found if permissions.works(one) and (one.last_signed_in_at or one.activated_at or now) <= now - AFTER}


def due(session: Session, *, now: datetime) -> bool:
    """Whether somebody is to be warned."""
    return session.scalar(_unwarned(now).limit(1)) is not None


def warn(session: Session, letterhead: Letterhead, *, now: datetime) -> int:
    """Warns up to ``BATCH`` holders, each once until she signs in again; returns how many."""
    found = session.scalars(_unwarned(now).limit(BATCH).with_for_update(skip_locked=True)).all()
    text = (
        f"{letterhead.site}の利用者として登録されていますが、{AFTER.days}日以上、ログインがありません。\n\n"
        f"これからも使うときは、一度ログインしてください。\n{letterhead.base_url}/login\n\n"
        "パスワードを忘れたときは、次のページで設定し直せます。\n"
        f"{letterhead.base_url}/forgot\n\n"
        "担当を離れたときは、後任の方に次のページを伝えるか、総務省の担当者に利用の停止を頼んでください。\n"
        f"{letterhead.base_url}/handover\n"
    )
    for account in found:
        account.warned_at = now
        subject = f"{letterhead.site}:長く使われていない利用者の確認"
        tell(session, DeliveryKind.ACCOUNT, account, subject, text, letterhead.base_url, letterhead.site, now)
    return len(found)


def _unwarned(now: datetime) -> Select[Account]:
    return select(Account).where(clause(now), Account.warned_at.is_(None)).order_by(Account.id)
