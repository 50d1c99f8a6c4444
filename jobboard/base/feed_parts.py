"""What is read of an item of a feed, and how it is written for the feed reader: few elements, each no longer than it may be."""

from xml.sax.saxutils import escape, quoteattr

from jobboard.base.feed_titles import HTML
from jobboard.base.item_links import unbroken

LONGEST_BASE = 500
LONGEST_LINK = 2000
LONGEST_TITLE = 1000
"""With its markup; of what is left, fewer characters are kept."""

LONGEST_DATE = 100
LONGEST_TYPE = 60
MOST_LINKS = 6

_NAMES = ("guid", "id")
_TITLES = ("title", "dc:title")
_DATES = (
    "pubdate", "published", "issued", "updated", "modified", "created", "date",
    "dc:date", "dcterms:issued", "dcterms:modified", "dcterms:created",
)  # fmt: skip
LONGEST = dict.fromkeys(_TITLES, LONGEST_TITLE) | dict.fromkeys(_DATES, LONGEST_DATE) | dict.fromkeys(("link", *_NAMES), LONGEST_LINK)


class Text:
    """The text of one element that is read, up to its longest."""

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name, self.attributes = name, attributes
        self.whole = True
        self.left = LONGEST[name]
        self._pieces: list[str] = []

    def more(self, text: str) -> None:
        kept = text if self._pieces else text.lstrip()
        if len(kept) > self.left:
            self.whole = self.whole and not kept[self.left :].strip()
            kept = kept[: self.left]
        if kept:
            self._pieces.append(kept)
            self.left -= len(kept)

    def tag(self, name: str, mark: str = "") -> None:
        """An element within: only HTML's own say something."""
        self.more(f"<{mark}{name}>" if name in HTML else " ")

    @property
    def text(self) -> str:
        return "".join(self._pieces).strip()


class Item:
    """What is read of one item: the first of each kind that says something."""

    def __init__(self, attributes: dict[str, str]) -> None:
        self._attributes = attributes
        self._texts: dict[str, Text] = {}
        self._links: list[str] = []

    def add(self, one: Text) -> None:
        if one.name == "link":
            self._add_link(one)
        elif one.text and (one.whole or one.name not in _NAMES) and (one.name not in _DATES or _has_digit(one.text)):
            self._texts.setdefault(one.name, one)

    def _add_link(self, one: Text) -> None:
        href = unbroken(one.attributes.get("href", ""))
        alternate = one.attributes.get("rel", "alternate").strip().lower() == "alternate"
        if alternate and (href or one.text) and one.whole and len(href) <= LONGEST_LINK and len(self._links) < MOST_LINKS:
            kind = one.attributes.get("type", "")[:LONGEST_TYPE]
            said = (f" href={quoteattr(href)}" if href else "") + (f" type={quoteattr(kind)}" if kind else "")
            self._links.append(f"<link{based(base_of(one.attributes))}{said}>{'' if href else escape(unbroken(one.text))}</link>")

    def written(self, tag: str) -> bytes:
        about = self._attributes.get("rdf:about", "")
        said = based(base_of(self._attributes)) + (f" rdf:about={quoteattr(about)}" if 0 < len(about) <= LONGEST_LINK else "")
        title = next((self._texts[name].text for name in _TITLES if name in self._texts), "")
        inside = [f'<title type="html">{escape(title)}</title>', *self._links]
        inside += [_named(one) for name, one in self._texts.items() if name in _NAMES]
        inside += [f"<{name}>{escape(one.text)}</{name}>" for name, one in self._texts.items() if name in _DATES]
        return f"<{tag}{said}>{''.join(inside)}</{tag}>".encode()


def _named(one: Text) -> str:
    """An id; where it may be a link (RSS 2.0, guid) that begins at the root of the site, it says so."""
    link = one.text.startswith("/") and one.attributes.get("ispermalink", "true").strip().lower() == "true"
    return f'<guid isPermaLink="{"true" if link else "false"}">{escape(one.text)}</guid>'


def base_of(attributes: dict[str, str]) -> str:
    """What relative links within an element begin from (XML Base); empty where it says nothing, or too much."""
    base = attributes.get("xml:base", "").strip()
    return base if len(base) <= LONGEST_BASE else ""


def based(base: str) -> str:
    """The attribute that says so."""
    return f" xml:base={quoteattr(base)}" if base else ""


def _has_digit(text: str) -> bool:
    return any(character.isdecimal() for character in text)
