"""Pages that are the same for everybody: kept by caches and by ourselves, answered with 304 before anything is rendered.

What such a page shows is a function of its address, the board's version, the date in Japan, the next instant at which a
posting opens or closes or an announcement appears or is over, the programs and the settings: so that is its ETag (decisions.md, Anonymous pages).
"""

import hashlib
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from flask import Flask, Response, current_app, g, make_response, request
from flask.typing import ResponseReturnValue
from flask_compress import Compress
from sqlalchemy.engine import Engine

from jobboard import places
from jobboard.base.clock import end_of, japan_date, present
from jobboard.config import Config
from jobboard.database import db
from jobboard.web import kept, office_words, shelf
from jobboard.web.security import PUBLIC_PAGES
from jobboard.web.transaction import now

YEAR = 31_536_000
_CACHED = PUBLIC_PAGES - {"health"}
_KEPT = _CACHED - {"api"}
"""The answers of the API bear a limit that is each client's own."""

_COMPRESSED = (
    "text/html", "text/csv", "text/css", "text/javascript", "text/calendar", "image/svg+xml", "application/rss+xml",
    "application/atom+xml", "application/feed+json", "application/json", "application/problem+json", "application/xml",
)  # fmt: skip

compress = Compress()


def init(app: Flask, config: Config) -> None:
    """Adds conditional answers and compression; only anonymous pages and static files are compressed (BREACH)."""
    app.config.update(
        COMPRESS_REGISTER=False,
        COMPRESS_MIMETYPES=list(_COMPRESSED),
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_ALGORITHM_STREAMING=["br"],
    )
    compress.init_app(app)
    app.extensions["build"] = build(config)
    app.before_request(answer_unchanged)
    app.after_request(add_freshness)
    app.wsgi_app = kept.KeptAnswers(  # type: ignore[method-assign]
        app.wsgi_app, lambda: _engine(app), lambda: (app.config.get("CLOCK") or present)(), config.cache_url
    )


def _engine(app: Flask) -> Engine:
    with app.app_context():
        return db.engine


def build(config: Config) -> str:
    """A digest of the programs, templates, styles and those settings that pages show."""
    shown = (config.base_url, config.site_name, config.demo, config.office, config.contact, config.mail_postal_address)
    return hashlib.sha256(repr((_files(), shown)).encode()).hexdigest()


@cache
def _files() -> str:
    digest = hashlib.sha256()
    for folder in (Path(__file__).parents[1], places.templates_folder(), places.static_folder()):
        for file in sorted(folder.rglob("*")):
            if file.suffix in (".py", ".html", ".css", ".js", ".svg", ".json"):
                digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()


def answer_unchanged() -> ResponseReturnValue | None:
    """304 when the reader has this very state of the page; otherwise remembers the state for ``add_freshness``."""
    if request.blueprint not in _CACHED or request.method not in ("GET", "HEAD"):
        return None
    turns_at = office_words.turns_at(shelf.catalogue().turns_at(now()))
    g.page_state = (_etag(turns_at), min(filter(None, (turns_at, end_of(japan_date(now()))))))
    known = request.headers.get("If-None-Match")
    if known and kept.is_known(g.page_state[0], known):
        return make_response("", 304)
    return None


def _etag(turns_at: datetime | None) -> str:
    state = (
        request.full_path,
        shelf.board_version(),
        japan_date(now()).isoformat(),
        turns_at.isoformat() if turns_at else "",
        current_app.extensions["build"],
    )
    return hashlib.sha256(repr(state).encode()).hexdigest()[:32]


def add_freshness(response: Response) -> Response:
    """Cache headers for what ``answer_unchanged`` looked at, and compression for anonymous pages and static files."""
    if "page_state" in g and response.status_code in (200, 304):
        etag, until = g.page_state
        response.headers["Cache-Control"] = kept.freshness(until, now())
        response.set_etag(etag, weak=True)
        if request.blueprint in _KEPT and not response.is_streamed:
            request.environ[kept.MARK] = (shelf.board_version(), until)
    elif request.endpoint == "static" and request.args.get("v"):
        response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    if request.endpoint == "static":
        request.environ[kept.MARK] = (None, datetime.max.replace(tzinfo=UTC))
        response.direct_passthrough = False
        response.make_sequence()  # or compressing would leave the file open
    if request.blueprint in _CACHED or request.endpoint == "static":
        return compress.after_request(response)
    return response
