"""From a change event to matches: which subscriptions it meets, each once, and when their mail is due.

The narrow columns of the stored criteria decide in SQL, all but the searched words: those are read in Python, each distinct
text once. So one event costs two scans of the criteria and one row for each subscription that it meets.
"""

from datetime import UTC, datetime, time, timedelta

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CursorResult,
    Select,
    and_,
    case,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    update,
)  # fmt: skip
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute, Session

from jobboard.base.clock import JAPAN, in_japan
from jobboard.base.content import from_json
from jobboard.base.states import EventKind, Frequency, SubscriptionState
from jobboard.domain import criteria, link_alone, searching, sets, storing
from jobboard.domain.criteria import Seen
from jobboard.models import (
    ChangeEvent,
    CriteriaPlace,
    CriteriaPosting,
    Keywords,
    Match,
    Municipality,
    Refused,
    StoredCriteria,
    Subscriber,
    Subscription,
)  # fmt: skip

MORNING = time(8)
"""In Japan; daily and weekly mails are composed at this hour, weekly ones on Mondays."""


def match(session: Session, *, now: datetime) -> int | None:
    """Matches the oldest event not seen yet; returns how many matches are new, None when no event waits.

    In the order of their ids, on however many workers: the second one waits for the first. An event is looked at again if the
    transaction fails, and the pair (subscription, event) is unique, so neither a crash nor two workers lose or double a match.
    """
    waits = ChangeEvent.matched_at.is_(None)
    oldest = select(func.min(ChangeEvent.id)).where(waits).scalar_subquery()
    event = session.scalar(select(ChangeEvent).where(ChangeEvent.id == oldest).with_for_update(of=ChangeEvent))
    if event is None:
        return None
    # Another worker may have matched it while this one waited for the row.
    mine = update(ChangeEvent).where(ChangeEvent.id == event.id, waits).values(matched_at=now)
    first = session.execute(mine.execution_options(synchronize_session=False))
    assert isinstance(first, CursorResult)
    return _match_event(session, event, now=now) if first.rowcount and event.material else 0


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


def seen_in(session: Session, event: ChangeEvent) -> Seen:
    """What criteria see of an event's posting as it was then."""
    content = from_json(event.version.content)
    codes = content.codes("co_municipalities")
    others = session.scalars(select(Municipality).where(Municipality.code.in_(codes))).all() if codes else []
    return criteria.seen_from(
        content, event.posting.municipality, others, event.posting.state, posting_id=event.posting_id
    )


def wanting(session: Session, seen: Seen, kind: EventKind, at: datetime, *, refused: str) -> Select[int, int, Frequency]:
    """Subscription id, subscriber id and frequency of all who are to be told: set-based, for 1,000,000 of them.

    Confirmed before ``at``, not paused then, asking for this ``kind`` of change, not refusing the municipality ``refused``.
    """
    unwelcome = select(Refused.subscriber_id).where(Refused.municipality_code == refused)
    unreachable = select(Subscriber.id).where(Subscriber.stopped_at.is_not(None))
    return asking(session, seen, kind, at).where(
        or_(Subscription.paused_until.is_(None), Subscription.paused_until <= at),
        Subscription.subscriber_id.not_in(unreachable),
        Subscription.subscriber_id.not_in(unwelcome),
    )


def asking(session: Session, seen: Seen, kind: EventKind, at: datetime) -> Select[int, int, Frequency]:
    """The same columns of all who asked for this, also of those whom no mail may reach now."""
    kinds = literal(",").concat(Subscription.kinds).concat(",")
    return (
        select(Subscription.id, Subscription.subscriber_id, Subscription.frequency)
        .where(
            Subscription.criteria_id.in_(select(StoredCriteria.id).where(meeting(session, seen))),
            # coalesce: SQLite must come from the criteria, not from an index over the state of all subscriptions
            func.coalesce(Subscription.state, "") == str(SubscriptionState.ACTIVE),
            Subscription.confirmed_at < at,
            kinds.contains(f",{kind},", autoescape=True),
        )
    )


def meeting(session: Session, seen: Seen) -> ColumnElement[bool]:
    """The stored criteria that a posting meets, as a condition on ``StoredCriteria``: what ``criteria.meets`` says one by one."""
    storing.renew(session)
    narrow = _narrowed(seen)
    searched = select(Keywords.id, Keywords.words).where(
        Keywords.id.in_(select(StoredCriteria.keywords_id).where(StoredCriteria.keywords_id.is_not(None), narrow))
    )
    met = [
        number
        for number, text in session.execute(searched)
        if any(searching.found(seen.document, words) for words in storing.words_of(text))
    ]
    # coalesce: one scan past all criteria is quicker than SQLite's walk over an index of those without words
    return and_(narrow, or_(func.coalesce(StoredCriteria.keywords_id, 0) == 0, sets.one_of(session, StoredCriteria.keywords_id, met)))


def _match_event(session: Session, event: ChangeEvent, *, now: datetime) -> int:
    at = event.occurred_at
    found = wanting(session, seen_in(session, event), event.kind, at, refused=event.posting.municipality_code)
    due = case(
        *((Subscription.frequency == one, literal(due_at(one, at, now=now), Match.due_at.type)) for one in Frequency)
    )
    rows = found.with_only_columns(
        literal(event.id), Subscription.id, Subscription.subscriber_id, Subscription.criteria_id,
        literal(now, Match.matched_at.type), due
    )
    columns = ["event_id", "subscription_id", "subscriber_id", "criteria_id", "matched_at", "due_at"]
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    once = dialect.insert(Match).from_select(columns, rows).on_conflict_do_nothing()
    added = session.execute(once.execution_options(preserve_rowcount=True))
    assert isinstance(added, CursorResult)
    if link_alone.is_over(event.posting):
        link_alone.call_back(session, event.posting, now=now)
    return added.rowcount


def _narrowed(seen: Seen) -> ColumnElement[bool]:
    """Every condition but the searched words; what narrows most comes first."""
    row = StoredCriteria
    amount = seen.pay_high if seen.pay_high is not None else seen.pay_low
    conditions = [_has(row.pref, storing.prefectures(seen.prefectures))]
    for name in ("role", "engagement", "remote", "side_job", "audience", "pay_unit"):
        conditions.append(_has(getattr(row, name), storing.mask([seen.chosen.get(name)], storing.LISTS[name])))
    conditions += [
        _has(row.theme, storing.mask(seen.themes, storing.LISTS["theme"])),
        or_(row.pay_min.is_(None), row.pay_min <= amount if amount is not None else false()),
        or_(row.closing_before.is_(None), row.closing_before >= seen.apply_by if seen.apply_by else false()),
    ]
    here = select(CriteriaPlace.criteria_id).where(CriteriaPlace.code.in_(seen.municipalities))
    this = select(CriteriaPosting.criteria_id).where(CriteriaPosting.posting_id == seen.posting_id)
    conditions += [or_(not_(row.placed), row.id.in_(here)), or_(not_(row.posted), row.id.in_(this))]
    return and_(*conditions)


def _has(wanted: InstrumentedAttribute[int], has: int) -> ColumnElement[bool]:
    """Any will do, or one of the bits is wanted."""
    if not has:
        return wanted == 0
    return or_(wanted == 0, wanted.bitwise_and(literal(has, BigInteger)) != 0)
