"""The pages of one posting: what it says, what happened to it, its files, its timetable; the same for everybody."""

from typing import Any

import structlog
from flask import Blueprint, Response, current_app, render_template, send_file, url_for
from flask.typing import ResponseReturnValue

from jobboard.base.clock import in_japan, japan_date
from jobboard.base.content import Content, from_json
from jobboard.base.errors import Forgotten, NotFound
from jobboard.base.showing import show_pay
from jobboard.base.wording import file_size, japanese_date, japanese_instant
from jobboard.config import Config
from jobboard.database import db
from jobboard.domain import attachments, forgetting, history, link_alone, listing, questions
from jobboard.domain.criteria import Criteria
from jobboard.domain.publication import is_open
from jobboard.domain.similar import criteria_like, similar
from jobboard.models import Attachment, Posting
from jobboard.web import calendar_format, filters, licence, structured
from jobboard.web.api_shapes import written
from jobboard.web.api_sharing import open_to_all
from jobboard.web.entries import SAMPLE
from jobboard.web.feed_text import link_line
from jobboard.web.posting_document import document
from jobboard.web.posting_view import posting_view
from jobboard.web.rows import deadline_text, happening, rows
from jobboard.web.shelf import catalogue
from jobboard.web.transaction import now

log = structlog.get_logger()

LATEST = 3
"""Events that the posting's own page tells; the rest stand in its history."""

FILE_KINDS = {
    "application/pdf": "PDF",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "Excel",
}
"""What an attachment may be; anything else is sent as mere bytes."""


def posting(posting_id: int) -> ResponseReturnValue:
    """One posting; a closed one stays readable."""
    found, content = _found(posting_id)
    view = _view(found, content)
    return render_template(
        "board/posting.html",
        **view,
        **_beside(found),
        **_head(found, content, view),
        **_link_only(found),
        similar=rows(listing.lines(db.session(), catalogue(), similar(catalogue(), found, content, now=now())), now()),
        subscriptions=_subscriptions(found, content),
    )


def posting_history(posting_id: int) -> ResponseReturnValue:
    """Every version that was shown, old → new, and what happened."""
    found, content = _found(posting_id)
    steps = [happening(step) for step in history.steps(db.session(), found)]
    noindex = not is_open(found, now())
    return render_template("board/history.html", posting=found, **_view(found, content), steps=steps, noindex=noindex)


def timetable(posting_id: int) -> ResponseReturnValue:
    """The selection timetable as iCalendar."""
    found, _ = _found(posting_id)
    config = _config()
    url = f"{config.base_url}/postings/{found.id}.ics"
    events = calendar_format.stage_events(found, base_url=config.base_url, sample=config.demo)
    name = f"{SAMPLE if config.demo else ''}{found.municipality.full_name} {found.title}"
    answer = Response(calendar_format.calendar(name, url, events), content_type=calendar_format.CONTENT_TYPE)
    answer.headers["Content-Disposition"] = f'attachment; filename="posting-{found.id}.ics"'
    return _reusable(answer)


def data(posting_id: int) -> ResponseReturnValue:
    """All that the page tells, for programs."""
    found, content = _found(posting_id)
    session = db.session()
    shown = document(
        found,
        content,
        files=[(one, _file(found.id, one)["url"]) for one in attachments.of_version(session, found.current_id)],
        answered=questions.answered(session, found.id),
        steps=history.steps(session, found),
        base_url=_config().base_url,
        now=now(),
    )
    return _reusable(Response(written(shown), content_type="application/json; charset=utf-8"))


def _reusable(answer: Response) -> Response:
    """Open data: under its licence, for any site's script."""
    return open_to_all(licence.add_links(answer, _config().base_url))


def attachment(posting_id: int, attachment_id: int, name: str) -> ResponseReturnValue:
    """A file that the posting was shown with, to keep and never to open as a page of ours."""
    found = attachments.public_file(db.session(), posting_id, attachment_id, name)
    path = attachments.stored_at(_config().upload_dir, found.sha256)
    if not path.is_file():
        log.error("attachment_missing", attachment=found.id, sha256=found.sha256)
        raise NotFound
    kind = found.media_type if found.media_type in FILE_KINDS else "application/octet-stream"
    return send_file(path, mimetype=kind, as_attachment=True, download_name=found.name, etag=False)


ROUTES = (
    ("/postings/<int:posting_id>", "posting", posting),
    ("/postings/<int:posting_id>/history", "history", posting_history),
    ("/postings/<int:posting_id>.ics", "timetable", timetable),
    ("/postings/<int:posting_id>.json", "data", data),
    ("/postings/<int:posting_id>/attachments/<int:attachment_id>/<name>", "attachment", attachment),
)


def add_to(blueprint: Blueprint) -> None:
    """Adds these pages to the blueprint of the board."""
    for rule, endpoint, view in ROUTES:
        blueprint.add_url_rule(rule, endpoint, view)


def _config() -> Config:
    config: Config = current_app.config["BOARD"]
    return config


def _found(posting_id: int) -> tuple[Posting, Content]:
    try:
        found = listing.public_posting(db.session(), posting_id)
    except NotFound:
        if forgetting.is_forgotten(db.session(), posting_id):
            raise Forgotten from None
        raise
    return found, from_json(found.current.content if found.current else {})


def _view(found: Posting, content: Content) -> dict[str, Any]:
    names = listing.names(db.session(), content.codes("co_municipalities"))
    return {**posting_view(found, content, now(), names), "names": names}


def _beside(found: Posting) -> dict[str, Any]:
    """What stands beside the text: files, questions, the latest events, and where more is."""
    session, address = db.session(), f"/postings/{found.id}"
    return {
        "posting": found,
        "history_url": f"{address}/history",
        "calendar_url": f"{address}.ics",
        "data_url": f"{address}.json",
        "correction_url": f"/correction/{found.id}",
        "ask_url": f"{address}/ask" if questions.accepts(found, now()) else "",
        "ask_by": japanese_instant(found.questions_by) if found.questions_by else "",
        "files": [_file(found.id, one) for one in attachments.of_version(session, found.current_id)],
        "successor": found.municipality.successor,
        "questions": [
            (one.text, one.answer, japanese_date(japan_date(one.answered_at)), one.answered_at.isoformat(),
             japanese_date(japan_date(one.corrected_at)) if one.corrected_at else "")
            for one in questions.answered(session, found.id)
        ],
        "steps": [happening(step) for step in history.steps(session, found, LATEST)],
    }


def _link_only(found: Posting) -> dict[str, Any]:
    """What the page of a link alone tells of where it is from, and of how it ended."""
    if not found.link_only or found.collected_at is None:
        return {}
    at = found.collected_at
    return {
        "collected": (in_japan(at).isoformat(), japanese_instant(at)),
        "confirmed": found.info_as_of is not None,
        "how_it_ended": link_alone.ending(found) if link_alone.is_over(found) else "",
    }


def _file(posting_id: int, one: Attachment) -> dict[str, str]:
    return {
        "url": url_for("board.attachment", posting_id=posting_id, attachment_id=one.id, name=one.name),
        "name": one.name,
        "kind": FILE_KINDS.get(one.media_type, "ファイル"),
        "size": file_size(one.size),
    }


def _head(found: Posting, content: Content, view: dict[str, Any]) -> dict[str, Any]:
    """What programs read: search engines, pages that quote this one, feed readers."""
    config = _config()
    real = is_open(found, now()) and not (found.municipality.demonstration or config.demo)
    parts = [*view["texts"], *view["legal"], {"facts": view["conflict"]}]
    told: tuple[str, ...] = (show_pay(content), content.engagement.label if content.engagement else "", f"締切 {deadline_text(content)}")
    if content.is_link_only:
        told = (link_line(content),)
    return {
        "noindex": not is_open(found, now()),
        "summary_line": " / ".join(part for part in told if part not in ("", "―")),
        "structured": structured.job_posting(found, content, parts, base_url=config.base_url, names=view["names"])
        if real and structured.is_job(content) and not content.is_link_only
        else None,
        "feeds": filters.feeds(Criteria(posting=(found.id,)), "/changes")[:3],
    }


def _subscriptions(found: Posting, content: Content) -> list[tuple[str, str, str]]:
    """Address, words and explanation of each way to hear more; what fits an open call first."""
    alone, like = Criteria(posting=(found.id,)), criteria_like(found, content)
    here = Criteria(municipality=(found.municipality_code,))
    names = listing.names(db.session(), here.municipality)
    ways = [
        (alone, "この募集の変更だけ", "締切の延長、条件の変更、終了をお知らせします。"),
        (like, "似た条件の募集", f"条件: {like.describe(names)}"),
        (here, "この自治体の募集", f"条件: {here.describe(names)}"),
    ]
    shown = ways if is_open(found, now()) else ways[1:]
    return [(filters.with_query("/subscribe", criteria), words, note) for criteria, words, note in shown]
