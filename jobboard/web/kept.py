"""Whole answers of anonymous pages, kept compressed and given out before Flask is asked.

An answer may be given out again as long as the board's version is the one it was made at and no posting opened or closed, nor
a day in Japan began, since. A look at the version costs some ten microseconds, so the next request after a publication sees it.
"""

import pickle
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import structlog
from cachelib import BaseCache, RedisCache, SimpleCache
from redis.exceptions import RedisError
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.http import parse_etags

MARK = "jobboard.keep"
"""The key in the WSGI environment under which a view's answer says that it may be kept, as ``(version, until)``."""

VERSION = "jobboard.version"
"""The key under which the application is told the board's version that was just looked at; -1 when there was no answer."""

LARGEST = 1_000_000
"""Bytes of an answer; larger ones (a whole CSV) are made each time."""

MOST = 600
"""Answers kept in a process: some 12 MB."""

SHARED_SECONDS = 3_600
FRESH = timedelta(minutes=1)
"""So long a cache between us and the reader need not ask again; an amendment is seen everywhere after that."""

_QUERY_TOO_LONG = 2_000
_ENCODINGS = ("br", "gzip", "*", "")
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Kept:
    """One answer. ``version`` None: a file of this installation, which does not change while it runs."""

    version: int | None
    since: datetime
    until: datetime
    status: str
    headers: list[tuple[str, str]]
    body: bytes
    etag: str


class KeptAnswers:
    """A WSGI application around another. ``clock`` is asked once a request; ``engine`` gives connections to the board."""

    def __init__(
        self, app: WSGIApplication, engine: Callable[[], Engine], clock: Callable[[], datetime], shared: str = ""
    ) -> None:
        self.app, self.engine, self.clock = app, engine, clock
        self.own: BaseCache = SimpleCache(threshold=MOST, default_timeout=0)
        self.shared = RedisCache(_redis(shared), key_prefix="jobboard:", default_timeout=SHARED_SECONDS) if shared else None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        keys = _keys(environ)
        if not keys:
            return self.app(environ, start_response)
        now = self.clock()
        for key in keys:
            found = self._find(key)
            if found is None or not (key == keys[0] or is_known(found.etag, environ["HTTP_IF_NONE_MATCH"])):
                continue
            if found.version is not None and VERSION not in environ:
                environ[VERSION] = self._version()
            if found.since <= now < found.until and found.version in (None, environ.get(VERSION)):
                return _answer(found, environ, start_response, now)
        if VERSION not in environ:
            environ[VERSION] = self._version()
        return self._ask(keys[0], now, environ, start_response)

    def _ask(
        self, key: str, now: datetime, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        begun: list[tuple[str, list[tuple[str, str]]]] = []

        def noting(status: str, headers: list[tuple[str, str]], *rest: Any) -> Callable[[bytes], object]:
            begun.append((status, headers))
            return start_response(status, headers, *rest)

        answer = self.app(environ, noting)
        if MARK not in environ or environ["REQUEST_METHOD"] != "GET" or not begun or not begun[-1][0].startswith("200"):
            return answer
        try:
            body = b"".join(answer)
        finally:
            if hasattr(answer, "close"):
                answer.close()
        if len(body) <= LARGEST:
            version, until = environ[MARK]
            status, headers = begun[-1]
            etag = next((text for name, text in headers if name == "ETag"), "")
            self._keep(key, Kept(version, now, until, status, headers, body, etag))
        return [body]

    def _find(self, key: str) -> Kept | None:
        found: Kept | None = self.own.get(key)
        if found is None and self.shared is not None:
            try:
                found = self.shared.get(key)
            except (RedisError, pickle.UnpicklingError):
                log.warning("shared_cache_away")
        return found

    def _keep(self, key: str, one: Kept) -> None:
        self.own.set(key, one)
        if self.shared is not None and one.version is not None:
            try:
                self.shared.set(key, one)
            except RedisError:
                log.warning("shared_cache_away")

    def _version(self) -> int:
        """The board's version; -1, which none has, when the database does not answer: the application says it better."""
        engine = self.engine()
        try:
            with closing(engine.raw_connection()) as connection:
                cursor = connection.cursor()
                cursor.execute("SELECT version FROM board WHERE id = 1")
                row = cursor.fetchone()
                return int(row[0]) if row else -1
        except (SQLAlchemyError, engine.dialect.loaded_dbapi.Error):
            return -1


def _redis(url: str) -> Any:
    from redis import Redis  # a tenth of a second that only those pay who share a cache

    return Redis.from_url(url, socket_timeout=0.25, socket_connect_timeout=0.25)


def _keys(environ: WSGIEnvironment) -> list[str]:
    """What an anonymous answer depends on: host, address and encoding; empty for what is never kept.

    A reader who has a page already is answered from whatever encoding of it is kept: those keys follow.
    """
    if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or environ.get("SCRIPT_NAME"):
        return []  # under another root, which some servers take from a header, every address would be another
    query, accepted = environ.get("QUERY_STRING", ""), environ.get("HTTP_ACCEPT_ENCODING", "")
    if len(query) > _QUERY_TOO_LONG or ";" in accepted or "HTTP_RANGE" in environ:
        return []
    names = accepted.replace(" ", "").lower().split(",")
    own = next((name for name in _ENCODINGS if name in names), "")
    others = [name for name in _ENCODINGS if name != own] if "HTTP_IF_NONE_MATCH" in environ else []
    asked = (environ.get("HTTP_HOST", ""), environ.get("PATH_INFO", ""), query)
    return [repr((*asked, name)) for name in (own, *others)]


def _answer(kept: Kept, environ: WSGIEnvironment, start_response: StartResponse, now: datetime) -> Iterable[bytes]:
    headers = kept.headers
    if kept.version is not None:
        fresh = ("Cache-Control", freshness(kept.until, now))
        headers = [fresh if name == "Cache-Control" else (name, text) for name, text in headers]
    known = environ.get("HTTP_IF_NONE_MATCH")
    if known and kept.etag and is_known(kept.etag, known):
        start_response("304 NOT MODIFIED", [one for one in headers if one[0] not in ("Content-Length", "Content-Type")])
        return [b""]
    start_response(kept.status, headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [kept.body]


def is_known(etag: str, header: str) -> bool:
    """Whether If-None-Match names this state of the page, in whatever encoding (RFC 9110 §13.1.2, weak comparison)."""
    if header == etag:
        return True
    own, known = etag.removeprefix("W/").strip('"').partition(":")[0], parse_etags(header)
    return known.star_tag or any(tag.partition(":")[0] == own for tag in known.as_set(include_weak=True))


def freshness(until: datetime, now: datetime) -> str:
    """Cache-Control of a page that may change by itself at ``until``."""
    return f"public, max-age={max(0, int((min(until, now + FRESH) - now).total_seconds()))}"
