"""The address of a web page or feed as a person writes it: what is wrong with it, told without asking anybody, and when two are one.

What is refused here is what the door (jobboard/fetcher) would never connect to; it looks again at every hop, with the addresses of
the name.
"""

import re
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, quote, unquote, urlsplit

from jobboard.base.item_links import ascii_host
from jobboard.base.public_addresses import is_public

LONGEST = 500
PORTS = {"https": 443, "http": 80}
"""The one port that is connected to. Tests alone put another."""

BEGIN = "市区町村のサイトのページか、フィードのURLを、https:// から書いてください。"
UNREADABLE = "URLの形になっていません。ブラウザーのアドレス欄から写してください(例: https://www.city.aoba.example.jp/news.rss)。"
_LOCAL = ("localhost", "localdomain", "local", "internal", "intranet", "lan", "home.arpa", "onion", "invalid")
"""Names that mean no server of the public internet (RFC 6761, 6762, 7686, 8375, 9476), and what offices use for theirs."""

_NAME = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9_-]{1,63}")
_ESCAPED = re.compile(r"%([0-9A-Fa-f]{2})")


def fault(url: str) -> str:
    """What is wrong with the address, as a sentence that says what to do; empty for one that may be asked, by http too."""
    if not url.lower().startswith(("https://", "http://")):
        return BEGIN
    if len(url) > LONGEST:
        return f"URLが長すぎます({len(url):,}字)。{LONGEST}字までのURLを書いてください。"
    if any(one.isspace() for one in url):
        return "URLの中に空白があります。空白を除いてください。"
    try:
        parts = urlsplit(url)
        name = parts.hostname or ""
    except ValueError:
        return UNREADABLE
    if "@" in parts.netloc:
        return "利用者名やパスワードの付いたURLは使えません。「@」と、その前を除いてください。"
    if not name:
        return f"{parts.scheme}:// の後に、サイトの名前がありません(例: {parts.scheme}://www.city.aoba.example.jp/)。"
    return _of_port(parts) or _of_host(name)


def readable(url: str) -> str:
    """The address with the name of its host in letters that people read, for one that has no fault."""
    parts = urlsplit(url)
    return parts._replace(netloc=unquote(parts.netloc)).geturl() if "%" in parts.netloc else url


def canonical(url: str) -> str:
    """The form in which two addresses without a fault are compared, whatever their scheme: host in ASCII, usual port, no fragment, each
    character written in one way and the path without dots (RFC 3986 section 6.2.2)."""
    parts = urlsplit(url)
    host = resolved_name(parts.hostname or "")
    whole = _literal(host)
    query = f"?{_spelled(parts.query)}" if parts.query else ""
    return f"{whole or host}{_without_dots(_spelled(parts.path))}{query}"


def resolved_name(name: str) -> str:
    """The name of a host as the resolver is asked for it, empty for one that cannot be."""
    try:
        return ascii_host(name).removesuffix(".")
    except ValueError:
        return ""


def _of_port(parts: SplitResult) -> str:
    typed = parts.netloc.rpartition("]")[2].rpartition(":")
    try:
        port = parts.port
    except ValueError:
        return f"「:{typed[2][:20]}」というポートはありません。「:」と番号を除いてください。"
    if port not in (None, PORTS[parts.scheme]):
        return f"ポート {port} には接続しません。「:{port}」を除いてください。"
    return ""


def _of_host(name: str) -> str:
    host = resolved_name(name)
    address = _literal(host)
    if address is not None:
        return "" if is_public(str(address)) else _inside(name)
    if host in _LOCAL or host.endswith(tuple(f".{one}" for one in _LOCAL)):
        return _inside(name)
    last = host.rpartition(".")[2]
    return UNREADABLE if not _NAME.fullmatch(host) or len(host) > 253 or last.isdecimal() or last.startswith("0x") else ""


def _inside(name: str) -> str:
    return f"「{name[:45]}」は、インターネットに公開されたサイトではないので、接続しません。市区町村のサイトのURLを書いてください。"


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    """The address that a host is in itself: 127.0.0.1 is 2130706433, 0x7f.1 and 0177.0.0.1 too, as the system reads them."""
    try:
        return ip_address(host)
    except ValueError:
        pass
    try:
        return ip_address(socket.inet_aton(host)) if host else None
    except (OSError, ValueError):
        return None


def _spelled(text: str) -> str:
    """Escapes in capitals, and none for what needs none."""

    def one(found: re.Match[str]) -> str:
        character = chr(int(found[1], 16))
        return character if character.isascii() and (character.isalnum() or character in "-._~") else found[0].upper()

    return _ESCAPED.sub(one, quote(text, safe="/%:@!$&'()*+,;=~-._?[]"))


def _without_dots(path: str) -> str:
    kept: list[str] = []
    steps = path.split("/")[1:]
    for step in steps:
        if step == "..":
            del kept[-1:]
        elif step != ".":
            kept.append(step)
    return "/" + "/".join(kept) + ("/" if kept and steps[-1] in (".", "..") else "")
