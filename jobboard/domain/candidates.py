"""候補: items of feeds as moderators see them. Listed by where they stand, found, and what else tells of the same call."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, contains_eager, selectinload

from jobboard.base.collecting import ItemState
from jobboard.base.errors import NotFound
from jobboard.base.feed_titles import unmarked
from jobboard.base.item_links import canonical
from jobboard.base.states import State, VersionState
from jobboard.base.text import fold
from jobboard.domain import drafting, links
from jobboard.domain.duplicates import is_like
from jobboard.domain.finding_quality import NEWEST, has
from jobboard.domain.narrowed import Page, Views, Wanted, turned
from jobboard.models import Municipality, Posting, Source, SourceItem, Version

COMPARED = 300
"""Items and postings of one municipality that are compared with a candidate, the newest ones."""

_OPEN = SourceItem.state == ItemState.CANDIDATE
_UNANSWERED = SourceItem.answered_at.is_(None)


def was_sent_in(posting_id: int | InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Whether its municipality's own version was given back to it or taken back by it, at any time: it stays the municipality's."""
    back = Version.state.in_((VersionState.RETURNED, VersionState.RECALLED))
    return select(Version.id).where(Version.posting_id == posting_id, back).correlate(Posting).exists()


_NOT_YET_ITS_OWN = and_(
    Posting.pending_id.is_(None),
    or_(Posting.state == State.DRAFT, and_(Posting.state == State.PUBLISHED, Posting.link_only)),
    ~was_sent_in(Posting.id),
)
"""Postings that a municipality can still be asked about: it has neither sent anything in nor completed it, and it is not over."""

VIEWS: Views = {
    "new": ("候補", and_(_OPEN, _UNANSWERED, SourceItem.invited_at.is_(None))),
    "asked": (
        "市区町村の答えを待つ項目",
        and_(_UNANSWERED, SourceItem.invited_at.is_not(None), or_(_OPEN, SourceItem.posting.has(_NOT_YET_ITS_OWN))),
    ),
    "answered": ("市区町村が答えた候補", and_(_OPEN, SourceItem.answered_at.is_not(None))),
    "taken": ("取り上げた項目", SourceItem.state == ItemState.TAKEN),
    "dismissed": ("見送った項目", SourceItem.state == ItemState.DISMISSED),
}


class Twin(NamedTuple):
    """What tells of the same call: another item, or a posting of this board."""

    item: SourceItem | None
    posting: Posting | None
    title: str


def listed(session: Session, wanted: Wanted, page: int) -> Page[SourceItem]:
    """A page of what is asked for, the last found first."""
    every = select(SourceItem).join(SourceItem.source).join(Source.municipality).where(wanted.clause(VIEWS, _has))
    told = contains_eager(SourceItem.source).contains_eager(Source.municipality)
    return turned(session, every, page, order=[one.desc() for one in NEWEST], told=told)


def counts(session: Session) -> dict[str, int]:
    """How many items stand where, by the word of the view."""
    return {name: session.scalar(select(func.count(SourceItem.id)).where(met)) or 0 for name, (_, met) in VIEWS.items()}


def waiting(session: Session) -> int:
    """How many nobody has decided or asked about."""
    return session.scalar(select(func.count(SourceItem.id)).where(VIEWS["new"][1])) or 0


def find(session: Session, number: int, *, lock: bool = False) -> SourceItem:
    """The item. Raises ``NotFound``. ``lock``: two moderators who act on it take turns."""
    item = session.get(SourceItem, number, with_for_update={"of": SourceItem} if lock else None, populate_existing=lock)
    if item is None:
        raise NotFound
    return item


def open_until(item: SourceItem) -> datetime | None:
    """Until when the municipality can answer the mail that asked it last; None when none was sent, or it has answered."""
    life = links.LIFETIMES["collected"]
    if item.invited_at is None or item.answered_at is not None or life is None:
        return None
    return item.invited_at + life


def is_declined() -> ColumnElement[bool]:
    """Whether a posting is a draft that its municipality did not want here, unless it has written in it since it said so or was asked."""
    last = func.coalesce(SourceItem.answered_at, SourceItem.invited_at)
    no = select(SourceItem.id).where(SourceItem.posting_id == Posting.id, SourceItem.agreed.is_(False), Posting.draft_at <= last)
    return and_(Posting.state == State.DRAFT, no.correlate(Posting).exists())


def declined(session: Session, posting_ids: Iterable[int]) -> set[int]:
    """Of these postings the drafts that were declined."""
    return set(session.scalars(select(Posting.id).where(Posting.id.in_(list(posting_ids)), is_declined())))


def twins(session: Session, item: SourceItem) -> list[Twin]:
    """The same municipality's other items and postings with the same link, or nearly the same title, the newest first."""
    code = item.source.municipality_code
    link, title = canonical(item.link), fold(unmarked(item.title))
    others = (
        select(SourceItem).join(SourceItem.source)
        .where(Source.municipality_code == code, SourceItem.id != item.id, SourceItem.state.in_((ItemState.CANDIDATE, ItemState.TAKEN)))
        .order_by(SourceItem.id.desc()).limit(COMPARED)
    )  # fmt: skip
    found = [Twin(one, one.posting, one.title) for one in session.scalars(others) if _is_same(link, title, one.link, one.title)]
    known = {item.posting_id, *(twin.posting.id for twin in found if twin.posting is not None)}
    running = Posting.state != State.WITHDRAWN
    mine = select(Posting).where(Posting.municipality_code == code, or_(running, Posting.id == item.posting_id))
    with_versions = mine.options(selectinload(Posting.current), selectinload(Posting.pending))
    for posting in session.scalars(with_versions.order_by(Posting.id.desc()).limit(COMPARED)).unique():
        if posting.id not in known and _is_same(link, title, _official(posting), drafting.title(posting)):
            found.append(Twin(None, posting, drafting.title(posting)))
    return found


def _has(word: str) -> ColumnElement[bool]:
    return or_(has(word), Municipality.name.icontains(word, autoescape=True))


def _is_same(link: str, title: str, other_link: str, other_title: str) -> bool:
    return canonical(other_link) == link or is_like(title, fold(unmarked(other_title)))


def _official(posting: Posting) -> str:
    """The posting's link as it waits, is public or was typed."""
    version = posting.pending or posting.current
    typed = version.content.get("official_url", "") if version else "".join(posting.draft.get("official_url", [])[:1])
    return typed if isinstance(typed, str) else ""
