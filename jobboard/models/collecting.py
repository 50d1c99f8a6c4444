"""収集: feeds of municipalities, each fetch of one, and the items in which calls may be found."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jobboard.base.collecting import Fetched, ItemState
from jobboard.models.columns import Base, Coded, Instant, Json, only
from jobboard.models.municipality import Municipality
from jobboard.models.posting import Posting


class Source(Base):
    """A feed of a municipality in which calls may appear among other news. Nothing is fetched while it is paused.

    ``plain_http``: listed as http by a person. ``next_at``: when it is due; ``leased_until``: a worker (``lease_owner``) fetches
    it now. ``etag`` and ``last_modified`` as the server gave them, for the next conditional GET (RFC 9110 section 13.1);
    ``digest``: SHA-256 of what its items said last. ``failures``: fetches that failed one after another since ``failing_since``.
    """

    __tablename__ = "source"

    id: Mapped[int] = mapped_column(primary_key=True)
    municipality_code: Mapped[str] = mapped_column(sa.ForeignKey("municipality.code"), index=True)
    url: Mapped[str] = mapped_column(sa.String(500), unique=True)
    title: Mapped[str] = mapped_column(sa.String(200), default="")
    page_url: Mapped[str] = mapped_column(sa.String(500), default="")
    plain_http: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    paused_at: Mapped[datetime | None] = mapped_column(Instant)
    paused_for: Mapped[str] = mapped_column(sa.Text, default="")
    next_at: Mapped[datetime | None] = mapped_column(Instant, index=True)
    lease_owner: Mapped[str | None] = mapped_column(sa.String(120))
    leased_until: Mapped[datetime | None] = mapped_column(Instant)
    fetched_at: Mapped[datetime | None] = mapped_column(Instant)
    etag: Mapped[str] = mapped_column(sa.String(300), default="")
    last_modified: Mapped[str] = mapped_column(sa.String(100), default="")
    digest: Mapped[str] = mapped_column(sa.String(64), default="")
    failures: Mapped[int] = mapped_column(default=0)
    failing_since: Mapped[datetime | None] = mapped_column(Instant)
    municipality: Mapped[Municipality] = relationship()

    __table_args__ = ({"sqlite_autoincrement": True},)


class Fetch(Base):
    """One fetch of a source, and the one line that is recorded of it. ``size`` in bytes as read, ``took`` in milliseconds."""

    __tablename__ = "fetch"

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(sa.ForeignKey("source.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(Instant, index=True)
    outcome: Mapped[Fetched] = mapped_column(Coded(Fetched))
    status: Mapped[int | None]
    size: Mapped[int] = mapped_column(default=0)
    took: Mapped[int] = mapped_column(default=0)
    items: Mapped[int] = mapped_column(default=0)
    new_items: Mapped[int] = mapped_column(default=0)
    words: Mapped[str] = mapped_column(sa.Text, default="")

    __table_args__ = (only("outcome", Fetched), {"sqlite_autoincrement": True})


class SourceItem(Base):
    """収集項目: one item of a feed, its own by ``identity`` (SHA-256 of id or of link and title as they are compared). Only link, title, date are kept.

    ``reasons``: (words of the rule, points) that made its ``score`` under the ``rules`` of that version. ``digest`` of title,
    link and date as seen last; ``changes`` counts how often that changed, for pages that change at every fetch. ``changed_at``,
    ``gone_at``: what a person shall look at since then, until ``looked_at``. ``link_status``: what its page answered last,
    ``link_gone_at``: since when that is 404 or 410. ``known``: title, link and date as a person saw them last.
    ``invited_at``: when the municipality was asked by mail; ``answered_at`` and ``agreed``: what it said (掲載してよい / しない).
    """

    __tablename__ = "source_item"

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(sa.ForeignKey("source.id"), index=True)
    identity: Mapped[str] = mapped_column(sa.String(64))
    link: Mapped[str] = mapped_column(sa.String(2000))
    title: Mapped[str] = mapped_column(sa.String(300))
    dated: Mapped[date | None]
    digest: Mapped[str] = mapped_column(sa.String(64))
    changes: Mapped[int] = mapped_column(default=0)
    first_seen_at: Mapped[datetime] = mapped_column(Instant)
    last_seen_at: Mapped[datetime] = mapped_column(Instant)
    score: Mapped[int] = mapped_column(default=0)
    reasons: Mapped[list[Any]] = mapped_column(Json, default=list)
    rules: Mapped[str] = mapped_column(sa.String(12), default="", index=True)
    state: Mapped[ItemState] = mapped_column(Coded(ItemState), index=True)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    dismissed_for: Mapped[str] = mapped_column(sa.Text, default="")
    posting_id: Mapped[int | None] = mapped_column(sa.ForeignKey("posting.id"), index=True)
    changed_at: Mapped[datetime | None] = mapped_column(Instant)
    gone_at: Mapped[datetime | None] = mapped_column(Instant)
    looked_at: Mapped[datetime | None] = mapped_column(Instant)
    link_checked_at: Mapped[datetime | None] = mapped_column(Instant)
    link_status: Mapped[int | None]
    link_gone_at: Mapped[datetime | None] = mapped_column(Instant)
    known: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    invited_at: Mapped[datetime | None] = mapped_column(Instant)
    invited_address: Mapped[str] = mapped_column(sa.String(254), default="")
    link_generation: Mapped[int] = mapped_column(default=1)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    agreed: Mapped[bool | None]
    source: Mapped[Source] = relationship()
    posting: Mapped[Posting | None] = relationship()

    __table_args__ = (only("state", ItemState), sa.UniqueConstraint("source_id", "identity"), {"sqlite_autoincrement": True})
