"""The API for programs: read-only JSON below /api/v1, the same query as the list; and the page that explains it."""

from dataclasses import replace
from urllib.parse import urlencode

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue

from jobboard.base.content import from_json
from jobboard.config import Config
from jobboard.database import db
from jobboard.domain import history as past
from jobboard.domain import listing, paging
from jobboard.domain.criteria import Status
from jobboard.domain.listing import Sort
from jobboard.models import Posting
from jobboard.web import api_answers, api_limits, api_page, filters, licence, openapi
from jobboard.web.api_events import change_object, happening_object
from jobboard.web.api_lists import vocabulary as all_lists
from jobboard.web.api_places import place_object
from jobboard.web.api_sharing import share
from jobboard.web.posting_json import posting_object
from jobboard.web.shelf import catalogue
from jobboard.web.transaction import now

blueprint = Blueprint("api", __name__)
blueprint.record_once(lambda state: api_limits.install(state.app))  # type: ignore[arg-type]  # ours is a BoardApp
blueprint.after_app_request(share)
blueprint.after_app_request(api_limits.add_standing)


def _config() -> Config:
    config: Config = current_app.config["BOARD"]
    return config


@blueprint.get("/api/v1/postings")
def postings() -> ResponseReturnValue:
    """A page of the list."""
    criteria, sort = filters.read_criteria(), listing.parse_sort(request.args.get("sort", ""))
    limit, cursor = _place()
    found = paging.postings(db.session(), catalogue(), criteria, sort=sort, limit=limit, cursor=cursor, now=now())
    order = [("sort", str(sort))] if sort is not Sort.NEW else []
    following = _next(found.cursor, [*criteria.pairs(), *order], limit)
    return api_answers.page(found, [_shown(one) for one in found.rows], following)


@blueprint.get("/api/v1/postings/<int:posting_id>")
def posting(posting_id: int) -> ResponseReturnValue:
    """One posting, open or over."""
    return api_answers.single(_shown(listing.public_posting(db.session(), posting_id)))


@blueprint.get("/api/v1/postings/<int:posting_id>/history")
def history(posting_id: int) -> ResponseReturnValue:
    """What happened to it, old → new."""
    steps = past.steps(db.session(), listing.public_posting(db.session(), posting_id))
    return api_answers.single([happening_object(step, base_url=_config().base_url, now=now()) for step in steps])


@blueprint.get("/api/v1/changes")
def changes() -> ResponseReturnValue:
    """A page of what happened to all; closings are always among it."""
    criteria = replace(filters.read_criteria(), status=Status.OPEN)
    limit, cursor = _place()
    found = paging.changes(db.session(), criteria, limit=limit, cursor=cursor, now=now())
    shown = [change_object(step, base_url=_config().base_url, now=now()) for step in found.rows]
    return api_answers.page(found, shown, _next(found.cursor, criteria.pairs(), limit))


@blueprint.get("/api/v1/municipalities")
def municipalities() -> ResponseReturnValue:
    """All that there are today, with the number of their open postings."""
    counts = listing.open_by_municipality(catalogue(), now())
    places = listing.municipalities(db.session())
    base_url = _config().base_url
    return api_answers.single([place_object(place, counts.get(place.code, 0), base_url=base_url) for place in places])


@blueprint.get("/api/v1/municipalities/<code>")
def municipality(code: str) -> ResponseReturnValue:
    """One of them; also one that has ended."""
    place = listing.municipality(db.session(), code)
    count = listing.open_by_municipality(catalogue(), now()).get(code, 0)
    return api_answers.single(place_object(place, count, base_url=_config().base_url))


@blueprint.get("/api/v1/vocabulary")
def vocabulary() -> ResponseReturnValue:
    """Every code with its label."""
    return api_answers.single(all_lists())


@blueprint.get("/api/v1/openapi.json")
def description() -> ResponseReturnValue:
    """The description of all this."""
    return api_answers.answer(openapi.document(_config().site_name, _config().base_url))


@blueprint.get("/api")
def guide() -> ResponseReturnValue:
    """The same for people."""
    document = openapi.document(_config().site_name, _config().base_url)
    return render_template(
        "api/guide.html",
        operations=api_page.operations(document),
        shapes=api_page.shapes(document),
        problems=api_page.problems(document),
        server=document["servers"][0]["url"],
        version=document["info"]["version"],
        policies=api_limits.POLICIES,
        licence=licence,
        attribution=licence.attribution(_config().site_name, _config().base_url),
    )


def _place() -> tuple[int, str]:
    """How many rows, and behind what. Raises ``InvalidQuery``."""
    return paging.parse_limit(request.args.get("limit", "")), request.args.get("cursor", "")


def _shown(one: Posting) -> dict[str, object]:
    content = from_json(one.current.content if one.current else {})
    return posting_object(one, content, base_url=_config().base_url, now=now())


def _next(cursor: str | None, asked: list[tuple[str, str]], limit: int) -> str | None:
    """The address of the next page: the same question, from where this page ended."""
    if cursor is None:
        return None
    pairs = [*asked, ("limit", str(limit)), ("cursor", cursor)]
    return f"{_config().base_url}{request.path}?{urlencode(pairs)}"
