"""その後: what was taken up and has changed or is gone at its source is shown to a person. Nothing is published or removed here."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from jobboard.base.collecting import ItemState
from jobboard.base.errors import WrongState
from jobboard.base.states import State
from jobboard.domain import audit, taking
from jobboard.models import Account, Posting, Source, SourceItem

CHECKED_EVERY = timedelta(days=1)
GONE = (404, 410)
"""What a page answers that is not there (RFC 9110, 15.5.5 and 15.5.11); any other trouble may pass."""

SHOWN = 200
_OVER = (State.CLOSED, State.WITHDRAWN)
_MOMENTS = (SourceItem.changed_at, SourceItem.gone_at, SourceItem.link_gone_at)


class Due(NamedTuple):
    """A link that is to be looked at."""

    id: int
    link: str
    plain_http: bool


class Difference(NamedTuple):
    """What a person knew of an item and what it says now; equal where nothing changed."""

    label: str
    was: str
    now: str


def _is_flagged() -> ColumnElement[bool]:
    """Something happened since a person looked, and the posting is not over."""
    since = or_(*(moment > func.coalesce(SourceItem.looked_at, SourceItem.decided_at) for moment in _MOMENTS))
    return and_(SourceItem.state == ItemState.TAKEN, Posting.state.not_in(_OVER), since)


def flagged(session: Session) -> Sequence[SourceItem]:
    """What a person shall look at, the newest first."""
    found = select(SourceItem).join(SourceItem.posting).where(_is_flagged())
    told = found.options(joinedload(SourceItem.source).joinedload(Source.municipality), joinedload(SourceItem.posting))
    return session.scalars(told.order_by(SourceItem.id.desc()).limit(SHOWN)).unique().all()


def count(session: Session) -> int:
    """How many are flagged."""
    return session.scalar(select(func.count(SourceItem.id)).join(SourceItem.posting).where(_is_flagged())) or 0


def differences(item: SourceItem) -> list[Difference]:
    """What a person saw last beside what the feed says now, of what differs."""
    said = {"title": item.title, "link": item.link, "dated": item.dated.isoformat() if item.dated else ""}
    labels = {"title": "題名", "link": "リンク", "dated": "日付"}
    found = [Difference(label, item.known.get(name, ""), said[name]) for name, label in labels.items()]
    return [one for one in found if one.was != one.now]


def is_flagged(item: SourceItem) -> bool:
    """``_is_flagged`` of one item."""
    looked = item.looked_at or item.decided_at
    if item.state is not ItemState.TAKEN or item.posting is None or item.posting.state in _OVER or looked is None:
        return False
    return any(moment is not None and moment > looked for moment in (item.changed_at, item.gone_at, item.link_gone_at))


def look(session: Session, item: SourceItem, *, by: Account, now: datetime) -> None:
    """確認した: clears the flag. Raises ``WrongState`` when there is none: somebody was here before."""
    if not is_flagged(item):
        raise WrongState(str(item.state), "candidate:look")
    taking.note(item, now=now)
    audit.record(session, "candidate:look", "candidate", item.id, by=by, now=now, posting=item.posting_id)


def claim_links(session: Session, *, now: datetime, limit: int) -> list[Due]:
    """Up to ``limit`` links of public collected postings that were not looked at for a day. The caller commits, then fetches."""
    old = or_(SourceItem.link_checked_at.is_(None), SourceItem.link_checked_at <= now - CHECKED_EVERY)
    public = select(SourceItem).join(SourceItem.posting).where(SourceItem.state == ItemState.TAKEN, Posting.state == State.PUBLISHED, old)
    oldest = public.order_by(SourceItem.link_checked_at.asc().nulls_first(), SourceItem.id).limit(limit)
    found = session.scalars(oldest.with_for_update(skip_locked=True, of=SourceItem)).all()
    for item in found:
        item.link_checked_at = now
    session.flush()
    return [Due(item.id, item.link, item.source.plain_http) for item in found]


def settle_link(session: Session, due: Due, status: int | None, *, now: datetime) -> bool:
    """Records what the page answered; None where it did not. Returns whether it is gone now and was not before."""
    item = session.get_one(SourceItem, due.id)
    if status is None or item.link != due.link:
        return False
    item.link_status = status
    if status not in GONE:
        item.link_gone_at = None
        return False
    fresh = item.link_gone_at is None
    item.link_gone_at = item.link_gone_at or now
    return fresh
