"""Small tables of the service itself: the board's version, link hashes, rate-limit counters."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from jobboard.models.columns import Base, Instant


class Board(Base):
    """One row: ``version`` is bumped in each transaction that changes what the public sees; it is in every ETag.

    ``index_format`` is the format that cards and search index were last made in (domain/facets); an older one is made anew;
    ``criteria_format`` is the same of the masks of criteria (domain/storing). ``mail_stopped_at``: no mail leaves.
    ``swept_at``: when a worker began its sweep of every minute last.
    ``audit_walked_at``: when a worker's walk along the audit's chain last came to its end, all of it sound.
    ``review_workdays``: the promised term of 掲載確認 in 開庁日; ``review_contact``: whom to call meanwhile.
    """

    __tablename__ = "board"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(sa.BigInteger, default=1)
    demonstration: Mapped[bool] = mapped_column(default=False)
    index_format: Mapped[int] = mapped_column(default=0)
    criteria_format: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    mail_stopped_at: Mapped[datetime | None] = mapped_column(Instant)
    mail_stopped_for: Mapped[str] = mapped_column(sa.Text, default="")
    swept_at: Mapped[datetime | None] = mapped_column(Instant)
    audit_walked_at: Mapped[datetime | None] = mapped_column(Instant)
    review_workdays: Mapped[int] = mapped_column(default=3)
    review_contact: Mapped[str] = mapped_column(sa.Text, default="")


class Link(Base):
    """The SHA-256 of a link token, per purpose, subject and generation (decisions.md, Tokens)."""

    __tablename__ = "link"

    digest: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(sa.String(20))
    subject_id: Mapped[int]
    generation: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (sa.Index(None, "purpose", "subject_id"),)


class Throttle(Base):
    """A rate-limit counter, shared by all processes; ``key`` is hashed, so no address stands here."""

    __tablename__ = "throttle"

    key: Mapped[str] = mapped_column(sa.String(128), primary_key=True)
    count: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)
