"""質問と回答 at the desk: what was asked of a posting, one question with its answer in public, or set aside with a reason."""

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from jobboard.base.errors import Incomplete, WrongState
from jobboard.database import db
from jobboard.domain import drafting, permissions, question_answers, questions
from jobboard.domain.letterhead import Letterhead
from jobboard.models import Posting, Question
from jobboard.web.signing_in import signed_in, staff
from jobboard.web.transaction import now

blueprint = Blueprint("desk_questions", __name__, url_prefix="/desk/postings/<int:posting_id>/questions")


def _find(action: str, posting_id: int) -> Posting:
    return permissions.find_posting(db.session(), signed_in(), action, posting_id)


@blueprint.get("")
@staff("posting:read_draft")
def listed(posting_id: int) -> ResponseReturnValue:
    posting = _find("posting:read_draft", posting_id)
    return render_template(
        "desk/asked.html",
        posting=posting,
        title=drafting.title(posting),
        asked=question_answers.asked(db.session(), posting),
        accepts=questions.accepts(posting, now()),
        shown=questions.shown,
    )


@blueprint.get("/<int:question_id>")
@staff("posting:read_draft")
def one(posting_id: int, question_id: int) -> ResponseReturnValue:
    posting = _find("posting:read_draft", posting_id)
    return _show(posting, question_answers.find(db.session(), posting, question_id))


def _show(
    posting: Posting, question: Question, errors: list[tuple[str, str]] | None = None, unsent: str = ""
) -> str:
    """The question with what was typed in its forms. ``unsent``: an answer or a reason that came too late."""
    return render_template(
        "desk/question.html",
        posting=posting,
        title=drafting.title(posting),
        question=question,
        may_answer=permissions.allowed(signed_in(), "posting:answer", posting),
        written=request.form,
        errors=errors or [],
        wrong={field: [sentence] for field, sentence in errors or []},
        unsent=unsent,
        longest=questions.LONGEST,
    )


@blueprint.post("/<int:question_id>/answer")
@staff("posting:answer")
def answer(posting_id: int, question_id: int) -> ResponseReturnValue:
    """Publishes the answer. Who comes second sees what was decided, and keeps what was typed."""
    posting = _find("posting:answer", posting_id)
    question, words = question_answers.find(db.session(), posting, question_id), request.form.get("answer", "")
    try:
        question_answers.answer(
            db.session(), question,
            text=words, public_text=request.form.get("public_text", ""), by=signed_in(), letterhead=_letterhead(), now=now(),
        )  # fmt: skip
    except WrongState:
        return _show(posting, question, unsent=words), 409
    except Incomplete as gaps:
        return _show(posting, question, _pairs(gaps)), 422
    flash("回答を公開しました。質問した方と、登録している人に知らせます。", "success")
    return redirect(url_for(".listed", posting_id=posting.id), 303)


@blueprint.post("/<int:question_id>/set-aside")
@staff("posting:answer")
def set_aside(posting_id: int, question_id: int) -> ResponseReturnValue:
    posting = _find("posting:answer", posting_id)
    question, reason = question_answers.find(db.session(), posting, question_id), request.form.get("reason", "")
    try:
        question_answers.set_aside(
            db.session(), question, reason=reason, by=signed_in(), letterhead=_letterhead(), now=now()
        )
    except WrongState:
        return _show(posting, question, unsent=reason), 409
    except Incomplete as gaps:
        return _show(posting, question, _pairs(gaps)), 422
    flash("この質問には、ここでは回答しないことにしました。質問した方に理由を送ります。", "success")
    return redirect(url_for(".listed", posting_id=posting.id), 303)


def _pairs(gaps: Incomplete) -> list[tuple[str, str]]:
    return [(problem.field, problem.message) for problem in gaps.problems]


def _letterhead() -> Letterhead:
    return Letterhead.of(current_app.config["BOARD"])
