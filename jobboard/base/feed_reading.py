"""The items of a feed (RSS 0.9 to 2.0, Atom) from its bytes: link, title and date of each, nothing else is kept.

feedparser reads a stream of bytes and never fetches; what it is given was made small and well-formed before (feed_shape.py).
"""

import hashlib
import html
import io
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

import feedparser

from jobboard.base import feed_dates
from jobboard.base.charsets import text_of
from jobboard.base.collecting import Fetched
from jobboard.base.feed_shape import shape
from jobboard.base.fetching import Answer, NotFetched
from jobboard.base.text import visible

LONGEST_TITLE = 300
LONGEST_LINK = 2000

_MARKUP = re.compile(r"<(script|style)\b.{0,500}?</\1\s*>|<!--.{0,500}?-->|</?[A-Za-z!][^<>]{0,1000}>", re.IGNORECASE | re.DOTALL)
_MARKS = "更新|新着|重要|お知らせ|訂正|再掲載|再掲|修正|追記|変更|緊急|締切延長|期間延長|延長|updated?|new"
_AROUND = r"[\s\d/.:年月日時分付!]*"
_MARKED = re.compile(rf"[【\[〔<(〈《★☆◆■●◎]{_AROUND}(?:{_MARKS}){_AROUND}[】\]〕>)〉》★☆◆■●◎]|^\s*(?:{_MARKS})\s*:")
_TRACKING = re.compile(r"utm_\w+|fbclid|gclid|yclid|msclkid|_ga|_gl|mc_[ce]id|rss|from_rss", re.IGNORECASE)


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
    found = shape(text_of(answer.body, answer.content_type))
    base = _base(found.document, answer.url)
    headers = {"content-location": base, "content-type": "application/xml; charset=utf-8"}
    document = b'<?xml version="1.0" encoding="utf-8"?>' + found.document
    try:
        parsed = feedparser.parse(
            io.BytesIO(document), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
        entries = [dict(entry) for entry in parsed.entries]
        title = plain(str(parsed.feed.get("title") or ""))[:200]
    except Exception as error:  # whatever a page makes the library stumble over is one recorded line
        raise NotFetched(Fetched.BROKEN, f"フィードとして読めません: {type(error).__name__}") from None
    items = _items(entries, base, now)
    words = "".join(_remarks(found.items, found.total, found.fault, len(entries) - len(items)))
    return Feed(title, items, not found.fault, words)


def _base(document: bytes, url: str) -> str:
    """What relative links begin from: the channel's own link, else the feed's address; an xml:base goes before either."""
    head = re.split(rb"<(?:\w+:)?(?:item|entry)\b", document, maxsplit=1)[0]
    link = re.search(rb"<link>\s{0,50}(?:<!\[CDATA\[)?\s{0,50}(https?://[^\s<\]]{1,500})", head)
    return (_absolute(html.unescape(link[1].decode("utf-8")), url) if link else "") or url


def plain(text: str) -> str:
    """One line of text: without markup, control characters and double blanks, at most 300 characters."""
    bare = _MARKUP.sub(" ", html.unescape(_MARKUP.sub(" ", text[:2_000])))
    line = " ".join(visible(bare).replace("<", "＜").replace(">", "＞").split())
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1] + "…"


def canonical(link: str) -> str:
    """The link as it is compared: scheme and host small, without port, fragment and what only counts visitors."""
    parts = urlsplit(link)
    host = (parts.hostname or "").removesuffix(".")
    port = "" if parts.port in (None, 80, 443) else f":{parts.port}"
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.fullmatch(name)]
    return urlunsplit((parts.scheme, host + port, parts.path or "/", urlencode(kept), ""))


def unmarked(title: str) -> str:
    """The title as it is compared: half-width, without 【更新】 and the like, and without blanks."""
    folded = unicodedata.normalize("NFKC", title).lower()
    return "".join(_MARKED.sub("", folded).split()) or folded


def identity(link: str, title: str) -> str:
    """An item without an id is the same while its link and its title, as they are compared, are."""
    return _sha("link", canonical(link), unmarked(title))


def _remarks(read: int, total: int, fault: str, lost: int) -> list[str]:
    remarks = [f"途中で壊れているので、初めの{read}件だけ読みました({fault})。"] if fault else []
    remarks += [f"{total:,}件のうち、初めの{read}件だけ読みました。"] if total > read and not fault else []
    return remarks + ([f"題名かリンクがないか、前のものと同じ{lost}件は読みませんでした。"] if lost else [])


def _items(entries: Sequence[dict[str, Any]], base: str, now: datetime) -> tuple[FeedItem, ...]:
    ids = [str(entry.get("id") or "").strip() for entry in entries]
    found: dict[str, FeedItem] = {}
    for entry, own in zip(entries, ids, strict=True):
        title = plain(str(entry.get("title") or ""))
        link = _absolute(_link(entry), base)
        if title and link:
            name = _sha("id", own) if _is_stable(own, link, ids) else identity(link, title)
            words = str(entry.get("published") or entry.get("updated") or entry.get("created") or "")
            written = feed_dates.written(words)
            digest = _sha(title, canonical(link), str(written))
            found.setdefault(name, FeedItem(name, link, title, feed_dates.read(words, now), digest))
    return tuple(found.values())


def _link(entry: dict[str, Any]) -> str:
    """The link, or the id where it is one."""
    own = str(entry.get("link") or "").strip()
    name = str(entry.get("id") or "").strip()
    return own or (name if name.startswith(("https://", "http://")) else "")


def _is_stable(own: str, link: str, ids: Sequence[str]) -> bool:
    """Whether an id names this item alone and for longer than its link would: a tag or a UUID (RFC 4151, 4122)."""
    return own.startswith(("tag:", "urn:")) and own != link and ids.count(own) == 1


def _absolute(link: str, base: str) -> str:
    """The whole link to a web page, empty where there is none."""
    try:
        whole = urljoin(base, "".join(visible(link).split()))
        parts = urlsplit(whole)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
        _ = parts.port
    except ValueError:
        return ""
    whole = quote(whole, safe="/%:@!$&'()*+,;=~-._?#[]")
    return whole if fine and len(whole) <= LONGEST_LINK else ""


def _sha(*words: str) -> str:
    return hashlib.sha256("\0".join(words).encode("utf-8", "replace")).hexdigest()
