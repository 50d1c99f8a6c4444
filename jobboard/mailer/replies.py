"""What a mail server says: replies cut out of the bytes that came, and one line of each for the ledger."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from jobboard.base.text import visible

MOST = 65_536
"""Octets of one reply; RFC 5321 (4.5.3.1.5) asks for 512 in a line, and servers write essays."""

_LINE = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*))?", re.DOTALL)
_MAILBOX = re.compile(r"[^\s<>\"'(),:;]+@[^\s<>\"'(),:;]+")


class Broken(Exception):
    """The connection is of no use any more: what was said, or how it ended."""


@dataclass
class Replies:
    """Takes bytes as they come, in pieces of any size, and gives whole replies."""

    _rest: bytearray = field(default_factory=bytearray)
    _lines: list[bytes] = field(default_factory=list)
    _size: int = 0

    def feed(self, received: bytes) -> Iterator[tuple[int, bytes]]:
        """(code, words) of each reply that is whole now; several lines are joined by a space. Raises ``Broken``."""
        self._rest += received
        while (end := self._rest.find(b"\n")) >= 0:
            line = bytes(self._rest[:end]).rstrip(b"\r")
            del self._rest[: end + 1]
            found = _LINE.fullmatch(line)
            if found is None:
                raise Broken(f"no answer of SMTP: {said(line)}")
            self._size += len(line)
            self._lines.append(found[3] or b"")
            self._check()
            if found[2] != b"-":
                words, self._lines, self._size = b" ".join(self._lines), [], 0
                yield int(found[1]), words
        self._check()

    def _check(self) -> None:
        if self._size + len(self._rest) > MOST:
            raise Broken(f"an answer of more than {MOST} octets")


def answer(code: int, words: bytes | str) -> str:
    """A server's reply as one line for the ledger, which holds no address (decisions.md, Personal data)."""
    return f"{code} {said(words)}"[:500]


def said(words: bytes | str) -> str:
    """Foreign words as one line without addresses and control characters."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return _MAILBOX.sub("(宛先)", " ".join(visible(text).split()))[:500]
