"""もう一度募集する, and a copy of any posting: a page that says what comes along, and the POST that makes the draft."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from jobboard.database import db
from jobboard.domain import drafting, lineage, permissions, reusing, stopping, waiting
from jobboard.web.signing_in import signed_in, staff
from jobboard.web.transaction import now

blueprint = Blueprint("desk_reuse", __name__, url_prefix="/desk/postings/<int:posting_id>")


@blueprint.route("/copy", methods=["GET", "POST"])
@staff("posting:copy")
def copy(posting_id: int) -> ResponseReturnValue:
    session, by = db.session(), signed_in()
    posting = permissions.find_posting(session, by, "posting:copy", posting_id)
    permissions.require(by, "municipality:post", lineage.heir(posting.municipality))
    if request.method == "GET":
        return render_template(
            "desk/copy.html", posting=posting, title=drafting.title(posting), over=posting.state in reusing.OVER,
            stop=stopping.stop(session, posting), reopens="reopen" in waiting.offered(posting, by=by, now=now()), errors=[],
        )  # fmt: skip
    draft = reusing.copy(session, posting, by=by, now=now())
    flash("新しい下書きを作りました。日程を書き、内容がいまも正しいかを確かめてください。", "success")
    return redirect(url_for("desk.edit", posting_id=draft.id), 303)
