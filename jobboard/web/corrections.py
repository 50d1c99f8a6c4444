"""訂正・削除の申出 on the ministry's side: what waits, the oldest first, one request beside its posting, the answer."""

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from jobboard.base.errors import Incomplete, WrongState
from jobboard.base.states import Remedy
from jobboard.base.wording import japanese_date
from jobboard.database import db
from jobboard.domain import answering, corrections
from jobboard.domain.letterhead import Letterhead
from jobboard.models import Correction
from jobboard.web.signing_in import signed_in, staff
from jobboard.web.transaction import now

blueprint = Blueprint("corrections", __name__, url_prefix="/review/corrections")
blueprint.add_app_template_filter(japanese_date)

SHOWN = 50
"""Answered requests on the list, the newest first; an older one has its own address still."""


@blueprint.record_once
def tell_templates(state: BlueprintSetupState) -> None:
    """The navigation of the moderators says how many wait."""
    state.app.jinja_env.globals["corrections_waiting"] = lambda: corrections.count_waiting(db.session())


@blueprint.get("")
@staff("correction:read")
def queue() -> ResponseReturnValue:
    return render_template(
        "corrections/queue.html",
        waiting=corrections.waiting(db.session(), now=now()),
        answered=corrections.answered(db.session(), limit=SHOWN),
        within=corrections.ANSWERED_WITHIN,
    )


@blueprint.get("/<int:correction_id>")
@staff("correction:read")
def one(correction_id: int) -> ResponseReturnValue:
    return _show(corrections.find(db.session(), correction_id))


def _show(found: Correction, errors: list[tuple[str, str]] | None = None, unsent: str = "") -> str:
    """The page, with what was typed in the form. ``unsent``: an answer that came too late."""
    return render_template(
        "corrections/correction.html",
        correction=found,
        posting=found.posting,
        waits=corrections.waits(found, now=now()),
        remedies=[(str(remedy), remedy.label) for remedy in Remedy],
        written=request.form,
        errors=errors or [],
        wrong={field: [sentence] for field, sentence in errors or []},
        unsent=unsent,
    )


@blueprint.post("/<int:correction_id>/answer")
@staff("correction:answer")
def answer(correction_id: int) -> ResponseReturnValue:
    """Decides. Who comes second sees what was decided, and keeps what was typed."""
    found, reason = corrections.find(db.session(), correction_id), request.form.get("reason", "")
    letterhead = Letterhead.of(current_app.config["BOARD"])
    try:
        answering.answer(
            db.session(), found,
            remedy=request.form.get("remedy", ""), reason=reason, by=signed_in(), letterhead=letterhead, now=now(),
        )  # fmt: skip
    except WrongState:
        return _show(found, unsent=reason), 409
    except Incomplete as gaps:
        return _show(found, [(problem.field, problem.message) for problem in gaps.problems]), 422
    flash(f"受付番号 {found.receipt} の申出に回答しました。", "success")
    return redirect(url_for(".queue"), 303)
