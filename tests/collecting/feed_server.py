"""A small web server that answers as municipal sites do, well and badly: each path is a served page, of bytes or of behaviour."""

import contextlib
import gzip
import itertools
import socket
import threading
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Behaviour = Callable[["Handler"], None]


@dataclass(frozen=True)
class Page:
    """What is served at a path. ``behave`` answers in its own way instead."""

    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/xml"),)
    status: int = 200
    behave: Behaviour | None = None


@dataclass
class Sites:
    """The server's pages by path, and what was asked of it: ``asked`` counts by host and path, ``most`` is how many feeds of one
    host were answered at the same time; ``times``: at which ``moment``, which tests move, each host was asked for a feed."""

    pages: dict[str, Page]
    port: int = 0
    asked: Counter[tuple[str, str]] = field(default_factory=Counter)
    agents: set[str] = field(default_factory=set)
    conditions: dict[str, dict[str, str]] = field(default_factory=dict)
    at_once: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    most: int = 0
    ended: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    default: Page | None = None
    moment: int = 0
    times: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def url(self, path: str, host: str = "www.city.example.jp") -> str:
        return f"http://{host}:{self.port}{path}"

    def fetched(self, path: str) -> int:
        return sum(count for (_, asked), count in self.asked.items() if asked == path)


class Handler(BaseHTTPRequestHandler):
    """HTTP/1.0 without anything of our own service in it."""

    sites: Sites

    def do_GET(self) -> None:
        host, path = self.headers.get("Host", ""), self.path
        sites = self.sites
        with sites.lock:
            sites.asked[host, path] += 1
            sites.agents.add(self.headers.get("User-Agent", ""))
            sites.conditions[path] = {name: value for name, value in self.headers.items() if name.startswith("If-")}
        if path == "/robots.txt":
            self.answer(self.page(host.partition(":")[0], path))
            return
        with sites.lock:
            sites.times[host].append(sites.moment)
            sites.at_once[host] += 1
            sites.most = max(sites.most, sites.at_once[host])
        try:
            self.answer(self.page(host.partition(":")[0], path))
        finally:
            with sites.lock:
                sites.at_once[host] -= 1

    def page(self, host: str, path: str) -> Page:
        if path == "/robots.txt":
            return self.sites.pages.get(f"//{host}/robots.txt", Page(status=404))
        return self.sites.pages.get(path) or self.sites.default or Page(status=404)

    def answer(self, page: Page) -> None:
        if page.behave is not None:
            with contextlib.suppress(OSError):
                page.behave(self)
            return
        etag = dict(page.headers).get("ETag")
        if etag is not None and self.headers.get("If-None-Match") == etag:
            self.send(304, page.headers, b"")
        else:
            self.send(page.status, page.headers, page.body)

    def send(self, status: int, headers: Iterable[tuple[str, str]], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        pass


@contextmanager
def serving(pages: dict[str, Page], tls: Any = None, default: Page | None = None) -> Iterator[Sites]:
    """Serves the pages on a free port of 127.0.0.1 until the end of the block."""
    sites = Sites(pages, default=default)

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, *request: object) -> None:
            pass  # the reader hung up, as it should

    server = Server(("127.0.0.1", 0), type("SitesHandler", (Handler,), {"sites": sites}))
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    sites.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield sites
    finally:
        sites.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()


def redirect(to: str | Callable[[Sites], str], status: int = 302) -> Page:
    def behave(handler: Handler) -> None:
        location = to if isinstance(to, str) else to(handler.sites)
        handler.send(status, [("Location", location)], b"")

    return Page(behave=behave)


def drip(begin: bytes, piece: bytes) -> Page:
    """A slow-loris: what it begins with, then a piece ten times a second until the reader hangs up."""

    def behave(handler: Handler) -> None:
        handler.connection.sendall(begin)
        while not handler.sites.ended.wait(0.1):
            handler.connection.sendall(piece)

    return Page(behave=behave)


def silent(handler: Handler) -> None:
    """Takes the request and never answers."""
    handler.connection.settimeout(30)
    with contextlib.suppress(OSError):
        while not handler.sites.ended.is_set() and handler.connection.recv(100):
            pass


def raw(answer: bytes) -> Page:
    return Page(behave=lambda handler: handler.connection.sendall(answer))


def endless(head: bytes, piece: bytes) -> Page:
    """As fast as the reader takes it, without an end."""

    def behave(handler: Handler) -> None:
        handler.connection.sendall(head)
        while not handler.sites.ended.is_set():
            handler.connection.sendall(piece)

    return Page(behave=behave)


def zeros(megabytes: int) -> Page:
    """So many megabytes of zeros in gzip, from one compressed megabyte that is repeated."""

    def behave(handler: Handler) -> None:
        packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        block = packer.compress(bytes(1_000_000)) + packer.flush(zlib.Z_FULL_FLUSH)
        head = gzip.compress(b"")[:10]
        handler.connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: text/xml\r\nContent-Encoding: gzip\r\n\r\n" + head)
        for _ in itertools.repeat(None, megabytes):
            handler.connection.sendall(block)

    return Page(behave=behave)


def chunked(body: bytes) -> Page:
    """In chunks of a hundred bytes (RFC 9112 section 7.1)."""
    pieces = [body[at : at + 100] for at in range(0, len(body), 100)]
    framed = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    return raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n" + framed)


def resolver(port: int) -> Callable[[str, int], list[str]]:
    """Names of the tests: everything under example.jp is this server, some names are what an attacker would make of them."""
    named = {
        "both.example.jp": ["8.8.8.8", "10.0.0.5"], "inside.example.jp": ["192.168.1.10"], "metadata.example.jp": ["169.254.169.254"],
        "mapped.example.jp": ["::ffff:127.0.0.1"], "nat64.example.jp": ["64:ff9b::7f00:1"], "six.example.jp": ["fe80::1"],
    }  # fmt: skip

    def resolve(host: str, wanted: int) -> list[str]:
        if host in named:
            return named[host]
        if host == "nowhere.example.jp":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return ["127.0.0.1"] if host.endswith(".example.jp") else [host.strip("[]")]

    return resolve
