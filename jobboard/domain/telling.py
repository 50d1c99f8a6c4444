"""A mail to staff: whom it greets, its one-time codes, and the foot that all of them have. One mail goes to one mailbox."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from jobboard.base.states import CodeAct, DeliveryKind
from jobboard.domain import one_time_codes
from jobboard.domain.deliveries import enqueue
from jobboard.models import Account, Delivery, Posting

AUTOMATIC = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
"""RFC 3834: keeps out-of-office answers away."""


def tell(
    session: Session, kind: DeliveryKind, to: Account, subject: str, text: str, base_url: str, site: str, now: datetime,
    *, act: CodeAct | None = None, posting: Posting | None = None,
) -> Delivery:  # fmt: skip
    """One mail to one of the staff.

    Its one-time code opens ``act``, if nothing else the page of ``posting``, or the account's first page.
    """
    return _mail(session, kind, [to], subject, text, base_url, site, now, act, posting)


def tell_all(
    session: Session, kind: DeliveryKind, to: Iterable[Account], subject: str, text: str, base_url: str, site: str,
    now: datetime, *, act: CodeAct | None = None, posting: Posting | None = None,
) -> list[Delivery]:  # fmt: skip
    """The same to several: one mail to each mailbox, with a code for each person who reads it."""
    mailboxes: dict[str, dict[int, Account]] = {}
    for one in to:
        mailboxes.setdefault(one.email, {})[one.id] = one
    return [
        _mail(session, kind, list(readers.values()), subject, text, base_url, site, now, act, posting)
        for readers in mailboxes.values()
    ]


def _mail(
    session: Session, kind: DeliveryKind, readers: Sequence[Account], subject: str, text: str, base_url: str, site: str,
    now: datetime, act: CodeAct | None, posting: Posting | None,
) -> Delivery:  # fmt: skip
    act = act or (CodeAct.POSTING if posting else CodeAct.HOME)
    lasts = one_time_codes.lifetime(act)
    hours, minutes = divmod(lasts.seconds // 60, 60)
    while_ = f"{lasts.days}日間" if lasts.days else f"{hours}時間" if hours else f"{minutes}分間"
    codes = [
        (f"{addressed([one])}\n" if len(readers) > 1 else "") + one_time_codes.place(session, one, act, posting, now=now)
        for one in readers
    ]
    listed = "\n".join(codes)
    foot = (
        f"\nリンクが開けないときは、次のページで確認コードを入力してください。\n{base_url}/code\n"
        f"確認コード({while_}有効、1回だけ使えます)\n{listed}\n"
        f"\n--\n{site}\n{base_url}/\n"
        f"このメールは、{site}の利用者にお送りしています。このメールには返信できません。\n"
    )
    greeting = f"{addressed(readers)}\n\n" if any(one.name for one in readers) else ""
    return enqueue(session, kind, to=readers[0], subject=subject, text=greeting + text + foot, headers=AUTOMATIC, now=now)


def addressed(readers: Sequence[Account]) -> str:
    """「佐藤 花子 様、鈴木 一 様」."""
    return "、".join(f"{one.name or '(氏名は未登録)'} 様" for one in readers)
