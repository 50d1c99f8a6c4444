"""リンクのみ: what a posting tells of which only the link is known, and what it tells when it ended so (docs/decisions/0031).

Nobody but its municipality knows what became of the call; that it is not here any more is all that the board can tell.
"""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base.clock import japan_date
from jobboard.base.states import Dropped, EventKind, Outcome, PublicState, State
from jobboard.domain import leasing, unsent_questions
from jobboard.domain.letterhead import OPERATOR
from jobboard.models import Account, ChangeEvent, Match, Posting, SourceItem, Version

ENDINGS = (EventKind.CLOSED, EventKind.WITHDRAWN)


def is_over(posting: Posting) -> bool:
    """Whether only its link was known, and is not shown any more."""
    return posting.link_only and posting.state is not State.PUBLISHED


def confirmed_on(session: Session, posting: Posting) -> date | None:
    """The day in Japan on which its municipality said that it may be here: all that it vouches for (``Posting.info_as_of``)."""
    said = select(SourceItem.answered_at).where(SourceItem.posting_id == posting.id, SourceItem.agreed.is_(True))
    at = session.scalar(said.order_by(SourceItem.answered_at.desc()).limit(1))
    return japan_date(at) if at else None


def put_away(session: Session, posting: Posting, *, now: datetime) -> None:
    """Empties its link in every version that was shown, so that nothing public can give it; and tells nobody any more that it is here."""
    shown = session.scalars(select(Version).where(Version.posting_id == posting.id, Version.number.is_not(None))).all()
    _bring_up(posting, {version.content.get("official_url", "") for version in shown})
    for version in shown:
        version.content = {**version.content, "official_url": ""}
    call_back(session, posting, now=now)
    unsent_questions.take_back_of(session, posting, "掲載が終わったので、取りやめました", now=now)


def _bring_up(posting: Posting, shown: Collection[str]) -> None:
    """A draft that was begun from an older link (one of those ``shown``) has the newest one, while the versions still tell them apart."""
    newest = posting.current.content.get("official_url", "") if posting.current else ""
    if newest and "".join(posting.draft.get("official_url", [])) in shown:
        posting.draft = {**posting.draft, "official_url": [newest]}


def call_back(session: Session, posting: Posting, *, now: datetime) -> None:
    """Drops what waits for a mail that says that it is here, or stands in one that was not tried yet."""
    news = select(ChangeEvent.id).where(ChangeEvent.posting_id == posting.id, ChangeEvent.kind.not_in(ENDINGS))
    leasing.recall(session, Match.event_id.in_(news), Dropped.ENDED, now=now)


def knows_outcome(posting: Posting, by: Account | None) -> bool:
    """Whether who ends it can say that the call is cancelled: of a link alone only an editor of its municipality."""
    own = by is not None and any(one.municipality_code == posting.municipality_code for one in by.memberships)
    return own or not posting.link_only


def word(event: ChangeEvent) -> str:
    """What happened, for people: of the end of a link alone only that."""
    return label(event.kind, alone=event.posting.link_only)


def label(kind: EventKind, *, alone: bool) -> str:
    """The same, where no event is at hand. ``alone``: whether only the posting's link is known."""
    return PublicState.UNLISTED.label if alone and kind in ENDINGS else kind.label


def ending(posting: Posting) -> str:
    """How a link alone ended, as far as anybody knows, in whole sentences. Who stopped it, or refused it, has said so in the note."""
    name, note = posting.municipality.name, posting.closed_note.strip()
    because = f"理由: {note.removesuffix('。')}。" if note else ""
    if posting.closed_reason is not None:
        return f"{name}が、募集の終了を知らせました({posting.closed_reason.label})。{note}"
    if posting.state is State.CLOSED:
        return f"{OPERATOR}が、このサイトへの掲載を終えました。{because}募集そのものが終わったとは限りません。"
    return f"{name}が、募集を中止しました。{because}" if posting.outcome is Outcome.CANCELLED else note
