"""From a change event to matches: which subscriptions it meets, each once, and when their mail is due."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import Select, case, func, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from jobboard.base.clock import JAPAN, in_japan
from jobboard.base.content import from_json
from jobboard.base.states import Frequency, SubscriptionState
from jobboard.domain import criteria
from jobboard.models import ChangeEvent, Match, Municipality, Subscriber, Subscription

MORNING = time(8)
"""In Japan; daily and weekly mails are composed at this hour, weekly ones on Mondays."""

CHUNK = 500
"""Criteria named in one statement."""


def match(session: Session, *, now: datetime, limit: int = 100) -> int:
    """Matches up to ``limit`` events not seen yet, in the order of their ids; returns how many matches are new.

    An event is looked at again if the transaction fails, and the pair (event, subscription) is unique, so neither a crash
    nor two workers lose or double a match.
    """
    waiting = select(ChangeEvent).where(ChangeEvent.matched_at.is_(None)).order_by(ChangeEvent.id).limit(limit)
    made = 0
    for event in session.scalars(waiting.with_for_update(skip_locked=True, of=ChangeEvent)).unique().all():
        if event.material:
            made += _match_event(session, event, now=now)
        session.execute(update(ChangeEvent).where(ChangeEvent.id == event.id).values(matched_at=now))
    return made


def due_at(frequency: Frequency, occurred_at: datetime, *, now: datetime) -> datetime:
    """When the mail about an event is due: at once, or at the next 08:00 in Japan after the event (weekly: a Monday's).

    An event at 08:00 sharp waits for the following one.
    """
    if frequency is Frequency.AT_ONCE:
        return now
    local = in_japan(occurred_at)
    days = 1 if local.time() >= MORNING else 0
    if frequency is Frequency.WEEKLY:
        days = (7 - local.weekday()) % 7 or (7 if local.time() >= MORNING else 0)
    return datetime.combine(local.date() + timedelta(days=days), MORNING, JAPAN).astimezone(UTC)


def _match_event(session: Session, event: ChangeEvent, *, now: datetime) -> int:
    content = from_json(event.version.content)
    codes = content.codes("co_municipalities")
    others = session.scalars(select(Municipality).where(Municipality.code.in_(codes))).all() if codes else []
    seen = criteria.seen_from(
        content, event.posting.municipality, others, event.posting.state, posting_id=event.posting_id
    )
    wanted = _listening(event)
    distinct = session.execute(
        wanted.with_only_columns(Subscription.criteria, Subscription.criteria_version).distinct()
    ).all()
    met = [
        (query, version)
        for query, version in distinct
        if criteria.meets(criteria.parse_stored(query, version).of_any_status(), seen, now)
    ]
    return sum(_insert(session, event, version, part, now=now) for version, part in _chunks(met))


def _listening(event: ChangeEvent) -> Select[Subscription]:
    """Confirmed before the event, not paused at it, and asking for its kind."""
    kinds = literal(",").concat(Subscription.kinds).concat(",")
    return (
        select(Subscription)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .where(
            Subscription.state == SubscriptionState.ACTIVE,
            Subscription.confirmed_at < event.occurred_at,
            or_(Subscription.paused_until.is_(None), Subscription.paused_until <= event.occurred_at),
            kinds.contains(f",{event.kind},", autoescape=True),
            Subscriber.stopped_at.is_(None),
        )
    )


def _insert(session: Session, event: ChangeEvent, version: int, queries: Sequence[str], *, now: datetime) -> int:
    """Writes the matches of some criteria by one statement."""
    due = case(
        *(
            (Subscription.frequency == one, literal(due_at(one, event.occurred_at, now=now), Match.due_at.type))
            for one in Frequency
        )
    )
    rows = _listening(event).with_only_columns(
        literal(event.id), Subscription.id, Subscription.subscriber_id, literal(now, Match.matched_at.type), due
    )
    rows = rows.where(Subscription.criteria_version == version, Subscription.criteria.in_(queries))
    columns = ["event_id", "subscription_id", "subscriber_id", "matched_at", "due_at"]
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement = dialect.insert(Match).from_select(columns, rows).on_conflict_do_nothing()
    before = _count(session, event)
    session.execute(statement)
    return _count(session, event) - before


def _count(session: Session, event: ChangeEvent) -> int:
    return session.scalar(select(func.count()).select_from(Match).where(Match.event_id == event.id)) or 0


def _chunks(met: Iterable[tuple[str, int]]) -> Iterator[tuple[int, list[str]]]:
    by_version: dict[int, list[str]] = {}
    for query, version in met:
        by_version.setdefault(version, []).append(query)
    for version, queries in by_version.items():
        for start in range(0, len(queries), CHUNK):
            yield version, queries[start : start + CHUNK]
