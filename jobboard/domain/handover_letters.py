"""The mails of a handover: to whoever asks, to those who decide, to the predecessor."""

from collections.abc import Iterable
from typing import Unpack

from sqlalchemy.orm import Session

from jobboard.base.states import DeliveryKind
from jobboard.domain import notices, placeholders
from jobboard.domain.account_letters import Place
from jobboard.domain.deliveries import enqueue
from jobboard.domain.telling import addressed
from jobboard.models import Account, Delivery, Handover, Subscriber


def confirmation(
    session: Session, request: Handover, to: Subscriber, here: str, **place: Unpack[Place]
) -> Delivery:
    """Without the asker's words: whoever asks could make us mail them to others."""
    text = (
        f"{here}の担当の登録の申出を受け付けました。まだ担当の方には届いていません。\n\n"
        "次のページを開いて、「申出を送る」を押してください。リンクは7日間有効です。\n"
        f"{placeholders.place('handover', request.id, request.link_generation)}\n\n"
        "心当たりがないときは、このメールを捨ててください。申出は届かず、預かったアドレスは7日で消します。\n"
        f"\n--\n{place['site']}\n{place['base_url']}/\nこのメールには返信できません。\n"
    )
    subject = f"{place['site']}:担当の登録の申出の確認"
    return enqueue(session, DeliveryKind.ACCOUNT, to=to, subject=subject, text=text, headers=notices.AUTOMATIC, now=place["now"])


def arrived(
    session: Session, request: Handover, here: str, to: Iterable[Account], **place: Unpack[Place]
) -> list[Delivery]:
    """Tells those who may decide."""
    text = (
        f"{here}の担当の引き継ぎの申出が届きました。\n\n"
        f"次のページで、申し出た方を確かめ、認めるかどうかを答えてください。\n{place['base_url']}/handovers/{request.id}\n"
    )
    subject = f"引き継ぎの申出:{here}"
    return notices.tell_all(session, DeliveryKind.ACCOUNT, to, subject, text, **place)


def ended(session: Session, before: Account, here: str, **place: Unpack[Place]) -> Delivery:
    """Tells the predecessor that somebody else has taken over."""
    text = (
        f"{addressed([before])}\n\n{here}の担当が引き継がれたので、あなたの利用を終えました。\n\n"
        "これまでの募集と下書きは、そのまま残ります。誤りのときは、後任の方か総務省の担当者に連絡してください。\n"
        f"\n--\n{place['site']}\n{place['base_url']}/\nこのメールには返信できません。\n"
    )
    subject = f"{place['site']}:引き継ぎのお知らせ"
    return enqueue(session, DeliveryKind.ACCOUNT, to=before, subject=subject, text=text, headers=notices.AUTOMATIC, now=place["now"])


def granted(session: Session, account: Account, here: str, **place: Unpack[Place]) -> Delivery:
    """Tells a successor who has an account already that it acts for this too."""
    text = (
        f"{here}の担当の登録の申出が認められました。\n\n"
        f"いまのアカウントで、次のページから続けられます。\n{place['base_url']}/desk/\n"
    )
    return notices.tell(session, DeliveryKind.ACCOUNT, account, f"担当の登録の申出が認められました:{here}", text, **place)


def refused(session: Session, request: Handover, to: Subscriber, here: str, **place: Unpack[Place]) -> Delivery:
    """Tells the asker, who may have an account or none."""
    text = (
        f"{request.name} 様\n\n{here}の担当の登録の申出は、認められませんでした。\n\n"
        "心当たりを確かめたいときは、同じ担当の方か総務省にお問い合わせください。申出は、もう一度送ることもできます。\n"
        f"{place['base_url']}/handover\n"
        f"\n--\n{place['site']}\n{place['base_url']}/\nこのメールには返信できません。\n"
    )
    subject = f"{place['site']}:担当の登録の申出の結果"
    return enqueue(session, DeliveryKind.ACCOUNT, to=to, subject=subject, text=text, headers=notices.AUTOMATIC, now=place["now"])
