"""配信: one mail to one address, as a row that is leased, sent and settled; and what is kept of how that went."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jobboard.base.states import Attempted, Bounce, DeliveryKind, DeliveryState
from jobboard.models.account import Account
from jobboard.models.columns import Base, Coded, Instant, Json, only
from jobboard.models.subscription import Subscriber


class MailText(Base):
    """The frozen words of one mail or of many alike.

    What differs from reader to reader stands in ``Delivery.words``; its places in the text are placeholders
    ``{{uuid:name}}``. ``uuid`` is drawn after the words were put together, so nobody can have written one into a posting.
    """

    __tablename__ = "mail_text"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[str] = mapped_column(sa.String(36), unique=True)
    subject: Mapped[str] = mapped_column(sa.Text)
    text: Mapped[str] = mapped_column(sa.Text)
    html: Mapped[str] = mapped_column(sa.Text, default="")
    headers: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    created_at: Mapped[datetime] = mapped_column(Instant, index=True)

    __table_args__ = ({"sqlite_autoincrement": True},)


class Delivery(Base):
    """Exactly one recipient, by id, and one text, frozen before the first send.

    ``words`` fills the text's places for this recipient: plain words by name, and ``links`` (purpose, subject id, generation)
    by name, of which tokens are derived when the mail is sent, so the table holds none. ``message_id`` is the left side:
    32 random hexadecimal digits, also in the envelope's sender, so that what bounces names its row. ``reason``: the server's
    words at the last attempt. ``paced_for``: the minute in which ``Pace`` counts it.
    """

    __tablename__ = "delivery"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[DeliveryKind] = mapped_column(Coded(DeliveryKind))
    subscriber_id: Mapped[int | None] = mapped_column(sa.ForeignKey("subscriber.id", ondelete="SET NULL"), index=True)
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    message_id: Mapped[str] = mapped_column(sa.String(200), unique=True)
    text_id: Mapped[int | None] = mapped_column(sa.ForeignKey("mail_text.id", ondelete="SET NULL"), index=True)
    words: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    created_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[DeliveryState] = mapped_column(Coded(DeliveryState), default=DeliveryState.QUEUED)
    due_at: Mapped[datetime] = mapped_column(Instant)
    attempts: Mapped[int] = mapped_column(default=0)
    lease_owner: Mapped[str | None] = mapped_column(sa.String(120))
    leased_until: Mapped[datetime | None] = mapped_column(Instant)
    paced_for: Mapped[datetime | None] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    bounce: Mapped[Bounce | None] = mapped_column(Coded(Bounce))
    bounced_at: Mapped[datetime | None] = mapped_column(Instant)
    mail_text: Mapped[MailText | None] = relationship()
    subscriber: Mapped[Subscriber | None] = relationship()
    account: Mapped[Account | None] = relationship()

    __table_args__ = (
        only("kind", DeliveryKind),
        only("state", DeliveryState),
        only("bounce", Bounce),
        sa.CheckConstraint("subscriber_id IS NULL OR account_id IS NULL", name="one_recipient"),
        sa.Index("ix_delivery_state_due_at", "state", "due_at"),
        sa.Index(
            "ix_delivery_account_id", "account_id", sqlite_where=sa.text("account_id IS NOT NULL"),
            postgresql_where=sa.text("account_id IS NOT NULL"),
        ),
        sa.Index(
            "ix_delivery_settled_at", "settled_at", "state", sqlite_where=sa.text("settled_at IS NOT NULL"),
            postgresql_where=sa.text("settled_at IS NOT NULL"),
        ),
        sa.Index(
            "ix_delivery_bounced_at", "bounced_at", sqlite_where=sa.text("bounced_at IS NOT NULL"),
            postgresql_where=sa.text("bounced_at IS NOT NULL"),
        ),
        {"sqlite_autoincrement": True},
    )


class Attempt(Base):
    """One thing that went otherwise than at once and well: a try that failed, or a bounce. ``words``: the server's, no address."""

    __tablename__ = "attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(sa.ForeignKey("delivery.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(Instant)
    outcome: Mapped[Attempted] = mapped_column(Coded(Attempted))
    words: Mapped[str] = mapped_column(sa.Text, default="")

    __table_args__ = (only("outcome", Attempted), {"sqlite_autoincrement": True})


class Hold(Base):
    """The brake: a run of notices that waits for a moderator, or waited. Counts are persons.

    ``waiting`` would have got a mail, ``today`` had got one in the 24 hours before, ``limit`` is what both together passed;
    ``usual`` is the busiest day that it was derived from, None for the set number. What waits here are the matches up to
    ``last_match_id`` that were due at ``made_at``. ``discarded``: the moderator decided, for ``reason``, that it is not sent.
    """

    __tablename__ = "hold"

    id: Mapped[int] = mapped_column(primary_key=True)
    made_at: Mapped[datetime] = mapped_column(Instant)
    waiting: Mapped[int]
    today: Mapped[int]
    limit: Mapped[int]
    usual: Mapped[int | None]
    last_match_id: Mapped[int]
    released_at: Mapped[datetime | None] = mapped_column(Instant, index=True)
    released_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    discarded: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    released_by: Mapped[Account | None] = relationship()

    __table_args__ = ({"sqlite_autoincrement": True},)


class MailDay(Base):
    """How many notices were composed on a day in Japan: what the brake calls usual, kept when the mails are forgotten."""

    __tablename__ = "mail_day"

    on: Mapped[date] = mapped_column(primary_key=True)
    notices: Mapped[int] = mapped_column(default=0)


class Pace(Base):
    """How many mails were leased for one minute (UTC), to one domain or (``domain`` empty) to all."""

    __tablename__ = "pace"

    minute: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    domain: Mapped[str] = mapped_column(sa.String(254), primary_key=True)
    count: Mapped[int]
