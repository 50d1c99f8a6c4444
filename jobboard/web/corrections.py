"""訂正・削除の申出 on the ministry's side: what waits, the oldest first, one request beside its posting, the inquiry, the answer."""

from urllib.parse import urlencode

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from jobboard.base.codes import PREFECTURES
from jobboard.base.errors import Incomplete, NotFound, WrongState
from jobboard.base.states import Fault, Remedy
from jobboard.base.wording import japanese_date
from jobboard.database import db
from jobboard.domain import answering, corrections, docket, inquiring, mending, stopping
from jobboard.domain.docket import Wanted
from jobboard.domain.letterhead import Letterhead
from jobboard.models import Correction
from jobboard.web import unknown
from jobboard.web.signing_in import signed_in, staff
from jobboard.web.transaction import now

blueprint = Blueprint("corrections", __name__, url_prefix="/review/corrections")
blueprint.add_app_template_filter(japanese_date)

FILTERS = ("receipt", "pref", "fault", "remedy")
CHOICES = {
    "pref": [("", "すべて"), *PREFECTURES.items()],
    "fault": [("", "すべて"), *((str(one), one.label) for one in Fault)],
    "remedy": [("", "すべて"), *((str(one), one.label) for one in Remedy)],
}


@blueprint.record_once
def tell_templates(state: BlueprintSetupState) -> None:
    """The navigation of the moderators says how many wait."""
    state.app.jinja_env.globals["corrections_waiting"] = lambda: docket.count_waiting(db.session())
    state.app.jinja_env.tests["late"] = docket.was_late
    state.app.jinja_env.filters["for_municipality"] = corrections.for_municipality


@blueprint.get("")
@staff("correction:read")
def queue() -> ResponseReturnValue:
    """What waits, and a page of what was answered; a whole 受付番号 leads to its request."""
    typed = {name: request.args.get(name, "") for name in FILTERS}
    wanted, number = Wanted.read(typed), request.args.get("page", "")
    try:
        return redirect(url_for(".one", correction_id=corrections.received(db.session(), wanted.receipt).id))
    except NotFound:
        pass
    unknown.tell(typed, {"pref": wanted.pref, "fault": wanted.fault, "remedy": wanted.remedy})
    page = docket.answered(db.session(), wanted, page=int(number[:6]) if number.isascii() and number.isdigit() else 1)
    waiting = docket.waiting(db.session(), now=now())
    asked = {name: value for name, value in typed.items() if value}
    return render_template(
        "corrections/queue.html",
        waiting=waiting,
        late=sum(one.is_over for one in waiting),
        answered=page,
        page_address=lambda number: f"{url_for('.queue')}?{urlencode({**asked, 'page': number})}#answered",
        typed=typed, asked=asked, choices=CHOICES,
        within=corrections.ANSWERED_WITHIN,
    )  # fmt: skip


@blueprint.get("/<int:correction_id>")
@staff("correction:read")
def one(correction_id: int) -> ResponseReturnValue:
    return _show(corrections.find(db.session(), correction_id))


def _show(found: Correction, gaps: Incomplete | None = None, *, unsent: str = "") -> str:
    """The page, with what was typed in the form. ``unsent``: an answer or an inquiry that came too late."""
    session = db.session()
    errors = [(problem.field, problem.message) for problem in gaps.problems] if gaps else []
    return render_template(
        "corrections/correction.html",
        correction=found,
        posting=found.posting,
        waits=corrections.waits(found, now=now()),
        remedies=[(str(remedy), remedy.label) for remedy in Remedy],
        over_before=stopping.over_before(session, found.posting),
        amendments=mending.since(session, found.posting_id, found.received_at),
        elsewhere=mending.ELSEWHERE,
        beside=docket.beside(session, found),
        steps=mending.steps(session, found),
        written=request.form,
        together=request.form.getlist("together"),
        errors=errors,
        wrong={field: [sentence] for field, sentence in errors},
        unsent=unsent,
    )


@blueprint.post("/<int:correction_id>/answer")
@staff("correction:answer")
def answer(correction_id: int) -> ResponseReturnValue:
    """Decides. Who comes second sees what was decided, and keeps what was typed."""
    found, reason = corrections.find(db.session(), correction_id), request.form.get("reason", "")
    others = [corrections.find(db.session(), _number(typed)) for typed in request.form.getlist("together")]
    try:
        answering.answer(
            db.session(), found, remedy=request.form.get("remedy", ""), reason=reason, version=request.form.get("version", ""),
            together=others, by=signed_in(), letterhead=_letterhead(), now=now(),
        )  # fmt: skip
    except WrongState:
        return _show(found, unsent=reason), 409
    except Incomplete as gaps:
        return _show(found, gaps), 409 if isinstance(gaps, answering.OverBefore) else 422
    numbers = "、".join(one.receipt for one in (found, *others))
    flash(f"受付番号 {numbers} の申出に回答しました。", "success")
    return redirect(url_for(".queue"), 303)


@blueprint.post("/<int:correction_id>/inquire")
@staff("correction:inquire")
def inquire(correction_id: int) -> ResponseReturnValue:
    """市区町村に確かめる."""
    found, note = corrections.find(db.session(), correction_id), request.form.get("note", "")
    again = "again" in request.form
    try:
        inquiring.inquire(db.session(), found, note=note, again=again, by=signed_in(), letterhead=_letterhead(), now=now())
    except WrongState:
        return _show(found, unsent=note), 409
    except Incomplete as gaps:
        return _show(found, gaps), 422
    flash(f"{found.posting.municipality.full_name}の担当者に、確かめるお願いのメールを送りました。", "success")
    return redirect(url_for(".one", correction_id=correction_id), 303)


def _number(typed: str) -> int:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0


def _letterhead() -> Letterhead:
    return Letterhead.of(current_app.config["BOARD"])
