"""How many postings each further condition would leave: the figures beside the filters, and what to drop when none is found."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jobboard.base.codes import PREFECTURES
from jobboard.domain import criteria as meaning
from jobboard.domain.criteria import Criteria, Status
from jobboard.domain.grammar import CHOICES
from jobboard.models import Posting

COUNTED = 1_000
"""Exact up to this; a larger number is given as one more and shown as 「1,000件以上」."""

FACETS = ("pref", "role", "engagement", "theme", "audience", "remote", "side_job", "pay_unit", "status")


def counts(session: Session, criteria: Criteria, *, now: datetime) -> Mapping[str, Mapping[str, int]]:
    """Of each value of each facet: how many postings meet it together with the conditions on all other parameters.

    Parameter to code to number, every code of the closed list named, 0 included; numbers beyond ``COUNTED`` are one more.
    """
    found: dict[str, dict[str, int]] = {}
    for name in FACETS:
        codes = {"pref": list(PREFECTURES), "status": [str(one) for one in Status]}.get(name)
        for code in codes or [str(one) for one in CHOICES[name]]:
            found.setdefault(name, {})[code] = _count(session, _with(criteria, name, code), now)
    return found


def _with(criteria: Criteria, name: str, code: str) -> Criteria:
    if name == "status":
        return replace(criteria, status=Status(code))
    value: Any = code if name == "pref" else CHOICES[name](code)
    if name == "pay_unit":
        return replace(criteria, pay_unit=(value,), pay_min=None)
    return replace(criteria, **{name: (value,)})


def without_each(session: Session, criteria: Criteria, *, now: datetime) -> list[tuple[str, Criteria, int]]:
    """(parameter, the criteria without it, how many there would be) for each that finds some when dropped, the most first.

    Values of one parameter are alternatives, so dropping one of several finds no more: a parameter goes as a whole.
    """
    given = dict.fromkeys(name for name, _ in criteria.pairs())
    left = [(name, _without(criteria, name)) for name in given]
    found = [(name, other, _count(session, other, now)) for name, other in left]
    return sorted((one for one in found if one[2]), key=lambda one: -one[2])


def _without(criteria: Criteria, name: str) -> Criteria:
    """Without a unit there is no least amount either."""
    dropped = (name, "pay_min") if name == "pay_unit" else (name,)
    return replace(criteria, **{one: getattr(Criteria(), one) for one in dropped})


def _count(session: Session, criteria: Criteria, now: datetime) -> int:
    rows = select(Posting.id).where(meaning.clause(criteria, now)).limit(COUNTED + 1).subquery()
    return session.scalar(select(func.count()).select_from(rows)) or 0
