"""Feeds and data of any list: the same query, the same postings, four formats."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue

from jobboard.config import Config
from jobboard.database import db
from jobboard.domain import history, listing
from jobboard.domain.criteria import Criteria, Status
from jobboard.web import entries, feed_formats, filters, table
from jobboard.web.entries import Entry, FeedHead
from jobboard.web.shelf import catalogue
from jobboard.web.transaction import now

blueprint = Blueprint("feeds", __name__)

ENTRIES = 100
CSV_ROWS = 10_000
Writer = Callable[[FeedHead, Sequence[Entry]], bytes]


@blueprint.get("/postings.rss")
def rss() -> ResponseReturnValue:
    """RSS 2.0 of a list."""
    return _postings(feed_formats.rss, "application/rss+xml; charset=utf-8")


@blueprint.get("/postings.atom")
def atom() -> ResponseReturnValue:
    """Atom of a list."""
    return _postings(feed_formats.atom, "application/atom+xml; charset=utf-8")


@blueprint.get("/postings.json", endpoint="json")
def json_feed() -> ResponseReturnValue:
    """JSON Feed of a list."""
    return _postings(feed_formats.json_feed, "application/feed+json; charset=utf-8")


@blueprint.get("/postings.csv", endpoint="csv")
def csv_table() -> ResponseReturnValue:
    """All of a list as a table."""
    criteria = filters.read_criteria()
    found = listing.newest(db.session(), catalogue(), criteria, limit=CSV_ROWS, now=now())
    written = table.write(found, base_url=_config().base_url, sample=_config().demo, now=now())
    answer = Response(written, content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="postings.csv"'
    return answer


@blueprint.get("/changes.rss")
def changes_rss() -> ResponseReturnValue:
    """RSS 2.0 of what happened."""
    return _changes(feed_formats.rss, "application/rss+xml; charset=utf-8")


@blueprint.get("/changes.atom")
def changes_atom() -> ResponseReturnValue:
    """Atom of what happened."""
    return _changes(feed_formats.atom, "application/atom+xml; charset=utf-8")


@blueprint.get("/changes.json")
def changes_json() -> ResponseReturnValue:
    """JSON Feed of what happened."""
    return _changes(feed_formats.json_feed, "application/feed+json; charset=utf-8")


def _config() -> Config:
    config: Config = current_app.config["BOARD"]
    return config


def _postings(write: Writer, content_type: str) -> Response:
    criteria, config = filters.read_criteria(), _config()
    found = listing.newest(db.session(), catalogue(), criteria, limit=ENTRIES, now=now())
    changed = history.last_changes(db.session(), found)
    shown = [
        entries.posting_entry(
            posting, changed.get(posting.id, ()), base_url=config.base_url, sample=config.demo, now=now()
        )
        for posting in found
    ]
    return _answer(write, content_type, "募集", "/postings", criteria, shown)


def _changes(write: Writer, content_type: str) -> Response:
    criteria, config = filters.read_criteria(), _config()
    steps = history.happenings(db.session(), criteria, limit=ENTRIES, now=now())
    shown = [entries.change_entry(step, base_url=config.base_url, sample=config.demo, now=now()) for step in steps]
    return _answer(write, content_type, "更新情報", "/changes", replace(criteria, status=Status.OPEN), shown)


def _answer(
    write: Writer, content_type: str, word: str, home: str, criteria: Criteria, shown: Sequence[Entry]
) -> Response:
    config = _config()
    description = criteria.describe(listing.names(db.session(), criteria.municipality))
    sample = entries.SAMPLE if config.demo else ""
    head = entries.head(
        f"{sample}{config.site_name} {word}: {description}",
        f"「{description}」の{word}。応募・選考は各市区町村が直接行います。",
        config.base_url + filters.with_query(home, criteria),
        config.base_url + filters.with_query(request.path, criteria),
        shown,
        now(),
    )
    return Response(write(head, shown), content_type=content_type)
