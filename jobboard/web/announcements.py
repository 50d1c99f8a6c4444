"""お知らせ for everybody: the list, one, and their feed."""

from datetime import datetime

from flask import Blueprint, Response, current_app, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from jobboard.base import markdown
from jobboard.base.clock import in_japan, japan_date
from jobboard.base.errors import NotFound
from jobboard.base.wording import japanese_date
from jobboard.config import Config
from jobboard.domain.announcing import Told
from jobboard.domain.letterhead import OPERATOR
from jobboard.web import entries, feed_formats, licence
from jobboard.web.entries import Entry, FeedHead
from jobboard.web.feed_text import one_line
from jobboard.web.office_words import words
from jobboard.web.transaction import now

blueprint = Blueprint("announcements", __name__)

SHOWN = 100
"""On the list and in the feed, the newest first; an older one has its own address still."""

SUMMARY = 120
"""Characters of the text that stand for it."""


@blueprint.app_template_filter()
def japanese_day(instant: datetime) -> str:
    """The date in Japan."""
    return japanese_date(japan_date(instant))


def _out() -> list[Told]:
    return [one for one in words().announcements if one.is_out(now())]


@blueprint.get("/announcements")
def announcement_list() -> ResponseReturnValue:
    """What stands, then what is over."""
    found = _out()[:SHOWN]
    return render_template(
        "announcements/list.html",
        standing=[one for one in found if one.stands(now())],
        over=[one for one in found if not one.stands(now())],
    )


@blueprint.get("/announcements/<int:announcement_id>")
def announcement(announcement_id: int) -> ResponseReturnValue:
    found = next((one for one in _out() if one.id == announcement_id), None)
    if found is None:
        raise NotFound
    return render_template(
        "announcements/announcement.html",
        announcement=found, body=body_html(found.body), summary=summary(found.body), over=not found.stands(now()),
    )  # fmt: skip


def body_html(body: str) -> Markup:
    """The text of an announcement, as it may stand in a page."""
    return Markup(markdown.render(body).html)


def summary(body: str) -> str:
    """Its first words, in one line."""
    line = one_line(markdown.plain(body))
    return line if len(line) <= SUMMARY else f"{line[: SUMMARY - 1]}…"


@blueprint.get("/announcements.atom")
def atom() -> ResponseReturnValue:
    """Atom 1.0 of the newest."""
    config: Config = current_app.config["BOARD"]
    shown = [_entry(one, config) for one in _out()[:SHOWN]]
    head = FeedHead(
        title=f"{entries.SAMPLE if config.demo else ''}{config.site_name} お知らせ",
        description=f"{config.site_name}についての、{OPERATOR}からのお知らせ。",
        author=OPERATOR,
        home_url=f"{config.base_url}/announcements",
        feed_url=config.base_url + request.path,
        base_url=config.base_url,
        updated_at=entries.last_told(shown, now()),
    )
    answer = Response(feed_formats.atom(head, shown), content_type="application/atom+xml; charset=utf-8")
    return licence.add_links(answer, config.base_url)


def _entry(one: Told, config: Config) -> Entry:
    mark = "【緊急】" if one.urgent else ""
    return Entry(
        id=f"urn:uuid:{one.uuid}",
        url=f"{config.base_url}/announcements/{one.id}",
        title=f"{entries.SAMPLE if config.demo else ''}{mark}{one_line(one.title)}",
        author=OPERATOR,
        summary=summary(one.body),
        html=markdown.render(one.body).html,
        published_at=in_japan(one.published_at),
        updated_at=in_japan(one.updated_at),
        categories=(),
        codes={},
    )
