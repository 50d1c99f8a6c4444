"""監査記録: append-only."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from jobboard.models.columns import Base, Instant, Json


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
