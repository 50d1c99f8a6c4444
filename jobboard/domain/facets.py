"""The columns, place rows, theme rows, list card and search index derived from what is published: in one place."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, joinedload

from jobboard.base.choice import Choice
from jobboard.base.clock import end_of
from jobboard.base.content import Content, from_json
from jobboard.base.showing import monthly_equivalent
from jobboard.base.states import State
from jobboard.base.vocabulary import Explicit, Theme
from jobboard.domain import cards, lineage, searching
from jobboard.models import Board, Municipality, Posting, PostingPlace, PostingTheme, Version

GRACE_AFTER_REVIEW = timedelta(days=14)
"""An open-ended posting ends this long after its review date, after a warning (decisions.md, Time)."""

FORMAT = 3
"""Counts up when cards or the index are made differently: ``jobboard init`` makes those of an older format anew."""

BATCH = 200
_WITH_PREDECESSORS = joinedload(Posting.municipality, innerjoin=True).selectinload(Municipality.predecessors)
_COPIED = ("role", "engagement", "audience", "scheme", "remote", "side_job", "pay_unit")


def closing_instant(content: Content) -> datetime | None:
    """When the posting closes: its deadline, or 14 days after the review date of an open-ended one."""
    deadline = content.instant("apply_by")
    if deadline is not None:
        return deadline
    review_on = content.day("review_on")
    return end_of(review_on + GRACE_AFTER_REVIEW) if review_on else None


def columns(content: Content) -> dict[str, Any]:
    """The derived columns of a posting but its card, by name."""
    return {
        "title": content.text("title"),
        "link_only": content.is_link_only,
        **{name: _member(content.get(name)) for name in _COPIED},
        "pay_low": content.number("pay_low"),
        "pay_high": content.number("pay_high"),
        "pay_monthly": monthly_equivalent(content),
        "apply_from": content.instant("apply_from"),
        "apply_by": closing_instant(content),
        "questions_by": content.instant("questions_by"),
    }


def refresh(session: Session, posting: Posting, content: Content) -> None:
    """Writes every derived value of ``posting`` after its public content became ``content``."""
    for name, value in columns(content).items():
        setattr(posting, name, value)
    posting.card = cards.card(posting.municipality, content)
    session.flush()
    others = _others(session, content)
    _replace_places(session, posting, [posting.municipality, *others])
    _replace_themes(session, posting, content)
    searching.index(session, posting.id, searching.document(posting.municipality, content, others))
    if posting.state is not State.PUBLISHED:
        searching.put_away(session, posting.id)


def rebuild(session: Session, *, only: Collection[str] | None = None) -> int:
    """Derives everything anew for all public postings, or for those of some municipalities; returns how many.

    Needed after a new format, a renamed municipality or a damaged index. Counts the board version up.
    """
    wanted = select(Posting.id).where(Posting.current_id.is_not(None)).order_by(Posting.id)
    if only is not None:
        here = select(PostingPlace.posting_id).where(PostingPlace.municipality_code.in_(only))
        wanted = wanted.where(Posting.id.in_(here))
    ids = session.scalars(wanted).all()
    for start in range(0, len(ids), BATCH):
        rows = select(Posting, Version.content).join(Version, Version.id == Posting.current_id).options(_WITH_PREDECESSORS)
        for posting, stored in session.execute(rows.where(Posting.id.in_(ids[start : start + BATCH]))).all():
            refresh(session, posting, from_json(stored))
        session.flush()
    format_now = {} if only is not None else {"index_format": FORMAT}
    session.execute(update(Board).values(version=Board.version + 1, **format_now))
    return len(ids)


def is_current(session: Session) -> bool:
    """Whether cards and index are of this program's format."""
    return session.scalar(select(Board.index_format)) in (FORMAT, None)


def _member(value: Any) -> Choice | None:
    return value if isinstance(value, Choice) and not isinstance(value, Explicit) else None


def _others(session: Session, content: Content) -> list[Municipality]:
    codes = content.codes("co_municipalities")
    if not codes:
        return []
    return list(session.scalars(select(Municipality).where(Municipality.code.in_(codes)).order_by(Municipality.code)))


def _replace_places(session: Session, posting: Posting, places: list[Municipality]) -> None:
    session.execute(delete(PostingPlace).where(PostingPlace.posting_id == posting.id))
    wider = {code: place.pref_code for place in places for code in lineage.family(place)}
    for code, pref_code in (wider | {place.code: place.pref_code for place in places}).items():
        session.add(PostingPlace(posting_id=posting.id, municipality_code=code, pref_code=pref_code))


def _replace_themes(session: Session, posting: Posting, content: Content) -> None:
    session.execute(delete(PostingTheme).where(PostingTheme.posting_id == posting.id))
    for code in content.codes("themes"):
        session.add(PostingTheme(posting_id=posting.id, theme=Theme(code)))
