"""まとめて掲載する: the chosen ones are shown once more, then published; what changed meanwhile or warns is left out and named."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from jobboard.base.content import from_json
from jobboard.base.showing import show
from jobboard.database import db
from jobboard.domain import drafting, together
from jobboard.web.numbers import small
from jobboard.web.review import tell_published
from jobboard.web.signing_in import signed_in, staff
from jobboard.web.transaction import now

blueprint = Blueprint("review_together", __name__, url_prefix="/review/together")

TOO_MANY = f"一度に掲載できるのは{together.MOST}件までです。選ぶ数を減らしてください。"
NONE_CHOSEN = "掲載する募集を選んでから、もう一度押してください。"


@blueprint.get("")
@staff("posting:publish")
def confirm() -> ResponseReturnValue:
    """What is about to be published, and what is left out and why."""
    chosen = set(request.args.getlist("version", type=small))
    if problem := _problem(chosen):
        return render_template("review/together.html", ready=[], left=[], problem=problem), 422 if chosen else 200
    found = together.candidates(db.session(), chosen, by=signed_in(), now=now())
    ready = [(one, show("apply_by", from_json(one.version.content))) for one in found if not one.obstacle]
    return render_template("review/together.html", ready=ready, left=[one for one in found if one.obstacle], problem="")


@blueprint.post("")
@staff("posting:publish")
def publish() -> ResponseReturnValue:
    """Publishes what nothing stands in the way of by now."""
    chosen = set(request.form.getlist("version", type=small))
    if problem := _problem(chosen):
        flash(problem, "warning")
        return redirect(url_for("review.queue"), 303)
    done, left = together.publish(db.session(), chosen, by=signed_in(), now=now())
    for posting in done:
        tell_published(posting)
    if done and not left:
        flash(f"{len(done)}件を掲載しました。", "success")
        return redirect(url_for("review.queue"), 303)
    return render_template("review/together_done.html", done=done, left=left, title_of=drafting.title), 200 if done else 409


def _problem(chosen: set[int]) -> str:
    return TOO_MANY if len(chosen) > together.MOST else "" if chosen else NONE_CHOSEN
