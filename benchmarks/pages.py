"""Pages of the demonstration beside C, a bare Flask route that returns a cached 40 KB page (goals.md, Speed).

One process, no server: rounds are interleaved, so that a noisy machine hits all of them alike. Prints milliseconds (median of the
rounds) and requests as a multiple of C; only the ratio says something about another machine.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from flask import Flask

from jobboard import create_app, database
from jobboard.base.clock import present
from jobboard.config import Config
from jobboard.database import Writing
from jobboard.demonstration import filling
from jobboard.domain import municipalities
from jobboard.reference import municipality_rows

ROUNDS, REQUESTS = 7, 20
PAGES = {
    "list": "/postings",
    "search": "/postings?q=副業&remote=partly",
    "posting": "/postings/3",
    "home": "/",
    "RSS": "/postings.rss",
}


def bare() -> Callable[[], object]:
    """C: forty kilobytes from memory."""
    app, page = Flask("bare"), "あ" * 13_650
    app.add_url_rule("/", "page", lambda: page)
    client = app.test_client()
    return lambda: client.get("/")


def filled(folder: Path) -> Flask:
    """The application on a fresh demonstration."""
    config = Config.from_environ({"JOBBOARD_DEMO": "1", "JOBBOARD_INSTANCE_DIR": str(folder)})
    database.upgrade(config.database_url)
    app = create_app(config)
    with app.app_context(), Writing() as session:
        municipalities.load(session, municipality_rows(), now=present())
        filling.fill(session, now=present())
    return app


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        app = filled(Path(folder))
        client = app.test_client()
        calls: dict[str, Callable[[], object]] = {"C": bare()}
        for name, path in PAGES.items():
            calls[name] = lambda path=path: client.get(path)  # type: ignore[misc]
            tag = client.get(path).headers["ETag"]
            calls[f"{name}, 304"] = lambda path=path, tag=tag: client.get(path, headers={"If-None-Match": tag})  # type: ignore[misc]
        seconds: dict[str, list[float]] = {name: [] for name in calls}
        for _ in range(ROUNDS):
            for name, call in calls.items():
                begun = time.perf_counter()
                for _ in range(REQUESTS):
                    call()
                seconds[name].append((time.perf_counter() - begun) / REQUESTS)
        for name, taken in seconds.items():
            ratio = statistics.median(c / one for c, one in zip(seconds["C"], taken, strict=True))
            print(f"{name:14} {statistics.median(taken) * 1000:8.2f} ms  {ratio:6.3f} C")
        with app.app_context():
            database.db.engine.dispose()


if __name__ == "__main__":
    main()
