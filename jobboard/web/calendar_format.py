"""iCalendar (RFC 5545) of selection timetables: of one posting, and the deadlines of many.

The same posting gives the same bytes until it changes: identifiers are the posting's uuid and the stage's name at the site's
host, the stamp is its last update, the sequence its version. Instants are written in UTC, days as DATE.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, timedelta
from urllib.parse import urlsplit

from icalendar import STATUS, TRANSP, Calendar, Event, vDuration

from jobboard.base.content import Content, from_json
from jobboard.base.showing import show_pay
from jobboard.domain.timetable import DEADLINE, Stage, is_off, timetable
from jobboard.models import Posting
from jobboard.web.entries import SAMPLE

CONTENT_TYPE = "text/calendar; charset=utf-8"

ASK_AGAIN = timedelta(hours=6)
"""What programs are asked to wait between two visits."""


def calendar(name: str, url: str, events: Iterable[Event]) -> bytes:
    """A calendar with its name; ``url`` is where it is read anew, and its identifier (RFC 7986)."""
    made = Calendar.new(
        name=name, url=url, uid=url, source=url, refresh_interval=ASK_AGAIN, method="PUBLISH",
        prodid="-//jobboard//timetable//JA", subcomponents=list(events),
    )  # fmt: skip
    made["X-PUBLISHED-TTL"] = vDuration(ASK_AGAIN)  # what programs read before RFC 7986
    made.add("X-WR-TIMEZONE", "Asia/Tokyo")
    return bytes(made.to_ical())


def stage_events(posting: Posting, *, base_url: str, sample: bool) -> list[Event]:
    """An event for each dated stage of a public posting. ``sample`` marks each 【見本】."""
    content = from_json(posting.current.content if posting.current else {})
    stages = (stage for stage in timetable(content) if stage.when is not None)
    return [_event(posting, content, stage, base_url, sample) for stage in stages]


def deadline_event(posting: Posting, *, base_url: str, sample: bool) -> Event | None:
    """The event of the deadline, the same as among ``stage_events``; None for a call that names no day (随時)."""
    content = from_json(posting.current.content if posting.current else {})
    found = (stage for stage in timetable(content) if stage.name == DEADLINE and stage.when is not None)
    return next((_event(posting, content, stage, base_url, sample) for stage in found), None)


def _event(posting: Posting, content: Content, stage: Stage, base_url: str, sample: bool) -> Event:
    place, url = posting.municipality, f"{base_url}/postings/{posting.id}"
    current = posting.current
    return Event.new(
        uid=f"{posting.uuid}-{stage.name}@{urlsplit(base_url).hostname}",
        sequence=current.number if current else 0,
        stamp=posting.updated_at,
        last_modified=posting.updated_at,
        start=stage.at.astimezone(UTC) if stage.at else stage.day,
        summary=f"{SAMPLE if sample else ''}【{stage.label}】{place.full_name} {posting.title}",
        description="\n".join([f"{stage.label}: {stage.words}", *_told(content), url, _speaker(posting)]),
        url=url,
        categories=[place.prefecture, *([posting.role.label] if posting.role else [])],
        status=STATUS.CANCELLED if is_off(posting, stage) else STATUS.CONFIRMED,
        transparency=TRANSP.TRANSPARENT,  # a deadline does not make its reader busy
    )


def _told(content: Content) -> Iterator[str]:
    """What a reader of the calendar wants to know first."""
    yield f"報酬: {show_pay(content)}"
    if "official_url" in content:
        yield f"公式ページ: {content.text('official_url')}"


def _speaker(posting: Posting) -> str:
    name = posting.municipality.name
    return f"募集の主体は{name}です。応募・選考は{name}が直接行い、総務省は選考に関与しません。"

