"""Mails of the talk about a posting: each contribution goes to the other side, with its words."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base.states import AccountRole, CodeAct, DeliveryKind
from jobboard.domain import accounts, notices, permissions, talking
from jobboard.models import Account, Delivery, Membership, Posting, Talk


def tell(session: Session, posting: Posting, said: Talk, *, base_url: str, site: str, now: datetime) -> list[Delivery]:
    """Mails a contribution to the other side; what is written there, stays there: a mail cannot be answered."""
    municipality, title = posting.municipality.full_name, talking.title(posting)
    author = said.written_by.name if said.written_by else ""
    if said.from_ministry:
        people, act, path = to_municipality(session, posting, said), CodeAct.TALK, f"/desk/postings/{posting.id}/talk"
        subject = f"{talking.MINISTRY}からの連絡:{municipality} {title}"
        sender = f"{talking.MINISTRY}の掲載確認の担当者({author})"
    else:
        people, act, path = to_moderators(session, posting, said), CodeAct.REVIEW_TALK, f"/review/postings/{posting.id}/talk"
        subject = f"{municipality}からの連絡:{title}"
        sender = f"{municipality}の担当者({author})"
    text = (
        f"{municipality}「{title}」について、{sender}から連絡がありました。\n\n"
        f"■ 連絡\n{said.text}\n\n"
        f"返事は、次のページに書いてください。このメールに返信しても、届きません。\n{base_url}{path}\n"
    )
    return [
        notices.tell(session, DeliveryKind.TALK, account, subject, text, base_url, site, now, act=act, posting=posting)
        for account in people
    ]


def to_municipality(session: Session, posting: Posting, said: Talk) -> list[Account]:
    """The editors of the municipality."""
    return [one for one in notices.editors_of(session, posting.municipality_code) if one.id != said.written_by_id]


def to_moderators(session: Session, posting: Posting, said: Talk) -> list[Account]:
    """The moderator who took it on, else those who wrote in the talk, else all; administrators where nobody else moderates."""
    took = session.get(Account, posting.reviewer_id) if posting.reviewer_id else None
    wrote = select(Talk.written_by_id).where(Talk.posting_id == posting.id, Talk.from_ministry)
    groups = (
        [took] if took else [],
        session.scalars(select(Account).where(Account.id.in_(wrote)).order_by(Account.id)).all(),
        _of_role(session, AccountRole.MODERATOR),
        _of_role(session, AccountRole.ADMINISTRATOR),
    )
    for group in groups:
        people = [one for one in group if permissions.moderates(one) and one.id != said.written_by_id]
        if people:
            return people
    return []


def _of_role(session: Session, role: AccountRole) -> list[Account]:
    of_it = select(Membership.account_id).where(Membership.role == role)
    return list(session.scalars(select(Account).where(Account.id.in_(of_it), accounts.in_use()).order_by(Account.id)))
