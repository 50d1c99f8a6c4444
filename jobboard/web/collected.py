"""/collected/<token>: a municipality says by the link of its mail whether a call found on its site may be here. No session.

The link shows a page; only its buttons act, once (mail scanners follow links).
"""

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue

from jobboard.base.errors import StaleLink
from jobboard.base.wording import japanese_instant
from jobboard.database import db
from jobboard.domain import confirming, confirming_letters, drafting, notices
from jobboard.domain.letterhead import Letterhead
from jobboard.models import SourceItem
from jobboard.web import office_words
from jobboard.web.transaction import now

blueprint = Blueprint("collected", __name__, url_prefix="/collected")

ANSWERS = {"yes": True, "no": False}
WORDS = {"yes": "掲載してよい", "no": "掲載しない"}


@blueprint.errorhandler(StaleLink)
def expired(error: StaleLink) -> ResponseReturnValue:
    """Too old, or another was sent since: what it was for, and who can be asked. Of which call is not said."""
    return render_template("collected/expired.html", contact=office_words.office().contact), 410


@blueprint.get("/<token>")
def question(token: str) -> ResponseReturnValue:
    return _page(token, confirming.behind(db.session(), token, now=now()))


@blueprint.post("/<token>")
def answer(token: str) -> ResponseReturnValue:
    """The first answer stands: pressing the same again shows it, another is refused, and so is one that nobody waits for."""
    item, said = confirming.behind(db.session(), token, now=now()), request.form.get("answer", "")
    if said not in ANSWERS:
        asks = item.answered_at is None and not confirming.nothing_left(db.session(), item)
        return _page(token, item, unanswered=asks), 422 if asks else 409
    letterhead = Letterhead.of(current_app.config["BOARD"])
    stands = confirming.answer(db.session(), item, agrees=ANSWERS[said], seen=request.form.get("about", ""), letterhead=letterhead, now=now())
    db.session().info["wake"] = True
    return _page(token, item, refused="" if stands else WORDS[said]), 200 if stands else 409


def _page(token: str, item: SourceItem, *, unanswered: bool = False, refused: str = "") -> str:
    """The question, or what came of it. ``refused``: what was pressed and does not count."""
    place, posting = item.source.municipality, item.posting
    title, link = confirming_letters.matter(item)
    return render_template(
        "collected/question.html", item=item, matter={"title": title, "link": link}, about=confirming.about(item), place=place, posting=posting,
        token=token, unanswered=unanswered, refused=refused,
        found=japanese_instant(item.first_seen_at), shown=confirming_letters.is_shown(item), only=confirming_letters.ONLY,
        left=confirming.nothing_left(db.session(), item), said=WORDS["yes" if item.agreed else "no"],
        has_editors=bool(notices.editors_of(db.session(), place.code)),
        is_drafted=posting is not None and drafting.is_editable(posting),
    )  # fmt: skip
