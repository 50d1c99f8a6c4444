"""The talk about a posting between its municipality and the moderators, with each 修正依頼 so far; never public.

It is open from the first time that the posting was sent in. What one side wrote waits for the other until that writes, asks
for a correction (the ministry), or says that it has read it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, func, or_, select, update
from sqlalchemy.orm import Session, joinedload

from jobboard.base.errors import Incomplete, Problem, WrongState
from jobboard.base.fields import BY_NAME
from jobboard.base.text import clean
from jobboard.domain import audit, drafting, sent_in
from jobboard.domain.publication import lock
from jobboard.models import Account, Membership, Posting, Remark, Talk, Version

LONGEST = 2_000
TWICE = timedelta(minutes=1)
"""The same words of the same person within this time are one press of the button too many."""

MINISTRY = "総務省"
WHOLE = "全体"


@dataclass(frozen=True)
class Entry:
    """One contribution, or one 修正依頼: then ``remarks`` holds what was asked, (label of the field, text).

    ``side``: for whom its author speaks, as people call it. ``by`` is empty where nobody is known.
    """

    by: str
    side: str
    written_at: datetime
    text: str = ""
    remarks: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Waiting:
    """A posting whose municipality had the last word, and when."""

    posting: Posting
    since: datetime


def title(posting: Posting) -> str:
    """What the posting is called between the two sides: as it was sent in last, whatever its draft says by now."""
    return drafting.title_of_version(posting.versions[-1]) if posting.versions else drafting.title(posting)


def thread(session: Session, posting: Posting) -> list[Entry]:
    """All that was written and asked, the oldest first."""
    own, prefecture = posting.municipality.name, posting.municipality.prefecture
    said = session.scalars(
        select(Talk).where(Talk.posting_id == posting.id).order_by(Talk.id).options(joinedload(Talk.written_by))
    )
    entries = [
        Entry(one.written_by.name if one.written_by else "", MINISTRY if one.from_ministry else own, one.written_at, one.text)
        for one in said
    ]
    return sorted([*entries, *_asked(session, posting, prefecture)], key=lambda entry: entry.written_at)


def _asked(session: Session, posting: Posting, prefecture: str) -> list[Entry]:
    """Each 修正依頼, of the ministry or of the prefecture that a version waited at."""
    found = (
        select(Remark, Version, Account.name)
        .join(Version, Version.id == Remark.version_id)
        .outerjoin(Account, Account.id == Remark.written_by_id)
        .where(Version.posting_id == posting.id)
        .order_by(Remark.id)
    )
    of_prefecture = set(
        session.scalars(select(Membership.account_id).where(Membership.pref_code == posting.municipality.pref_code))
    )
    asked: dict[int, Entry] = {}
    for remark, version, name in session.execute(found):
        held = version.through_prefecture and version.forwarded_at is None and remark.written_by_id in of_prefecture
        first = Entry(name or "", prefecture if held else MINISTRY, remark.written_at)
        before = asked.get(version.id, first)
        label = BY_NAME[remark.field].label if remark.field in BY_NAME else WHOLE
        asked[version.id] = replace(before, remarks=(*before.remarks, (label, remark.text)))
    return list(asked.values())


def write(
    session: Session, posting: Posting, typed: str, *, from_ministry: bool, by: Account, now: datetime
) -> Talk | None:
    """Adds what was typed; None when the same was written a moment ago (a button pressed twice).

    Raises ``Incomplete`` for nothing or too much, ``WrongState`` for a posting that was never sent in.
    """
    text = clean(typed)
    if not text:
        raise Incomplete([Problem("text", "伝えたいことを書いてください。")])
    if len(text) > LONGEST:
        raise Incomplete([Problem("text", f"{LONGEST:,}字以内で書いてください(今は{len(text):,}字)。")])
    lock(session, posting)
    if not sent_in.once(posting):
        raise WrongState(str(posting.state), "talk")
    same = (Talk.posting_id == posting.id, Talk.text == text, Talk.from_ministry.is_(from_ministry), Talk.written_by_id == by.id)
    if session.scalar(select(Talk.id).where(*same, Talk.written_at > now - TWICE).limit(1)) is not None:
        return None
    written = Talk(posting_id=posting.id, from_ministry=from_ministry, text=text, written_at=now, written_by_id=by.id)
    session.add(written)
    session.flush()
    audit.record(session, "talk:write", "posting", posting.id, by=by, now=now, number=written.id)
    return written


def see(
    session: Session, posting: Posting, *, upto: int, from_ministry: bool, by: Account, now: datetime
) -> None:
    """Says that what the other side wrote, up to the contribution ``upto``, was read and needs no answer."""
    theirs = (Talk.posting_id == posting.id, Talk.from_ministry.is_(not from_ministry), Talk.id <= upto)
    unseen = session.scalars(select(Talk.id).where(*theirs, Talk.seen_at.is_(None))).all()
    if unseen:
        session.execute(update(Talk).where(Talk.id.in_(unseen)).values(seen_at=now))
        audit.record(session, "talk:see", "posting", posting.id, by=by, now=now, number=max(unseen))


def waits(session: Session, posting: Posting, *, from_ministry: bool) -> int | None:
    """The number of the last contribution of a side, where it waits for the other; what ``see`` takes."""
    return session.scalar(select(Talk.id).where(*_last_of([posting.id], from_ministry)))


def unanswered(session: Session, posting_ids: Collection[int]) -> set[int]:
    """Of these postings those whose municipality had the last word: they wait for a moderator."""
    return set(session.scalars(select(Talk.posting_id).where(*_last_of(posting_ids, False))))


def unread(session: Session, posting_ids: Collection[int]) -> set[int]:
    """Of these postings those that the ministry had the last word on: they wait for an editor."""
    return set(session.scalars(select(Talk.posting_id).where(*_last_of(posting_ids, True))))


def all_unanswered(session: Session) -> list[Waiting]:
    """Every posting whose municipality had the last word, the longest waiting first."""
    found = select(Posting, Talk.written_at).join(Talk, Talk.posting_id == Posting.id).where(*_last_of(None, False))
    rows = session.execute(found.order_by(Talk.written_at, Talk.id)).unique()
    return [Waiting(posting, since) for posting, since in rows]


def _last_of(posting_ids: Collection[int] | None, from_ministry: bool) -> Sequence[ColumnElement[bool]]:
    """Conditions for the newest contribution to each posting (None: of all) that waits for the other side."""
    newest = select(func.max(Talk.id)).group_by(Talk.posting_id)
    if posting_ids is not None:
        newest = newest.where(Talk.posting_id.in_(list(posting_ids)))
    conditions = [Talk.id.in_(newest), Talk.from_ministry.is_(from_ministry), Talk.seen_at.is_(None)]
    if from_ministry:
        return conditions
    by_ministry = or_(Version.through_prefecture.is_(False), Version.forwarded_at.is_not(None))
    answered = exists().where(
        Version.posting_id == Talk.posting_id, by_ministry, Remark.version_id == Version.id, Remark.written_at > Talk.written_at
    )
    return [*conditions, ~answered]
