"""掲載確認 by the ministry: the queue, one version with all it says, publishing it or asking for a correction, 事後確認."""

from datetime import datetime

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from jobboard.base.content import from_json
from jobboard.base.errors import Incomplete, NotFound, WrongState
from jobboard.base.states import State
from jobboard.base.wording import japanese_opening
from jobboard.database import db
from jobboard.domain import drafting, moderation, notices, permissions, prefectures, wished
from jobboard.domain.workdays import workdays_since
from jobboard.models import Posting
from jobboard.web.numbers import small
from jobboard.web.posting_pages import FILE_KINDS
from jobboard.web.remarks import give_back, written
from jobboard.web.review_page import review_page
from jobboard.web.signing_in import signed_in, staff
from jobboard.web.transaction import now

blueprint = Blueprint("review", __name__, url_prefix="/review")

MOVED = "この版は、もう掲載を待っていません。いまの版を表示しています。もう一度確かめてから、掲載してください。"


def _find(action: str, posting_id: int) -> Posting:
    return permissions.find_posting(db.session(), signed_in(), action, posting_id)


def _find_waiting(action: str, posting_id: int) -> Posting:
    """The posting; ``WrongState`` instead of ``NotFound`` where the municipality took its request back meanwhile."""
    try:
        return _find(action, posting_id)
    except NotFound:
        recalled = select(Posting.id).where(
            Posting.id == posting_id, Posting.state == State.DRAFT, Posting.submitted_at.is_not(None)
        )
        if db.session.scalar(recalled) is None:
            raise
        raise WrongState("recalled", action) from None


@blueprint.get("/")
@staff("posting:review")
def queue() -> ResponseReturnValue:
    items = moderation.queue(db.session())
    waiting = [(item, workdays_since(item.since, now())) for item in sorted(items, key=lambda item: item.since)]
    return render_template(
        "review/queue.html",
        waiting=[entry for entry in waiting if entry[0].kind != "after"],
        after=[entry for entry in waiting if entry[0].kind == "after"],
        title_of=drafting.title_of_version,
    )


@blueprint.get("/postings/<int:posting_id>")
@staff("posting:review")
def posting(posting_id: int) -> ResponseReturnValue:
    return _show(_find("posting:review", posting_id))


def _show(found: Posting, *, errors: list[tuple[str, str]] | None = None, problem: str = "") -> str:
    """The page, with what was written in the form and what keeps it from being done."""
    page = review_page(db.session(), found, now())
    return render_template(
        "review/posting.html",
        posting=found,
        page=page,
        errors=errors or [],
        problem=problem,
        written=written(),
        kinds=FILE_KINDS,
        own=not permissions.allowed(signed_in(), "posting:publish", found),
        waited=workdays_since(page.version.forwarded_at or page.version.created_at, now()) if page.version else 0,
        held=prefectures.waiting(db.session(), found, now=now()),
    )


@blueprint.post("/postings/<int:posting_id>/publish")
@staff("posting:publish")
def publish(posting_id: int) -> ResponseReturnValue:
    found, session = _find_waiting("posting:publish", posting_id), db.session()
    version_id = request.form.get("version_id", 0, type=small)
    try:
        moderation.publish(session, found, version_id=version_id, by=signed_in(), now=now(), at=_wished(found))
    except WrongState:
        return _show(found, problem=MOVED), 409
    except Incomplete as gaps:
        return _show(found, errors=[(problem.field, problem.message) for problem in gaps.problems]), 422
    config = current_app.config["BOARD"]
    notices.published(session, found, base_url=config.base_url, site=config.site_name, now=now())
    if found.scheduled_at is not None:
        flash(f"「{drafting.title(found)}」を{japanese_opening(found.scheduled_at)}に掲載します。", "success")
        return redirect(url_for(".queue"), 303)
    flash(f"「{drafting.title(found)}」を掲載しました。", "success")
    return redirect(url_for(".queue"), 303)


def _wished(found: Posting) -> datetime | None:
    """When the municipality wants it published, if that was chosen and can still be met."""
    if request.form.get("at") != "wished" or found.pending is None or found.current is not None:
        return None
    return wished.wished_at(from_json(found.pending.content), now())


@blueprint.post("/postings/<int:posting_id>/return")
@staff("posting:return")
def ask_correction(posting_id: int) -> ResponseReturnValue:
    found = _find_waiting("posting:return", posting_id)
    return give_back(found, _show, moved=MOVED, queue=url_for(".queue"))


@blueprint.post("/postings/<int:posting_id>/look")
@staff("posting:review")
def look_at(posting_id: int) -> ResponseReturnValue:
    found = _find("posting:review", posting_id)
    version_id = request.form.get("version_id", 0, type=small)
    moderation.look_at(db.session(), found, version_id=version_id, by=signed_in(), now=now())
    flash(f"「{drafting.title(found)}」の変更を確認しました。", "success")
    return redirect(url_for(".queue"), 303)
