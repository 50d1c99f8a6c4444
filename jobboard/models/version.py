"""Numbered versions of a posting, and what belongs to one: attachments, remarks, questions."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jobboard.base.states import VersionState
from jobboard.models.columns import Base, Coded, Instant, Json, only

if TYPE_CHECKING:
    from jobboard.models.posting import Posting


class Version(Base):
    """An immutable content, submitted and perhaps shown. ``number`` counts from 1 when it is published, else null.

    But of a 「リンクのみ」 that ended the link is emptied (docs/decisions/0031).

    ``at_once`` marks a change that took effect before anybody looked at it (事後確認); ``looked_at`` when somebody did.
    ``through_prefecture``: it waits for its prefecture until ``forwarded_at``.
    """

    __tablename__ = "version"

    id: Mapped[int] = mapped_column(primary_key=True)
    posting_id: Mapped[int] = mapped_column(sa.ForeignKey("posting.id"), index=True)
    number: Mapped[int | None]
    uuid: Mapped[str] = mapped_column(sa.String(36), unique=True)
    schema: Mapped[int] = mapped_column(default=1)
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    state: Mapped[VersionState] = mapped_column(Coded(VersionState))
    change_summary: Mapped[str] = mapped_column(sa.Text, default="")
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    published_at: Mapped[datetime | None] = mapped_column(Instant)
    published_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    superseded_at: Mapped[datetime | None] = mapped_column(Instant)
    at_once: Mapped[bool] = mapped_column(default=False)
    looked_at: Mapped[datetime | None] = mapped_column(Instant)
    overruled: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    through_prefecture: Mapped[bool] = mapped_column(default=False)
    forwarded_at: Mapped[datetime | None] = mapped_column(Instant)
    forwarded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    posting: Mapped["Posting"] = relationship(foreign_keys=[posting_id], back_populates="versions")

    __table_args__ = (
        sa.UniqueConstraint("posting_id", "number"),
        only("state", VersionState),
        {"sqlite_autoincrement": True},
    )


class Attachment(Base):
    """A file of a posting; kept as long as a version that was shown names it."""

    __tablename__ = "attachment"

    id: Mapped[int] = mapped_column(primary_key=True)
    posting_id: Mapped[int] = mapped_column(sa.ForeignKey("posting.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    media_type: Mapped[str] = mapped_column(sa.String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(sa.String(64))
    added_at: Mapped[datetime] = mapped_column(Instant)
    added_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    removed_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = ({"sqlite_autoincrement": True},)


class VersionAttachment(Base):
    """Which attachments a version was shown with."""

    __tablename__ = "version_attachment"

    version_id: Mapped[int] = mapped_column(sa.ForeignKey("version.id"), primary_key=True)
    attachment_id: Mapped[int] = mapped_column(sa.ForeignKey("attachment.id"), primary_key=True)
    position: Mapped[int] = mapped_column(default=0)


class Remark(Base):
    """修正依頼: what a moderator asks to be mended, as a whole (``field`` empty) or at one field."""

    __tablename__ = "remark"

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(sa.ForeignKey("version.id"), index=True)
    field: Mapped[str] = mapped_column(sa.String(60), default="")
    text: Mapped[str] = mapped_column(sa.Text)
    written_at: Mapped[datetime] = mapped_column(Instant)
    written_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))


class Question(Base):
    """A question asked privately and answered publicly, without the asker's name.

    The municipality sees it when its mail was confirmed. ``public_text``: as everybody reads it, where the municipality worded
    it anew. ``corrected_at``: when the public answer was changed last. ``set_aside_at``: it will not be answered here, for
    ``set_aside_for``, which its asker alone is told.
    """

    __tablename__ = "question"

    id: Mapped[int] = mapped_column(primary_key=True)
    posting_id: Mapped[int] = mapped_column(sa.ForeignKey("posting.id"), index=True)
    asker_id: Mapped[int | None] = mapped_column(sa.ForeignKey("subscriber.id", ondelete="SET NULL"), index=True)
    text: Mapped[str] = mapped_column(sa.Text)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    answer: Mapped[str] = mapped_column(sa.Text, default="")
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    public_text: Mapped[str] = mapped_column(sa.Text, default="")
    corrected_at: Mapped[datetime | None] = mapped_column(Instant)
    set_aside_at: Mapped[datetime | None] = mapped_column(Instant)
    set_aside_for: Mapped[str] = mapped_column(sa.Text, default="")
    link_generation: Mapped[int] = mapped_column(default=1)
    posting: Mapped["Posting"] = relationship()

    __table_args__ = ({"sqlite_autoincrement": True},)
