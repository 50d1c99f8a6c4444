"""What will be sent when a draft is published, as mail and as the entry of a feed: made by what makes the real ones."""

from collections.abc import Callable

from flask import Blueprint, Response, current_app, render_template
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from jobboard.base.content import Content, from_json
from jobboard.config import Config
from jobboard.database import db
from jobboard.domain import (
    agreements,
    attached,
    changes,
    completeness,
    deliveries,
    drafting,
    joint,
    permissions,
    previewing,
)
from jobboard.domain.history import Happening
from jobboard.domain.letterhead import Letterhead
from jobboard.models import ChangeEvent, Posting
from jobboard.web.entries import Telling, change_entry
from jobboard.web.signing_in import signed_in, staff
from jobboard.web.transaction import now

blueprint = Blueprint("desk_preview", __name__, url_prefix="/desk/postings/<int:posting_id>/preview")

MAIL_POLICY = "; ".join(
    ("default-src 'none'", "style-src 'unsafe-inline'", "form-action 'none'", "base-uri 'none'", "frame-ancestors 'none'", "sandbox")
)
"""A mail bears its styles in its elements; it may do nothing else."""


@blueprint.get("/mail")
@staff("posting:read_draft")
def mail(posting_id: int) -> ResponseReturnValue:
    """The HTML part alone, as a page that can do nothing."""
    posting = permissions.find_posting(db.session(), signed_in(), "posting:read_draft", posting_id)
    answer = Response(_mail(_event(posting, shown_content(posting))).html, content_type="text/html; charset=utf-8")
    answer.headers["Content-Security-Policy"] = MAIL_POLICY
    return answer


def shown_content(posting: Posting) -> Content:
    """What would be published now: what waits for 掲載確認, else the draft; without co-municipalities that have not agreed."""
    return agreements.shown(db.session(), posting, written_content(posting))


def written_content(posting: Posting) -> Content:
    """The same with all that the municipality named."""
    if posting.pending is not None:
        return from_json(posting.pending.content)
    return completeness.read_applying(drafting.text(posting))[0]


def as_mail(posting: Posting) -> str:
    """The page with the text part and the way to the HTML part."""
    event = _event(posting, shown_content(posting))
    return _page(posting, "mail", event, mail=_mail(event))


def as_feed(posting: Posting) -> str:
    """The page with the entry of the feed of changes."""
    event = _event(posting, shown_content(posting))
    config: Config = current_app.config["BOARD"]
    names = joint.names(db.session(), [event.version.content])
    old = from_json(event.previous.content) if event.previous else None
    differing = changes.public(changes.difference(old, from_json(event.version.content))) if old is not None else []
    differing += attached.difference(db.session(), posting, posting.pending) if old is not None else []
    entry = change_entry(Happening(event, differing), Telling(config.base_url, config.demo, now(), names))
    # feed_text and feed_html escape all that people wrote
    return _page(posting, "feed", event, entry=entry, html=Markup(entry.html))


VIEWS: dict[str, Callable[[Posting], str]] = {"mail": as_mail, "feed": as_feed}


def _event(posting: Posting, content: Content) -> ChangeEvent:
    summary = posting.pending.change_summary if posting.pending else ""
    return previewing.foreseen(posting, content, now=now(), summary=summary)


def _mail(event: ChangeEvent) -> previewing.Foretold:
    render = current_app.extensions["mail_renderer"]()
    letterhead = Letterhead.of(current_app.config["BOARD"])
    return previewing.mail(event, letterhead, render, sample=deliveries.is_demonstration(db.session()))


def _page(posting: Posting, view: str, event: ChangeEvent, **more: object) -> str:
    return render_template(
        f"desk/preview_{view}.html", posting=posting, title=drafting.title(posting), material=event.material, **more
    )
