"""What holders of accounts are told of their accounts: codes to sign in with, changes of the second factor, handovers."""

from datetime import datetime
from typing import TypedDict, Unpack

from sqlalchemy.orm import Session

from jobboard.base.clock import in_japan
from jobboard.base.states import CodeAct, DeliveryKind, FactorLoss, SecondFactor
from jobboard.domain.telling import tell
from jobboard.models import Account, Delivery


class Place(TypedDict):
    """Which installation writes: its address without a slash at the end, its name; and the instant."""

    base_url: str
    site: str
    now: datetime


def factor_code(session: Session, account: Account, **place: Unpack[Place]) -> Delivery:
    """The code for somebody who has just given the right password."""
    text = (
        "ログインの途中の画面に、このメールの下の方にある確認コードを入力してください。\n\n"
        "ログインしていないときは、だれかがあなたのパスワードを知っています。確認コードはだれにも教えず、"
        f"次のページでパスワードを変えてください。\n{place['base_url']}/forgot\n"
    )
    subject = f"{place['site']}:ログインの確認コード"
    return tell(session, DeliveryKind.ONE_TIME_CODE, account, subject, text, **place, act=CodeAct.SIGN_IN)


def factor_registered(session: Session, account: Account, factor: SecondFactor, **place: Unpack[Place]) -> Delivery:
    """Tells the holder, who may not have done it."""
    text = (
        f"ログインのときの2つめの確認を「{factor.label}」にしました({_at(place['now'])})。\n\n"
        "自分で登録していないときは、すぐに総務省の担当者に知らせてください。\n"
    )
    return tell(session, DeliveryKind.ACCOUNT, account, f"{place['site']}:2つめの確認の登録", text, **place)


def factor_reset(session: Session, account: Account, loss: FactorLoss, **place: Unpack[Place]) -> Delivery:
    """Tells the holder that an administrator forgot the second factor."""
    text = (
        f"ログインのときの2つめの確認を、管理者が解除しました({_at(place['now'])})。\n理由: {loss.label}\n\n"
        f"次にログインすると、新しく登録する画面になります。\n{place['base_url']}/login\n\n"
        "頼んでいないときは、すぐに総務省の担当者に知らせてください。\n"
    )
    return tell(session, DeliveryKind.ACCOUNT, account, f"{place['site']}:2つめの確認の解除", text, **place)


def recovery_used(session: Session, account: Account, left: int, **place: Unpack[Place]) -> Delivery:
    """Tells the holder that a recovery code opened the account."""
    text = (
        f"回復コードでログインしました({_at(place['now'])})。使っていない回復コードは、あと{left}個です。\n\n"
        f"認証アプリが使えなくなったときは、次のページで登録し直してください。\n{place['base_url']}/account\n\n"
        "自分で使っていないときは、すぐに総務省の担当者に知らせてください。\n"
    )
    return tell(session, DeliveryKind.ACCOUNT, account, f"{place['site']}:回復コードが使われました", text, **place)


def _at(instant: datetime) -> str:
    return f"{in_japan(instant):%Y年%-m月%-d日 %-H時%M分}"
