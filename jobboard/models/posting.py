"""募集: the row that lives, its draft, and the columns derived from what is public."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jobboard.base.states import ClosedReason, Holder, Outcome, SourceKind, State
from jobboard.base.vocabulary import Audience, Engagement, PayUnit, Remote, Role, Scheme, SideJob, Theme
from jobboard.models.columns import Base, Coded, Instant, Json, only
from jobboard.models.municipality import Municipality
from jobboard.models.version import Version


class Posting(Base):
    """An opening of a municipality. ``draft`` keeps strings as typed; what readers see is ``current``, a Version.

    The columns from ``title`` to ``card`` are derived from ``current`` in one place (domain/facets) and are null before
    the first publication. ``apply_by`` is the closing instant in UTC. ``held_by``: who writes the draft now (代理作成).
    ``overruled``: by warning, the reason why it was overruled. ``reviewer_id``: the moderator who took it on (担当).
    ``link_only``: 「リンクのみ」, collected, and its municipality has not completed it; derived, too.
    """

    __tablename__ = "posting"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[str] = mapped_column(sa.String(36), unique=True)
    municipality_code: Mapped[str] = mapped_column(sa.ForeignKey("municipality.code"), index=True)
    state: Mapped[State] = mapped_column(Coded(State), index=True)
    source_kind: Mapped[SourceKind] = mapped_column(Coded(SourceKind), default=SourceKind.ENTERED)
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))

    draft: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    revision: Mapped[int] = mapped_column(default=1)
    draft_at: Mapped[datetime] = mapped_column(Instant)
    draft_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    submitted_at: Mapped[datetime | None] = mapped_column(Instant)
    submitted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    reviewer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    reviewer_since: Mapped[datetime | None] = mapped_column(Instant)
    scheduled_at: Mapped[datetime | None] = mapped_column(Instant)
    held_by: Mapped[Holder] = mapped_column(Coded(Holder), default=Holder.MUNICIPALITY)
    overruled: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    copied_from_id: Mapped[int | None] = mapped_column(sa.ForeignKey("posting.id"))
    archived_at: Mapped[datetime | None] = mapped_column(Instant)

    current_id: Mapped[int | None] = mapped_column(sa.ForeignKey("version.id", use_alter=True))
    pending_id: Mapped[int | None] = mapped_column(sa.ForeignKey("version.id", use_alter=True))
    published_at: Mapped[datetime | None] = mapped_column(Instant, index=True)
    updated_at: Mapped[datetime | None] = mapped_column(Instant)
    link_only: Mapped[bool] = mapped_column(default=False)
    info_as_of: Mapped[date | None]
    collected_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_reason: Mapped[ClosedReason | None] = mapped_column(Coded(ClosedReason))
    closed_note: Mapped[str] = mapped_column(sa.Text, default="")
    outcome: Mapped[Outcome | None] = mapped_column(Coded(Outcome))
    outcome_note: Mapped[str] = mapped_column(sa.Text, default="")

    title: Mapped[str | None] = mapped_column(sa.String(80))
    role: Mapped[Role | None] = mapped_column(Coded(Role))
    engagement: Mapped[Engagement | None] = mapped_column(Coded(Engagement))
    audience: Mapped[Audience | None] = mapped_column(Coded(Audience))
    scheme: Mapped[Scheme | None] = mapped_column(Coded(Scheme))
    remote: Mapped[Remote | None] = mapped_column(Coded(Remote))
    side_job: Mapped[SideJob | None] = mapped_column(Coded(SideJob))
    pay_unit: Mapped[PayUnit | None] = mapped_column(Coded(PayUnit))
    pay_low: Mapped[int | None] = mapped_column(sa.BigInteger)
    pay_high: Mapped[int | None] = mapped_column(sa.BigInteger)
    pay_monthly: Mapped[int | None] = mapped_column(sa.BigInteger)
    apply_from: Mapped[datetime | None] = mapped_column(Instant)
    apply_by: Mapped[datetime | None] = mapped_column(Instant)
    questions_by: Mapped[datetime | None] = mapped_column(Instant)
    card: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)

    municipality: Mapped[Municipality] = relationship(
        lazy="joined", innerjoin=True, foreign_keys=[municipality_code]
    )
    current: Mapped[Version | None] = relationship(foreign_keys=[current_id], post_update=True)
    pending: Mapped[Version | None] = relationship(foreign_keys=[pending_id], post_update=True)
    versions: Mapped[list[Version]] = relationship(
        foreign_keys=[Version.posting_id], order_by=Version.id, back_populates="posting"
    )

    __table_args__ = (
        only("state", State),
        only("held_by", Holder),
        sa.Index("ix_posting_state_apply_by", "state", "apply_by"),
        sa.Index("ix_posting_state_updated_at", "state", "updated_at"),
        {"sqlite_autoincrement": True},
    )


class PostingTheme(Base):
    """A theme of the published version."""

    __tablename__ = "posting_theme"

    posting_id: Mapped[int] = mapped_column(sa.ForeignKey("posting.id", ondelete="CASCADE"), primary_key=True)
    theme: Mapped[Theme] = mapped_column(Coded(Theme), primary_key=True)

    __table_args__ = (sa.Index(None, "theme", "posting_id"),)


class PostingPlace(Base):
    """A municipality that recruits by this posting: its own, those of a joint recruitment, and the other codes of each after a merger."""

    __tablename__ = "posting_place"

    posting_id: Mapped[int] = mapped_column(sa.ForeignKey("posting.id", ondelete="CASCADE"), primary_key=True)
    municipality_code: Mapped[str] = mapped_column(sa.ForeignKey("municipality.code"), primary_key=True)
    pref_code: Mapped[str] = mapped_column(sa.String(2))

    __table_args__ = (
        sa.Index(None, "municipality_code", "posting_id"),
        sa.Index(None, "pref_code", "posting_id"),
    )
