"""Public pages: the same for everybody, without session, cacheable."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from jobboard.base.codes import PREFECTURES
from jobboard.base.content import from_json
from jobboard.base.vocabulary import Role
from jobboard.database import db
from jobboard.domain import history as past
from jobboard.domain import listing
from jobboard.domain.criteria import Criteria, Status, parse
from jobboard.domain.listing import Sort
from jobboard.domain.publication import is_open
from jobboard.models import Municipality, Posting
from jobboard.web import filters
from jobboard.web.posting_view import posting_view
from jobboard.web.rows import happening, marked_rows, rows
from jobboard.web.shelf import catalogue
from jobboard.web.transaction import now

__all__ = ["blueprint", "posting_view"]

blueprint = Blueprint("board", __name__)
SHORT = 5


@blueprint.get("/")
def home() -> ResponseReturnValue:
    """Search box, the newest and the soonest to close, prefectures with their counts."""
    anything = Criteria()
    newest = listing.find(db.session(), catalogue(), anything, sort=Sort.NEW, page=1, now=now())
    closing = listing.find(db.session(), catalogue(), anything, sort=Sort.DEADLINE, page=1, now=now())
    return render_template(
        "board/home.html",
        figures=listing.figures(catalogue(), now()),
        newest=rows(newest.rows[:SHORT], now()),
        closing=rows(closing.rows[:SHORT], now()),
        prefectures=_prefectures(),
        roles=[(str(role), role.label.partition("(")[0]) for role in Role],
        prefecture_choices=list(PREFECTURES.items()),
        feeds=filters.feeds(anything),
    )


def _prefectures() -> list[tuple[str, str, int]]:
    counts = listing.open_by_prefecture(catalogue(), now())
    return [(code, PREFECTURES[code], count) for code, count in counts.items()]


@blueprint.get("/postings")
def postings() -> ResponseReturnValue:
    """The list with filters."""
    query = filters.read_query()
    found = listing.find(db.session(), catalogue(), query.criteria, sort=query.sort, page=query.page, now=now())
    names = listing.names(db.session(), query.criteria.municipality)
    return render_template(
        "board/postings.html",
        query=query,
        page=found,
        rows=_rows(query, found.rows),
        description=query.criteria.describe(names),
        chosen=filters.chosen(query, names),
        form=filters.form(query.criteria),
        sorts=[(str(sort), sort.label) for sort in Sort],
        subscribe_url=filters.with_query("/subscribe", query.criteria),
        closed_url=filters.with_query("/postings", query.criteria.of_any_status()),
        feeds=filters.feeds(query.criteria),
    )


def _rows(query: filters.ListQuery, found: Sequence[listing.Line]) -> list[dict[str, Any]]:
    words = [word for words in query.criteria.searches for word in words]
    return marked_rows(db.session(), found, words, now()) if words else rows(found, now())


@blueprint.get("/postings/<int:posting_id>")
def posting(posting_id: int) -> ResponseReturnValue:
    """One posting; a closed one stays readable."""
    found = listing.public_posting(db.session(), posting_id)
    here = parse({"municipality": [found.municipality_code]})
    return render_template(
        "board/posting.html",
        **_view(found),
        posting=found,
        noindex=not is_open(found, now()),
        history_url=f"/postings/{found.id}/history",
        subscribe_url=filters.with_query("/subscribe", here),
    )


def _view(found: Posting) -> dict[str, Any]:
    content = from_json(found.current.content if found.current else {})
    names = listing.names(db.session(), content.codes("co_municipalities"))
    return posting_view(found, content, now(), names)


@blueprint.get("/postings/<int:posting_id>/history")
def history(posting_id: int) -> ResponseReturnValue:
    """Every version that was shown, old → new, and what happened."""
    found = listing.public_posting(db.session(), posting_id)
    return render_template(
        "board/history.html",
        posting=found,
        **_view(found),
        steps=[happening(step) for step in past.steps(db.session(), found)],
        noindex=not is_open(found, now()),
    )


@blueprint.get("/municipalities")
def municipalities() -> ResponseReturnValue:
    """All municipalities by prefecture, with the number of their open postings."""
    counts = listing.open_by_municipality(catalogue(), now())
    grouped: dict[str, list[tuple[Municipality, int]]] = {}
    for place in listing.municipalities(db.session()):
        grouped.setdefault(place.pref_code, []).append((place, counts.get(place.code, 0)))
    prefectures = [(code, PREFECTURES[code], places) for code, places in grouped.items()]
    return render_template("board/municipalities.html", prefectures=prefectures)


@blueprint.get("/municipalities/<code>")
def municipality(code: str) -> ResponseReturnValue:
    """One municipality with its postings, open and closed, and its feeds."""
    place = listing.municipality(db.session(), code)
    here = parse({"municipality": [code]})
    closed = parse({"municipality": [code], "status": [str(Status.CLOSED)]})
    open_now = listing.find(db.session(), catalogue(), here, sort=Sort.DEADLINE, page=1, now=now())
    over = listing.find(db.session(), catalogue(), closed, sort=Sort.NEW, page=1, now=now())
    return render_template(
        "board/municipality.html",
        place=place,
        open_now=open_now,
        open_rows=rows(open_now.rows, now()),
        over=over,
        over_rows=rows(over.rows, now()),
        list_url=filters.with_query("/postings", here),
        closed_url=filters.with_query("/postings", closed),
        subscribe_url=filters.with_query("/subscribe", here),
        feeds=filters.feeds(here),
    )


@blueprint.get("/changes")
def changes() -> ResponseReturnValue:
    """What happened lately, closings always among it."""
    criteria = replace(filters.read_criteria(), status=Status.OPEN)
    names = listing.names(db.session(), criteria.municipality)
    return render_template(
        "board/changes.html",
        steps=[happening(step) for step in past.happenings(db.session(), criteria, limit=past.SHOWN, now=now())],
        description=criteria.describe(names),
        feeds=filters.feeds(criteria, "/changes")[:3],
        list_url=filters.with_query("/postings", criteria),
    )
