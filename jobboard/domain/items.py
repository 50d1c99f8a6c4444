"""収集項目: what a reading of a feed says of its items: new, changed, gone or the same. A person looks; nothing is removed."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jobboard.base.clock import japan_date
from jobboard.base.collecting import UNDECIDED, ItemState
from jobboard.base.feed_reading import Feed, FeedItem
from jobboard.base.feed_titles import unmarked
from jobboard.base.item_links import canonical
from jobboard.base.text import fold, visible
from jobboard.domain import unsent_questions
from jobboard.domain.duplicates import is_like
from jobboard.domain.same_items import MOST_CHANGES, Rows, is_near, rounds
from jobboard.models import Source, SourceItem

YOUNG = timedelta(days=7)
"""No feed lets go of what is so new by its age alone."""

Reasons = list[tuple[str, int]]


class Rules(NamedTuple):
    """``score`` gives the points of a title and (words of the rule, points) that made them; ``enough`` make a candidate.

    ``version`` changes with the rules; an item keeps the one that it was judged by.
    """

    score: Callable[[str], tuple[int, Reasons]]
    enough: int
    version: str = ""


NO_RULES = Rules(lambda title: (0, []), 1)
"""Nothing is a candidate."""


@dataclass(frozen=True)
class Noted:
    """How many items are new, changed or gone, how many became candidates, and how many new ones were too many for a day."""

    new: int = 0
    changed: int = 0
    gone: int = 0
    candidates: int = 0
    left: int = 0


def note(session: Session, source: Source, feed: Feed, rules: Rules, *, now: datetime) -> Noted:
    """Records a reading. A feed without items says nothing of those that it had before, nor does one that broke off.

    ``last_seen_at`` of an item is the last reading that had it; a fetch that found nothing changed is no reading.
    """
    listed = _listed(session, source)
    present = {item.identity: item for item in feed.items}
    mine = select(SourceItem).where(SourceItem.source_id == source.id, SourceItem.identity.in_(present))
    known = {row.identity: row for row in session.scalars(mine)} if present else {}
    fresh = [item for item in feed.items if item.identity not in known]
    lost = [row for row in listed if row.identity not in present]
    again = Rows(session, source, lost if feed.whole else [], now=now) if fresh else None
    for row, item in again.pairs(fresh, feed.items, known.values()) if again else []:
        row.identity = item.identity
        known[item.identity] = row
        fresh.remove(item)
        if row in lost:
            lost.remove(row)
    room = again.room() if again else 0
    fresh, left = fresh[:room], len(fresh[room:])
    changed, risen = _seen(session, known, present, rules, now=now)
    gone = _gone(lost, known.values(), bool(fresh), now=now) if feed.items and feed.whole else []
    for row in lost:
        if not (feed.items and feed.whole):
            row.last_seen_at = now  # for all that is known it is still there
    for row in gone:
        row.gone_at = now
    # The oldest first: where items bear no dates, their numbers tell their age.
    rows = [_row(source, item, rules, now=now) for item in reversed(fresh)]
    session.add_all(rows)
    session.flush()
    return Noted(len(rows), changed, len(gone), risen + sum(row.state is ItemState.CANDIDATE for row in rows), left)


def judge(row: SourceItem, rules: Rules) -> None:
    """Gives an item the points of its title under these rules; where it stands is the caller's to say."""
    row.score, reasons = rules.score(row.title)
    row.reasons, row.rules = [list(one) for one in reasons], rules.version


def one_line(text: str) -> str:
    """Text for the one line that is recorded of a fetch."""
    return " ".join(visible(text).split())[:500]


def _listed(session: Session, source: Source) -> Sequence[SourceItem]:
    """What the last reading had."""
    last = select(func.max(SourceItem.last_seen_at)).where(SourceItem.source_id == source.id).scalar_subquery()
    rows = select(SourceItem).where(SourceItem.source_id == source.id, SourceItem.last_seen_at == last)
    return session.scalars(rows.order_by(SourceItem.id)).all()


def _seen(
    session: Session, known: dict[str, SourceItem], present: dict[str, FeedItem], rules: Rules, *, now: datetime
) -> tuple[int, int]:
    """Marks what is still there; returns how many changed, and how many of these became candidates."""
    changed = risen = 0
    for name, row in known.items():
        item = present[name]
        same = (row.title, canonical(row.link), row.dated) == (item.title, canonical(item.link), item.dated)
        row.last_seen_at, row.gone_at = now, None
        if row.digest == item.digest or same:
            row.link, row.digest = item.link, item.digest
            continue
        changed += 1
        row.changes += 1
        if row.changes <= MOST_CHANGES:
            row.changed_at = now
        if row.state is ItemState.DISMISSED and _is_another(row, item, now):
            row.state, row.decided_at, row.decided_by_id, row.dismissed_for = ItemState.IGNORED, None, None, ""
            row.answered_at = row.agreed = None
            unsent_questions.unask(session, row)
        row.title, row.link, row.dated, row.digest = item.title, item.link, item.dated, item.digest
        if row.state in UNDECIDED:
            judge(row, rules)
            if row.state is ItemState.IGNORED and row.score >= rules.enough:
                row.state = ItemState.CANDIDATE
                risen += 1
    return changed, risen


def _is_another(row: SourceItem, item: FeedItem, now: datetime) -> bool:
    """Whether a page that bears one call after the other bears the next: what was decided was decided about the last."""
    if not is_near(row, item, now) or rounds(row.title) != rounds(item.title):
        return True
    return not is_like(fold(unmarked(row.title)), fold(unmarked(item.title)))


def _gone(
    lost: Sequence[SourceItem], still: Iterable[SourceItem], news: bool, *, now: datetime
) -> list[SourceItem]:
    """Of what is listed no more, what did not just leave at the old end of the feed: a feed is a window."""
    here = list(still)
    return [row for row in lost if any(_reaches_past(row, one, news) for one in here) or (not news and _is_young(row, now))]


def _reaches_past(row: SourceItem, one: SourceItem, news: bool) -> bool:
    """Whether ``one``, which is still listed, is older; of the same day only where nothing new can have pushed ``row`` out."""
    if row.dated is not None and one.dated is not None:
        return one.dated < row.dated or (one.dated == row.dated and not news)
    return row.dated is None and one.dated is None and one.id < row.id


def _is_young(row: SourceItem, now: datetime) -> bool:
    return (row.dated or japan_date(row.first_seen_at)) >= japan_date(now - YOUNG)


def _row(source: Source, item: FeedItem, rules: Rules, *, now: datetime) -> SourceItem:
    row = SourceItem(
        source_id=source.id, identity=item.identity, link=item.link, title=item.title, dated=item.dated, digest=item.digest,
        first_seen_at=now, last_seen_at=now,
    )  # fmt: skip
    judge(row, rules)
    row.state = ItemState.CANDIDATE if row.score >= rules.enough else ItemState.IGNORED
    return row
