"""質問と回答 at the desk: what was asked of a posting, one question with its answer in public, or set aside with a reason."""

from collections.abc import Callable
from typing import Any

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
        state=question_answers.state(question),
        shown=questions.shown(question),
        longest=questions.LONGEST,
    )


@blueprint.post("/<int:question_id>/answer")
@staff("posting:answer")
def answer(posting_id: int, question_id: int) -> ResponseReturnValue:
    """Publishes the answer."""
    done = "回答を公開しました。質問した方と、登録している人に知らせます。"
    return _act(posting_id, question_id, question_answers.answer, done, text=_typed("answer"), public_text=_typed("public_text"))


@blueprint.post("/<int:question_id>/correct")
@staff("posting:answer")
def correct(posting_id: int, question_id: int) -> ResponseReturnValue:
    """Changes the public answer; a slip of the pen silently."""
    silent = "silent" in request.form
    done = "誤字を訂正しました。" if silent else "回答を訂正しました。質問した方と、登録している人に知らせます。"
    return _act(
        posting_id, question_id, question_answers.correct, done, told=not silent, silent=silent, seen=_typed("seen"),
        text=_typed("answer"), public_text=_typed("public_text"),
    )  # fmt: skip


@blueprint.post("/<int:question_id>/set-aside")
@staff("posting:answer")
def set_aside(posting_id: int, question_id: int) -> ResponseReturnValue:
    done = "この質問には、ここでは回答しないことにしました。質問した方に理由を送ります。"
    return _act(posting_id, question_id, question_answers.set_aside, done, reason=_typed("reason"))


def _act(
    posting_id: int, question_id: int, act: Callable[..., None], done: str, *, told: bool = True, **typed: Any
) -> ResponseReturnValue:
    """Does it and tells the asker. Who comes second sees what was decided, and keeps what was typed."""
    posting = _find("posting:answer", posting_id)
    question = question_answers.find(db.session(), posting, question_id)
    try:
        act(db.session(), question, by=signed_in(), now=now(), **typed)
    except WrongState:
        return _show(posting, question, unsent=typed.get("text") or typed.get("reason", "")), 409
    except Incomplete as gaps:
        return _show(posting, question, _pairs(gaps)), 422
    if told:
        question_answers.tell(db.session(), question, letterhead=_letterhead(), now=now())
    flash(done, "success")
    return redirect(url_for(".listed", posting_id=posting.id), 303)


def _typed(name: str) -> str:
    return request.form.get(name, "")


def _pairs(gaps: Incomplete) -> list[tuple[str, str]]:
    return [(problem.field, problem.message) for problem in gaps.problems]


def _letterhead() -> Letterhead:
    return Letterhead.of(current_app.config["BOARD"])
