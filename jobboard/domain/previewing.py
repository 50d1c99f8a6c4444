"""What publishing would send: the event that it would write, and the mail of it, by the code that writes the real ones."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from jobboard.base.content import SCHEMA, Content, from_json, to_json
from jobboard.base.states import EventKind, VersionState
from jobboard.base.text import visible
from jobboard.domain import changes, placeholders
from jobboard.domain.entries import entry
from jobboard.domain.letterhead import Letterhead
from jobboard.domain.noticing import Notice, heading, subject, write
from jobboard.domain.rehearsing import OWN_LINK
from jobboard.models import ChangeEvent, Posting, Version

OWN_CRITERIA = "受け取る人の条件"


@dataclass(frozen=True)
class Foretold:
    """The mail as a reader of one criteria would get it; links that are a reader's own lead nowhere."""

    subject: str
    text: str
    html: str


def foreseen(posting: Posting, content: Content, *, now: datetime, summary: str = "") -> ChangeEvent:
    """The event that publishing ``content`` would write. It belongs to no session and is stored nowhere."""
    old = from_json(posting.current.content) if posting.current else None
    kind = changes.kind_of(old, content) or EventKind.AMENDED if old is not None else EventKind.PUBLISHED
    version = Version(
        posting_id=posting.id, uuid=posting.uuid, schema=SCHEMA, content=to_json(content), state=VersionState.PENDING,
        change_summary=summary, created_at=now,
    )  # fmt: skip
    return ChangeEvent(
        uuid=posting.uuid, posting_id=posting.id, kind=kind, summary=summary, occurred_at=now, posting=posting,
        material=old is None or changes.is_material(changes.difference(old, content)), version=version, previous=posting.current,
    )  # fmt: skip


def mail(event: ChangeEvent, letterhead: Letterhead, render: Callable[..., str], *, sample: bool) -> Foretold:
    """The notice of this one event for somebody who was told of the posting as it is public now."""
    notice = Notice(
        entries=(entry([event], event.previous),), thread=(event.posting.uuid,), criteria=1, letterhead=letterhead,
        mark="【見本】" if sample else "", heading=heading(1, [OWN_CRITERIA]),
    )  # fmt: skip
    html = render("mail/notice.html", notice=notice, title=subject(notice))
    name = event.uuid
    own = placeholders.pattern(name).pattern
    return Foretold(
        subject=subject(notice),
        text=re.sub(own + r"\S*", lambda found: f"{found[1] or ''}{OWN_LINK}", placeholders.seal(visible(write(notice)), name, {})),
        html=re.sub(own + r'[^\s"]*', "#", placeholders.seal(visible(html), name, {})),
    )
