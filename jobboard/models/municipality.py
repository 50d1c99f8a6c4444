"""市区町村."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from jobboard.base.vocabulary import MunicipalityKind
from jobboard.models.columns import Base, Coded, Instant


class Municipality(Base):
    """A municipality by its 全国地方公共団体コード. A renamed or merged one stays: postings hang on it."""

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
    demonstration: Mapped[bool] = mapped_column(default=False)
    ended_on: Mapped[date | None]
    successor_code: Mapped[str | None] = mapped_column(sa.ForeignKey("municipality.code"))
    former_names: Mapped[str] = mapped_column(sa.Text, default="")
    terms_version: Mapped[str] = mapped_column(sa.String(20), default="")
    terms_accepted_at: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def full_name(self) -> str:
        """With the prefecture, always: 25 names are not unique."""
        return f"{self.prefecture}{self.name}"
