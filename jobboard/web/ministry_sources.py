"""収集元: the feeds of municipalities for the ministry. Moderators read, administrators try, add, stop and resume."""

from threading import BoundedSemaphore

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape

from jobboard.base.errors import Incomplete, Problem
from jobboard.base.feed_reading import Feed, FeedItem
from jobboard.base.fetching import NotFetched
from jobboard.base.text import clean
from jobboard.database import db
from jobboard.domain import collecting, finding, inviting, permissions, source_list, sourcing
from jobboard.domain.discovering import Discovery, discover
from jobboard.models import Source
from jobboard.web import limits
from jobboard.web.narrowed import narrowed_page
from jobboard.web.signing_in import signed_in, staff
from jobboard.web.transaction import now

blueprint = Blueprint("ministry_sources", __name__, url_prefix="/ministry/sources")

SHOWN = 20
"""Items of a feed that a try shows."""

_LOOKING = BoundedSemaphore(1)
"""One look at another's server at a time: it holds a thread of this process for ten seconds at most."""


@blueprint.record_once
def tell_templates(state: BlueprintSetupState) -> None:
    """The navigation says how many stopped themselves."""
    state.app.jinja_env.globals["sources_stopped"] = lambda: source_list.stopped(db.session())
    state.app.jinja_env.tests["stopped_source"] = source_list.is_stopped
    state.app.jinja_env.filters["source_standing"] = source_list.standing


@blueprint.get("")
@staff("source:read")
def source_table() -> ResponseReturnValue:
    counts, may_edit = source_list.counts(db.session()), permissions.allowed(signed_in(), "source:edit")
    return narrowed_page("ministry/sources.html", source_list.VIEWS, source_list.listed, counts, may_edit=may_edit)


@blueprint.get("/<int:source_id>")
@staff("source:read")
def one(source_id: int) -> ResponseReturnValue:
    return _show(source_list.find(db.session(), source_id))


def _show(source: Source, gaps: Incomplete | None = None) -> str:
    session = db.session()
    errors = [(problem.field, problem.message) for problem in gaps.problems] if gaps else []
    return render_template(
        "ministry/source.html", source=source, fetches=source_list.fetches(session, source), counted=source_list.items_of(session, source),
        kept=collecting.FETCHES_KEPT.days, quiet=collecting.QUIET_KEPT.days, errors=errors, typed=request.form,
        wrong={field: [sentence] for field, sentence in errors}, may_edit=permissions.allowed(signed_in(), "source:edit"),
    )  # fmt: skip


@blueprint.post("/<int:source_id>/pause")
@staff("source:edit")
def pause(source_id: int) -> ResponseReturnValue:
    try:
        source, before = sourcing.pause(db.session(), source_id, reason=request.form.get("reason", ""), by=signed_in(), now=now())
    except Incomplete as gaps:
        return _show(source_list.find(db.session(), source_id), gaps), 422
    flash(sourcing.told_of_pause(source, before), "success")
    return redirect(url_for(".one", source_id=source_id), 303)


@blueprint.post("/<int:source_id>/resume")
@staff("source:edit")
def resume(source_id: int) -> ResponseReturnValue:
    _, before = sourcing.resume(db.session(), source_id, by=signed_in(), now=now())
    flash(sourcing.told_of_resume(before), "success")
    return redirect(url_for(".one", source_id=source_id), 303)


@blueprint.get("/try")
@staff("source:edit")
def form() -> ResponseReturnValue:
    typed = {"url": clean(request.args.get("url", "")), "place": clean(request.args.get("place", ""))}
    return render_template("ministry/source_try.html", typed=typed, errors=[], wrong={}, found=None)


@blueprint.post("/try")
@staff("source:edit")
def look() -> ResponseReturnValue:
    """What would be found at an address, with points and reasons; writes nothing."""
    url, plain_http = clean(request.form.get("url", "")), "plain_http" in request.form
    try:
        found = _discovered(url, plain_http)
    except Incomplete as gaps:
        return _try_page(gaps), 422
    return _try_page(found=found)


@blueprint.post("/add")
@staff("source:edit")
def add() -> ResponseReturnValue:
    """Adds the feed that was chosen; nothing is fetched now."""
    typed, session = request.form, db.session()
    try:
        place = inviting.find_one(session, typed.get("code") or clean(typed.get("place", "")))
        source = sourcing.add(
            session, place.code, typed.get("feed", ""), title=typed.get("title", ""), page_url=clean(typed.get("url", "")),
            plain_http="plain_http" in typed, by=signed_in(), now=now(),
        )  # fmt: skip
    except Incomplete as gaps:
        return _try_page(gaps), 422
    flash(f"{place.full_name}の収集元を加えました。1時間以内に読みます。", "success")
    return redirect(url_for(".one", source_id=source.id), 303)


def _discovered(url: str, plain_http: bool) -> Discovery:
    """Fetches for ten seconds at most, and holds no transaction meanwhile. Raises ``Incomplete`` in words for people."""
    at = now()
    db.session.rollback()
    sourcing.refuse(url, plain_http=plain_http)
    if not _LOOKING.acquire(blocking=False):
        raise Incomplete([Problem("url", "いま、別のページを試しています。終わるまで10秒ほど待ってから、もう一度押してください。")])
    limits.reached_out()
    try:
        found = discover(current_app.extensions["fetch"](), url, now=at, plain_http=plain_http)
    except NotFetched as failure:
        raise Incomplete([Problem("url", sourcing.told_of_failure(failure))]) from None
    finally:
        _LOOKING.release()
    if not found.feeds:
        raise Incomplete([Problem("url", f"フィードが見つかりません。{len(found.tried)}か所を試しました。フィードのURLが分かれば、それを書いてください。")])
    return found


def _try_page(gaps: Incomplete | None = None, found: Discovery | None = None) -> str:
    problems = gaps.problems if gaps else []
    there = url_for(".one", source_id=gaps.number) if isinstance(gaps, sourcing.Known) else ""
    link = Markup(' <a href="{}">この収集元を開く</a>').format(there) if there else ""
    choices = gaps.choices if isinstance(gaps, inviting.Ambiguous) else []
    return render_template(
        "ministry/source_try.html", typed=request.form, errors=[(there or problem.field, problem.message) for problem in problems],
        wrong={problem.field: [escape(problem.message) + link] for problem in problems}, enough=finding.ENOUGH,
        found=[(address, feed, _scored(feed), sourcing.known(db.session(), address)) for address, feed in found.feeds.items()] if found else None,
        choices=[(place.code, f"{place.full_name}({place.code})") for place in choices],
    )  # fmt: skip


def _scored(feed: Feed) -> list[tuple[FeedItem, int, list[tuple[str, int]]]]:
    """(item, points, reasons) of the first items, what would be a candidate on top."""
    scored = [(item, *finding.score(item.title)) for item in feed.items]
    return sorted(scored, key=lambda one: one[1] < finding.ENOUGH)[:SHOWN]
