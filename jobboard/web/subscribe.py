"""メールで受け取る: asking and confirming, and leaving by a link; no session, no account.

A link shows a page; only its button acts (mail scanners follow links). /u/ also takes the one-click POST of RFC 8058.
"""

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from jobboard.base.errors import Incomplete
from jobboard.base.states import SubscriptionState
from jobboard.database import db
from jobboard.domain import leaving, storing, subscriptions
from jobboard.domain.addresses import read_address
from jobboard.domain.letterhead import Letterhead
from jobboard.domain.subscriptions import read_kinds
from jobboard.web.security import UntimelyForm
from jobboard.web.subscribe_form import Errors, Typed, blank, errors_of, foretold_values, form_values, shown, typed_form
from jobboard.web.transaction import now

blueprint = Blueprint("subscribe", __name__)


@blueprint.get("/subscribe")
def form() -> ResponseReturnValue:
    """The same criteria as the list's query string; a wrong value there is answered as the list answers it."""
    typed = blank(request.args)
    return _form(typed, foretold=bool(typed.criteria().pairs()))


@blueprint.post("/subscribe")
def ask() -> ResponseReturnValue:
    typed = typed_form(request.form)
    try:
        typed.check(
            typed.criteria, lambda: read_kinds(typed.kinds()), typed.frequency, typed.until, lambda: read_address(typed.email),
            typed.company,
        )  # fmt: skip
        subscriptions.subscribe(
            db.session(), typed.email, typed.criteria(), typed.kinds(), typed.frequency(), typed.company(), until=typed.until(),
            letterhead=Letterhead.of(current_app.config["BOARD"]), now=now(),
        )  # fmt: skip
    except Incomplete as wrong:
        return _form(typed, errors_of(wrong)), 422
    return redirect(url_for("subscribe.sent"), 303)


@blueprint.post("/subscribe/check")
def check() -> ResponseReturnValue:
    """The button 「この条件を確かめる」: the form with all that was typed, and what it would have brought; nothing is kept."""
    db.session.rollback()  # a long reading holds up nobody who writes
    typed = typed_form(request.form)
    try:
        typed.check(typed.criteria, lambda: read_kinds(typed.kinds()), typed.frequency)
    except Incomplete as wrong:
        return _form(typed, errors_of(wrong)), 422
    return _form(typed, foretold=True)


@blueprint.get("/subscribe/check")
def checked() -> ResponseReturnValue:
    """Who comes back to the address of what was checked begins anew."""
    return redirect(url_for("subscribe.form"), 303)


@blueprint.errorhandler(UntimelyForm)
def again(error: UntimelyForm) -> ResponseReturnValue:
    """The same form with all that was typed: a person presses once more."""
    return _form(typed_form(request.form), [("", error.again)]), 422


def _form(typed: Typed, errors: Errors = (), *, foretold: bool = False) -> str:
    values = form_values(db.session(), typed, errors)
    told = foretold_values(db.session(), typed.criteria(), typed.kinds(), typed.frequency(), now()) if foretold else None
    return render_template("subscribe/form.html", **values, foretold=told)


@blueprint.get("/subscribe/sent")
def sent() -> ResponseReturnValue:
    """The same for known and unknown addresses."""
    return render_template("subscribe/sent.html")


@blueprint.get("/subscribe/confirm/<token>")
def confirm(token: str) -> ResponseReturnValue:
    one = subscriptions.pending(db.session(), token, now=now())
    told = None
    if one.state is SubscriptionState.PENDING:
        wanted, kinds = storing.parsed(one.criteria), subscriptions.kinds_of(one)
        told = foretold_values(db.session(), wanted, kinds, one.frequency, now())
    return render_template("subscribe/confirm.html", token=token, one=shown(db.session(), one, now()), foretold=told)


@blueprint.post("/subscribe/confirm/<token>")
def confirm_now(token: str) -> ResponseReturnValue:
    """Only the press that confirms opens the managing page: an old mail must not open it after the link was made new."""
    if subscriptions.pending(db.session(), token, now=now()).state is not SubscriptionState.PENDING:
        return confirm(token)
    subscription = subscriptions.confirm(db.session(), token, now=now())
    manage = subscriptions.manage_token(db.session(), subscription, current_app.config["BOARD"].token_key, now=now())
    return render_template("subscribe/confirmed.html", one=shown(db.session(), subscription, now()), manage=manage)


@blueprint.get("/u/<token>")
def leave(token: str) -> ResponseReturnValue:
    return _leaving("subscribe/leave.html", token, leaving.leaving(db.session(), token))


@blueprint.post("/u/<token>")
def leave_now(token: str) -> ResponseReturnValue:
    """The page's button, or a mail program's one-click (RFC 8058): without cookie, form token or origin; repeatable."""
    way = "one_click" if "List-Unsubscribe" in request.form else "link"
    return _leaving("subscribe/left.html", token, leaving.leave(db.session(), token, way=way, now=now()))


def _leaving(template: str, token: str, found: leaving.Leaving) -> str:
    rows = [shown(db.session(), one, now()) for one in found.subscriptions]
    return render_template(template, token=token, found=found, shown=rows)
