"""The mails around a subscription: asking to confirm it, and saying that it stands already."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from jobboard.base.states import DeliveryKind, EventKind
from jobboard.domain import naming, placeholders, storing
from jobboard.domain.deliveries import enqueue
from jobboard.domain.letterhead import Letterhead
from jobboard.domain.notices import AUTOMATIC
from jobboard.domain.wrapping import wrap
from jobboard.models import Delivery, Subscriber, Subscription

SIGN = " × "


def confirmation(
    session: Session, subscription: Subscription, *, letterhead: Letterhead, now: datetime
) -> Delivery:
    """Nothing is sent to an address before its holder has pressed the button behind this link."""
    text = (
        f"「{letterhead.site}」のメール配信の申込みを受け付けました。\n"
        "まだ登録は終わっていません。\n\n"
        f"{summary(session, subscription)}\n\n"
        "次のページを開いて、「登録を確定する」を押してください。リンクは7日間有効です。\n"
        f"{placeholders.place('confirm', subscription.id, subscription.link_generation)}\n\n"
        "心当たりがないときは、このメールを捨ててください。確定しなければ、配信は始まりません。\n"
    )
    subject = "メール配信の登録を確定してください"
    return _tell(session, DeliveryKind.CONFIRMATION, subscription.subscriber, subject, text, letterhead, now)


def already_registered(
    session: Session, subscription: Subscription, *, letterhead: Letterhead, now: datetime
) -> Delivery:
    """Sent instead of a confirmation, so that the page's answer tells nobody who is registered."""
    text = (
        "同じ条件のメール配信の申込みがありました。\n"
        "この条件は、すでに登録されています。\n"
        "内容は変わっていません。\n\n"
        f"{summary(session, subscription)}\n\n"
        f"条件や回数を変えるとき、休むとき、やめるときは、次のページを開いてください。\n{_manage(subscription.subscriber)}\n"
    )
    subject = "メール配信はすでに登録されています"
    return _tell(session, DeliveryKind.MANAGE_LINK, subscription.subscriber, subject, text, letterhead, now)


def too_many(session: Session, person: Subscriber, most: int, *, letterhead: Letterhead, now: datetime) -> Delivery:
    """Sent instead of a confirmation when the address has as many criteria as one may have."""
    text = (
        f"メール配信の条件は、1つのアドレスに{most}件まで登録できます。今回の申込みは登録されていません。\n\n"
        f"次のページで、使っていない条件を減らしてから、もう一度お申し込みください。\n{_manage(person)}\n"
    )
    return _tell(session, DeliveryKind.MANAGE_LINK, person, "メール配信の条件がいっぱいです", text, letterhead, now)


def renewed(session: Session, person: Subscriber, *, letterhead: Letterhead, now: datetime) -> Delivery:
    """The new managing link, after the old one was given up."""
    text = (
        "登録した条件を変えるためのリンクを、新しくしました。前のメールの中の「条件を変える・休む」のリンクは、もう使えません。\n\n"
        f"これからは、次のページを開いてください。\n{_manage(person)}\n"
    )
    return _tell(session, DeliveryKind.MANAGE_LINK, person, "新しいリンクをお送りします", text, letterhead, now)


def summary(session: Session, subscription: Subscription) -> str:
    """Criteria, kinds and frequency, one per line. Searched words are left out: whoever asks could make us mail them to others."""
    criteria = storing.parsed(subscription.criteria)
    unsaid = replace(criteria, q=())
    told = [unsaid.describe(naming.names(session, [criteria]))] if unsaid.query() or not criteria.q else []
    words = [f"入力されたキーワード({len(criteria.q)}つ。次のページに表示します)"] if criteria.q else []
    return (
        f"{wrap(f'条件: {SIGN.join([*told, *words])}')}\n"
        f"{wrap(f'知らせること: {kinds_text(subscription)}')}\n回数: {subscription.frequency.label}"
    )


def kinds_text(subscription: Subscription) -> str:
    """新着、変更、…"""
    return "、".join(EventKind(code).label for code in subscription.kinds.split(","))


def describe(session: Session, subscription: Subscription) -> str:
    """The criteria in words, with municipalities and postings by their names."""
    criteria = storing.parsed(subscription.criteria)
    return criteria.describe(naming.names(session, [criteria]))


def _manage(person: Subscriber) -> str:
    return placeholders.place("manage", person.id, person.link_generation)


def _tell(
    session: Session, kind: DeliveryKind, to: Subscriber, subject: str, text: str, letterhead: Letterhead, now: datetime
) -> Delivery:
    foot = f"\n--\n{letterhead.foot()}\nこのメールには返信できません。\n"
    return enqueue(
        session, kind, to=to, subject=f"{letterhead.site}:{subject}", text=text + foot, headers=AUTOMATIC, now=now
    )
