"""経由 or 直接, prefecture by prefecture; for administrators."""

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from jobboard.base.codes import PREFECTURES
from jobboard.database import db
from jobboard.domain import notices, prefectures
from jobboard.web.signing_in import signed_in, staff
from jobboard.web.transaction import now

blueprint = Blueprint("ministry_prefectures", __name__, url_prefix="/ministry/prefectures")


@blueprint.get("/")
@staff("prefecture:route")
def routes() -> ResponseReturnValue:
    through, counted = prefectures.through(db.session()), prefectures.counted(db.session())
    rows = [(code, name, counted.get(code, 0)) for code, name in PREFECTURES.items()]
    return render_template("ministry/prefectures.html", rows=rows, through=through)


@blueprint.post("/")
@staff("prefecture:route")
def choose() -> ResponseReturnValue:
    session = db.session()
    chosen = set(request.form.getlist("through")) & set(PREFECTURES)
    released = prefectures.choose(session, chosen, by=signed_in(), now=now())
    config = current_app.config["BOARD"]
    for posting in released:
        notices.arrived(session, posting, base_url=config.base_url, site=config.site_name, now=now())
    more = f"都道府県で待っていた依頼{len(released)}件は、掲載確認に移りました。" if released else ""
    flash(f"経由・直接を保存しました。{more}", "success")
    return redirect(url_for(".routes"), 303)
