"""A rehearsal: how many would be told what and why, by the real steps in a savepoint that is undone. Nobody is named.

It writes before it is undone, so its caller begins a writing transaction (decisions.md, SQLite).
"""

import json
import re
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, distinct, func, select
from sqlalchemy.orm import Session

from jobboard.base.content import from_json
from jobboard.base.errors import NotFound
from jobboard.base.states import Dropped, EventKind, Frequency, State
from jobboard.domain import (
    attached,
    brake,
    changes,
    composing,
    gathering,
    lettering,
    matching,
    naming,
    placeholders,
    storing,
)
from jobboard.domain.brake import Count, Limits
from jobboard.domain.figures.persons import FEW, STEP, told
from jobboard.domain.letterhead import Letterhead
from jobboard.models import (
    ChangeEvent,
    MailText,
    Match,
    Posting,
    Refused,
    StoredCriteria,
    Subscriber,
    Subscription,
)  # fmt: skip

MOST_CRITERIA = 10
MOST_INSTANTS = 8
OWN_LINK = "(受け取る人だけのリンク)"


@dataclass(frozen=True)
class Rehearsal:
    """Counts are persons, to be told by ``few``; one with several criteria counts in each line that applies. ``by_criteria`` has
    those of five persons and more; ``text`` is empty where no five would get the same (personal data). ``kind`` and
    ``material`` are those of the posting's change, if one was asked about. ``held``: when the brake would hold it, and what it would count then;
    ``on_hold``: notices wait for a decision already, and these with them."""

    kind: EventKind | None
    material: bool
    people: int
    by_frequency: list[tuple[Frequency, int]]
    by_kind: list[tuple[EventKind, int]]
    by_criteria: list[tuple[str, int]]
    stopped: int
    paused: int
    refused: int
    subject: str
    text: str
    held: list[tuple[datetime, Count]]
    limit: int | None
    on_hold: bool


def few(people: int) -> str:
    """A count in steps of five: 1,230人, or 5人未満, also of nobody (``figures.persons``)."""
    number = told(people)
    return f"{number:,}人" if isinstance(number, int) else FEW.replace("未満", "人未満")


def rehearse(
    session: Session, letterhead: Letterhead, limits: Limits, *, posting: Posting | None = None, now: datetime
) -> Rehearsal:
    """Of everything that waits now, or of one posting as if it, or the change of it that waits, were published now.

    Raises ``NotFound`` for a posting that was never sent in.
    """
    session.flush()
    with session.begin_nested() as trial:
        event = _event(session, posting, now) if posting is not None else None
        while matching.match(session, now=now) is not None:
            pass
        found = _read(session, event, letterhead, limits, now)
        trial.rollback()
    return found


def _event(session: Session, posting: Posting, now: datetime) -> ChangeEvent:
    """The event that publishing would write."""
    version = posting.pending or posting.current or (posting.versions[-1] if posting.versions else None)
    if version is None:
        raise NotFound
    kind, differing = EventKind.PUBLISHED, []
    if posting.current is not None:
        old, new = from_json(posting.current.content), from_json(version.content)
        differing = [*changes.difference(old, new), *attached.difference(session, posting, version)]
        kind = changes.kind_of(old, new) or EventKind.AMENDED
        if posting.state is not State.PUBLISHED:
            kind = EventKind.REOPENED
    event = ChangeEvent(
        uuid=str(uuid.uuid4()), posting_id=posting.id, version_id=version.id, previous_id=posting.current_id, kind=kind,
        material=not differing or kind is EventKind.REOPENED or changes.is_material(differing),
        changed=[change.field.name for change in changes.public(differing)], summary=version.change_summary, occurred_at=now,
    )  # fmt: skip
    session.add(event)
    session.flush()
    return event


def _read(
    session: Session, event: ChangeEvent | None, letterhead: Letterhead, limits: Limits, now: datetime
) -> Rehearsal:
    mine = and_(Match.delivery_id.is_(None), Match.dropped.is_(None))
    if event is not None:
        mine = and_(mine, Match.event_id == event.id)
    people = _people(Match.subscriber_id)
    waiting = select(people).where(mine)
    subscribed = waiting.join(Subscription, Subscription.id == Match.subscription_id)
    by_frequency = subscribed.with_only_columns(Subscription.frequency, people).group_by(Subscription.frequency)
    by_kind = waiting.join(ChangeEvent, ChangeEvent.id == Match.event_id)
    by_kind_ = by_kind.with_only_columns(ChangeEvent.kind, people).group_by(ChangeEvent.kind)
    most = subscribed.with_only_columns(Subscription.criteria_id, people).group_by(Subscription.criteria_id)
    most = most.having(people >= STEP)
    criteria = session.execute(most.order_by(people.desc(), Subscription.criteria_id).limit(MOST_CRITERIA)).all()
    frequencies = {frequency: count for frequency, count in session.execute(by_frequency)}
    kinds = {kind: count for kind, count in session.execute(by_kind_)}
    stopped, paused, refused = _kept_out(session, event, now) if event else _kept_out_so_far(session, mine, now)
    subject, text = _sample(session, mine, letterhead, now)
    return Rehearsal(
        kind=event.kind if event else None,
        material=event is None or event.material,
        people=session.scalar(waiting) or 0,
        by_frequency=[(one, frequencies[one]) for one in Frequency if one in frequencies],
        by_kind=[(one, kinds[one]) for one in EventKind if one in kinds],
        by_criteria=_described(session, [(number, count) for number, count in criteria]),
        stopped=stopped, paused=paused, refused=refused, subject=subject, text=text,
        held=_held(session, mine, limits, now),
        limit=brake.count(session, limits, now=now).limit,
        on_hold=brake.open_hold(session) is not None,
    )  # fmt: skip


def _kept_out(session: Session, event: ChangeEvent, now: datetime) -> tuple[int, int, int]:
    """How many who asked for it are stopped, paused, or want none of the municipality."""
    if not event.material:
        return 0, 0, 0
    unwelcome = select(Refused.subscriber_id).where(Refused.municipality_code == event.posting.municipality_code)
    asked = matching.asking(session, matching.seen_in(session, event), event.kind, now)
    asked = asked.join(Subscriber, Subscriber.id == Subscription.subscriber_id)
    stopped, paused = Subscriber.stopped_at.is_not(None), Subscription.paused_until > now
    counts = [_people(case((why, Subscriber.id))) for why in (stopped, paused, Subscriber.id.in_(unwelcome))]
    found = session.execute(asked.with_only_columns(*counts)).one()
    return found[0], found[1], found[2]


def _kept_out_so_far(session: Session, waits: ColumnElement[bool], now: datetime) -> tuple[int, int, int]:
    """The same of what waits: those whom the ledger names beside it."""
    events = select(Match.event_id).where(waits)
    stopped, refused = (
        select(_people(Match.subscriber_id)).where(Match.dropped == why, Match.event_id.in_(events))
        for why in (Dropped.STOPPED, Dropped.REFUSED)
    )
    paused = select(_people(Match.subscriber_id)).join(Subscription, Subscription.id == Match.subscription_id)
    paused = paused.where(waits, Subscription.paused_until > now)
    return session.scalar(stopped) or 0, session.scalar(paused) or 0, session.scalar(refused) or 0


def _people(chosen: Any) -> ColumnElement[int]:
    return func.count(distinct(chosen))


def _described(session: Session, counted: list[tuple[int, int]]) -> list[tuple[str, int]]:
    rows = {row.id: row for row in session.scalars(select(StoredCriteria).where(StoredCriteria.id.in_(dict(counted))))}
    parsed = {number: storing.parsed(rows[number]) for number, _ in counted}
    names = naming.names(session, parsed.values())
    return [(parsed[number].describe(names), count) for number, count in counted]


def _sample(session: Session, mine: ColumnElement[bool], letterhead: Letterhead, now: datetime) -> tuple[str, str]:
    """Subject and text as one of the most who are told by one and the same criteria would get them; the links are nobody's.

    Empty where fewer than five are: a mail names the criteria of its reader.
    """
    matched = select(Match).join(Subscription, Subscription.id == Match.subscription_id).where(mine)
    by_one = matched.with_only_columns(Match.subscriber_id).group_by(Match.subscriber_id)
    by_one = by_one.having(func.count(distinct(Subscription.criteria_id)) == 1)
    alike, people = matched.where(Match.subscriber_id.in_(by_one)), _people(Match.subscriber_id)
    most = alike.with_only_columns(Subscription.criteria_id).group_by(Subscription.criteria_id).having(people >= STEP)
    common = session.scalar(most.order_by(people.desc(), Subscription.criteria_id).limit(1))
    if common is None:
        return "", ""
    reader = alike.with_only_columns(Match.subscriber_id, Match.due_at).where(Subscription.criteria_id == common)
    person, due = session.execute(reader.order_by(Match.due_at, Match.id).limit(1)).one()
    together = and_(mine, Match.due_at <= max(due, now))
    rows = gathering.matches_of(session, [person], together)[person]
    writer = composing.Writer.of(session, letterhead, _no_html, rows, now)
    before = gathering.told_before(session, [person], writer.events.values())
    written = writer.mail(person, rows, before.get(person, ()))
    frozen = session.get_one(MailText, written.text_id)
    sheet = lettering.sheet(frozen, json.loads(written.words), letterhead)  # a sheet has no links yet
    places = re.compile(placeholders.pattern(frozen.uuid).pattern + r"\S*")
    return sheet.subject, places.sub(lambda found: f"{found[1] or ''}{OWN_LINK}", "".join(sheet.text))


def _no_html(name: str, **values: object) -> str:
    return ""


def _held(session: Session, mine: ColumnElement[bool], limits: Limits, now: datetime) -> list[tuple[datetime, Count]]:
    """The instants at which these come due and would be held."""
    due = session.scalars(select(Match.due_at).where(mine).distinct().order_by(Match.due_at))
    instants = sorted({max(one, now) for one in due})[:MOST_INSTANTS]
    found = []
    for at in instants:
        # What is due before will have been sent by then, and a day later it counts no more.
        after = at - brake.WINDOW if at - brake.WINDOW >= now else None
        counted = brake.count(session, limits, now=at, after=after)
        if counted.is_over:
            found.append((at, counted))
    return found
