"""From a person's due matches to one mail: each posting once, saying what changed and which criteria it meets."""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_, select, update
from sqlalchemy.orm import Session, joinedload

from jobboard.base.states import DeliveryKind, DeliveryState, SubscriptionState
from jobboard.domain import naming, placeholders
from jobboard.domain.criteria import parse_stored
from jobboard.domain.deliveries import is_demonstration
from jobboard.domain.entries import Entry, entry
from jobboard.domain.letterhead import Letterhead
from jobboard.domain.noticing import Notice, headers, subject, write
from jobboard.models import ChangeEvent, Delivery, Match, Subscriber, Subscription, Version

Render = Callable[..., str]
"""``render(name, **values)``: the HTML of a template, styles inlined. The domain knows no template engine."""

PEOPLE = 100
"""Mails composed in one transaction, and before the first of them leaves."""

LEAVE, MANAGE = placeholders.mark("leave"), placeholders.mark("manage")
"""Where a reader's own links go in a text that several readers share."""


@dataclass(frozen=True)
class Told:
    """That a person was told of an event, by which mail."""

    event_id: int
    version_id: int
    delivery_id: int


def compose(session: Session, letterhead: Letterhead, render: Render, *, now: datetime, limit: int = PEOPLE) -> int:
    """Writes one delivery for each of up to ``limit`` persons with due matches; returns for how many persons it acted.

    Two workers take different persons: the row of each is locked while the mail is written.
    """
    due = exists().where(Match.subscriber_id == Subscriber.id, Match.subscription_id == Subscription.id, is_due(now))
    people = select(Subscriber).where(Subscriber.stopped_at.is_(None), due).order_by(Subscriber.id).limit(limit)
    found = session.scalars(people.with_for_update(skip_locked=True, key_share=True)).all()
    if not found:
        return 0
    waiting = _waiting(session, [person.id for person in found], now)
    told = _told(session, waiting)
    wanted = {match.subscription for matches in waiting.values() for match in matches}
    names = naming.names(session, [parse_stored(one.criteria, one.criteria_version) for one in wanted])
    mark = "【見本】" if is_demonstration(session) else ""
    writer = Writer(session, letterhead, render, names, mark)
    written: list[tuple[Delivery, Sequence[Match]]] = []
    for person in found:
        matches = _drop_known(waiting.get(person.id, []), told.get(person.id, []))
        if matches:
            written.append((writer.mail(person, matches, told.get(person.id, []), now=now), matches))
    session.add_all(delivery for delivery, _ in written)
    session.flush()
    pairs = [{"id": match.id, "delivery_id": delivery.id} for delivery, matches in written for match in matches]
    if pairs:
        session.execute(update(Match), pairs)
    return len(found)


def is_due(now: datetime) -> ColumnElement[bool]:
    """A match that waits for no mail yet, is due, and is still wanted."""
    return and_(
        Match.delivery_id.is_(None),
        Match.due_at <= now,
        Subscription.state == SubscriptionState.ACTIVE,
        or_(Subscription.paused_until.is_(None), Subscription.paused_until <= now),
    )


def _waiting(session: Session, people: Sequence[int], now: datetime) -> dict[int, list[Match]]:
    event = joinedload(Match.event)
    found = select(Match).join(Subscription, Subscription.id == Match.subscription_id)
    found = found.where(Match.subscriber_id.in_(people), is_due(now)).order_by(Match.event_id, Match.subscription_id)
    found = found.options(
        joinedload(Match.subscription),
        event.joinedload(ChangeEvent.posting),
        event.joinedload(ChangeEvent.version),
        event.joinedload(ChangeEvent.previous),
    ).execution_options(populate_existing=True)
    waiting: dict[int, list[Match]] = {}
    for match in session.scalars(found):
        waiting.setdefault(match.subscriber_id, []).append(match)
    return waiting


def _told(session: Session, waiting: Mapping[int, Sequence[Match]]) -> dict[int, list[Told]]:
    """What these persons were told of the postings that wait for them, in the order of the events."""
    postings = {match.event.posting_id for matches in waiting.values() for match in matches}
    found = (
        select(Match.subscriber_id, Match.event_id, ChangeEvent.version_id, Match.delivery_id)
        .join(ChangeEvent, ChangeEvent.id == Match.event_id)
        .join(Delivery, Delivery.id == Match.delivery_id)
        .where(
            Match.subscriber_id.in_(waiting),
            ChangeEvent.posting_id.in_(postings),
            Delivery.state.not_in((DeliveryState.FAILED, DeliveryState.CANCELLED)),
        )
        .order_by(Match.event_id)
    )
    told: dict[int, list[Told]] = {}
    for subscriber_id, event_id, version_id, delivery_id in session.execute(found):
        told.setdefault(subscriber_id, []).append(Told(event_id, version_id, delivery_id or 0))
    return told


def _drop_known(matches: Iterable[Match], told: Sequence[Told]) -> list[Match]:
    """Less the events that this person was told of through another criteria (at once, and now by the daily mail)."""
    mails = {one.event_id: one.delivery_id for one in told}
    fresh = []
    for match in matches:
        if match.event_id in mails:
            match.delivery_id = mails[match.event_id]
        else:
            fresh.append(match)
    return fresh


@dataclass
class Writer:
    """Writes mails; what several readers are told in the same words is put together once."""

    session: Session
    letterhead: Letterhead
    render: Render
    names: Mapping[str, str]
    mark: str
    entries: dict[tuple[int, ...], Entry] = field(default_factory=dict)
    texts: dict[Notice, tuple[str, str]] = field(default_factory=dict)

    def mail(self, person: Subscriber, matches: Sequence[Match], told: Sequence[Told], *, now: datetime) -> Delivery:
        """One person's mail, not yet in the session."""
        subscriptions = {match.subscription_id: match.subscription for match in matches}
        notice = self._notice(matches, told, subscriptions)
        if notice not in self.texts:
            html = self.render("mail/notice.html", notice=notice, title=subject(notice))
            self.texts[notice] = write(notice), html
        message_id = str(uuid.uuid4())
        own = {LEAVE: _leave(person, list(subscriptions.values())), MANAGE: _manage(person)}
        links = {mark: placeholders.seal(link, message_id) for mark, link in own.items()}
        text, html = (_with_links(words, links) for words in self.texts[notice])
        return Delivery(
            kind=DeliveryKind.NOTICE,
            subscriber_id=person.id,
            message_id=message_id,
            subject=subject(notice),
            text=text,
            html=html,
            headers={name: _with_links(words, links) for name, words in headers(notice).items()},
            created_at=now,
            due_at=now,
        )

    def _notice(
        self, matches: Sequence[Match], told: Sequence[Told], subscriptions: Mapping[int, Subscription]
    ) -> Notice:
        by_posting: dict[int, list[Match]] = {}
        for match in matches:
            by_posting.setdefault(match.event.posting_id, []).append(match)
        described = {
            key: parse_stored(one.criteria, one.criteria_version).describe(self.names)
            for key, one in subscriptions.items()
        }
        groups = by_posting.values()
        return Notice(
            entries=tuple(self._entry(group, told) for group in groups),
            reasons=tuple(tuple(dict.fromkeys(described[match.subscription_id] for match in group)) for group in groups),
            thread=tuple(group[0].event.posting.uuid for group in groups),
            criteria=tuple(dict.fromkeys(described.values())),
            leave=LEAVE,
            manage=MANAGE,
            letterhead=self.letterhead,
            mark=self.mark,
        )

    def _entry(self, group: Sequence[Match], told: Sequence[Told]) -> Entry:
        events = list({match.event_id: match.event for match in group}.values())
        last = _last_told(self.session, events, told)
        key = (last.id if last else 0, *(event.id for event in events))
        if key not in self.entries:
            self.entries[key] = entry(events, last)
        return self.entries[key]


def _with_links(words: str, links: Mapping[str, str]) -> str:
    for mark, link in links.items():
        words = words.replace(mark, link)
    return words


def _last_told(session: Session, events: Sequence[ChangeEvent], told: Sequence[Told]) -> Version | None:
    """The version this person saw last, of the posting of ``events``."""
    for one in reversed(told):
        version = session.get(Version, one.version_id)
        if version is not None and version.posting_id == events[0].posting_id:
            return version
    return None


def _leave(person: Subscriber, subscriptions: Sequence[Subscription]) -> str:
    """The one-click link: of the subscription, or of all when the mail bundles several (docs/decisions)."""
    if len(subscriptions) == 1:
        return placeholders.place("leave", subscriptions[0].id, subscriptions[0].link_generation)
    return placeholders.place("leave_all", person.id, person.link_generation)


def _manage(person: Subscriber) -> str:
    return placeholders.place("manage", person.id, person.link_generation)
