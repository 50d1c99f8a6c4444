"""The deadlines of any list as a calendar to subscribe to: the same query as the list."""

from flask import Blueprint, Response, current_app
from flask.typing import ResponseReturnValue

from jobboard.config import Config
from jobboard.database import db
from jobboard.domain import listing, naming
from jobboard.web import calendar_format, filters, licence
from jobboard.web.feed_text import one_line
from jobboard.web.posting_json import SAMPLE
from jobboard.web.shelf import catalogue
from jobboard.web.transaction import now

blueprint = Blueprint("calendars", __name__)

EVENTS = 500
"""Postings whose deadlines a calendar holds, the last updated first."""


@blueprint.get("/postings.ics")
def ics() -> ResponseReturnValue:
    """The deadlines of a list; a call that names no day (随時) has none."""
    criteria = filters.read_criteria()
    config: Config = current_app.config["BOARD"]
    found = listing.newest(db.session(), catalogue(), criteria, limit=EVENTS, now=now())
    events = [
        calendar_format.deadline_event(posting, base_url=config.base_url, sample=config.demo) for posting in found
    ]
    described = one_line(criteria.describe(naming.names(db.session(), [criteria])))
    name = f"{SAMPLE if config.demo else ''}{config.site_name} 締切: {described}"
    url = config.base_url + filters.with_query("/postings.ics", criteria)
    answer = Response(
        calendar_format.calendar(name, url, filter(None, events)), content_type=calendar_format.CONTENT_TYPE
    )
    answer.headers["Content-Disposition"] = 'inline; filename="postings.ics"'
    return licence.add_links(answer, config.base_url)
