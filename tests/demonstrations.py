"""The running demonstration and a board without postings, started once for all tests that look at their pages."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.site import Site, running_site


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
