"""Words of a mail's header that are not plain ASCII, as RFC 2047 writes them. Nothing in them can be read as anything else.

``EmailMessage`` reads encoded words that somebody typed into a title as if they were its own, line ends in them too (a title
could add a header), and loses blanks between long words. Here every text is encoded as it stands.
"""

import base64
import re
from collections.abc import Iterator

_PLAIN = re.compile(r"[A-Za-z0-9]+(?: [A-Za-z0-9]+)*")
_NO_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_WORD = 75
"""Characters of an encoded word at most; its line has at most 76."""

_FRAME = len("=?utf-8?b?" + "?=")


def encoded(text: str, *, before: int) -> str:
    """The text for a header of whose first line ``before`` characters are taken; folded where a line would be too long.

    Raises ``ValueError`` for anything that cannot be one line of text.
    """
    if _NO_LINE.search(text):
        raise ValueError("a header holds one line of text")
    if _PLAIN.fullmatch(text) and before + len(text) <= _WORD:
        return text
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(piece).decode()}?=" for piece in _pieces(text, before))


def _pieces(text: str, before: int) -> Iterator[bytes]:
    """UTF-8 in pieces that fill a line each; a character is never torn (RFC 2047, section 5)."""
    room = _octets(_WORD + 1 - before)
    piece = b""
    for character in text:
        octets = character.encode()
        if len(piece) + len(octets) > room:
            yield piece
            piece, room = b"", _octets(_WORD)
        piece += octets
    yield piece


def _octets(characters: int) -> int:
    """How many octets base64 puts into so many characters of an encoded word."""
    return (characters - _FRAME) // 4 * 3
