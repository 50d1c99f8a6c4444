"""The items of a feed (RSS 0.9 to 2.0, Atom) from its bytes: link, title and date of each, nothing else is kept.

feedparser reads a stream of bytes and never fetches; what it is given was made small and well-formed before (feed_shape.py).
"""

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from threading import Lock
from typing import Any

import feedparser

from jobboard.base import feed_dates
from jobboard.base.charsets import text_of
from jobboard.base.collecting import Fetched
from jobboard.base.feed_shape import Shape, shape
from jobboard.base.feed_titles import plain, unmarked
from jobboard.base.fetching import Answer, NotFetched
from jobboard.base.item_links import absolute, canonical

_PAGES = ("text/html", "html", "application/xhtml+xml", "xhtml")
"""Types of an alternate (RFC 4287 section 4.2.7) that people read."""

_reading = Lock()
"""One page of two megabytes takes ten times as many while it is read: never two at once."""


@dataclass(frozen=True)
class FeedItem:
    """``identity``: SHA-256 of what makes it the same item; ``digest``: of what it says; ``dated``: in Japan, never after the fetch."""

    identity: str
    link: str
    title: str
    dated: date | None
    digest: str


@dataclass(frozen=True)
class Feed:
    """``items`` in the order of the feed; ``whole`` is false when the page broke off; ``words``: what was not read."""

    title: str
    items: tuple[FeedItem, ...]
    whole: bool
    words: str = ""

    @property
    def digest(self) -> str:
        """What all items say, whatever their order."""
        return _sha(*sorted(item.identity + item.digest for item in self.items))


def read(answer: Answer, *, now: datetime) -> Feed:
    """The feed that was fetched; raises ``NotFetched`` for what is none. ``now`` is the instant of the fetch."""
    with _reading:
        found = shape(text_of(answer.body, answer.content_type))
        base = _base(found, answer.url)
        title, entries = _parsed(found, base)
        items, nameless = _items(entries, base, now)
        words = "".join(_remarks(found, nameless, len(entries) - nameless - len(items)))
        return Feed(title, items, not found.fault, words)


def _parsed(found: Shape, base: str) -> tuple[str, list[dict[str, Any]]]:
    """The title of the feed, and its entries by feedparser's names."""
    headers = {"content-location": base, "content-type": "application/xml; charset=utf-8"}
    try:
        parsed = feedparser.parse(
            io.BytesIO(found.document), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
        return plain(str(parsed.feed.get("title") or ""))[:200], [dict(entry) for entry in parsed.entries]
    except Exception as error:  # whatever a page makes the library stumble over is one recorded line
        raise NotFetched(Fetched.BROKEN, f"フィードとして読めません: {type(error).__name__}") from None


def _base(found: Shape, url: str) -> str:
    """What relative links begin from: the channel's own link, else the feed's address; an xml:base goes before either."""
    return (absolute(found.link, url) if found.link.startswith(("https://", "http://")) else "") or url


def identity(link: str, title: str) -> str:
    """An item without an id is the same while its link and its title, as they are compared, are."""
    return _sha("link", canonical(link), unmarked(title))


def _remarks(found: Shape, nameless: int, twice: int) -> list[str]:
    remarks = [f"途中で壊れているので、初めの{found.items}件だけ読みました({found.fault})。"] if found.fault else []
    remarks += [f"{found.total:,}件のうち、初めの{found.items}件だけ読みました。"] if found.total > found.items and not found.fault else []
    remarks += [f"題名かリンクがない{nameless}件は読みませんでした。"] if nameless else []
    return remarks + ([f"前のものと同じ{twice}件は読みませんでした。"] if twice else [])


def _items(entries: Sequence[dict[str, Any]], base: str, now: datetime) -> tuple[tuple[FeedItem, ...], int]:
    """Each item once, and how many have no title or no link."""
    ids = [str(entry.get("id") or "").strip() for entry in entries]
    found: dict[str, FeedItem] = {}
    nameless = 0
    for entry, own in zip(entries, ids, strict=True):
        title = plain(str(entry.get("title") or ""))
        link = absolute(_link(entry), base) or (absolute(own, base) if own.startswith(("https://", "http://")) else "")
        if title and link:
            name = _sha("id", own) if _is_stable(own, link, ids) else identity(link, title)
            words, written = _date(entry)
            digest = _sha(title, canonical(link), str(written))
            found.setdefault(name, FeedItem(name, link, title, feed_dates.read(words, now), digest))
        else:
            nameless += 1
    return tuple(found.values()), nameless


def _link(entry: dict[str, Any]) -> str:
    """The first link to a page, else the first to anything else but another feed."""
    links = [one for one in entry.get("links") or [] if one.get("rel") == "alternate" and one.get("href")]
    pages = [one for one in links if one.get("type") in _PAGES]
    others = [one for one in links if not str(one.get("type")).endswith("xml")]
    return str((pages or others or [{}])[0].get("href") or "")


def _date(entry: dict[str, Any]) -> tuple[str, date | None]:
    """The first of its dates that can be read, as it is written and as it is meant."""
    words = [str(entry.get(name) or "") for name in ("published", "updated", "created")]
    return next(((one, found) for one in words if (found := feed_dates.written(one)) is not None), ("", None))


def _is_stable(own: str, link: str, ids: Sequence[str]) -> bool:
    """Whether an id names this item alone and for longer than its link would: a tag or a UUID (RFC 4151, 4122)."""
    return own.startswith(("tag:", "urn:")) and own != link and ids.count(own) == 1


def _sha(*words: str) -> str:
    return hashlib.sha256("\0".join(words).encode("utf-8", "replace")).hexdigest()
