"""監査記録: append-only, each entry sealed afterwards into a chain of hashes."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from jobboard.base.states import Strange
from jobboard.models.columns import Base, Coded, Instant, Json, only


class AuditEntry(Base):
    """Who did what when to what. ``action`` reads ``posting:return``; ``facts`` holds ids and codes, no personal data."""

    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant, index=True)
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    action: Mapped[str] = mapped_column(sa.String(60), index=True)
    subject_kind: Mapped[str] = mapped_column(sa.String(40))
    subject_id: Mapped[str] = mapped_column(sa.String(40))
    facts: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)

    __table_args__ = (sa.Index(None, "subject_kind", "subject_id"), {"sqlite_autoincrement": True})


class AuditSeal(Base):
    """The link of one entry in the chain. ``number`` counts without a gap; ``digest`` is of the entry and the seal before."""

    __tablename__ = "audit_seal"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry_id: Mapped[int] = mapped_column(unique=True)
    digest: Mapped[str] = mapped_column(sa.String(64))
    sealed_at: Mapped[datetime] = mapped_column(Instant)


class AuditNotice(Base):
    """Something strange that the audit shows, to be looked at by a person; one for each ``kind``, ``subject`` and day."""

    __tablename__ = "audit_notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[Strange] = mapped_column(Coded(Strange))
    subject: Mapped[str] = mapped_column(sa.String(80))
    day: Mapped[date]
    entries: Mapped[int] = mapped_column(default=0)
    last_entry_id: Mapped[int]
    noticed_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime | None] = mapped_column(Instant)
    seen_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    note: Mapped[str] = mapped_column(sa.Text, default="")

    __table_args__ = (only("kind", Strange), sa.UniqueConstraint("kind", "subject", "day"), {"sqlite_autoincrement": True})
