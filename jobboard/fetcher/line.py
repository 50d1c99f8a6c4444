"""One request on one connection to a checked address, cut when its time is over, read up to a size, decompressed up to it too."""

import errno
import http.client
import socket
import ssl
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Timer
from time import monotonic

from jobboard.base.collecting import Fetched
from jobboard.base.fetching import NotFetched
from jobboard.fetcher.targets import Target

_UNREACHED = {
    errno.EHOSTUNREACH: "サーバーへの経路がありません。",
    errno.ENETUNREACH: "サーバーへの経路がありません。",
    errno.ECONNREFUSED: "サーバーが接続を受け付けません。",
}

PIECE = 16_384
_PLAIN = ("", "identity", "none", "utf-8", "utf8", "8bit", "binary")
"""What servers say of a body that is not compressed."""

_GZIP = b"\x1f\x8b"
_WINDOWS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


@dataclass(frozen=True)
class Limits:
    """Seconds and bytes. ``total`` holds for all of a fetch: names, robots.txt, every redirect and the last byte."""

    total: float = 30.0
    connect: float = 5.0
    read: float = 10.0
    size: int = 2_000_000
    redirects: int = 5


@dataclass(frozen=True)
class Response:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def header(self, name: str, longest: int = 300) -> str:
        value = self.headers.get(name) or ""
        return value if len(value) <= longest else ""


def ask(
    target: Target, addresses: Sequence[str], headers: dict[str, str], *,
    tls: ssl.SSLContext, limits: Limits, end: float, cut: bool = False,
) -> Response:  # fmt: skip
    """GET from the first of the addresses that answers; ``end`` on the monotonic clock. Raises ``NotFetched``.

    ``cut``: of a body that is larger than the limit its beginning is enough.
    """
    try:
        with _connected(target, addresses, tls, limits, end) as line:
            # A connection that has its socket connects to nothing itself, and knows no proxy.
            connection = http.client.HTTPConnection(target.host, target.port)
            connection.sock = line
            connection.request("GET", target.path, headers={"Host": target.netloc, **headers})
            response = connection.getresponse()
            body = b"".join(_unpacked(response, limits, end, cut)) if response.status == 200 else b""
            if monotonic() >= end:
                raise TimeoutError
            return Response(response.status, response.headers, body)
    except NotFetched:
        raise
    except ssl.SSLError:
        raise _slow_or(end, Fetched.UNREACHABLE, "暗号化した接続ができません(証明書を確かめられません)。") from None
    except TimeoutError:
        raise NotFetched(Fetched.SLOW, "答えが遅いので、待つのをやめました。") from None
    except (http.client.HTTPException, ValueError):
        raise _slow_or(end, Fetched.UNREACHABLE, "サーバーの答えが途中で切れたか、HTTPの形ではありません。") from None
    except OSError as error:
        raise _slow_or(end, Fetched.UNREACHABLE, _UNREACHED.get(error.errno or 0, "サーバーとの接続が切れました。")) from None


@contextmanager
def _connected(
    target: Target, addresses: Sequence[str], tls: ssl.SSLContext, limits: Limits, end: float
) -> Iterator[socket.socket]:
    raw = _opened(addresses, target.port, limits, end)
    # Timeouts of a socket hold for one read: a byte now and then would keep it for ever. At the end the line is cut for all of it.
    cut = raw.dup()
    timer = Timer(max(end - monotonic(), 0.001), _shut, [cut])
    timer.daemon = True
    timer.start()
    line = raw
    try:
        raw.settimeout(min(limits.read, max(end - monotonic(), 0.001)))
        if target.scheme == "https":
            line = tls.wrap_socket(raw, server_hostname=target.host)
        yield line
    finally:
        timer.cancel()
        line.close()
        raw.close()
        cut.close()


def _opened(addresses: Sequence[str], port: int, limits: Limits, end: float) -> socket.socket:
    failed: OSError = ConnectionError("no address")
    for address in addresses[:4]:
        left = end - monotonic()
        if left <= 0:
            raise TimeoutError
        try:
            return socket.create_connection((address, port), timeout=min(limits.connect, left))
        except OSError as error:
            failed = error
    raise failed


def _shut(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)


def _unpacked(response: http.client.HTTPResponse, limits: Limits, end: float, cut: bool) -> Iterator[bytes]:
    """The body's pieces, decompressed; ends, or raises, as soon as either side of the compression is over the size."""
    coding = (response.headers.get("Content-Encoding") or "").strip().lower()
    if coding not in _PLAIN and coding not in _WINDOWS:
        raise NotFetched(Fetched.REFUSED, f"頼んでいない圧縮で答えました: {coding[:20]}", response.status)
    unpack = _Unpacking(coding, limits.size, cut) if coding in _WINDOWS else None
    raw = made = 0
    while piece := response.read(PIECE):
        raw += len(piece)
        if raw > limits.size and not cut:
            raise too_large(limits.size)
        out = unpack.more(piece) if unpack else piece
        made += len(out)
        yield out
        if monotonic() >= end:
            raise TimeoutError
        if cut and max(raw, made) > limits.size:
            return
    if response.length:
        raise http.client.IncompleteRead(b"", response.length)


class _Unpacking:
    """gzip (RFC 1952), also of several members, and deflate with or without its frame (RFC 9110 section 8.4.1.2).

    What follows the compressed data and is none is left, as gzip leaves it.
    """

    def __init__(self, coding: str, size: int, cut: bool) -> None:
        self._window, self._left, self._size, self._cut = _WINDOWS[coding], size, size, cut
        self._stream = zlib.decompressobj(self._window)
        self._begun = self._ended = False
        self._held = b""

    def more(self, piece: bytes) -> bytes:
        made = []
        piece, self._held = self._held + piece, b""
        try:
            while piece and not self._ended:
                if self._stream.eof:
                    piece = self._next_member(piece.lstrip(b"\0"))
                if piece:
                    made.append(self._some(piece))
                    piece = self._stream.unused_data if self._stream.eof else b""
        except zlib.error:
            raise NotFetched(Fetched.BROKEN, "圧縮が壊れています。") from None
        return b"".join(made)

    def _next_member(self, piece: bytes) -> bytes:
        """The piece, if another member begins with it; a first byte alone is held until the second is there."""
        if self._window != _WINDOWS["gzip"] or piece[:2] != _GZIP[: len(piece)]:
            self._ended = bool(piece)
            return b""
        if len(piece) < len(_GZIP):
            self._held = piece
            return b""
        self._stream = zlib.decompressobj(self._window)
        return piece

    def _some(self, piece: bytes) -> bytes:
        try:
            out = self._stream.decompress(piece, max(self._left, 0) + 1)
        except zlib.error:
            if self._begun or self._window != zlib.MAX_WBITS:
                raise
            self._window = -zlib.MAX_WBITS
            self._stream = zlib.decompressobj(self._window)
            out = self._stream.decompress(piece, max(self._left, 0) + 1)
        self._begun = True
        self._left -= len(out)
        if self._left < 0 and not self._cut:
            raise too_large(self._size)
        return out


def too_large(size: int) -> NotFetched:
    return NotFetched(Fetched.LARGE, f"{size:,}バイトを超えたので、読むのをやめました。")


def _slow_or(end: float, outcome: Fetched, words: str) -> NotFetched:
    """What failed after the end failed because the line was cut."""
    return NotFetched(Fetched.SLOW, "時間内に読み終わりません。") if monotonic() >= end else NotFetched(outcome, words)
