"""The doors that mail leaves by: SMTP, a folder of .eml files, or memory. They import base only, and are handed in.

One way in: ``send(letters)`` yields lists of answers, and nothing more leaves while the caller keeps them durably. Settings are
passed in as values.
"""

import ssl
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import Protocol

from jobboard.base.letter import Answer, Letter
from jobboard.mailer.folder import FolderMailer
from jobboard.mailer.memory import MemoryMailer
from jobboard.mailer.one_by_one import OneByOne
from jobboard.mailer.opening import Route
from jobboard.mailer.smtp import SmtpMailer, is_invented

__all__ = [
    "FolderMailer", "Letter", "Mailer", "MemoryMailer", "OneByOne", "Route", "SmtpMailer", "is_invented", "open_mailer",
]  # fmt: skip


class Mailer(Protocol):
    """A way out. ``longest``: seconds that the exchange of one letter can take at most."""

    longest: float

    def send(self, letters: Iterable[Letter], halted: Callable[[], bool] = ...) -> Generator[list[Answer]]:
        """What became of the letters, as it becomes known; until the caller asks for more, no further letter leaves.

        At most one letter in flight per connection is unanswered at any moment. ``halted()`` is asked before each letter
        leaves; once true none does any more, and letters taken from ``letters`` meanwhile get no answer.
        """
        ...

    def close(self) -> None: ...


def open_mailer(
    route: Route | None,
    folder: Path | None,
    *,
    connections: int = 1,
    demonstration: bool = False,
    tls: ssl.SSLContext | None = None,
) -> Mailer:
    """SMTP when there is a route, else the folder. ``demonstration`` makes SMTP refuse invented addresses for good."""
    if route is not None:
        return SmtpMailer(route, connections=connections, refuse_invented=demonstration, tls=tls)
    if folder is None:
        raise ValueError("neither a mail server nor a folder")
    return FolderMailer(folder)
