"""What every feed format carries: one list of entries, written out by RSS, Atom and JSON Feed alike."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jobboard.base.clock import in_japan, start_of
from jobboard.base.states import PublicState
from jobboard.base.wording import japanese_instant
from jobboard.domain import link_alone
from jobboard.domain.changes import Change
from jobboard.domain.history import Happening
from jobboard.domain.publication import public_state
from jobboard.models import Posting
from jobboard.web.feed_text import (
    Category,
    FeedText,
    changes_html,
    changes_text,
    feed_text,
    one_line,
    paragraph,
    who_speaks,
)
from jobboard.web.posting_json import SAMPLE as SAMPLE
from jobboard.web.posting_json import codes

MARKS = {PublicState.CLOSED: "【受付終了】", PublicState.WITHDRAWN: "【募集中止】", PublicState.UNLISTED: "【掲載終了】"}
"""What stands before the title of a call that is over."""

LINK_MARK = "【リンクのみ】"


@dataclass(frozen=True)
class Entry:
    """One entry. Instants are on the clock of Japan (+09:00); ``summary`` is plain text, ``html`` escaped HTML.

    Nothing in it is a character that XML cannot hold.
    """

    id: str
    url: str
    title: str
    author: str
    summary: str
    html: str
    published_at: datetime
    updated_at: datetime
    categories: tuple[Category, ...]
    codes: Mapping[str, Any]


@dataclass(frozen=True)
class FeedHead:
    """The feed itself; ``updated_at`` is that of the last change it tells of, or the beginning of the day when empty."""

    title: str
    description: str
    author: str
    home_url: str
    feed_url: str
    base_url: str
    updated_at: datetime


@dataclass(frozen=True)
class Telling:
    """Where and when entries are told: the site's address, whether it is the demonstration, the instant, and names by code."""

    base_url: str
    sample: bool
    now: datetime
    names: Mapping[str, str]

    def posting_url(self, posting: Posting) -> str:
        """The public address of a posting."""
        return f"{self.base_url}/postings/{posting.id}"


def last_told(entries: Sequence[Entry], now: datetime) -> datetime:
    """When a feed of these entries last changed: no clock moves it, so an unchanged feed stays the same to the byte."""
    return max((entry.updated_at for entry in entries), default=in_japan(start_of(in_japan(now).date())))


def posting_entry(posting: Posting, changed: Sequence[Change], telling: Telling) -> Entry:
    """A posting as it stands; its id is the posting's for ever, ``updated_at`` moves with each change."""
    current = posting.current
    text = feed_text(current.content if current else {}, telling.names)
    state = public_state(posting, telling.now)
    published_at = posting.published_at or telling.now
    ended = paragraph(_ending(posting, state)) if state in MARKS else ""
    told = paragraph(current.change_summary) if current and changed else ""
    return Entry(
        id=f"urn:uuid:{posting.uuid}",
        url=telling.posting_url(posting),
        title=_title(MARKS.get(state, ""), posting, text, telling),
        author=one_line(posting.municipality.full_name),
        summary=text.summary,
        html="".join([ended, told, changes_html(changed), _collected(posting, text), text.html, who_speaks(posting.municipality.name)]),
        published_at=in_japan(published_at),
        updated_at=in_japan(posting.updated_at or published_at),
        categories=(*text.categories, *_places(posting), Category("status", str(state), state.label)),
        codes=codes(posting, text.content, now=telling.now),
    )


def _ending(posting: Posting, state: PublicState) -> str:
    words = link_alone.ending(posting) if state is PublicState.UNLISTED else posting.closed_note
    return f"{state.label}: {words}".rstrip(": ")


def change_entry(step: Happening, telling: Telling) -> Entry:
    """An event; its id is the event's."""
    event, posting = step.event, step.event.posting
    text = feed_text(event.version.content, telling.names)
    when = in_japan(event.occurred_at)
    ends, word = event.kind in link_alone.ENDINGS, link_alone.word(event)
    said = link_alone.ending(posting) if ends and posting.link_only else event.summary
    facts = "" if step.differences or ends else _collected(posting, text) + text.html
    return Entry(
        id=f"urn:uuid:{event.uuid}",
        url=telling.posting_url(posting),
        title=_title(f"【{word}】", posting, text, telling),
        author=one_line(posting.municipality.full_name),
        summary=one_line(said) or changes_text(step.differences) or text.summary,
        html="".join(
            [paragraph(said), changes_html(step.differences), facts, who_speaks(posting.municipality.name)]
        ),
        published_at=when,
        updated_at=when,
        categories=(Category("event", str(event.kind), word), *text.categories, *_places(posting)),
        codes={
            "event": str(event.kind),
            "posting": f"urn:uuid:{posting.uuid}",
            "changes": [{"field": one.field.name, "old": one.old, "new": one.new} for one in step.differences],
            **codes(posting, text.content, now=telling.now),
        },
    )


def _title(mark: str, posting: Posting, text: FeedText, telling: Telling) -> str:
    link = LINK_MARK if text.content.is_link_only else ""
    return f"{SAMPLE if telling.sample else ''}{mark}{link}{one_line(posting.municipality.full_name)} {text.title}"


def _collected(posting: Posting, text: FeedText) -> str:
    """When a link alone was found."""
    if not text.content.is_link_only or posting.collected_at is None:
        return ""
    read_on = "内容は公式ページで確かめてください。" if text.content.text("official_url") else ""
    return paragraph(f"リンクのみ。{japanese_instant(posting.collected_at)}に収集しました。{read_on}")


def _places(posting: Posting) -> Iterable[Category]:
    place = posting.municipality
    yield Category("prefecture", place.pref_code, place.prefecture)
    yield Category("municipality", place.code, one_line(place.full_name))
