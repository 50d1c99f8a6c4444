"""From the text of one setting to its typed value. Each function raises Wrong, in two languages."""

import ipaddress
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_POSTGRESQL = {"postgres", "postgresql", "postgresql+psycopg"}
KEY_LENGTH = 32
LONGEST_LOCAL = 64 - len("+") - 32


class Wrong(ValueError):
    """A value cannot be used; says why in Japanese and in English, without repeating the value."""

    def __init__(self, reason: str, reason_en: str) -> None:
        self.reason, self.reason_en = reason, reason_en
        super().__init__(reason_en)


@dataclass(frozen=True)
class SmtpRoute:
    """How mail leaves: `smtp://` with STARTTLS demanded or off, or `smtps://`, TLS at once."""

    host: str
    port: int
    user: str | None
    password: str | None = field(repr=False)
    starttls: Literal["required", "off"]
    implicit_tls: bool
    timeout: float  # seconds, for connecting and for each answer


def address_to_bind(text: str) -> str:
    host, colon, port = text.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    if not colon or not bare or not port.isascii() or not port.isdigit() or not 1 <= int(port) <= 65535:
        raise Wrong("「ホスト:ポート」の形で書いてください", "write host:port")
    if ":" in bare and not host.startswith("["):
        raise Wrong("IPv6のアドレスは [ ] で囲んでください", "put an IPv6 address in brackets")
    return f"{host}:{int(port)}"


def base_url(text: str) -> str:
    """`scheme://host[:port]`, without a slash at the end. Plain http only for this very machine."""
    url = _split(text)
    if url.scheme not in {"http", "https"} or not url.hostname or url.username is not None:
        raise Wrong("https:// で始まるURLを書いてください", "write an address that starts with https://")
    if url.path not in {"", "/"} or url.query or url.fragment:
        raise Wrong("パスや?のないURLを書いてください", "write an address without a path or query")
    if url.scheme == "http" and not is_loopback(url.hostname):
        raise Wrong(
            "http:// はこの機械の中(127.0.0.1など)だけで使えます。https:// にしてください",
            "http:// is for loopback only; use https://",
        )
    return f"{url.scheme}://{url.netloc.lower()}"


def is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def database_url(text: str) -> str:
    """SQLite with an absolute file name, or PostgreSQL through psycopg."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        url = None
    if url is not None and url.drivername in _POSTGRESQL:
        if not url.database:
            raise Wrong("データベースの名前まで書いてください", "name the database too")
        return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    if url is not None and url.drivername == "sqlite":
        return _sqlite(url)
    raise Wrong(
        "sqlite:/// か postgresql:// で始まるURLを書いてください", "write an sqlite:/// or postgresql:// URL"
    )


def _sqlite(url: URL) -> str:
    if url.host:
        raise Wrong(
            "斜線を3つ(絶対パスは4つ)書いてください", "write three slashes, four before an absolute path"
        )
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise Wrong(
            "Webとワーカーが共に使うので、ファイル名を書いてください", "name a file: web and worker share it"
        )
    return sqlite_url(Path(url.database))


def sqlite_url(file: Path) -> str:
    return f"sqlite:///{file.absolute()}"


def queue_url(text: str) -> str:
    scheme = text.partition("://")[0]
    if scheme in {"redis", "rediss"}:
        if not _split(text).hostname:
            raise Wrong("Redisのホストを書いてください", "name the host of Redis")
        return text
    if scheme == "sqlite" or scheme in _POSTGRESQL:
        return database_url(text)
    raise Wrong(
        "sqlite:///、postgresql://、redis:// のどれかで始まるURLを書いてください",
        "write an sqlite:///, postgresql:// or redis:// URL",
    )


def cache_url(text: str) -> str:
    if _split(text).scheme not in {"redis", "rediss"} or not _split(text).hostname:
        raise Wrong("redis://ホスト:ポート/番号 の形で書いてください", "write redis://host:port/number")
    return text


def dns_label(text: str) -> str:
    """Labels of a DNS name, as a DKIM selector is (RFC 6376, 3.1)."""
    if not re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9-]{1,63}){0,3}", text):
        raise Wrong("半角の英字、数字、-、. だけで書いてください", "use ASCII letters, digits, - and . only")
    return text


def smtp_route(text: str) -> SmtpRoute:
    url = _split(text)
    if url.scheme not in {"smtp", "smtps"} or not url.hostname or url.path not in {"", "/"} or url.fragment:
        raise Wrong("smtp://ホスト:ポート の形で書いてください", "write smtp://host:port")
    options = dict(parse_qsl(url.query, keep_blank_values=True))
    implicit = url.scheme == "smtps"
    starttls = _starttls(options.pop("starttls", None), implicit)
    timeout = number(options.pop("timeout", "30"), 1, 300)
    if options:
        raise Wrong(
            "?のあとには starttls と timeout だけを書けます", "only starttls and timeout may follow the ?"
        )
    if url.username and starttls == "off" and not implicit and not is_loopback(url.hostname):
        raise Wrong(
            "暗号化なしでパスワードを送ることはできません。starttls=requiredにしてください",
            "a password is never sent without encryption; use starttls=required",
        )
    port = url.port or (465 if implicit else 587 if starttls == "required" else 25)
    user, password = (unquote(part) if part else None for part in (url.username, url.password))
    return SmtpRoute(url.hostname, port, user, password, starttls, implicit, float(timeout))


def _starttls(text: str | None, implicit: bool) -> Literal["required", "off"]:
    if implicit:
        if text is not None:
            raise Wrong("smtps:// では starttls を書かないでください", "smtps:// takes no starttls")
        return "off"
    if text in {None, "required"}:
        return "required"
    if text == "off":
        return "off"
    raise Wrong("starttls は required か off にしてください", "starttls is required or off")


def mail_address(text: str) -> str:
    if not _ADDRESS.fullmatch(text) or ".." in text:
        raise Wrong(
            "メールアドレスだけを書いてください(名前や< >はつけません)", "write one bare mail address"
        )
    return text


def returning_address(text: str) -> str:
    """An address that still is one with ``+`` and 32 digits before its @ (RFC 5321, 4.5.3.1.1: 64 octets at most)."""
    local = mail_address(text).rpartition("@")[0]
    if len(local) > LONGEST_LOCAL:
        raise Wrong(
            f"@の前は{LONGEST_LOCAL}文字までにしてください(メールごとに印を加えます)",
            f"the part before the @ may have {LONGEST_LOCAL} characters: each mail adds its mark",
        )
    return text


def contact(text: str) -> str:
    """A bare mail address, or an address of the web that begins with https:// (RFC 9116 §2.5.3 asks for it)."""
    if "@" in text and "/" not in text:
        return mail_address(text)
    url = _split(text)
    if url.scheme != "https" or not url.hostname or url.username is not None:
        raise Wrong(
            "メールアドレスか、https:// で始まるURLを書いてください", "write a mail address or an https:// address"
        )
    return text


def key(text: str) -> str:
    if len(text) < KEY_LENGTH:
        raise Wrong(
            f"{KEY_LENGTH}文字以上の、推測できない文字列にしてください",
            f"use a random text of {KEY_LENGTH} characters or more",
        )
    return text


def folder(text: str) -> Path:
    """An absolute path. SQLAlchemy would cut a database's URL at a question mark."""
    if "?" in text:
        raise Wrong("?を含まない名前にしてください", "use a name without a question mark")
    return Path(text).expanduser().absolute()


def line(text: str) -> str:
    """One line of text: it ends up in mail headers and titles."""
    if not text.isprintable():
        raise Wrong("改行などを含まない1行で書いてください", "write one line of printable text")
    return text


def flag(text: str) -> bool:
    if text not in {"0", "1"}:
        raise Wrong("1 か 0 にしてください", "write 1 or 0")
    return text == "1"


def number(text: str, least: int, most: int) -> int:
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise Wrong(
            f"{least}から{most}までの整数にしてください", f"write a whole number from {least} to {most}"
        )
    return int(text)


def log_format(text: str) -> Literal["text", "json"]:
    if text == "text":
        return "text"
    if text == "json":
        return "json"
    raise Wrong("text か json にしてください", "write text or json")


def _split(text: str) -> SplitResult:
    try:
        url = urlsplit(text)
        _ = url.port  # a port that is no number shows only here
    except ValueError:
        raise Wrong("URLとして読めません", "this is no URL") from None
    if not text.isprintable() or " " in text:
        raise Wrong("空白や改行のないURLを書いてください", "write a URL without blanks")
    return url
