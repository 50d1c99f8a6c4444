"""市区町村."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jobboard.base.states import Succession
from jobboard.base.vocabulary import MunicipalityKind
from jobboard.models.columns import Base, Coded, Instant, only


class Municipality(Base):
    """A municipality by its 全国地方公共団体コード. A renamed or merged one stays: postings hang on it.

    ``contact_…``: its section for digital talent, as the ministry knows it; never public. ``successor``: what it went into;
    ``predecessors``: all that went into it (domain/succeeding).
    """

    __tablename__ = "municipality"

    code: Mapped[str] = mapped_column(sa.String(6), primary_key=True)
    pref_code: Mapped[str] = mapped_column(sa.String(2), index=True)
    prefecture: Mapped[str] = mapped_column(sa.String(10))
    district: Mapped[str] = mapped_column(sa.String(20), default="")
    name: Mapped[str] = mapped_column(sa.String(40))
    kana: Mapped[str] = mapped_column(sa.String(80))
    kind: Mapped[MunicipalityKind] = mapped_column(Coded(MunicipalityKind))
    url: Mapped[str] = mapped_column(sa.String(500), default="")
    lat: Mapped[float | None]
    lng: Mapped[float | None]
    contact_section: Mapped[str] = mapped_column(sa.String(80), default="")
    contact_phone: Mapped[str] = mapped_column(sa.String(40), default="")
    contact_email: Mapped[str] = mapped_column(sa.String(254), default="")
    demonstration: Mapped[bool] = mapped_column(default=False)
    ended_on: Mapped[date | None]
    successor_code: Mapped[str | None] = mapped_column(sa.ForeignKey("municipality.code"))
    former_names: Mapped[str] = mapped_column(sa.Text, default="")
    terms_version: Mapped[str] = mapped_column(sa.String(20), default="")
    terms_accepted_at: Mapped[datetime | None] = mapped_column(Instant)
    successor: Mapped["Municipality | None"] = relationship(back_populates="predecessors", remote_side=[code])
    predecessors: Mapped[list["Municipality"]] = relationship(back_populates="successor", order_by=code)

    @property
    def full_name(self) -> str:
        """With the prefecture, always: 25 names are not unique."""
        return f"{self.prefecture}{self.name}"


class MunicipalityChange(Base):
    """A merger or renaming, by its day; it takes effect when that day has begun in Japan (``applied_at``).

    ``code`` ends on ``on`` where ``successor_code`` differs from it; otherwise it only gets ``name`` and ``kana``.
    ``successor_code`` may name a municipality that begins on that day: no key.
    """

    __tablename__ = "municipality_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    on: Mapped[date]
    kind: Mapped[Succession] = mapped_column(Coded(Succession))
    code: Mapped[str] = mapped_column(sa.ForeignKey("municipality.code"), index=True)
    successor_code: Mapped[str] = mapped_column(sa.String(6), default="")
    name: Mapped[str] = mapped_column(sa.String(40), default="")
    kana: Mapped[str] = mapped_column(sa.String(80), default="")
    note: Mapped[str] = mapped_column(sa.Text, default="")
    entered_at: Mapped[datetime] = mapped_column(Instant)
    entered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    applied_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (only("kind", Succession), {"sqlite_autoincrement": True})
