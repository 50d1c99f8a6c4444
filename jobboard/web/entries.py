"""What every feed format carries: one list of entries, written out by RSS, Atom and JSON Feed alike."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from markupsafe import Markup, escape

from jobboard.base.clock import in_japan, start_of
from jobboard.base.content import Content, from_json, public_fields
from jobboard.base.showing import show_pay, show_value
from jobboard.base.states import EventKind, PublicState
from jobboard.base.text import clean
from jobboard.domain.changes import Change
from jobboard.domain.history import Happening
from jobboard.domain.publication import public_state
from jobboard.models import Posting
from jobboard.web.posting_json import SAMPLE as SAMPLE
from jobboard.web.posting_json import codes
from jobboard.web.rows import deadline_text

_MARKS = {PublicState.CLOSED: "【受付終了】", PublicState.WITHDRAWN: "【募集中止】"}


@dataclass(frozen=True)
class Entry:
    """One entry. Instants are on the clock of Japan (+09:00); ``summary`` is plain text, ``html`` escaped HTML."""

    id: str
    url: str
    title: str
    author: str
    summary: str
    html: str
    published_at: datetime
    updated_at: datetime
    categories: tuple[str, ...]
    codes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class FeedHead:
    """The feed itself; ``updated_at`` is that of the last change it tells of, or the beginning of the day when empty."""

    title: str
    description: str
    home_url: str
    feed_url: str
    updated_at: datetime


def head(title: str, description: str, home_url: str, feed_url: str, entries: Sequence[Entry], now: datetime) -> FeedHead:
    """The head of a feed of these entries."""
    latest = max((entry.updated_at for entry in entries), default=in_japan(start_of(in_japan(now).date())))
    return FeedHead(title, description, home_url, feed_url, latest)


def posting_entry(posting: Posting, changed: Sequence[Change], *, base_url: str, sample: bool, now: datetime) -> Entry:
    """A posting as it stands; its id is the posting's for ever, ``updated_at`` moves with each change."""
    content = from_json(posting.current.content if posting.current else {})
    state = public_state(posting, now)
    published_at = posting.published_at or now
    categories = [*_labels(content), posting.municipality.prefecture, posting.municipality.full_name]
    return Entry(
        id=f"urn:uuid:{posting.uuid}",
        url=f"{base_url}/postings/{posting.id}",
        title=_title(_MARKS.get(state, ""), posting, content, sample),
        author=posting.municipality.full_name,
        summary=_summary(content),
        html=_html(posting, content, changed, state),
        published_at=in_japan(published_at),
        updated_at=in_japan(posting.updated_at or published_at),
        categories=tuple(dict.fromkeys([*categories, state.label])),
        codes=codes(posting, content, now=now),
    )


def change_entry(step: Happening, *, base_url: str, sample: bool, now: datetime) -> Entry:
    """An event; its id is the event's."""
    event, posting = step.event, step.event.posting
    content = from_json(event.version.content)
    when = in_japan(event.occurred_at)
    ends = event.kind in (EventKind.CLOSED, EventKind.WITHDRAWN)
    parts = [_paragraph(event.summary), _changes_html(step.differences)]
    parts.append("" if step.differences or ends else _facts_html(content))
    return Entry(
        id=f"urn:uuid:{event.uuid}",
        url=f"{base_url}/postings/{posting.id}",
        title=_title(f"【{event.kind.label}】", posting, content, sample),
        author=posting.municipality.full_name,
        summary=_plain(event.summary) or _changes_text(step.differences) or _summary(content),
        html="".join([*parts, _who_speaks(posting)]),
        published_at=when,
        updated_at=when,
        categories=(event.kind.label, *_labels(content), posting.municipality.full_name),
        codes={
            "event": str(event.kind),
            "posting": f"urn:uuid:{posting.uuid}",
            "changes": [{"field": one.field.name, "old": one.old, "new": one.new} for one in step.differences],
            **codes(posting, content, now=now),
        },
    )


def _title(mark: str, posting: Posting, content: Content, sample: bool) -> str:
    return f"{SAMPLE if sample else ''}{mark}{posting.municipality.full_name} {_plain(content.text('title'))}"


def _plain(text: str) -> str:
    """One line that XML can hold: what was typed is cleaned when it comes in, and once more where it would break a feed."""
    return " ".join(clean(text).split())


def _labels(content: Content) -> list[str]:
    labels = []
    for name in ("role", "engagement", "themes"):
        value = content.get(name, ())
        labels += [member.label for member in (value if isinstance(value, tuple) else (value,)) if hasattr(member, "label")]
    return labels


def _summary(content: Content) -> str:
    parts = [show_pay(content), content.engagement.label if content.engagement else "", f"締切 {deadline_text(content)}"]
    return " / ".join(part for part in parts if part and part != "―")


def _html(posting: Posting, content: Content, changed: Sequence[Change], state: PublicState) -> str:
    ended = _paragraph(f"{state.label}: {posting.closed_note}".rstrip(": ")) if state in _MARKS else ""
    current = posting.current
    told = _paragraph(current.change_summary) if current and changed else ""
    return "".join([ended, told, _changes_html(changed), _facts_html(content), _who_speaks(posting)])


def _paragraph(text: str) -> str:
    return str(Markup("<p>{}</p>").format(_lines(text))) if text.strip() else ""


def _lines(text: str) -> Markup:
    return Markup("<br>").join(escape(line) for line in clean(text).split("\n"))


def _facts_html(content: Content) -> str:
    """Every public field of the table, in its order."""
    rows = (
        Markup("<dt>{}</dt><dd>{}</dd>").format(
            field.label_for(content.engagement), _lines(show_value(field, content[field.name]))
        )
        for field in public_fields(content)
    )
    return f"<dl>{''.join(rows)}</dl>"


def _changes_html(changed: Iterable[Change]) -> str:
    rows = [
        Markup("<li>{}: <del>{}</del> → <ins>{}</ins></li>").format(one.label, _lines(one.old), _lines(one.new))
        for one in changed
    ]
    return f"<p>変更点</p><ul>{''.join(rows)}</ul>" if rows else ""


def _changes_text(changed: Iterable[Change]) -> str:
    return " / ".join(f"{one.label}: {_plain(one.old)} → {_plain(one.new)}" for one in changed)


def _who_speaks(posting: Posting) -> str:
    name = escape(posting.municipality.name)
    return f"<p>募集の主体は{name}です。応募・選考は{name}が直接行い、総務省は選考に関与しません。</p>"
