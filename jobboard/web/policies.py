"""Pages of a public body: what this site is, how to use it, personal data, accessibility, terms; and files for machines.

What depends on programs (words that search treats alike, how long what is kept, what was tested) is read from them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from flask import Blueprint, Response, current_app, render_template
from flask.typing import ResponseReturnValue

from jobboard.base import fetching
from jobboard.base.clock import end_of, in_japan, japan_date
from jobboard.base.errors import NotFound
from jobboard.base.states import Fault, FixedPage
from jobboard.base.wording import japanese_date
from jobboard.config import Config
from jobboard.database import db
from jobboard.domain import (
    confirming,
    corrections,
    handover,
    listing,
    questions,
    retention,
    sitemap,
    subscriptions,
    words,
)
from jobboard.domain.describing import LABELS
from jobboard.domain.letterhead import OPERATOR
from jobboard.domain.listing import Sort
from jobboard.domain.page_texts import Office
from jobboard.domain.publication import CLOSING_SOON_DAYS
from jobboard.web import accessibility, filters, office_words
from jobboard.web.office_words import PageWords
from jobboard.web.signing_in import SESSION_LIFETIME
from jobboard.web.transaction import now

blueprint = Blueprint("policies", __name__)

REVIEWED_WITHIN = 3
"""開庁日, promised on /about, until a posting that was sent in is looked at."""

MOST_ADDRESSES = 50_000
"""Of one sitemap file (sitemaps.org)."""

LISTED = ("/", "/postings", "/municipalities", "/announcements", "/about", "/help", "/privacy", "/accessibility", "/terms", "/correction", "/api", "/data")
"""Pages of one address each, without those that are noindex."""

PRIVATE = (
    "/login", "/forgot", "/account", "/invitation/", "/reset/", "/desk/", "/review/", "/ministry/", "/outbox",
    "/subscribe", "/subscriptions/", "/u/", "/correction/", "/question/", "/postings/*/ask",
)  # fmt: skip
"""What no crawler has to ask for."""

EXPIRES_AFTER = timedelta(days=180)


def _config() -> Config:
    config: Config = current_app.config["BOARD"]
    return config


def answering(office: Office | None = None) -> dict[str, str]:
    """Who answers for the site, as the parts of the pages call it."""
    found = office_words.office(office)
    return {"operator": OPERATOR, "office": found.office, "contact": found.contact, "postal": found.postal}


def page(fixed: FixedPage, text: PageWords | None = None, *, office: Office | None = None, preview: bool = False) -> str:
    """A fixed page with the text of the office, its own words where there is none; what programs know stands in either."""
    known = _KNOWN.get(fixed, dict[str, object])()

    def own(sections: Mapping[str, str], stay: Sequence[str]) -> Mapping[str, str]:
        return {anchor: sections[anchor] for anchor in stay} if text else sections

    shown = {**answering(office), **known, "words": text, "own": own, "preview": preview}
    return render_template(f"policies/{fixed}.html", here=str(fixed), **shown)


def _public(fixed: FixedPage) -> str:
    return page(fixed, office_words.words().pages.get(fixed))


@blueprint.get("/about")
def about() -> ResponseReturnValue:
    """What the site is for, who speaks, and what is promised."""
    return _public(FixedPage.ABOUT)


@blueprint.get("/help")
def usage() -> ResponseReturnValue:
    """How to search, compare, be told; with the very table of synonyms."""
    return _public(FixedPage.HELP)


@blueprint.get("/privacy")
def privacy() -> ResponseReturnValue:
    """What is kept of whom, for what and how long."""
    return _public(FixedPage.PRIVACY)


@blueprint.get("/accessibility")
def accessible() -> ResponseReturnValue:
    """The policy, and what our own runs found."""
    return _public(FixedPage.ACCESSIBILITY)


@blueprint.get("/terms")
def terms() -> ResponseReturnValue:
    """On which terms the content may be used."""
    return _public(FixedPage.TERMS)


@blueprint.get("/correction")
def correcting() -> ResponseReturnValue:
    """Who may ask for a correction or complain, how, and by when it is answered (職業安定法施行規則4条の3第4項)."""
    return _public(FixedPage.CORRECTION)


def _of_about() -> dict[str, object]:
    return {
        "reviewed_within": REVIEWED_WITHIN, "corrected_within": corrections.ANSWERED_WITHIN,
        "agent": fetching.AGENT, "user_agent": fetching.user_agent(_config().caller),
    }  # fmt: skip


def _of_help() -> dict[str, object]:
    return {
        "synonyms": words.SYNONYMS,
        "longest": words.LONGEST,
        "most_words": words.MOST_WORDS,
        "labels": LABELS,
        "sorts": [sort.label for sort in Sort],
        "formats": [name for _, name in filters.FORMATS],
        "closing_days": CLOSING_SOON_DAYS,
        "fresh_days": listing.FRESH_DAYS,
        "most_subscriptions": subscriptions.MOST,
    }


def _of_privacy() -> dict[str, object]:
    return {
        "unconfirmed_days": subscriptions.CONFIRMED_WITHIN.days,
        "mail_days": retention.MAIL_KEPT.days,
        "correction_days": corrections.ADDRESS_KEPT.days,
        "unconfirmed_question_days": questions.CONFIRMED_WITHIN.days,
        "question_days": questions.ADDRESS_KEPT.days,
        "asked_days": confirming.ADDRESS_KEPT.days,
        "handover_days": handover.KEPT.days,
        "decided_handover_days": handover.DECIDED_KEPT.days,
        "postings_years": _config().keep_postings_years,
        "audit_years": _config().keep_audit_years,
        "session_hours": int(SESSION_LIFETIME.total_seconds() // 3600),
    }


def _of_correction() -> dict[str, object]:
    return {
        "within": corrections.ANSWERED_WITHIN,
        "handling": corrections.HANDLING,
        "faults": [fault.label for fault in Fault],
        "shortest": corrections.SHORTEST,
        "longest": corrections.LONGEST,
    }


def _of_accessibility() -> dict[str, object]:
    found = accessibility.results()
    return {"found": found, "tested_on": japanese_date(found.tested_on) if found else ""}


_KNOWN: dict[FixedPage, Callable[[], dict[str, object]]] = {
    FixedPage.ABOUT: _of_about,
    FixedPage.HELP: _of_help,
    FixedPage.PRIVACY: _of_privacy,
    FixedPage.ACCESSIBILITY: _of_accessibility,
    FixedPage.CORRECTION: _of_correction,
}
"""What a page says of the programs."""


@blueprint.get("/sitemap.xml")
def sitemap_first() -> ResponseReturnValue:
    """All addresses, or the list of the files that hold them; the demonstration names none."""
    found = [] if _config().demo else list(_addresses())
    if len(found) <= MOST_ADDRESSES:
        return _xml("sitemap", found=found)
    return _xml("sitemap-index", numbers=range(1, -(-len(found) // MOST_ADDRESSES) + 1))


@blueprint.get("/sitemap-<int:number>.xml")
def sitemap_part(number: int) -> ResponseReturnValue:
    """One of several files; the first one always exists."""
    found = [] if _config().demo else list(_addresses())
    part = found[(number - 1) * MOST_ADDRESSES : number * MOST_ADDRESSES] if number else []
    if not part and number != 1:
        raise NotFound
    return _xml("sitemap", found=part)


def _addresses() -> Iterator[tuple[str, str]]:
    """(path, last change as W3C date and time, empty when unknown)."""
    postings = sitemap.open_postings(db.session(), now())
    newest = _changed(max((instant for _, instant in postings), default=None))
    for path in LISTED:
        yield path, newest if path in ("/", "/postings") else ""
    for one in office_words.standing():
        yield f"/announcements/{one.id}", _changed(one.updated_at)
    for code, instant in sitemap.posting_municipalities(db.session()):
        yield f"/municipalities/{code}", _changed(instant)
    for posting_id, instant in postings:
        yield f"/postings/{posting_id}", _changed(instant)


def _changed(instant: datetime | None) -> str:
    return in_japan(instant).isoformat(timespec="seconds") if instant else ""


def _xml(name: str, **values: object) -> Response:
    return Response(render_template(f"policies/{name}.xml", **values), content_type="application/xml; charset=utf-8")


@blueprint.get("/robots.txt")
def robots() -> ResponseReturnValue:
    """RFC 9309. The demonstration shuts everybody out."""
    config = _config()
    if config.demo:
        return _text("User-agent: *", "Disallow: /")
    refused = [f"Disallow: {path}" for path in PRIVATE]
    return _text("User-agent: *", *refused, "Allow: /", "", f"Sitemap: {config.base_url}/sitemap.xml")


@blueprint.get("/.well-known/security.txt")
def security_txt() -> ResponseReturnValue:
    """RFC 9116. It expires half a year after the end of today, so it stays the same for a whole day."""
    config = _config()
    named = office_words.office().contact
    contact = named if "://" in named else named and f"mailto:{named}"
    expires = end_of(japan_date(now()) + EXPIRES_AFTER)
    return _text(
        f"Contact: {contact or config.base_url + '/about#contact'}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: ja, en",
        f"Canonical: {config.base_url}/.well-known/security.txt",
        f"Policy: {config.base_url}/terms#security",
    )


def _text(*lines: str) -> Response:
    return Response("\n".join((*lines, "")), content_type="text/plain; charset=utf-8")
