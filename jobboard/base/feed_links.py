"""Where the feeds of a web page may be: what it names itself, what it links to, and the usual paths, in this order."""

import html
import re
from urllib.parse import urljoin, urlsplit

SEEN = 300_000
"""Characters of a page that are looked through."""

_TAG = re.compile(r"<(link|a)\s([^<>]{1,2000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-z-]{1,20})\s*=\s*(?:"([^"]{0,1000})"|'([^']{0,1000})'|([^\s"'>]{1,1000}))""", re.IGNORECASE)
_TYPES = ("application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/xml", "text/xml")
_PATH = re.compile(r"\.(?:rss|rdf|atom|xml)$|/(?:rss|feed|atom)(?:/|$)|(?:^|[?&/])feed(?:\.php|=)", re.IGNORECASE)
_OTHER = re.compile(r"sitemap|opensearch|\.html?$", re.IGNORECASE)
USUAL = ("/rss.xml", "/news.rss", "/feed", "/index.rdf", "/rss/news.rss", "/shinchaku.xml", "/index.xml", "/atom.xml")


def named(page: str, url: str) -> list[str]:
    """``<link rel="alternate">`` of a feed's type."""
    return [
        whole
        for kind, attributes in _tags(page)
        if kind == "link" and "alternate" in attributes.get("rel", "").lower().split()
        if attributes.get("type", "").partition(";")[0].strip().lower() in _TYPES
        if (whole := _whole(attributes, url))
    ]


def linked(page: str, url: str) -> list[str]:
    """Links in the page whose address looks like a feed's."""
    wholes = [_whole(attributes, url) for kind, attributes in _tags(page) if kind == "a"]
    return [one for one in dict.fromkeys(wholes) if one and _looks_like_a_feed(one)]


def usual(url: str) -> list[str]:
    """Where feeds lie on many sites."""
    return [urljoin(url, path) for path in USUAL]


def _tags(page: str) -> list[tuple[str, dict[str, str]]]:
    return [(kind.lower(), _attributes(inside)) for kind, inside in _TAG.findall(page[:SEEN])]


def _attributes(inside: str) -> dict[str, str]:
    return {name.lower(): html.unescape(one or two or three) for name, one, two, three in _ATTRIBUTE.findall(inside)}


def _whole(attributes: dict[str, str], url: str) -> str:
    try:
        whole = urljoin(url, attributes.get("href", "").strip()).partition("#")[0]
        return whole if urlsplit(whole).scheme in ("http", "https") and attributes.get("href") else ""
    except ValueError:
        return ""


def _looks_like_a_feed(url: str) -> bool:
    parts = urlsplit(url)
    asked = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return bool(_PATH.search(parts.path) or _PATH.search(asked)) and not _OTHER.search(asked)
