"""The calendar of deadlines as another program reads it."""

from datetime import UTC, date, datetime, timedelta

import icalendar
from flask.testing import FlaskClient

from jobboard.base.states import ClosedReason
from jobboard.base.vocabulary import DeadlineKind
from jobboard.database import Writing
from jobboard.domain import publication
from jobboard.models import Municipality, Posting
from jobboard.web.transaction import BoardApp
from tests import postings
from tests.cast import Cast, Clock
from tests.stories import published


def calendar(client: FlaskClient, query: str = "") -> icalendar.Calendar:
    response = client.get(f"/postings.ics{query}")
    assert (response.status_code, response.content_type) == (200, "text/calendar; charset=utf-8")
    assert all(len(line) <= 75 for line in response.data.split(b"\r\n")), "octets of a line (RFC 5545 §3.1)"
    assert b"\n" not in response.data.replace(b"\r\n", b"")
    read = icalendar.Calendar.from_ical(response.data)
    assert isinstance(read, icalendar.Calendar)
    assert not read.errors and not [event.errors for event in read.events if event.errors]
    return read


def test_a_deadline_is_an_event_with_all_that_one_needs(app: BoardApp, client: FlaskClient, cast: Cast) -> None:
    title = "自治体情報システムの標準化と窓口改革を進める方を募ります髙𠮷" * 2 + "全庁の業務改革、𠮷の国" * 1
    with app.app_context(), Writing() as session:
        posting = published(session, cast, title=title[:80])
        uuid, one = posting.uuid, posting.id
    read = calendar(client, "?pref=04&utm=x")
    assert read.calendar_name == "市区町村の外部デジタル人材 募集情報 締切: 宮城県"
    assert (str(read["X-WR-CALNAME"]), str(read["METHOD"])) == (read.calendar_name, "PUBLISH")
    assert str(read["SOURCE"]) == "http://127.0.0.1:8000/postings.ics?pref=04"
    assert read.refresh_interval == timedelta(hours=6)
    (event,) = read.events
    assert event.uid == f"{uuid}-apply_by@127.0.0.1"
    assert event.summary == f"【応募締切】宮城県青葉市 {title[:80]}"
    assert (event.start, event.stamp) == (datetime(2026, 5, 29, 8, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
    assert str(event["URL"]) == f"http://127.0.0.1:8000/postings/{one}"
    assert "日額 25,000円" in str(event.description) and "https://www.city.aoba.lg.jp/dx/boshu.html" in str(event.description)
    assert list(event.categories) == ["宮城県", "CIO補佐官等(プロデューサー)"]
    assert (event.sequence, event.status) == (1, "CONFIRMED")


def test_an_event_keeps_its_name_and_counts_its_versions(
    app: BoardApp, client: FlaskClient, cast: Cast, clock: Clock
) -> None:
    with app.app_context(), Writing() as session:
        one = published(session, cast).id
    (before,) = calendar(client).events
    with app.app_context(), Writing() as session:
        posting = session.get_one(Posting, one)
        until = datetime(2026, 6, 12, 15, tzinfo=UTC)
        reason = publication.ExtensionReason.FEW_APPLICANTS
        publication.extend(session, posting, until=until, reason=reason, by=None, now=clock.forward(days=1))
    (after,) = calendar(client).events
    assert (after.uid, after.sequence) == (before.uid, before.sequence + 1)
    assert after.start == date(2026, 6, 12), "24:00 of a day is that whole day"
    with app.app_context(), Writing() as session:
        publication.withdraw(session, session.get_one(Posting, one), reason="予算のため", by=None, now=clock.forward(days=1))
    assert calendar(client).events == []
    (stopped,) = calendar(client, "?status=all").events
    assert (stopped.uid, stopped.status) == (before.uid, "CANCELLED")


def test_a_call_that_names_no_day_has_no_event(app: BoardApp, client: FlaskClient, cast: Cast, clock: Clock) -> None:
    with app.app_context(), Writing() as session:
        place = session.get_one(Municipality, cast.aoba)
        postings.published(
            session, place, apply_by_kind=DeadlineKind.OPEN_ENDED, apply_by=None, review_on=date(2026, 6, 1)
        )
        ended = postings.published(session, place)
        publication.close(session, ended, reason=ClosedReason.FILLED, by=None, now=clock.forward(hours=1))
    assert calendar(client).events == []
    (event,) = calendar(client, "?status=all").events
    assert event.status == "CANCELLED", "nobody can apply any more"


def test_an_empty_calendar_is_whole(client: FlaskClient, cast: Cast) -> None:
    assert calendar(client, "?pref=13&q=%EF%BF%BFDX").events == []
