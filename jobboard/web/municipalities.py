"""市区町村 on public pages: those that a name may mean, and all of them by prefecture."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from jobboard.base.codes import PREFECTURES
from jobboard.base.errors import InvalidQuery
from jobboard.domain.municipalities import find
from jobboard.models import Municipality
from jobboard.web.filters import ListQuery

LONGEST_NAME = 40
MOST_NAMED = 50


def named(session: Session, typed: str) -> list[Municipality]:
    """Those that a name may mean, best first; raises ``InvalidQuery`` for one that is too long to be a name."""
    if len(typed) > LONGEST_NAME:
        raise InvalidQuery("q", typed[:LONGEST_NAME], f"自治体名は{LONGEST_NAME}字以内で入力してください。")
    return find(session, typed, limit=MOST_NAMED)


def narrowed(asked: ListQuery | None, code: str) -> str:
    """The address of the list that was asked, of this municipality too; empty when none was asked."""
    if asked is None:
        return ""
    codes = tuple(sorted({*asked.criteria.municipality, code}))
    return asked.url(criteria=replace(asked.criteria, municipality=codes))


def by_prefecture(places: Sequence[Municipality], counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """The prefectures that have municipalities, each with (code, name, open postings) of all and of those that recruit."""
    grouped: dict[str, list[tuple[str, str, int]]] = {}
    for place in places:
        grouped.setdefault(place.pref_code, []).append((place.code, place.name, counts.get(place.code, 0)))
    return [
        {"code": code, "name": PREFECTURES[code], "places": group, "recruiting": [one for one in group if one[2]]}
        for code, group in grouped.items()
    ]
