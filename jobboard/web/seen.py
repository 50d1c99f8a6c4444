"""Counting the views of a posting: its page says once that it was opened, without cookie, name or address.

The page itself stays the same for everybody and may come from any cache; so a script counts, and what runs none is not counted.
"""

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from jobboard.database import db
from jobboard.domain import listing, views
from jobboard.web.transaction import now

blueprint = Blueprint("seen", __name__)


@blueprint.post("/postings/<int:posting_id>/seen")
def seen(posting_id: int) -> ResponseReturnValue:
    """204 whether it counts or not; 404 where there is no such page."""
    posting = listing.public_posting(db.session(), posting_id)
    if not views.is_program(request.user_agent.string):
        views.count(db.session(), posting.id, now=now())
    return Response(status=204)
