"""Which items of a feed are rows that the board has under another name: the link moved, the title was corrected, a number counts on.

Links and titles are compared as they are compared today, whatever an identity was made of when its row was written.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base.clock import japan_date
from jobboard.base.collecting import UNDECIDED, ItemState
from jobboard.base.feed_reading import FeedItem, identity
from jobboard.base.feed_titles import unmarked
from jobboard.base.item_links import canonical
from jobboard.models import Source, SourceItem

MOST_CHANGES = 5
"""An item that changed more often is taken for one that changes at every fetch: nobody is asked to look at it again."""

COMPARED = 2_000
"""Rows of a source that are compared with what is new in its feed, the newest ones."""

MOVED_WITHIN = timedelta(days=60)
"""A title that comes back later with another link is another call: many are made each year."""

AT_ONCE_AGAIN = timedelta(days=2)
AGAIN = 4
"""A title of which this source made so many times as many rows in that time as its feed has now, but for their numbers, is one
that changes at every fetch."""

MOST_NEW = 600
"""Rows of a source in a day: a first reading, and what the busiest town hall writes."""

_NUMBER = re.compile(r"(第\d+|\d+(?:年|月|次|期|号|回目))|\d+")
"""What counts on, and in the group what tells one call from the next."""

_ROUND = re.compile(r"第\d+|\d+(?:年度|次|期|回目)")
Pairs = list[tuple[SourceItem, FeedItem]]


class _Kept(NamedTuple):
    id: int
    link: str
    title: str
    state: ItemState
    first_seen_at: datetime


class Rows:
    """The newest rows of one source, and those among them that ``lost`` their place in its feed at this reading."""

    def __init__(self, session: Session, source: Source, lost: Sequence[SourceItem], *, now: datetime) -> None:
        columns = (SourceItem.id, SourceItem.link, SourceItem.title, SourceItem.state, SourceItem.first_seen_at)
        mine = select(*columns).where(SourceItem.source_id == source.id).order_by(SourceItem.id.desc()).limit(COMPARED)
        self._kept = [_Kept(*row) for row in session.execute(mine)]
        self._session, self._lost, self._now = session, list(lost), now

    def pairs(self, fresh: Sequence[FeedItem], items: Sequence[FeedItem], known: Iterable[SourceItem]) -> Pairs:
        """Rows with the items that they go on as: of those not ``known`` by their names, the surest first."""
        left = list(fresh)
        pairs = self._by_both(left, {row.id for row in known})
        for found in (self._by_link, self._by_title, self._by_numbers):
            taken = {id(row) for row, _ in pairs}, {item.identity for _, item in pairs}
            lost = [row for row in self._lost if id(row) not in taken[0]]
            left = [item for item in fresh if item.identity not in taken[1]]
            pairs += found(lost, left, items)
        return pairs

    def room(self) -> int:
        """How many more rows this source may make today."""
        day = self._now - timedelta(days=1)
        return max(MOST_NEW - sum(row.first_seen_at > day for row in self._kept), 0)

    def _by_both(self, fresh: Sequence[FeedItem], known: set[int]) -> Pairs:
        """The same link and title. Of several rows the one that somebody decided about, else the newest."""
        wanted = {identity(item.link, item.title): item for item in fresh}
        titles = {unmarked(item.title) for item in fresh}
        found: dict[str, _Kept] = {}
        for kept in self._kept if wanted else []:
            if kept.id not in known and unmarked(kept.title) in titles:
                name = identity(kept.link, kept.title)
                if name in wanted and (name not in found or _is_surer(kept, found[name])):
                    found[name] = kept
        rows = self._session.scalars(select(SourceItem).where(SourceItem.id.in_([kept.id for kept in found.values()])))
        by_id = {row.id: row for row in rows}
        return [(by_id[kept.id], wanted[name]) for name, kept in found.items()]

    def _by_link(self, lost: Sequence[SourceItem], fresh: Sequence[FeedItem], items: Sequence[FeedItem]) -> Pairs:
        """A link of its own with a corrected title."""
        links = Counter(canonical(item.link) for item in items)
        missed = Counter(canonical(row.link) for row in lost)
        own = {link: item for item in fresh if links[link := canonical(item.link)] == 1 and _is_deep(item.link)}
        return [(row, own[link]) for row in lost if missed[link := canonical(row.link)] == 1 and link in own]

    def _by_title(self, lost: Sequence[SourceItem], fresh: Sequence[FeedItem], items: Sequence[FeedItem]) -> Pairs:
        """A title whose link moved: of the same day, or of none and on the same page. Another day's is another call."""
        lately = Counter(unmarked(row.title) for row in self._kept if row.first_seen_at > self._now - AT_ONCE_AGAIN)

        def moved(row: SourceItem, item: FeedItem) -> bool:
            named = item.dated is not None or "?" not in canonical(item.link) or lately[unmarked(item.title)] >= AGAIN
            return named and is_near(row, item, self._now)

        return [(row, item) for row, item in _in_order(lost, fresh, unmarked) if moved(row, item)]

    def _by_numbers(self, lost: Sequence[SourceItem], fresh: Sequence[FeedItem], items: Sequence[FeedItem]) -> Pairs:
        """A title that counts on (visitors, days that are left), where this source writes it anew again and again, all of its like."""
        lately = Counter(_uncounted(row.title) for row in self._kept if row.first_seen_at > self._now - AT_ONCE_AGAIN)
        now, new = (Counter(_uncounted(item.title) for item in some) for some in (items, fresh))
        restless = {title for title, count in new.items() if count == now[title] and lately[title] >= AGAIN * count}
        restless |= {title for row in lost if row.changes > MOST_CHANGES and new[title := _uncounted(row.title)] == now[title]}
        return [(row, item) for row, item in _in_order(lost, fresh, _uncounted) if _uncounted(item.title) in restless]


def rounds(title: str) -> list[str]:
    """What tells a call from the next of its kind: 第2回, 令和9年度."""
    return _ROUND.findall(unmarked(title))


def is_near(row: SourceItem, item: FeedItem, now: datetime) -> bool:
    """Whether an item can be the call that the row was, by its day: many calls are made each year."""
    before, after = row.dated or japan_date(row.first_seen_at), item.dated or japan_date(now)
    return abs(after - before) <= MOVED_WITHIN


def _in_order(lost: Sequence[SourceItem], fresh: Sequence[FeedItem], said: Callable[[str], Hashable]) -> Pairs:
    """Rows and items that say the same of the same day, each with its like from the oldest on: what is new stands at the top of a feed.

    Where neither has a day, the page must be the same, whatever its address says of the visit.
    """
    rows = defaultdict(list)
    for row in sorted(lost, key=lambda row: row.id, reverse=True):
        rows[said(row.title), row.dated or _page(row.link)].append(row)
    return [(alike.pop(), item) for item in reversed(fresh) if (alike := rows.get((said(item.title), item.dated or _page(item.link))))]


def _page(link: str) -> str:
    return canonical(link).partition("?")[0]


def _is_surer(one: _Kept, other: _Kept) -> bool:
    return one.state not in UNDECIDED and other.state in UNDECIDED


def _uncounted(title: str) -> str:
    return _NUMBER.sub(lambda found: found[1] or "0", unmarked(title))


def _is_deep(link: str) -> bool:
    """Whether the link leads to a page of its own, not to the start of the site."""
    parts = urlsplit(link)
    return len(parts.path) > 1 or bool(parts.query)
