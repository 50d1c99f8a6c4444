"""One mail to one address, as a value and as the bytes that travel. Every way out sends these bytes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from jobboard.base.clock import in_japan
from jobboard.base.encoded import encoded

LINE = 998
"""Octets in a line, without its end (RFC 5322, 2.1.1)."""

_ATOM = r"[!#-'*+\-/-9=?A-Z^-~]+"
_ADDRESS = re.compile(rf"(?=.{{1,64}}@){_ATOM}(?:\.{_ATOM})*@[A-Za-z0-9](?:[A-Za-z0-9.-]{{0,251}}[A-Za-z0-9])?")
_NAME = re.compile(r"[A-Za-z0-9-]{1,60}")
_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
_MESSAGE_ID = re.compile(r"[A-Za-z0-9.=_-]+@[A-Za-z0-9.-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """``recipient`` is one bare ASCII address, so a mail to several cannot be written down.

    ``message_id`` has no brackets. ``headers`` are ASCII and go out as they stand, folded only at spaces:
    ``EmailMessage`` would encode a long List-Unsubscribe and break one-click (RFC 8058). Raises ``ValueError`` for
    anything that could start another header line.
    """

    message_id: str
    sender: str
    recipient: str
    envelope_sender: str
    subject: str
    text: str
    date: datetime
    html: str = ""
    sender_name: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for address in (self.sender, self.recipient, self.envelope_sender):
            if not _ADDRESS.fullmatch(address):
                raise ValueError("a letter needs bare mail addresses, one each")
        if not _MESSAGE_ID.fullmatch(self.message_id):
            raise ValueError("a Message-ID is left@right, without brackets")
        addressed(self.sender, self.sender_name, self.recipient, self.subject)
        for name, value in self.headers.items():
            longest = max(map(len, value.split(" ")), default=0)
            if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value) or longest + len(name) + 2 > LINE:
                raise ValueError(f"the header {name} cannot go out as it stands")

    def as_bytes(self) -> bytes:
        """The message with CRLF line ends, bodies in base64: no line is near 998 octets, no octet above 127."""
        message = EmailMessage(policy=SMTP)
        message.set_content(self.text, cte="base64")
        if self.html:
            message.add_alternative(self.html, subtype="html", cte="base64")
        raw = {"Message-ID": f"<{self.message_id}>", "Date": format_datetime(in_japan(self.date)), **self.headers}
        head = addressed(self.sender, self.sender_name, self.recipient, self.subject)
        return (head + "".join(_line(name, value) for name, value in raw.items())).encode("ascii") + message.as_bytes()


def addressed(sender: str, sender_name: str, recipient: str, subject: str) -> str:
    """From, To and Subject as lines. Raises ``ValueError`` when a name or subject is no line of text."""
    name = encoded(sender_name, before=len("From: "))
    last = name.rpartition("\r\n")[2]
    fold = "\r\n" if len(last) + len(sender) > 60 else ""
    author = f"{name}{fold} <{sender}>" if name else sender
    return f"From: {author}\r\nTo: {recipient}\r\nSubject: {encoded(subject, before=len('Subject: '))}\r\n"


def _line(name: str, value: str) -> str:
    """One header, folded before a space where a line would pass 78 characters."""
    lines = [f"{name}:"]
    for word in value.split(" "):
        if len(lines[-1]) + 1 + len(word) > 78 and lines[-1] != f"{name}:":
            lines.append("")
        lines[-1] += f" {word}"
    return "\r\n".join(lines) + "\r\n"
