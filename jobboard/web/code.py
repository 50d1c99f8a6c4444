"""/code: the one-time code of a staff mail, typed with the address, in place of the mail's link (docs/decisions/0013)."""

from collections.abc import Sequence

import structlog
from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from jobboard.base.errors import Incomplete
from jobboard.base.states import CodeAct
from jobboard.database import db
from jobboard.domain import accounts, links, notices, one_time_codes
from jobboard.domain.addresses import read_address
from jobboard.models import OneTimeCode
from jobboard.web.access import home_of
from jobboard.web.limits import got_in
from jobboard.web.signing_in import enter
from jobboard.web.transaction import now

blueprint = Blueprint("code", __name__, url_prefix="/code")
log = structlog.get_logger()

Errors = Sequence[tuple[str, str]]
"""(field id, sentence)."""

_BEHIND_LINKS = {CodeAct.INVITATION: ("invite", "access.invitation"), CodeAct.PASSWORD: ("reset", "access.reset")}


@blueprint.get("")
def form() -> ResponseReturnValue:
    return _page()


@blueprint.post("")
def use() -> ResponseReturnValue:
    address, typed = request.form.get("email", ""), request.form.get("code", "")
    key = current_app.config["BOARD"].token_key
    try:
        code = one_time_codes.redeem(db.session(), address, typed, key=key, now=now())
    except Incomplete as refused:
        log.info("code_refused")
        accounts.code_refused(db.session(), address, now=now())
        return _page(address=address, typed=typed, errors=[(one.field, one.message) for one in refused.problems]), 422
    return redirect(_opened(code), 303)


def _opened(code: OneTimeCode) -> str:
    """The address of what the code opens. Those of an invitation and a new password lead to the page that their link opens."""
    if code.act in _BEHIND_LINKS:
        purpose, endpoint = _BEHIND_LINKS[code.act]
        key, account = current_app.config["BOARD"].token_key, code.account
        got_in(account.email)
        return url_for(endpoint, token=links.issue(db.session(), key, purpose, account.id, account.link_generation, now=now()))
    return enter(code.account, mailed=True, then=one_time_codes.leads_to(code) or home_of(code.account))


@blueprint.post("/send")
def send() -> ResponseReturnValue:
    """Mails a code to sign in with. Known or not: the answer and its time tell nothing."""
    address, config = request.form.get("email", ""), current_app.config["BOARD"]
    try:
        known = accounts.ask_code(db.session(), read_address(address), now=now())
    except Incomplete as gaps:
        return _page(address=address, asking=[("ask-email", one.message) for one in gaps.problems]), 422
    if known:
        notices.sign_in_code(db.session(), known, base_url=config.base_url, site=config.site_name, now=now())
    db.session().info["wake"] = True
    return _page(address=address, sent=True)


def _page(
    *, address: str = "", typed: str = "", errors: Errors = (), asking: Errors = (), sent: bool = False
) -> str:
    said = {"errors": list(errors), "asking": list(asking)}
    return render_template("code/form.html", address=address, typed=typed, sent=sent, **said)
