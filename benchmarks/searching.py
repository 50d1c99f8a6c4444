"""The search itself: 200 varied keyword and filter queries in this process, twenty rows and the count, on SQLite and PostgreSQL.

Cold: the first time that this state of the board is asked. Warm: the words have been asked before. Milliseconds, median and
95th percentile. ``BENCH_SIZES=10000`` for less than 100,000 postings, ``BENCH_FOLDER`` to keep SQLite's databases.
"""

import contextlib
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.orm import Session

from benchmarks.board import FILTERS, WORDS, fill, make
from benchmarks.serving import NOW
from jobboard.database import create_engine
from jobboard.domain import catalogue, counting, listing
from jobboard.domain.criteria import Criteria, parse_stored
from jobboard.domain.listing import Sort
from tests.postgresql import CannotStart, postgresql_server

QUERIES = 200


def queries() -> Iterator[tuple[Criteria, Sort]]:
    """Each word with each filter, in the three orders in turn."""
    both = [f"q={word.replace('+', '%2B')}&{one}" for one in ("", *FILTERS) for word in (*WORDS, '"業務改革"', "人", "C%2B%2B", "ユーザ", "窓口 -広報")]
    for number in range(QUERIES):
        yield parse_stored(both[number * 7 % len(both)]), list(Sort)[number % 3]


def measure(url: str, name: str) -> None:
    """Prints the line of one database."""
    engine = create_engine(url)
    with Session(engine) as session:
        begun = time.perf_counter()
        board = catalogue.load(session)
        print(f"{name}: the catalogue is read in {time.perf_counter() - begun:.2f} s")
        for state in ("cold", "warm"):
            found, counted = [], []
            for criteria, sort in queries():
                begun = time.perf_counter()
                listing.find(session, board, criteria, sort=sort, page=1, now=NOW)
                between = time.perf_counter()
                counting.counts(session, board, criteria, now=NOW)
                found.append((between - begun) * 1000)
                counted.append((time.perf_counter() - between) * 1000)
            print(f"{name}, {state}: search {_both(found)}; the figures beside the filters {_both(counted)}")
    engine.dispose()


def _both(taken: list[float]) -> str:
    return f"median {statistics.median(taken):.2f} ms, p95 {statistics.quantiles(taken, n=20)[-1]:.2f} ms"


def main() -> None:
    with contextlib.ExitStack() as stack:
        folder = Path(os.environ.get("BENCH_FOLDER") or stack.enter_context(tempfile.TemporaryDirectory()))
        sizes = [int(size) for size in os.environ.get("BENCH_SIZES", "100000").split(",")]
        for size in sizes:
            measure(fill(folder, size), f"SQLite, {size:,}")
        try:
            address = stack.enter_context(postgresql_server())
        except CannotStart as reason:
            print(f"NOT RUN on PostgreSQL: {reason}")
            return
        for size in sizes:
            url = make(address, size)
            measure(url, f"PostgreSQL, {size:,}")


if __name__ == "__main__":
    main()
