"""What 掲載確認 keeps beside a version: who looks at it, the talk with its municipality, remarks that can be used again."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jobboard.models.account import Account
from jobboard.models.columns import Base, Instant


class Presence(Base):
    """A moderator who has a posting's review page open: ``seen_at`` is when the page said so last."""

    __tablename__ = "presence"

    posting_id: Mapped[int] = mapped_column(sa.ForeignKey("posting.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    account: Mapped[Account] = relationship()


class Talk(Base):
    """One contribution to the talk about a posting between its municipality and the moderators, never public.

    ``seen_at``: when the other side said that it had read it and would not answer.
    """

    __tablename__ = "talk"

    id: Mapped[int] = mapped_column(primary_key=True)
    posting_id: Mapped[int] = mapped_column(sa.ForeignKey("posting.id"), index=True)
    from_ministry: Mapped[bool]
    text: Mapped[str] = mapped_column(sa.Text)
    written_at: Mapped[datetime] = mapped_column(Instant)
    written_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    seen_at: Mapped[datetime | None] = mapped_column(Instant)
    written_by: Mapped[Account | None] = relationship()

    __table_args__ = ({"sqlite_autoincrement": True},)


class SavedRemark(Base):
    """A text that moderators use again, for one field or (``field`` empty) for the whole; put away, it is offered no more.

    One for the whole that names 「{項目}」 is for every field.
    """

    __tablename__ = "saved_remark"

    id: Mapped[int] = mapped_column(primary_key=True)
    field: Mapped[str] = mapped_column(sa.String(60), default="")
    text: Mapped[str] = mapped_column(sa.Text)
    saved_at: Mapped[datetime] = mapped_column(Instant)
    saved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    put_away_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = ({"sqlite_autoincrement": True},)
