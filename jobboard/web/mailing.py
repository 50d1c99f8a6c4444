"""The ministry's side of the mail: its state, what the brake holds, why a mail did not arrive, rehearsals, the switch.

What cannot be taken back is asked for on a page of its own; its POST acts, and says so when somebody was faster.
"""

import re
import unicodedata

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from jobboard.base.errors import Incomplete, NotFound, Problem, WrongState
from jobboard.config import Config
from jobboard.database import db
from jobboard.domain import brake, explaining, permissions, rehearsing, switch, unreached
from jobboard.domain.addresses import read_address
from jobboard.domain.letterhead import Letterhead
from jobboard.domain.rehearsing import Rehearsal
from jobboard.models import Hold
from jobboard.web import mailing_figures
from jobboard.web.signing_in import signed_in, staff
from jobboard.web.transaction import now

blueprint = Blueprint("mailing", __name__, url_prefix="/ministry/mail")
mailing_figures.add_to(blueprint)

_NUMBER = re.compile(r"(?:.*/postings/)?(\d{1,9})(?:[/?#].*)?")
NO_NUMBER = "募集の番号を入力してください。募集のページのアドレスの最後の数字です(例: 123)。"
NO_POSTING = "その番号の募集は、掲載の依頼がまだ届いていません。番号を確かめてください。"


@blueprint.record_once
def tell_templates(state: BlueprintSetupState) -> None:
    """The menu says when mail does not leave."""
    state.app.jinja_env.globals["mail_waits"] = _waits
    state.app.jinja_env.globals["nobody_left"] = brake.NOBODY_LEFT
    state.app.jinja_env.filters["few"] = rehearsing.few


def _waits() -> str:
    session = db.session()
    if switch.state(session).mail_stopped_at is not None:
        return "停止中"
    return "保留中" if brake.open_hold(session) else ""


@blueprint.get("")
@staff("mail:read")
def home() -> ResponseReturnValue:
    session = db.session()
    return render_template(
        "mailing/home.html",
        **mailing_figures.figures(session, _config()),
        unreached=unreached.unreached(session, now=now()),
        stopped=unreached.count_stopped(session),
        domains=unreached.domains(session),
        failed=[(mail, unreached.recipient(mail)) for mail in unreached.failed(session)],
        decided=brake.decided(session),
        may_switch=permissions.allowed(signed_in(), "mail:switch"),
    )


@blueprint.get("/hold/<int:hold_id>/release")
@staff("mail:release")
def ask_release(hold_id: int) -> ResponseReturnValue:
    return _hold_page("release", _hold(hold_id))


@blueprint.post("/hold/<int:hold_id>/release")
@staff("mail:release")
def release(hold_id: int) -> ResponseReturnValue:
    try:
        people = brake.release(db.session(), hold_id, by=signed_in(), now=now())
    except WrongState:
        return _hold_page("release", _hold(hold_id)), 409
    flash(f"{people:,}人へのお知らせを送り始めました。", "success")
    return redirect(url_for(".home"), 303)


@blueprint.get("/hold/<int:hold_id>/discard")
@staff("mail:release")
def ask_discard(hold_id: int) -> ResponseReturnValue:
    return _hold_page("discard", _hold(hold_id))


@blueprint.post("/hold/<int:hold_id>/discard")
@staff("mail:release")
def discard(hold_id: int) -> ResponseReturnValue:
    try:
        brake.discard(db.session(), hold_id, reason=request.form.get("reason", ""), by=signed_in(), now=now())
    except WrongState:
        return _hold_page("discard", _hold(hold_id)), 409
    except Incomplete as gaps:
        return _hold_page("discard", _hold(hold_id), _errors(gaps)), 422
    flash("保留していたお知らせを、送らないことにしました。", "success")
    return redirect(url_for(".home"), 303)


@blueprint.get("/stop")
@staff("mail:switch")
def ask_stop() -> ResponseReturnValue:
    return _switch_page("stop")


@blueprint.post("/stop")
@staff("mail:switch")
def stop() -> ResponseReturnValue:
    try:
        switch.stop(db.session(), reason=request.form.get("reason", ""), by=signed_in(), now=now())
    except WrongState:
        return _switch_page("stop"), 409
    except Incomplete as gaps:
        return _switch_page("stop", _errors(gaps)), 422
    flash("すべてのメールの送信を止めました。", "success")
    return redirect(url_for(".home"), 303)


@blueprint.get("/start")
@staff("mail:switch")
def ask_start() -> ResponseReturnValue:
    return _switch_page("start")


@blueprint.post("/start")
@staff("mail:switch")
def start() -> ResponseReturnValue:
    try:
        switch.start(db.session(), by=signed_in(), now=now())
    except WrongState:
        return _switch_page("start"), 409
    flash("メールの送信を再開しました。", "success")
    return redirect(url_for(".home"), 303)


@blueprint.get("/addresses/<int:subscriber_id>/resume")
@staff("mail:release")
def ask_resume(subscriber_id: int) -> ResponseReturnValue:
    try:
        person = unreached.stopped_one(db.session(), subscriber_id)
    except WrongState:
        person = None
    return render_template("mailing/resume.html", person=person)


@blueprint.post("/addresses/<int:subscriber_id>/resume")
@staff("mail:release")
def resume(subscriber_id: int) -> ResponseReturnValue:
    try:
        person = unreached.resume(db.session(), subscriber_id, by=signed_in(), now=now())
    except WrongState:
        return render_template("mailing/resume.html", person=None), 409
    flash(f"{person.address} への配信を再開しました。", "success")
    return redirect(url_for(".home"), 303)


@blueprint.get("/why")
@staff("mail:explain")
def ask_why() -> ResponseReturnValue:
    return render_template("mailing/why.html", typed={}, errors=[], answers=None)


@blueprint.post("/why")
@staff("mail:explain")
def why() -> ResponseReturnValue:
    """The address stands in the form alone: never in an address of a page, in a log or in the audit."""
    typed = {name: request.form.get(name, "") for name in ("address", "posting")}
    try:
        address, number = _asked(typed)
    except Incomplete as gaps:
        return render_template("mailing/why.html", typed=typed, errors=_errors(gaps), answers=None), 422
    answers = explaining.explain(db.session(), address, number, by=signed_in(), now=now())
    return render_template("mailing/why.html", typed=typed, errors=[], answers=answers, number=number)


@blueprint.get("/rehearsal")
@staff("mail:rehearse")
def ask_rehearsal() -> ResponseReturnValue:
    return _rehearsal_page()


@blueprint.post("/rehearsal")
@staff("mail:rehearse")
def rehearsal() -> ResponseReturnValue:
    """A POST only because it writes before it undoes it all; nothing of it is kept."""
    session, config, posting = db.session(), _config(), None
    try:
        if request.form.get("posting", "").strip():
            number = _number(request.form["posting"])
            posting = permissions.find_posting(session, signed_in(), "posting:review", number)
        limits = brake.Limits(config.mail_hold_over, config.mail_hold_times)
        found = rehearsing.rehearse(session, Letterhead.of(config), limits, posting=posting, now=now())
    except Incomplete as gaps:
        return _rehearsal_page(_errors(gaps)), 422
    except NotFound:
        return _rehearsal_page([("posting", NO_POSTING)]), 422
    return _rehearsal_page(found=found, posting=posting)


def _rehearsal_page(
    errors: list[tuple[str, str]] | None = None, found: Rehearsal | None = None, posting: object = None
) -> str:
    typed = request.form.get("posting", "") or request.args.get("posting", "")
    return render_template("mailing/rehearsal.html", typed=typed, errors=errors or [], found=found, posting=posting)


def _hold(hold_id: int) -> Hold:
    hold = db.session.get(Hold, hold_id)
    if hold is None:
        raise NotFound
    return hold


def _hold_page(act: str, hold: Hold, errors: list[tuple[str, str]] | None = None) -> str:
    """Asks before the act; of a hold that was decided it says by whom."""
    held = [] if hold.released_at else brake.contents(db.session(), hold)
    people = 0 if hold.released_at else brake.people(db.session(), hold)
    contents = [(event.posting, event.kind, people) for event, people in held]
    return render_template(
        f"mailing/{act}.html", hold=hold, held=contents, people=people, errors=errors or [],
        typed=request.form.get("reason", ""),
    )  # fmt: skip


def _switch_page(act: str, errors: list[tuple[str, str]] | None = None) -> str:
    board = switch.state(db.session())
    return render_template(f"mailing/{act}.html", board=board, errors=errors or [], typed=request.form.get("reason", ""))


def _asked(typed: dict[str, str]) -> tuple[str, int]:
    """Address and posting; raises ``Incomplete`` with what is wrong in both."""
    address, number, problems = "", 0, []
    try:
        address = read_address(typed["address"], field="address")
    except Incomplete as gaps:
        problems += gaps.problems
    try:
        number = _number(typed["posting"])
    except Incomplete as gaps:
        problems += gaps.problems
    if problems:
        raise Incomplete(problems)
    return address, number


def _number(typed: str) -> int:
    """A posting's number, or the address of its page. Raises ``Incomplete``."""
    found = _NUMBER.fullmatch(unicodedata.normalize("NFKC", typed).strip())
    if found is None:
        raise Incomplete([Problem("posting", NO_NUMBER)])
    return int(found[1])


def _errors(gaps: Incomplete) -> list[tuple[str, str]]:
    return [(problem.field, problem.message) for problem in gaps.problems]


def _config() -> Config:
    config: Config = current_app.config["BOARD"]
    return config
