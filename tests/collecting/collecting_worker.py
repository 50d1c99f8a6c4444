"""Run as a process of its own: a worker that collects one turn at each instant it is told, and says what the turn did.

Arguments: the database's URL, the server's port, the worker's name. Reads one instant a line, answers one JSON object a line.
"""

import json
import sys
from dataclasses import asdict
from datetime import datetime

from jobboard.collector import Collector
from jobboard.database import create_engine
from jobboard.domain.items import Rules
from jobboard.fetcher import Fetcher
from tests.collecting.feed_server import resolver


def main(database_url: str, port: int, owner: str) -> None:
    told: list[datetime] = []
    fetcher = Fetcher("https://jobs.example.go.jp", resolve=resolver(port), allowed={("127.0.0.1", port)})
    rules = Rules(lambda title: (10, []) if "募集" in title else (0, []), 10)
    collector = Collector(create_engine(database_url), fetcher.fetch, rules, owner, lambda: told[-1])
    for line in sys.stdin:
        told.append(datetime.fromisoformat(line.strip()))
        print(json.dumps(asdict(collector.collect())), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
