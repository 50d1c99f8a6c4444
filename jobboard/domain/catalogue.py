"""All public postings by what lists ask for, in memory: one bit a posting for each value of each facet (base/bits.py).

A hundred facet counts and the order of a list come from it in a millisecond at 100,000 postings, on either database alike
(docs/decisions/0006). It is a third reading of a criteria beside ``criteria.clause`` and ``criteria.meets``; tests hold the
three together. Words are looked up in the search index, once for each state of the board.
"""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jobboard.base.bits import bits_of, ids_of
from jobboard.base.choice import Choice
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

_LAST = 2**62
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_RANKS = ("published_at", "apply_by", "apply_from", "updated_at", "pay_monthly", "pay_top")
_COLUMNS = select(
    Posting.id, Posting.state, *(getattr(Posting, name) for name in CHOSEN), Posting.published_at, Posting.apply_by,
    Posting.apply_from, Posting.updated_at, Posting.pay_monthly, func.coalesce(Posting.pay_high, Posting.pay_low).label("pay_top"),
).where(public_clause())  # fmt: skip

T = TypeVar("T")
Masks = dict[str, dict[str, int]]


class Catalogue:
    """The state of the board at ``version``. Nothing of it changes but what it remembers of its own answers.

    ``masks``: facet to code to bits. ``municipalities``: code to ids. ``ranks``: by id, whole numbers to compare, instants as
    microseconds since 1970; ``_LAST`` where there is none.
    """

    def __init__(self) -> None:
        self.version, self.last_event, self.size = 0, 0, 0
        self.published, self.over = 0, 0
        self.masks: Masks = {}
        self.municipalities: dict[str, frozenset[int]] = {}
        self.ranks: dict[str, array[int]] = {name: array("q", [_LAST]) for name in _RANKS}
        self._answers: dict[object, Any] = {}

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

    def open(self, now: datetime) -> int:
        """The bits of the open postings: published and before their closing instant (publication.is_open)."""
        ended = bisect_right(self._closings(), instant_rank(now))
        return self.published & ~bits_of(self.ordered(self.published, "apply_by")[:ended], self.size) if ended else self.published

    def turns_at(self, now: datetime) -> datetime | None:
        """The next instant at which an open posting closes, or one that waits begins to take applications."""
        rank = instant_rank(now)
        coming = [later[place] for later in (self._closings(), self._openings()) if (place := bisect_right(later, rank)) < len(later)]
        return _EPOCH + min(coming) * _MICROSECOND if coming else None

    def _closings(self) -> Sequence[int]:
        return self.remember("closings", lambda: self._instants("apply_by"))

    def _openings(self) -> Sequence[int]:
        return self.remember("openings", lambda: self._instants("apply_from"))

    def _instants(self, name: str) -> list[int]:
        ranks = self.ranks[name]
        return sorted(ranks[one] for one in ids_of(self.published) if ranks[one] != _LAST)

    def ordered(self, bits: int, name: str, *, falling: bool = False) -> Sequence[int]:
        """The ids of a large, lasting set in the order of a rank, those without one last; ties by id, the newest first."""
        return self.remember(("order", bits, name, falling), lambda: self.sort(ids_of(bits), name, falling=falling))

    def sort(self, ids: Iterable[int], name: str, *, falling: bool = False) -> list[int]:
        """``ids`` in that order."""
        ranks = self.ranks[name]
        newest_first = sorted(ids, reverse=True)
        if falling:
            return sorted(newest_first, key=lambda one: -ranks[one] if ranks[one] != _LAST else _LAST)
        return sorted(newest_first, key=ranks.__getitem__)

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
    new.size = max([known.size, *(row.id for row in rows)])
    kept = ~bits_of(changed or (), max([new.size, *(changed or ())]))
    public = {row.id for row in rows}
    published = bits_of((row.id for row in rows if row.state is State.PUBLISHED), new.size)
    new.published = known.published & kept | published
    new.over = known.over & kept | bits_of(public, new.size) & ~published
    new.masks = _merged(known.masks, kept, _masks(session, rows, public, changed, new.size))
    new.municipalities = _municipalities(session, known.municipalities, public, changed)
    new.ranks = {name: _ranks(known.ranks[name], name, rows, new.size) for name in _RANKS}
    return new


def _masks(session: Session, rows: Sequence[Any], public: set[int], changed: Collection[int] | None, size: int) -> Masks:
    found: dict[str, dict[str, list[int]]] = {}
    for name in CHOSEN:
        by_code = found.setdefault(name, {})
        for row in rows:
            code = getattr(row, name)
            if code is not None:
                by_code.setdefault(code, []).append(row.id)
    for name, pairs in (("theme", (PostingTheme.theme, PostingTheme.posting_id)), ("pref", (PostingPlace.pref_code, PostingPlace.posting_id))):
        for code, posting_id in _pairs(session, *pairs, changed):
            if posting_id in public:
                found.setdefault(name, {}).setdefault(code, []).append(posting_id)
    return {name: {str(code): bits_of(ids, size) for code, ids in codes.items()} for name, codes in found.items()}


def _merged(old: Masks, kept: int, new: Masks) -> Masks:
    names = old.keys() | new.keys()
    merged = {name: {code: bits & kept for code, bits in old.get(name, {}).items()} for name in names}
    for name, codes in new.items():
        for code, bits in codes.items():
            merged[name][code] = merged[name].get(code, 0) | bits
    return merged


def _pairs(session: Session, value: Any, posting_id: Any, changed: Collection[int] | None) -> Iterator[tuple[Choice | str, int]]:
    found = select(value, posting_id)
    rows = session.execute(found if changed is None else found.where(posting_id.in_(changed)))
    return ((code, one) for code, one in rows)


def _municipalities(
    session: Session, known: dict[str, frozenset[int]], public: set[int], changed: Collection[int] | None
) -> dict[str, frozenset[int]]:
    gone = frozenset(changed or ())
    new: dict[str, set[int]] = {}
    for code, posting_id in _pairs(session, PostingPlace.municipality_code, PostingPlace.posting_id, changed):
        if posting_id in public:
            new.setdefault(str(code), set()).add(posting_id)
    codes = known.keys() | new.keys()
    return {code: known.get(code, frozenset()) - gone | new.get(code, set()) for code in codes}


def _ranks(known: "array[int]", name: str, rows: Sequence[Any], size: int) -> "array[int]":
    ranks = known + array("q", [_LAST]) * (size + 1 - len(known))
    for row in rows:
        ranks[row.id] = _rank(getattr(row, name))
    return ranks


def _rank(value: datetime | int | None) -> int:
    if value is None:
        return _LAST
    return instant_rank(value) if isinstance(value, datetime) else value


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
