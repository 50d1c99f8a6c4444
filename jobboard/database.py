"""The one Flask-SQLAlchemy object, how the engine behaves, and migrations."""

import sqlite3
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session

from jobboard import places

if TYPE_CHECKING:
    from alembic.config import Config as AlembicConfig

db = SQLAlchemy(session_options={"expire_on_commit": False})

SQLITE_WAIT = 30.0
"""Seconds that a writer waits for the lock of another one."""


def engine_options(url: str) -> dict[str, Any]:
    """What ``create_engine`` needs beside the address; what was typed never stands in an error of the database."""
    if sa.make_url(url).get_backend_name() == "sqlite":
        return {"hide_parameters": True, "connect_args": {"timeout": SQLITE_WAIT}}
    return {"hide_parameters": True, "pool_pre_ping": True, "pool_size": 10, "max_overflow": 10}


def prepare(engine: Engine) -> Engine:
    """SQLite: WAL, foreign keys, durable commits, and transactions that SQLAlchemy begins, not the driver.

    A writing transaction begins IMMEDIATE (``begin_writing``): one that reads first and writes then fails at once when
    somebody else wrote in between, whatever the timeout (decisions.md, SQLite).
    """
    if engine.dialect.name == "sqlite" and not event.contains(engine, "connect", _on_connect):
        event.listen(engine, "connect", _on_connect)
        event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(connection: sqlite3.Connection, record: object) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: Connection) -> None:
    mode = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
    driver: Any = connection.connection.driver_connection
    try:
        driver.execute(f"BEGIN {mode}")  # exec_driver_sql would cost as much as the small statement that often follows
    except sqlite3.Error as error:
        raise sa.exc.OperationalError(f"BEGIN {mode}", None, error) from error


def begin_writing(session: Session) -> None:
    """Begins the session's transaction as a writing one; call it before the first query."""
    session.connection(execution_options={"sqlite_begin": "IMMEDIATE"})


class Writing(AbstractContextManager[Session]):
    """A writing transaction outside a request: commits at the end, rolls back when the block raises."""

    def __init__(self) -> None:
        self.session = db.session()

    def __enter__(self) -> Session:
        self.session.rollback()
        begin_writing(self.session)
        return self.session

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        try:
            if kind is None:
                self.session.commit()
        finally:
            self.session.rollback()


def create_engine(url: str) -> Engine:
    """An engine that behaves as the application's, for commands and migrations."""
    database = sa.make_url(url).database
    if url.startswith("sqlite") and database and database != ":memory:":
        Path(database).parent.mkdir(parents=True, exist_ok=True)
    return prepare(sa.create_engine(url, **engine_options(url)))


def upgrade(url: str) -> None:
    """Brings the schema of the database at ``url`` to the newest revision; makes an SQLite file that is not there."""
    from alembic import command  # a fifth of a second that no other start needs to pay

    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            _rest_foreign_keys(connection)
            config = _alembic()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
    finally:
        engine.dispose()


def _rest_foreign_keys(connection: Connection) -> None:
    """For a migration on SQLite, which copies a table to change it (sqlite.org/lang_altertable.html, section 7).

    Were the keys in force, dropping the old copy would clear or delete every row that points to it. Before the transaction:
    within one, SQLite ignores the pragma.
    """
    if connection.dialect.name == "sqlite" and connection.connection.driver_connection is not None:
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")


def revision_state(connection: Connection) -> tuple[str | None, str | None]:
    """The database's revision and the newest one; they are equal when the schema is up to date."""
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    present = MigrationContext.configure(connection).get_current_revision()
    return present, ScriptDirectory.from_config(_alembic()).get_current_head()


def _alembic() -> "AlembicConfig":
    from alembic.config import Config as AlembicConfig

    config = AlembicConfig()
    config.set_main_option("script_location", str(places.migrations_folder()))
    return config
