"""What a reader of the board feels while two workers collect: p95 of its pages, quiet and collecting in turn, and their ratio.

1,741 sources are all due at once, as after a stop of some hours, so that both workers fetch as many as they ever do (A_TURN a minute
each, four times what an hour needs). In the quiet windows the same two processes are halted. Takes about four minutes.
"""

import contextlib
import http.client
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

from sqlalchemy import select
from sqlalchemy.orm import Session

from benchmarks import board
from jobboard.base.clock import present
from jobboard.collector import Collector
from jobboard.database import begin_writing, create_engine
from jobboard.domain.items import Rules
from jobboard.fetcher import Fetcher
from jobboard.models import Fetch, Municipality, Source
from tests.collecting.feed_server import Page, resolver, serving
from tests.collecting.feeds_table import WHOLE

ROUNDS, SECONDS, READERS, PAUSE = 5, 20.0, 2, 0.05
SOURCES, WORKERS = 1_741, 2
PATHS = ("/", "/postings", "/postings?q=DX", "/postings?pref=13", "/postings/2", "/postings.rss")


def sow(url: str, port: int) -> None:
    """A source of each municipality, due now."""
    engine, now = create_engine(url), present()
    with Session(engine) as session:
        begin_writing(session)
        for number, code in enumerate(session.scalars(select(Municipality.code).limit(SOURCES))):
            address = f"http://h{number}.example.jp:{port}/news.rss"
            session.add(Source(municipality_code=code, url=address, plain_http=True, created_at=now, next_at=now))
        session.commit()
    engine.dispose()


def collect(url: str, port: int, owner: str) -> None:
    """A worker's collecting, for ever."""
    fetcher = Fetcher("https://jobs.example.go.jp", resolve=resolver(port), allowed={("127.0.0.1", port)})
    rules = Rules(lambda title: (10 if "募集" in title else 0, []), 10)
    Collector(create_engine(url), fetcher.fetch, rules, owner, present).keep_on(Event())


@contextlib.contextmanager
def workers(url: str, port: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    running = [
        subprocess.Popen([sys.executable, "-m", "benchmarks.collecting", url, str(port), f"bench-{number}"]) for number in range(WORKERS)
    ]
    try:
        yield running
    finally:
        for one in running:
            one.kill()
            one.wait()


def visit(port: int, name: str) -> list[float]:
    """Milliseconds of each page of one window, none of them from our cache."""
    took: list[float] = []

    def read(reader: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        end, number = time.monotonic() + SECONDS, 0
        while time.monotonic() < end:
            path = PATHS[number % len(PATHS)]
            begun = time.perf_counter()
            connection.request("GET", f"{path}{'&' if '?' in path else '?'}x={name}-{reader}-{number}")
            connection.getresponse().read()
            took.append(1_000 * (time.perf_counter() - begun))
            number += 1
            time.sleep(PAUSE)

    readers = [Thread(target=read, args=(number,)) for number in range(READERS)]
    for one in readers:
        one.start()
    for one in readers:
        one.join()
    return took


def p95(took: list[float]) -> float:
    return statistics.quantiles(took, n=20)[-1]


def fetched(url: str) -> int:
    engine = create_engine(url)
    with Session(engine) as session:
        count = len(session.scalars(select(Fetch.id)).all())
    engine.dispose()
    return count


def main() -> None:
    with tempfile.TemporaryDirectory() as name, serving({}, default=Page(WHOLE.encode())) as sites:
        folder = Path(name)
        url = board.fill(folder, 1_000)
        sow(url, sites.port)
        quiet, busy = [], []
        with board.served("board", folder, url) as port, workers(url, sites.port) as running:
            for number in range(ROUNDS):
                for signum, kept in ((signal.SIGSTOP, quiet), (signal.SIGCONT, busy)):
                    for one in running:
                        one.send_signal(signum)
                    kept.append(p95(visit(port, f"{number}-{signum}")))
        rate = fetched(url) / (ROUNDS * SECONDS / 60)
        print(f"fetches a minute {rate:.0f}; p95 quiet {statistics.median(quiet):.1f} ms, collecting {statistics.median(busy):.1f} ms, ", end="")
        print(f"ratio {statistics.median(b / q for q, b in zip(quiet, busy, strict=True)):.2f} (goal ≤ 1.5)")


if __name__ == "__main__":
    if len(sys.argv) == 4:
        collect(sys.argv[1], int(sys.argv[2]), sys.argv[3])
    else:
        main()
