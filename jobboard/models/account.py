"""Staff accounts and what they may act for."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from jobboard.base.states import AccountRole, SecondFactor
from jobboard.models.columns import Base, Coded, Instant, only
from jobboard.models.municipality import Municipality


class Account(Base):
    """A person of a municipality or the ministry; several may share the mailbox of their section, each by name.

    ``session_generation`` counts up to sign out everywhere.

    ``totp_secret`` is sealed with the token key; ``totp_step`` is the last time step that was used (RFC 6238 section 5.2).
    ``warned_at``: when its holder was told that it lies unused.
    """

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(254))
    name: Mapped[str] = mapped_column(sa.String(80), default="")
    password_hash: Mapped[str | None] = mapped_column(sa.String(200))
    created_at: Mapped[datetime] = mapped_column(Instant)
    activated_at: Mapped[datetime | None] = mapped_column(Instant)
    deactivated_at: Mapped[datetime | None] = mapped_column(Instant)
    last_signed_in_at: Mapped[datetime | None] = mapped_column(Instant)
    session_generation: Mapped[int] = mapped_column(default=1)
    link_generation: Mapped[int] = mapped_column(default=1)
    second_factor: Mapped[SecondFactor | None] = mapped_column(Coded(SecondFactor))
    totp_secret: Mapped[str | None] = mapped_column(sa.String(200))
    totp_step: Mapped[int] = mapped_column(default=0)
    warned_at: Mapped[datetime | None] = mapped_column(Instant)
    memberships: Mapped[list["Membership"]] = relationship(
        back_populates="account", cascade="all, delete-orphan", lazy="selectin", order_by="Membership.id"
    )

    __table_args__ = (
        only("second_factor", SecondFactor),
        sa.UniqueConstraint("email", "name"),
        {"sqlite_autoincrement": True},
    )


class Membership(Base):
    """One role of an account, for one municipality (editor), one prefecture (prefecture) or the whole board.

    ``inherited``: what went into the municipality; what it published before is the editor's too.
    """

    __tablename__ = "membership"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    role: Mapped[AccountRole] = mapped_column(Coded(AccountRole))
    municipality_code: Mapped[str | None] = mapped_column(sa.ForeignKey("municipality.code"), index=True)
    pref_code: Mapped[str | None] = mapped_column(sa.String(2))
    account: Mapped[Account] = relationship(back_populates="memberships")
    inherited: Mapped[list[Municipality]] = relationship(
        primaryjoin=lambda: Membership.municipality_code == foreign(Municipality.successor_code), viewonly=True, lazy="selectin",
    )  # fmt: skip

    __table_args__ = (
        only("role", AccountRole),
        sa.UniqueConstraint("account_id", "role", "municipality_code", "pref_code"),
        sa.CheckConstraint("(role = 'editor') = (municipality_code IS NOT NULL)", name="editor_has_municipality"),
        sa.CheckConstraint("(role = 'prefecture') = (pref_code IS NOT NULL)", name="prefecture_has_code"),
    )


class RecoveryCode(Base):
    """One of the codes that open an account whose second factor is lost, once; only its hash is kept."""

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    digest: Mapped[str] = mapped_column(sa.String(64))
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class SignIn(Base):
    """A session of an account, by the SHA-256 of its number: what its holder sees in the list of sessions."""

    __tablename__ = "sign_in"

    digest: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    browser: Mapped[str] = mapped_column(sa.String(80), default="")
    begun_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant, index=True)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class Handover(Base):
    """引き継ぎ: a successor asks for the membership of a predecessor; a colleague or an administrator grants or refuses it."""

    __tablename__ = "handover"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(254))
    name: Mapped[str] = mapped_column(sa.String(80), default="")
    municipality_code: Mapped[str | None] = mapped_column(sa.ForeignKey("municipality.code"), index=True)
    pref_code: Mapped[str | None] = mapped_column(sa.String(2))
    predecessor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    note: Mapped[str] = mapped_column(sa.Text, default="")
    asked_at: Mapped[datetime] = mapped_column(Instant)
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    granted: Mapped[bool | None]
    link_generation: Mapped[int] = mapped_column(default=1)

    __table_args__ = ({"sqlite_autoincrement": True},)
