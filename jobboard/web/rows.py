"""A posting as one line of a list: the values that parts/posting.html draws."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from jobboard.base.choice import Choice
from jobboard.base.clock import in_japan, japan_date
from jobboard.base.content import Content, from_json
from jobboard.base.showing import show_monthly, show_pay, show_workdays
from jobboard.base.states import EventKind, PublicState
from jobboard.base.vocabulary import DeadlineKind, Explicit
from jobboard.base.wording import days_left, japanese_date, japanese_instant, short_date
from jobboard.domain.documents import spoken
from jobboard.domain.facets import closing_instant
from jobboard.domain.history import Happening
from jobboard.domain.listing import FRESH_DAYS
from jobboard.domain.publication import public_state
from jobboard.models import Posting

_KINDS = {DeadlineKind.ARRIVAL: "必着", DeadlineKind.POSTMARK: "消印有効"}
_STATE_CHIPS = {
    PublicState.WITHDRAWN: "withdrawn",
    PublicState.CLOSED: "closed",
    PublicState.UPCOMING: "upcoming",
    PublicState.CLOSING_SOON: "closing",
}
OVER = (PublicState.CLOSED, PublicState.WITHDRAWN)


def row(posting: Posting, now: datetime) -> dict[str, Any]:
    """The values of ``row`` and ``short_row``; an empty text is left out there."""
    content = from_json(posting.current.content) if posting.current else Content({})
    return {
        "id": posting.id,
        "url": f"/postings/{posting.id}",
        "title": posting.title,
        "prefecture": posting.municipality.prefecture,
        "municipality": posting.municipality.name,
        "chips": chips(posting, now),
        "role": posting.role.label.partition("(")[0] if posting.role else "",
        "engagement": posting.engagement.label if posting.engagement else "",
        "pay": show_pay(content),
        "pay_monthly": show_monthly(content).removeprefix("月額換算の目安 "),
        "work": _work(content),
        "remote": spoken("remote", posting.remote) if posting.remote else "",
        "side_job": spoken("side_job", posting.side_job) if posting.side_job else "",
        "apply_by": deadline_text(content),
        "days_left": days_to_go(posting, content, now),
        "updated": _updated(posting),
    }


def _work(content: Content) -> str:
    """月4日; with its question where the answer says nothing alone (定めなし, 要相談)."""
    text = show_workdays(content)
    if text == "―":
        return ""
    return text if text.endswith("日") else f"勤務日数 {text}"


def rows(postings: Iterable[Posting], now: datetime) -> list[dict[str, Any]]:
    """One ``row`` each."""
    return [row(posting, now) for posting in postings]


def chips(posting: Posting, now: datetime) -> list[str]:
    """What a reader should see first of a public posting: its state, then whether it is new or was changed."""
    state = public_state(posting, now)
    found = [_STATE_CHIPS[state]] if state in _STATE_CHIPS else []
    if state not in OVER:
        found += _news(posting, now)
    return found + (["sample"] if posting.municipality.demonstration else [])


def _news(posting: Posting, now: datetime) -> list[str]:
    first_day = japan_date(now) - timedelta(days=FRESH_DAYS - 1)
    if posting.published_at and japan_date(posting.published_at) >= first_day:
        return ["new"]
    return ["amended"] if posting.updated_at and japan_date(posting.updated_at) >= first_day else []


def deadline_text(content: Content) -> str:
    """2026年5月29日(金)17:00 必着; 随時 and 決まり次第 as they stand."""
    kind, deadline = content.get("apply_by_kind"), content.instant("apply_by")
    if deadline is None:
        return kind.label if isinstance(kind, Choice) else ""
    day_alone = japan_date(deadline - timedelta(microseconds=1)) != japan_date(deadline)
    text = japanese_date(japan_date(deadline) - timedelta(days=1)) if day_alone else japanese_instant(deadline)
    suffix = _KINDS.get(kind, "") if isinstance(kind, DeadlineKind) and not isinstance(kind, Explicit) else ""
    return f"{text} {suffix}".rstrip()


def days_to_go(posting: Posting, content: Content, now: datetime) -> int | None:
    """Days until the deadline that is told; None when it is over or none is told."""
    deadline = closing_instant(content)
    if "apply_by" not in content or deadline is None or deadline <= now:
        return None
    ended = posting.closed_at is not None
    return None if ended else days_left(deadline, now)


def happening(step: Happening) -> dict[str, Any]:
    """The values of templates/board/happening.html."""
    event = step.event
    return {
        "word": event.kind.label,
        "when": japanese_instant(event.occurred_at),
        "machine": in_japan(event.occurred_at).isoformat(),
        "number": event.version.number if event.version_id != event.previous_id else None,
        "posting_id": event.posting_id,
        "place": event.posting.municipality.full_name,
        "title": event.version.content.get("title", ""),
        "summary": event.summary,
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
    if event.kind is not EventKind.CLOSED or posting.closed_at is None or event.occurred_at < posting.closed_at:
        return ""
    reason = f"理由: {posting.closed_reason.label}" if posting.closed_reason else ""
    outcome = f"結果: {posting.outcome.label}" if posting.outcome else ""
    return "。".join(part for part in (reason, outcome) if part)


def _updated(posting: Posting) -> str:
    if posting.updated_at is None or posting.published_at is None:
        return ""
    updated_on = japan_date(posting.updated_at)
    return short_date(updated_on) if updated_on != japan_date(posting.published_at) else ""
