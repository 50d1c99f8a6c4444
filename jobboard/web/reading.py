"""/read/…: a draft for whoever was given the link. Reads no session, changes nothing, has nothing to press."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from jobboard.database import db
from jobboard.domain import printing, reading_links
from jobboard.web.transaction import now

blueprint = Blueprint("reading", __name__)


@blueprint.get("/read/<token>")
def draft(token: str) -> ResponseReturnValue:
    link = reading_links.opened(db.session(), token, now=now())
    sheet = printing.sheet(db.session(), printing.written(db.session(), link.posting))
    return render_template("reading/draft.html", link=link, posting=link.posting, sheet=sheet)
