"""A change is a row."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jobboard.base.states import EventKind
from jobboard.models.columns import Base, Coded, Instant, Json, only
from jobboard.models.posting import Posting
from jobboard.models.version import Version


class ChangeEvent(Base):
    """What happened to a public posting, written in the transaction that did it.

    ``changed`` lists the names of the fields that differ between ``previous`` and ``version``, also ``attachments``. ``material`` says whether anybody
    is told; ``matched_at`` is null until matching has seen the event, so nothing is missed whatever order events commit in.
    ``told`` counts the persons told whose matches have been forgotten.
    """

    __tablename__ = "change_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[str] = mapped_column(sa.String(36), unique=True)
    posting_id: Mapped[int] = mapped_column(sa.ForeignKey("posting.id"))
    version_id: Mapped[int] = mapped_column(sa.ForeignKey("version.id"))
    previous_id: Mapped[int | None] = mapped_column(sa.ForeignKey("version.id"))
    kind: Mapped[EventKind] = mapped_column(Coded(EventKind))
    material: Mapped[bool]
    changed: Mapped[list[Any]] = mapped_column(Json, default=list)
    summary: Mapped[str] = mapped_column(sa.Text, default="")
    occurred_at: Mapped[datetime] = mapped_column(Instant, index=True)
    matched_at: Mapped[datetime | None] = mapped_column(Instant, index=True)
    told: Mapped[int] = mapped_column(default=0)
    posting: Mapped[Posting] = relationship()
    version: Mapped[Version] = relationship(foreign_keys=[version_id])
    previous: Mapped[Version | None] = relationship(foreign_keys=[previous_id])

    __table_args__ = (
        only("kind", EventKind),
        # The latest of one posting: without the time in it SQLite walks the events of all postings by their time.
        sa.Index(None, "posting_id", "occurred_at"),
        {"sqlite_autoincrement": True},
    )
