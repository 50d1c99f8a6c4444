"""登録した条件: seeing and changing all criteria of an address, by whoever holds the link that its mails bear.

A link shows a page; only its buttons act (mail scanners follow links). It opens what is its recipient's own and nothing else.
"""

import json
from typing import Any

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from jobboard.base.clock import japan_date
from jobboard.base.codes import code_holds
from jobboard.base.errors import Incomplete, NotFound, StaleLink
from jobboard.base.wording import japanese_date
from jobboard.database import db
from jobboard.domain import exporting, leaving, narrowing, subscribers, subscriptions
from jobboard.domain.letterhead import Letterhead
from jobboard.domain.subscriptions import read_company, read_kinds
from jobboard.models import Subscriber
from jobboard.web.subscribe_form import Errors, Typed, errors_of, form_values, shown, stored, typed_form
from jobboard.web.transaction import now

blueprint = Blueprint("subscriptions", __name__)


@blueprint.errorhandler(StaleLink)
def renewed(error: StaleLink) -> ResponseReturnValue:
    """The link was renewed: the new one stands in newer mails, and is told to nobody here."""
    return render_template("subscriptions/renewed.html"), 410


@blueprint.get("/subscriptions/<token>")
def manage(token: str) -> ResponseReturnValue:
    return _manage(token, _person(token))


def _manage(token: str, person: Subscriber, errors: Errors = (), until: str = "") -> str:
    rows = [shown(db.session(), one, now()) for one in leaving.running(db.session(), person)]
    refused = narrowing.refused(db.session(), person)
    values: dict[str, Any] = {"token": token, "person": person, "shown": rows, "refused": refused}
    values["stopped_on"] = japanese_date(japan_date(person.stopped_at)) if person.stopped_at else ""
    done = request.args.get("done", "")
    return render_template("subscriptions/manage.html", errors=list(errors), until=until, done=done, **values)


@blueprint.get("/subscriptions/<token>/<int:number>")
def edit(token: str, number: int) -> ResponseReturnValue:
    subscription = leaving.one_of(db.session(), _person(token), number)
    return _edit(token, number, stored(subscription))


@blueprint.post("/subscriptions/<token>/<int:number>")
def change(token: str, number: int) -> ResponseReturnValue:
    subscription = leaving.one_of(db.session(), _person(token), number)
    typed = typed_form(request.form)
    try:
        typed.check(typed.criteria, lambda: read_kinds(typed.kinds()), typed.frequency)
        leaving.change(
            db.session(), subscription,
            kinds=typed.kinds(), frequency=typed.frequency(), criteria=typed.criteria(), now=now(),
        )  # fmt: skip
    except Incomplete as wrong:
        return _edit(token, number, typed, errors_of(wrong)), 422
    return _done(token, "change")


def _edit(token: str, number: int, typed: Typed, errors: Errors = ()) -> str:
    values = form_values(db.session(), typed, errors)
    return render_template("subscriptions/edit.html", token=token, number=number, **values)


@blueprint.post("/subscriptions/<token>/<int:number>/pause")
def pause(token: str, number: int) -> ResponseReturnValue:
    """Pauses until the day typed, or resumes when the button 「再開する」 was pressed."""
    person = _person(token)
    subscription = leaving.one_of(db.session(), person, number)
    typed = typed_form(request.form)
    resumes = "resume" in request.form
    try:
        until = None if resumes else typed.until()
        if until is None and not resumes:
            return _manage(token, person, [(f"until-{number}", "休む最後の日を入力してください。")]), 422
        leaving.pause(db.session(), subscription, until, now=now())
    except Incomplete as wrong:
        sentence = wrong.problems[0].message
        return _manage(token, person, [(f"until-{number}", sentence)], typed.first("until")), 422
    return _done(token, "resume" if resumes else "pause")


@blueprint.post("/subscriptions/<token>/<int:number>/leave")
def leave_one(token: str, number: int) -> ResponseReturnValue:
    subscription = leaving.one_of(db.session(), _person(token), number)
    leaving.end(db.session(), [subscription], way="manage", now=now())
    return _done(token, "leave")


@blueprint.post("/subscriptions/<token>/leave")
def leave_all(token: str) -> ResponseReturnValue:
    person = _person(token)
    leaving.end(db.session(), leaving.running(db.session(), person), way="manage", now=now())
    return _done(token, "leave")


@blueprint.get("/subscriptions/<token>/less/<int:posting_id>/<kind>")
def less(token: str, posting_id: int, kind: str) -> ResponseReturnValue:
    what = narrowing.less(db.session(), _person(token), posting_id, kind)
    rows = [shown(db.session(), one, now()) for one in what.subscriptions]
    return render_template("subscriptions/less.html", token=token, what=what, shown=rows)


@blueprint.post("/subscriptions/<token>/less/<int:posting_id>/<kind>")
def less_now(token: str, posting_id: int, kind: str) -> ResponseReturnValue:
    """One of the buttons of that page; a name that is none of them does nothing."""
    person = _person(token)
    what = narrowing.less(db.session(), person, posting_id, kind)
    wish = request.form.get("wish", "")
    if wish == "refuse":
        narrowing.refuse(db.session(), person, what.posting.municipality_code, now=now())
    elif wish == "only":
        narrowing.keep_only(db.session(), what, now=now())
    elif wish == "without":
        narrowing.do_without(db.session(), what, now=now())
    else:
        raise NotFound
    return _done(token, wish)


@blueprint.post("/subscriptions/<token>/allow/<code>")
def allow(token: str, code: str) -> ResponseReturnValue:
    person = _person(token)
    if not code_holds(code):
        raise NotFound
    narrowing.allow(db.session(), person, code)
    return _done(token, "allow")


@blueprint.post("/subscriptions/<token>/company")
def company(token: str) -> ResponseReturnValue:
    """Corrects the company's name; an empty one means that a person subscribes."""
    _person(token).company = read_company(request.form.get("company", ""))
    return _done(token, "company")


@blueprint.post("/subscriptions/<token>/restart")
def restart(token: str) -> ResponseReturnValue:
    subscribers.restart(db.session(), _person(token), now=now())
    return _done(token, "restart")


@blueprint.post("/subscriptions/<token>/renew")
def renew(token: str) -> ResponseReturnValue:
    """The new link is told to the address alone: whoever else holds the old one sees nothing of it."""
    letterhead = Letterhead.of(current_app.config["BOARD"])
    subscriptions.renew_link(db.session(), _person(token), letterhead=letterhead, now=now())
    return render_template("subscriptions/renewing.html")


@blueprint.get("/subscriptions/<token>/export")
def export(token: str) -> ResponseReturnValue:
    """All that is known of the address, as a file."""
    known = json.dumps(exporting.export(db.session(), _person(token)), ensure_ascii=False, indent=2)
    answer = Response(f"{known}\n", content_type="application/json; charset=utf-8")
    answer.headers["Content-Disposition"] = "attachment; filename=haishin-toroku.json"
    return answer


@blueprint.get("/subscriptions/<token>/forget")
def forget(token: str) -> ResponseReturnValue:
    return render_template("subscriptions/forget.html", token=token, person=_person(token))


@blueprint.post("/subscriptions/<token>/forget")
def forget_now(token: str) -> ResponseReturnValue:
    leaving.forget(db.session(), _person(token), now=now())
    return render_template("subscriptions/forgotten.html")


def _person(token: str) -> Subscriber:
    return leaving.person(db.session(), token, now=now())


def _done(token: str, what: str) -> ResponseReturnValue:
    return redirect(url_for("subscriptions.manage", token=token, done=what), 303)
