"""Shortcuts that tests tell their stories with: a posting brought to a state through the real domain functions."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base.collecting import ItemState
from jobboard.base.states import State
from jobboard.domain import corrections, finding, items, moderation, sourcing
from jobboard.models import Account, Correction, Posting, Source, SourceItem
from tests.cast import COMPLETE, OPENING, Cast


def typed(**changes: str | list[str]) -> dict[str, list[str]]:
    """The complete draft with some fields changed; an empty list leaves one out."""
    listed = {name: [value] if isinstance(value, str) else value for name, value in changes.items()}
    return {**COMPLETE, **listed}


def drafted(session: Session, cast: Cast, *, now: datetime = OPENING, place: str = "aoba", **changes: Any) -> Posting:
    """A draft of 青葉市 (or 港町)."""
    editor = cast.account(f"{place}_editor")
    posting = Posting(
        uuid=str(uuid.uuid4()), municipality_code=getattr(cast, place), state=State.DRAFT, created_at=now,
        created_by_id=editor.id, draft=typed(**changes), draft_at=now, draft_by_id=editor.id,
    )
    session.add(posting)
    session.flush()
    return posting


def submitted(session: Session, cast: Cast, *, now: datetime = OPENING, place: str = "aoba", **changes: Any) -> Posting:
    """A posting that waits for 掲載確認."""
    posting = drafted(session, cast, now=now, place=place, **changes)
    moderation.submit(session, posting, by=cast.account(f"{place}_editor"), now=now)
    return posting


def sent_in(session: Session, editor: Account, place: str, *, now: datetime, **changes: Any) -> Posting:
    """A posting of any municipality that waits for 掲載確認, by an account at hand."""
    posting = Posting(
        uuid=str(uuid.uuid4()), municipality_code=place, state=State.DRAFT, created_at=now,
        created_by_id=editor.id, draft=typed(**changes), draft_at=now, draft_by_id=editor.id,
    )
    session.add(posting)
    session.flush()
    moderation.submit(session, posting, by=editor, now=now)
    return posting


def published(session: Session, cast: Cast, *, now: datetime = OPENING, place: str = "aoba", **changes: Any) -> Posting:
    """A posting that the public sees."""
    posting = submitted(session, cast, now=now, place=place, **changes)
    assert posting.pending is not None
    moderation.publish(session, posting, version_id=posting.pending.id, by=cast.account("sato"), now=now)
    return posting


def amended(session: Session, posting: Posting, cast: Cast, *, now: datetime, summary: str = "直しました", **changes: Any) -> None:
    """Sends a change of a public posting in; what must wait stays pending."""
    listed = {name: [value] if isinstance(value, str) else value for name, value in changes.items()}
    posting.draft = {**posting.draft, **listed}
    session.flush()
    moderation.submit(session, posting, by=cast.account("aoba_editor"), now=now, summary=summary)


def asked_about(session: Session, posting: Posting, *, now: datetime = OPENING, **changes: str) -> Correction:
    """A request for correction of a public posting, by somebody who left an address."""
    request = {"fault": "untrue", "text": "締切が公式ページと違います。", "speaker": "", "address": "tanaka@example.jp"}
    return corrections.receive(session, posting, **{**request, **changes}, now=now)


def found(
    session: Session, cast: Cast, title: str = "CIO補佐官を募集します", *, now: datetime = OPENING, place: str = "aoba", path: str = "/cio",
) -> SourceItem:  # fmt: skip
    """A candidate that a feed of 青葉市 (or 港町) told of."""
    url = f"https://www.{place}.example.jp/news.rss"
    feed = session.scalar(select(Source).where(Source.url == url))
    feed = feed or sourcing.add(session, getattr(cast, place), url, title="新着情報", by=None, now=now)
    link = f"https://www.{place}.example.jp{path}"
    item = SourceItem(
        source=feed, identity=uuid.uuid4().hex, link=link, title=title, digest=uuid.uuid4().hex, state=ItemState.CANDIDATE,
        first_seen_at=now, last_seen_at=now,
    )  # fmt: skip
    items.judge(item, finding.current())
    session.add(item)
    session.flush()
    return item
