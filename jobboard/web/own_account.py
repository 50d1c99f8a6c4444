"""/account: one's own name, second factor and sessions."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_user

from jobboard.base.errors import NotFound
from jobboard.database import db
from jobboard.domain import accounts, factors, sessions
from jobboard.web.signing_in import Visitor, end_session, own_session, signed_in, staff
from jobboard.web.transaction import now

blueprint = Blueprint("own_account", __name__, url_prefix="/account")


@blueprint.get("")
@staff("session:own")
def home() -> ResponseReturnValue:
    account, session = signed_in(), db.session()
    return render_template(
        "access/account.html", account=account, own=own_session(), recovery_left=factors.recovery_left(session, account),
        sessions=sessions.listed(session, account, now=now()),
    )  # fmt: skip


@blueprint.post("/sessions/end")
@staff("session:own")
def end_others() -> ResponseReturnValue:
    """Signs out everywhere but here."""
    account = signed_in()
    accounts.sign_out_everywhere(db.session(), account, by=account, now=now(), but=own_session())
    login_user(Visitor(account))
    flash("ほかの端末を、すべてログアウトしました。", "success")
    return redirect(url_for("own_account.home"), 303)


@blueprint.post("/sessions/<digest>/end")
@staff("session:own")
def end_one(digest: str) -> ResponseReturnValue:
    if digest == own_session():
        end_session()
        return redirect(url_for("access.login"), 303)
    if not sessions.end(db.session(), signed_in(), digest, now=now()):
        raise NotFound
    flash("その端末をログアウトしました。", "success")
    return redirect(url_for("own_account.home"), 303)
