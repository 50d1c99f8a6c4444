"""The mail's figures: each mail in its hour, each kind by its age, domains of a few people never by name; ranges of indexes only."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from jobboard.base.states import Bounce, DeliveryKind, DeliveryState
from jobboard.domain import mail_flow
from jobboard.models import Delivery, Subscriber
from tests.mailroom import Mailroom
from tests.postings import board

NOON = datetime.fromisoformat("2026-04-01T12:30:00+09:00")
SENT, FAILED, CANCELLED = DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.CANCELLED


def mail(session: Session, at: datetime, state: DeliveryState, *, address: str = "a@example.jp", **columns: Any) -> Delivery:
    """A mail that was settled at the instant, or has been due since."""
    person = session.scalar(sa.select(Subscriber).where(Subscriber.address == address))
    number = session.scalar(sa.select(sa.func.count()).select_from(Delivery))
    settled = None if state in (DeliveryState.QUEUED, DeliveryState.LEASED) else at
    given = {"kind": DeliveryKind.NOTICE, "created_at": at, "due_at": at, "settled_at": settled, **columns}
    made = Delivery(
        subscriber=person or Subscriber(address=address, address_key=address, created_at=at), message_id=str(number), state=state, **given
    )
    session.add(made)
    session.flush()
    return made


@pytest.fixture
def filled(mailroom: Mailroom) -> Mailroom:
    with mailroom.writing() as session:
        board(session)
        for minutes, state in ((0, SENT), (30, SENT), (30, FAILED), (31, SENT), (31, CANCELLED), (60 * 47 + 30, SENT), (60 * 47 + 31, SENT)):
            mail(session, NOON - timedelta(minutes=minutes), state)
        mail(session, NOON - timedelta(days=9), SENT, bounce=Bounce.SOFT, bounced_at=NOON - timedelta(minutes=31))
    return mailroom


def test_each_mail_counts_in_the_hour_in_which_it_left_failed_or_came_back(filled: Mailroom) -> None:
    with filled.writing() as session:
        hours = mail_flow.hours(session, now=NOON)
        told = {one.begins.hour: (one.sent, one.failed, one.returned) for one in hours[-2:]}
        assert told == {12: (2, 1, 0), 11: (1, 0, 1)} and len(hours) == 48
        assert (hours[0].begins, hours[0].sent) == (NOON - timedelta(hours=47, minutes=30), 1)
        assert sum(one.sent for one in hours) == 4, "the hour before is no more"
        assert mail_flow.settled_since(session, NOON - timedelta(hours=1)) == (3, 1, 1)
        assert mail_flow.last_settled(session) == NOON and mail_flow.last_returned(session) == NOON - timedelta(minutes=31)


def test_what_waits_is_told_by_kind_and_by_when_it_was_made(mailroom: Mailroom) -> None:
    queued, hour = DeliveryState.QUEUED, timedelta(hours=1)
    with mailroom.writing() as session:
        mail(session, NOON - hour, queued)
        mail(session, NOON - 2 * hour, queued)
        mail(session, NOON + hour, queued)
        mail(session, NOON - 3 * hour, queued, kind=DeliveryKind.INVITATION, created_at=NOON - timedelta(minutes=5))
        leased = mail(session, NOON - hour, DeliveryState.LEASED)
        leased.lease_owner, leased.leased_until = "worker", NOON + hour
        session.flush()
        told = [(one.kind, one.mails, one.since) for one in mail_flow.queue(session, now=NOON)]
        assert told == [(DeliveryKind.NOTICE, 2, NOON - 2 * hour), (DeliveryKind.INVITATION, 1, NOON - timedelta(minutes=5))]
        assert mail_flow.leases(session) == [mail_flow.Lease("worker", 1, NOON + hour)]


def test_domains_of_a_few_people_are_summed_up_and_of_fewer_than_five_nothing_is_told(mailroom: Mailroom) -> None:
    back = {"bounce": Bounce.SOFT, "bounced_at": NOON}
    with mailroom.writing() as session:
        for number in range(5):
            mail(session, NOON, SENT, address=f"r{number}@Big.example.jp", **back)
        mail(session, NOON, SENT, address="r0@Big.example.jp", bounce=Bounce.HARD, bounced_at=NOON)
        for number in range(4):
            mail(session, NOON, SENT, address=f"r{number}@small.example.jp", **back)
        mail(session, NOON, SENT, address="old@older.example.jp", bounce=Bounce.SOFT, bounced_at=NOON - timedelta(days=30))
        big, others = mail_flow.domains(session, now=NOON)
        assert (big.name, len(big.people), big.mails[Bounce.HARD], big.mails[Bounce.SOFT]) == ("big.example.jp", 5, 1, 5)
        assert (others.name, others.is_told) == (mail_flow.OTHERS, False)
        mail(session, NOON, SENT, address="one@tiny.example.jp", **back)
        others = mail_flow.domains(session, now=NOON)[1]
        assert (others.is_told, others.mails[Bounce.SOFT]) == (True, 5)
    people = [*(f"r{number}@big.jp" for number in range(6)), "a@small.jp"]
    assert mail_flow.people_by_domain(people) == [("big.jp", 6)]
    assert mail_flow.people_by_domain(["a@small.jp"] * 9) == []


def test_the_figures_read_ranges_of_indexes_and_never_all_mails(mailroom: Mailroom) -> None:
    asked: list[str] = []
    with mailroom.writing() as session:
        connection = session.connection()
        sa.event.listen(connection, "before_execute", lambda _, statement, *__: asked.append(_explained(connection, statement)))
        mail_flow.hours(session, now=NOON)
        mail_flow.settled_since(session, NOON)
        mail_flow.queue(session, now=NOON)
        mail_flow.leases(session)
        mail_flow.last_settled(session)
        mail_flow.domains(session, now=NOON)
    plans = [plan for plan in asked if plan]
    assert len(plans) == 8
    for plan in plans:
        assert "ix_delivery_" in plan and "SCAN delivery\n" not in plan and "Seq Scan on delivery" not in plan, plan


def _explained(connection: sa.Connection, statement: Any) -> str:
    """How the database goes about a query; nothing of what we ask ourselves."""
    if not isinstance(statement, sa.Select | sa.CompoundSelect):
        return ""
    dialect = connection.dialect
    compiled = statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    if dialect.name == "sqlite":
        return "".join(f"{row[3]}\n" for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}"))
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    return "".join(f"{row[0]}\n" for row in connection.exec_driver_sql(f"EXPLAIN {compiled}".replace("%", "%%")))
