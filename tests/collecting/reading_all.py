"""Run as a process of its own: collects every feed of the table once, then says what was recorded and how much memory it took.

Arguments: the database's URL and the server's port; standard input: [host, path] of each feed as JSON. Prints one JSON object. It does
not know the table itself: to lay it out takes more memory than to read it.
"""

import json
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base.fetching import Answer
from jobboard.collector import Collector
from jobboard.database import create_engine
from jobboard.domain.items import Rules
from jobboard.fetcher import Fetcher, Limits
from jobboard.models import Fetch, Source, SourceItem
from tests.collecting.feed_server import resolver
from tests.postings import municipality

NOW = datetime(2026, 11, 25, 3, tzinfo=UTC)
TOTAL = 4.0


class Timed:
    """The fetcher, with the seconds that each fetch took."""

    def __init__(self, fetcher: Fetcher) -> None:
        self.fetcher = fetcher
        self.took: dict[str, float] = {}

    def fetch(self, url: str, **how: object) -> Answer:
        begun = monotonic()
        try:
            return self.fetcher.fetch(url, **how)  # type: ignore[arg-type]
        finally:
            self.took[url] = monotonic() - begun


def main(database_url: str, port: int, feeds: list[tuple[str, str]]) -> None:
    engine = create_engine(database_url)
    place = municipality()
    with Session(engine) as session:
        session.add(place)
        session.flush()
        for host, path in feeds:
            url = f"http://{host}:{port}/{path}"
            session.add(Source(municipality_code=place.code, url=url, plain_http=True, created_at=NOW, next_at=NOW))
        session.commit()
    limits = Limits(total=TOTAL, connect=2.0, read=2.0)
    timed = Timed(Fetcher("https://jobs.example.go.jp", limits=limits, resolve=resolver(port), allowed={("127.0.0.1", port)}))
    rules = Rules(lambda title: (10 if "募集" in title else 0, [("募集", 10)]), 10)
    Collector(engine, timed.fetch, rules, "reader", lambda: NOW).collect(most=len(feeds))
    with Session(engine) as session:
        found = {}
        for source in session.scalars(select(Source)):
            (fetch,) = session.scalars(select(Fetch).where(Fetch.source_id == source.id))
            rows = session.scalars(select(SourceItem).where(SourceItem.source_id == source.id).order_by(SourceItem.id.desc())).all()
            found[source.url.partition(f":{port}/")[2]] = {
                "outcome": fetch.outcome, "words": fetch.words, "items": fetch.items, "kept": len(rows), "took": timed.took[source.url],
                "first": [rows[0].title, rows[0].link, str(rows[0].dated or "")] if rows else ["", "", ""],
                "failures": source.failures,
            }  # fmt: skip
    print(json.dumps({"rows": found, "kilobytes": most_kilobytes()}))


def most_kilobytes() -> int:
    """The most memory that this program had; getrusage counts what its parent had before it, too (proc(5), VmHWM)."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text("ascii"))
    assert found is not None
    return int(found[1])


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), json.load(sys.stdin))
