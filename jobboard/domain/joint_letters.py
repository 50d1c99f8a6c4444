"""The mails after a co-municipality was asked: that it is asked no more, and what it answered."""

from datetime import datetime

from sqlalchemy.orm import Session

from jobboard.base.states import DeliveryKind
from jobboard.domain import notices
from jobboard.models import Agreement, Delivery, Municipality, Posting


def cancelled(
    session: Session, posting: Posting, municipality: Municipality, *, base_url: str, site: str, now: datetime
) -> list[Delivery]:
    """Tells the editors of a co-municipality that nothing is asked of them any more."""
    name, place = notices.named(posting), municipality.full_name
    text = f"{posting.municipality.full_name}は、{place}への共同募集の依頼を取り消しました。答える必要はありません。\n\n{name}\n"
    subject = f"共同募集の依頼の取消し:{name}"
    told = notices.editors_of(session, municipality.code)
    return notices.tell_all(session, DeliveryKind.JOINT, told, subject, text, base_url, site, now)


def answered(session: Session, asked: Agreement, *, base_url: str, site: str, now: datetime) -> list[Delivery]:
    """Tells whoever sent the posting in what a co-municipality answered."""
    posting, place = asked.posting, asked.municipality.full_name
    said = "同意しました" if asked.agreed_at else "同意していません"
    text = f"{place}は、「{notices.named(posting)}」の共同募集に{said}。\n{base_url}/desk/postings/{posting.id}\n"
    text += f"\n■ {place}から\n{asked.note}\n" if asked.note else ""
    to, subject = notices.editors(session, posting), f"共同募集:{place}が{said}"
    return notices.tell_all(session, DeliveryKind.JOINT, to, subject, text, base_url, site, now, posting=posting)
