"""質問する, by anybody who reads a posting that takes questions: a form, and a link in a mail that confirms. No session.

A link shows a page; only its button acts (mail scanners follow links).
"""

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from jobboard.base.errors import Incomplete, NotFound
from jobboard.database import db
from jobboard.domain import links, listing, questions
from jobboard.domain.letterhead import Letterhead
from jobboard.models import Posting, Subscriber
from jobboard.web.rows import chips
from jobboard.web.security import UntimelyForm
from jobboard.web.transaction import now

blueprint = Blueprint("ask", __name__)

FIELDS = ("text", "email")


@blueprint.get("/postings/<int:posting_id>/ask")
def form(posting_id: int) -> ResponseReturnValue:
    """The form while questions are taken; a posting that never took any has no such page."""
    posting = _found(posting_id)
    return _form(posting, dict.fromkeys(FIELDS, "")) if questions.accepts(posting, now()) else _over(posting)


@blueprint.post("/postings/<int:posting_id>/ask")
def ask(posting_id: int) -> ResponseReturnValue:
    """Mails the link that confirms; what was typed wrong comes back with all that was typed."""
    posting, typed = _found(posting_id), _typed()
    if not questions.accepts(posting, now()):
        return _over(posting, typed["text"])
    try:
        questions.ask(
            db.session(), posting, address=typed["email"], text=typed["text"], letterhead=_letterhead(), now=now()
        )
    except Incomplete as gaps:
        typed["text"], _ = questions.read(typed["text"])
        return _form(posting, typed, [(problem.field, problem.message) for problem in gaps.problems]), 422
    return redirect(url_for(".sent", posting_id=posting.id), 303)


@blueprint.errorhandler(UntimelyForm)
def again(error: UntimelyForm) -> ResponseReturnValue:
    """The same form with all that was typed: a person presses once more."""
    try:
        posting = _found((request.view_args or {})["posting_id"])
    except NotFound as missing:
        return current_app.handle_user_exception(missing)
    return _form(posting, _typed(), [("", error.again)]), 422


@blueprint.get("/postings/<int:posting_id>/asked")
def sent(posting_id: int) -> ResponseReturnValue:
    """The same for known and unknown addresses."""
    return render_template("ask/sent.html", posting=_found(posting_id))


@blueprint.get("/question/<token>")
def confirm(token: str) -> ResponseReturnValue:
    question = questions.asked(db.session(), token, now=now())
    accepts = questions.accepts(question.posting, now())
    return render_template("ask/confirm.html", token=token, question=question, posting=question.posting, accepts=accepts)


@blueprint.post("/question/<token>")
def confirm_now(token: str) -> ResponseReturnValue:
    """Only the press that sends the question opens the page of what is kept of the address."""
    question = questions.asked(db.session(), token, now=now())
    if question.confirmed_at is not None or not questions.accepts(question.posting, now()):
        return confirm(token)
    questions.confirm(db.session(), token, letterhead=_letterhead(), now=now())
    person = db.session.get_one(Subscriber, question.asker_id)
    key = current_app.config["BOARD"].token_key
    manage = links.issue(db.session(), key, "manage", person.id, person.link_generation, now=now())
    return render_template("ask/confirmed.html", posting=question.posting, manage=manage)


def _found(posting_id: int) -> Posting:
    posting = listing.public_posting(db.session(), posting_id)
    if posting.questions_by is None:
        raise NotFound
    return posting


def _typed() -> dict[str, str]:
    return {name: request.form.get(name, "") for name in FIELDS}


def _letterhead() -> Letterhead:
    return Letterhead.of(current_app.config["BOARD"])


def _form(posting: Posting, typed: dict[str, str], errors: list[tuple[str, str]] | None = None) -> str:
    wrong: dict[str, list[str]] = {}
    for field, sentence in errors or []:
        wrong.setdefault(field, []).append(sentence)
    return render_template(
        "ask/form.html",
        posting=posting,
        chips=chips(posting, now(), demonstration=posting.municipality.demonstration),
        typed=typed,
        errors=errors or [],
        wrong=wrong,
        handling=questions.HANDLING,
        shortest=questions.SHORTEST,
        longest=questions.LONGEST,
    )


def _over(posting: Posting, text: str = "") -> ResponseReturnValue:
    """In words, with what was typed."""
    return render_template("ask/over.html", posting=posting, text=text), 410
