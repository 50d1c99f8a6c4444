"""共同募集 on the desk of a co-municipality: what it is asked, the content as it was sent in, its answer. And asking again."""

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from jobboard.base.content import Content
from jobboard.base.errors import NotFound, WrongState
from jobboard.base.text import clean
from jobboard.database import db
from jobboard.domain import agreements, drafting, joining, listing, notices, permissions
from jobboard.models import Agreement
from jobboard.web.posting_view import posting_view
from jobboard.web.signing_in import signed_in, staff
from jobboard.web.transaction import now

blueprint = Blueprint("desk_joint", __name__, url_prefix="/desk")


def _find(posting_id: int, code: str) -> tuple[Agreement, Content]:
    """What this account's municipality was asked, and the content to agree to; ``NotFound`` without either."""
    found = db.session.get(Agreement, (posting_id, code))
    if found is None:
        raise NotFound
    permissions.require(signed_in(), "joint:answer", found)
    content = joining.content_for(found.posting, code, now=now())
    if content is None:
        raise NotFound
    return found, content


@blueprint.get("/joint/")
@staff("joint:answer")
def asked() -> ResponseReturnValue:
    rows = agreements.asked_of(db.session(), permissions.municipality_codes(signed_in()))
    found = [(one, joining.content_for(one.posting, one.municipality_code, now=now())) for one in rows]
    several = len({one.municipality_code for one in rows}) > 1
    return render_template("desk/joint.html", rows=found, several=several)


@blueprint.get("/joint/<int:joint_id>/<code>")
@staff("joint:answer")
def posting(joint_id: int, code: str) -> ResponseReturnValue:
    return _show(*_find(joint_id, code))


def _show(found: Agreement, content: Content, *, note: str = "", error: str = "") -> str:
    names = listing.names(db.session(), content.codes("co_municipalities"))
    view = posting_view(found.posting, content, now(), names)
    errors = [("note", error)] if error else []
    return render_template("desk/joint_posting.html", **view, asked=found, note=note or found.note, errors=errors)


@blueprint.post("/joint/<int:joint_id>/<code>")
@staff("joint:answer")
def answer(joint_id: int, code: str) -> ResponseReturnValue:
    found, content = _find(joint_id, code)
    note, agrees = clean(request.form.get("note", "")), request.form.get("do")
    if agrees not in ("agree", "decline"):
        return _show(found, content, note=note, error="同意するか、同意しないかを選んでください。"), 422
    if len(note) > joining.LONGEST_NOTE:
        error = f"{joining.LONGEST_NOTE}字以内で書いてください(今は{len(note)}字)。"
        return _show(found, content, note=note, error=error), 422
    session = db.session()
    joining.answer(session, found, agrees=agrees == "agree", note=note, by=signed_in(), now=now())
    config = current_app.config["BOARD"]
    notices.joint_answered(session, found, base_url=config.base_url, site=config.site_name, now=now())
    said = "共同募集に同意しました。" if agrees == "agree" else "共同募集に同意していないことを伝えました。"
    flash(f"{said}相手の市区町村に、メールで知らせます。", "success")
    return redirect(url_for(".asked"), 303)


@blueprint.post("/postings/<int:posting_id>/joint")
@staff("joint:ask")
def ask_again(posting_id: int) -> ResponseReturnValue:
    session = db.session()
    own = permissions.find_posting(session, signed_in(), "joint:ask", posting_id)
    found = session.get(Agreement, (own.id, request.form.get("municipality", "")))
    if found is None:
        raise NotFound
    try:
        joining.ask_again(session, found, by=signed_in(), now=now())
    except WrongState:
        flash("いまは依頼できません。掲載を依頼しているあいだか、募集中に、もう一度依頼してください。", "warning")
        return redirect(url_for("desk.overview", posting_id=own.id), 303)
    config = current_app.config["BOARD"]
    notices.joint_asked(session, own, [found], base_url=config.base_url, site=config.site_name, now=now())
    flash(f"{found.municipality.full_name}に、「{drafting.title(own)}」の共同募集への同意を依頼しました。", "success")
    return redirect(url_for("desk.overview", posting_id=own.id), 303)
