"""代理作成: handing a draft over to the prefecture and back to the municipality, and taking one's own draft back."""

from datetime import datetime

from flask import Blueprint, current_app, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from jobboard.base.errors import Incomplete, NotFound
from jobboard.base.fields import FIELDS
from jobboard.base.states import Holder
from jobboard.base.text import clean
from jobboard.database import db
from jobboard.domain import drafting, handing, permissions, taking
from jobboard.models import Posting
from jobboard.web import sending_again
from jobboard.web.posting_form import as_read, typed_from
from jobboard.web.signing_in import signed_in, staff
from jobboard.web.transaction import now

blueprint = Blueprint("desk_handing", __name__, url_prefix="/desk/postings/<int:posting_id>")
BOTH = ["GET", "POST"]


class DroppedDraft(NotFound):
    """There was such a draft for this account, and the ministry dropped it ``at``."""

    def __init__(self, at: datetime) -> None:
        super().__init__()
        self.at = at


def find(action: str, posting_id: int) -> Posting:
    """The posting, if this account may do ``action`` to it; ``NotFound``, or ``DroppedDraft`` for whoever could see it before."""
    try:
        return permissions.find_posting(db.session(), signed_in(), action, posting_id)
    except NotFound:
        at = taking.dropped_at(db.session(), posting_id, permissions.municipality_codes(signed_in()))
        if at is None:
            raise
        raise DroppedDraft(at) from None


@blueprint.app_errorhandler(DroppedDraft)
def dropped(error: DroppedDraft) -> ResponseReturnValue:
    """What happened to the draft, for whoever opens one of its pages or presses a button of one."""
    pressed = request.method == "POST"
    return render_template("desk/dropped.html", at=error.at, pressed=pressed, typed=sending_again.words()), 409 if pressed else 404


def too_late(posting_id: int) -> ResponseReturnValue:
    """For a form of a draft that its municipality holds by now, or that the ministry dropped: what happened, and all that was typed.

    Nothing is kept. Raises ``NotFound`` for whoever could not write it before.
    """
    gone = handing.gone_since(db.session(), posting_id, signed_in())
    gone_at = taking.dropped_at(db.session(), posting_id, permissions.municipality_codes(signed_in()))
    if gone is not None:
        name, at = gone[0].municipality.full_name, gone[1]
        what = f"この下書きは、{name}が持っています"
    elif gone_at is not None:
        name, at, what = "", gone_at, "この下書きは、総務省が取りやめました"
    else:
        raise NotFound
    if request.form.get("do") == "autosave":
        return jsonify(message=f"{what}。ここでは保存できません。書いたものは、写し取ってください。"), 409
    typed = typed_from(request.form)
    rows = [(field.label, text) for field in FIELDS if (text := as_read(field, typed))]
    rows += [("伝えること", note)] if (note := request.form.get("note", "")) else []
    return render_template("desk/handed_back.html", what=what, name=name, at=at, rows=rows), 409


@blueprint.route("/hand-over", methods=BOTH)
@staff("posting:hand_over")
def hand_over(posting_id: int) -> ResponseReturnValue:
    try:
        return _hand_over(posting_id)
    except NotFound:
        if request.method == "GET":
            raise
        return too_late(posting_id)


def _hand_over(posting_id: int) -> ResponseReturnValue:
    found, session, by = find("posting:hand_over", posting_id), db.session(), signed_in()
    to, note = handing.other(found.held_by), clean(request.form.get("note", ""))
    if request.method == "GET":
        return _asking(found, "hand_over", to)
    if len(note) > handing.LONGEST_NOTE:
        return _asking(found, "hand_over", to, note, f"{handing.LONGEST_NOTE}字以内で書いてください(今は{len(note)}字)。"), 422
    try:
        handing.hand_over(session, found, to=to, by=by, now=now())
    except Incomplete as nobody:
        return _asking(found, "hand_over", to, note, nobody.problems[0].message), 422
    config = current_app.config["BOARD"]
    handing.tell(session, found, note, by=by, base_url=config.base_url, site=config.site_name, now=now())
    flash(f"下書きを{handing.side(found, to)}に引き渡しました。メールで知らせます。", "success")
    still = permissions.allowed(by, "posting:read_draft", found)
    return redirect(url_for("desk.overview", posting_id=found.id) if still else url_for("desk.home"), 303)


@blueprint.route("/take-back", methods=BOTH)
@staff("posting:take_back")
def take_back(posting_id: int) -> ResponseReturnValue:
    found, session, by = find("posting:take_back", posting_id), db.session(), signed_in()
    if request.method == "GET":
        return _asking(found, "take_back", Holder.MUNICIPALITY)
    handing.hand_over(session, found, to=Holder.MUNICIPALITY, by=by, now=now())
    config = current_app.config["BOARD"]
    handing.tell_taken_back(session, found, base_url=config.base_url, site=config.site_name, now=now())
    flash("下書きを引き取りました。ここで続きを書けます。", "success")
    return redirect(url_for("desk.overview", posting_id=found.id), 303)


def _asking(posting: Posting, act: str, to: Holder, note: str = "", error: str = "") -> str:
    return render_template(
        "desk/handing.html", posting=posting, title=drafting.title(posting), act=act, to=handing.side(posting, to),
        to_prefecture=to is Holder.PREFECTURE, note=note, errors=[("note", error)] if error else [],
    )  # fmt: skip
