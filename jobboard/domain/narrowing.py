"""このお知らせを減らす: what the link beside an entry of a mail offers. Nothing of a municipality, one kind alone, or less that kind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from jobboard.base.errors import NotFound, WrongState
from jobboard.base.states import Dropped, EventKind
from jobboard.domain import leasing, leaving, listing
from jobboard.domain.subscriptions import kinds_of, read_kinds
from jobboard.models import ChangeEvent, Match, Municipality, Posting, Refused, Subscriber, Subscription


@dataclass(frozen=True)
class Less:
    """What can be given up. ``subscriptions``: those that told of the posting, or all when that is not known any more."""

    posting: Posting
    kind: EventKind
    subscriptions: Sequence[Subscription]
    refused: bool

    @property
    def may_keep_only(self) -> bool:
        """Whether hearing of this kind alone would be less than now."""
        return any(kinds_of(one) != [self.kind] for one in self.subscriptions)

    @property
    def may_do_without(self) -> bool:
        """Whether somebody asks for this kind and everybody has another one left."""
        asked = [kinds_of(one) for one in self.subscriptions]
        return any(self.kind in kinds for kinds in asked) and all(set(kinds) - {self.kind} for kinds in asked)


def less(session: Session, owner: Subscriber, posting_id: int, kind: str) -> Less:
    """What ``owner`` can give up of this posting's municipality and this kind of change; raises ``NotFound``."""
    if kind not in [str(one) for one in EventKind]:
        raise NotFound
    posting = listing.public_posting(session, posting_id)
    running = leaving.running(session, owner)
    telling = select(Match.subscription_id).join(ChangeEvent, ChangeEvent.id == Match.event_id)
    told = set(session.scalars(telling.where(Match.subscriber_id == owner.id, ChangeEvent.posting_id == posting_id)))
    refused = session.get(Refused, (owner.id, posting.municipality_code)) is not None
    return Less(posting, EventKind(kind), [one for one in running if one.id in told] or running, refused)


def refuse(session: Session, owner: Subscriber, code: str, *, now: datetime) -> None:
    """この自治体は不要: no mail of its postings any more, whatever the criteria say; what waits is dropped. Repeatable."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    row = {"subscriber_id": owner.id, "municipality_code": code, "created_at": now}
    session.execute(insert(Refused).values(row).on_conflict_do_nothing())
    of_it = select(ChangeEvent.id).join(Posting, Posting.id == ChangeEvent.posting_id)
    theirs = and_(Match.subscriber_id == owner.id, Match.event_id.in_(of_it.where(Posting.municipality_code == code)))
    leasing.recall(session, theirs, Dropped.REFUSED, now=now)


def allow(session: Session, owner: Subscriber, code: str) -> None:
    """Takes a refusal back: what happens from now on is told again. Repeatable."""
    mine = delete(Refused).where(Refused.subscriber_id == owner.id, Refused.municipality_code == code)
    session.execute(mine)


def refused(session: Session, owner: Subscriber) -> Sequence[Municipality]:
    """The municipalities that the holder of the address wants no mail of."""
    found = select(Municipality).join(Refused, Refused.municipality_code == Municipality.code)
    return session.scalars(found.where(Refused.subscriber_id == owner.id).order_by(Municipality.code)).all()


def keep_only(session: Session, what: Less, *, now: datetime) -> None:
    """この種類だけ: these subscriptions tell of this kind of change alone."""
    for subscription in what.subscriptions:
        _narrow(session, subscription, [what.kind], now)


def do_without(session: Session, what: Less, *, now: datetime) -> None:
    """この種類は不要. Raises ``WrongState`` where a subscription would be left with nothing to tell."""
    if not what.may_do_without:
        raise WrongState(str(what.kind), "without")
    for subscription in what.subscriptions:
        _narrow(session, subscription, [kind for kind in kinds_of(subscription) if kind is not what.kind], now)


def _narrow(session: Session, subscription: Subscription, kinds: Sequence[EventKind], now: datetime) -> None:
    subscription.kinds = read_kinds(kinds)
    leaving.drop_unasked(session, subscription, now=now)
