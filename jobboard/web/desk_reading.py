"""Links by which superiors read a draft without an account: made, handed on and revoked on the desk."""

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from jobboard.database import db
from jobboard.domain import drafting, reading_links
from jobboard.models import Posting
from jobboard.web.desk_handing import find
from jobboard.web.numbers import small
from jobboard.web.signing_in import signed_in, staff
from jobboard.web.transaction import now

blueprint = Blueprint("desk_reading", __name__, url_prefix="/desk/postings/<int:posting_id>/reading")


def _find(posting_id: int, action: str) -> Posting:
    return find(action, posting_id)


@blueprint.get("")
@staff("posting:edit")
def shown(posting_id: int) -> ResponseReturnValue:
    posting, config = _find(posting_id, "posting:edit"), current_app.config["BOARD"]
    live = [link for link in reading_links.of(db.session(), posting) if reading_links.is_live(link, now())]
    path = {link.id: url_for("reading.draft", token=reading_links.token(link, config.token_key)) for link in live}
    return render_template(
        "desk/reading.html",
        posting=posting,
        title=drafting.title(posting),
        errors=[],
        rows=[(link, config.base_url + path[link.id]) for link in live],
        days=reading_links.LIFETIME.days,
    )


@blueprint.post("")
@staff("posting:edit")
def make(posting_id: int) -> ResponseReturnValue:
    posting = _find(posting_id, "posting:edit")
    key = current_app.config["BOARD"].token_key
    reading_links.make(db.session(), posting, key=key, by=signed_in(), now=now())
    flash("確認用のリンクを作りました。下のアドレスを、読む人に渡してください。", "success")
    return redirect(url_for(".shown", posting_id=posting.id), 303)


@blueprint.post("/revoke")
@staff("posting:edit")
def revoke(posting_id: int) -> ResponseReturnValue:
    posting = _find(posting_id, "posting:edit")
    link = reading_links.find(db.session(), posting, request.form.get("link", 0, type=small))
    reading_links.revoke(db.session(), link, by=signed_in(), now=now())
    flash("リンクを止めました。もう開けません。", "success")
    return redirect(url_for(".shown", posting_id=posting.id), 303)
