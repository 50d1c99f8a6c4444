"""What the mails about forgotten postings ask: 延長, 決定 or 該当者なし after a deadline, and an archived draft brought back."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from jobboard.base.errors import Incomplete, WrongState
from jobboard.base.states import ExtensionReason, Outcome
from jobboard.database import db
from jobboard.domain import drafting, past_deadline, permissions, reminding
from jobboard.models import Posting
from jobboard.web.desk_forms import ExtendForm
from jobboard.web.forms import summary
from jobboard.web.signing_in import signed_in, staff
from jobboard.web.transaction import now

blueprint = Blueprint("desk_ended", __name__, url_prefix="/desk/postings/<int:posting_id>")
OUTCOMES = {"decided": Outcome.DECIDED, "none_suitable": Outcome.NONE_SUITABLE}


@blueprint.get("/ended")
@staff("posting:close")
def ended(posting_id: int) -> ResponseReturnValue:
    return _page(_find(posting_id, "posting:close"), ExtendForm())


@blueprint.post("/ended")
@staff("posting:close")
def answer(posting_id: int) -> ResponseReturnValue:
    """One of the three buttons; a name that is none of them shows the page again, and what to do."""
    wish = request.form.get("do", "")
    if wish in OUTCOMES:
        posting = _find(posting_id, "posting:close")
        past_deadline.tell(db.session(), posting, OUTCOMES[wish], by=signed_in(), now=now())
        return _done(posting, f"募集の結果を「{OUTCOMES[wish].label}」と登録しました。")
    posting, form = _find(posting_id, "posting:reopen"), ExtendForm()
    if wish == "extend" and form.validate():
        until, reason = form.until.instant, ExtensionReason(form.reason.data)
        try:
            past_deadline.extend(
                db.session(), posting, until=until, reason=reason, note=form.note.data or "", by=signed_in(), now=now()
            )
            return _done(posting, "締切を延長し、募集を再開しました。登録している人に、メールとフィードで知らせます。")
        except Incomplete as gaps:
            form.until.errors = [*form.until.errors, *(problem.message for problem in gaps.problems)]
    unknown = [] if wish == "extend" else [("#answer", "「決定」「該当者なし」「延長」のどれかを押してください。")]
    return _page(posting, form, unknown)


@blueprint.post("/restore")
@staff("posting:edit")
def restore(posting_id: int) -> ResponseReturnValue:
    posting = permissions.find_posting(db.session(), signed_in(), "posting:edit", posting_id)
    reminding.restore(db.session(), posting, by=signed_in(), now=now())
    return _done(posting, "保管した下書きを元に戻しました。")


def _find(posting_id: int, action: str) -> Posting:
    posting = permissions.find_posting(db.session(), signed_in(), action, posting_id)
    if not past_deadline.is_past(posting, now()):
        raise WrongState(str(posting.state), "past_deadline")
    return posting


def _page(posting: Posting, form: ExtendForm, unknown: Sequence[tuple[str, str]] = ()) -> tuple[str, int]:
    errors = [*unknown, *summary(form)]
    page = render_template("desk/ended.html", posting=posting, title=drafting.title(posting), form=form, errors=errors)
    return page, 422 if errors else 200


def _done(posting: Posting, words: str) -> ResponseReturnValue:
    flash(words, "success")
    return redirect(url_for("desk.overview", posting_id=posting.id), 303)
