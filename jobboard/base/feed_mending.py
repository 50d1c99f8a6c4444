"""What a page is mended by before it is taken apart: what XML forbids is left out, stray marks are written out. Piece by piece."""

import html
import re
from collections.abc import Iterator
from html.entities import html5

PIECE = 65_536
"""Characters that are mended at a time, so that no second copy of a page grows to five times its length."""

_LONGEST_REFERENCE = 40
_DECLARATION = re.compile(r"<\?xml[^>]{0,300}\?>")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_REFERENCE = re.compile(r"&(?:(#[0-9]{1,7}|#x[0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{0,30});)?")
_XML_NAMES = ("amp", "lt", "gt", "quot", "apos")
_HTML = re.compile(r"<(?:!doctype\s{1,9}html|html|head|body)\b", re.IGNORECASE)
_ROOT = re.compile(r"<[A-Za-z_]")


def fit(text: str) -> str:
    """The page without what no XML may hold, and without the declaration and blanks before its first mark."""
    bare = _ILLEGAL.sub("", text.lstrip("\ufeff \t\r\n"))
    declared = _DECLARATION.match(bare)
    return (bare[declared.end() :] if declared else bare).lstrip()


def is_html(text: str) -> bool:
    """Whether the page is one for people, or no markup at all."""
    return text[0] != "<" or _HTML.match(_uncommented(text)) is not None


def mended(text: str) -> Iterator[str]:
    """The page in pieces, with each ``&`` that begins nothing XML knows written out; what stands in CDATA is left as it is."""
    root = _ROOT.search(text)
    at = root.start() if root else 0
    yield _DECLARATION.sub("", text[:at])
    while (begin := text.find("<![CDATA[", at)) >= 0 and (end := text.find("]]>", begin)) >= 0:
        yield from _spelt(text, at, begin)
        yield from (text[one : min(one + PIECE, end)] for one in range(begin, end, PIECE))
        at = end
    yield from _spelt(text, at, len(text))


def spelt(name: str) -> str:
    """The characters that an entity of HTML stands for; the reference itself where HTML knows none."""
    return _ILLEGAL.sub("", html.unescape(f"&{name};")) if name[0] == "#" else html5.get(f"{name};", f"&{name};")


def _spelt(text: str, at: int, end: int) -> Iterator[str]:
    while at < end:
        cut = min(at + PIECE, end)
        if cut < end and (torn := text.rfind("&", cut - _LONGEST_REFERENCE, cut)) > at:
            cut = torn
        yield _REFERENCE.sub(_reference, text[at:cut])
        at = cut


def _reference(found: re.Match[str]) -> str:
    name = found[1]
    if not name:
        return "&amp;"
    return found[0] if name in _XML_NAMES or _is_plain(name) else html.escape(spelt(name), quote=True)


def _is_plain(name: str) -> bool:
    """Whether it is the number of a character that XML may hold and that means itself; below 160 Windows' own are meant (HTML)."""
    if name[0] != "#":
        return False
    number = int(name[2:], 16) if name[1] == "x" else int(name[1:])
    return 160 <= number < 0xD800 or 0xE000 <= number < 0xFFFE or 0x10000 <= number < 0x110000


def _uncommented(text: str) -> str:
    """From the first mark on that is not a comment."""
    at = 0
    while text.startswith("<!--", at) and (end := text.find("-->", at)) >= 0:
        at = end + 3
        while text[at : at + 1].isspace():
            at += 1
    return text[at : at + 100]
