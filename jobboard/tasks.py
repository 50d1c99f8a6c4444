"""The task engine (Huey): it wakes the worker and keeps the schedule. Rows guarantee; a lost task costs a minute at most."""

import contextlib
import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import redis
from huey import PostgresHuey, RedisHuey, SqliteHuey, crontab
from huey.api import Huey
from huey.serializer import SignedSerializer
from sqlalchemy.engine import make_url

from jobboard.config import Config

log = logging.getLogger(__name__)

NAME = "jobboard"
QUEUE_TABLES = 3
"""Tables that Huey makes for itself on PostgreSQL."""


def open_queue(config: Config) -> Huey:
    """The queue of setting QUEUE_URL. Messages are signed: who can write to the queue alone cannot run code here."""
    common: dict[str, Any] = {
        "results": False,
        "serializer": SignedSerializer(secret=config.secret_key, salt="queue"),
    }
    url = make_url(config.queue_url)
    if url.drivername == "sqlite" and url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        return SqliteHuey(NAME, filename=url.database, fsync=False, timeout=10, **common)
    if url.drivername.startswith("postgresql"):
        dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
        for _ in range(QUEUE_TABLES):  # IF NOT EXISTS does not hold against somebody who makes the same table now
            with contextlib.suppress(psycopg.errors.UniqueViolation):
                return PostgresHuey(NAME, dsn=dsn, table_prefix="queue", **common)
        return PostgresHuey(NAME, dsn=dsn, table_prefix="queue", **common)
    return RedisHuey(NAME, url=config.queue_url, **common)


def register(queue: Huey, pump: Callable[[], object], sweep: Callable[[], object]) -> Callable[[], object]:
    """Binds the two tasks; returns what puts a ``pump`` into the queue. Both sides of the queue call this."""

    @queue.task(name="pump")
    def run_pump() -> None:
        pump()

    @queue.periodic_task(crontab(minute="*"), name="sweep")
    def run_sweep() -> None:
        sweep()

    enqueue: Callable[[], object] = run_pump
    return enqueue


class Bell:
    """Wakes the worker after a commit; called by the web. The queue is opened at the first ring."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._queue: Huey | None = None
        self._ring: Callable[[], object] = _not_here

    def wake(self) -> None:
        """Never fails: what was committed stands, and the worker's sweep finds it within a minute."""
        try:
            if self._queue is None:
                queue = open_queue(self.config)
                self._ring, self._queue = register(queue, _not_here, _not_here), queue
            self._ring()
        except (OSError, sqlite3.Error, psycopg.Error, redis.RedisError):
            log.warning("the worker could not be woken; its sweep will find the work", exc_info=True)

    def close(self) -> None:
        """Lets go of the queue's connection of this thread."""
        if self._queue is not None:
            self._queue.storage.close()


def _not_here() -> None:
    raise RuntimeError("tasks run in the worker")
