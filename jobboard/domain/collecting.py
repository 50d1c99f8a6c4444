"""収集: which feed is due, whose turn it is to fetch it, and what is recorded of the fetch. Nothing here publishes or removes.

The caller leases in one transaction, fetches outside any, and settles in another one. A lease that ran out frees itself.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, CursorResult, and_, delete, or_, select, update
from sqlalchemy.orm import Session

from jobboard.base.collecting import Fetched
from jobboard.base.feed_reading import Feed
from jobboard.base.fetching import Answer, NotFetched
from jobboard.base.web_addresses import resolved_name
from jobboard.domain import audit, items
from jobboard.domain.items import Rules
from jobboard.domain.same_items import MOST_NEW
from jobboard.models import Board, Fetch, Source

INTERVAL = timedelta(hours=1)
"""Between two fetches of a source at least."""

LONGEST_INTERVAL = timedelta(hours=24)
"""A source that fails is asked half as often each time, or as seldom as its server asks for, down to this."""

LEASE = timedelta(minutes=5)
"""Far longer than a fetch may last."""

FAILURES_TO_PAUSE = 10
"""After so many failures one after another, in about six days, a source pauses itself."""

FETCHES_KEPT = timedelta(days=90)
QUIET_KEPT = timedelta(days=7)
"""Fetches that found nothing changed are kept only so long."""

_LOOKED_THROUGH = 20


class Due(NamedTuple):
    """A leased source, with what its fetch needs."""

    id: int
    url: str
    plain_http: bool
    etag: str
    last_modified: str


@dataclass(frozen=True)
class Got:
    """What came of a fetch that began at ``at`` and took ``took`` milliseconds: an answer, the feed in it unless it had not
    changed, or a failure."""

    at: datetime
    took: int
    answer: Answer | None = None
    feed: Feed | None = None
    failure: NotFetched | None = None


@dataclass(frozen=True)
class Settled:
    """The outcome, how many items are new and how many of all became candidates; ``words`` on what was not noted."""

    outcome: Fetched
    new: int = 0
    candidates: int = 0
    words: str = ""


def first_at(url: str, now: datetime) -> datetime:
    """When a new source is first fetched: within the next hour, at an instant of its own."""
    share = int.from_bytes(hashlib.sha256(url.encode()).digest()[:4]) / 2**32
    return now + INTERVAL * share


def again_at(source: Source, now: datetime) -> datetime:
    """When a source that is resumed is fetched: as a new one, but an hour after it was last asked. What waits longer, failed."""
    waits = source.next_at
    if waits is None or waits > now + INTERVAL:
        waits = source.fetched_at + INTERVAL if source.fetched_at else now
    return max(first_at(source.url, now), waits)


def lease(session: Session, owner: str, *, now: datetime, limit: int) -> list[Due]:
    """Claims up to ``limit`` due sources, the longest due first, of each host only one at a time. The caller commits, then fetches."""
    session.get(Board, 1, with_for_update=True)  # so that two workers do not each take one of the same host
    busy = {_host(url) for url in session.scalars(select(Source.url).where(Source.leased_until > now))}
    free = or_(Source.leased_until.is_(None), Source.leased_until <= now)
    waiting = select(Source).where(Source.paused_at.is_(None), Source.next_at <= now, free)
    leased: list[Due] = []
    for source in session.scalars(waiting.order_by(Source.next_at, Source.id).limit(limit * _LOOKED_THROUGH)):
        if len(leased) < limit and _host(source.url) not in busy:
            busy.add(_host(source.url))
            source.lease_owner, source.leased_until = owner, now + LEASE
            source.next_at = now + INTERVAL  # should this worker be killed, its server is not asked again within the hour
            leased.append(Due(source.id, source.url, source.plain_http, source.etag, source.last_modified))
    session.flush()
    return leased


def settle(session: Session, due: Due, owner: str, got: Got, rules: Rules, *, now: datetime) -> Settled | None:
    """Records the fetch and what the feed says; None when the source is no longer this owner's."""
    mine = select(Source).where(Source.id == due.id, Source.lease_owner == owner).with_for_update()
    source = session.scalar(mine)
    if source is None:
        return None
    source.lease_owner = source.leased_until = None
    source.fetched_at = got.at
    source.next_at = got.at + INTERVAL
    if got.failure is not None:
        settled = Settled(got.failure.outcome)
        _failed(session, source, got.failure, now=now)
    else:
        settled = _read(session, source, got, rules, now=now)
        source.failures, source.failing_since = 0, None
    _record(session, source, got, settled)
    session.flush()
    return settled


def _read(session: Session, source: Source, got: Got, rules: Rules, *, now: datetime) -> Settled:
    if got.answer is not None:
        source.etag, source.last_modified = got.answer.etag, got.answer.last_modified
    if got.feed is None or (got.feed.whole and got.feed.digest == source.digest):
        return Settled(Fetched.UNCHANGED)
    source.digest = got.feed.digest if got.feed.whole else ""
    source.title = source.title or got.feed.title
    noted = items.note(session, source, got.feed, rules, now=now)
    if not noted.left:
        return Settled(Fetched.READ, noted.new, noted.candidates)
    source.digest = ""  # so that they are looked at again, though the feed stays as it is
    words = f"新しい項目が1日に{MOST_NEW}件を超えたので、{noted.left}件は記録しませんでした。"
    return Settled(Fetched.READ, noted.new, noted.candidates, words)


def _failed(session: Session, source: Source, failure: NotFetched, *, now: datetime) -> None:
    source.failures += 1
    source.failing_since = source.failing_since or now
    own = INTERVAL * 2 ** min(source.failures - 1, 10)
    source.next_at = now + min(max(own, timedelta(seconds=failure.wait)), LONGEST_INTERVAL)
    if source.failures >= FAILURES_TO_PAUSE and source.paused_at is None:
        source.paused_at = now
        source.paused_for = f"{source.failures}回続けて読めなかったので、自動で止めました。最後の理由: {failure.words}"
        audit.record(session, "source:pause", "source", source.id, by=None, now=now, failures=source.failures)


def _record(session: Session, source: Source, got: Got, settled: Settled) -> None:
    answer, feed, failure = got.answer, got.feed, got.failure
    moved = f"転送先: {answer.url}" if answer is not None and answer.url != source.url else ""
    words = failure.words if failure else " ".join(filter(None, (feed.words if feed else "", settled.words, moved)))
    session.add(
        Fetch(
            source_id=source.id, at=got.at, outcome=settled.outcome, took=got.took, new_items=settled.new,
            status=answer.status if answer else failure.status if failure else None,
            size=len(answer.body) if answer else 0, items=len(feed.items) if feed else 0, words=items.one_line(words),
        )
    )  # fmt: skip


def owners(session: Session) -> set[str]:
    """Who holds leases of sources."""
    return {one for one in session.scalars(select(Source.lease_owner).distinct()) if one}


def take_back(session: Session, dead_owners: Collection[str]) -> int:
    """Frees what workers that no longer live had leased; returns how many."""
    return _changed(session, Source.lease_owner.in_(dead_owners))


def release(session: Session, source_ids: Collection[int], owner: str) -> int:
    """Gives back what was leased and not fetched; it is due again in an hour."""
    return _changed(session, and_(Source.id.in_(source_ids), Source.lease_owner == owner))


def old_fetches(now: datetime) -> ColumnElement[bool]:
    """Fetches that are kept no longer; those that found nothing changed go sooner."""
    quiet = and_(Fetch.outcome == Fetched.UNCHANGED, Fetch.at <= now - QUIET_KEPT)
    return or_(Fetch.at <= now - FETCHES_KEPT, quiet)


def tidy(session: Session, *, now: datetime) -> int:
    """Forgets fetches of long ago; returns how many."""
    done = session.execute(delete(Fetch).where(old_fetches(now)).execution_options(synchronize_session=False))
    return done.rowcount if isinstance(done, CursorResult) else 0


def _changed(session: Session, condition: ColumnElement[bool]) -> int:
    freed = update(Source).where(condition).values(lease_owner=None, leased_until=None)
    done = session.execute(freed.execution_options(synchronize_session=False))
    return done.rowcount if isinstance(done, CursorResult) else 0


def _host(url: str) -> str:
    try:
        return resolved_name(urlsplit(url).hostname or "") or url
    except ValueError:
        return url
