"""iCalendar as another program reads it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest
from icalendar import Event
from sqlalchemy.orm import Session

from jobboard.base.states import ClosedReason
from jobboard.base.vocabulary import DeadlineKind
from jobboard.database import create_engine
from jobboard.domain import publication
from jobboard.models import Posting
from jobboard.web import calendar_format
from tests.postings import NOW, amended, municipality, published

BASE = "https://board.example.jp"
DATES = {
    "apply_by": datetime(2026, 5, 29, 8, 0, tzinfo=UTC), "interview_on": date(2026, 6, 10),
    "briefing_at": datetime(2026, 5, 12, 10, 0, tzinfo=UTC), "proposal_by": datetime(2026, 5, 8, 15, 0, tzinfo=UTC),
}  # fmt: skip


@pytest.fixture
def session(sqlite_url: str) -> Iterator[Session]:
    engine = create_engine(sqlite_url)
    with Session(engine) as session:
        yield session
    engine.dispose()


def written(posting: Posting, *, sample: bool = False) -> bytes:
    events = calendar_format.stage_events(posting, base_url=BASE, sample=sample)
    return calendar_format.calendar("募集, 予定", f"{BASE}/postings/{posting.id}.ics", events)


def read(posting: Posting) -> dict[str, Event]:
    """The events by the stage that ends their identifier."""
    events = icalendar.Calendar.from_ical(written(posting)).events
    return {str(event.uid).removeprefix(f"{posting.uuid}-").removesuffix("@board.example.jp"): event for event in events}


def test_each_dated_stage_is_an_event_on_its_day_or_at_its_instant(session: Session) -> None:
    posting = published(session, municipality(), title="補佐官; 全庁, 推進", **DATES)
    events = read(posting)
    assert {name: event.start for name, event in events.items()} == {
        "proposal_by": date(2026, 5, 8), "briefing_at": DATES["briefing_at"], "apply_by": DATES["apply_by"],
        "interview_on": date(2026, 6, 10), "term_start_on": date(2026, 6, 1),
    }  # fmt: skip
    deadline = events["apply_by"]
    assert deadline.summary == "【応募締切】宮城県青葉市 補佐官; 全庁, 推進"
    assert deadline.url == f"{BASE}/postings/{posting.id}"
    assert "募集の主体は青葉市です。" in deadline.description
    assert (deadline.stamp, deadline.status) == (posting.updated_at, "CONFIRMED")


def test_the_bytes_stay_the_same_until_the_posting_changes(session: Session) -> None:
    posting = published(session, municipality(), **DATES)
    first = written(posting)
    assert first == written(posting)
    assert b"\r\n" in first and all(len(line) <= 75 for line in first.split(b"\r\n"))
    before = read(posting)
    amended(session, posting, now=NOW + timedelta(days=1), interview_on=date(2026, 6, 11))
    after = read(posting)
    assert set(after) == set(before)
    assert after["interview_on"].stamp == NOW + timedelta(days=1)


def test_a_list_tells_a_deadline_by_the_very_event_of_the_posting(session: Session) -> None:
    posting = published(session, municipality(), **DATES)
    event = calendar_format.deadline_event(posting, base_url=BASE, sample=False)
    assert event is not None and event.to_ical() in written(posting)
    assert "【見本】".encode() in written(posting, sample=True)
    ends_some_day = published(
        session, municipality(), apply_by=None, apply_by_kind=DeadlineKind.OPEN_ENDED, review_on=date(2026, 6, 1)
    )
    assert calendar_format.deadline_event(ends_some_day, base_url=BASE, sample=False) is None


def test_what_a_withdrawal_or_an_early_end_prevents_is_cancelled(session: Session) -> None:
    def off(posting: Posting) -> set[str]:
        return {name for name, event in read(posting).items() if event.status == "CANCELLED"}

    withdrawn, early = (published(session, municipality(), **DATES) for _ in range(2))
    on = datetime(2026, 5, 10, tzinfo=UTC)
    publication.withdraw(session, withdrawn, reason="都合により", by=None, now=on)
    publication.close(session, early, reason=ClosedReason.FILLED, by=None, now=on)
    assert off(withdrawn) == {"briefing_at", "apply_by", "interview_on", "term_start_on"}
    assert off(early) == {"briefing_at", "apply_by"}
