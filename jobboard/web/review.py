"""掲載確認 by the ministry: the queue, one version with all it says, publishing it or asking for a correction, 事後確認."""

from datetime import datetime
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from jobboard.base.content import from_json
from jobboard.base.errors import Incomplete, NotFound, WrongState
from jobboard.base.fields import FIELDS
from jobboard.base.states import State
from jobboard.base.wording import japanese_opening
from jobboard.database import db
from jobboard.domain import (
    drafting,
    moderation,
    notices,
    permissions,
    prefectures,
    review_queue,
    reviewers,
    together,
    wished,
)
from jobboard.domain.meanwhile import meanwhile
from jobboard.models import Posting
from jobboard.web import unknown
from jobboard.web.numbers import small
from jobboard.web.posting_pages import FILE_KINDS
from jobboard.web.remarks import give_back, written, written_remarks
from jobboard.web.review_lists import cut, queue_page
from jobboard.web.review_page import review_page, waits
from jobboard.web.signing_in import signed_in, staff
from jobboard.web.transaction import SAFE, now

blueprint = Blueprint("review", __name__, url_prefix="/review")

LABELS = {field.name: field.label for field in FIELDS}
MOVED = "画面を開いたあとに状態が変わりました。この版は、もう掲載を待っていません。"


class _TakenBack(Exception):
    """The municipality took its request back, of which somebody had this version before them: its draft is its own business again."""

    def __init__(self, posting: Posting, version_id: int) -> None:
        self.posting, self.version_id = posting, version_id


def find(action: str, posting_id: int) -> Posting:
    """The posting if this account may do ``action`` to it."""
    return permissions.find_posting(db.session(), signed_in(), action, posting_id)


def _find_waiting(action: str, posting_id: int) -> Posting:
    """The posting; ``_TakenBack`` instead of ``NotFound`` where the municipality took its request back meanwhile.

    Who posts names the version that they looked at; who follows the link of a mail means the last one sent in.
    """
    try:
        return find(action, posting_id)
    except NotFound:
        recalled = select(Posting).where(
            Posting.id == posting_id, Posting.state == State.DRAFT, Posting.submitted_at.is_not(None)
        )
        posting = db.session.scalar(recalled)
        sent_in = [one.id for one in posting.versions] if posting else []
        named = sent_in[-1:] if request.method in SAFE else [_version_id()]
        if posting is None or not set(named) & set(sent_in):
            raise
        raise _TakenBack(posting, named[0]) from None


def _version_id() -> int:
    return request.form.get("version_id", 0, type=small)


@blueprint.errorhandler(_TakenBack)
def taken_back(error: _TakenBack) -> ResponseReturnValue:
    """Who took it back and when, and what was written for it; nothing of what is written there now.

    409 to who decided about it, 404 to who opens it: there is nothing to see here until it is sent in again.
    """
    story = meanwhile(db.session(), error.posting, error.version_id)
    page = render_template(
        "review/taken_back.html",
        title=drafting.title_of_version(story.looked_at) if story.looked_at else "",
        municipality=error.posting.municipality,
        story=story,
        unsent=_unsent(),
        labels=LABELS,
    )
    return page, 404 if request.method in SAFE else 409


def _unsent() -> list[tuple[str, str]]:
    """What was written for the municipality and is not sent: field or empty, text."""
    return [(field, text) for field, text in written_remarks()[0] if text]


@blueprint.get("/")
@staff("posting:review")
def queue() -> ResponseReturnValue:
    page = queue_page(db.session(), request.args, by=signed_in(), now=now())
    unknown.tell(request.args, {"kind": page.wanted.kind, "holder": page.wanted.holder, "pref": page.wanted.pref})
    after = len(review_queue.after(db.session(), now=now()))
    return render_template("review/queue.html", page=page, waiting=page.total, after=after, own_id=signed_in().id, address_of_page=_address_of_page)


def _address_of_page(number: int) -> str:
    """The list that is shown, at another page of it."""
    asked: dict[str, Any] = {**request.args, "page": number}
    return url_for(request.endpoint or ".queue", **asked)


@blueprint.get("/after")
@staff("posting:review")
def after() -> ResponseReturnValue:
    items = review_queue.after(db.session(), now=now())
    shown, page, pages = cut(items, request.args)
    waiting = len(review_queue.waiting(db.session(), now=now()))
    return render_template(
        "review/after.html", items=shown, page=page, pages=pages, after=len(items), waiting=waiting, address_of_page=_address_of_page
    )


@blueprint.post("/after/look")
@staff("posting:review")
def look_at_several() -> ResponseReturnValue:
    """「確認した」 for each version that is ticked; one that somebody confirmed meanwhile is told of."""
    seen, before = [], 0
    for version_id in sorted(set(request.form.getlist("version", type=small))):
        posting = db.session.scalar(select(Posting).where(Posting.versions.any(id=version_id), permissions.visible_postings(signed_in(), "posting:review")))
        if posting is None:
            continue
        if review_queue.look_at(db.session(), posting, version_id=version_id, by=signed_in(), now=now()):
            seen.append(drafting.title(posting))
        else:
            before += 1
    if seen:
        named = f"「{seen[0]}」" + (f"ほか{len(seen) - 1}件" if len(seen) > 1 else "")
        flash(f"{named}の変更を確認しました。", "success")
    if before:
        flash(f"{before}件は、ほかの人が先に確認していました。", "note")
    if not (seen or before):
        flash("確認する募集を選んでから、「確認した」を押してください。", "warning")
    return redirect(url_for(".after"), 303)


@blueprint.get("/postings/<int:posting_id>")
@staff("posting:review")
def posting(posting_id: int) -> ResponseReturnValue:
    return show(_find_waiting("posting:review", posting_id))


def show(found: Posting, *, errors: list[tuple[str, str]] | None = None, problem: str = "") -> str:
    """The page, with what was written in the form and what keeps it from being done."""
    session = db.session()
    return render_template(
        "review/posting.html",
        posting=found,
        page=review_page(session, found, now()),
        errors=errors or [],
        problem=problem,
        story=meanwhile(session, found, _version_id()) if problem else None,
        unsent=_unsent() if problem else [],
        written=written(),
        kinds=FILE_KINDS,
        own=not permissions.allowed(signed_in(), "posting:publish", found),
        waits=waits(session, found, now()),
        holder=reviewers.holder(session, found),
        here_names=reviewers.others(session, [found.id], by=signed_in(), now=now()).get(found.id, []),
        own_id=signed_in().id,
        held=prefectures.holds(session, found),
        labels=LABELS,
    )


@blueprint.post("/postings/<int:posting_id>/publish")
@staff("posting:publish")
def publish(posting_id: int) -> ResponseReturnValue:
    found, session = _find_waiting("posting:review", posting_id), db.session()
    if not permissions.allowed(signed_in(), "posting:publish", found):
        return show(found, problem=f"{together.OWN}ほかの掲載確認担当に頼んでください。"), 403
    try:
        moderation.publish(session, found, version_id=_version_id(), by=signed_in(), now=now(), at=_wished(found))
    except WrongState:
        return show(found, problem=MOVED), 409
    except Incomplete as gaps:
        return show(found, errors=[(problem.field, problem.message) for problem in gaps.problems]), 422
    tell_published(found)
    if found.scheduled_at is not None:
        flash(f"「{drafting.title(found)}」を{japanese_opening(found.scheduled_at)}に掲載します。", "success")
    else:
        flash(f"「{drafting.title(found)}」を掲載しました。", "success")
    return redirect(url_for(".queue"), 303)


def tell_published(found: Posting) -> None:
    """The mail to whoever asked for it."""
    config = current_app.config["BOARD"]
    notices.published(db.session(), found, base_url=config.base_url, site=config.site_name, now=now())


def _wished(found: Posting) -> datetime | None:
    """When the municipality wants it published, if that was chosen and can still be met."""
    if request.form.get("at") != "wished" or found.pending is None or found.current is not None:
        return None
    return wished.wished_at(from_json(found.pending.content), now())


@blueprint.post("/postings/<int:posting_id>/return")
@staff("posting:return")
def ask_correction(posting_id: int) -> ResponseReturnValue:
    found = _find_waiting("posting:return", posting_id)
    return give_back(found, show, moved=MOVED, queue=url_for(".queue"))


@blueprint.post("/postings/<int:posting_id>/look")
@staff("posting:review")
def look_at(posting_id: int) -> ResponseReturnValue:
    found = find("posting:review", posting_id)
    if review_queue.look_at(db.session(), found, version_id=_version_id(), by=signed_in(), now=now()):
        flash(f"「{drafting.title(found)}」の変更を確認しました。", "success")
    else:
        flash("この変更は、ほかの人が先に確認していました。", "note")
    return redirect(url_for(".after"), 303)
