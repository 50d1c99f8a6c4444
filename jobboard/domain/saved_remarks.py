"""Texts of a 修正依頼 that moderators use again: kept for one field, for the whole, or (naming 「{項目}」) for every field."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base import tokens
from jobboard.base.errors import EditConflict, Incomplete, NotFound, Problem
from jobboard.base.fields import BY_NAME
from jobboard.base.text import clean
from jobboard.domain import audit
from jobboard.models import Account, SavedRemark

LONGEST = 2_000
PLACE = "{項目}"
"""Stands for the label of the field at which the text is used."""


@dataclass(frozen=True)
class Offered:
    """The texts in use, by where they are offered."""

    saved: Sequence[SavedRemark]

    def at(self, field: str) -> list[SavedRemark]:
        """Those for a field, its own first; for the whole where ``field`` is empty."""
        if not field:
            return [one for one in self.saved if not one.field and PLACE not in one.text]
        everywhere = [one for one in self.saved if not one.field and PLACE in one.text]
        return [*(one for one in self.saved if one.field == field), *everywhere]


def label(field: str, text: str = "") -> str:
    """For what a text is kept, as people call it."""
    return BY_NAME[field].label if field in BY_NAME else "すべての項目" if PLACE in text else "全体"


def filled(text: str, field: str) -> str:
    """The text as it is used at a field."""
    return text.replace(PLACE, label(field))


def offered(session: Session) -> Offered:
    """What is not put away, the oldest first."""
    found = select(SavedRemark).where(SavedRemark.put_away_at.is_(None)).order_by(SavedRemark.id)
    return Offered(session.scalars(found).all())


def listed(session: Session, field: str | None = None) -> list[SavedRemark]:
    """All, also what is put away; of one field (empty: of the whole) or, None, of every one. In the order of the fields."""
    found = select(SavedRemark).order_by(SavedRemark.id)
    if field is not None:
        found = found.where(SavedRemark.field == field)
    places = {name: number for number, name in enumerate(BY_NAME)}
    return sorted(session.scalars(found), key=lambda one: places.get(one.field, -1))


def find(session: Session, remark_id: int) -> SavedRemark:
    """Raises ``NotFound``."""
    found = session.get(SavedRemark, remark_id)
    if found is None:
        raise NotFound
    return found


def save(session: Session, field: str, typed: str, *, by: Account, now: datetime) -> SavedRemark:
    """Keeps a text; the one that is there already, if the same was kept (it comes back where it was put away).

    Raises ``Incomplete`` for an unknown field and for nothing or too much text.
    """
    text = _read(field, typed)
    same = session.scalar(select(SavedRemark).where(SavedRemark.field == field, SavedRemark.text == text).limit(1))
    if same is not None:
        if same.put_away_at is not None:
            bring_back(session, same, by=by, now=now)
        return same
    kept = SavedRemark(field=field, text=text, saved_at=now, saved_by_id=by.id)
    session.add(kept)
    session.flush()
    _record(session, "remark:save", kept, by, now)
    return kept


def state(saved: SavedRemark) -> str:
    """What a text is now, for ``change``: whoever writes over another state writes over somebody's words."""
    return tokens.digest(f"{saved.field}\n{saved.text}\n{saved.put_away_at is not None}")


def change(session: Session, saved: SavedRemark, *, field: str, typed: str, seen: str, by: Account, now: datetime) -> None:
    """Writes a text anew. Raises ``Incomplete`` as ``save`` does, ``EditConflict`` when ``seen`` is not its ``state``.

    Its ``by`` is empty after one's own act.
    """
    session.refresh(saved, with_for_update=True)
    if seen != state(saved):
        author = session.get(Account, saved.saved_by_id) if saved.saved_by_id else None
        raise EditConflict({"text": [saved.text]}, {"text": [typed]}, 0, author.name if author and author.id != by.id else "")
    saved.field, saved.text, saved.saved_at, saved.saved_by_id = field, _read(field, typed), now, by.id
    _record(session, "remark:change", saved, by, now)


def put_away(session: Session, saved: SavedRemark, *, by: Account, now: datetime) -> None:
    """It is offered no more; doing it again changes nothing."""
    if saved.put_away_at is None:
        saved.put_away_at = now
        _record(session, "remark:put_away", saved, by, now)


def bring_back(session: Session, saved: SavedRemark, *, by: Account, now: datetime) -> None:
    """It is offered again; doing it again changes nothing."""
    if saved.put_away_at is not None:
        saved.put_away_at = None
        _record(session, "remark:bring_back", saved, by, now)


def _read(field: str, typed: str) -> str:
    text, problems = clean(typed), []
    if field and field not in BY_NAME:
        problems.append(Problem("field", "項目を、一覧から選んでください。"))
    if not text:
        problems.append(Problem("text", "保存する文を書いてください。"))
    if len(text) > LONGEST:
        problems.append(Problem("text", f"{LONGEST:,}字以内で書いてください(今は{len(text):,}字)。"))
    if problems:
        raise Incomplete(problems)
    return text


def _record(session: Session, action: str, saved: SavedRemark, by: Account, now: datetime) -> None:
    audit.record(session, action, "saved_remark", saved.id, by=by, now=now, fields=[saved.field] if saved.field else [])
