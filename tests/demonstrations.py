"""The running demonstration and a board without postings, started once for all tests that look at their pages."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.site import Site, running_site, site_in_this_process


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("demonstration")
    with running_site(folder, f"sqlite:///{folder}/board.sqlite3", workers=0, demo=True) as site:
        yield site


@pytest.fixture(scope="session")
def empty_site(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("empty")
    shutil.copyfile(sqlite_template, file := folder / "board.sqlite3")
    with site_in_this_process(folder, f"sqlite:///{file}") as site:
        yield site
