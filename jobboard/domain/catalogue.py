"""All public postings by what lists ask for, in memory: one bit a posting for each value of each facet (base/bits.py).

A hundred facet counts and the order of a list come from it in a millisecond at 100,000 postings, on either database alike
(docs/decisions/0006). It is a third reading of a criteria beside ``criteria.clause`` and ``criteria.meets``; tests hold the
three together. Words are looked up in the search index, once for each state of the board.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any, TypeVar, cast

from sqlalchemy import BigInteger, String, func, select, type_coerce
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from jobboard.base.bits import bits_of, ids_of
from jobboard.base.states import State
from jobboard.domain import searching
from jobboard.domain.publication import public_clause
from jobboard.domain.words import Word
from jobboard.models import Board, ChangeEvent, Posting, PostingPlace, PostingTheme

CHOSEN = ("role", "engagement", "audience", "remote", "side_job", "pay_unit")
PATCHED = 500
"""So many changed postings are taken in one by one; after more, everything is read anew."""

REMEMBERED = 256
"""Words and lists of one state of the board that are kept; 13 KB each at 100,000 postings."""

PIECES = 8_000
"""Rows of lists that are kept, some 2 KB each."""

LAST = 2**62
"""The rank of what has none: behind all."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_RANKS = ("published_at", "apply_by", "apply_from", "questions_by", "updated_at", "pay_monthly", "pay_top")
_TABLE = Posting.__table__.c


class _Microseconds(FunctionElement[int]):
    """An instant's column as microseconds since 1970, without making a hundred thousand datetimes of it."""

    type = BigInteger()
    inherit_cache = True


@compiles(_Microseconds, "sqlite")
def _microseconds_sqlite(element: _Microseconds, compiler: SQLCompiler, **options: Any) -> str:
    column = compiler.process(element.clauses, **options)
    return f"CAST(strftime('%s', {column}) AS INTEGER) * 1000000 + CAST(substr({column}, 21) AS INTEGER)"


@compiles(_Microseconds, "postgresql")
def _microseconds_postgresql(element: _Microseconds, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST(extract(epoch FROM {compiler.process(element.clauses, **options)}) * 1000000 AS BIGINT)"


_COLUMNS = select(
    _TABLE.id,
    type_coerce(_TABLE.state, String).label("state"),
    *(type_coerce(_TABLE[name], String).label(name) for name in CHOSEN),
    *(func.coalesce(_Microseconds(_TABLE[name]), LAST).label(name) for name in _RANKS[:5]),
    func.coalesce(_TABLE.pay_monthly, LAST).label("pay_monthly"),
    func.coalesce(_TABLE.pay_high, _TABLE.pay_low, LAST).label("pay_top"),
).where(public_clause())

T = TypeVar("T")
Masks = dict[str, dict[str, int]]


class Catalogue:
    """The state of the board at ``version``. Nothing of it changes but what it remembers of its own answers.

    ``masks``: facet to code to bits. ``municipalities``: code to ids. ``ranks``: by id, whole numbers to compare, instants as
    microseconds since 1970; ``LAST`` where there is none. ``pieces``: parts of pages by keys of the callers' own, which
    stand as long as the board does; see ``piece``.
    """

    def __init__(self) -> None:
        self.version, self.last_event, self.size = 0, 0, 0
        self.published, self.over = 0, 0
        self.masks: Masks = {}
        self.municipalities: dict[str, frozenset[int]] = {}
        self.ranks: dict[str, array[int]] = {name: array("q", [LAST]) for name in _RANKS}
        self._answers: dict[object, Any] = {}
        self.pieces: dict[object, Any] = {}

    @property
    def public(self) -> int:
        """The bits of all public postings."""
        return self.published | self.over

    def remember(self, key: object, answer: Callable[[], T]) -> T:
        """``answer()``, asked once while the board stays as it is. Threads may ask twice; the answers are equal."""
        found = self._answers.get(key)
        if found is None:
            found = answer()
            if len(self._answers) >= REMEMBERED:
                self._answers.clear()
            self._answers[key] = found
        kept: T = found
        return kept

    def piece(self, key: object, value: T) -> T:
        """Keeps a small part of many pages in ``pieces``; all are dropped when there are too many."""
        if len(self.pieces) >= PIECES:
            self.pieces.clear()
        self.pieces[key] = value
        return value

    def open(self, now: datetime) -> int:
        """The bits of the open postings: published and before their closing instant (publication.is_open)."""
        if not bisect_right(self._closings(), instant_rank(now)):
            return self.published
        return self.within(self.published, "apply_by", instant_rank(now) + 1, LAST + 1)

    def turns_at(self, now: datetime) -> datetime | None:
        """The next instant at which an open posting closes, ends to take questions, or begins to take applications."""
        rank, turns = instant_rank(now), (self._closings(), self._openings(), self._ends_of_asking())
        coming = [later[place] for later in turns if (place := bisect_right(later, rank)) < len(later)]
        return _EPOCH + min(coming) * _MICROSECOND if coming else None

    def _closings(self) -> Sequence[int]:
        return self.remember("closings", lambda: self._instants("apply_by"))

    def _openings(self) -> Sequence[int]:
        return self.remember("openings", lambda: self._instants("apply_from"))

    def _ends_of_asking(self) -> Sequence[int]:
        return self.remember("ends of asking", lambda: self._instants("questions_by"))

    def _instants(self, name: str) -> list[int]:
        ranks = self.ranks[name]
        return sorted(ranks[one] for one in ids_of(self.published) if ranks[one] != LAST)

    def ordered(self, bits: int, name: str, *, falling: bool = False) -> Sequence[int]:
        """The ids of a large, lasting set in the order of a rank, those without one last; ties by id, the newest first."""
        return self.remember(("order", bits, name, falling), lambda: self.sort(ids_of(bits), name, falling=falling))

    def sort(self, ids: Iterable[int], name: str, *, falling: bool = False) -> list[int]:
        """``ids`` in that order."""
        ranks = self.ranks[name]
        newest_first = sorted(ids, reverse=True)
        if falling:
            return sorted(newest_first, key=lambda one: -ranks[one] if ranks[one] != LAST else LAST)
        return sorted(newest_first, key=ranks.__getitem__)

    def within(self, bits: int, name: str, low: int, high: int) -> int:
        """Those of a large, lasting set whose rank lies from ``low`` up to, and not at, ``high``."""
        ordered, rank = self.ordered(bits, name), self.ranks[name].__getitem__
        first, end = bisect_left(ordered, low, key=rank), bisect_left(ordered, high, key=rank)
        return bits_of(ordered[first:end], self.size)

    def place(self, one: int, name: str, *, falling: bool = False) -> tuple[int, int]:
        """Where an id stands in that order: of two, the smaller place comes first."""
        rank = self.ranks[name][one]
        return (-rank if falling and rank != LAST else rank), -one

    def any_of(self, name: str, codes: Iterable[object]) -> int:
        """The bits of the postings that bear one of the codes."""
        mask, found = self.masks.get(name, {}), 0
        for code in codes:
            found |= mask.get(str(code), 0)
        return found

    def holding(self, session: Session, word: Word, *, published: bool, over: bool) -> int:
        """The bits of the postings that hold ``word``, among the shelves that are asked for."""
        found = 0
        for shelf in (shelf for shelf, wanted in ((False, published), (True, over)) if wanted):
            key = ("word", word.forms, shelf)
            found |= self.remember(key, lambda shelf=shelf: self._held(session, word, over=shelf))  # type: ignore[misc]
        return found

    def _held(self, session: Session, word: Word, *, over: bool) -> int:
        ids = searching.holding(session, word, over=over)
        return bits_of([one for one in ids if one <= self.size] if ids and max(ids) > self.size else ids, self.size)


def load(session: Session) -> Catalogue:
    """Reads the whole board: about a second at 100,000 postings."""
    newest = select(func.max(ChangeEvent.id)).scalar_subquery()
    version, last_event = session.execute(select(Board.version, newest).where(Board.id == 1)).one_or_none() or (0, 0)
    return _patched(session, Catalogue(), None, version, last_event or 0)


def renewed(session: Session, known: Catalogue, version: int) -> Catalogue:
    """The catalogue at board ``version``, from the one at an earlier version.

    Each change event counts the version up by one. Where that accounts for the difference, only the postings of those events
    are read; anything else that counted it up may have touched any posting.
    """
    later = select(ChangeEvent.id, ChangeEvent.posting_id).where(ChangeEvent.id > known.last_event)
    events = session.execute(later.limit(PATCHED + 1)).all()
    if known.version == 0 or version - known.version != len(events) or len(events) > PATCHED:
        return load(session)
    changed = {posting_id for _, posting_id in events}
    return _patched(session, known, changed, version, max(event_id for event_id, _ in events))


def _patched(
    session: Session, known: Catalogue, changed: Collection[int] | None, version: int, last_event: int
) -> Catalogue:
    """``known`` with the changed postings read anew; all of them for None. The rows may be younger than ``version``."""
    new = Catalogue()
    new.version, new.last_event = version, last_event
    rows = session.execute(_COLUMNS if changed is None else _COLUMNS.where(Posting.id.in_(changed))).all()
    columns = dict(zip(_COLUMNS.selected_columns.keys(), zip(*rows, strict=True), strict=True)) if rows else {}
    ids: Sequence[int] = columns.get("id", ())
    new.size = max([known.size, *ids])
    kept = ~bits_of(changed or (), max([new.size, *(changed or ())]))
    published = bits_of((one for one, state in zip(ids, columns.get("state", ()), strict=True) if state == State.PUBLISHED), new.size)
    new.published = known.published & kept | published
    new.over = known.over & kept | bits_of(ids, new.size) & ~published
    new.masks = _merged(known.masks, kept, _masks(session, columns, changed, new.size))
    new.municipalities = _municipalities(session, known.municipalities, frozenset(ids), changed)
    new.ranks = {name: _ranks(known.ranks[name], ids, columns.get(name, ()), new.size) for name in _RANKS}
    return new


def _masks(session: Session, columns: Mapping[str, Sequence[Any]], changed: Collection[int] | None, size: int) -> Masks:
    ids: Sequence[int] = columns.get("id", ())
    found = {name: _by_code(zip(columns.get(name, ()), ids, strict=True)) for name in CHOSEN}
    public = frozenset(ids)
    for name, value, posting_id in (
        ("theme", PostingTheme.theme, PostingTheme.posting_id), ("pref", PostingPlace.pref_code, PostingPlace.posting_id),
    ):  # fmt: skip
        found[name] = _by_code(pair for pair in _pairs(session, value, posting_id, changed) if pair[1] in public)
    return {name: {code: bits_of(ones, size) for code, ones in codes.items()} for name, codes in found.items()}


def _by_code(pairs: Iterable[tuple[str | None, int]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for code, one in pairs:
        if code is not None:
            found[code].append(one)
    return found


def _merged(old: Masks, kept: int, new: Masks) -> Masks:
    names = old.keys() | new.keys()
    merged = {name: {code: bits & kept for code, bits in old.get(name, {}).items()} for name in names}
    for name, codes in new.items():
        for code, bits in codes.items():
            merged[name][code] = merged[name].get(code, 0) | bits
    return merged


def _pairs(session: Session, value: Any, posting_id: Any, changed: Collection[int] | None) -> Sequence[tuple[str, int]]:
    found = select(type_coerce(value, String), posting_id)
    rows = session.execute(found if changed is None else found.where(posting_id.in_(changed))).all()
    return cast("Sequence[tuple[str, int]]", rows)


def _municipalities(
    session: Session, known: dict[str, frozenset[int]], public: frozenset[int], changed: Collection[int] | None
) -> dict[str, frozenset[int]]:
    gone = frozenset(changed or ())
    new = _by_code(_pairs(session, PostingPlace.municipality_code, PostingPlace.posting_id, changed))
    codes = known.keys() | new.keys()
    return {code: known.get(code, frozenset()) - gone | public.intersection(new.get(code, ())) for code in codes}


def _ranks(known: "array[int]", ids: Sequence[int], values: Sequence[int], size: int) -> "array[int]":
    ranks = known + array("q", [LAST]) * (size + 1 - len(known))
    for one, value in zip(ids, values, strict=True):
        ranks[one] = value
    return ranks


def instant_rank(instant: datetime) -> int:
    """Microseconds since 1970."""
    return (instant - _EPOCH) // _MICROSECOND


class Shelf:
    """The newest catalogue of this process, for all its threads; looks at the board's version each time."""

    def __init__(self) -> None:
        self._newest = Catalogue()
        self._lock = Lock()

    def at(self, session: Session, version: int) -> Catalogue:
        """The catalogue at the board ``version`` that the caller has just read in a transaction that writes nothing."""
        if self._newest.version < version:
            with self._lock:
                if self._newest.version < version:
                    self._newest = renewed(session, self._newest, version)
        return self._newest
