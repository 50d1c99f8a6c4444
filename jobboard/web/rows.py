"""A posting as one line of a list: the values that parts/posting.html draws."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from flask import current_app
from markupsafe import Markup, escape
from sqlalchemy.orm import Session

from jobboard.base.clock import in_japan, japan_date
from jobboard.base.content import Content, from_json
from jobboard.base.states import EventKind, PublicState, State
from jobboard.base.wording import days_left, japanese_date, japanese_instant, short_date
from jobboard.domain import link_alone, listing, marking
from jobboard.domain.cards import deadline_text
from jobboard.domain.facets import closing_instant
from jobboard.domain.history import Happening
from jobboard.domain.listing import FRESH_DAYS, Line
from jobboard.domain.publication import public_state
from jobboard.domain.words import Word
from jobboard.models import Posting
from jobboard.web.shelf import catalogue

__all__ = ["OVER", "chips", "days_to_go", "deadline_text", "drawn_rows", "happening", "marked_rows", "row", "rows"]

_STATE_CHIPS = {
    PublicState.WITHDRAWN: "withdrawn",
    PublicState.UNLISTED: "unlisted",
    PublicState.CLOSED: "closed",
    PublicState.UPCOMING: "upcoming",
    PublicState.CLOSING_SOON: "closing",
}
OVER = (PublicState.CLOSED, PublicState.WITHDRAWN, PublicState.UNLISTED)


def row(line: Line, now: datetime) -> dict[str, Any]:
    """The values of ``row`` and ``short_row``; an empty text is left out there."""
    found: dict[str, Any] = dict(line.card)
    found["id"] = line.id
    found["url"] = f"/postings/{line.id}"
    found["chips"] = chips(line, now, demonstration=line.demonstration)
    found["days_left"] = _days(line, now) if line.card.get("told") else None
    found["updated"] = _updated(line)
    return found


def rows(lines: Iterable[Line], now: datetime) -> list[dict[str, Any]]:
    """One ``row`` each."""
    return [row(line, now) for line in lines]


def drawn_rows(session: Session, lines: Sequence[Line], words: tuple[Word, ...], now: datetime) -> list[Markup]:
    """Rows of a list as HTML, each kept as long as nothing of it changes: most lists show rows that others showed before."""
    board, pick = catalogue(), len(lines) > 1
    state = (japan_date(now), board.turns_at(now), words, pick)
    found: dict[int, Markup | None] = {line.id: board.pieces.get(("row", line.id, state)) for line in lines}
    missing = [line for line in lines if found[line.id] is None]
    if missing:
        draw = current_app.jinja_env.get_template("parts/posting.html").module.row  # type: ignore[attr-defined]
        for line, values in zip(missing, marked_rows(session, missing, words, now), strict=True):
            found[line.id] = board.piece(("row", line.id, state), draw(values, 2, pick))
    return [row for row in found.values() if row is not None]


def marked_rows(session: Session, lines: Sequence[Line], words: Sequence[Word], now: datetime) -> list[dict[str, Any]]:
    """Rows with the searched words marked in their titles, and in a snippet where no other part of the row shows them."""
    found = rows(lines, now)
    if not words:
        return found
    hidden: dict[int, list[Word]] = {}
    for line, one in zip(lines, found, strict=True):
        unseen = [word for word in words if not word.excluded and not any(marking.spans(one[name], [word]) for name in _SHOWN)]
        if unseen:
            hidden[line.id] = unseen
        for name in _SHOWN:
            one[name] = _mark(one[name], marking.spans(one[name], words))
    texts = listing.texts(session, [line for line in lines if line.id in hidden]) if hidden else {}
    for line, one in zip(lines, found, strict=True):
        if line.id in texts:
            one["snippet"] = _mark(*marking.snippet(texts[line.id], hidden[line.id]))
    return found


_SHOWN = ("title", "prefecture", "municipality", "role", "engagement", "remote", "side_job")
"""The parts of a row in which a searched word may be seen; a word that stands in none of them is shown by a snippet."""


def _mark(text: str, places: Sequence[marking.Span]) -> str | Markup:
    if not places:
        return text
    parts, end = [], 0
    for begin, stop in places:
        parts += [escape(text[end:begin]), Markup("<mark>"), escape(text[begin:stop]), Markup("</mark>")]
        end = stop
    return Markup("").join([*parts, escape(text[end:])])


def chips(posting: Posting | Line, now: datetime, *, demonstration: bool) -> list[str]:
    """What a reader should see first of a public posting: its state, then whether it is new or was changed."""
    state = public_state(posting, now)
    found = ["link", *(["confirmed"] if posting.info_as_of and state not in OVER else [])] if posting.link_only else []
    found += [_STATE_CHIPS[state]] if state in _STATE_CHIPS else []
    if state not in OVER:
        found += _news(posting, now)
    return found + (["sample"] if demonstration else [])


def _news(posting: Posting | Line, now: datetime) -> list[str]:
    first_day = japan_date(now) - timedelta(days=FRESH_DAYS - 1)
    if posting.published_at and japan_date(posting.published_at) >= first_day:
        return ["new"]
    return ["amended"] if posting.updated_at and japan_date(posting.updated_at) >= first_day else []


def _days(line: Line, now: datetime) -> int | None:
    over = line.state is not State.PUBLISHED or line.apply_by is None or line.apply_by <= now
    return None if over or line.apply_by is None else days_left(line.apply_by, now)


def days_to_go(posting: Posting, content: Content, now: datetime) -> int | None:
    """Days until the deadline that is told; None when it is over or none is told."""
    deadline = closing_instant(content)
    if "apply_by" not in content or deadline is None or deadline <= now:
        return None
    ended = posting.closed_at is not None
    return None if ended else days_left(deadline, now)


def happening(step: Happening) -> dict[str, Any]:
    """The values of templates/board/happening.html."""
    event, alone = step.event, step.event.kind in link_alone.ENDINGS and step.event.posting.link_only
    return {
        "word": link_alone.word(event),
        "alone": from_json(event.version.content).is_link_only,
        "when": japanese_instant(event.occurred_at),
        "clock": f"{in_japan(event.occurred_at):%-H:%M}",
        "machine": in_japan(event.occurred_at).isoformat(),
        "number": event.version.number if event.version_id != event.previous_id else None,
        "posting_id": event.posting_id,
        "place": event.posting.municipality.full_name,
        "title": event.version.content.get("title", ""),
        "summary": "" if alone else event.summary,
        "ending": _closing(step),
        "changes": [(change.label, change.old, change.new) for change in step.differences],
    }


def by_day(steps: Iterable[Happening]) -> list[tuple[str, list[dict[str, Any]]]]:
    """(day in Japan, what happened on it), in the order given, which is by time."""
    days = groupby(steps, lambda step: japan_date(step.event.occurred_at))
    return [(japanese_date(day), [happening(step) for step in group]) for day, group in days]


def _closing(step: Happening) -> str:
    """Why the call was closed and what came of it; empty unless it is this closing that stands."""
    event, posting = step.event, step.event.posting
    if event.kind in link_alone.ENDINGS and posting.link_only:
        return "".join([link_alone.ending(posting), f"結果: {posting.outcome.label}" if posting.outcome else ""])
    if event.kind is not EventKind.CLOSED or posting.closed_at is None or event.occurred_at < posting.closed_at:
        return ""
    reason = f"理由: {posting.closed_reason.label}" if posting.closed_reason else ""
    outcome = f"結果: {posting.outcome.label}" if posting.outcome else ""
    return "。".join(part for part in (reason, outcome) if part)


def _updated(line: Line) -> str:
    if line.updated_at is None or line.published_at is None:
        return ""
    updated_on: date = japan_date(line.updated_at)
    return short_date(updated_on) if updated_on != japan_date(line.published_at) else ""
