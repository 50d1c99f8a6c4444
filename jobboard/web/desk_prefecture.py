"""The prefecture's desk: what waits for 進達, one submission with all it says, sending it on or asking for a correction."""

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from jobboard.base.codes import PREFECTURES
from jobboard.base.errors import WrongState
from jobboard.database import db
from jobboard.domain import drafting, notices, permissions, prefectures
from jobboard.models import Posting
from jobboard.web.numbers import small
from jobboard.web.posting_pages import FILE_KINDS
from jobboard.web.remarks import give_back, written
from jobboard.web.review_page import review_page
from jobboard.web.signing_in import signed_in, staff
from jobboard.web.transaction import now

blueprint = Blueprint("desk_prefecture", __name__, url_prefix="/desk/prefecture")
MOVED = "この依頼は、もう進達を待っていません。いまの状態を表示しています。"


def _find(action: str, posting_id: int) -> Posting:
    return permissions.find_posting(db.session(), signed_in(), action, posting_id)


@blueprint.get("/")
@staff("prefecture:read")
def home() -> ResponseReturnValue:
    session, account = db.session(), signed_in()
    visible = permissions.visible_postings(account, "prefecture:read")
    sent_in = session.scalars(select(Posting).where(visible).order_by(Posting.submitted_at.desc(), Posting.id.desc()))
    waiting = prefectures.queue(session, visible, now=now())
    here = {entry.posting.id for entry in waiting}
    through = prefectures.through(session)
    return render_template(
        "desk/prefecture.html",
        waiting=waiting,
        others=[posting for posting in sent_in.unique() if posting.id not in here],
        routes=[(PREFECTURES[code], code in through) for code in sorted(permissions.pref_codes(account))],
        title_of=drafting.title_of_version,
    )


@blueprint.get("/postings/<int:posting_id>")
@staff("prefecture:read")
def posting(posting_id: int) -> ResponseReturnValue:
    return _show(_find("prefecture:read", posting_id))


def _show(found: Posting, *, errors: list[tuple[str, str]] | None = None, problem: str = "") -> str:
    """The page, with what was written in the form and what keeps it from being done."""
    session = db.session()
    return render_template(
        "desk/prefecture_posting.html",
        posting=found,
        page=review_page(session, found, now()),
        held=prefectures.waiting(session, found, now=now()),
        errors=errors or [],
        problem=problem,
        written=written(),
        kinds=FILE_KINDS,
    )


@blueprint.post("/postings/<int:posting_id>/forward")
@staff("prefecture:forward")
def forward(posting_id: int) -> ResponseReturnValue:
    found, session = _find("prefecture:forward", posting_id), db.session()
    version_id = request.form.get("version_id", 0, type=small)
    try:
        prefectures.forward(session, found, version_id=version_id, by=signed_in(), now=now())
    except WrongState:
        return _show(found, problem=MOVED), 409
    config = current_app.config["BOARD"]
    notices.forwarded(session, found, base_url=config.base_url, site=config.site_name, now=now())
    flash(f"「{drafting.title(found)}」を総務省に進達しました。", "success")
    return redirect(url_for(".home"), 303)


@blueprint.post("/postings/<int:posting_id>/return")
@staff("prefecture:return")
def ask_correction(posting_id: int) -> ResponseReturnValue:
    found = _find("prefecture:return", posting_id)
    return give_back(found, _show, moved=MOVED, queue=url_for(".home"), at_prefecture=True)
