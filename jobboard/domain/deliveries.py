"""配信: each mail of the service is a row, enqueued in the transaction of what it tells of."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from jobboard.base.states import DeliveryKind
from jobboard.models import Account, Board, Delivery, Subscriber

HEAD_START = timedelta(hours=1)
"""A mail that a person waits for is due this long before now: it overtakes a running bulk by the index alone."""


def enqueue(
    session: Session,
    kind: DeliveryKind,
    *,
    to: Subscriber | Account,
    subject: str,
    text: str,
    html: str = "",
    headers: Mapping[str, str] | None = None,
    now: datetime,
) -> Delivery:
    """Adds one mail to one recipient, frozen as it stands; it leaves after the caller's commit.

    ``text``, ``html`` and header values may hold placeholders (models/delivery.py); only those of the recipient's own
    links become URLs when the mail is sent. The subject says 【見本】 in the demonstration.
    """
    session.flush()
    delivery = Delivery(
        kind=kind,
        subscriber=to if isinstance(to, Subscriber) else None,
        account=to if isinstance(to, Account) else None,
        message_id=str(uuid.uuid4()),
        subject=f"【見本】{subject}" if is_demonstration(session) else subject,
        text=text,
        html=html,
        headers=dict(headers or {}),
        created_at=now,
        due_at=now if kind is DeliveryKind.NOTICE else now - HEAD_START,
    )
    session.add(delivery)
    session.info["wake"] = True
    return delivery


def is_demonstration(session: Session) -> bool:
    """Whether this database holds invented municipalities."""
    board = session.get(Board, 1)
    return board is not None and board.demonstration
