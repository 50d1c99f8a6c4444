"""Limits per minute and per recipient domain: who leaves when, that nobody else waits, and that nothing is looked at twice."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, select, text, update

from jobboard.base.states import DeliveryKind, DeliveryState
from jobboard.domain import leasing, pacing
from jobboard.domain.pacing import Limits
from jobboard.models import Board, Delivery, MailText, Pace, Subscriber
from tests.mailroom import Mailroom

MINUTE = timedelta(minutes=1)


def queued(mailroom: Mailroom, kind: DeliveryKind, *addresses: str) -> None:
    """A mail to each of these addresses."""
    now = mailroom.clock()
    with mailroom.writing() as session:
        common = MailText(uuid=f"{now.isoformat()}{addresses[0]}"[-36:], subject="件名", text="本文", html="", headers={}, created_at=now)
        session.add(common)
        session.flush()
        last = session.scalar(select(Subscriber.id).order_by(Subscriber.id.desc())) or 0
        people = {last + number: address for number, address in enumerate(addresses, start=1)}
        session.execute(
            insert(Subscriber),
            [{"id": one, "address": address, "address_key": f"{one}", "created_at": now} for one, address in people.items()],
        )
        session.execute(
            insert(Delivery),
            [
                {
                    "kind": kind, "subscriber_id": one, "message_id": f"m{one}", "text_id": common.id, "words": {},
                    "created_at": now, "due_at": now, "state": DeliveryState.QUEUED, "attempts": 0, "reason": "",
                }
                for one in people
            ],
        )  # fmt: skip


def bulk(mailroom: Mailroom, domain: str, count: int) -> None:
    queued(mailroom, DeliveryKind.NOTICE, *(f"r{number}@{domain}" for number in range(count)))


def left(mailroom: Mailroom) -> Counter[str]:
    """How many leave to each domain now."""
    return Counter(letter.recipient.partition("@")[2] for letter in mailroom.run())


def test_mails_of_one_domain_leave_so_many_a_minute_and_hold_up_nobody(mailroom: Mailroom) -> None:
    mailroom.steps.limits = Limits(per_domain=10)
    bulk(mailroom, "big.jp", 30)
    bulk(mailroom, "small.jp", 3)
    assert left(mailroom) == {"big.jp": 10, "small.jp": 3}
    assert left(mailroom) == {}
    mailroom.clock.forward(seconds=59)
    assert left(mailroom) == {}
    mailroom.clock.forward(seconds=1)
    assert left(mailroom) == {"big.jp": 9}, "one place in ten is kept free in minutes to come"
    mailroom.clock.forward(minutes=1)
    assert left(mailroom) == {"big.jp": 9}
    mailroom.clock.forward(minutes=1)
    assert left(mailroom) == {"big.jp": 2}


def test_a_mail_that_a_person_waits_for_finds_the_place_that_is_kept_free(mailroom: Mailroom) -> None:
    mailroom.steps.limits = Limits(per_domain=10)
    bulk(mailroom, "big.jp", 40)
    assert left(mailroom) == {"big.jp": 10}
    queued(mailroom, DeliveryKind.CONFIRMATION, "tanaka@big.jp")
    assert left(mailroom) == {}
    mailroom.clock.forward(minutes=1)
    assert "tanaka@big.jp" in {letter.recipient for letter in mailroom.run()}


def test_what_is_put_off_is_looked_at_once(mailroom: Mailroom) -> None:
    mailroom.steps.limits = Limits(per_domain=10)
    bulk(mailroom, "big.jp", 100)
    left(mailroom)
    with mailroom.writing() as session:
        due = Counter(session.scalars(select(Delivery.due_at).where(Delivery.state == DeliveryState.QUEUED)))
    first = mailroom.clock() + MINUTE
    assert due == {first + number * MINUTE: 9 for number in range(10)}
    assert all(instant.second == 0 for instant in due)


def test_all_mails_together_keep_to_their_limit(mailroom: Mailroom) -> None:
    mailroom.steps.limits = Limits(in_all=7, per_domain=5)
    bulk(mailroom, "a.jp", 6)
    bulk(mailroom, "b.jp", 6)
    found = []
    for _ in range(4):
        found.append(sum(left(mailroom).values()))
        mailroom.clock.forward(minutes=1)
    assert found[0] == 7 and max(found) <= 7 and sum(found) == 12


def test_two_workers_together_keep_to_the_limits(mailroom: Mailroom) -> None:
    limits = Limits(in_all=8, per_domain=6)
    bulk(mailroom, "a.jp", 20)
    bulk(mailroom, "b.jp", 20)
    taken: Counter[str] = Counter()
    for owner in ("first", "second", "first", "second"):
        with mailroom.writing() as session:
            until = mailroom.clock() + timedelta(hours=1)
            rows = leasing.lease(session, owner, now=mailroom.clock(), until=until, limit=5, limits=limits)
            taken.update(pacing.domain(row) for row in rows)
    assert sum(taken.values()) == 8 and max(taken.values()) <= 6


def test_a_mail_that_was_given_back_counts_once_in_its_minute(mailroom: Mailroom) -> None:
    limits = Limits(per_domain=4)
    bulk(mailroom, "a.jp", 4)
    for _ in range(3):
        with mailroom.writing() as session:
            until = mailroom.clock() + timedelta(hours=1)
            rows = leasing.lease(session, "worker", now=mailroom.clock(), until=until, limit=4, limits=limits)
            assert len(rows) == 4
            leasing.release(session, [row.id for row in rows], "worker")


def test_after_a_night_without_a_worker_the_limit_holds_all_the_same(mailroom: Mailroom) -> None:
    mailroom.steps.limits = Limits(per_domain=10)
    bulk(mailroom, "big.jp", 60)
    assert left(mailroom) == {"big.jp": 10}
    mailroom.clock.forward(hours=8)
    assert left(mailroom) == {"big.jp": 10}


def test_without_limits_nothing_is_counted_and_old_counts_go(mailroom: Mailroom) -> None:
    bulk(mailroom, "a.jp", 3)
    assert left(mailroom) == {"a.jp": 3}
    mailroom.steps.limits = Limits(in_all=1)
    bulk(mailroom, "b.jp", 1)
    left(mailroom)
    minutes = select(Pace.minute).where(Pace.minute > datetime.fromtimestamp(0, mailroom.clock().tzinfo))
    with mailroom.writing() as session:
        assert session.scalars(minutes).all() == [mailroom.clock()]
    mailroom.clock.forward(hours=2)
    mailroom.steps.tidy()
    with mailroom.writing() as session:
        assert session.scalars(minutes).all() == []


@pytest.mark.parametrize("limits", [pacing.NONE, Limits(in_all=5)])
def test_a_thrown_switch_leases_nothing_and_loses_nothing(mailroom: Mailroom, limits: Limits) -> None:
    mailroom.steps.limits = limits
    bulk(mailroom, "a.jp", 3)
    with mailroom.writing() as session:
        session.execute(update(Board).values(mail_stopped_at=mailroom.clock()))
    assert left(mailroom) == {}
    with mailroom.writing() as session:
        assert set(session.scalars(text("SELECT state FROM delivery"))) == {"queued"}
        session.execute(update(Board).values(mail_stopped_at=None))
    assert left(mailroom) == {"a.jp": 3}
