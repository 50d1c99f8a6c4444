"""配信条件 as rows: each distinct criteria once, with the columns that matching narrows by in SQL.

The columns are derived from the text and can be made anew; ``FORMAT`` tells when they must be.
"""

import zlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from jobboard.base.choice import Choice
from jobboard.base.clock import end_of
from jobboard.base.vocabulary import Audience, Engagement, PayUnit, Remote, Role, SideJob, Theme
from jobboard.domain.criteria import VERSION, Criteria, audiences, parse_stored
from jobboard.domain.words import Word
from jobboard.models import Board, CriteriaPlace, CriteriaPosting, Keywords, StoredCriteria

LISTS: dict[str, type[Choice]] = {
    "role": Role, "engagement": Engagement, "theme": Theme, "audience": Audience, "remote": Remote, "side_job": SideJob,
    "pay_unit": PayUnit,
}  # fmt: skip
"""The closed lists that a mask is made of; a code's bit is its place in the list."""

_SAMPLE = "&".join(f"{name}={code}" for name, choices in LISTS.items() for code in choices)
FORMAT = 1 + zlib.crc32(
    repr([[str(code) for code in choices] for choices in LISTS.values()]).encode()
    + parse_stored(f"q=a&q=b&pref=01&{_SAMPLE}&pay_min=1&closing_before=2026-04-01").describe({}).encode()
)
"""Changes when a list or the words for a criteria do: columns of another format are made anew before they are read."""


def of(session: Session, criteria: Criteria) -> StoredCriteria:
    """The row of a criteria, made if there is none. The criteria has no status (``subscriptions.stored_query``)."""
    renew(session)
    found = select(StoredCriteria).where(StoredCriteria.query == criteria.query(), StoredCriteria.version == VERSION)
    row = session.scalar(found)
    if row is None:
        _insert(session, StoredCriteria, [{"query": criteria.query(), "version": VERSION, **_columns(session, criteria)}])
        row = session.scalars(found).one()
        _add_targets(session, row.id, criteria)
    return row


def parsed(stored: StoredCriteria) -> Criteria:
    """The criteria of a row."""
    return parse(stored.query, stored.version)


@lru_cache(maxsize=20_000)
def parse(query: str, version: int) -> Criteria:
    """Kept: the mails of one run read the same criteria again and again."""
    return parse_stored(query, version)


def renew(session: Session) -> None:
    """Makes the columns of all criteria anew if a list has changed since they were made."""
    board = session.get_one(Board, 1)
    if board.criteria_format == FORMAT:
        return
    for row in session.scalars(select(StoredCriteria).order_by(StoredCriteria.id)).all():
        criteria = parse_stored(row.query, row.version)
        session.execute(update(StoredCriteria).where(StoredCriteria.id == row.id).values(**_columns(session, criteria)))
        for target in (CriteriaPlace, CriteriaPosting):
            session.execute(delete(target).where(target.criteria_id == row.id))
        _add_targets(session, row.id, criteria)
    board.criteria_format = FORMAT


def mask(wanted: Iterable[Choice | str | None], choices: type[Choice]) -> int:
    """The bits of these codes; a code that is none of the list has none."""
    places = _places(choices)
    return sum(1 << places[str(code)] for code in {str(one) for one in wanted} if code in places)


def prefectures(codes: Iterable[str]) -> int:
    """The bits of prefectures by their two digits."""
    return sum(1 << int(code) for code in set(codes))


def words_of(text: str) -> tuple[tuple[Word, ...], ...]:
    """The searches of ``Keywords.words``: one of them must be found."""
    return _searches(text)


@lru_cache(maxsize=20_000)
def _searches(text: str) -> tuple[tuple[Word, ...], ...]:
    return parse_stored(text, VERSION).searches


@lru_cache
def _places(choices: type[Choice]) -> dict[str, int]:
    return {str(code): place for place, code in enumerate(choices)}


def _columns(session: Session, criteria: Criteria) -> dict[str, Any]:
    wanted = {name: getattr(criteria, name) for name in LISTS} | {"audience": audiences(criteria.audience)}
    return {
        **{name: mask(wanted[name], choices) for name, choices in LISTS.items()},
        "pref": prefectures(criteria.pref),
        "pay_min": criteria.pay_min,
        "closing_before": end_of(criteria.closing_before) if criteria.closing_before else None,
        "keywords_id": _keywords(session, criteria) if criteria.searches else None,
        "placed": bool(criteria.municipality),
        "posted": bool(criteria.posting),
        "described": "" if criteria.municipality or criteria.posting else criteria.describe({}),
    }


def _keywords(session: Session, criteria: Criteria) -> int:
    words = urlencode([("q", typed) for typed in criteria.q])
    _insert(session, Keywords, [{"words": words}])
    return session.scalars(select(Keywords.id).where(Keywords.words == words)).one()


def _add_targets(session: Session, criteria_id: int, criteria: Criteria) -> None:
    _insert(session, CriteriaPlace, [{"criteria_id": criteria_id, "code": code} for code in criteria.municipality])
    _insert(session, CriteriaPosting, [{"criteria_id": criteria_id, "posting_id": one} for one in criteria.posting])


def _insert(session: Session, table: Any, rows: Sequence[dict[str, Any]]) -> None:
    """Adds the rows that are not there yet."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    if rows:
        session.execute(insert(table).on_conflict_do_nothing(), rows)
