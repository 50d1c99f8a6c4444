"""メールで受け取る: asking, confirming, managing and leaving, by anybody who holds a link; no session, no account.

A link shows a page; only its button acts (mail scanners follow links). /u/ also takes the one-click POST of RFC 8058.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from jobboard.base.clock import japan_date
from jobboard.base.errors import Incomplete, InvalidQuery
from jobboard.base.reading import Unreadable, read_date
from jobboard.base.wording import japanese_date
from jobboard.database import db
from jobboard.domain import leaving, subscriptions, welcoming
from jobboard.domain.letterhead import Letterhead
from jobboard.models import Subscriber, Subscription
from jobboard.web.subscribe_form import Typed, blank, form_values, stored, typed_form
from jobboard.web.transaction import now

blueprint = Blueprint("subscribe", __name__)

UNREADABLE = "日付を 2026-05-29 のように入力してください。"


@blueprint.get("/subscribe")
def form() -> ResponseReturnValue:
    """The same criteria as the list's query string; a wrong value there is answered as the list answers it."""
    return _form(blank(request.args))


@blueprint.post("/subscribe")
def ask() -> ResponseReturnValue:
    typed = typed_form(request.form)
    try:
        subscriptions.subscribe(
            db.session(), typed.email, typed.criteria(), typed.kinds(), typed.frequency(), typed.company,
            letterhead=Letterhead.of(current_app.config["BOARD"]), now=now(),
        )  # fmt: skip
    except (Incomplete, InvalidQuery) as wrong:
        return _form(typed, wrong), 422
    return redirect(url_for("subscribe.sent"), 303)


def _form(typed: Typed, wrong: Incomplete | InvalidQuery | None = None) -> str:
    return render_template("subscribe/form.html", **form_values(db.session(), typed, wrong))


@blueprint.get("/subscribe/sent")
def sent() -> ResponseReturnValue:
    """The same for known and unknown addresses."""
    return render_template("subscribe/sent.html")


@blueprint.get("/subscribe/confirm/<token>")
def confirm(token: str) -> ResponseReturnValue:
    subscription = subscriptions.pending(db.session(), token, now=now())
    return render_template("subscribe/confirm.html", token=token, one=_shown(subscription))


@blueprint.post("/subscribe/confirm/<token>")
def confirm_now(token: str) -> ResponseReturnValue:
    subscription = subscriptions.confirm(db.session(), token, now=now())
    manage = subscriptions.manage_token(db.session(), subscription, current_app.config["BOARD"].token_key, now=now())
    return render_template("subscribe/confirmed.html", one=_shown(subscription), manage=manage)


@blueprint.get("/u/<token>")
def leave(token: str) -> ResponseReturnValue:
    found = leaving.leaving(db.session(), token)
    return render_template("subscribe/leave.html", token=token, found=found, shown=_all_shown(found.subscriptions))


@blueprint.post("/u/<token>")
def leave_now(token: str) -> ResponseReturnValue:
    """The page's button, or a mail program's one-click (RFC 8058): without cookie, form token or origin; repeatable."""
    way = "one_click" if "List-Unsubscribe" in request.form else "link"
    found = leaving.leave(db.session(), token, way=way, now=now())
    return render_template("subscribe/left.html", found=found, shown=_all_shown(found.subscriptions))


@blueprint.get("/subscriptions/<token>")
def manage(token: str) -> ResponseReturnValue:
    return _manage(token, _person(token))


def _manage(token: str, person: Subscriber, errors: list[tuple[str, str]] | None = None, until: str = "") -> str:
    shown = _all_shown(leaving.running(db.session(), person))
    done = request.args.get("done", "")
    values = {"token": token, "person": person, "shown": shown, "done": done}
    return render_template("subscribe/manage.html", errors=errors or [], until=until, **values)


@blueprint.get("/subscriptions/<token>/<int:number>")
def edit(token: str, number: int) -> ResponseReturnValue:
    subscription = leaving.one_of(db.session(), _person(token), number)
    return _edit(token, number, stored(subscription))


@blueprint.post("/subscriptions/<token>/<int:number>")
def change(token: str, number: int) -> ResponseReturnValue:
    subscription = leaving.one_of(db.session(), _person(token), number)
    typed = typed_form(request.form)
    try:
        leaving.change(
            db.session(), subscription, kinds=typed.kinds(), frequency=typed.frequency(), criteria=typed.criteria()
        )
    except (Incomplete, InvalidQuery) as wrong:
        return _edit(token, number, typed, wrong), 422
    return _done(token, "change")


def _edit(token: str, number: int, typed: Typed, wrong: Incomplete | InvalidQuery | None = None) -> str:
    values = form_values(db.session(), typed, wrong)
    return render_template("subscribe/edit.html", token=token, number=number, **values)


@blueprint.post("/subscriptions/<token>/<int:number>/pause")
def pause(token: str, number: int) -> ResponseReturnValue:
    """Pauses until the day typed, or resumes when the button 「再開する」 was pressed."""
    person = _person(token)
    subscription = leaving.one_of(db.session(), person, number)
    typed = request.form.get("until", "").strip()
    try:
        until = None if "resume" in request.form else read_date(typed)
        leaving.pause(db.session(), subscription, until, now=now())
    except (Incomplete, Unreadable) as wrong:
        sentence = wrong.problems[0].message if isinstance(wrong, Incomplete) else UNREADABLE
        return _manage(token, person, [(f"until-{number}", sentence)], typed), 422
    return _done(token, "pause" if until else "resume")


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


@blueprint.get("/subscriptions/<token>/forget")
def forget(token: str) -> ResponseReturnValue:
    return render_template("subscribe/forget.html", token=token, person=_person(token))


@blueprint.post("/subscriptions/<token>/forget")
def forget_now(token: str) -> ResponseReturnValue:
    leaving.forget(db.session(), _person(token), now=now())
    return render_template("subscribe/forgotten.html")


def _person(token: str) -> Subscriber:
    return leaving.person(db.session(), token, now=now())


def _done(token: str, what: str) -> ResponseReturnValue:
    return redirect(url_for("subscribe.manage", token=token, done=what), 303)


def _shown(subscription: Subscription) -> dict[str, Any]:
    """A subscription as pages show it. ``paused_through`` is the last day without mail, empty while there is mail."""
    until = subscription.paused_until
    paused = until is not None and until > now()
    return {
        "row": subscription,
        "criteria": welcoming.describe(db.session(), subscription),
        "kinds": welcoming.kinds_text(subscription),
        "frequency": subscription.frequency.label,
        "paused_through": japanese_date(japan_date(until - timedelta(seconds=1))) if paused and until else "",
    }


def _all_shown(rows: Sequence[Subscription]) -> list[dict[str, Any]]:
    return [_shown(row) for row in rows]
