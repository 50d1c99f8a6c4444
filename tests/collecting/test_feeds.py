"""What really is served by municipal sites, and what a hostile server may send: each row of the table comes out as it says."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jobboard.base.collecting import Fetched
from tests.collecting.feed_server import serving
from tests.collecting.feeds_table import PAGES, ROWS, Row
from tests.collecting.reading_all import TOTAL

MOST_KILOBYTES = 200_000
pytestmark = pytest.mark.xdist_group("feeds")  # all are read once


@pytest.fixture(scope="module")
def read(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """All rows, collected once by a process of its own."""
    file = tmp_path_factory.mktemp("feeds") / "feeds.sqlite3"
    file.write_bytes(sqlite_template.read_bytes())
    with serving(PAGES) as sites:
        command = [sys.executable, "-m", "tests.collecting.reading_all", f"sqlite:///{file}", str(sites.port)]
        asked = json.dumps([(row.host, row.name) for row in ROWS])
        done = subprocess.run(command, input=asked, capture_output=True, text=True, timeout=120, cwd=Path(__file__).parents[2])
        assert done.returncode == 0, done.stderr
        yield {**json.loads(done.stdout), "sites": sites}


def test_at_least_forty_feeds_are_served() -> None:
    assert len(ROWS) >= 40
    assert len({row.name for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_feed_comes_out_as_the_table_says(read: dict[str, Any], row: Row) -> None:
    found = read["rows"][row.name]
    assert found["outcome"] == row.outcome, found["words"]
    assert row.words in found["words"]
    assert "\n" not in found["words"] and len(found["words"]) <= 500
    title, link, day = row.first
    assert (found["items"], found["first"]) == (row.items, [title, link.replace("PORT", str(read["sites"].port)), day])
    assert found["kept"] == row.items
    failed = row.outcome not in (Fetched.READ, Fetched.UNCHANGED)
    assert found["failures"] == int(failed)
    assert bool(found["words"]) or not failed
    assert found["took"] < TOTAL + 2


def test_memory_stays_small(read: dict[str, Any]) -> None:
    assert read["kilobytes"] < MOST_KILOBYTES


def test_every_server_is_told_who_reads(read: dict[str, Any]) -> None:
    assert {agent for agent in read["sites"].agents} == {"jobboard/1.0 (+https://jobs.example.go.jp)"}
