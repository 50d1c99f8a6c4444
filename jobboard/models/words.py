"""Words of the office: announcements, and the texts of fixed pages, each in versions."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from jobboard.base.states import FixedPage
from jobboard.models.columns import Base, Coded, Instant, only


class Announcement(Base):
    """お知らせ: Markdown, public from ``published_at``; from ``ends_at`` it stands among the past ones. A draft has neither."""

    __tablename__ = "announcement"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[str] = mapped_column(sa.String(36), unique=True)
    title: Mapped[str] = mapped_column(sa.String(120))
    body: Mapped[str] = mapped_column(sa.Text, default="")
    urgent: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    updated_at: Mapped[datetime] = mapped_column(Instant)
    updated_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    published_at: Mapped[datetime | None] = mapped_column(Instant, index=True)
    ends_at: Mapped[datetime | None] = mapped_column(Instant)
    revision: Mapped[int] = mapped_column(default=1)

    __table_args__ = ({"sqlite_autoincrement": True},)


class PageText(Base):
    """One version of a fixed page's text, Markdown (``OFFICE``: JSON of office, contact, postal).

    The one published last is shown; the page's own words where there is none, or where it is empty.
    """

    __tablename__ = "page_text"

    id: Mapped[int] = mapped_column(primary_key=True)
    page: Mapped[FixedPage] = mapped_column(Coded(FixedPage))
    body: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    published_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (only("page", FixedPage), sa.Index(None, "page", "published_at"), {"sqlite_autoincrement": True})
