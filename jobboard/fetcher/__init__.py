"""A door: one polite and guarded fetch of a page of the web. It imports base only and is passed in.

Every hop is checked anew: scheme, port, all addresses of the name, robots.txt. No cookie, no password, no proxy of the environment.
"""

import ssl
from collections.abc import Collection
from dataclasses import replace
from email.utils import parsedate_to_datetime
from threading import Lock
from time import monotonic
from typing import Any

from jobboard.base.clock import present
from jobboard.base.collecting import Fetched
from jobboard.base.fetching import AGENT, NOT_MODIFIED, Answer, FetchPage, NotFetched, user_agent
from jobboard.fetcher import addresses, robots
from jobboard.fetcher.line import Limits, Response, ask
from jobboard.fetcher.targets import Target, onward, target

__all__ = ["AGENT", "Fetcher", "Limits"]

ROBOTS_KEPT = 24 * 3600.0
"""Seconds a robots.txt is remembered at most (RFC 9309 section 2.4)."""

ROBOTS_MOST = 4_000
MOST_WAIT = 24 * 3600
"""Seconds for which a server is left alone at most because it asks for it."""

_REDIRECTS = (301, 302, 303, 307, 308)


class Fetcher:
    """``fetch`` may be called by several threads. ``contact``: who we are and where we are reached, told to every server.

    ``allowed`` are (address, port) outside the public internet, for tests alone: no setting leads here.
    """

    def __init__(
        self,
        contact: str,
        *,
        limits: Limits | None = None,
        resolve: addresses.Resolve = addresses.resolve,
        allowed: Collection[tuple[str, int]] = (),
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self._resolve, self._allowed = resolve, frozenset(allowed)
        self._tls = tls or ssl.create_default_context()
        self.user_agent = user_agent(contact)
        self._robots: dict[str, tuple[float, robots.Rules]] = {}
        self._lock = Lock()

    def within(self, seconds: float) -> FetchPage:
        """``fetch`` for one look at several pages, which together take no longer than this."""
        end = monotonic() + seconds

        def fetch(url: str, **asked: Any) -> Answer:
            return self.fetch(url, most=end - monotonic(), **asked)

        return fetch

    def fetch(
        self, url: str, *, plain_http: bool = False, etag: str = "", last_modified: str = "", most: float | None = None
    ) -> Answer:
        """The page at ``url``; with ``etag`` or ``last_modified`` only if it changed since. Raises ``NotFetched``.

        ``most``: seconds that are left for it, where that is less than the limit of one fetch.
        """
        left = self.limits.total if most is None else min(most, self.limits.total)
        if left <= 0:
            raise NotFetched(Fetched.SLOW, "時間内に読み終わりませんでした。")
        end = monotonic() + left
        conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        headers = {name: value for name, value in conditions.items() if value and _is_plain(value)}
        found, response = self._follow(url, headers, plain_http, end)
        if response.status == NOT_MODIFIED and headers:
            return Answer(found.url, NOT_MODIFIED, etag=etag, last_modified=last_modified)
        if response.status != 200:
            raise NotFetched(Fetched.REFUSED, f"サーバーが {response.status} と答えました。", response.status, _wait(response))
        return Answer(
            found.url, response.status, response.body, response.header("Content-Type"),
            response.header("ETag"), response.header("Last-Modified", 100),
        )  # fmt: skip

    def _follow(
        self, url: str, headers: dict[str, str], plain_http: bool, end: float, *, obey: bool = True
    ) -> tuple[Target, Response]:
        """The last hop and its response. ``obey``: robots.txt is asked before each hop."""
        for _ in range(self.limits.redirects + 1):
            hop = target(url, plain_http=plain_http, ports={port for _, port in self._allowed})
            if obey and not self._rules(hop, plain_http, end).allow(hop.path):
                raise NotFetched(Fetched.FORBIDDEN, f"robots.txt が {hop.path[:100]} を断っています。")
            response = self._ask(hop, headers, end, cut=not obey)
            location = response.header("Location", 4_000)
            if response.status not in _REDIRECTS or not location:
                return hop, response
            url = onward(hop.url, location)
        raise NotFetched(Fetched.REDIRECTS, f"転送が{self.limits.redirects}回を超えました。", response.status)

    def _ask(self, hop: Target, headers: dict[str, str], end: float, *, cut: bool) -> Response:
        """``cut``: it is a robots.txt, of which the beginning is enough."""
        left = min(self.limits.connect, end - monotonic())
        allowed = addresses.checked(hop.host, hop.port, self._resolve, self._allowed, left)
        sent = {
            "User-Agent": self.user_agent, "Accept": "application/rss+xml, application/atom+xml, application/rdf+xml, */*;q=0.5",
            "Accept-Encoding": "gzip, deflate", "Accept-Language": "ja", "Connection": "close", **headers,
        }  # fmt: skip
        limits = replace(self.limits, size=robots.LARGEST) if cut else self.limits
        return ask(hop, allowed, sent, tls=self._tls, limits=limits, end=end, cut=cut)

    def _rules(self, hop: Target, plain_http: bool, end: float) -> robots.Rules:
        """What the host's robots.txt says. None (4xx) allows all; a server in trouble (5xx) is left alone (RFC 9309 section 2.3.1)."""
        with self._lock:
            kept = self._robots.get(hop.origin)
        if kept is not None and monotonic() < kept[0]:
            return kept[1]
        try:
            _, response = self._follow(f"{hop.origin}/robots.txt", {}, plain_http, end, obey=False)
        except NotFetched as failed:
            if failed.outcome not in (Fetched.BROKEN, Fetched.REDIRECTS):
                raise
            rules = robots.Rules()  # nobody can obey what cannot be read; more than five redirects count as none (2.3.1.2)
        else:
            if response.status >= 500:
                raise NotFetched(Fetched.FORBIDDEN, f"robots.txt に {response.status} と答えました。", response.status, _wait(response))
            rules = robots.read(response.body, AGENT)
        with self._lock:
            if len(self._robots) >= ROBOTS_MOST:
                self._robots.clear()
            self._robots[hop.origin] = (monotonic() + ROBOTS_KEPT, rules)
        return rules


def _wait(response: Response) -> int:
    """Seconds that a server in trouble asks for, as a number or a date, a day at most; 0 where it asks for none."""
    asked = response.header("Retry-After", 100) if response.status in (429, 503) else ""
    if asked.isdecimal():
        return min(int(asked), MOST_WAIT)
    try:
        told = parsedate_to_datetime(response.header("Date", 100)) if response.header("Date", 100) else present()
        wait = parsedate_to_datetime(asked) - told
    except (ValueError, TypeError, OverflowError):
        return 0
    return min(max(round(wait.total_seconds()), 0), MOST_WAIT)


def _is_plain(value: str) -> bool:
    return value.isascii() and value.isprintable()
