"""Two workers collect all municipalities' feeds: each feed once an hour, never twice at a time, and a killed worker costs nothing.

The clock is moved minute by minute and both workers, processes of their own, are told each one: three hours pass in minutes.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jobboard.base.collecting import Fetched
from jobboard.collector import A_TURN, AT_ONCE
from jobboard.database import create_engine
from jobboard.domain import collecting
from jobboard.models import Fetch, Source, SourceItem
from tests.collecting.feed_server import Handler, Page, Sites, serving
from tests.collecting.feeds_table import WHOLE
from tests.postings import municipality

BEGIN = datetime(2026, 11, 25, 3, tzinfo=UTC)
MUNICIPALITIES = 1_741
OTHER = WHOLE.replace("広報", "暮らし")


def feed(handler: Handler) -> None:
    """A host's feed: one of ten changes a title after the first hour, and the answer takes long enough to meet another worker's request."""
    host = handler.headers["Host"]
    handler.sites.ended.wait(0.005)
    text = OTHER if int(host.partition(".")[0].removeprefix("h")) % 10 == 0 and handler.sites.moment > 60 else WHOLE
    etag = f'"{len(text)}-{hash(text)}"'
    if handler.headers.get("If-None-Match") == etag:
        handler.send(304, [("ETag", etag)], b"")
    else:
        handler.send(200, [("Content-Type", "text/xml"), ("ETag", etag)], text.encode())


class Worker:
    def __init__(self, database_url: str, port: int, name: str) -> None:
        command = [sys.executable, "-m", "tests.collecting.collecting_worker", database_url, str(port), name]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
        )

    def tell(self, instant: datetime) -> None:
        assert self.process.stdin is not None
        print(instant.isoformat(), file=self.process.stdin, flush=True)

    def answer(self) -> dict[str, int]:
        assert self.process.stdout is not None
        said: dict[str, int] = json.loads(self.process.stdout.readline())
        return said

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


@contextmanager
def worker(database_url: str, port: int, name: str) -> Iterator[Worker]:
    one = Worker(database_url, port, name)
    try:
        yield one
    finally:
        one.end()


def sow(database_url: str, port: int, sources: int) -> None:
    """So many sources, each on a host of its own, first due as new ones are."""
    engine = create_engine(database_url)
    with Session(engine) as session:
        session.add(municipality())
        session.flush()
        for number in range(sources):
            url = f"http://h{number}.example.jp:{port}/news.rss"
            due = collecting.first_at(url, BEGIN)
            session.add(Source(municipality_code=municipality().code, url=url, plain_http=True, created_at=BEGIN, next_at=due))
        session.commit()
    engine.dispose()


def live(database_url: str, sites: Sites, minutes: range, killed_at: int | None = None) -> list[dict[str, int]]:
    """Two workers at these minutes; at one of them a worker is killed in the middle of its turn and another takes its place."""
    turns: list[dict[str, int]] = []
    with ExitStack() as stack:
        pair = [stack.enter_context(worker(database_url, sites.port, name)) for name in ("one", "two")]
        for minute in minutes:
            sites.moment = minute
            for each in pair:
                each.tell(BEGIN + timedelta(minutes=minute))
            if minute == killed_at:
                pair.pop().end()
                turns += [each.answer() for each in pair]
                pair.append(stack.enter_context(worker(database_url, sites.port, "three")))
            else:
                turns += [each.answer() for each in pair]
    return turns


def holds(database_url: str, sites: Sites, sources: int, turns: list[dict[str, int]], minutes: range, missed: int) -> None:
    """What must be true after these minutes, whoever fetched. ``missed``: sources that a killed worker may have had in hand."""
    assert sites.most == 1, "two fetches of one source at the same time"
    assert len(sites.times) == sources
    gaps = [later - earlier for times in sites.times.values() for earlier, later in pairwise(times)]
    assert min(gaps) >= 60
    longest = 60 + 2 * minutes.step
    late = [gap for gap in gaps if gap > longest]
    assert len(late) <= missed, "a source was not fetched once an hour"
    assert max(gaps) <= 60 + longest, "what a killed worker had in hand waits for its next hour, no longer"
    assert all(times[0] <= longest and minutes.stop - times[-1] <= longest for times in sites.times.values())
    assert max(turn["fetched"] for turn in turns) <= A_TURN
    engine = create_engine(database_url)
    with Session(engine) as session:
        outcomes = set(session.scalars(select(Fetch.outcome).distinct()))
        assert outcomes == {Fetched.READ, Fetched.UNCHANGED}
        changes = select(func.count(), func.sum(SourceItem.changes))
        assert session.execute(changes).one() == (2 * sources, -(-sources // 10))
    engine.dispose()


def story(database_url: str, sources: int, minutes: range, killed_at: int | None = None) -> None:
    with serving({}, default=Page(behave=feed)) as sites:
        sow(database_url, sites.port, sources)
        turns = live(database_url, sites, minutes, killed_at)
        holds(database_url, sites, sources, turns, minutes, AT_ONCE if killed_at is not None else 0)


def test_sixty_sources_are_fetched_once_an_hour_although_a_worker_is_killed(database_url: str) -> None:
    story(database_url, 60, range(0, 140, 5), killed_at=70)


@pytest.mark.long
def test_all_municipalities_feeds_are_fetched_once_an_hour_by_two_workers(database_url: str) -> None:
    story(database_url, MUNICIPALITIES, range(190))
