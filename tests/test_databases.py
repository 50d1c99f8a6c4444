"""Both kinds of database are real, fresh for each test, and gone afterwards."""

import contextlib
import tempfile
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, text

from tests.databases import fresh_postgresql
from tests.postgresql import packaged_binaries, started


def _run(url: str, command: str) -> list[object]:
    engine = create_engine(url)
    with engine.begin() as connection:
        result = connection.execute(text(command))
        rows = [tuple(row) for row in result] if result.returns_rows else []
    engine.dispose()
    return rows


@pytest.mark.parametrize("turn", [1, 2])
def test_nothing_of_one_test_is_seen_by_the_next(empty_database_url: str, turn: int) -> None:
    _run(empty_database_url, "CREATE TABLE left_behind (a integer)")
    assert _run(empty_database_url, "SELECT count(*) FROM left_behind") == [(0,)]


def test_a_copied_database_is_dropped_even_while_somebody_is_connected(postgresql_address: str) -> None:
    databases = fresh_postgresql(postgresql_address, "template0")
    url = next(databases)
    name = url.rpartition("/")[2].partition("?")[0]
    with contextlib.closing(psycopg.connect(url.replace("+psycopg", ""))) as connection:
        databases.close()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    with psycopg.connect(postgresql_address) as connection:
        assert connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchall() == []


def test_the_packaged_postgresql_runs_where_no_server_is_installed() -> None:
    with tempfile.TemporaryDirectory(prefix="jobboard-pg-") as folder:
        with started(packaged_binaries(), Path(folder)) as url, psycopg.connect(url) as connection:
            version = connection.execute("SHOW server_version_num").fetchone()
            pid = int((Path(folder) / "data" / "postmaster.pid").read_text().splitlines()[0])
            owner = Path(f"/proc/{pid}").stat().st_uid
        assert version and int(version[0]) >= 180000
        assert owner != 0
        assert not Path(f"/proc/{pid}").exists()
