"""Feeds of any list and of what happened: the same query, the same postings, three formats of the same entries.

A feed carries its ETag, but no Last-Modified: it also changes when a deadline passes, at midnight and with the programs,
and twice within one second, so no date of a posting could vouch for it (RFC 9110 §8.8.2).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue

from jobboard.config import Config
from jobboard.database import db
from jobboard.domain import history, joint, listing, naming
from jobboard.domain.criteria import Criteria, Status
from jobboard.web import entries, feed_formats, filters, licence
from jobboard.web.entries import Entry, FeedHead, Telling
from jobboard.web.feed_text import one_line
from jobboard.web.shelf import catalogue
from jobboard.web.transaction import now

blueprint = Blueprint("feeds", __name__)

ENTRIES = 100
"""A feed tells of the last so many; who asks less often than they come reads the CSV or the API."""

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
    criteria = filters.read_criteria()
    found = listing.newest(db.session(), catalogue(), criteria, limit=ENTRIES, now=now())
    changed = history.last_changes(db.session(), found)
    telling = _telling([posting.current.content for posting in found if posting.current])
    shown = [entries.posting_entry(posting, changed.get(posting.id, ()), telling) for posting in found]
    return _answer(write, content_type, "募集", "/postings", criteria, shown)


def _changes(write: Writer, content_type: str) -> Response:
    criteria = replace(filters.read_criteria(), status=Status.OPEN)
    steps = history.happenings(db.session(), criteria, limit=ENTRIES, now=now())
    telling = _telling([step.event.version.content for step in steps])
    shown = [entries.change_entry(step, telling) for step in steps]
    return _answer(write, content_type, "更新情報", "/changes", criteria, shown)


def _telling(contents: Sequence[dict[str, object]]) -> Telling:
    return Telling(_config().base_url, _config().demo, now(), joint.names(db.session(), contents))


def _answer(
    write: Writer, content_type: str, word: str, home: str, criteria: Criteria, shown: Sequence[Entry]
) -> Response:
    config = _config()
    description = one_line(criteria.describe(naming.names(db.session(), [criteria])))
    head = FeedHead(
        title=f"{entries.SAMPLE if config.demo else ''}{config.site_name} {word}: {description}",
        description=f"「{description}」の{word}。応募・選考は各市区町村が直接行います。",
        author=config.site_name,
        home_url=config.base_url + filters.with_query(home, criteria),
        feed_url=config.base_url + filters.with_query(request.path, criteria),
        base_url=config.base_url,
        updated_at=entries.last_told(shown, now()),
    )
    return licence.add_links(Response(write(head, shown), content_type=content_type), config.base_url)
