"""Counting what the list is asked for: its first page says so once, without cookie, name or address.

The page comes from caches and a GET changes no row, so a script tells; what runs none is not counted. The server asks the list
itself whether anything is found: a page cannot say so for it.
"""

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from jobboard.base.errors import InvalidQuery
from jobboard.database import db
from jobboard.domain import criteria, listing, views
from jobboard.domain.figures import searches
from jobboard.domain.listing import Sort
from jobboard.web.shelf import catalogue
from jobboard.web.transaction import now

blueprint = Blueprint("asked", __name__)


@blueprint.post("/postings/asked")
def asked() -> ResponseReturnValue:
    """204 whether it counts or not. The form holds the parameters of the list."""
    words = searches.normalised(" ".join(request.form.getlist("q")))
    if words and not views.is_program(request.user_agent.string):
        try:
            wanted = criteria.parse({name: [one for one in values if one] for name, values in request.form.lists()})
        except InvalidQuery:
            return Response(status=204)
        found = listing.find(db.session(), catalogue(), wanted, sort=Sort.NEW, page=1, now=now())
        searches.count(db.session(), words, found=bool(found.rows), now=now())
    return Response(status=204)
