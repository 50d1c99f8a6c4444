"""Limits per minute, in all and per recipient domain, true over several workers (settings MAIL_PER_MINUTE, …).

Room is taken in ``Pace`` within the transaction that leases. What finds no room for its domain is put off once, to a minute in
which room is taken for it at once: ten thousand mails for one domain are looked at once, and never hold up the others.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeVar

from sqlalchemy import ColumnElement, CursorResult, and_, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from jobboard.base.states import DeliveryKind
from jobboard.models import Delivery, Pace

MINUTE = timedelta(minutes=1)

ALL = ""
"""The row of a minute that counts all domains."""

_TURN = datetime(1970, 1, 1, tzinfo=UTC)
"""The minute of the row that a leasing worker holds until its commit: room is never taken twice."""

KEPT = timedelta(hours=1)

SPARED = 10
"""One place of so many in later minutes is kept free of notices, for mails that a person waits for."""


@dataclass(frozen=True)
class Limits:
    """Mails per minute; 0 is no limit."""

    in_all: int = 0
    per_domain: int = 0

    def __bool__(self) -> bool:
        return bool(self.in_all or self.per_domain)


NONE = Limits()


class Paced(Protocol):
    """What is leased. ``paced_for``: the minute in which room was taken for it."""

    @property
    def id(self) -> int: ...
    @property
    def kind(self) -> DeliveryKind: ...
    @property
    def address(self) -> str | None: ...
    @property
    def paced_for(self) -> datetime | None: ...


Row = TypeVar("Row", bound=Paced)


@dataclass
class Pacing:
    """The room of this minute and of those to come, as one leasing worker sees and takes it."""

    session: Session
    limits: Limits
    minute: datetime
    left: int
    _taken: dict[str, Counter[datetime]] = field(default_factory=lambda: defaultdict(Counter))

    def admit(self, rows: Sequence[Row]) -> list[Row]:
        """Those that may leave in this minute; the others are put off. What was leased in this minute before counts once."""
        self._know({domain(row) for row in rows})
        fresh: Counter[tuple[datetime, str]] = Counter()
        later: dict[int, datetime] = {}
        admitted, new = [], []
        for row in rows:
            if row.paced_for != self.minute:
                room = self._room(domain(row), row.kind) if self.limits.per_domain else self.minute
                self._taken[domain(row)][room] += 1
                fresh[room, domain(row)] += 1
                if room > self.minute:
                    later[row.id] = room
                    continue
                new.append(row.id)
            admitted.append(row)
        self.left -= len(new)
        if self.limits.per_domain:
            self._take(fresh)
        if self.limits.in_all and new:
            self._take({(self.minute, ALL): len(new)})
        self._put_off(later, new)
        return admitted

    def _room(self, domain: str, kind: DeliveryKind) -> datetime:
        """The first minute with room for one more mail to this domain."""
        taken, minute, most = self._taken[domain], self.minute, self.limits.per_domain
        bulk = most - most // SPARED if kind is DeliveryKind.NOTICE else most
        while taken[minute] >= (most if minute == self.minute else bulk):
            minute += MINUTE
        return minute

    def _know(self, domains: set[str]) -> None:
        unknown = domains - self._taken.keys()
        found = select(Pace.domain, Pace.minute, Pace.count).where(Pace.domain.in_(unknown), Pace.minute >= self.minute)
        for name, minute, count in self.session.execute(found) if self.limits.per_domain and unknown else ():
            self._taken[name][minute] = count
        for name in unknown:
            self._taken[name]  # known to be empty

    def _take(self, fresh: dict[tuple[datetime, str], int] | Counter[tuple[datetime, str]]) -> None:
        _add(self.session, [{"minute": minute, "domain": name, "count": count} for (minute, name), count in fresh.items()])

    def _put_off(self, later: dict[int, datetime], new: Iterable[int]) -> None:
        table: Any = Delivery.__table__
        one = update(table).where(table.c.id == bindparam("row"))
        if later:
            moved = one.values(due_at=bindparam("room"), paced_for=bindparam("room"))
            self.session.connection().execute(moved, [{"row": row, "room": room} for row, room in later.items()])
        marked = list(new)
        if marked:
            now = update(table).where(table.c.id.in_(marked)).values(paced_for=self.minute)
            self.session.connection().execute(now)


def begin(session: Session, limits: Limits, *, now: datetime) -> Pacing:
    """Takes the turn of leasing, which ends with the transaction."""
    minute = now.astimezone(UTC).replace(second=0, microsecond=0)
    _add(session, [{"minute": _TURN, "domain": ALL, "count": 0}])
    if not limits.in_all:
        return Pacing(session, limits, minute, left=2**31)
    taken = session.scalar(select(Pace.count).where(Pace.minute == minute, Pace.domain == ALL)) or 0
    return Pacing(session, limits, minute, left=limits.in_all - taken)


def domain(row: Paced) -> str:
    """The recipient's domain as limits compare it."""
    return (row.address or "").rpartition("@")[2].lower()


def tidy(session: Session, *, now: datetime) -> int:
    """Deletes the minutes that are over; returns how many rows."""
    gone = session.execute(delete(Pace).where(over(now)))
    return gone.rowcount if isinstance(gone, CursorResult) else 0


def over(now: datetime) -> ColumnElement[bool]:
    """Minutes that are over."""
    return and_(Pace.minute < now - KEPT, Pace.minute > _TURN)


def _add(session: Session, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    one = insert(Pace)
    more = one.on_conflict_do_update(
        index_elements=[Pace.minute, Pace.domain], set_={"count": Pace.count + one.excluded["count"]}
    )
    session.execute(more, rows)
