"""RSS 2.0, Atom 1.0 and JSON Feed 1.1 of the same entries."""

import io
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from feedgenerator import Atom1Feed, Rss201rev2Feed
from feedgenerator.django.utils.feedgenerator import rfc3339_date

from jobboard.web.entries import Entry, FeedHead

LANGUAGE = "ja"
_UNBEARABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 §2.2 cannot hold, however it is escaped; left out of JSON too, so that all formats say the same."""
_RSS_NAMESPACES = {
    "xmlns:content": "http://purl.org/rss/1.0/modules/content/",
    "xmlns:dc": "http://purl.org/dc/elements/1.1/",
}


class _Dated:
    """The feed's own date instead of the library's: its fallback for an empty feed reads the clock."""

    feed: dict[str, Any]

    def latest_post_date(self) -> Any:
        return self.feed["built_at"]


class _Rss(_Dated, Rss201rev2Feed):
    """The library writes neither the whole text nor the time of the last change into RSS."""

    def rss_attributes(self) -> dict[str, str]:
        attributes: dict[str, str] = super().rss_attributes()
        return {**attributes, **_RSS_NAMESPACES}

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("content:encoded", item["content"])
        handler.addQuickElement("atom:updated", rfc3339_date(item["updateddate"]))


class _Atom(_Dated, Atom1Feed):
    pass


def rss(head: FeedHead, entries: Sequence[Entry]) -> bytes:
    """RSS 2.0, UTF-8."""
    return _written(_Rss, head, entries)


def atom(head: FeedHead, entries: Sequence[Entry]) -> bytes:
    """Atom 1.0 (RFC 4287), UTF-8."""
    return _written(_Atom, head, entries)


def _written(kind: type[_Rss] | type[_Atom], head: FeedHead, entries: Sequence[Entry]) -> bytes:
    feed = kind(
        title=head.title, link=head.home_url, description=head.description, language=LANGUAGE, feed_url=head.feed_url,
        feed_guid=head.feed_url, author_name=head.title, built_at=head.updated_at,
    )  # fmt: skip
    for entry in map(_bearable, entries):
        feed.add_item(
            title=entry.title, link=entry.url, description=entry.summary, content=entry.html, author_name=entry.author,
            unique_id=entry.id, unique_id_is_permalink=False, pubdate=entry.published_at, updateddate=entry.updated_at,
            categories=entry.categories,
        )  # fmt: skip
    out = io.BytesIO()
    feed.write(out, "utf-8")
    return out.getvalue()


def json_feed(head: FeedHead, entries: Sequence[Entry]) -> bytes:
    """JSON Feed 1.1; codes stand in the extension ``_jobboard``."""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": head.title,
        "description": head.description,
        "home_page_url": head.home_url,
        "feed_url": head.feed_url,
        "language": LANGUAGE,
        "_jobboard": {"updated": head.updated_at.isoformat()},
        "items": [_item(entry) for entry in map(_bearable, entries)],
    }
    return json.dumps(feed, ensure_ascii=False, indent=1).encode()


def _item(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "url": entry.url,
        "title": entry.title,
        "summary": entry.summary,
        "content_html": entry.html,
        "authors": [{"name": entry.author}],
        "date_published": entry.published_at.isoformat(),
        "date_modified": entry.updated_at.isoformat(),
        "tags": list(entry.categories),
        "_jobboard": entry.codes,
    }


def _bearable(entry: Entry) -> Entry:
    return replace(
        entry,
        title=_held(entry.title),
        author=_held(entry.author),
        summary=_held(entry.summary),
        html=_held(entry.html),
        categories=tuple(_held(category) for category in entry.categories),
    )


def _held(text: str) -> str:
    return _UNBEARABLE.sub("", text)
