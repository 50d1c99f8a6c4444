"""掲載内容の訂正・削除の申出, and what was done about it."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jobboard.base.states import Fault, Remedy, Speaker
from jobboard.models.account import Account
from jobboard.models.columns import Base, Coded, Instant, only
from jobboard.models.delivery import Delivery
from jobboard.models.posting import Posting
from jobboard.models.subscription import Subscriber
from jobboard.models.version import Version


class Correction(Base):
    """One request about a posting that is or was public. It stays; only its pointer to an address is dropped in time.

    ``receipt`` is what its sender was given: a day and a drawn number, so that nobody counts up to another's. ``subscriber``
    holds the address to answer to, if one was given. ``version``: what it was corrected by, where the posting was; ``delivery`` is
    the answer's mail. ``inquiries``: what its municipality was asked of it, the first one first.
    """

    __tablename__ = "correction"

    id: Mapped[int] = mapped_column(primary_key=True)
    receipt: Mapped[str] = mapped_column(sa.String(16), unique=True)
    posting_id: Mapped[int] = mapped_column(sa.ForeignKey("posting.id"), index=True)
    fault: Mapped[Fault] = mapped_column(Coded(Fault))
    text: Mapped[str] = mapped_column(sa.Text)
    speaker: Mapped[Speaker | None] = mapped_column(Coded(Speaker))
    subscriber_id: Mapped[int | None] = mapped_column(sa.ForeignKey("subscriber.id", ondelete="SET NULL"), index=True)
    received_at: Mapped[datetime] = mapped_column(Instant)
    answered_at: Mapped[datetime | None] = mapped_column(Instant, index=True)
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    remedy: Mapped[Remedy | None] = mapped_column(Coded(Remedy))
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    version_id: Mapped[int | None] = mapped_column(sa.ForeignKey("version.id"))
    delivery_id: Mapped[int | None] = mapped_column(sa.ForeignKey("delivery.id", ondelete="SET NULL"), index=True)
    posting: Mapped[Posting] = relationship()
    subscriber: Mapped[Subscriber | None] = relationship()
    answered_by: Mapped[Account | None] = relationship()
    version: Mapped[Version | None] = relationship()
    delivery: Mapped[Delivery | None] = relationship()
    inquiries: Mapped[list["Inquiry"]] = relationship(order_by="Inquiry.id", back_populates="correction")

    __table_args__ = (
        only("fault", Fault),
        only("speaker", Speaker),
        only("remedy", Remedy),
        sa.CheckConstraint("(answered_at IS NULL) = (remedy IS NULL)", name="answered_has_remedy"),
        {"sqlite_autoincrement": True},
    )


class Inquiry(Base):
    """市区町村への照会: its municipality was told of a request by mail, with the ministry's own ``note``."""

    __tablename__ = "inquiry"

    id: Mapped[int] = mapped_column(primary_key=True)
    correction_id: Mapped[int] = mapped_column(sa.ForeignKey("correction.id"), index=True)
    note: Mapped[str] = mapped_column(sa.Text)
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    correction: Mapped[Correction] = relationship(back_populates="inquiries")
    made_by: Mapped[Account | None] = relationship()

    __table_args__ = ({"sqlite_autoincrement": True},)
