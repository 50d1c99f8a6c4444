"""What the ministry promises to municipalities that send a call in: the term of 掲載確認 in 開庁日, and whom to call."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from jobboard.base.errors import Incomplete
from jobboard.database import db
from jobboard.domain import promise
from jobboard.models import Board
from jobboard.web import office_words
from jobboard.web.signing_in import signed_in, staff
from jobboard.web.transaction import now

blueprint = Blueprint("ministry_desk", __name__, url_prefix="/ministry/desk")


@blueprint.get("")
@staff("board:promise")
def promise_page() -> ResponseReturnValue:
    board = db.session.get_one(Board, 1)
    return _page(str(board.review_workdays), board.review_contact)


@blueprint.post("")
@staff("board:promise")
def set_promise() -> ResponseReturnValue:
    workdays, contact = request.form.get("workdays", ""), request.form.get("contact", "")
    try:
        promise.set_promise(db.session(), workdays=workdays, contact=contact, by=signed_in(), now=now())
    except Incomplete as refused:
        return _page(workdays, contact, refused), 422
    flash("掲載確認の期限と連絡先を保存しました。これから市区町村の画面に表示します。", "success")
    return redirect(url_for(".promise_page"), 303)


def _page(workdays: str, contact: str, refused: Incomplete | None = None) -> str:
    return render_template(
        "ministry/desk.html", workdays=workdays, contact=contact, without=office_words.office().contact,
        errors=[(one.field, one.message) for one in refused.problems] if refused else [],
    )  # fmt: skip
