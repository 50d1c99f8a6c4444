"""Fresh, migrated databases of both kinds. `database_url` runs a test once on SQLite and once on PostgreSQL.

One template of each kind is migrated and copied for every test. Most tests take turns: each is run on one of
the two in ``make test``, and on the other one in ``make test-long``. Where the statements for the two differ (``BOTH``), tests run
on both every time.
"""

import fcntl
import itertools
import os
import shutil
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import make_url

from tests.not_run import not_run
from tests.postgresql import CannotStart, postgresql_server

KINDS = ("sqlite", "postgresql")
BOTH = (
    *(
        f"tests/domain/test_{name}.py"
        for name in (
            "audit_retention", "brake", "catalogue", "composing", "criteria", "deliveries", "figures", "forgetting", "matching", "pacing", "sealing",
            "search_truth", "strange",
        )
    ),
    "tests/test_databases.py", "tests/test_migrations.py", "tests/flows/test_killed_worker.py",
)  # fmt: skip
_numbers = itertools.count(1)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what a test does on the database whose turn it is not: a quarter of these tests are on PostgreSQL, as slow to copy."""
    for item in items:
        name, bracket, parameters = item.nodeid.partition("[")
        if bracket and not name.startswith(BOTH):
            turn, other = KINDS if zlib.crc32(name.encode()) % 4 else reversed(KINDS)
            words = parameters.rstrip("]").split("-")
            if other in words and turn not in words:
                item.add_marker(pytest.mark.other_database)


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh, empty, migrated database, in the form Config gives it."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """For tests that are about SQLite alone."""
    file = tmp_path / "jobboard.sqlite3"
    shutil.copyfile(sqlite_template, file)
    return f"sqlite:///{file}"


@pytest.fixture
def postgresql_url(postgresql_address: str, postgresql_template: str) -> Iterator[str]:
    """For tests that are about PostgreSQL alone."""
    yield from fresh_postgresql(postgresql_address, postgresql_template)


@pytest.fixture
def empty_postgresql_url(postgresql_address: str) -> Iterator[str]:
    """Without any table: for tests of the migrations themselves."""
    yield from fresh_postgresql(postgresql_address, "template0")


@pytest.fixture(params=KINDS)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without any table: for tests of the migrations themselves."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/empty.sqlite3"
    url: str = request.getfixturevalue("empty_postgresql_url")
    return url


OnceMade = Callable[[str, Callable[[Path], None]], Path]


@pytest.fixture(scope="session")
def once_made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> OnceMade:
    """Gives the file of a name, which the first of a run's processes that asks for it makes for all of them."""
    own = tmp_path_factory.getbasetemp()
    folder = own.parent if hasattr(request.config, "workerinput") else own  # the run's own folder, over those of its workers

    def made(name: str, make: Callable[[Path], None]) -> Path:
        file, unfinished = folder / name, folder / f"unfinished-{name}"
        with (folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not file.exists():
                make(unfinished)
                unfinished.rename(file)
        return file

    return made


@pytest.fixture(scope="session")
def sqlite_template(once_made: OnceMade) -> Path:
    from jobboard.database import upgrade

    def migrated(file: Path) -> None:
        upgrade(f"sqlite:///{file}")
        is_whole(file)

    return once_made("template.sqlite3", migrated)


def is_whole(file: Path) -> None:
    """Brings all of a closed SQLite database into the one file, which can then be copied."""
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


@pytest.fixture(scope="session")
def postgresql_template(postgresql_address: str) -> Iterator[str]:
    from jobboard.database import upgrade

    for url in fresh_postgresql(postgresql_address, "template0"):
        upgrade(url)
        yield str(make_url(url).database)


@pytest.fixture(scope="session")
def postgresql_address() -> Iterator[str]:
    """A server's URL, `postgresql://…/postgres`; one server for each worker process."""
    try:
        with postgresql_server() as url:
            yield url
    except CannotStart as reason:
        not_run(f"no PostgreSQL on this machine: {reason}")


def fresh_postgresql(address: str, template: str) -> Iterator[str]:
    """A new database made from the template; dropped afterwards, whoever is still connected."""
    name = f"jobboard_test_{os.getpid()}_{next(_numbers)}"
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
    drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
    _administer(address, _LEAVE.format(sql.Literal(template)), create)
    try:
        url = make_url(address).set(drivername="postgresql+psycopg", database=name)
        yield url.render_as_string(hide_password=False)
    finally:
        _administer(address, drop)


# A template with a connection open cannot be copied.
_LEAVE = sql.SQL("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}")


def _administer(address: str, *commands: sql.Composed) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        for command in commands:
            connection.execute(command)
