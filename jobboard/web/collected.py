"""/collected/<token>: a municipality says by the link of its mail whether a call found on its site may be here. No session.

The link shows a page; only its buttons act, once (mail scanners follow links).
"""

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue

from jobboard.base.wording import japanese_instant
from jobboard.database import db
from jobboard.domain import confirming
from jobboard.domain.letterhead import Letterhead
from jobboard.web.transaction import now

blueprint = Blueprint("collected", __name__, url_prefix="/collected")

ANSWERS = {"yes": True, "no": False}


@blueprint.get("/<token>")
def question(token: str) -> ResponseReturnValue:
    return _page(token)


@blueprint.post("/<token>")
def answer(token: str) -> ResponseReturnValue:
    """The first answer stands; pressing again shows it."""
    item, said = confirming.behind(db.session(), token, now=now()), request.form.get("answer", "")
    if said not in ANSWERS:
        return _page(token, unanswered=True), 422
    letterhead = Letterhead.of(current_app.config["BOARD"])
    confirming.answer(db.session(), item, agrees=ANSWERS[said], letterhead=letterhead, now=now())
    db.session().info["wake"] = True
    return _page(token)


def _page(token: str, *, unanswered: bool = False) -> str:
    item = confirming.behind(db.session(), token, now=now())
    return render_template(
        "collected/question.html", item=item, place=item.source.municipality, posting=item.posting, token=token,
        found=japanese_instant(item.first_seen_at), unanswered=unanswered,
    )  # fmt: skip
