"""Judging stored items anew when the rules have changed, some at a time. What a person decided stays as it is."""

from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from jobboard.base.collecting import UNDECIDED, ItemState
from jobboard.domain import items
from jobboard.domain.items import Rules
from jobboard.models import SourceItem

AT_ONCE = 500
"""Items of one step."""

STILL_NEW = timedelta(days=90)
"""An item that was first seen longer ago becomes no candidate any more: its call is over."""


def rescore(session: Session, rules: Rules, *, now: datetime, limit: int = AT_ONCE) -> int:
    """Judges up to ``limit`` items of other versions of the rules, the newest first; returns how many, zero when all are done.

    A candidate that is none under these rules is ignored again, unless a person decided or its municipality was asked.
    """
    another = or_(SourceItem.rules < rules.version, SourceItem.rules > rules.version)  # two ranges of the index, not <>
    open_ones = select(SourceItem).where(
        another, SourceItem.state.in_(UNDECIDED), SourceItem.decided_at.is_(None), SourceItem.invited_at.is_(None)
    )
    rows = session.scalars(open_ones.order_by(SourceItem.id.desc()).limit(limit).with_for_update(skip_locked=True)).all()
    for row in rows:
        items.judge(row, rules)
        if row.score < rules.enough:
            row.state = ItemState.IGNORED
        elif row.first_seen_at >= now - STILL_NEW and row.gone_at is None:
            row.state = ItemState.CANDIDATE
    session.flush()
    return len(rows)
