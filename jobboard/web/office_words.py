"""What the office wrote, as this request sees it: announcements, texts of fixed pages, who answers; read once a board version."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, current_app, request
from markupsafe import Markup
from sqlalchemy.exc import SQLAlchemyError

from jobboard.base import markdown
from jobboard.base.states import FixedPage
from jobboard.config import Config
from jobboard.database import db
from jobboard.domain import announcing, page_texts
from jobboard.domain.announcing import Told
from jobboard.domain.page_texts import Office
from jobboard.web.shelf import board_version
from jobboard.web.transaction import SAFE, now


@dataclass(frozen=True)
class PageWords:
    """The text of a page as it may stand there; ``revised_at`` is None in a preview."""

    html: Markup
    headings: tuple[tuple[str, str], ...]
    revised_at: datetime | None


@dataclass(frozen=True)
class OfficeWords:
    """All of it at a board version. ``announcements``: public now or later, the newest first."""

    version: int
    announcements: tuple[Told, ...]
    pages: Mapping[FixedPage, PageWords]
    office: Office


def init(app: Flask, config: Config) -> None:
    """The frame of every page shows the urgent announcements."""
    app.jinja_env.globals["urgent_announcements"] = urgent


def words() -> OfficeWords:
    """Shared by all threads, and read anew when the board's version is another; a writer's view may yet be undone, so it is not kept."""
    version = board_version()
    kept: OfficeWords | None = current_app.extensions.get("office_words")
    if kept is None or kept.version != version:
        kept = _read(version)
        if request.method in SAFE:
            current_app.extensions["office_words"] = kept
    return kept


def _read(version: int) -> OfficeWords:
    session = db.session()
    shown = {page: row for page, row in page_texts.published(session).items() if row.body}
    office = shown.pop(FixedPage.OFFICE, None)
    pages = {page: page_words(row.body, row.published_at) for page, row in shown.items()}
    answering = page_texts.read_office(office.body) if office else Office()
    return OfficeWords(version, tuple(announcing.told(session)), pages, answering)


def page_words(body: str, revised_at: datetime | None = None) -> PageWords:
    """The text of a page, rendered."""
    rendered = markdown.render(body)
    return PageWords(Markup(rendered.html), rendered.headings, revised_at)


def turns_at(otherwise: datetime | None) -> datetime | None:
    """The next instant at which an announcement appears or is over, or the other one, whichever comes first."""
    own = announcing.turns_at(words().announcements, now())
    return min(filter(None, (own, otherwise)), default=None)


def standing() -> list[Told]:
    """The announcements that stand now, the newest first."""
    return [one for one in words().announcements if one.stands(now())]


def urgent() -> list[Told]:
    """Those of them that stand on every page. A page that says that the database is away has none."""
    try:
        return [one for one in standing() if one.urgent]
    except SQLAlchemyError:
        return []


def office(preferred: Office | None = None) -> Office:
    """Who answers: what the office wrote (or ``preferred``), and the settings where it wrote nothing."""
    config: Config = current_app.config["BOARD"]
    own = preferred or words().office
    return Office(own.office or config.office, own.contact or config.contact, own.postal or config.mail_postal_address)
