"""Is the audit what was sealed? Walks the chain in batches, with the memory of one, and says what is wrong and where."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from jobboard.base.choice import Choice
from jobboard.domain.sealing import BEGINNING, COLUMNS, digest
from jobboard.models import AuditEntry, AuditSeal

BATCH = 1_000

ACT = "audit:forget"
"""Says which entries went at the end of their 保存期間: number and digest of the last one's seal."""

LEAST = timedelta(days=365)
"""So old what goes must be at least when that is written: whoever deletes younger entries cannot say that it was right."""


class Breach(Choice):
    """What is wrong at one place of the audit's chain."""

    ALTERED = "altered", "記録の内容か封が書き換えられています"
    MISSING = "missing", "封をした記録がありません(消されています)"
    INSERTED = "inserted", "封をした後から、間に記録が差し込まれています"
    ORDER = "order", "記録の順序が入れ替わっています"
    UNSEALED = "unsealed", "封が抜けています(消されています)"
    REWRITTEN = "rewritten", "控えの値がありません。控えを取った後に、ここまでのどこかから書き直されています"
    CUT = "cut", "サーバーに残した封の控えと合いません。ここを含む後ろが消されたか、書き直されています"


@dataclass(frozen=True)
class Finding:
    """One place. ``number`` of the seal and ``entry_id``: 0 where there is none to name."""

    breach: Breach
    number: int = 0
    entry_id: int = 0

    def sentence(self) -> str:
        """In words: 封の番号 5、記録 7: …."""
        places = [f"封の番号 {self.number}"] * bool(self.number) + [f"記録 {self.entry_id}"] * bool(self.entry_id)
        return f"{'、'.join(places)}: {self.breach.label}"


class Front(NamedTuple):
    """The last seal of what went: all that is left of it."""

    number: int
    entry_id: int
    digest: str


@dataclass
class Walk:
    """How far one walk along the chain came: the last seal it saw. ``heads`` are the digests that it met of those looked for."""

    number: int = 0
    entry_id: int = 0
    before: str = BEGINNING
    looked_for: frozenset[str] = frozenset()
    heads: set[str] = field(default_factory=set)

    def step(self, session: Session, until: int) -> list[Finding]:
        """Checks the next batch of seals, up to number ``until``. After a breach it goes on from what is stored."""
        joined = select(AuditSeal.number, AuditSeal.entry_id, AuditSeal.digest, AuditSeal.sealed_at, *COLUMNS)
        joined = joined.outerjoin(AuditEntry, AuditEntry.id == AuditSeal.entry_id)
        found = self._pass_over(session)
        batch = joined.where(AuditSeal.number > self.number, AuditSeal.number <= until).order_by(AuditSeal.number).limit(BATCH)
        first = self.entry_id
        for row in session.execute(batch):
            found += self._check(row)
        return found + [Finding(Breach.INSERTED, entry_id=one) for one in _inserted(session, first, self.entry_id)]

    def _pass_over(self, session: Session) -> list[Finding]:
        """Begins behind what went at the end of its term; entries that lie there all the same were put in."""
        front = forgotten(session)
        if front is None or front.number <= self.number:
            return []
        self.number, self.entry_id, self.before = front
        self.heads |= self.looked_for & {front.digest}
        return [Finding(Breach.INSERTED, entry_id=one) for one in _inserted(session, 0, front.entry_id)]

    def _check(self, row: Sequence[object]) -> Iterator[Finding]:
        number, entry_id, stored, sealed_at, *values = row
        assert isinstance(number, int) and isinstance(entry_id, int) and isinstance(stored, str)
        whole = number == self.number + 1
        if not whole:
            yield Finding(Breach.UNSEALED, self.number + 1)
        if entry_id <= self.entry_id:
            yield Finding(Breach.ORDER, number, entry_id)
        elif values[0] is None:
            yield Finding(Breach.MISSING, number, entry_id)
        elif whole:
            entry = dict(zip((column.name for column in COLUMNS), values, strict=True))
            if digest(self.before, number, entry, sealed_at) != stored:  # type: ignore[arg-type]
                yield Finding(Breach.ALTERED, number, entry_id)
        if stored in self.looked_for:
            self.heads.add(stored)
        self.number, self.entry_id, self.before = number, max(entry_id, self.entry_id), stored


def head(session: Session) -> tuple[int, str]:
    """Number and digest of the last seal, to be kept elsewhere; 0 and zeros when nothing is sealed."""
    last = session.execute(select(AuditSeal.number, AuditSeal.digest).order_by(AuditSeal.number.desc()).limit(1)).first()
    return (last[0], last[1]) if last else (0, BEGINNING)


def announced(session: Session) -> Iterator[Front]:
    """The deletions that sealed entries tell of and that were due by any setting, the newest first; each may be done already."""
    own = aliased(AuditSeal)
    acts = select(AuditEntry.at, AuditEntry.facts, own.number, own.sealed_at).join(own, own.entry_id == AuditEntry.id)
    for at, facts, own_number, sealed_at in session.execute(acts.where(AuditEntry.action == ACT).order_by(AuditEntry.id.desc())):
        number = facts.get("number")
        if not isinstance(number, int) or not 0 < number < own_number or at > sealed_at:
            continue
        last = select(AuditSeal.number, AuditSeal.entry_id, AuditSeal.digest, AuditSeal.sealed_at)
        kept = session.execute(last.where(AuditSeal.number == number)).first()
        if kept is not None and kept.digest == facts.get("digest") and kept.sealed_at <= at - LEAST:
            yield Front(kept.number, kept.entry_id, kept.digest)


def forgotten(session: Session) -> Front | None:
    """Behind which seal the chain begins, where its front went as the chain itself says; None for a chain with its beginning."""
    first = session.execute(select(AuditSeal.number, AuditSeal.entry_id).order_by(AuditSeal.number).limit(1)).first()
    if first is None or session.scalar(select(AuditEntry.id).where(AuditEntry.id == first.entry_id)) is not None:
        return None
    return next((one for one in announced(session) if one.number == first.number), None)


def verify(session: Session, noted: Mapping[str, int] = MappingProxyType({})) -> Iterator[Finding]:
    """Every breach of the whole chain, as it is met. ``noted``: heads that were kept elsewhere, digest to number (0: not kept).

    A head of what went at the end of its term can say nothing any more.
    """
    end, _ = head(session)
    walk = Walk(looked_for=frozenset(noted))
    while walk.number < end:
        yield from walk.step(session, end)
    front = forgotten(session)
    for one, number in noted.items():
        if one not in walk.heads and not (front and 0 < number < front.number):
            yield Finding(Breach.REWRITTEN, number)


def cut(session: Session, kept: Mapping[str, int]) -> Iterator[Finding]:
    """The first of the heads that were kept beside the database (digest to number) which the chain has no longer.

    Where the last one is met, nothing before it can be missing; what went at the end of its term is passed over.
    """
    begun = forgotten(session)
    numbers = {number: digest for digest, number in kept.items() if not begun or number >= begun.number}
    twice = [number for digest, number in kept.items() if number in numbers and numbers[number] != digest]
    missing = set(twice)
    wanted = list(numbers)
    for some in (wanted[at : at + BATCH] for at in range(0, len(wanted), BATCH)):
        rows = session.execute(select(AuditSeal.number, AuditSeal.digest).where(AuditSeal.number.in_(some)))
        there = {number: stored for number, stored in rows}
        missing |= {number for number in some if there.get(number) != numbers[number]}
    if missing:
        yield Finding(Breach.CUT, min(missing))


def _inserted(session: Session, after: int, until: int) -> Iterator[int]:
    """Entries without a seal before one that has it: seals are given in the order of ids, so they came afterwards."""
    sealed = exists().where(AuditSeal.entry_id == AuditEntry.id)
    late = select(AuditEntry.id).where(AuditEntry.id > after, AuditEntry.id < until, ~sealed).order_by(AuditEntry.id)
    yield from session.scalars(late)
