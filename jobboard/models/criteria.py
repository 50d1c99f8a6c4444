"""配信条件, each distinct one once, with the narrow columns that matching reads in SQL (decisions.md, Code)."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from jobboard.models.columns import Base, Instant


class Keywords(Base):
    """The searches of one or many criteria, each distinct text once: ``words`` is the canonical ``q=…&q=…``."""

    __tablename__ = "keywords"

    id: Mapped[int] = mapped_column(primary_key=True)
    words: Mapped[str] = mapped_column(sa.Text, unique=True)

    __table_args__ = ({"sqlite_autoincrement": True},)


class StoredCriteria(Base):
    """One distinct criteria: ``query`` is the canonical text of grammar ``version``; the rest is derived from it.

    A mask has the bits of the wanted codes (domain/storing); 0: any will do. ``placed`` and ``posted``: one of the rows of
    ``criteria_place`` or ``criteria_posting`` must be met too. ``described``: in words, empty where names are needed for them.
    """

    __tablename__ = "criteria"

    id: Mapped[int] = mapped_column(primary_key=True)
    pref: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    role: Mapped[int] = mapped_column(default=0)
    engagement: Mapped[int] = mapped_column(default=0)
    theme: Mapped[int] = mapped_column(default=0)
    audience: Mapped[int] = mapped_column(default=0)
    remote: Mapped[int] = mapped_column(default=0)
    side_job: Mapped[int] = mapped_column(default=0)
    pay_unit: Mapped[int] = mapped_column(default=0)
    pay_min: Mapped[int | None] = mapped_column(sa.BigInteger)
    closing_before: Mapped[datetime | None] = mapped_column(Instant)
    keywords_id: Mapped[int | None] = mapped_column(sa.ForeignKey("keywords.id"), index=True)
    placed: Mapped[bool] = mapped_column(default=False)
    posted: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    described: Mapped[str] = mapped_column(sa.Text, default="")
    query: Mapped[str] = mapped_column(sa.Text)

    __table_args__ = (sa.UniqueConstraint("query", "version"), {"sqlite_autoincrement": True})


class CriteriaPlace(Base):
    """A municipality that a criteria asks for, by code."""

    __tablename__ = "criteria_place"

    criteria_id: Mapped[int] = mapped_column(sa.ForeignKey("criteria.id", ondelete="CASCADE"), primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(6), primary_key=True, index=True)


class CriteriaPosting(Base):
    """A posting that a criteria asks for; the number may name none."""

    __tablename__ = "criteria_posting"

    criteria_id: Mapped[int] = mapped_column(sa.ForeignKey("criteria.id", ondelete="CASCADE"), primary_key=True)
    posting_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, index=True)
