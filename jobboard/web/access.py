"""The door of the staff pages: signing in and out, invitations, forgotten passwords."""

from urllib.parse import urlsplit

import structlog
from flask import Blueprint, Flask, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from jobboard.base.errors import Incomplete, NotFound
from jobboard.config import Config
from jobboard.database import db
from jobboard.domain import accounts, links, notices, permissions
from jobboard.domain.addresses import read_address
from jobboard.models import Account
from jobboard.web import signing_in
from jobboard.web.signing_in import anybody, end_session, enter, hashing, signed_in, staff
from jobboard.web.transaction import now

__all__ = ["blueprint", "init", "signed_in", "staff"]

blueprint = Blueprint("access", __name__)
log = structlog.get_logger()

REFUSED = "メールアドレスまたはパスワードが正しくないか、利用できないアカウントです。入力し直してください。"
"""One sentence for every cause, so that nobody learns which addresses have an account."""


def init(app: Flask, config: Config) -> None:
    signing_in.init(app, config)


@blueprint.get("/login")
def login() -> ResponseReturnValue:
    account = anybody()
    return redirect(_after(account)) if account else _login_page()


@blueprint.post("/login")
def sign_in() -> ResponseReturnValue:
    address = request.form.get("email", "")
    account = accounts.authenticate(
        db.session(), address, request.form.get("password", ""), hashing=hashing(), now=now()
    )
    if account is None:
        log.info("sign_in_refused")
        return _login_page(address=address, errors=[("email", REFUSED)]), 422
    return redirect(enter(account, then=_after(account)))


def _login_page(address: str = "", errors: list[tuple[str, str]] | None = None) -> str:
    return render_template("access/login.html", address=address, errors=errors or [], next=_local_next())


@blueprint.post("/logout")
def logout() -> ResponseReturnValue:
    account = anybody()
    if account is not None and "everywhere" in request.form:
        accounts.sign_out_everywhere(db.session(), account, by=account, now=now())
    end_session()
    return redirect(url_for("access.login"))


@blueprint.get("/invitation/<token>")
def invitation(token: str) -> ResponseReturnValue:
    invited = _behind(token, "invite")
    return render_template("access/invitation.html", account=invited, name=invited.name, errors=[])


@blueprint.post("/invitation/<token>")
def accept(token: str) -> ResponseReturnValue:
    invited = _behind(token, "invite")
    name, password = request.form.get("name", ""), request.form.get("password", "")
    try:
        accounts.accept(db.session(), invited, name=name, password=password, hashing=hashing(), now=now())
    except Incomplete as gaps:
        page = render_template("access/invitation.html", account=invited, name=name, errors=_pairs(gaps))
        return page, 422
    return redirect(enter(invited, mailed=True, then=home_of(invited)))


@blueprint.get("/forgot")
def forgot() -> ResponseReturnValue:
    return render_template("access/forgot.html", address="", errors=[])


@blueprint.post("/forgot")
def send_reset() -> ResponseReturnValue:
    address, config = request.form.get("email", ""), _config()
    try:
        known = accounts.forget_password(db.session(), read_address(address), now=now())
    except Incomplete as gaps:
        return render_template("access/forgot.html", address=address, errors=_pairs(gaps)), 422
    if known:
        notices.password_reset(db.session(), known, base_url=config.base_url, site=config.site_name, now=now())
    db.session().info["wake"] = True  # known or not: the time of the answer must not tell
    return render_template("access/sent.html", address=address)


@blueprint.get("/reset/<token>")
def reset(token: str) -> ResponseReturnValue:
    return render_template("access/reset.html", account=_behind(token, "reset"), errors=[])


@blueprint.post("/reset/<token>")
def set_password(token: str) -> ResponseReturnValue:
    holder = _behind(token, "reset")
    try:
        accounts.reset_password(
            db.session(), holder, password=request.form.get("password", ""), hashing=hashing(), now=now()
        )
    except Incomplete as gaps:
        return render_template("access/reset.html", account=holder, errors=_pairs(gaps)), 422
    return redirect(enter(holder, mailed=True, then=home_of(holder)))


def _behind(token: str, purpose: str) -> Account:
    """The account that a link is about. An invitation ends with the account's acceptance, a reset with its end."""
    link = links.resolve(db.session(), token, purpose, now=now())
    found = db.session.get(Account, link.subject_id)
    if found is None:
        raise NotFound
    return found


def _pairs(gaps: Incomplete) -> list[tuple[str, str]]:
    return [(problem.field, problem.message) for problem in gaps.problems]


def _after(account: Account) -> str:
    return _local_next() or home_of(account)


def home_of(account: Account) -> str:
    """The first page of this kind of account."""
    if permissions.posts(account):
        return "/desk/"
    return "/ministry/" if permissions.administers(account) else "/review/"


def _local_next() -> str:
    """Where to go after signing in: a path of this site, or nothing. Browsers read ``\\`` as ``/`` and drop tabs."""
    asked = request.values.get("next", "")
    parts = urlsplit(asked)
    local = asked.startswith("/") and not asked.startswith("//") and "\\" not in asked and asked.isprintable()
    return asked if local and not parts.scheme and not parts.netloc else ""


def _config() -> Config:
    config: Config = current_app.config["BOARD"]
    return config
