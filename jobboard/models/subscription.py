"""Who asked to be told of what, and what matched."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jobboard.base.states import Frequency, SubscriptionState
from jobboard.models.columns import Base, Coded, Instant, only
from jobboard.models.event import ChangeEvent


class Subscriber(Base):
    """One address, as typed and as compared (``address_key``). The only place where a reader's address stands.

    Also of one who asked for a correction and waits for the answer: such a row may have no subscription.
    """

    __tablename__ = "subscriber"

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(sa.String(254))
    address_key: Mapped[str] = mapped_column(sa.String(254), unique=True)
    company: Mapped[str] = mapped_column(sa.String(120), default="")
    created_at: Mapped[datetime] = mapped_column(Instant)
    link_generation: Mapped[int] = mapped_column(default=1)
    stopped_at: Mapped[datetime | None] = mapped_column(Instant)
    subscriptions: Mapped[list["Subscription"]] = relationship(
        back_populates="subscriber", cascade="all, delete-orphan", order_by="Subscription.id"
    )

    __table_args__ = ({"sqlite_autoincrement": True},)


class Subscription(Base):
    """One criteria of a subscriber: ``criteria`` is the canonical query string, ``kinds`` comma-joined event codes."""

    __tablename__ = "subscription"

    id: Mapped[int] = mapped_column(primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(sa.ForeignKey("subscriber.id", ondelete="CASCADE"), index=True)
    criteria: Mapped[str] = mapped_column(sa.Text)
    criteria_version: Mapped[int] = mapped_column(default=1)
    kinds: Mapped[str] = mapped_column(sa.String(120))
    frequency: Mapped[Frequency] = mapped_column(Coded(Frequency))
    state: Mapped[SubscriptionState] = mapped_column(Coded(SubscriptionState), index=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    consent_version: Mapped[str] = mapped_column(sa.String(20))
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    left_at: Mapped[datetime | None] = mapped_column(Instant)
    left_by: Mapped[str] = mapped_column(sa.String(20), default="")
    paused_until: Mapped[datetime | None] = mapped_column(Instant)
    link_generation: Mapped[int] = mapped_column(default=1)
    subscriber: Mapped[Subscriber] = relationship(back_populates="subscriptions")

    __table_args__ = (
        only("frequency", Frequency),
        only("state", SubscriptionState),
        {"sqlite_autoincrement": True},
    )


class Match(Base):
    """One event that met one subscription, once; ``delivery_id`` is set when it was composed into a mail."""

    __tablename__ = "match"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("change_event.id"))
    subscription_id: Mapped[int] = mapped_column(sa.ForeignKey("subscription.id", ondelete="CASCADE"), index=True)
    subscriber_id: Mapped[int] = mapped_column(sa.ForeignKey("subscriber.id", ondelete="CASCADE"), index=True)
    matched_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant)
    delivery_id: Mapped[int | None] = mapped_column(sa.ForeignKey("delivery.id", ondelete="SET NULL"), index=True)
    event: Mapped[ChangeEvent] = relationship()
    subscription: Mapped[Subscription] = relationship()

    __table_args__ = (
        sa.UniqueConstraint("event_id", "subscription_id"),
        sa.Index(
            "ix_match_waiting", "due_at", sqlite_where=sa.text("delivery_id IS NULL"),
            postgresql_where=sa.text("delivery_id IS NULL"),
        ),
    )
