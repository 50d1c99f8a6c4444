"""How good the rules of finding are, by what moderators said: yes and no to candidates, and what was taken up in spite of the rules."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import jaconv
from sqlalchemy import ColumnElement, Date, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session, joinedload

from jobboard.base.collecting import ItemState
from jobboard.base.text import clean
from jobboard.domain import finding
from jobboard.models import Source, SourceItem

COUNTED = 5_000
"""Decisions that are counted at most, the latest ones."""

SHOWN = 50
NEWEST: tuple[Any, ...] = (SourceItem.first_seen_at, func.coalesce(SourceItem.dated, literal(date(1, 1, 1), Date)), SourceItem.id)
"""The order of lists of items, downwards: when it was found; of what was found together by its own date."""

LONGEST = 100
"""Letters that are looked for in a title."""


@dataclass(frozen=True)
class OfRule:
    """A rule, and in how many candidates that were taken up and that were dismissed it stood."""

    rule: finding.Rule
    taken: int
    dismissed: int


@dataclass(frozen=True)
class Quality:
    """What was decided in a period. ``taken`` and ``dismissed`` are candidates of the rules, ``missed`` was taken up without them."""

    taken: int
    dismissed: int
    missed: Sequence[SourceItem]
    by_rule: Sequence[OfRule]

    @property
    def precision(self) -> int | None:
        """Of a hundred candidates, those taken up; None when nothing was decided."""
        decided = self.taken + self.dismissed
        return round(100 * self.taken / decided) if decided else None


def quality(session: Session, since: datetime, *, now: datetime) -> Quality:
    """What was decided from ``since`` until ``now``, judged by the points that each item had when it was decided."""
    decided = select(SourceItem).where(
        SourceItem.state.in_((ItemState.TAKEN, ItemState.DISMISSED)), SourceItem.decided_at >= since, SourceItem.decided_at <= now
    )
    latest = decided.order_by(SourceItem.decided_at.desc(), SourceItem.id.desc()).limit(COUNTED)
    rows = session.scalars(latest.options(joinedload(SourceItem.source).joinedload(Source.municipality))).all()
    taken = [row for row in rows if row.state is ItemState.TAKEN]
    found = [row for row in taken if row.score >= finding.ENOUGH]
    dismissed = [row for row in rows if row.state is ItemState.DISMISSED and row.score >= finding.ENOUGH]
    missed = [row for row in taken if row.score < finding.ENOUGH]
    yes, no = _counted(found), _counted(dismissed)
    by_rule = [OfRule(rule, yes[rule.name], no[rule.name]) for rule in finding.rules()]
    return Quality(len(found), len(dismissed), missed, by_rule)


def ignored(session: Session, words: str, *, before: int | None = None) -> tuple[list[SourceItem], int | None]:
    """Items that the rules ignored and whose titles have all these words (in any width), the last found first; a page, and behind
    which item the next one begins, if there is one. What is listed may be taken up by a person."""
    wanted = select(SourceItem).where(SourceItem.state == ItemState.IGNORED, *map(has, clean(words)[:LONGEST].split()))
    behind = before if before is not None and before < 2**31 else 0
    last = session.execute(select(*NEWEST).where(SourceItem.id == behind)).one_or_none()
    if last is not None:
        place = (literal(value, column.type) for value, column in zip(last, NEWEST, strict=True))
        wanted = wanted.where(tuple_(*NEWEST) < tuple_(*place))
    newest = wanted.order_by(*(one.desc() for one in NEWEST)).limit(SHOWN + 1)
    rows = list(session.scalars(newest.options(joinedload(SourceItem.source).joinedload(Source.municipality))))
    return rows[:SHOWN], rows[SHOWN - 1].id if len(rows) > SHOWN else None


def has(word: str) -> ColumnElement[bool]:
    """Whether the title has the word as it is typed, in narrow or in wide letters; titles are kept as the feed has them."""
    narrow = unicodedata.normalize("NFKC", word)
    wide = jaconv.h2z(narrow, ascii=True, digit=True)
    ways = {word, narrow, jaconv.z2h(narrow, kana=True), wide.upper(), wide.lower()}
    return or_(*(SourceItem.title.icontains(way, autoescape=True) for way in sorted(ways)))


def _counted(rows: Iterable[SourceItem]) -> Counter[str]:
    """How often each rule stood among the reasons."""
    return Counter(finding.rule_name(reason) for row in rows for reason, _ in row.reasons)
