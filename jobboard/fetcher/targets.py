"""The address of a page, taken apart and checked: scheme, port, no name or password, a host as it goes to the resolver."""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

from jobboard.base.collecting import Fetched
from jobboard.base.fetching import NotFetched

LONGEST = 2000
PORTS = {"https": 443, "http": 80}
_KEPT = "/%:@!$&'()*+,;=~-._?[]"


@dataclass(frozen=True)
class Target:
    """``path`` with its query, as it stands in a request; ``host`` in ASCII."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> str:
        """Scheme, host and port: what one robots.txt speaks for (RFC 9309 section 2.3)."""
        return f"{self.scheme}://{self.netloc}"

    @property
    def netloc(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return self.origin + self.path


def target(url: str, *, plain_http: bool, ports: Collection[int] = ()) -> Target:
    """Raises ``NotFetched`` for an address that is not fetched, with the reason. ``ports``: allowed beside the usual ones."""
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").removesuffix(".")
        port = parts.port or PORTS.get(parts.scheme, 0)
        ascii_host = host if host.isascii() else host.encode("idna").decode("ascii")
    except (ValueError, UnicodeError):
        raise _refused("URLを読めません。") from None
    if parts.scheme not in PORTS or (parts.scheme == "http" and not plain_http):
        raise _refused(f"https ではないURLには接続しません: {parts.scheme[:20]}")
    if len(url) > LONGEST or not ascii_host or any(character in ascii_host for character in "\\%@/ "):
        raise _refused("URLを読めません。")
    if "@" in parts.netloc:
        raise _refused("利用者名やパスワードの付いたURLには接続しません。")
    if port != PORTS[parts.scheme] and port not in ports:
        raise _refused(f"接続しないポートです: {port}")
    path = quote(parts.path or "/", safe=_KEPT) + (f"?{quote(parts.query, safe=_KEPT)}" if parts.query else "")
    return Target(parts.scheme, ascii_host, port, path)


def onward(base: str, location: str) -> str:
    """Where a redirect leads. A header is Latin-1 by the book; sites send UTF-8 in it."""
    with suppress(UnicodeError):
        location = location.encode("latin-1").decode("utf-8")
    try:
        return urljoin(base, location)
    except ValueError:
        raise _refused("転送先のURLを読めません。") from None


def _refused(words: str) -> NotFetched:
    return NotFetched(Fetched.ADDRESS, words)
