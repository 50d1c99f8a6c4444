"""掲載内容の訂正・削除の申出, by anybody who reads a posting: a form, and a page with the receipt. No session, nothing stored."""

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from jobboard.base.clock import japan_date
from jobboard.base.errors import Incomplete, NotFound
from jobboard.base.states import Fault, Speaker
from jobboard.base.wording import japanese_date
from jobboard.database import db
from jobboard.domain import corrections, listing
from jobboard.models import Posting
from jobboard.web.rows import chips
from jobboard.web.security import UntimelyForm
from jobboard.web.transaction import now

blueprint = Blueprint("correction", __name__)

FIELDS = ("fault", "text", "speaker", "email")


@blueprint.get("/correction/<int:posting_id>")
def form(posting_id: int) -> ResponseReturnValue:
    """The form for a posting that is or was public."""
    return _form(listing.public_posting(db.session(), posting_id), dict.fromkeys(FIELDS, ""))


@blueprint.post("/correction/<int:posting_id>")
def ask(posting_id: int) -> ResponseReturnValue:
    """Takes the request down; what was typed wrong comes back with all that was typed."""
    posting = listing.public_posting(db.session(), posting_id)
    typed = _typed()
    try:
        received = corrections.receive(
            db.session(), posting,
            fault=typed["fault"], text=typed["text"], speaker=typed["speaker"], address=typed["email"], now=now(),
        )  # fmt: skip
    except Incomplete as gaps:
        return _form(posting, typed, [(problem.field, problem.message) for problem in gaps.problems]), 422
    return redirect(url_for(".received", receipt=received.receipt), 303)


@blueprint.errorhandler(UntimelyForm)
def again(error: UntimelyForm) -> ResponseReturnValue:
    """The same form with all that was typed: half a day of writing is not lost."""
    try:
        posting = listing.public_posting(db.session(), (request.view_args or {})["posting_id"])
    except NotFound as missing:
        return current_app.handle_user_exception(missing)
    return _form(posting, _typed(), [("", error.again)]), 422


def _typed() -> dict[str, str]:
    return {name: request.form.get(name, "") for name in FIELDS}


def _form(posting: Posting, typed: dict[str, str], errors: list[tuple[str, str]] | None = None) -> str:
    return render_template(
        "correction/form.html",
        posting=posting,
        chips=chips(posting, now(), demonstration=posting.municipality.demonstration),
        typed=typed,
        errors=errors or [],
        wrong={field: [sentence] for field, sentence in errors or []},
        faults=[(str(one), one.label) for one in Fault],
        speakers=[(str(one), one.label) for one in Speaker],
        within=corrections.ANSWERED_WITHIN,
        handling=corrections.HANDLING,
        shortest=corrections.SHORTEST,
        longest=corrections.LONGEST,
    )


@blueprint.get("/correction/received/<receipt>")
def received(receipt: str) -> ResponseReturnValue:
    """The receipt: which posting, until when, whether it was answered; nothing of what was written."""
    found = corrections.received(db.session(), receipt)
    return render_template(
        "correction/received.html",
        correction=found,
        posting=found.posting,
        within=corrections.ANSWERED_WITHIN,
        due_on=japanese_date(corrections.due_on(found)),
        answered_on=japanese_date(japan_date(found.answered_at)) if found.answered_at else "",
    )
