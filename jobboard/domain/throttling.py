"""Counters behind the rate limits: one statement each, so that they are true over processes on both databases."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, case, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from jobboard.models import Throttle


def count(connection: Connection, key: str, *, amount: int, lasts: timedelta, now: datetime) -> int:
    """Adds to the counter and returns its new value; one that ran out starts again and lasts ``lasts`` from now."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    over = Throttle.expires_at <= now
    fresh = insert(Throttle).values(key=key, count=amount, expires_at=now + lasts)
    statement = fresh.on_conflict_do_update(
        index_elements=[Throttle.key],
        set_={
            "count": case((over, amount), else_=Throttle.count + amount),
            "expires_at": case((over, now + lasts), else_=Throttle.expires_at),
        },
    ).returning(Throttle.count)
    return connection.execute(statement).scalar_one()


def look(connection: Connection, key: str, *, now: datetime) -> tuple[int, datetime]:
    """The counter and when it runs out; (0, now) if there is none."""
    found = connection.execute(
        select(Throttle.count, Throttle.expires_at).where(Throttle.key == key, Throttle.expires_at > now)
    ).one_or_none()
    return (found[0], found[1]) if found else (0, now)


def give_back(connection: Connection, key: str) -> None:
    """Takes one from the counter."""
    connection.execute(update(Throttle).where(Throttle.key == key, Throttle.count > 0).values(count=Throttle.count - 1))


def forget(connection: Connection, key: str | None = None) -> None:
    """Drops one counter, or all."""
    connection.execute(delete(Throttle) if key is None else delete(Throttle).where(Throttle.key == key))


def tidy(session: Session, *, now: datetime) -> int:
    """Drops the counters that ran out; returns how many."""
    gone = session.scalars(delete(Throttle).where(over(now)).returning(Throttle.key))
    return len(gone.all())


def over(now: datetime) -> ColumnElement[bool]:
    """Counters that ran out."""
    return Throttle.expires_at <= now
