"""配信: one mail to one address, as a row that is leased, sent and settled."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jobboard.base.states import DeliveryKind, DeliveryState
from jobboard.models.account import Account
from jobboard.models.columns import Base, Coded, Instant, Json, only
from jobboard.models.subscription import Subscriber


class Delivery(Base):
    """Exactly one recipient, by id. Text is frozen before the first send; links in it are placeholders until then.

    A placeholder is ``{{message_id:purpose:subject_id:generation}}``: tokens are derived when the mail is sent, so the table
    holds none, and nobody can have written one into a posting.
    """

    __tablename__ = "delivery"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[DeliveryKind] = mapped_column(Coded(DeliveryKind))
    subscriber_id: Mapped[int | None] = mapped_column(sa.ForeignKey("subscriber.id", ondelete="SET NULL"), index=True)
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    message_id: Mapped[str] = mapped_column(sa.String(200), unique=True)
    subject: Mapped[str] = mapped_column(sa.Text)
    text: Mapped[str] = mapped_column(sa.Text)
    html: Mapped[str] = mapped_column(sa.Text, default="")
    headers: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    created_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[DeliveryState] = mapped_column(Coded(DeliveryState), default=DeliveryState.QUEUED)
    due_at: Mapped[datetime] = mapped_column(Instant)
    attempts: Mapped[int] = mapped_column(default=0)
    lease_owner: Mapped[str | None] = mapped_column(sa.String(120))
    leased_until: Mapped[datetime | None] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    subscriber: Mapped[Subscriber | None] = relationship()
    account: Mapped[Account | None] = relationship()

    __table_args__ = (
        only("kind", DeliveryKind),
        only("state", DeliveryState),
        sa.CheckConstraint("subscriber_id IS NULL OR account_id IS NULL", name="one_recipient"),
        sa.Index("ix_delivery_state_due_at", "state", "due_at"),
        {"sqlite_autoincrement": True},
    )
