"""What a municipality does to a posting that was sent in: change it, put the deadline off, end it, take it back.

Each act is a page that says what will happen, with one form; the POST acts.
"""

from functools import partial
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from jobboard.base.content import Content
from jobboard.base.errors import EditConflict, Incomplete, WrongState
from jobboard.base.states import ClosedReason, ExtensionReason, Outcome
from jobboard.database import db
from jobboard.domain import (
    agreements,
    attached,
    cautions,
    changes,
    completeness,
    drafting,
    joint,
    moderation,
    notices,
    permissions,
    publication,
    reach,
    sending,
    stopping,
    waiting,
)
from jobboard.domain.versions import current_content
from jobboard.models import Posting
from jobboard.web.desk_forms import AmendForm, CloseForm, ExtendForm, OutcomeForm, ReopenForm, WithdrawForm
from jobboard.web.desk_sending import typed_reasons, who_looks
from jobboard.web.forms import StaffForm, summary
from jobboard.web.numbers import small
from jobboard.web.posting_page import edit_page, sentence
from jobboard.web.signing_in import signed_in, staff
from jobboard.web.transaction import now
from jobboard.web.writing_steps import address_of

blueprint = Blueprint("desk_changes", __name__, url_prefix="/desk/postings/<int:posting_id>")
BOTH = ["GET", "POST"]


def _find(action: str, posting_id: int, act: str) -> Posting:
    """The posting, if this account may do this and its state allows it; ``NotFound`` or ``WrongState`` if not."""
    posting = permissions.find_posting(db.session(), signed_in(), action, posting_id)
    if act not in waiting.possible(posting, now=now(), files=bool(attached.differing(db.session(), [posting]))):
        raise WrongState(posting.state.value, act)
    return posting


def _done(posting: Posting, words: str) -> ResponseReturnValue:
    flash(words, "success")
    return redirect(url_for("desk.overview", posting_id=posting.id), 303)


def _ask(template: str, posting: Posting, form: StaffForm | None = None, **more: Any) -> tuple[str, int]:
    """The page of an act: 200 when it is opened, 422 when the form came back with errors (``wrong``: others beside it)."""
    errors = [*(summary(form) if form else []), *more.get("wrong", {}).items()]
    page = render_template(
        f"desk/{template}.html", posting=posting, title=drafting.title(posting), form=form, errors=errors, **more
    )
    return page, 422 if errors else 200


def _refused(form: StaffForm, gaps: Incomplete) -> None:
    """Puts the domain's sentences at the form's fields."""
    for problem in gaps.problems:
        field = form[problem.field] if problem.field in form else next(iter(form))
        field.errors = [*field.errors, problem.message]


@blueprint.route("/amend", methods=BOTH)
@staff("posting:submit")
def amend(posting_id: int) -> ResponseReturnValue:
    posting = _find("posting:submit", posting_id, "edit")
    current_content(posting)
    form = AmendForm()
    if request.method == "GET":
        return _amending(posting, form)
    if request.form.get("revision", 0, type=small) != posting.revision:
        page, _ = _amending(posting, form, moved=True)
        return page, 409
    if not form.validate():
        return _amending(posting, form)
    return _send(posting, form)


def _send(posting: Posting, form: AmendForm) -> ResponseReturnValue:
    session, by = db.session(), signed_in()
    try:
        version = sending.send(
            session, posting, reasons=typed_reasons(), by=by, now=now(),
            summary=form.change_summary.data, silent=form.silent.data,
        )  # fmt: skip
    except Incomplete as gaps:
        wrong = {gap.field: gap.message for gap in gaps.problems if gap.field.startswith(sending.REASON)}
        _refused(form, Incomplete([gap for gap in gaps.problems if gap.field not in wrong]))
        return _amending(posting, form, wrong=wrong)
    if version.at_once:
        return _done(posting, "変更を掲載しました。")
    config = current_app.config["BOARD"]
    notices.submitted(session, posting, base_url=config.base_url, site=config.site_name, now=now())
    return _done(posting, f"変更の掲載を依頼しました。{who_looks(posting)}")


def _amending(
    posting: Posting, form: AmendForm, *, moved: bool = False, wrong: dict[str, str] | None = None
) -> tuple[str, int]:
    typed, old = drafting.text(posting), current_content(posting)
    new, _ = completeness.read_applying(typed)
    files = attached.difference(db.session(), posting)
    differing = [*changes.difference(old, new), *files]
    page = edit_page(typed, posting.municipality, now(), all_gaps=True)
    gaps = [(address_of(posting.id, gap.field), sentence(gap, page.content)) for gap in page.gaps]
    return _ask(
        "amend",
        posting,
        form,
        gaps=gaps,
        changes=_told(differing, old, new),
        at_once=changes.takes_effect_at_once(old, new) and not files,
        material=changes.is_material(differing),
        address=partial(address_of, posting.id),
        reached=_reached(posting, old, new),
        doubts=sending.doubts(db.session(), posting, new, now=now()),
        notes=[one for one in page.warnings if one.key not in cautions.TO_OVERRULE],
        wrong=wrong or {},
        revision=posting.revision,
        moved=moved,
    )


def _told(differing: list[changes.Change], *contents: Content) -> list[tuple[str, str, str]]:
    """Label, old and new of each change; municipalities by their names."""
    names = joint.names(db.session(), contents)
    rows = []
    for change in differing:
        before, after = change.old, change.new
        if change.field.name == agreements.NAME:
            for code, name in names.items():
                before, after = before.replace(code, name), after.replace(code, name)
        rows.append((change.label, before, after))
    return rows


def _reached(posting: Posting, old: Content, new: Content) -> str:
    """How many the change would be mailed to; empty where nobody is told."""
    kind = changes.kind_of(old, new)
    if kind is None or not changes.is_material(changes.difference(old, new)):
        return ""
    return reach.told(reach.people(db.session(), posting, new, kind, now=now()))


@blueprint.route("/discard", methods=BOTH)
@staff("posting:edit")
def discard(posting_id: int) -> ResponseReturnValue:
    posting = _find("posting:edit", posting_id, "discard")
    if request.method == "GET":
        return _ask("discard", posting, revision=posting.revision, conflict=None)
    revision = request.form.get("revision", 0, type=small)
    try:
        drafting.discard(db.session(), posting, revision=revision, by=signed_in(), now=now())
    except EditConflict as conflict:
        page, _ = _ask("discard", posting, revision=conflict.revision, conflict=conflict)
        return page, 409
    return _done(posting, "変更の下書きを捨てました。掲載中の内容は変わっていません。")


@blueprint.route("/recall", methods=BOTH)
@staff("posting:recall")
def recall(posting_id: int) -> ResponseReturnValue:
    posting = _find("posting:recall", posting_id, "recall")
    if request.method == "GET":
        return _ask("recall", posting)
    moderation.recall(db.session(), posting, by=signed_in(), now=now())
    flash("掲載の依頼を取り下げました。内容を直して、もう一度依頼できます。", "success")
    return redirect(url_for("desk.edit", posting_id=posting.id), 303)


@blueprint.route("/extend", methods=BOTH)
@staff("posting:extend")
def extend(posting_id: int) -> ResponseReturnValue:
    posting = _find("posting:extend", posting_id, "extend")
    form = ExtendForm()
    open_ended = "apply_by" not in current_content(posting)
    if open_ended:
        form.until.reads, form.until.label.text = "review_on", "新しい見直しの日"
    if request.method == "POST" and form.validate():
        reason, note, by = ExtensionReason(form.reason.data), form.note.data, signed_in()
        try:
            publication.extend(
                db.session(), posting, until=form.until.instant, reason=reason, note=note, by=by, now=now()
            )
            return _done(posting, "締切を延長しました。登録している人に、メールとフィードで知らせます。")
        except Incomplete as gaps:
            _refused(form, gaps)
    return _ask("extend", posting, form, open_ended=open_ended)


@blueprint.route("/close", methods=BOTH)
@staff("posting:close")
def close(posting_id: int) -> ResponseReturnValue:
    posting = _find("posting:close", posting_id, "close")
    form = CloseForm()
    if request.method == "GET" or not form.validate():
        return _ask("close", posting, form)
    reason = ClosedReason(form.reason.data)
    outcome = Outcome(form.outcome.data) if form.outcome.data else None
    publication.close(
        db.session(), posting, reason=reason, outcome=outcome, note=form.note.data, by=signed_in(), now=now()
    )
    return _done(posting, "募集を終了しました。")


@blueprint.route("/outcome", methods=BOTH)
@staff("posting:close")
def outcome(posting_id: int) -> ResponseReturnValue:
    posting = _find("posting:close", posting_id, "outcome")
    form = OutcomeForm(outcome=posting.outcome, note=posting.outcome_note)
    if request.method == "GET" or not form.validate():
        return _ask("outcome", posting, form)
    told = Outcome(form.outcome.data)
    publication.tell_outcome(db.session(), posting, outcome=told, note=form.note.data, by=signed_in(), now=now())
    return _done(posting, "募集の結果を登録しました。")


@blueprint.route("/withdraw", methods=BOTH)
@staff("posting:withdraw")
def withdraw(posting_id: int) -> ResponseReturnValue:
    posting = _find("posting:withdraw", posting_id, "withdraw")
    form = WithdrawForm()
    if request.method == "GET" or not form.validate():
        return _ask("withdraw", posting, form)
    publication.withdraw(db.session(), posting, reason=form.reason.data, by=signed_in(), now=now())
    return _done(posting, "募集を中止しました。")


@blueprint.route("/reopen", methods=BOTH)
@staff("posting:reopen")
def reopen(posting_id: int) -> ResponseReturnValue:
    posting = _find("posting:reopen", posting_id, "reopen")
    form = ReopenForm()
    stop = stopping.stop(db.session(), posting)
    if stop is not None:
        page, _ = _ask("reopen", posting, stop=stop)
        return page, 409 if request.method == "POST" else 200
    if request.method == "POST" and form.validate():
        try:
            publication.reopen(db.session(), posting, until=form.until.instant, by=signed_in(), now=now())
            return _done(posting, "募集を再開しました。")
        except Incomplete as gaps:
            _refused(form, gaps)
    return _ask("reopen", posting, form)
