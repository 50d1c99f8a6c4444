"""The ministry's figures at 1,000 and 10,000 postings: what each page of tables takes, and its ratio to C (goals.md, Speed).

Half of the postings were amended since, what is over has its event and its outcome in the audit, and each page was opened on
``VIEWED`` days. In one process without a server, the best of five; ``BENCH_SIZES=1000,10000,100000`` for others.
"""

import os
import tempfile
import time
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from benchmarks import filling, generated
from jobboard.base.states import EventKind, State, VersionState
from jobboard.database import begin_writing, create_engine, upgrade
from jobboard.domain import municipalities
from jobboard.domain.figures import term
from jobboard.domain.figures.listed import CHAPTERS, Tabulation
from jobboard.domain.figures.reading import Reading
from jobboard.models import AuditEntry, ChangeEvent, Posting, Version, ViewDay
from jobboard.reference import municipality_rows

NOW = datetime(2026, 3, 31, 3, 0, tzinfo=UTC)
VIEWED = 40
ROUNDS = 5


def filled(folder: Path, size: int) -> str:
    """The URL of a database with ``size`` postings and what happened to them."""
    url = f"sqlite:///{folder}/{size}.sqlite3"
    upgrade(url)
    engine = create_engine(url)
    with Session(engine) as session:
        begin_writing(session)
        municipalities.load(session, municipality_rows(), now=NOW)
        filling.fill(session, generated.calls(size))
        _amend(session)
        _end(session)
        numbers = session.execute(sa.select(Posting.id, Posting.published_at)).all()
        for start in range(0, len(numbers), 1_000):
            session.execute(sa.insert(ViewDay), [
                {"posting_id": number, "on": at.date() + timedelta(days=day), "views": 3 + day % 7}
                for number, at in numbers[start : start + 1_000] if at for day in range(VIEWED)
            ])  # fmt: skip
        session.commit()
    engine.dispose()
    return url


def _amend(session: Session) -> None:
    """A second version of every other posting, ten days after the first."""
    rows = session.execute(sa.select(Version).where(Version.posting_id % 2 == 0)).scalars().all()
    versions, events = [], []
    for old in rows:
        assert old.published_at is not None
        at = old.published_at + timedelta(days=10)
        number = old.id + 1_000_000
        versions.append({
            "id": number, "posting_id": old.posting_id, "number": 2, "uuid": str(uuid.uuid4()), "schema": old.schema, "content": old.content,
            "state": VersionState.PUBLISHED, "created_at": at, "published_at": at,
        })  # fmt: skip
        events.append({
            "uuid": str(uuid.uuid4()), "posting_id": old.posting_id, "version_id": number, "kind": EventKind.AMENDED, "material": True,
            "occurred_at": at, "matched_at": at,
        })  # fmt: skip
    session.execute(sa.insert(Version), versions)
    session.execute(sa.insert(ChangeEvent), events)
    even = Posting.id % 2 == 0
    session.execute(sa.update(Posting).where(even).values(current_id=Posting.id + 1_000_000))
    session.execute(sa.update(Version).where(Version.id < 1_000_000, Version.posting_id % 2 == 0).values(state=VersionState.SUPERSEDED))


def _end(session: Session) -> None:
    """The events and the outcomes of what is over; a deadline that was drawn before its publication is none."""
    over = session.execute(sa.select(Posting.id, Posting.current_id, Posting.closed_at).where(Posting.state == State.CLOSED)).all()
    session.execute(sa.insert(ChangeEvent), [
        {
            "uuid": str(uuid.uuid4()), "posting_id": number, "version_id": version, "kind": EventKind.CLOSED, "material": True,
            "occurred_at": at, "matched_at": at,
        }
        for number, version, at in over
    ])  # fmt: skip
    session.execute(sa.insert(AuditEntry), [
        {"at": at, "action": "posting:close", "subject_kind": "posting", "subject_id": str(number), "facts": {"outcome": "decided"} if number % 3 else {}}
        for number, _, at in over
    ])  # fmt: skip


def best(work: Callable[[], object]) -> float:
    """Milliseconds of the quickest of ``ROUNDS``."""
    taken = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return min(taken) * 1_000


def bare() -> float:
    """C: a bare route that returns a cached page of 40 KB, in milliseconds."""
    app, page = Flask(__name__), "x" * 40_000
    app.add_url_rule("/", view_func=lambda: page)
    client = app.test_client()
    return best(lambda: [client.get("/") for _ in range(100)]) / 100


def main() -> None:
    one = bare()
    print(f"C {one:.2f} ms")
    pages = {"overview": (Tabulation.OVERVIEW,), **CHAPTERS, "report": tuple(Tabulation)}
    days = {"today": date(2026, 3, 31), "half a year ago": date(2025, 9, 30)}
    with tempfile.TemporaryDirectory() as folder:
        for size in map(int, os.environ.get("BENCH_SIZES", "1000,10000").split(",")):
            engine = create_engine(filled(Path(folder), size))
            with Session(engine) as session:
                for (name, tables), (when, day) in ((page, of) for page in pages.items() for of in days.items()):
                    def draw(tables: tuple[Tabulation, ...] = tables, day: date = day) -> None:
                        reading = Reading(session, term.ending(day, now=NOW))
                        for table in tables:
                            reading.table(table)

                    taken = best(draw)
                    print(f"| {name} | {when} | {size:,} | {taken:,.0f} ms | 1/{taken / one:,.0f} C |")
            engine.dispose()


if __name__ == "__main__":
    main()
