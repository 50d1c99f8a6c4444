"""共同募集 on the desk of a co-municipality: what it is asked, the content as it was sent in, its answer. And asking again."""

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from jobboard.base.content import Content
from jobboard.base.errors import NotFound, WrongState
from jobboard.base.text import clean
from jobboard.database import db
from jobboard.domain import agreements, drafting, joining, joint_letters, listing, notices, permissions
from jobboard.models import Agreement, Posting
from jobboard.web.posting_view import posting_view
from jobboard.web.signing_in import signed_in, staff
from jobboard.web.transaction import now

blueprint = Blueprint("desk_joint", __name__, url_prefix="/desk")


class NothingToAnswer(Exception):
    """What this municipality was asked was taken back; says so."""


@blueprint.errorhandler(NothingToAnswer)
def nothing_to_answer(error: NothingToAnswer) -> ResponseReturnValue:
    """The list, with what happened, and what was typed: it went nowhere."""
    note = clean(request.form.get("note", ""))[: joining.LONGEST_NOTE]
    flash(f"{error}{f'送らなかった伝言:「{note}」' if note else ''}", "warning")
    return redirect(url_for(".asked"), 303)


def _find(posting_id: int, code: str) -> tuple[Agreement, Content]:
    """What this account's municipality was asked, and the content to agree to; ``NotFound`` for what it never was asked."""
    session = db.session()
    found = session.get(Agreement, (posting_id, code))
    if found is None:
        own = code in permissions.municipality_codes(signed_in())
        if own and joining.was_cancelled(session, posting_id, code):
            raise NothingToAnswer("この依頼は、相手の市区町村が取り消しました。答える必要はありません。")
        raise NotFound
    permissions.require(signed_in(), "joint:answer", found)
    content = joining.content_for(found.posting, code, now=now())
    if content is None:
        raise NothingToAnswer("この募集には、いまは答えられません。相手の市区町村が掲載の依頼を取り下げたか、募集が終わっています。")
    return found, content


@blueprint.get("/joint/")
@staff("joint:answer")
def asked() -> ResponseReturnValue:
    rows = agreements.asked_of(db.session(), permissions.municipality_codes(signed_in()))
    found = [(one, joining.content_for(one.posting, one.municipality_code, now=now())) for one in rows]
    several = len({one.municipality_code for one in rows}) > 1
    return render_template("desk/joint.html", rows=found, several=several)


@blueprint.get("/joint/<int:joint_id>")
@staff("joint:answer")
def asked_of(joint_id: int) -> ResponseReturnValue:
    """Where a mail's one-time code leads: to the one request for this account; the list where there is none now, or several."""
    rows = agreements.asked_of(db.session(), permissions.municipality_codes(signed_in()))
    codes = [one.municipality_code for one in rows if one.posting_id == joint_id and joining.content_for(one.posting, one.municipality_code, now=now())]
    if len(codes) != 1:
        return redirect(url_for(".asked"), 303)
    return redirect(url_for(".posting", joint_id=joint_id, code=codes[0]), 303)


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
    joint_letters.answered(session, found, base_url=config.base_url, site=config.site_name, now=now())
    said = "同意する" if agrees == "agree" else "同意しない"
    flash(f"共同募集に「{said}」と答えました。相手の市区町村に、メールで知らせます。", "success")
    return redirect(url_for(".asked"), 303)


def _own(action: str, posting_id: int) -> tuple[Posting, Agreement]:
    """The posting of one's own, and what it asked of the municipality that the form names; ``NotFound`` without either."""
    own = permissions.find_posting(db.session(), signed_in(), action, posting_id)
    found = db.session.get(Agreement, (own.id, request.form.get("municipality", "")))
    if found is None:
        raise NotFound
    return own, found


def _done(own: Posting, words: str, kind: str = "success") -> ResponseReturnValue:
    flash(words, kind)
    return redirect(url_for("desk.overview", posting_id=own.id), 303)


@blueprint.post("/postings/<int:posting_id>/joint")
@staff("joint:ask")
def ask_again(posting_id: int) -> ResponseReturnValue:
    (own, found), session = _own("joint:ask", posting_id), db.session()
    try:
        joining.ask_again(session, found, by=signed_in(), now=now())
    except WrongState:
        return _done(own, "いまは依頼できません。掲載を依頼しているあいだか、募集中に、もう一度依頼してください。", "warning")
    config = current_app.config["BOARD"]
    notices.joint_asked(session, own, [found], base_url=config.base_url, site=config.site_name, now=now())
    return _done(own, f"{found.municipality.full_name}に、「{drafting.title(own)}」の共同募集への同意を依頼しました。")


@blueprint.post("/postings/<int:posting_id>/joint/cancel")
@staff("joint:cancel")
def cancel(posting_id: int) -> ResponseReturnValue:
    (own, found), session = _own("joint:cancel", posting_id), db.session()
    place = found.municipality
    try:
        joining.cancel(session, found, by=signed_in(), now=now())
    except WrongState:
        return _done(own, f"{place.full_name}は、もう答えています。下の表を確かめてください。", "warning")
    config = current_app.config["BOARD"]
    mailed = joint_letters.cancelled(session, own, place, base_url=config.base_url, site=config.site_name, now=now())
    after = "相手には、メールで知らせます。" if mailed else ""
    return _done(own, f"{place.full_name}への依頼を取り消しました。内容からも名を外しました。{after}")
