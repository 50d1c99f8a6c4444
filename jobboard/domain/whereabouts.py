"""Where one mail is, or how it ended, in a sentence of the ledger's own words."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base.states import Attempted, Bounce, DeliveryState
from jobboard.base.wording import japanese_instant
from jobboard.domain.retention import MAIL_KEPT
from jobboard.models import Attempt, Board, Delivery


def whereabouts(session: Session, delivery: Delivery, *, now: datetime) -> str:
    """The sentence. A server's words stand in it as the server said them."""
    attempts = list(session.scalars(select(Attempt).where(Attempt.delivery_id == delivery.id).order_by(Attempt.id)))
    settled = japanese_instant(delivery.settled_at or delivery.due_at)
    if delivery.state is DeliveryState.SENT:
        return _sent(delivery, attempts, settled, now)
    if delivery.state is DeliveryState.FAILED:
        refused = bool(attempts) and attempts[-1].outcome is Attempted.REFUSED
        because = f"{Attempted.REFUSED.label}ので、" if refused else ""
        return f"{because}{settled}に送れませんでした{_note(_forgotten(delivery, now) or delivery.reason)}。"
    if delivery.state is DeliveryState.CANCELLED:
        return f"{settled}に送信を取り消しました{_note(_forgotten(delivery, now) or delivery.reason)}。"
    if delivery.state is DeliveryState.LEASED:
        return "いま送っているところです。"
    return _queued(session.get_one(Board, 1), delivery, attempts)


def _sent(delivery: Delivery, attempts: list[Attempt], sent: str, now: datetime) -> str:
    if delivery.bounced_at is None:
        return f"{sent}に送り、相手のサーバーが受け取りました{_note(_forgotten(delivery, now) or delivery.reason)}。"
    words = next((one.words for one in reversed(attempts) if one.outcome is Attempted.BOUNCED), "")
    kind = (delivery.bounce or Bounce.SOFT).label.partition("(")[0]
    said = _forgotten(delivery, now) or "、".join(part for part in (kind, words) if part)
    return f"{sent}に送りましたが、{japanese_instant(delivery.bounced_at)}に届かずに戻ってきました{_note(said)}。"


def _queued(board: Board, delivery: Delivery, attempts: list[Attempt]) -> str:
    if board.mail_stopped_at is not None:
        since = japanese_instant(board.mail_stopped_at)
        return f"管理者が{since}から送信を止めているので、再開を待っています{_note(f'理由: {board.mail_stopped_for}')}。"
    if not delivery.attempts:
        return "送信を待つ列にあり、まもなく送ります。"
    because = attempts[-1].outcome.label if attempts else "相手のサーバーが受け取らなかった"
    since = japanese_instant(attempts[0].at if attempts else delivery.created_at)
    said = "、".join(part for part in (delivery.reason, f"次は{japanese_instant(delivery.due_at)}") if part)
    return f"{because}ので、{since}から送り直しています{_note(said)}。"


def _forgotten(delivery: Delivery, now: datetime) -> str:
    """That the words are gone, where they are (domain/retention)."""
    gone = delivery.text_id is None and delivery.settled_at is not None and now - delivery.settled_at >= MAIL_KEPT
    return f"{MAIL_KEPT.days}日を過ぎたので、くわしい記録は残っていません" if gone else ""


def _note(words: str) -> str:
    return f"({words})" if words else ""
