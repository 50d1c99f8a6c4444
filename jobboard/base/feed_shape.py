"""A page made fit for the feed reader: a small, well-formed document of the first items, or the reason why it is none.

What is handed on is well-formed and declares nothing, so that the reader never guesses; entities are never expanded.
"""

import html
import re
from dataclasses import dataclass
from xml.parsers import expat

from jobboard.base.collecting import Fetched
from jobboard.base.fetching import NotFetched

MOST_ITEMS = 500
"""Items that are read, the first in the order of the page; feeds put the newest first."""

DEEPEST = 60
MOST_ATTRIBUTES = MOST_NAMESPACES = 100
MOST_ELEMENTS = 50_000
"""Of one element, of an item, and of all that is read: the feed reader takes minutes for many thousands."""

_ROOTS = ("rss", "RDF", "feed")
_ITEMS = ("item", "entry")
_DECLARATION = re.compile(r"^<\?xml[^>]{0,300}\?>")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_REFERENCE = re.compile(r"&(?:(#[0-9]{1,7}|#x[0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{0,30});)?")
_XML_NAMES = ("amp", "lt", "gt", "quot", "apos")
_HTML = re.compile(r"<(?:!doctype\s{1,9}html|html|head|body)\b", re.IGNORECASE)
_ROOT = re.compile(r"<[A-Za-z_][\w.:-]{0,60}")
_PREFIX = re.compile(r"</?([A-Za-z_][\w.-]{0,30}):|\s([A-Za-z_][\w.-]{0,30}):[\w.-]{1,60}\s?=")
_KNOWN_PREFIX = re.compile(r"\sxmlns:([\w.-]{1,30})\s?=")
_MOST_PREFIXES = 30
_NAMESPACES = {
    "dc": "http://purl.org/dc/elements/1.1/", "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/", "dcterms": "http://purl.org/dc/terms/",
}  # fmt: skip
_BETWEEN = "\x01"
"""Parts what expat gives of a name (namespace, name, prefix); no document can hold it."""


@dataclass(frozen=True)
class Shape:
    """``items`` stand in ``document`` (UTF-8), of ``total`` that the page has; ``fault``: where and why the page broke off."""

    document: bytes
    items: int
    total: int
    fault: str = ""


def shape(text: str) -> Shape:
    """Raises ``NotFetched`` for what is no feed, declares entities, or has no item before the place where it breaks."""
    text = _DECLARATION.sub("", _ILLEGAL.sub("", text.lstrip("\ufeff \t\r\n")), count=1).lstrip()
    if not text:
        raise NotFetched(Fetched.BROKEN, "空のページです。")
    if text[0] != "<" or _HTML.match(_uncommented(text)):
        raise NotFetched(Fetched.NOT_A_FEED, "フィードではなく、HTMLか別の形のページです。")
    found = _walk(text)
    if found.fault:
        mended = _walk(_mended(text))
        found = mended if mended.items >= found.items else found
    if found.fault and not found.items:
        raise NotFetched(Fetched.BROKEN, f"XMLが壊れています: {found.fault}")
    return found


def _walk(text: str) -> Shape:
    return _Walk(text.encode("utf-8")).shape()


class _Walk:
    """One pass of expat (which keeps nothing) over the document: what its root is, where the last item to be read ends."""

    def __init__(self, document: bytes) -> None:
        self._document = document
        self._open: list[tuple[str, int]] = []
        self._total = self._namespaces = self._elements = 0
        self._end: tuple[int, int, list[str]] = (0, 0, [])
        self._parser = expat.ParserCreate("utf-8", _BETWEEN)  # with namespaces, as the feed reader's own parser has them
        self._parser.namespace_prefixes = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._close
        self._parser.StartNamespaceDeclHandler = self._namespace
        self._parser.StartDoctypeDeclHandler = self._doctype

    def shape(self) -> Shape:
        fault = ""
        try:
            self._parser.Parse(self._document, True)
        except expat.ExpatError as error:
            if not self._open and not self._total:
                raise NotFetched(Fetched.NOT_A_FEED, "フィードではありません(XMLとして読めません)。") from None
            fault = f"{error.lineno}行目 {expat.ErrorString(error.code)}"
        count, end, ancestors = self._end
        if not fault and self._total <= MOST_ITEMS:
            return Shape(self._document, self._total, self._total)
        closing = "".join(f"</{_written(name)}>" for name in reversed(ancestors)).encode("utf-8")
        return Shape(self._document[:end] + closing, count, self._total, fault)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if not self._open and _local(name) not in _ROOTS:
            raise NotFetched(Fetched.NOT_A_FEED, f"フィードではありません(最初の要素が {_local(name)[:40]})。")
        self._elements += self._total < MOST_ITEMS
        if self._elements > MOST_ELEMENTS:
            raise NotFetched(Fetched.BROKEN, "要素が多すぎます。")
        if len(self._open) >= DEEPEST or len(attributes) > MOST_ATTRIBUTES:
            raise NotFetched(Fetched.BROKEN, "要素の入れ子が深すぎるか、属性が多すぎます。")
        self._open.append((name, self._parser.CurrentByteIndex))

    def _namespace(self, prefix: str | None, uri: str | None) -> None:
        self._namespaces += 1
        if self._namespaces > MOST_NAMESPACES * (1 + self._total):
            raise NotFetched(Fetched.BROKEN, "名前空間の宣言が多すぎます。")

    def _close(self, name: str) -> None:
        _, begun = self._open.pop()
        at = self._parser.CurrentByteIndex
        if _local(name) not in _ITEMS or at == begun or len(self._open) > 2:
            return
        self._total += 1
        if self._total <= MOST_ITEMS:
            self._end = self._total, self._document.index(b">", at) + 1, [name for name, _ in self._open]

    def _doctype(self, name: str, system: str | None, public: str | None, inside: bool) -> None:
        if name.lower() == "html":
            raise NotFetched(Fetched.NOT_A_FEED, "フィードではなく、HTMLのページです。")
        if inside:  # entities that grow or lead elsewhere, attributes for every element: a feed needs none
            raise NotFetched(Fetched.BROKEN, "文書型の中で実体(ENTITY)などを宣言しているので読みません。")


def _local(name: str) -> str:
    parts = name.split(_BETWEEN)
    return parts[1] if len(parts) > 1 else name


def _written(name: str) -> str:
    """The name as it stands in the document."""
    parts = name.split(_BETWEEN)
    return f"{parts[2]}:{parts[1]}" if len(parts) == 3 else _local(name)


def _uncommented(text: str) -> str:
    """From the first mark on that is not a comment."""
    at = 0
    while text.startswith("<!--", at) and (end := text.find("-->", at)) >= 0:
        at = end + 3
        while text[at : at + 1].isspace():
            at += 1
    return text[at : at + 100]


def _declared(text: str) -> str:
    """With a namespace for each prefix that has none, declared at the root."""
    root = _ROOT.search(text)
    if root is None:
        return text
    used = dict.fromkeys(found[1] or found[2] for found in _PREFIX.finditer(text))
    known = {"xml", "xmlns", *_KNOWN_PREFIX.findall(text)}
    missing = [name for name in used if name not in known][:_MOST_PREFIXES]
    added = "".join(f' xmlns:{name}="{_NAMESPACES.get(name, f"urn:undeclared:{name}")}"' for name in missing)
    return text[: root.end()] + added + text[root.end() :]


def _mended(text: str) -> str:
    """With each ``&`` that begins nothing XML knows written out; what stands in CDATA is left as it is."""
    text = _declared(text)
    pieces, at = [], 0
    while (begin := text.find("<![CDATA[", at)) >= 0 and (end := text.find("]]>", begin)) >= 0:
        pieces += [_REFERENCE.sub(_spelt, text[at:begin]), text[begin:end]]
        at = end
    pieces.append(_REFERENCE.sub(_spelt, text[at:]))
    return "".join(pieces)


def _spelt(found: re.Match[str]) -> str:
    name = found[1]
    if not name:
        return "&amp;"
    if name in _XML_NAMES:
        return found[0]
    plain = _ILLEGAL.sub("", html.unescape(found[0]))
    return html.escape(plain) if plain != found[0] else f"&amp;{name};"
