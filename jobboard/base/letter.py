"""One mail to one address, as a value and as the bytes that travel. Every way out sends these bytes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache

from jobboard.base.clock import in_japan
from jobboard.base.errors import MailRefused
from jobboard.base.patched import Fills
from jobboard.base.sheet import LINE, Sheet, filled

__all__ = ["LINE", "WRITTEN", "Answer", "Letter"]

WRITTEN = "ファイルに書き出しました"
"""What the folder mailer answers: no server has taken the mail."""

_ATOM = r"[!#-'*+\-/-9=?A-Z^-~]+"
_ADDRESS = re.compile(rf"(?=.{{1,64}}@){_ATOM}(?:\.{_ATOM})*@[A-Za-z0-9](?:[A-Za-z0-9.-]{{0,251}}[A-Za-z0-9])?")
_MESSAGE_ID = re.compile(r"[A-Za-z0-9.=_-]+@[A-Za-z0-9.-]+")
_FILL = re.compile(r"[!-~]+")


class Letter:
    """``recipient`` is one bare ASCII address, so a mail to several cannot be written down. ``message_id`` has no brackets.

    ``Letter(…)`` is a letter of its own, ``Letter.on`` one reader's copy of a sheet that others share. Both raise ``ValueError``
    for anything that could start another header line, or lengthen a command.
    """

    __slots__ = ("date", "envelope_sender", "fills", "message_id", "recipient", "sheet")

    def __init__(
        self,
        *,
        message_id: str,
        sender: str,
        recipient: str,
        envelope_sender: str,
        subject: str,
        text: str,
        date: datetime,
        html: str = "",
        sender_name: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        sheet = Sheet(
            mark=message_id.partition("@")[0][:60],
            sender=sender,
            sender_name=sender_name,
            subject=subject,
            text=(text,),
            html=(html,) if html else (),
            headers={name: (value,) for name, value in (headers or {}).items()},
        )
        self._address(sheet, message_id, recipient, envelope_sender, date, {})

    @classmethod
    def on(
        cls, sheet: Sheet, *, message_id: str, recipient: str, envelope_sender: str, date: datetime, fills: Fills
    ) -> "Letter":
        """A copy. ``fills``: what is this reader's own, one word each."""
        letter = cls.__new__(cls)
        letter._address(sheet, message_id, recipient, envelope_sender, date, fills)
        return letter

    def _address(
        self, sheet: Sheet, message_id: str, recipient: str, envelope_sender: str, date: datetime, fills: Fills
    ) -> None:
        for address in (sheet.sender, recipient, envelope_sender):
            if not _ADDRESS.fullmatch(address):
                raise ValueError("a letter needs bare mail addresses, one each")
        if not _MESSAGE_ID.fullmatch(message_id):
            raise ValueError("a Message-ID is left@right, without brackets")
        if not all(map(_FILL.fullmatch, fills.values())):
            raise ValueError("what fills a place is one word")
        self.sheet, self.message_id, self.date, self.fills = sheet, message_id, date, fills
        self.recipient, self.envelope_sender = recipient, envelope_sender

    @property
    def sender(self) -> str:
        return self.sheet.sender

    @property
    def sender_name(self) -> str:
        return self.sheet.sender_name

    @property
    def subject(self) -> str:
        return self.sheet.subject

    @property
    def text(self) -> str:
        return filled(self.sheet.text, self.fills)

    @property
    def html(self) -> str:
        return filled(self.sheet.html, self.fills)

    @property
    def headers(self) -> dict[str, str]:
        return {name: filled(pieces, self.fills) for name, pieces in self.sheet.headers.items()}

    def as_bytes(self) -> bytes:
        """The message as it travels. Raises ``ValueError`` when a header cannot go out as it stands."""
        first = f"Message-ID: <{self.message_id}>\r\nDate: {_date(self.date)}\r\nTo: {self.recipient}\r\n"
        return self.sheet.content(first, self.fills)


@lru_cache(maxsize=64)
def _date(instant: datetime) -> str:
    return format_datetime(in_japan(instant))


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a letter: taken over for good, or ``refused``. ``words``: the server's, one line without addresses."""

    message_id: str
    refused: MailRefused | None
    words: str
