"""Each confirmed subscriber gets each wanted event exactly once, or the ledger says why not (issue: Shown by 1)."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy.engine import Engine

from jobboard.database import create_engine
from jobboard.models import Base
from tests.flows.exactly_once import ExactlyOnce
from tests.flows.stage import New

CALM = settings(max_examples=10, deadline=None, database=None, suppress_health_check=list(HealthCheck))
"""Few examples to a run: after ten of them Hypothesis tries small variants of each, which are nearly the same order again."""


QUICK = settings(CALM, phases=[Phase.generate])
"""Tells the seed and the order as it was found. ``make test-long`` takes the time to make it shorter."""


def play(new: New, runs: range, steps: int, how: settings = CALM) -> None:
    """As many runs, each by its seed, of ten orders of so many acts."""
    for number in runs:
        print(f"seed {number}")
        machine = seed(number)(lambda: ExactlyOnce(new))
        run_state_machine_as_test(machine, settings=settings(how, stateful_step_count=steps))


@pytest.fixture
def new_sqlite(sqlite_template: Path, tmp_path: Path) -> Iterator[New]:
    file = tmp_path / "jobboard.sqlite3"
    engine = create_engine(f"sqlite:///{file}")

    @contextlib.contextmanager
    def new() -> Iterator[Engine]:
        shutil.copyfile(sqlite_template, file)
        yield engine
        engine.dispose()
        for part in tmp_path.glob(f"{file.name}*"):
            part.unlink()

    yield new


@pytest.fixture
def new_postgresql(postgresql_url: str) -> Iterator[New]:
    engine = create_engine(postgresql_url)
    names = ", ".join(table.name for table in Base.metadata.sorted_tables)

    @contextlib.contextmanager
    def new() -> Iterator[Engine]:
        yield engine
        with engine.begin() as connection:
            connection.exec_driver_sql(f"TRUNCATE {names} RESTART IDENTITY CASCADE")

    yield new
    engine.dispose()


def test_each_wanted_event_is_told_exactly_once_or_the_ledger_says_why(new_sqlite: New) -> None:
    play(new_sqlite, range(2, 4), 40, QUICK)


@pytest.mark.long
@pytest.mark.parametrize(("kind", "runs"), [("sqlite", 60), ("postgresql", 30)])
def test_long_random_orders_tell_each_wanted_event_exactly_once(kind: str, runs: int, request: pytest.FixtureRequest) -> None:
    new: New = request.getfixturevalue(f"new_{kind}")
    play(new, range(200, 200 + runs), 60)
