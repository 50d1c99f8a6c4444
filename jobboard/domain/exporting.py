"""登録した情報の取り出し: all that is known of an address, for its holder to read; without the keys of links."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from jobboard.base.clock import in_japan
from jobboard.domain import consent, narrowing, questions, welcoming
from jobboard.models import Attempt, Correction, Delivery, Subscriber, Subscription

LEFT_BY = {"link": "メールのリンク", "one_click": "メールソフトの停止ボタン", "manage": "登録した条件のページ"}


def export(session: Session, owner: Subscriber) -> dict[str, Any]:
    """The values by Japanese names, ready for JSON; times are those of Japan (ISO 8601)."""
    rows = select(Subscription).where(Subscription.subscriber_id == owner.id).order_by(Subscription.id)
    asked = select(Correction).where(Correction.subscriber_id == owner.id).order_by(Correction.id)
    return {
        "メールアドレス": owner.address,
        "企業名": owner.company,
        "最初の申込み": _time(owner.created_at),
        "届かないため配信を止めた日時": _time(owner.stopped_at),
        "届かなかった理由": owner.stopped_for,
        "配信条件": [_subscription(session, row) for row in session.scalars(rows)],
        "不要とした市区町村": [place.full_name for place in narrowing.refused(session, owner)],
        "送ったメール": _mails(session, owner),
        "訂正・削除の申出": [
            {"受付番号": one.receipt, "受付": _time(one.received_at), "回答": _time(one.answered_at)}
            for one in session.scalars(asked)
        ],
        "質問": [
            {
                "募集": one.posting_id, "質問": one.text, "公開した質問": one.public_text, "受付": _time(one.asked_at),
                "確定": _time(one.confirmed_at), "回答": one.answer, "回答した日時": _time(one.answered_at),
            }
            for one in questions.of_person(session, owner)
        ],
    }


def _subscription(session: Session, row: Subscription) -> dict[str, Any]:
    return {
        "条件": welcoming.describe(session, row),
        "条件の検索式": row.criteria.query,
        "知らせること": welcoming.kinds_text(row),
        "回数": row.frequency.label,
        "状態": row.state.label,
        "申込み": _time(row.created_at),
        "確定": _time(row.confirmed_at),
        "休みの終わり": _time(row.paused_until),
        "停止": _time(row.left_at),
        "停止の方法": LEFT_BY.get(row.left_by, row.left_by),
        "同意した文の版": row.consent_version,
        "同意した文": list(consent.wording(row.consent_version)),
    }


def _mails(session: Session, owner: Subscriber) -> list[dict[str, Any]]:
    """What was sent when, as long as the ledger keeps whose it was."""
    mine = Delivery.subscriber_id == owner.id
    rows = session.scalars(select(Delivery).where(mine).options(joinedload(Delivery.mail_text)).order_by(Delivery.id)).all()
    tries = select(Attempt).join(Delivery, Delivery.id == Attempt.delivery_id).where(mine).order_by(Attempt.id)
    troubles: dict[int, list[dict[str, Any]]] = {}
    for one in session.scalars(tries):
        trouble = {"日時": _time(one.at), "こと": one.outcome.label, "相手のサーバーの言葉": one.words}
        troubles.setdefault(one.delivery_id, []).append(trouble)
    return [
        {
            "用件": row.kind.label,
            "件名": row.mail_text.subject if row.mail_text else "",
            "作った日時": _time(row.created_at),
            "状態": row.state.label,
            "済んだ日時": _time(row.settled_at),
            "理由": row.reason,
            "うまくいかなかったこと": troubles.get(row.id, []),
        }
        for row in rows
    ]


def _time(instant: datetime | None) -> str | None:
    return in_japan(instant).isoformat(timespec="seconds") if instant else None
