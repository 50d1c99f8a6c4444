"""RSS 2.0, Atom 1.0 and JSON Feed 1.1 of the same entries."""

import io
import json
from collections.abc import Sequence
from typing import Any

from feedgenerator import Atom1Feed, Rss201rev2Feed
from feedgenerator.django.utils.feedgenerator import rfc3339_date
from markupsafe import escape

from jobboard.web import licence
from jobboard.web.entries import Entry, FeedHead
from jobboard.web.feed_text import Category

LANGUAGE = "ja"
ASK_AGAIN = 60
"""Minutes that RSS asks readers to wait between two visits (ttl)."""

_RSS_NAMESPACES = {
    "xmlns:content": "http://purl.org/rss/1.0/modules/content/",
    "xmlns:dc": "http://purl.org/dc/elements/1.1/",
}


class _Dated:
    """The feed's own date instead of the library's: its fallback for an empty feed reads the clock."""

    feed: dict[str, Any]

    def latest_post_date(self) -> Any:
        return self.feed["built_at"]

    def scheme(self, category: Category) -> str:
        """Where the codes of a category's kind are explained."""
        return f"{self.feed['base_url']}/data/dictionary#{category.kind}"


class _Rss(_Dated, Rss201rev2Feed):
    """The library writes neither the whole text nor the time of the last change nor the scheme of a category into RSS."""

    def rss_attributes(self) -> dict[str, str]:
        attributes: dict[str, str] = super().rss_attributes()
        return {**attributes, **_RSS_NAMESPACES}

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        # Readers take a description for HTML, whatever it was meant to be.
        handler.addQuickElement("description", str(escape(item["summary"])))
        handler.addQuickElement("content:encoded", item["html"])
        handler.addQuickElement("atom:updated", rfc3339_date(item["updateddate"]))
        for category in item["coded"]:
            handler.addQuickElement("category", category.label, {"domain": self.scheme(category)})


class _Atom(_Dated, Atom1Feed):
    """The library calls a summary HTML, and knows no label of a category."""

    def add_root_elements(self, handler: Any) -> None:
        super().add_root_elements(handler)
        handler.addQuickElement("link", "", {"rel": "license", "href": licence.URL})

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("summary", item["summary"], {"type": "text"})
        handler.addQuickElement("content", item["html"], {"type": "html"})
        for category in item["coded"]:
            attributes = {"term": category.code, "label": category.label, "scheme": self.scheme(category)}
            handler.addQuickElement("category", "", attributes)


def rss(head: FeedHead, entries: Sequence[Entry]) -> bytes:
    """RSS 2.0, UTF-8."""
    return _written(_Rss, head, entries)


def atom(head: FeedHead, entries: Sequence[Entry]) -> bytes:
    """Atom 1.0 (RFC 4287), UTF-8."""
    return _written(_Atom, head, entries)


def _written(kind: type[_Rss] | type[_Atom], head: FeedHead, entries: Sequence[Entry]) -> bytes:
    feed = kind(
        title=head.title, link=head.home_url, description=head.description, language=LANGUAGE, feed_url=head.feed_url,
        feed_guid=head.feed_url, author_name=head.author, author_link=head.base_url, feed_copyright=licence.NAME,
        ttl=ASK_AGAIN, built_at=head.updated_at, base_url=head.base_url,
    )  # fmt: skip
    for entry in entries:
        feed.add_item(
            title=entry.title, link=entry.url, description=None, author_name=entry.author, unique_id=entry.id,
            unique_id_is_permalink=False, pubdate=entry.published_at, updateddate=entry.updated_at,
            summary=entry.summary, html=entry.html, coded=entry.categories,
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
        "authors": [{"name": head.author, "url": head.base_url}],
        "_jobboard": {"updated": head.updated_at.isoformat(), "licence": {"name": licence.NAME, "url": licence.URL}},
        "items": [_item(entry) for entry in entries],
    }
    return json.dumps(feed, ensure_ascii=False).encode()


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
        "tags": list(dict.fromkeys(category.label for category in entry.categories)),
        "_jobboard": entry.codes,
    }
