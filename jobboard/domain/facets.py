"""The columns, place rows, theme rows and search index derived from what is published: in one place."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from jobboard.base.choice import Choice
from jobboard.base.clock import end_of
from jobboard.base.content import Content
from jobboard.base.showing import monthly_equivalent
from jobboard.base.vocabulary import Explicit, Theme
from jobboard.domain import searching
from jobboard.models import Municipality, Posting, PostingPlace, PostingTheme

GRACE_AFTER_REVIEW = timedelta(days=14)
"""An open-ended posting ends this long after its review date, after a warning (decisions.md, Time)."""

_COPIED = ("role", "engagement", "audience", "scheme", "remote", "side_job", "pay_unit")


def closing_instant(content: Content) -> datetime | None:
    """When the posting closes: its deadline, or 14 days after the review date of an open-ended one."""
    deadline = content.instant("apply_by")
    if deadline is not None:
        return deadline
    review_on = content.day("review_on")
    return end_of(review_on + GRACE_AFTER_REVIEW) if review_on else None


def refresh(session: Session, posting: Posting, content: Content) -> None:
    """Writes every derived value of ``posting`` after its public content became ``content``."""
    posting.title = content.text("title")
    for name in _COPIED:
        setattr(posting, name, _member(content.get(name)))
    posting.pay_low = content.number("pay_low")
    posting.pay_high = content.number("pay_high")
    posting.pay_monthly = monthly_equivalent(content)
    posting.apply_from = content.instant("apply_from")
    posting.apply_by = closing_instant(content)
    session.flush()
    others = _others(session, content)
    _replace_places(session, posting, [posting.municipality, *others])
    _replace_themes(session, posting, content)
    searching.index(session, posting.id, searching.document(posting.municipality, content, others))


def _member(value: Any) -> Choice | None:
    return value if isinstance(value, Choice) and not isinstance(value, Explicit) else None


def _others(session: Session, content: Content) -> list[Municipality]:
    codes = content.codes("co_municipalities")
    if not codes:
        return []
    return list(session.scalars(select(Municipality).where(Municipality.code.in_(codes)).order_by(Municipality.code)))


def _replace_places(session: Session, posting: Posting, places: list[Municipality]) -> None:
    session.execute(delete(PostingPlace).where(PostingPlace.posting_id == posting.id))
    for code, pref_code in {place.code: place.pref_code for place in places}.items():
        session.add(PostingPlace(posting_id=posting.id, municipality_code=code, pref_code=pref_code))


def _replace_themes(session: Session, posting: Posting, content: Content) -> None:
    session.execute(delete(PostingTheme).where(PostingTheme.posting_id == posting.id))
    for code in content.codes("themes"):
        session.add(PostingTheme(posting_id=posting.id, theme=Theme(code)))
