"""What waits for 掲載確認, the oldest first, by when each was promised, who holds it; and what took effect at once (事後確認)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, not_, select
from sqlalchemy.orm import Session, aliased, defer

from jobboard.base.errors import WrongState
from jobboard.base.states import State
from jobboard.base.text import fold
from jobboard.domain import audit, drafting, permissions, prefectures
from jobboard.domain.findings import findings
from jobboard.domain.promise import Waited, waited
from jobboard.domain.publication import lock
from jobboard.models import Account, Board, Posting, Version

ME, NOBODY = "me", "nobody"


@dataclass(frozen=True)
class Item:
    """One thing for a moderator: ``kind`` is new, change or after (事後確認); ``holder``: who took it on (担当)."""

    posting: Posting
    version: Version
    kind: str
    waited: Waited
    holder: Account | None

    @property
    def title(self) -> str:
        """The title that the version bears."""
        return drafting.title_of_version(self.version)


@dataclass(frozen=True)
class Wanted:
    """What of the queue is asked for. ``holder``: me, nobody, or an account's id; ``pref``: two digits; empty asks for all.

    ``late``: only what is over its term; ``quiet``: only where nothing is found (domain/findings).
    """

    kind: str = ""
    holder: str = ""
    pref: str = ""
    words: str = ""
    late: bool = False
    quiet: bool = False

    def asked(self) -> dict[str, str]:
        """As a query, without what asks for nothing."""
        typed = {"kind": self.kind, "holder": self.holder, "pref": self.pref, "q": self.words}
        ticked = {"late": self.late, "quiet": self.quiet}
        return {name: value for name, value in typed.items() if value} | {name: "1" for name, on in ticked.items() if on}


def waiting(session: Session, *, now: datetime) -> list[Item]:
    """What waits for 掲載確認, the oldest first; what waits at a prefecture (経由) is not here yet. A fixed number of queries, however many wait."""
    found = select(Posting, Version).join(Version, Version.id == Posting.pending_id)
    found = found.where(Posting.state != State.APPROVED, not_(prefectures.stays()))
    found = found.order_by(func.coalesce(Version.forwarded_at, Version.created_at), Version.id)
    board, held = session.get_one(Board, 1), _holders(session)
    return [
        _item(posting, version, "change" if posting.current_id else "new", board, held, now)
        for posting, version in _read(session, found)
    ]


def after(session: Session, *, now: datetime) -> list[Item]:
    """What took effect at once and nobody looked at, the oldest first."""
    shown = aliased(Version, flat=True)
    found = select(Posting, shown).join(shown, shown.posting_id == Posting.id)
    found = found.where(shown.at_once, shown.looked_at.is_(None), shown.number.is_not(None))
    board = session.get_one(Board, 1)
    rows = _read(session, found.order_by(shown.created_at, shown.id))
    return [_item(posting, version, "after", board, {}, now) for posting, version in rows]


def _read(session: Session, found: Select[Posting, Version]) -> Sequence[tuple[Posting, Version]]:
    """The drafts stay where they are: they are the municipality's own business, and long."""
    rows = session.execute(found.options(defer(Posting.draft))).unique()
    return [(posting, version) for posting, version in rows]


def _holders(session: Session) -> dict[int, Account]:
    held = select(Posting.reviewer_id).where(Posting.pending_id.is_not(None))
    found = session.scalars(select(Account).where(Account.id.in_(held))).unique()
    return {one.id: one for one in found if permissions.moderates(one)}


def _item(
    posting: Posting, version: Version, kind: str, board: Board, held: Mapping[int, Account], now: datetime
) -> Item:
    waits = waited(board, version.forwarded_at or version.created_at, until=now)
    return Item(posting, version, kind, waits, held.get(posting.reviewer_id or 0))


def select_from(items: Sequence[Item], wanted: Wanted, *, by: Account, now: datetime) -> list[Item]:
    """Those that are asked for, in their order."""
    words = [fold(word) for word in wanted.words.split()]
    return [
        item
        for item in items
        if wanted.kind in ("", item.kind)
        and _is_held_by(item, wanted.holder, by)
        and wanted.pref in ("", item.posting.municipality.pref_code)
        and (not wanted.late or item.waited.is_late)
        and (not words or _has(item, words))
        and (not wanted.quiet or not findings(item.posting, item.version, now=now))
    ]


def _is_held_by(item: Item, holder: str, by: Account) -> bool:
    if holder in ("", NOBODY):
        return not holder or item.holder is None
    return item.holder is not None and str(item.holder.id) == (str(by.id) if holder == ME else holder)


def _has(item: Item, words: Sequence[str]) -> bool:
    text = fold(f"{item.title} {item.posting.municipality.full_name}")
    return all(word in text for word in words)


def look_at(session: Session, posting: Posting, *, version_id: int, by: Account, now: datetime) -> bool:
    """事後確認: a moderator has looked at a version that took effect at once; False when somebody had done so before.

    Raises ``WrongState`` for a version that did not.
    """
    lock(session, posting)
    version = session.get(Version, version_id, populate_existing=True)
    if version is None or version.posting_id != posting.id or not version.at_once or version.number is None:
        raise WrongState(str(posting.state), "look_at")
    if version.looked_at is not None:
        return False
    version.looked_at = now
    audit.record(session, "posting:look_at", "posting", posting.id, by=by, now=now, version=version.id)
    session.flush()
    return True
