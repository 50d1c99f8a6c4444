"""The deadlines of any list as a calendar to subscribe to (RFC 5545, RFC 7986): the same query as the list."""

from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app
from flask.typing import ResponseReturnValue
from icalendar import STATUS, TRANSP, Calendar, Event, vDuration

from jobboard.base.clock import in_japan, japan_date
from jobboard.base.content import Content, from_json
from jobboard.base.showing import show_pay
from jobboard.base.states import PublicState
from jobboard.config import Config
from jobboard.database import db
from jobboard.domain import listing
from jobboard.domain.publication import public_state
from jobboard.models import Posting
from jobboard.web import filters, licence
from jobboard.web.entries import MARKS, SAMPLE
from jobboard.web.feed_text import one_line
from jobboard.web.rows import deadline_text
from jobboard.web.shelf import catalogue
from jobboard.web.transaction import now

blueprint = Blueprint("calendars", __name__)

EVENTS = 500
"""Postings whose deadlines a calendar holds, the last updated first."""

ASK_AGAIN = timedelta(hours=6)


@blueprint.get("/postings.ics")
def ics() -> ResponseReturnValue:
    """The deadlines of a list; a call that names no day (随時) has none."""
    criteria, config = filters.read_criteria(), _config()
    found = listing.newest(db.session(), catalogue(), criteria, limit=EVENTS, now=now())
    described = one_line(criteria.describe(listing.names(db.session(), criteria.municipality)))
    name = f"{SAMPLE if config.demo else ''}{config.site_name} 締切: {described}"
    calendar = named(name, config.base_url + filters.with_query("/postings.ics", criteria))
    for event in (deadline_event(posting, config, now()) for posting in found):
        if event is not None:
            calendar.add_component(event)
    answer = Response(calendar.to_ical(), content_type="text/calendar; charset=utf-8")
    answer.headers["Content-Disposition"] = 'inline; filename="postings.ics"'
    return licence.add_links(answer, config.base_url)


def named(name: str, url: str) -> Calendar:
    """An empty calendar; ``url`` is its identifier and where it is read anew."""
    calendar = Calendar.new(
        name=name, uid=url, source=url, method="PUBLISH", prodid="-//jobboard//postings//JA", refresh_interval=ASK_AGAIN
    )
    # What programs read before RFC 7986; the library knows the old word for the name itself.
    calendar["X-PUBLISHED-TTL"] = vDuration(ASK_AGAIN)
    calendar.add("X-WR-TIMEZONE", "Asia/Tokyo")
    return calendar


def deadline_event(posting: Posting, config: Config, now: datetime) -> Event | None:
    """The event of a posting's deadline, None when it names no day.

    Its identifier stays through every change; the sequence is the version's number, the stamp the last change, so that the
    same posting gives the same bytes.
    """
    content = from_json(posting.current.content if posting.current else {})
    deadline = content.instant("apply_by")
    if deadline is None:
        return None
    state = public_state(posting, now)
    url = f"{config.base_url}/postings/{posting.id}"
    title = f"{posting.municipality.full_name} {one_line(content.text('title'))}"
    return Event.new(
        uid=f"{posting.uuid}-apply_by@{urlsplit(config.base_url).hostname}",
        stamp=posting.updated_at,
        last_modified=posting.updated_at,
        sequence=posting.current.number if posting.current else 0,
        start=_start(deadline),
        summary=f"{SAMPLE if config.demo else ''}{MARKS.get(state, '【締切】')}{title}",
        description=_description(posting, content, url),
        url=url,
        categories=[posting.municipality.prefecture, *([posting.role.label] if posting.role else [])],
        status=STATUS.CANCELLED if state is PublicState.WITHDRAWN else STATUS.CONFIRMED,
        transparency=TRANSP.TRANSPARENT,  # a deadline does not make its reader busy
    )


def _start(deadline: datetime) -> date:
    """The instant in UTC; the whole day of a deadline that ends at its 24:00."""
    ends_day = in_japan(deadline).strftime("%H%M%S") == "000000"
    return japan_date(deadline) - timedelta(days=1) if ends_day else deadline.astimezone(UTC)


def _description(posting: Posting, content: Content, url: str) -> str:
    place = posting.municipality.name
    told = (
        f"締切: {deadline_text(content)}",
        f"報酬: {show_pay(content)}",
        f"公式ページ: {content.text('official_url')}",
        url,
        f"募集の主体は{place}です。応募・選考は{place}が直接行い、総務省は選考に関与しません。",
    )
    return "\n".join(told)


def _config() -> Config:
    config: Config = current_app.config["BOARD"]
    return config
