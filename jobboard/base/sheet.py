"""What many mails have in common, made ready once; each of them is then patched instead of made (goals.md, Speed)."""

import re
from collections.abc import Mapping

from jobboard.base.encoded import encoded
from jobboard.base.patched import Body, Fills, Pieces

LINE = 998
"""Octets in a line, without its end (RFC 5322, 2.1.1)."""

_NAME = re.compile(r"[A-Za-z0-9-]{1,60}")
_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
_ENDS = re.compile(r"\r\n|\r|\n")
_MIME = "Content-Type: text/{}; charset=\"utf-8\"\r\nContent-Transfer-Encoding: base64\r\n\r\n"


class Sheet:
    """Sender, subject, headers and bodies. ``headers`` are ASCII and go out as they stand, folded only at spaces:

    ``EmailMessage`` would encode a long List-Unsubscribe and break one-click (RFC 8058). ``mark`` tells this sheet from others;
    it makes the boundary. Raises ``ValueError`` for anything that could start another header line.
    """

    def __init__(
        self,
        *,
        mark: str,
        sender: str,
        sender_name: str,
        subject: str,
        text: Pieces,
        html: Pieces = (),
        headers: Mapping[str, Pieces] | None = None,
    ) -> None:
        self.sender, self.sender_name, self.subject = sender, sender_name, subject
        self.text, self.html, self.headers = text, html, headers or {}
        self._text, self._html = Body(_wire(text)), Body(_wire(html)) if html else None
        self._own_headers = {name: pieces for name, pieces in self.headers.items() if len(pieces) > 1}
        fixed = "".join(_line(name, "".join(pieces)) for name, pieces in self.headers.items() if len(pieces) == 1)
        boundary = f"=_{mark}"
        if not re.fullmatch(r"[A-Za-z0-9.=_@-]{1,68}", boundary):
            raise ValueError("a boundary is at most 70 plain letters (RFC 2046, 5.1.1)")
        parts = f'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="{boundary}"\r\n\r\n'
        single = "MIME-Version: 1.0\r\n" + _MIME.format("plain")
        begin = f"--{boundary}\r\n{_MIME.format('plain')}"
        self._head = (_addressed(sender, sender_name, subject) + fixed + (parts + begin if html else single)).encode("ascii")
        self._between = f"\r\n--{boundary}\r\n{_MIME.format('html')}".encode("ascii")
        self._end = f"\r\n--{boundary}--\r\n".encode("ascii")

    def content(self, first: str, fills: Fills) -> bytes:
        """The message with CRLF line ends, bodies in base64: no line is near 998 octets, no octet above 127.

        ``first``: whole header lines that come before the others. The same sheet and fills give equal bytes.
        """
        own = "".join(_line(name, filled(pieces, fills)) for name, pieces in self._own_headers.items())
        head = (first + own).encode("ascii")
        text = self._text.encoded(fills)
        if self._html is None:
            return b"".join((head, self._head, text))
        return b"".join((head, self._head, text, self._between, self._html.encoded(fills), self._end))


def filled(pieces: Pieces, fills: Fills) -> str:
    """The words with each place filled."""
    words = list(pieces)
    for number in range(1, len(words), 2):
        words[number] = fills.get(words[number], words[number])
    return "".join(words)


def _addressed(sender: str, sender_name: str, subject: str) -> str:
    """From and Subject as lines. Raises ``ValueError`` when a name or subject is no line of text."""
    name = encoded(sender_name, before=len("From: "))
    last = name.rpartition("\r\n")[2]
    fold = "\r\n" if len(last) + len(sender) > 60 else ""
    author = f"{name}{fold} <{sender}>" if name else sender
    return f"From: {author}\r\nSubject: {encoded(subject, before=len('Subject: '))}\r\n"


def _wire(pieces: Pieces) -> Pieces:
    """With the line ends of the wire, the last one too."""
    wire = tuple(_ENDS.sub("\r\n", piece) for piece in pieces)
    return wire if not wire or wire[-1].endswith("\n") else (*wire[:-1], wire[-1] + "\r\n")


def _line(name: str, value: str) -> str:
    """One header, folded before a space where a line would pass 78 characters."""
    longest = max(map(len, value.split(" ")))
    if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value) or longest + len(name) + 2 > LINE:
        raise ValueError(f"the header {name} cannot go out as it stands")
    lines = [f"{name}:"]
    for word in value.split(" "):
        if len(lines[-1]) + 1 + len(word) > 78 and lines[-1] != f"{name}:":
            lines.append("")
        lines[-1] += f" {word}"
    return "\r\n".join(lines) + "\r\n"
