"""What goes between the door that fetches and those who ask it: an answer, or why there is none."""

from collections.abc import Callable
from dataclasses import dataclass

from jobboard.base.collecting import Fetched

NOT_MODIFIED = 304

AGENT = "jobboard"
"""The name that a robots.txt may call us by."""


def user_agent(contact: str) -> str:
    """What we call ourselves in every request. ``contact``: who we are and where we are reached; only ASCII can be sent."""
    return f"{AGENT}/1.0 (+{''.join(character for character in contact if character.isascii() and character.isprintable())})"


@dataclass(frozen=True)
class Answer:
    """``url`` is where it came from at last, after redirects; ``body`` is decompressed and empty when not modified."""

    url: str
    status: int
    body: bytes = b""
    content_type: str = ""
    etag: str = ""
    last_modified: str = ""


@dataclass
class NotFetched(Exception):
    """Why a fetch, or the reading of what it brought, came to nothing; ``words`` is the one line that is recorded.

    ``wait``: seconds for which the server asks to be left alone (RFC 9110 section 10.2.3).
    """

    outcome: Fetched
    words: str
    status: int | None = None
    wait: int = 0


FetchPage = Callable[..., Answer]
"""``fetch(url, *, plain_http, etag, last_modified)``; raises ``NotFetched`` and nothing else."""
