"""A page made into a small feed of our own writing: of its first items only what is read, each text only as long as is kept.

expat walks over the page once; nothing of the page is handed on as it stands. So no entity is ever expanded, and the feed reader,
whose searching grows with the square of what it is given, sees a few thousand short elements in a known order at most.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from xml.parsers import expat
from xml.sax.saxutils import escape

from jobboard.base.collecting import Fetched
from jobboard.base.feed_mending import PIECE, fit, is_html, mended, spelt
from jobboard.base.feed_parts import LONGEST, Item, Text, base_of, based
from jobboard.base.fetching import NotFetched

MOST_ITEMS = 500
"""Items that are read, the first in the order of the page; feeds put the newest first."""

MOST_BYTES = 2_000_000
"""Of what is handed on; items that find no place in it are not read."""

DEEPEST = 60
MOST_ATTRIBUTES, MOST_NAMESPACES = 100, 1_000
MOST_ELEMENTS = 200_000
"""Of one element, of an item (text pasted from an office program declares three in each paragraph), of all up to the last item read."""

_ITEMS = ("item", "entry")
_ATOM, _RSS10 = "http://www.w3.org/2005/Atom", "http://purl.org/rss/1.0/"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_NAMED = {"http://purl.org/dc/elements/1.1/": "dc", "http://purl.org/dc/terms/": "dcterms", _RDF: "rdf"}
_OWN = (_ATOM, _RSS10, "http://purl.org/atom/ns#", "http://my.netscape.com/rdf/simple/0.9/", "http://backend.userland.com/rss2")
_USUAL = {"dc": "dc:", "dcterms": "dcterms:", "rdf": "rdf:", "xml": "xml:", "atom": "", "rss": ""}
"""What prefixes mean that nobody declared as anything that is known."""

_DECLARED = "".join(f' xmlns:{name}="{uri}"' for uri, name in _NAMED.items())
_WRITTEN = {
    "rss": (f'<rss version="2.0"{_DECLARED}', "<channel>", "", "</channel></rss>"),
    "rdf": (f'<rdf:RDF xmlns="{_RSS10}"{_DECLARED}', "<channel>", "</channel>", "</rdf:RDF>"),
    "feed": (f'<feed xmlns="{_ATOM}"{_DECLARED}', "", "", "</feed>"),
}
"""How each kind of feed begins, what stands before and after its title, and how it ends."""

_NOTHING: dict[str, str] = {}
_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'
"""With the end of the line: the feed reader looks for a charset in all of the first line."""


@dataclass(frozen=True)
class Shape:
    """``items`` stand in ``document`` (UTF-8), of ``total`` that the page has; ``link`` is the channel's own; ``fault``: where and
    why the page broke off."""

    document: bytes
    items: int
    total: int
    link: str = ""
    fault: str = ""


def shape(text: str) -> Shape:
    """Raises ``NotFetched`` for what is no feed, declares entities, or has no item before the place where it breaks."""
    text = fit(text)
    if not text:
        raise NotFetched(Fetched.BROKEN, "空のページです。")
    if is_html(text):
        raise NotFetched(Fetched.NOT_A_FEED, "フィードではなく、HTMLか別の形のページです。")
    walk = _Walk()
    found = walk.over(text[at : at + PIECE] for at in range(0, len(text), PIECE))
    if found.fault:
        again = _Walk()
        second = again.over(mended(text))
        found = second if second.items >= found.items else found
        if not walk.root and not again.root:
            raise NotFetched(Fetched.NOT_A_FEED, "フィードではありません(XMLとして読めません)。")
    if found.fault and not found.items:
        raise NotFetched(Fetched.BROKEN, f"XMLが壊れています: {found.fault}")
    return found


class _Walk:
    """One pass of expat (which keeps nothing) over the page, and what is written of it."""

    def __init__(self) -> None:
        self.root = ""
        self._scopes: list[dict[str, str]] = []
        self._total = self._namespaces = self._elements = self._size = self._item_depth = self._text_depth = 0
        self._text: Text | None = None
        self._item: Item | None = None
        self._items: list[bytes] = []
        self._head: dict[str, str] = {}
        self._bases = ["", ""]
        self._channel = False
        parser = self._parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._data
        parser.SkippedEntityHandler = self._skipped
        parser.StartDoctypeDeclHandler = self._doctype

    def over(self, pieces: Iterable[str]) -> Shape:
        """What stands in all of the page, or in front of the place where it breaks."""
        fault = ""
        try:
            for piece in pieces:
                self._parser.Parse(piece.encode("utf-8"), False)
            self._parser.Parse(b"", True)
        except expat.ExpatError as error:
            fault = f"{error.lineno}行目 {expat.ErrorString(error.code)}"
        except NotFetched as refused:
            if not self._items:
                raise
            fault = refused.words  # what stands before it is sound
        root, begin, between, end = _WRITTEN[self.root or "rss"]
        title = f'<title type="html">{escape(self._head.get("title", ""))}</title>'
        outer, inner = map(based, self._bases)
        head = f"{_HEAD}{root}{outer}>" + begin.replace(">", f"{inner}>") + title + between
        document = b"".join((head.encode(), *self._items, end.encode()))
        return Shape(document, len(self._items), self._total, self._head.get("link", ""), fault)

    def _start(self, written: str, attributes: dict[str, str]) -> None:
        depth = len(self._scopes)
        self._scopes.append(self._checked(depth, attributes))
        if depth == 0:
            self._begin(written, attributes)
        elif self._text is not None:
            self._text.tag(written.rpartition(":")[2].lower())
        elif self._item is not None:
            if depth == self._item_depth + 1 and self._total < MOST_ITEMS and (name := self._name(written)) in LONGEST:
                self._listen(name, attributes)
        elif depth <= 2:
            self._start_in_head(self._name(written), depth, attributes)

    def _checked(self, depth: int, attributes: dict[str, str]) -> dict[str, str]:
        """The namespaces that an element declares, by prefix."""
        declared = {name[6:]: uri for name, uri in attributes.items() if name.startswith("xmlns")} if attributes else _NOTHING
        self._namespaces += len(declared)
        self._elements += self._total < MOST_ITEMS
        if self._namespaces > MOST_NAMESPACES * (1 + self._total):
            raise NotFetched(Fetched.BROKEN, "名前空間の宣言が多すぎます。")
        if depth >= DEEPEST or len(attributes) > MOST_ATTRIBUTES:
            raise NotFetched(Fetched.BROKEN, "要素の入れ子が深すぎるか、属性が多すぎます。")
        if self._elements > MOST_ELEMENTS:
            raise NotFetched(Fetched.BROKEN, "要素が多すぎます。")
        return declared

    def _begin(self, written: str, attributes: dict[str, str]) -> None:
        local = written.rpartition(":")[2]
        if local.lower() not in _WRITTEN:
            raise NotFetched(Fetched.NOT_A_FEED, f"フィードではありません(最初の要素が {local[:40]})。")
        self.root = local.lower()
        self._bases[0] = base_of(attributes)

    def _start_in_head(self, name: str, depth: int, attributes: dict[str, str]) -> None:
        if name in _ITEMS:
            self._item, self._item_depth = Item(self._attributes(attributes) if attributes else attributes), depth
        elif name == "channel" and depth == 1:
            self._channel = True
            self._bases[1] = base_of(attributes)
        elif name in ("title", "link") and (depth == 1 or self._channel):
            self._listen(name, attributes)

    def _listen(self, name: str, attributes: dict[str, str]) -> None:
        self._text, self._text_depth = Text(name, self._attributes(attributes)), len(self._scopes) - 1

    def _end(self, written: str) -> None:
        self._scopes.pop()
        depth = len(self._scopes)
        if self._text is not None:
            if depth > self._text_depth:
                self._text.tag(written.rpartition(":")[2].lower(), "/")
            elif self._item is not None:
                self._item.add(self._text)
                self._text = None
            else:
                if self._text.whole and self._text.text:
                    self._head.setdefault(self._text.name, self._text.text)
                self._text = None
        elif self._item is not None and depth == self._item_depth:
            self._end_item(self._item)
        elif depth == 1:
            self._channel = False

    def _end_item(self, item: Item) -> None:
        self._item = None
        self._total += 1
        if self._total <= MOST_ITEMS and self._size <= MOST_BYTES:
            written = item.written("entry" if self.root == "feed" else "item")
            self._size += len(written)
            if self._size <= MOST_BYTES:
                self._items.append(written)

    def _data(self, text: str) -> None:
        if self._text is not None:
            self._text.more(text)

    def _skipped(self, name: str, parameter: bool) -> None:
        """An entity that a document type elsewhere may declare: HTML's are meant."""
        if self._text is not None and self._text.left:
            self._text.more(spelt(name))

    def _doctype(self, name: str, system: str | None, public: str | None, inside: bool) -> None:
        if name.lower() == "html":
            raise NotFetched(Fetched.NOT_A_FEED, "フィードではなく、HTMLのページです。")
        if inside:  # entities that grow or lead elsewhere, attributes for every element: a feed needs none
            raise NotFetched(Fetched.BROKEN, "文書型の中で実体(ENTITY)などを宣言しているので読みません。")

    def _name(self, written: str) -> str:
        """The name in small letters, with ``dc:``, ``dcterms:`` or ``rdf:`` before it, nothing for RSS and Atom; "" for others."""
        prefix, _, local = written.rpartition(":")
        if not prefix:
            return local.lower()
        uri = next((scope[prefix] for scope in reversed(self._scopes) if prefix in scope), None)
        if uri in _NAMED:
            return f"{_NAMED[uri]}:{local.lower()}"
        if uri in _OWN:
            return local.lower()
        return _USUAL[prefix] + local.lower() if prefix in _USUAL else ""

    def _attributes(self, attributes: dict[str, str]) -> dict[str, str]:
        return {self._name(name) if ":" in name else name.lower(): value for name, value in attributes.items()}
