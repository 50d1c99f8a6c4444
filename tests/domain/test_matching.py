"""Which subscriptions an event meets, and when its mail is due."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from jobboard.base.clock import JAPAN
from jobboard.base.states import EventKind, Frequency, SubscriptionState
from jobboard.base.vocabulary import Role
from jobboard.domain import matching
from jobboard.models import ChangeEvent, Match, Posting, Subscription
from tests.mailroom import Mailroom
from tests.postings import NOW, amended, municipality, published


def matched(mailroom: Mailroom) -> list[int]:
    """Ids of the subscriptions that the events so far have met."""
    mailroom.steps.match()
    with mailroom.writing() as session:
        return list(session.scalars(select(Match.subscription_id).order_by(Match.event_id, Match.subscription_id)))


def publish(mailroom: Mailroom, **values: object) -> int:
    with mailroom.writing() as session:
        return published(session, municipality(), now=mailroom.clock(), **values).id


def test_an_event_meets_exactly_the_criteria_that_its_content_meets(mailroom: Mailroom) -> None:
    everything = mailroom.subscribed("a@example.jp")
    region = mailroom.subscribed("b@example.jp", "pref=04&role=cio_adviser")
    mailroom.subscribed("c@example.jp", "pref=13")
    mailroom.subscribed("d@example.jp", "role=engineer")
    words = mailroom.subscribed("e@example.jp", "q=全庁")
    publish(mailroom, role=Role.CIO_ADVISER)
    assert matched(mailroom) == [everything, region, words]


@pytest.mark.parametrize(
    ("change", "met"),
    [
        ({}, True),
        ({"state": SubscriptionState.PENDING}, False),
        ({"state": SubscriptionState.LEFT}, False),
        ({"confirmed_at": NOW - timedelta(seconds=1)}, True),
        ({"confirmed_at": NOW}, False),
        ({"paused_until": NOW + timedelta(seconds=1)}, False),
        ({"paused_until": NOW}, True),
        ({"kinds": "amended,extended"}, False),
        ({"kinds": "republished"}, False),
    ],
)
def test_who_listens_is_confirmed_before_the_event_not_paused_and_asked_for_its_kind(
    mailroom: Mailroom, change: dict[str, object], met: bool
) -> None:
    number = mailroom.subscribed()
    with mailroom.writing() as session:
        for name, value in change.items():
            setattr(session.get_one(Subscription, number), name, value)
    publish(mailroom)
    assert matched(mailroom) == ([number] if met else [])


def test_what_is_not_material_is_told_to_nobody_and_looked_at_once(mailroom: Mailroom) -> None:
    mailroom.subscribed()
    publish(mailroom)
    with mailroom.writing() as session:
        session.execute(ChangeEvent.__table__.update().values(material=False))  # type: ignore[attr-defined]
    assert matched(mailroom) == []
    with mailroom.writing() as session:
        assert session.scalar(select(ChangeEvent.matched_at)) == NOW


def test_seeing_an_event_again_makes_no_second_match(mailroom: Mailroom) -> None:
    number = mailroom.subscribed()
    publish(mailroom)
    assert matched(mailroom) == [number]
    with mailroom.writing() as session:
        session.execute(ChangeEvent.__table__.update().values(matched_at=None))  # type: ignore[attr-defined]
    assert matched(mailroom) == [number]


def test_a_change_is_matched_by_the_content_it_brought(mailroom: Mailroom) -> None:
    adviser = mailroom.subscribed("a@example.jp", "role=cio_adviser", kinds=(EventKind.AMENDED,))
    engineer = mailroom.subscribed("b@example.jp", "role=engineer", kinds=(EventKind.AMENDED,))
    with mailroom.writing() as session:
        posting = published(session, municipality())
        amended(session, posting, now=NOW + timedelta(hours=1), role=Role.ENGINEER)
    assert matched(mailroom) == [engineer] != [adviser]


def test_who_asked_for_one_posting_hears_of_that_one_alone(mailroom: Mailroom) -> None:
    one, other = publish(mailroom), publish(mailroom)
    mailroom.steps.match()
    listening = {number: mailroom.subscribed(f"{number}@example.jp", f"posting={number}") for number in (one, other)}
    mailroom.clock.forward(hours=1)
    with mailroom.writing() as session:
        amended(session, session.get_one(Posting, one), now=mailroom.clock(), pay_low=26_000)
    assert matched(mailroom) == [listening[one]]


def test_one_criteria_of_many_people_is_read_once(mailroom: Mailroom, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        mailroom.subscribed(f"r{number}@example.jp", "pref=04&q=DX")
    publish(mailroom)
    read: list[object] = []
    found = matching.searching.found
    monkeypatch.setattr(matching.searching, "found", lambda *args: read.append(args) or found(*args))
    assert len(matched(mailroom)) == 5 and len(read) == 1


def japan(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=JAPAN)


@pytest.mark.parametrize(
    ("frequency", "occurred", "due"),
    [
        (Frequency.DAILY, "2026-04-01T07:59:59", "2026-04-01T08:00"),
        (Frequency.DAILY, "2026-04-01T08:00:00", "2026-04-02T08:00"),
        (Frequency.DAILY, "2026-04-30T23:59:59", "2026-05-01T08:00"),
        (Frequency.WEEKLY, "2026-04-06T07:59:59", "2026-04-06T08:00"),
        (Frequency.WEEKLY, "2026-04-06T08:00:00", "2026-04-13T08:00"),
        (Frequency.WEEKLY, "2026-04-05T23:59:00", "2026-04-06T08:00"),
        (Frequency.WEEKLY, "2026-04-07T00:00:00", "2026-04-13T08:00"),
    ],
)
def test_daily_and_weekly_mails_are_due_at_eight_in_japan(frequency: Frequency, occurred: str, due: str) -> None:
    instant = japan(occurred).astimezone(UTC)
    assert matching.due_at(frequency, instant, now=instant) == japan(due)


def test_mail_at_once_is_due_when_it_is_matched() -> None:
    assert matching.due_at(Frequency.AT_ONCE, NOW - timedelta(days=3), now=NOW) == NOW


def test_the_frequency_of_each_subscription_decides_when_its_match_is_due(mailroom: Mailroom) -> None:
    for number, frequency in enumerate(Frequency):
        mailroom.subscribed(f"r{number}@example.jp", frequency=frequency)
    publish(mailroom)
    mailroom.steps.match()
    with mailroom.writing() as session:
        due = session.scalars(select(Match.due_at).order_by(Match.subscription_id)).all()
        assert session.scalar(select(func.count()).select_from(Match)) == 3
    assert due == [NOW, japan("2026-04-02T08:00"), japan("2026-04-06T08:00")]
