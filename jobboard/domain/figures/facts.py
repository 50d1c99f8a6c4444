"""What a posting said on a day: the version that was current then, read in SQL, without its whole content."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, Session

from jobboard.base.content import from_json
from jobboard.domain import facets
from jobboard.models import Posting, PostingPlace, PostingTheme, Version

AT_ONCE = 5_000
"""Ids in one statement; SQLite takes 32,766 parameters."""

_READ = ("role", "engagement", "themes", "co_municipalities", "apply_by", "review_on")


@dataclass(frozen=True, slots=True)
class Facts:
    """Codes of what is counted by. ``places``: its own municipality and those that had agreed to recruit with it.

    ``link_only``: it is a 「リンクのみ」 today; asked only of what is over, which then stays one.
    """

    role: str
    engagement: str
    themes: tuple[str, ...]
    places: tuple[str, ...]
    closes: datetime | None
    link_only: bool = False


def current(session: Session) -> dict[int, Facts]:
    """By version: of every posting that is or was public, what is current today, by its derived columns."""
    places = _by_posting(session, PostingPlace.posting_id, PostingPlace.municipality_code)
    themes = _by_posting(session, PostingTheme.posting_id, PostingTheme.theme)
    role_as_stored, engagement_as_stored = type_coerce(Posting.role, String), type_coerce(Posting.engagement, String)
    rows = select(Posting.id, Posting.current_id, role_as_stored, engagement_as_stored, Posting.apply_by, Posting.link_only)
    return {
        version: Facts(role or "", engagement or "", themes.get(posting, ()), places.get(posting, ()), closes, alone)
        for posting, version, role, engagement, closes, alone in session.execute(rows)
        if version is not None
    }


def former(session: Session, versions: Collection[int]) -> dict[int, Facts]:
    """The same of versions that are current no more."""
    wanted, found = sorted(versions), {}
    read = [Version.content[name] for name in _READ]
    for start in range(0, len(wanted), AT_ONCE):
        rows = select(Version.id, Posting.municipality_code, *read).join(Posting, Posting.id == Version.posting_id)
        for version, own, *values in session.execute(rows.where(Version.id.in_(wanted[start : start + AT_ONCE]))):
            found[version] = _facts(own, dict(zip(_READ, values, strict=True)))
    return found


def _facts(own: str, stored: dict[str, Any]) -> Facts:
    content = from_json({name: value for name, value in stored.items() if value is not None})
    role, engagement = (next(iter(content.codes(name)), "") for name in ("role", "engagement"))
    others = [code for code in content.codes("co_municipalities") if code != own]
    return Facts(role, engagement, content.codes("themes"), (own, *others), facets.closing_instant(content))


def _by_posting(session: Session, key: InstrumentedAttribute[int], value: InstrumentedAttribute[Any]) -> dict[int, tuple[str, ...]]:
    """Codes as they are stored: making members of them takes longer than reading the rows."""
    found: dict[int, tuple[str, ...]] = {}
    for posting, code in session.execute(select(key, type_coerce(value, String)).order_by(key, value)):
        found[posting] = (*found.get(posting, ()), code)
    return found
