"""The declarative base and the few column types that all tables share."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase

from jobboard.base.choice import Choice

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

Json = sa.JSON().with_variant(JSONB(), "postgresql")


class Base(DeclarativeBase):
    """The base of every mapped row; its constraints have names that migrations can rely on."""

    metadata = sa.MetaData(naming_convention=NAMING)


class Instant(sa.types.TypeDecorator[datetime]):
    """An aware datetime, stored as UTC; a naive one is a programming error (decisions.md, Time)."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Coded(sa.types.TypeDecorator[Choice]):
    """A member of a closed list, stored as its code."""

    impl = sa.String(40)
    cache_ok = True

    def __init__(self, choices: type[Choice]) -> None:
        super().__init__()
        self.choices = choices

    def process_bind_param(self, value: Choice | str | None, dialect: Dialect) -> str | None:
        return None if value is None else str(self.choices(value))

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else self.choices(value)


def only(column: str, choices: type[Choice]) -> sa.CheckConstraint:
    """The constraint that ``column`` holds a code of the list."""
    codes = ", ".join(f"'{member}'" for member in choices)
    return sa.CheckConstraint(f"{column} IN ({codes})", name=f"{column}_known")
