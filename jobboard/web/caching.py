"""Pages that are the same for everybody: kept by caches, answered with 304 before anything is rendered, compressed.

What such a page shows is a function of its address, the board's version, the date in Japan, the next instant at which a
posting opens or closes, the programs and the settings: so that is its ETag (decisions.md, Anonymous pages).
"""

import hashlib
from datetime import datetime, timedelta
from pathlib import Path

from flask import Flask, Response, current_app, g, make_response, request
from flask.typing import ResponseReturnValue
from flask_compress import Compress

from jobboard import places
from jobboard.base.clock import end_of, japan_date
from jobboard.config import Config
from jobboard.database import db
from jobboard.domain import listing
from jobboard.web.security import PUBLIC_PAGES
from jobboard.web.transaction import now

FRESH = timedelta(minutes=1)
"""So long a cache need not ask again; an amendment is seen everywhere after that."""

_CACHED = PUBLIC_PAGES - {"health"}
_COMPRESSED = (
    "text/html", "text/csv", "text/css", "text/javascript", "image/svg+xml", "application/rss+xml", "application/atom+xml",
    "application/feed+json",
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


def build(config: Config) -> str:
    """A digest of the programs, templates, styles and those settings that pages show."""
    shown = (config.base_url, config.site_name, config.demo, config.office, config.contact, config.mail_postal_address)
    digest = hashlib.sha256(repr(shown).encode())
    for folder in (Path(__file__).parents[1], places.templates_folder(), places.static_folder()):
        for file in sorted(folder.rglob("*")):
            if file.suffix in (".py", ".html", ".css", ".js", ".svg", ".json"):
                digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()


def answer_unchanged() -> ResponseReturnValue | None:
    """304 when the reader has this very state of the page; otherwise remembers the state for ``add_freshness``."""
    if request.blueprint not in _CACHED or request.method not in ("GET", "HEAD"):
        return None
    turns_at = listing.next_closing(db.session(), now())
    g.page_state = (_etag(turns_at), _max_age(turns_at))
    known = {tag.partition(":")[0] for tag in request.if_none_match.as_set(include_weak=True)}
    if g.page_state[0] in known:
        return make_response("", 304)
    return None


def _etag(turns_at: datetime | None) -> str:
    state = (
        request.full_path,
        listing.board_version(db.session()),
        japan_date(now()).isoformat(),
        turns_at.isoformat() if turns_at else "",
        current_app.extensions["build"],
    )
    return hashlib.sha256(repr(state).encode()).hexdigest()[:32]


def _max_age(turns_at: datetime | None) -> int:
    """Seconds until something on the page may change by itself, one minute at most."""
    ends = min(instant for instant in (turns_at, end_of(japan_date(now())), now() + FRESH) if instant is not None)
    return max(0, int((ends - now()).total_seconds()))


def add_freshness(response: Response) -> Response:
    """Cache headers for what ``answer_unchanged`` looked at, and compression for anonymous pages and static files."""
    if "page_state" in g and response.status_code in (200, 304):
        etag, max_age = g.page_state
        response.headers["Cache-Control"] = f"public, max-age={max_age}"
        response.set_etag(etag, weak=True)
    if request.blueprint in _CACHED or request.endpoint == "static":
        return compress.after_request(response)
    return response
