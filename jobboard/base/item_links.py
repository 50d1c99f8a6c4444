"""The link of a feed's item: whole and in ASCII as it is kept, and the form in which two of them are compared."""

import re
from functools import lru_cache
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

from jobboard.base.text import visible

LONGEST_LINK = 2000
LONGEST_NAME, LONGEST_LABEL = 253, 63

_KEPT = "/%:@!$&'()*+,;=~-._?#[]"
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ESCAPED = re.compile(r"%[0-9A-Fa-f]{2}")
_OF_A_VISIT = re.compile(
    r"utm_\w+|fbclid|gclid|yclid|msclkid|_ga|_gl|mc_[ce]id|rss|from_rss"
    r"|php_?sess_?id|jsessionid|aspsessionid\w*|session_?id|cfid|cftoken",
    re.IGNORECASE,
)
"""What counts visitors, and what names one visit."""

_SESSION_IN_PATH = re.compile(r";jsessionid=[^/;]*|/\([A-Z]\([\w-]{8,60}\)\)", re.IGNORECASE)
"""Of Java's servers and of ASP.NET without cookies."""


def absolute(link: str, base: str) -> str:
    """The whole link to a web page, its name in punycode (RFC 3490), the rest escaped; empty where there is none."""
    bare = unbroken(visible(link))
    if not bare:
        return ""
    try:
        parts = urlsplit(urljoin(base, bare))
        host = ascii_host(parts.hostname or "")
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
        return ""
    netloc = (f"[{host}]" if ":" in host else host) + (f":{port}" if port is not None else "")
    rest = urlunsplit(("", "", parts.path, parts.query, parts.fragment))
    whole = f"{parts.scheme}://{netloc}{quote(_STRAY_PERCENT.sub('%25', rest), safe=_KEPT)}"
    return whole if len(whole) <= LONGEST_LINK else ""


def unbroken(link: str) -> str:
    """Without the blanks around it and those by which a long line was broken; a blank of its own stays."""
    return "".join(part.strip() for part in re.split("[\t\n]", link))


def ascii_host(host: str) -> str:
    """The name as it goes to the resolver; raises ``ValueError`` for what is none (RFC 1035 section 2.3.4)."""
    name = unquote(host)
    if len(name) > LONGEST_NAME or max(map(len, name.split("."))) > LONGEST_LABEL:
        raise ValueError
    return (name if name.isascii() else name.encode("idna").decode("ascii")).lower()


@lru_cache(64)
def canonical(link: str) -> str:
    """The link as it is compared: without scheme, ``www.``, port, fragment, last slash, and what names a visit or a visitor."""
    parts = urlsplit(link)
    try:
        host = ascii_host(parts.hostname or "")
    except ValueError:
        host = parts.hostname or ""
    host = host.removesuffix(".").removeprefix("www.")
    port = "" if parts.port in (None, 80, 443) else f":{parts.port}"
    kept = "&".join(pair for pair in parts.query.split("&") if pair and not _OF_A_VISIT.fullmatch(pair.partition("=")[0]))
    path, query = map(_escaped, (_SESSION_IN_PATH.sub("", parts.path).rstrip("/"), kept))
    return urlunsplit(("", host + port, path, query, ""))


def _escaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: found[0].upper(), quote(text, safe=_KEPT))
