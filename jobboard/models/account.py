"""Staff accounts and what they may act for."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jobboard.base.states import AccountRole
from jobboard.models.columns import Base, Coded, Instant, only


class Account(Base):
    """A person of a municipality or the ministry. ``session_generation`` counts up to sign out everywhere."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(254), unique=True)
    name: Mapped[str] = mapped_column(sa.String(80), default="")
    password_hash: Mapped[str | None] = mapped_column(sa.String(200))
    created_at: Mapped[datetime] = mapped_column(Instant)
    activated_at: Mapped[datetime | None] = mapped_column(Instant)
    deactivated_at: Mapped[datetime | None] = mapped_column(Instant)
    last_signed_in_at: Mapped[datetime | None] = mapped_column(Instant)
    session_generation: Mapped[int] = mapped_column(default=1)
    link_generation: Mapped[int] = mapped_column(default=1)
    memberships: Mapped[list["Membership"]] = relationship(
        back_populates="account", cascade="all, delete-orphan", lazy="selectin", order_by="Membership.id"
    )

    __table_args__ = ({"sqlite_autoincrement": True},)


class Membership(Base):
    """One role of an account, for one municipality (editor), one prefecture (prefecture) or the whole board."""

    __tablename__ = "membership"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    role: Mapped[AccountRole] = mapped_column(Coded(AccountRole))
    municipality_code: Mapped[str | None] = mapped_column(sa.ForeignKey("municipality.code"), index=True)
    pref_code: Mapped[str | None] = mapped_column(sa.String(2))
    account: Mapped[Account] = relationship(back_populates="memberships")

    __table_args__ = (
        only("role", AccountRole),
        sa.UniqueConstraint("account_id", "role", "municipality_code", "pref_code"),
        sa.CheckConstraint("(role = 'editor') = (municipality_code IS NOT NULL)", name="editor_has_municipality"),
        sa.CheckConstraint("(role = 'prefecture') = (pref_code IS NOT NULL)", name="prefecture_has_code"),
    )
