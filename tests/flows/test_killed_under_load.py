"""Web and workers killed at random moments under load: nothing is lost, nothing is half done (issue: Shown by 2)."""

import random
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jobboard.base.states import DeliveryKind, DeliveryState, EventKind, State, SubscriptionState
from jobboard.models import AuditEntry, ChangeEvent, Delivery, Match, Posting, Subscriber, Subscription
from tests.flows import storm
from tests.flows.site import answers, wait_for
from tests.flows.storm import CONNECTIONS, WATCHERS, Moderator, Newcomer, Storm


def ride_out(folder: Path, database_url: str, *, readers: int, kills: int, calls: int, takes: float, seed: int) -> str:
    """The whole story; returns its figures in one line."""
    with storm.storm(folder, database_url, takes=takes) as site:
        engine = storm.create_engine(database_url)
        waiting = storm.seed(engine, readers, calls)
        engine.dispose()
        for name in ("web", "worker", "second"):
            site.start(name)
        wait_for(lambda: answers(site.base_url), "the web process answers")
        newcomer = Newcomer(site)
        moderator = Moderator(site, waiting)
        moderator.once()  # what all readers are told of
        people = (moderator, newcomer)
        for person in people:
            person.start()
        storm.rage(site, readers, kills, random.Random(seed))
        wait_for(lambda: bool(newcomer.done), "somebody asked and was answered")
        for person in people:
            person.stop()
        site.end("worker")
        site.start("worker")  # looks for work at its start: a call that died with a worker is made up for each minute
        _wait_until_done(site, readers)
        site.end("web", "worker", "second")
        with storm.opened(site) as session:
            doubled = _mails(session, site, readers)
            _published(session, moderator)
            _asked(session, newcomer)
            _told(session)
        killed = site.killed["worker"] + site.killed["second"]
        assert doubled <= killed * CONNECTIONS, "at most once per kill and connection"
        mails = len(set(site.arrived()))
        return (
            f"seed {seed}: {mails} deliveries, {killed} workers and {site.killed['web']} webs killed, 0 lost, {doubled} doubled; "
            f"{len(moderator.done)} publications and {len(newcomer.done)} requests answered, "
            f"{len(moderator.unknown) + len(newcomer.unknown)} cut off"
        )


def _wait_until_done(site: Storm, readers: int) -> None:
    """As long as mails arrive, and two sweeps of the worker longer."""
    while not _is_done(site, readers):
        before = len(site.arrived())
        wait_for(lambda before=before: len(site.arrived()) > before or _is_done(site, readers), "more mails", patience=130)


def _is_done(site: Storm, readers: int) -> bool:
    if len(set(site.arrived())) < readers:
        return False
    with storm.opened(site) as session:
        unsettled = select(Delivery.id).where(Delivery.state.in_((DeliveryState.QUEUED, DeliveryState.LEASED))).limit(1)
        unmatched = select(ChangeEvent.id).where(ChangeEvent.matched_at.is_(None)).limit(1)
        waits = select(Match.id).where(Match.delivery_id.is_(None), Match.dropped.is_(None)).limit(1)
        return all(session.scalar(query) is None for query in (unmatched, waits, unsettled))


def _mails(session: Session, site: Storm, readers: int) -> int:
    """Each delivery of the database arrived, under one Message-ID; returns how many arrived twice."""
    arrived = site.arrived()
    times = Counter(arrived)
    names = Counter(name for name, _ in times)
    assert set(names.values()) == {1}, "one recipient to a Message-ID"
    sent = set(session.scalars(select(Delivery.message_id).where(Delivery.state == DeliveryState.SENT)))
    assert session.scalar(select(func.count()).select_from(Delivery)) == len(sent), "all are sent"
    assert {name.strip("<>").partition("@")[0] for name in names} == sent, "what arrived is what was sent"
    told = Counter(recipient for _, recipient in times if recipient.startswith("r"))
    assert told == Counter(f"r{number}@reader.jp" for number in range(readers)), "each reader once"
    return len(arrived) - len(times)


def _published(session: Session, moderator: Moderator) -> None:
    """A publication is wholly there, with version, event, audit and the editor's mail, or not at all."""
    notices = session.scalar(select(func.count()).where(Delivery.kind == DeliveryKind.PUBLISHED))
    public = set(session.scalars(select(Posting.id).where(Posting.state == State.PUBLISHED)))
    assert set(moderator.done) <= public <= {*moderator.done, *moderator.unknown}
    events = select(ChangeEvent.posting_id).where(ChangeEvent.kind == EventKind.PUBLISHED)
    audited = select(AuditEntry.subject_id).where(AuditEntry.action == "posting:publish")
    shown = select(Posting.id).where(Posting.current_id.is_not(None))
    for found in (events, audited, shown):
        assert sorted(int(number) for number in session.scalars(found)) == sorted(public)
    assert notices == len(public)


def _asked(session: Session, newcomer: Newcomer) -> None:
    """A request is wholly there, with its confirmation, or not at all."""
    pending = select(Subscriber.address).join(Subscription).where(Subscription.state == SubscriptionState.PENDING)
    confirmed = select(Subscriber.address).join(Delivery).where(Delivery.kind == DeliveryKind.CONFIRMATION)
    known = select(Subscriber.address).where(Subscriber.address.startswith("n"))
    waiting = sorted(session.scalars(pending))
    assert waiting == sorted(session.scalars(confirmed)) == sorted(session.scalars(known))
    assert {str(one) for one in newcomer.done} <= set(waiting) <= {str(one) for one in (*newcomer.done, *newcomer.unknown)}


def _told(session: Session) -> None:
    """Each watcher was told of each publication but the first one, once."""
    events = session.scalars(select(ChangeEvent.id).join(Posting).where(Posting.municipality_code == "143014")).all()
    watched = (
        select(Subscriber.address, Match.event_id)
        .join(Match, Match.subscriber_id == Subscriber.id)
        .join(Delivery, Delivery.id == Match.delivery_id)
        .where(Subscriber.address.startswith("w"), Delivery.state == DeliveryState.SENT)
    )
    pairs = Counter((address, event) for address, event in session.execute(watched))
    assert pairs == Counter((f"w{number}@reader.jp", event) for number in range(WATCHERS) for event in events)


@pytest.mark.long
def test_a_few_kills_of_web_and_workers_lose_nothing(tmp_path: Path, sqlite_url: str) -> None:
    print(ride_out(tmp_path, sqlite_url, readers=200, kills=2, calls=12, takes=0.01, seed=3))


@pytest.mark.long
def test_fifty_kills_of_web_and_workers_lose_nothing_of_twenty_thousand_mails(tmp_path: Path, database_url: str) -> None:
    print(ride_out(tmp_path, database_url, readers=20_000, kills=50, calls=400, takes=0.04, seed=1))
