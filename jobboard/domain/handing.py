"""代理作成: a draft changes hands between a municipality and its prefecture; the one that holds it writes."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base.codes import PREFECTURES
from jobboard.base.errors import Incomplete, Problem, WrongState
from jobboard.base.states import DeliveryKind, Holder
from jobboard.domain import audit, drafting, notices, permissions, prefectures, reading_links
from jobboard.domain.publication import lock
from jobboard.models import Account, AuditEntry, Delivery, Posting

LONGEST_NOTE = 300


def other(holder: Holder) -> Holder:
    """The other side."""
    return Holder.MUNICIPALITY if holder is Holder.PREFECTURE else Holder.PREFECTURE


def side(posting: Posting, holder: Holder) -> str:
    """The name of a side of this posting: 宮城県, or 青葉市."""
    municipality = posting.municipality
    return PREFECTURES[municipality.pref_code] if holder is Holder.PREFECTURE else municipality.name


def hand_over(session: Session, posting: Posting, *, to: Holder, by: Account, now: datetime) -> None:
    """Gives the draft to the other side, also back. Raises ``WrongState`` when it lies there already or nobody may write it.

    Links for superiors end with it. Raises ``Incomplete`` when the prefecture has no account in use: nobody would write it.
    """
    lock(session, posting)
    if posting.held_by is to or not drafting.is_editable(posting):
        raise WrongState(str(posting.state), "hand_over")
    if to is Holder.PREFECTURE and not prefectures.staff(session, posting.municipality.pref_code):
        name = side(posting, to)
        raise Incomplete([Problem("note", f"{name}には、利用中の担当者がいません。{name}に、利用の申込みを頼んでください。")])
    posting.held_by = to
    for link in reading_links.of(session, posting):
        reading_links.revoke(session, link, by=by, now=now)  # else the giver would go on reading what the other side writes
    audit.record(session, "posting:hand_over", "posting", posting.id, by=by, now=now, to=str(to))
    session.flush()


def gone_since(session: Session, posting_id: int, account: Account) -> tuple[Posting, datetime] | None:
    """The draft that this account of a prefecture could write, and when it went to the municipality; None for all others."""
    posting = session.get(Posting, posting_id)
    if posting is None or posting.held_by is Holder.PREFECTURE or permissions.side(account, posting.municipality) is Holder.MUNICIPALITY:
        return None
    given = select(AuditEntry.at).where(
        AuditEntry.subject_kind == "posting", AuditEntry.subject_id == str(posting_id), AuditEntry.action == "posting:hand_over"
    )
    at = session.scalar(given.order_by(AuditEntry.id.desc()).limit(1))
    if at is None or account.activated_at is None or account.activated_at > at:
        return None
    return posting, at


def tell(
    session: Session, posting: Posting, note: str, *, by: Account, base_url: str, site: str, now: datetime
) -> list[Delivery]:
    """Tells the side that holds the draft now, or that it was taken back. ``note``: what was said with it, or empty."""
    name = drafting.title(posting)
    giver, said = side(posting, other(posting.held_by)), f"\n■ {by.name}さんから\n{note}\n" if note else ""
    if posting.held_by is Holder.PREFECTURE:
        asks = "内容を書いて、市区町村に引き渡してください。"
    else:
        asks = "内容を確かめ、必要なら直して、「掲載を依頼する」を押してください。"
    text = f"{giver}から、「{name}」の下書きが引き渡されました。{asks}\n{base_url}/desk/postings/{posting.id}\n{said}"
    subject = f"下書きの引き渡し:{posting.municipality.full_name} {name}"
    kind = DeliveryKind.PREFECTURE
    return notices.tell_all(session, kind, receivers(session, posting), subject, text, base_url, site, now, posting=posting)


def tell_taken_back(
    session: Session, posting: Posting, *, base_url: str, site: str, now: datetime
) -> list[Delivery]:
    """Tells the prefecture that the municipality writes the draft itself again."""
    name = f"{posting.municipality.full_name} {drafting.title(posting)}"
    text = f"「{name}」の下書きは、{posting.municipality.name}が引き取りました。都道府県で書くことは、もうありません。\n"
    to = prefectures.staff(session, posting.municipality.pref_code)
    subject = f"下書きの引き取り:{name}"
    return notices.tell_all(session, DeliveryKind.PREFECTURE, to, subject, text, base_url, site, now)


def receivers(session: Session, posting: Posting) -> list[Account]:
    """The accounts of the side that holds the draft."""
    if posting.held_by is Holder.PREFECTURE:
        return prefectures.staff(session, posting.municipality.pref_code)
    return notices.editors_of(session, posting.municipality_code)
