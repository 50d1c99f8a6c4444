"""Where one mail is, or how it ended, in a sentence of the ledger's own words."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base.letter import WRITTEN
from jobboard.base.states import Attempted, Bounce, DeliveryState, SubscriptionState
from jobboard.base.wording import japanese_instant
from jobboard.domain.leasing import wants
from jobboard.domain.retention import MAIL_KEPT
from jobboard.models import Attempt, Board, Delivery, Match


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


def withheld(session: Session, delivery: Delivery, matches: Sequence[Match], *, now: datetime) -> str:
    """Why a queued notice will not leave as it is, whatever the switch says; empty when it will. ``matches``: those asked about.

    A mail that was never tried is composed anew without what was left; one that was tried goes while any part is wanted.
    """
    person = delivery.subscriber
    if delivery.state is not DeliveryState.QUEUED or person is None:
        return ""
    if person.stopped_at is not None:
        return f"この宛先にはメールが届かず、{japanese_instant(person.stopped_at)}から配信を止めているので、送りません。"
    bundled = select(Match).where(Match.delivery_id == delivery.id).order_by(Match.id)
    parts = [one.subscription for one in (session.scalars(bundled).all() if delivery.attempts else matches)]
    if any(wants(one, now) for one in parts):
        return ""
    if ends := [one.paused_until for one in parts if one.state is SubscriptionState.ACTIVE and one.paused_until]:
        return f"本人が配信を休んでいるので、休みが終わる{japanese_instant(min(ends))}に送ります。"
    left = max((one.left_at for one in parts if one.left_at), default=None)
    return f"本人が{japanese_instant(left) if left else '先'}に配信を停止したので、送りません。"


def _sent(delivery: Delivery, attempts: list[Attempt], sent: str, now: datetime) -> str:
    if delivery.bounced_at is None and delivery.reason == WRITTEN:
        return f"{sent}に、送らずに{WRITTEN}。"
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
