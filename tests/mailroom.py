"""The worker's steps on a fresh database, with a clock that tests move and mails kept in memory."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base import tokens
from jobboard.base.letter import Letter
from jobboard.base.states import EventKind, Frequency, SubscriptionState
from jobboard.database import create_engine
from jobboard.domain import storing, subscriptions
from jobboard.domain.criteria import parse_stored
from jobboard.domain.letterhead import Letterhead
from jobboard.mailer import MemoryMailer
from jobboard.models import Subscriber, Subscription
from jobboard.steps import Steps
from tests.cast import Clock

KEY = "t" * 40
LETTERHEAD = Letterhead(
    base_url="https://jobs.example.go.jp",
    site="デジタル人材 募集情報",
    sender="oshirase@jobs.example.go.jp",
    bounce_address="bounces@jobs.example.go.jp",
    postal_address="〒100-8926 東京都千代田区霞が関2-1-2",
    key=KEY,
)
BEFORE = datetime(2026, 3, 1, tzinfo=UTC)
"""When subscribers of the tests have confirmed."""


@dataclass
class Mailroom:
    """One worker. ``run`` does everything that is due at the clock's instant and gives what left."""

    steps: Steps
    mailer: MemoryMailer
    clock: Clock

    def writing(self) -> AbstractContextManager[Session]:
        return self.steps.transaction()

    def run(self) -> list[Letter]:
        seen = len(self.mailer.letters)
        self.steps.pump()
        return self.mailer.letters[seen:]

    def subscribed(
        self,
        address: str = "tanaka@example.jp",
        query: str = "",
        *,
        kinds: tuple[EventKind, ...] = subscriptions.KINDS,
        frequency: Frequency = Frequency.AT_ONCE,
        confirmed_at: datetime = BEFORE,
    ) -> int:
        """An active subscription of that address; its id."""
        with self.writing() as session:
            return active(session, address, query, kinds=kinds, frequency=frequency, confirmed_at=confirmed_at).id


def active(
    session: Session,
    address: str,
    query: str = "",
    *,
    kinds: tuple[EventKind, ...] = subscriptions.KINDS,
    frequency: Frequency = Frequency.AT_ONCE,
    confirmed_at: datetime = BEFORE,
) -> Subscription:
    """A subscription of that address as it is after its confirmation, by a criteria in the grammar of ``/subscribe``."""
    person = session.scalar(select(Subscriber).where(Subscriber.address == address))
    person = person or Subscriber(address=address, address_key=address, created_at=BEFORE)
    subscription = Subscription(
        subscriber=person, criteria=storing.of(session, parse_stored(query)), kinds=subscriptions.read_kinds(kinds),
        frequency=frequency, state=SubscriptionState.ACTIVE, created_at=BEFORE, confirmed_at=confirmed_at,
        consent_version="test",
    )  # fmt: skip
    session.add(subscription)
    session.flush()
    return subscription


@pytest.fixture
def mailroom(database_url: str, clock: Clock) -> Iterator[Mailroom]:
    mailer = MemoryMailer()
    steps = Steps(create_engine(database_url), mailer, LETTERHEAD, owner="worker", clock=clock)
    yield Mailroom(steps, mailer, clock)
    steps.close()


def link(purpose: str, subject_id: int, generation: int = 1) -> str:
    """The token that a mail carries."""
    return tokens.derive(KEY, purpose, subject_id, generation)


def opened(letter: Letter) -> EmailMessage:
    """The letter as a mail program reads it."""
    message = message_from_bytes(letter.as_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message
