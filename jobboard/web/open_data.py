"""Open data: the whole of any list as CSV and JSON, what each column means, and the terms of use (PDL1.0)."""

from collections.abc import Iterator, Sequence

from flask import Blueprint, Response, current_app, render_template, request
from flask.typing import ResponseReturnValue

from jobboard.base.clock import in_japan
from jobboard.config import Config
from jobboard.database import db
from jobboard.domain import listing, naming
from jobboard.web import calendars, dictionary, feeds, filters, licence, table
from jobboard.web.open_data_parts import AT_ONCE, Part, array, dictionary_document, objects, terms
from jobboard.web.shelf import catalogue
from jobboard.web.table import Encoding
from jobboard.web.transaction import now

blueprint = Blueprint("open_data", __name__)

MOST = 10_000
"""Postings that one answer holds; more are had by asking for one prefecture after the other."""


@blueprint.get("/data")
def home() -> ResponseReturnValue:
    """What can be had, how, how often it changes, and under which terms."""
    config = _config()
    return render_template(
        "data/home.html",
        licence=licence,
        attribution=licence.attribution(config.site_name, f"{config.base_url}/data"),
        parameters=[*dictionary.parameters(), *dictionary.further_parameters()],
        entries=feeds.ENTRIES,
        events=calendars.EVENTS,
        most=MOST,
        missing=table.MISSING,
    )


@blueprint.get("/data/dictionary", endpoint="dictionary")
def explained() -> ResponseReturnValue:
    """The data dictionary for people."""
    meanings = dictionary.meanings()
    sections = list(dict.fromkeys(meaning.column.section for meaning in meanings))
    return render_template(
        "data/dictionary.html",
        sections=[(name, [one for one in meanings if one.column.section == name]) for name in sections],
        parameters=[*dictionary.parameters(), *dictionary.further_parameters()],
    )


@blueprint.get("/data/dictionary.csv")
def dictionary_csv() -> ResponseReturnValue:
    """The data dictionary as a table."""
    return _csv(iter([table.sheet(dictionary.rows(), Encoding.UTF_8)]), Encoding.UTF_8, "dictionary")


@blueprint.get("/data/dictionary.json")
def dictionary_json() -> ResponseReturnValue:
    """The data dictionary for programs."""
    return _json(iter([dictionary_document(_config())]))


@blueprint.get("/postings.csv", endpoint="csv")
def csv_table() -> ResponseReturnValue:
    """All of a list as a table."""
    encoding = table.parse_encoding(request.args.get("encoding", ""))
    found = listing.newest_ids(db.session(), catalogue(), filters.read_criteria(), limit=MOST, now=now())
    return _csv(table.table(_objects(found), encoding), encoding, "postings", len(found))


@blueprint.get("/data/postings.json", endpoint="json")
def json_array() -> ResponseReturnValue:
    """All of a list as one array."""
    criteria = filters.read_criteria()
    found = listing.newest_ids(db.session(), catalogue(), criteria, limit=MOST + 1, now=now())
    head = {
        **terms(_config(), filters.with_query("/data/postings.json", criteria)),
        "generated_at": in_japan(now()).isoformat(),
        "description": criteria.describe(naming.names(db.session(), [criteria])),
        "count": min(len(found), MOST),
        "is_complete": len(found) <= MOST,
    }
    return _json(array(head, _objects(found[:MOST])), len(found))


def _objects(found: Sequence[int]) -> Iterator[Part]:
    """Read without a request: none outlives it."""
    return objects(db.engine, found, base_url=_config().base_url, now=now())


def _csv(pieces: Iterator[bytes], encoding: Encoding, name: str, total: int = 0) -> Response:
    answer = _sent(pieces, f"text/csv; charset={encoding.charset}; header=present", total)
    name = f"{name}-{encoding}" if encoding is Encoding.CP932 else name
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def _json(pieces: Iterator[bytes], total: int = 0) -> Response:
    return _sent(pieces, "application/json; charset=utf-8", total)


def _sent(pieces: Iterator[bytes], content_type: str, total: int) -> Response:
    """A small answer whole, so that caches and compression take it as any page; a large one as it is written."""
    body = b"".join(pieces) if total <= AT_ONCE else pieces
    return licence.add_links(Response(body, content_type=content_type), _config().base_url)


def _config() -> Config:
    config: Config = current_app.config["BOARD"]
    return config
