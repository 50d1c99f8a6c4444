"""What will be public when a draft is published: its page, its mail, its entry of a feed, made by what makes the real ones.

Its municipality sees it at the desk, and the moderators what waits for them (``for_review``; review_preview).
"""

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
    listing,
    permissions,
    previewing,
)
from jobboard.domain.history import Happening
from jobboard.domain.letterhead import Letterhead
from jobboard.models import ChangeEvent, Posting
from jobboard.web.desk_attachments import shown_files
from jobboard.web.entries import Telling, change_entry
from jobboard.web.posting_view import posting_view
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
    """The HTML part, as a page that can do nothing."""
    return bare_mail(permissions.find_posting(db.session(), signed_in(), "posting:read_draft", posting_id))


def bare_mail(posting: Posting) -> Response:
    """The answer with the HTML part alone."""
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


def as_page(posting: Posting, *, for_review: bool = False) -> str:
    """The public page's own body."""
    shown = shown_content(posting)
    agreed, named = (one.codes("co_municipalities") for one in (shown, written_content(posting)))
    names = listing.names(db.session(), named)
    files = attached.difference(db.session(), posting, posting.pending) if posting.current else []
    return render_template(
        "desk/preview.html",
        **posting_view(posting, shown, now(), names),
        posting=posting,
        same=posting.current is not None and from_json(posting.current.content) == shown and not files,
        files=shown_files(posting, at="desk_attachments.sent_in" if for_review else "desk_attachments.own"),
        changed_files=files,
        unagreed=[names.get(code, code) for code in named if code not in agreed],
        for_review=for_review,
    )


def as_mail(posting: Posting, *, for_review: bool = False) -> str:
    """The page with the text part and the way to the HTML part."""
    event = _event(posting, shown_content(posting))
    return _page(posting, "mail", event, mail=_mail(event), for_review=for_review)


def as_feed(posting: Posting, *, for_review: bool = False) -> str:
    """The page with the entry of the feed of changes."""
    event = _event(posting, shown_content(posting))
    config: Config = current_app.config["BOARD"]
    names = joint.names(db.session(), [event.version.content])
    old = from_json(event.previous.content) if event.previous else None
    differing = changes.public(changes.difference(old, from_json(event.version.content))) if old is not None else []
    differing += attached.difference(db.session(), posting, posting.pending) if old is not None else []
    entry = change_entry(Happening(event, differing), Telling(config.base_url, config.demo, now(), names))
    # feed_text and feed_html escape all that people wrote
    return _page(posting, "feed", event, entry=entry, html=Markup(entry.html), for_review=for_review)


VIEWS: dict[str, Callable[..., str]] = {"mail": as_mail, "feed": as_feed}


def _event(posting: Posting, content: Content) -> ChangeEvent:
    summary = posting.pending.change_summary if posting.pending else ""
    return previewing.foreseen(posting, content, now=now(), summary=summary)


def _mail(event: ChangeEvent) -> previewing.Foretold:
    render = current_app.extensions["mail_renderer"]()
    letterhead = Letterhead.of(current_app.config["BOARD"])
    return previewing.mail(event, letterhead, render, sample=deliveries.is_demonstration(db.session()))


def _page(posting: Posting, view: str, event: ChangeEvent, **more: object) -> str:
    title = event.version.content.get("title") or drafting.title(posting)
    return render_template(f"desk/preview_{view}.html", posting=posting, title=title, material=event.material, **more)
