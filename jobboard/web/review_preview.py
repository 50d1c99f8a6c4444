"""What waits for 掲載確認 as it will be public, as page, mail and entry of a feed: the desk's own preview, for moderators."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from jobboard.base.errors import NotFound
from jobboard.web.desk_preview import VIEWS, as_page, bare_mail
from jobboard.web.review import find
from jobboard.web.signing_in import staff

blueprint = Blueprint("review_preview", __name__, url_prefix="/review/postings/<int:posting_id>/preview")


@blueprint.get("")
@staff("posting:review")
def page(posting_id: int) -> ResponseReturnValue:
    """Nothing of a draft: where nothing waits, there is nothing to be seen beforehand."""
    posting = find("posting:review", posting_id)
    if posting.pending is None:
        flash("この募集は、いま掲載確認を待っていません。", "note")
        return redirect(url_for("review.posting", posting_id=posting.id))
    return VIEWS.get(request.args.get("as", ""), as_page)(posting, for_review=True)


@blueprint.get("/mail")
@staff("posting:review")
def mail(posting_id: int) -> ResponseReturnValue:
    posting = find("posting:review", posting_id)
    if posting.pending is None:
        raise NotFound
    return bare_mail(posting)
