"""担当する, 担当をやめる, and who has the page of a posting open now: what moderators tell each other."""

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from jobboard.base.errors import WrongState
from jobboard.database import db
from jobboard.domain import drafting, reviewers
from jobboard.models import Posting
from jobboard.web.numbers import small
from jobboard.web.review import find
from jobboard.web.signing_in import signed_in, staff
from jobboard.web.transaction import now

blueprint = Blueprint("review_people", __name__, url_prefix="/review/postings/<int:posting_id>")

@blueprint.post("/take-on")
@staff("posting:review")
def take_on(posting_id: int) -> ResponseReturnValue:
    """Taking over from a colleague is asked about first; ``instead_of`` is the colleague whom the page named."""
    found, session = find("posting:review", posting_id), db.session()
    instead_of = request.form.get("instead_of", 0, type=small)
    try:
        reviewers.take_on(session, found, instead_of=instead_of, by=signed_in(), now=now())
    except WrongState as refused:
        if refused.state != "held":
            flash("この募集は、いま掲載確認を待っていません。", "warning")
            return redirect(url_for("review.posting", posting_id=found.id), 303)
        holder = reviewers.holder(session, found)
        return render_template("review/take_over.html", posting=found, title=_title(found), holder=holder, back=_back()), 409
    flash(f"「{_title(found)}」の担当になりました。", "success")
    return _return(found)


@blueprint.post("/put-down")
@staff("posting:review")
def put_down(posting_id: int) -> ResponseReturnValue:
    found = find("posting:review", posting_id)
    if reviewers.put_down(db.session(), found, by=signed_in(), now=now()):
        flash(f"「{_title(found)}」の担当をやめました。", "success")
    else:
        flash("この募集は、もう自分の担当ではありません。", "note")
    return _return(found)


@blueprint.post("/presence")
@staff("posting:review")
def presence(posting_id: int) -> ResponseReturnValue:
    """Told by the open page: who else is here, and whether its version (``version_id``) still waits."""
    found, session = find("posting:review", posting_id), db.session()
    version_id = request.form.get("version_id", 0, type=small)
    reviewers.tell_presence(session, found, by=signed_in(), now=now())
    others = reviewers.others(session, [found.id], by=signed_in(), now=now()).get(found.id, [])
    return jsonify(others=here_too(others), moved=found.pending_id != version_id)


@blueprint.app_template_global()
def here_too(names: list[str]) -> str:
    """The sentence about those who have the page open, too; empty for nobody."""
    return f"{'、'.join(f'{name}さん' for name in names)}も、いまこの募集を見ています。" if names else ""


def _title(found: Posting) -> str:
    return drafting.title_of_version(found.pending) if found.pending else drafting.title(found)


def _back() -> str:
    return "queue" if request.form.get("back") == "queue" else ""


def _return(found: Posting) -> ResponseReturnValue:
    """To the list where the button stood there, else to the posting."""
    address = url_for("review.queue") if _back() else url_for("review.posting", posting_id=found.id)
    return redirect(address, 303)
