"""What a municipality's desk keeps beside a posting: prints for 決裁, links for superiors, codes, reminders, views."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jobboard.base.states import CodeAct, ReminderKind
from jobboard.models.account import Account
from jobboard.models.columns import Base, Coded, Instant, Json, only
from jobboard.models.municipality import Municipality
from jobboard.models.posting import Posting


class Printout(Base):
    """A draft as it was printed for 決裁: ``draft`` as typed, ``checksum`` of it as hexadecimal digits on the paper.

    ``number`` counts the prints of one posting from 1.
    """

    __tablename__ = "printout"

    id: Mapped[int] = mapped_column(primary_key=True)
    posting_id: Mapped[int] = mapped_column(sa.ForeignKey("posting.id"), index=True)
    number: Mapped[int]
    checksum: Mapped[str] = mapped_column(sa.String(64))
    draft: Mapped[dict[str, Any]] = mapped_column(Json)
    printed_at: Mapped[datetime] = mapped_column(Instant)
    printed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    posting: Mapped[Posting] = relationship()

    __table_args__ = (sa.UniqueConstraint("posting_id", "number"), {"sqlite_autoincrement": True})


class ReadingLink(Base):
    """A link by which superiors read a draft as it stands, without an account; its token by ``domain/links``."""

    __tablename__ = "reading_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    posting_id: Mapped[int] = mapped_column(sa.ForeignKey("posting.id"), index=True)
    link_generation: Mapped[int] = mapped_column(default=1)
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    expires_at: Mapped[datetime] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    posting: Mapped[Posting] = relationship()

    __table_args__ = ({"sqlite_autoincrement": True},)


class OneTimeCode(Base):
    """A code in a staff mail, to be typed with the address at ``/code``.

    ``digest`` is its keyed hash, empty until the mail is sent and the code made. ``act`` says where it leads; ``posting_id`` to
    which posting, null for none. ``generation``: of the account's links or sessions; once that counted up it opens nothing.
    """

    __tablename__ = "one_time_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    digest: Mapped[str] = mapped_column(sa.String(64))
    act: Mapped[CodeAct] = mapped_column(Coded(CodeAct))
    generation: Mapped[int]
    posting_id: Mapped[int | None] = mapped_column(sa.ForeignKey("posting.id"))
    made_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)
    used_at: Mapped[datetime | None] = mapped_column(Instant)
    account: Mapped[Account] = relationship()

    __table_args__ = (only("act", CodeAct), {"sqlite_autoincrement": True})


class Reminder(Base):
    """That an editor was reminded of a posting; ``due_on`` is the day that it was about, so each is sent once."""

    __tablename__ = "reminder"

    posting_id: Mapped[int] = mapped_column(sa.ForeignKey("posting.id"), primary_key=True)
    kind: Mapped[ReminderKind] = mapped_column(Coded(ReminderKind), primary_key=True)
    due_on: Mapped[date] = mapped_column(primary_key=True)
    sent_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (only("kind", ReminderKind),)


class ViewDay(Base):
    """How often a posting's page was opened on one day in Japan, by a beacon without cookie, bots left out."""

    __tablename__ = "view_day"

    posting_id: Mapped[int] = mapped_column(sa.ForeignKey("posting.id"), primary_key=True)
    on: Mapped[date] = mapped_column(primary_key=True)
    views: Mapped[int] = mapped_column(default=0)


class Agreement(Base):
    """共同募集: what a co-municipality said on its own desk; it is shown and listed only when it agreed."""

    __tablename__ = "agreement"

    posting_id: Mapped[int] = mapped_column(sa.ForeignKey("posting.id"), primary_key=True)
    municipality_code: Mapped[str] = mapped_column(sa.ForeignKey("municipality.code"), primary_key=True, index=True)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    agreed_at: Mapped[datetime | None] = mapped_column(Instant)
    declined_at: Mapped[datetime | None] = mapped_column(Instant)
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    note: Mapped[str] = mapped_column(sa.Text, default="")
    posting: Mapped[Posting] = relationship()
    municipality: Mapped[Municipality] = relationship()


class PrefectureRoute(Base):
    """経由: submissions of this prefecture's municipalities go to the prefecture first; no row, or false, is 直接."""

    __tablename__ = "prefecture_route"

    pref_code: Mapped[str] = mapped_column(sa.String(2), primary_key=True)
    through: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    changed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))


class GrantRule(Base):
    """特別交付税措置 of one fiscal year, as dated by the ministry: which roles and engagements meet its form."""

    __tablename__ = "grant_rule"

    id: Mapped[int] = mapped_column(primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(index=True)
    roles: Mapped[list[Any]] = mapped_column(Json, default=list)
    engagements: Mapped[list[Any]] = mapped_column(Json, default=list)
    wording: Mapped[str] = mapped_column(sa.Text)
    source: Mapped[str] = mapped_column(sa.Text)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    changed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))

    __table_args__ = ({"sqlite_autoincrement": True},)


class SearchDay(Base):
    """How often the public list was asked on a day in Japan for these words, and how often nothing was found."""

    __tablename__ = "search_day"

    on: Mapped[date] = mapped_column(primary_key=True)
    words: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    asked: Mapped[int] = mapped_column(default=0)
    found_nothing: Mapped[int] = mapped_column(default=0)
