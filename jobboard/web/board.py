"""Public pages: the same for everybody, without session, cacheable."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from jobboard.base.codes import PREFECTURES
from jobboard.base.errors import InvalidQuery
from jobboard.base.text import clean
from jobboard.base.vocabulary import Role
from jobboard.database import db
from jobboard.domain import counting, listing, naming
from jobboard.domain import history as past
from jobboard.domain.criteria import Criteria, Status, parse
from jobboard.domain.listing import Sort
from jobboard.web import filters, office_words, posting_pages
from jobboard.web.filters import ListQuery
from jobboard.web.municipalities import MOST_NAMED, by_prefecture, named, narrowed
from jobboard.web.prefectures import by_region, count_text
from jobboard.web.rows import by_day, drawn_rows, rows
from jobboard.web.shelf import catalogue
from jobboard.web.transaction import now
from jobboard.web.ways_on import ways_on

blueprint = Blueprint("board", __name__)
posting_pages.add_to(blueprint)
SHORT = 5
NEWEST_ANNOUNCEMENTS = 3
_TYPED = ("q", "pay_min", "closing_before")
"""The conditions that are typed and not chosen: their field shows what is wrong."""


@blueprint.get("/")
def home() -> ResponseReturnValue:
    """Search box, the newest and the soonest to close, prefectures and roles with their counts."""
    anything = Criteria()
    newest = listing.find(db.session(), catalogue(), anything, sort=Sort.NEW, page=1, now=now())
    closing = listing.find(db.session(), catalogue(), anything, sort=Sort.DEADLINE, page=1, now=now())
    counts = counting.counts(db.session(), catalogue(), anything, now=now())
    return render_template(
        "board/home.html",
        figures=listing.figures(catalogue(), now()),
        newest=rows(newest.rows[:SHORT], now()),
        closing=rows(closing.rows[:SHORT], now()),
        regions=by_region(counts["pref"]),
        roles=[(str(role), role.label.partition("(")[0], count_text(counts["role"][role])) for role in Role],
        prefecture_choices=list(PREFECTURES.items()),
        feeds=filters.feeds(anything),
        announcements=office_words.standing()[:NEWEST_ANNOUNCEMENTS],
    )


@blueprint.get("/postings")
def postings() -> ResponseReturnValue:
    """The list with filters; a query that cannot be read comes back in its form with what to do."""
    try:
        query = filters.read_query(filters.typed())
    except InvalidQuery as wrong:
        return _mistyped(wrong, "/postings"), 400
    found = listing.find(db.session(), catalogue(), query.criteria, sort=query.sort, page=query.page, now=now())
    names = naming.names(db.session(), [query.criteria])
    counts = counting.counts(db.session(), catalogue(), query.criteria, now=now())
    return render_template(
        "board/postings.html",
        query=query,
        page=found,
        rows=drawn_rows(db.session(), found.rows, query.criteria.words, now()),
        ways_out=[] if found.rows else _ways_out(query, names, counts["status"]),
        sorts=[(sort.label.partition("(")[0], query.url(sort=sort), sort is query.sort) for sort in Sort],
        filters=_filters(query, counts, names),
        **_described(query, names),
    )


def _filters(query: ListQuery, counts: counting.Counts, names: Mapping[str, str]) -> Markup:
    """The filters with their figures, drawn once for all pages of a list: half of what a page of it takes."""
    board = catalogue()

    def draw() -> Markup:
        form = filters.form(filters.as_given(query.criteria), counts, names)
        sort = "" if query.sort is Sort.NEW else str(query.sort)
        return Markup(render_template("board/filters.html", path="/postings", sort=sort, here_query=query.text(), form=form))

    return board.remember(("filters", query.criteria, query.sort, board.turns_at(now())), draw)


def _mistyped(wrong: InvalidQuery, path: str) -> str:
    form = filters.form(filters.typed(), {}, {})
    return render_template(
        "board/mistyped.html", form=form, path=path, ways=ways_on(wrong), wrong={wrong.parameter: [wrong.message]},
        problems=[(wrong.parameter if wrong.parameter in _TYPED else "", wrong.message)],
    )


def _described(query: ListQuery, names: Mapping[str, str], path: str = "/postings") -> dict[str, Any]:
    """What pages of a list and of its changes share: the conditions in words, and where they lead."""
    return {
        "description": query.criteria.describe(names),
        "chosen": filters.chosen(query, names, path),
        "alike": filters.alike(query.criteria),
        "subscribe_url": filters.with_query("/subscribe", query.criteria),
        "feeds": filters.feeds(query.criteria, path),
    }


def _ways_out(query: ListQuery, names: Mapping[str, str], by_status: Mapping[str, int]) -> list[tuple[str, str, str]]:
    """(what to do, how many there would be, address) when nothing is found: the single steps that find something."""
    criteria = query.criteria
    steps = [
        (f"{filters.words_of(criteria, name, names)} を外す", count, other)
        for name, other, count in counting.without_each(db.session(), catalogue(), criteria, now=now())
    ]
    if by_status["all"] and criteria.status is Status.OPEN:
        steps.append(("受付を終了した募集も含める", by_status["all"], criteria.of_any_status()))
    return [(text, filters.count_words(count), query.url(criteria=other)) for text, count, other in steps]


@blueprint.get("/municipalities")
def municipalities() -> ResponseReturnValue:
    """All by prefecture with their open postings; with ``q`` those that a name may mean, to narrow ``list`` down to."""
    typed, asked = clean(request.args.get("q", "")), filters.read_list()
    counts = listing.open_by_municipality(catalogue(), now())
    found = named(db.session(), typed)
    return render_template(
        "board/municipalities.html",
        typed=typed,
        found=[(place, counts.get(place.code, 0), narrowed(asked, place.code)) for place in found],
        more=len(found) == MOST_NAMED,
        asked=asked,
        description=_description(asked) if asked else "",
        prefectures=[] if typed else by_prefecture(listing.municipalities(db.session()), counts),
    )


def _description(query: ListQuery) -> str:
    return query.criteria.describe(naming.names(db.session(), [query.criteria]))


@blueprint.get("/municipalities/<code>")
def municipality(code: str) -> ResponseReturnValue:
    """One municipality with its postings, open and closed, and its feeds; one that went into another leads there."""
    place = listing.municipality(db.session(), code)
    if place.successor_code:
        return redirect(url_for(".municipality", code=place.successor_code))
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
        changes_url=filters.with_query("/changes", here),
        feeds=filters.feeds(here),
    )


@blueprint.get("/changes")
def changes() -> ResponseReturnValue:
    """What happened lately, closings always among it."""
    try:
        criteria = replace(filters.read_criteria(), status=Status.OPEN)
    except InvalidQuery as wrong:
        return _mistyped(wrong, "/changes"), 400
    names = naming.names(db.session(), [criteria])
    found = past.happenings(db.session(), criteria, limit=past.SHOWN, now=now())
    return render_template(
        "board/changes.html",
        days=by_day(found),
        most=past.SHOWN if len(found) == past.SHOWN else 0,
        form=filters.form(filters.as_given(criteria), {}, names),
        list_url=filters.with_query("/postings", criteria),
        **_described(ListQuery(criteria), names, "/changes"),
    )
