"""The public board under load, beside C, at 1,000, 10,000 and 100,000 postings of which a third are open (goals.md, Speed).

Each size has a server of its own (gunicorn as ``jobboard serve`` starts it); wrk visits all of them in turn, round by round, so
that a noisy machine hits all alike, and the ratio to C is taken within each round. «Not cached» gives every request an address
of its own, so that no finished page can be given out; «from our cache» asks as browsers do, for a compressed page. Takes about
five minutes; ``BENCH_SIZES=1000,10000`` for less, ``BENCH_FOLDER`` to keep the databases.
"""

import contextlib
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psycopg
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from benchmarks import filling, generated
from jobboard import database
from jobboard.base.clock import present
from jobboard.database import begin_writing, create_engine
from jobboard.domain import municipalities
from jobboard.reference import municipality_rows

ROUNDS, SECONDS, CONNECTIONS, SETTLE = 3, 1, 8, 0.5
WORDS = (
    "副業", "データ分析", "業務改革", "量子暗号", "GIS", "DX", "テレワーク", "セキュリティ", "UI/UX", "研修", "観光 広報", "クラウド -常勤", "補佐官",
    "福岡",
)  # fmt: skip
FILTERS = (
    "pref=13&pref=14", "remote=fully&remote=mostly", "role=adviser", "side_job=yes", "pay_unit=day&pay_min=25000", "theme=bpr",
    "engagement=commission&remote=partly",
)  # fmt: skip
VARY = """local paths = {%s}
local i = 0
request = function() i = i + 1; return wrk.format("GET", paths[i %% #paths + 1] .. "x=%s" .. i) end
"""


@dataclass
class Target:
    """One row of the table: what is visited, and what each round gave."""

    name: str
    port: int
    paths: list[str]
    varied: bool = False
    header: str = ""
    rates: list[float] = field(default_factory=list)


def fill(folder: Path, size: int) -> str:
    """The URL of an SQLite database with ``size`` postings, made once."""
    file = folder / f"{size}.sqlite3"
    url = f"sqlite:///{file}"
    if not file.exists():
        _make(url, size)
    return url


def make(address: str, size: int) -> str:
    """The URL of a new PostgreSQL database with ``size`` postings, on the server at ``address``."""
    url = empty_postgresql(address, f"board_{size}")
    _make(url, size)
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    return url


def empty_postgresql(address: str, name: str) -> str:
    """The URL of a new database of that name on the server at ``address``."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return make_url(address).set(drivername="postgresql+psycopg", database=name).render_as_string(hide_password=False)


def _make(url: str, size: int) -> None:
    print(f"{size:,} postings are being made …", file=sys.stderr)
    database.upgrade(url)
    engine = create_engine(url)
    with Session(engine) as session:
        begin_writing(session)
        municipalities.load(session, municipality_rows(), now=present())
        filling.fill(session, generated.calls(size))
        session.commit()
    engine.dispose()


@contextlib.contextmanager
def served(application: str, folder: Path, url: str = "") -> Iterator[int]:
    """A server of two processes with four threads each; its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    command = [
        *(sys.executable, "-m", "gunicorn", f"benchmarks.serving:{application}()", "--bind", f"127.0.0.1:{port}"),
        *("--worker-class", "gthread", "--workers", "2", "--threads", "4", "--no-control-socket", "--log-level", "warning"),
    ]
    environment = {**os.environ, "BENCH_DATABASE": url, "BENCH_FOLDER": str(folder)}
    process = subprocess.Popen(command, env=environment)
    try:
        _wait(port)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _wait(port: int) -> None:
    for _ in range(300):
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
            answer.read()
            return
        time.sleep(0.1)
    raise SystemExit("the server does not answer")


def targets(port: int, size: int) -> list[Target]:
    """All rows of one size."""
    pages = min(25, size // 60)
    lists = [f"/postings?page={page}&" for page in range(1, pages + 1)]
    filters = [f"/postings?{one}&" for one in FILTERS]
    searches = [f"/postings?q={quote(word)}&{one}&" for word in WORDS for one in ("", *FILTERS)]
    details = [f"/postings/{number}?" for number in range(1, size, max(1, size // 500))]
    name = f"{size // 1000}k"
    found = [
        Target(f"list, not cached, {name}", port, lists, varied=True),
        Target(f"filter, not cached, {name}", port, filters, varied=True),
        Target(f"search, not cached, {name}", port, searches, varied=True),
        Target(f"posting, not cached, {name}", port, details, varied=True),
        Target(f"RSS, not cached, {name}", port, ["/postings.rss?pref=13&", "/postings.rss?remote=fully&"], varied=True),
    ]
    for title, path in (("list", "/postings"), ("posting", "/postings/2"), ("RSS", "/postings.rss")):
        found.append(Target(f"{title}, from our cache, {name}", port, [path]))
        found[-1].header = "Accept-Encoding: br"
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
            found.append(Target(f"{title}, 304, {name}", port, [path], header=f"If-None-Match: {answer.headers['ETag']}"))
    return found


def visit(target: Target, folder: Path, number: int) -> None:
    """One round of one target: requests a second. What the target before left behind is given time to end."""
    time.sleep(SETTLE)
    script = []
    if target.varied:
        file = folder / "vary.lua"
        file.write_text(VARY % (",".join(f'"{path}"' for path in target.paths), f"{number}-"), encoding="utf-8")
        script = ["-s", str(file)]
    header = ["-H", target.header] if target.header else []
    address = f"http://127.0.0.1:{target.port}{target.paths[0].rstrip('?&')}"
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--timeout", "30s", *header, *script, address]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said and "304" not in target.name:
        raise SystemExit(f"{target.name}: {said}")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    target.rates.append(float(rate[1]) if rate else 0.0)


def main() -> None:
    if not shutil.which("wrk"):
        raise SystemExit("wrk がありません。次を実行してください: sudo apt-get install wrk (wrk is needed)")
    sizes = [int(size) for size in os.environ.get("BENCH_SIZES", "1000,10000,100000").split(",")]
    with contextlib.ExitStack() as stack:
        kept = os.environ.get("BENCH_FOLDER")
        folder = Path(kept or stack.enter_context(tempfile.TemporaryDirectory()))
        urls = {size: fill(folder, size) for size in sizes}
        rows = [Target("C", stack.enter_context(served("bare", folder)), ["/"])]
        for size, url in urls.items():
            rows += targets(stack.enter_context(served("board", folder, url)), size)
        for number in range(ROUNDS + 1):
            for row in rows:
                visit(row, folder, number)
        for row in rows:
            ratio = statistics.median(one / c for one, c in zip(row.rates[1:], rows[0].rates[1:], strict=True))
            print(f"{row.name:34} {statistics.median(row.rates[1:]):9.1f} requests/s {ratio:7.3f} C")


if __name__ == "__main__":
    main()
