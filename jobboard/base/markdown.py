"""Markdown of the office as HTML: none of its own HTML, no images, and links to the web, to mail and within the site alone.

The parser escapes HTML and makes no link that ``leads_safely`` refuses; nh3 then lets through nothing but the few tags below.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

TOP = 2
"""The level of the highest heading of a text: the page has its h1."""

MOST_BRACKETS = 1_000
"""Each ``[`` makes the parser look at all that follows, so that more of them cost their square."""

_ATTRIBUTES = {
    "a": {"href"}, "ol": {"start"}, "table": {"class"}, "th": {"scope", "class"}, "td": {"class"},
    "div": {"class", "role", "aria-label", "tabindex"}, **{f"h{level}": {"id"} for level in range(TOP, 7)},
}  # fmt: skip
_TAGS = {*_ATTRIBUTES, "p", "br", "hr", "strong", "em", "code", "ul", "li", "blockquote", "thead", "tbody", "tr"}
_SCHEMES = {"http", "https", "mailto"}
_HTML = re.compile(r"<(?!(?:https?|mailto):|[\w.+-]+@)[/!?]?[A-Za-z!?][^\s<>]{0,30}>?")
_MAILBOX = re.compile(r"[^@\s]+@[^@\s]+")


@dataclass(frozen=True)
class Rendered:
    """``html`` may stand in a page as it is; ``headings``: anchor and text of each heading of the highest level."""

    html: str
    headings: tuple[tuple[str, str], ...]


class _Parser(MarkdownIt):
    """CommonMark with tables; a line's end is a line's end. ``refused``: the addresses of which no link was made."""

    def __init__(self) -> None:
        super().__init__("commonmark", {"html": False, "linkify": False, "breaks": True, "maxNesting": 20})
        self.enable("table").disable(["image", "html_block", "html_inline", "code", "fence"])
        self.add_render_rule("table_open", _table_open)
        self.add_render_rule("table_close", _table_close)
        self.refused: list[str] = []

    def validateLink(self, url: str) -> bool:
        safe = leads_safely(url)
        if not safe:
            self.refused.append(url)
        return safe


def leads_safely(url: str) -> bool:
    """Whether the address is one of the web, of mail or within the site. Another host without its scheme is neither."""
    if not url.isprintable() or "\\" in url or url.upper().startswith(("//", "/%5C")):
        return False
    if url.startswith(("/", "#", "?")):
        return True
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if parts.scheme in ("http", "https"):
        return bool(parts.hostname) and "@" not in parts.netloc
    return parts.scheme == "mailto" and _MAILBOX.fullmatch(parts.path) is not None


def faults(text: str) -> list[str]:
    """What the office has to write otherwise, as sentences: HTML, and addresses of which no link can be made."""
    if text.count("[") > MOST_BRACKETS:
        return [f"「[」は{MOST_BRACKETS:,}個までにしてください。"]
    parser = _Parser()
    parser.parse(text)
    links = list(dict.fromkeys(url[:40] for url in parser.refused))[:3]
    return [
        *html_faults(text),
        *(f"リンク先「{one}」は使えません。https:// か http://、mailto:、このサイトの / で始まるアドレスにしてください。" for one in links),
    ]


def html_faults(text: str) -> list[str]:
    """What looks like HTML, as sentences: it would be shown as it is typed, which nobody wants."""
    found = list(dict.fromkeys(tag[0] for tag in _HTML.finditer(text)))[:3]
    how = "文字として見せるときは、全角の「＜」「＞」で書いてください"
    return [f"HTML(スクリプトなど)は使えません。「{one}」を消してください。{how}(例: {_wide(one)})。" for one in found]


def _wide(tag: str) -> str:
    return tag.replace("<", "＜").replace(">", "＞")


def render(text: str) -> Rendered:
    """The text as HTML. Headings follow one another from ``TOP`` without a gap; each table can be scrolled alone."""
    parser, environment = _Parser(), dict[str, Any]()
    tokens = parser.parse(text, environment)
    headings = tuple(_settle_headings(tokens))
    _settle_tables(tokens)
    html = parser.renderer.render(tokens, parser.options, environment)
    return Rendered(nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel=None), headings)


def plain(text: str) -> str:
    """The words alone, in one line."""
    tokens = _Parser().parse(text)
    return " ".join(" ".join(_words(token) for token in tokens if token.type == "inline").split())


def _words(inline: Token) -> str:
    return "".join(one.content if one.content else " " for one in inline.children or () if one.type in ("text", "code_inline", "softbreak", "hardbreak"))


def _settle_headings(tokens: Sequence[Token]) -> list[tuple[str, str]]:
    """Gives each heading its level and the highest their anchors; returns these."""
    above: list[int] = []
    found: list[tuple[str, str]] = []
    for place, token in enumerate(tokens):
        if token.type != "heading_open":
            continue
        written = int(token.tag[1:])
        while above and above[-1] >= written:
            above.pop()
        above.append(written)
        token.tag = tokens[place + 2].tag = f"h{min(TOP + len(above) - 1, 6)}"
        if len(above) == 1:
            found.append((f"text-{len(found) + 1}", _words(tokens[place + 1]).strip()))
            token.attrs = {"id": found[-1][0]}
    return found


def _settle_tables(tokens: Sequence[Token]) -> None:
    """Cells without style, which the pages' policy forbids; heads that say of what."""
    number = 0
    for token in tokens:
        if token.type == "table_open":
            number += 1
            token.attrs, token.meta = {"class": "table"}, {"number": number}
        elif token.type in ("th_open", "td_open"):
            right = token.attrs.get("style") == "text-align:right"
            token.attrs = {**({"scope": "col"} if token.type == "th_open" else {}), **({"class": "number"} if right else {})}


def _table_open(renderer: Any, tokens: Sequence[Token], place: int, options: Any, environment: Any) -> str:
    label = f"表{tokens[place].meta['number']}"
    opened = renderer.renderToken(tokens, place, options, environment)
    return f'<div class="table-region" role="region" aria-label="{label}" tabindex="0">{opened}'


def _table_close(renderer: Any, tokens: Sequence[Token], place: int, options: Any, environment: Any) -> str:
    return f"{renderer.renderToken(tokens, place, options, environment)}</div>"
