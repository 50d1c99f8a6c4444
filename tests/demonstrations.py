"""The demonstration, filled once and copied, and running; a running board without postings: once for all tests that look at them."""

import shutil
from collections.abc import Callable, Iterator
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
from tests.flows.site import Site, running_site

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


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("demonstration")
    with running_site(folder, f"sqlite:///{folder}/board.sqlite3", workers=0, demo=True) as site:
        yield site


@pytest.fixture(scope="session")
def empty_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("empty")
    with running_site(folder, f"sqlite:///{folder}/board.sqlite3", workers=0) as site:
        yield site
