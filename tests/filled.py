"""The demonstration in a database, filled once for all tests that read it, and copied."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from jobboard import reference
from jobboard.database import begin_writing, create_engine
from jobboard.demonstration import filling
from jobboard.domain import municipalities
from jobboard.domain.passwords import Passwords
from tests.databases import OnceMade, is_whole

CHEAP = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
NOW = datetime(2026, 4, 1, 0, 0, tzinfo=UTC)
"""1 April 2026, 09:00 in Japan: a fiscal year begins, so that terms and deadlines fall on both sides of it."""

Fill = Callable[[Session], object]


def fill(url: str, *steps: Fill) -> None:
    """Writes to a migrated database in one transaction."""
    engine = create_engine(url)
    with Session(engine) as session:
        begin_writing(session)
        for step in steps:
            step(session)
        session.commit()
    engine.dispose()


def filled(file: Path, template: Path, *steps: Fill) -> None:
    """An SQLite file, filled so."""
    shutil.copyfile(template, file)
    fill(f"sqlite:///{file}", *steps)
    is_whole(file)


def _places(session: Session) -> None:
    municipalities.load(session, reference.municipality_rows(), now=NOW)


def _demonstration(session: Session) -> None:
    filling.fill(session, now=NOW, hashing=CHEAP)


@pytest.fixture(scope="session")
def filled_file(once_made: OnceMade, sqlite_template: Path) -> Path:
    """All municipalities and the demonstration, filled at ``NOW``; to be copied."""
    return once_made("filled.sqlite3", lambda file: filled(file, sqlite_template, _places, _demonstration))


@pytest.fixture
def filled_url(database_url: str, request: pytest.FixtureRequest) -> str:
    """A database of one's own with all municipalities and the demonstration, filled at ``NOW``."""
    if database_url.startswith("sqlite"):
        shutil.copyfile(request.getfixturevalue("filled_file"), database_url.removeprefix("sqlite:///"))
    else:
        fill(database_url, _places, _demonstration)
    return database_url
