"""One event matched against 10,000, 100,000 and 1,000,000 subscriptions, and the mails written for those whom it meets.

Twice at each size: criteria that many people share (at most 10,000 distinct ones), and criteria of which no two are equal. A
tenth of the people meets the event. ``BENCH_SIZES=10000,100000`` for less, ``BENCH_FOLDER`` for a place on another disk.
"""

import contextlib
import os
import random
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from benchmarks.board import empty_postgresql
from jobboard import database
from jobboard.base.codes import PREFECTURES
from jobboard.base.states import Frequency, SubscriptionState
from jobboard.base.vocabulary import Remote, Role, Theme
from jobboard.database import begin_writing, create_engine
from jobboard.domain import composing, criteria, matching, storing
from jobboard.models import ChangeEvent, Delivery, Match, StoredCriteria, Subscriber, Subscription
from jobboard.rendering import mail_renderer
from tests.mailroom import LETTERHEAD
from tests.postgresql import CannotStart, postgresql_server
from tests.postings import municipality, published

NOW = datetime(2026, 4, 1, 0, 0, tzinfo=UTC)
BEFORE = datetime(2026, 3, 1, tzinfo=UTC)
POOL = 10_000
MOST = 9_000_000
"""What is paid: more than anybody asks at least."""
WORDS = ("DX", "業務改革", "データ分析", "GIS", "副業", "窓口", "標準化", "研修", "補佐官", "クラウド", "セキュリティ", "観光", "広報", "防災", "教育")
CHUNK = 50_000


def wishes(chance: random.Random) -> dict[str, list[str]]:
    """What one person may look for; one in twelve wants to hear of everything."""
    asked: dict[str, list[str]] = {}
    if chance.random() < 0.085:
        return asked
    if chance.random() < 0.6:
        asked["pref"] = chance.sample(list(PREFECTURES), chance.randint(1, 3))
    if chance.random() < 0.5:
        asked["role"] = [str(one) for one in chance.sample(list(Role), 2)]
    if chance.random() < 0.2:
        asked["theme"] = [str(chance.choice(list(Theme)))]
    if chance.random() < 0.3:
        asked["remote"] = [str(one) for one in chance.sample(list(Remote), 2)]
    if chance.random() < 0.3 or not asked:
        asked["q"] = [" ".join(chance.sample(WORDS, chance.randint(1, 2)))]
    return asked


def fill(session: Session, size: int, *, distinct: bool) -> None:
    """``size`` subscribers with one confirmed subscription each."""
    chance = random.Random(4)
    pool = [storing.of(session, criteria.parse(wishes(chance))) for _ in range(min(POOL, size))]
    numbers = _all_different(session, pool, size) if distinct else [row.id for row in pool]
    for start in range(0, size, CHUNK):
        people = range(start + 1, min(start + CHUNK, size) + 1)
        session.execute(insert(Subscriber), [_person(number) for number in people])
        session.execute(insert(Subscription), [_wish(number, numbers[number % len(numbers)]) for number in people])


def _all_different(session: Session, pool: list[StoredCriteria], size: int) -> list[int]:
    """Each criteria of the pool again and again, with a least pay of its own."""
    first = (session.scalar(select(func.max(StoredCriteria.id))) or 0) + 1
    names = [column.name for column in StoredCriteria.__table__.columns if column.name not in ("id", "query", "pay_min", "pay_unit")]
    rows: list[dict[str, Any]] = []
    for number in range(size):
        like = pool[number % len(pool)]
        least = 1 + number
        query = f"{like.query}{'&' if like.query else ''}pay_unit=day&pay_min={least}"
        rows.append(
            {name: getattr(like, name) for name in names}
            | {"id": first + number, "query": query, "pay_min": least, "pay_unit": storing.mask(["day"], storing.LISTS["pay_unit"])}
        )  # fmt: skip
        if len(rows) == CHUNK or number == size - 1:
            session.execute(insert(StoredCriteria), rows)
            rows = []
    return list(range(first, first + size))


def _person(number: int) -> dict[str, Any]:
    address = f"r{number}@reader.example"
    return {"id": number, "address": address, "address_key": address, "created_at": BEFORE}


def _wish(number: int, criteria_id: int) -> dict[str, Any]:
    return {
        "subscriber_id": number, "criteria_id": criteria_id, "kinds": "published,amended,extended,closed", "state": SubscriptionState.ACTIVE,
        "frequency": Frequency.AT_ONCE, "created_at": BEFORE, "confirmed_at": BEFORE, "consent_version": "bench",
    }  # fmt: skip


def measure(url: str, name: str, size: int, *, distinct: bool) -> None:
    """Prints the line of one database."""
    database.upgrade(url)
    engine = create_engine(url)
    with Session(engine) as session:
        begin_writing(session)
        fill(session, size, distinct=distinct)
        session.commit()
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
    with Session(engine, expire_on_commit=False) as session:
        begin_writing(session)
        published(session, municipality(), now=NOW, title="CIO補佐官", pay_high=MOST)
        session.commit()
    matched = min(_seconds(lambda: _who(engine)) for _ in range(3))
    rows, composed = _seconds(lambda: _match(engine)), _seconds(lambda: _compose(engine))
    with Session(engine) as session:
        met = session.scalar(select(func.count()).select_from(Match)) or 1
        mails = session.scalar(select(func.count()).select_from(Delivery)) or 1
    kind = "all different" if distinct else "shared"
    print(
        f"{name}, {size:>9,} subscriptions, criteria {kind}: matched in {matched:.3f} s; {met:,} matches and {mails:,} mails written"
        f" in {rows:.2f} + {composed:.2f} s ({(rows + composed) / mails * 100_000:.2f} s for 100,000)",
        flush=True,
    )
    engine.dispose()


def _who(engine: Any) -> int:
    """How many an event meets, without writing anything."""
    with Session(engine) as session:
        event = session.scalars(select(ChangeEvent).order_by(ChangeEvent.id.desc()).limit(1)).unique().one()
        seen, refused = matching.seen_in(session, event), event.posting.municipality_code
        wanting = matching.wanting(session, seen, event.kind, event.occurred_at, refused=refused)
        return session.scalar(select(func.count()).select_from(wanting.subquery())) or 0


def _match(engine: Any) -> None:
    with Session(engine, expire_on_commit=False) as session:
        begin_writing(session)
        matching.match(session, now=NOW)
        session.commit()


def _compose(engine: Any) -> None:
    render = mail_renderer()
    done = 1
    while done:
        with Session(engine, expire_on_commit=False) as session:
            begin_writing(session)
            done = composing.compose(session, LETTERHEAD, render, now=NOW)
            session.commit()


def _seconds(act: Any) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


@contextlib.contextmanager
def servers() -> Iterator[list[str]]:
    """The address of a PostgreSQL, if there is one."""
    with contextlib.ExitStack() as stack:
        try:
            yield [stack.enter_context(postgresql_server())]
        except CannotStart as reason:
            print(f"PostgreSQL: NOT RUN ({reason})")
            yield []


def main() -> None:
    """Prints a line for each database, size and kind of criteria."""
    sizes = [int(size) for size in os.environ.get("BENCH_SIZES", "10000,100000,1000000").split(",")]
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_FOLDER")) as folder, servers() as found:
        for size in sizes:
            for distinct in (False, True):
                measure(f"sqlite:///{Path(folder)}/{size}-{distinct}.sqlite3", "SQLite", size, distinct=distinct)
                for address in found:
                    url = empty_postgresql(address, f"mail_{size}_{distinct}".lower())
                    measure(url, "PostgreSQL", size, distinct=distinct)


if __name__ == "__main__":
    main()
