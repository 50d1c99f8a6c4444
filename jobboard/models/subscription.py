"""Who asked to be told of what, and what matched."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jobboard.base.states import Dropped, Frequency, SubscriptionState
from jobboard.models.columns import Base, Coded, Instant, only
from jobboard.models.criteria import StoredCriteria
from jobboard.models.event import ChangeEvent


class Subscriber(Base):
    """One address, as typed and as compared (``address_key``). The only place where a reader's address stands.

    Also of one who asked for a correction and waits for the answer: such a row may have no subscription. ``stopped_at`` and
    ``stopped_for`` (the server's words, no address): mail came back for good. ``soft_bounces``: how often it came back for now
    since the holder last acted. ``refused``: municipalities that the holder wants no mail of.
    """

    __tablename__ = "subscriber"

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(sa.String(254))
    address_key: Mapped[str] = mapped_column(sa.String(254), unique=True)
    company: Mapped[str] = mapped_column(sa.String(120), default="")
    created_at: Mapped[datetime] = mapped_column(Instant)
    link_generation: Mapped[int] = mapped_column(default=1)
    stopped_at: Mapped[datetime | None] = mapped_column(Instant, index=True)
    stopped_for: Mapped[str] = mapped_column(sa.Text, default="")
    soft_bounces: Mapped[int] = mapped_column(default=0)
    subscriptions: Mapped[list["Subscription"]] = relationship(
        back_populates="subscriber", cascade="all, delete-orphan", order_by="Subscription.id"
    )
    refused: Mapped[list["Refused"]] = relationship(cascade="all, delete-orphan", order_by="Refused.municipality_code")

    __table_args__ = ({"sqlite_autoincrement": True},)


class Subscription(Base):
    """One criteria of a subscriber. ``kinds``: comma-joined event codes in the order of ``subscriptions.KINDS``."""

    __tablename__ = "subscription"

    id: Mapped[int] = mapped_column(primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(sa.ForeignKey("subscriber.id", ondelete="CASCADE"), index=True)
    criteria_id: Mapped[int] = mapped_column(sa.ForeignKey("criteria.id"), index=True)
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
    criteria: Mapped[StoredCriteria] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (
        only("frequency", Frequency),
        only("state", SubscriptionState),
        {"sqlite_autoincrement": True},
    )


class Refused(Base):
    """この自治体は不要: a municipality whose postings a subscriber wants no mail of, whatever the criteria say."""

    __tablename__ = "refused"

    subscriber_id: Mapped[int] = mapped_column(sa.ForeignKey("subscriber.id", ondelete="CASCADE"), primary_key=True)
    municipality_code: Mapped[str] = mapped_column(sa.ForeignKey("municipality.code"), primary_key=True, index=True)
    created_at: Mapped[datetime] = mapped_column(Instant)


WAITS = sa.text("delivery_id IS NULL AND dropped IS NULL")
DROPPED = sa.text("dropped IS NOT NULL")


class Match(Base):
    """One event that met one subscription, once, by the criteria that it had then.

    It waits until it is composed into a mail (``delivery_id``) or ``dropped`` says why nobody needs it any more.
    """

    __tablename__ = "match"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("change_event.id"), index=True)
    subscription_id: Mapped[int] = mapped_column(sa.ForeignKey("subscription.id", ondelete="CASCADE"))
    subscriber_id: Mapped[int]  # of its subscription, with which it goes: no key of its own for 100,000 rows in a second
    criteria_id: Mapped[int]  # rows of criteria stay: no key, as above
    matched_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant)
    delivery_id: Mapped[int | None] = mapped_column(sa.ForeignKey("delivery.id", ondelete="SET NULL"))
    dropped: Mapped[Dropped | None] = mapped_column(Coded(Dropped))
    event: Mapped[ChangeEvent] = relationship()
    subscription: Mapped[Subscription] = relationship()

    __table_args__ = (
        only("dropped", Dropped),
        sa.UniqueConstraint("subscription_id", "event_id"),
        sa.Index(None, "subscriber_id", "event_id"),
        sa.Index("ix_match_dropped", "matched_at", sqlite_where=DROPPED, postgresql_where=DROPPED),
        sa.Index("ix_match_waiting", "due_at", "subscriber_id", sqlite_where=WAITS, postgresql_where=WAITS),
        sa.Index(
            "ix_match_delivery_id", "delivery_id", sqlite_where=sa.text("delivery_id IS NOT NULL"),
            postgresql_where=sa.text("delivery_id IS NOT NULL"),
        ),
    )
