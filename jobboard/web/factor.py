"""/factor: the second factor, shown at each signing in and registered at the first (domain/factors)."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any

import segno
import structlog
from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from jobboard.base.errors import Incomplete
from jobboard.base.states import SecondFactor
from jobboard.config import Config
from jobboard.database import db
from jobboard.domain import account_letters, accounts, factors
from jobboard.models import Account
from jobboard.web.access import home_of
from jobboard.web.limits import got_in
from jobboard.web.signing_in import anybody, begin_session, entering, letter_place, send_code
from jobboard.web.transaction import now

blueprint = Blueprint("factor", __name__, url_prefix="/factor")
log = structlog.get_logger()

Errors = Sequence[tuple[str, str]]
"""(field id, sentence)."""

PROVED = timedelta(minutes=10)
"""So long who is signed in may register another factor after showing the present one."""

SENT = "確認コードをメールで送りました。10分以内に入力してください。"
View = Callable[[Account], ResponseReturnValue]


def opened(*, whole: bool = False, registering: bool = False) -> Callable[[View], Callable[..., ResponseReturnValue]]:
    """For whoever gave the password just now; ``whole``: also for who is signed in and changes the factor.

    ``registering``: nobody registers another factor in place of one that is enough without having shown that one just now.
    """

    def behind(view: View) -> Callable[..., ResponseReturnValue]:
        @wraps(view)
        def guarded(**_: Any) -> ResponseReturnValue:
            half, signed_in = entering(), anybody()
            if signed_in is not None:
                if registering and not _may_change(signed_in):
                    return redirect(url_for("factor.ask"), 303)
                return view(signed_in) if whole else redirect(home_of(signed_in), 303)
            if half is None:
                flash("ログインの途中で時間がたちました。もう一度ログインしてください。", "warning")
                return redirect(url_for("access.login"))
            if registering and not _may_register(half):
                return redirect(url_for("factor.ask"), 303)
            return view(half)

        return guarded

    return behind


def _may_register(account: Account) -> bool:
    return account.second_factor is None or (factors.lacks(account) and bool(session.get("mailed")))


def _may_change(account: Account) -> bool:
    proved = datetime.fromtimestamp(session.get("proved", 0), UTC)
    return account.second_factor is None or proved <= now() < proved + PROVED


@blueprint.get("")
@opened(whole=True)
def ask(account: Account) -> ResponseReturnValue:
    if _may_change(account) if anybody() else _may_register(account):
        return redirect(url_for("factor.choose"), 303)
    return _asking(account)


@blueprint.post("")
@opened(whole=True)
def show(account: Account) -> ResponseReturnValue:
    """A code of the app or the mail, or a recovery code in its own field."""
    typed, recovery = request.form.get("code", ""), request.form.get("recovery", "").strip()
    key = _config().token_key
    try:
        if account.second_factor is SecondFactor.MAIL:
            factors.check_mail(db.session(), account, typed, key=key, now=now())
        elif recovery:
            factors.check_recovery(db.session(), account, recovery, key=key, now=now())
            left = factors.recovery_left(db.session(), account)
            account_letters.recovery_used(db.session(), account, left, **letter_place())
            flash(f"回復コードを使いました。使っていない回復コードは、あと{left}個です。", "warning")
        else:
            factors.check_app(db.session(), account, typed, key=key, now=now())
    except Incomplete as gaps:
        return _asking(account, _refused(account, gaps)), 422
    if anybody() is not None:
        session["proved"] = int(now().timestamp())
        got_in(account.email)
        return redirect(url_for("factor.choose"), 303)
    if factors.lacks(account):
        session["mailed"] = True
        got_in(account.email)
        return redirect(url_for("factor.choose"), 303)
    return _open(account)


@blueprint.post("/send")
@opened(whole=True)
def send(account: Account) -> ResponseReturnValue:
    """Mails another code, to show the mailbox or to register it."""
    send_code(account)
    flash(SENT, "success")
    registered = account.second_factor is SecondFactor.MAIL and not (anybody() and _may_change(account))
    return redirect(url_for("factor.ask" if registered else "factor.mail"), 303)


@blueprint.get("/choose")
@opened(whole=True, registering=True)
def choose(account: Account) -> ResponseReturnValue:
    return render_template("access/factor_choose.html", **_facts(account))


@blueprint.get("/app")
@opened(whole=True, registering=True)
def app(account: Account) -> ResponseReturnValue:
    return _app_page(account)


@blueprint.post("/app")
@opened(whole=True, registering=True)
def register_app(account: Account) -> ResponseReturnValue:
    """The first right code ties the app to the account; the recovery codes are shown by this answer and never again."""
    key = _config().token_key
    try:
        typed = request.form.get("code", "")
        codes = factors.enrol_totp(db.session(), account, _salt(), typed, key=key, now=now())
    except Incomplete as gaps:
        return _app_page(account, _refused(account, gaps)), 422
    then = _then(account)
    _registered(account, SecondFactor.TOTP)
    return render_template("access/factor_codes.html", codes=codes, then=then)


@blueprint.get("/mail")
@opened(whole=True, registering=True)
def mail(account: Account) -> ResponseReturnValue:
    if not factors.may_use_mail(account):
        return redirect(url_for("factor.app"), 303)
    return render_template("access/factor_mail.html", errors=[], **_facts(account))


@blueprint.post("/mail")
@opened(whole=True, registering=True)
def register_mail(account: Account) -> ResponseReturnValue:
    """Who came by a mailed link or code has shown the mailbox already."""
    if "code" in request.form:
        try:
            factors.check_mail(db.session(), account, request.form["code"], key=_config().token_key, now=now())
        except Incomplete as gaps:
            errors = _refused(account, gaps)
            return render_template("access/factor_mail.html", errors=errors, **_facts(account)), 422
    elif not session.get("mailed"):
        send_code(account)
        flash(SENT, "success")
        return redirect(url_for("factor.mail"), 303)
    factors.enrol_mail(db.session(), account, now=now())
    then = _then(account)
    _registered(account, SecondFactor.MAIL)
    return redirect(then, 303)


def _registered(account: Account, factor: SecondFactor) -> None:
    """Opens the session, a new one for who was signed in already, and tells the holder."""
    begin_session(account)
    account_letters.factor_registered(db.session(), account, factor, **letter_place())
    db.session().info["wake"] = True


def _open(account: Account) -> ResponseReturnValue:
    then = _then(account)
    begin_session(account)
    return redirect(then, 303)


def _then(account: Account) -> str:
    """Where the holder was going; who changes the factor goes back to the account's page."""
    return session.get("then", "") or (url_for("own_account.home") if anybody() else home_of(account))


def _refused(account: Account, gaps: Incomplete) -> Errors:
    log.info("factor_refused")
    factors.refused(db.session(), account, now=now())
    return [(one.field, one.message) for one in gaps.problems]


def _asking(account: Account, errors: Errors = ()) -> str:
    return render_template("access/factor.html", errors=list(errors), recovery=request.form.get("recovery", ""), **_facts(account))


def _app_page(account: Account, errors: Errors = ()) -> str:
    key, kept = _config().token_key, _salt()
    made = factors.secret(key, account, kept)
    drawn = segno.make(factors.address(key, account, kept, site=_config().site_name), error="m", micro=False)
    picture = Markup(drawn.svg_inline(scale=5, light="#fff", omitsize=True))  # drawn from ours alone
    groups = " ".join(made[place : place + 4] for place in range(0, len(made), 4))
    return render_template("access/factor_app.html", errors=list(errors), picture=picture, secret=groups, **_facts(account))


def _salt() -> str:
    """Of the app that is being registered: kept by the cookie, which tells nothing without the token key."""
    kept: str = session.setdefault("salt", factors.salt())
    return kept


def _facts(account: Account) -> dict[str, Any]:
    """What the pages say of the account.

    ``by_mail``: how it shows itself now; ``mailed``: it has shown its mailbox; ``shared``: others read that too.
    """
    return {
        "account": account,
        "by_mail": account.second_factor is SecondFactor.MAIL,
        "shared": len(accounts.persons(db.session(), account.email, accounts.in_use())) > 1,
        "may_use_mail": factors.may_use_mail(account),
        "mailed": bool(session.get("mailed")),
        "changing": anybody() is not None,
    }


def _config() -> Config:
    config: Config = current_app.config["BOARD"]
    return config
