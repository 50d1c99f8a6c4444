"""How many postings each further condition would leave: the figures beside the filters, and what to drop when none is found."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from jobboard.base.codes import PREFECTURES
from jobboard.base.vocabulary import Audience
from jobboard.domain import selecting
from jobboard.domain.catalogue import LAST, Catalogue
from jobboard.domain.criteria import Criteria, Status, audiences
from jobboard.domain.grammar import CHOICES

COUNTED = 1_000
"""Exact up to this; a larger number is given as one more and shown as 「1,000件以上」."""

Counts = Mapping[str, Mapping[str, int]]
_CODES: dict[str, list[str]] = {
    "pref": list(PREFECTURES),
    **{name: [str(one) for one in choices] for name, choices in CHOICES.items()},
}
FACETS = (*_CODES, "status")


def counts(session: Session, catalogue: Catalogue, criteria: Criteria, *, now: datetime) -> Counts:
    """Of each value of each facet: how many postings meet it together with the conditions on all other parameters.

    Parameter to code to number, every code of the closed list named, 0 included; numbers beyond ``COUNTED`` are one more.
    """
    key = ("counts", criteria, catalogue.open(now))
    return catalogue.remember(key, lambda: _counts(session, catalogue, criteria, now))


def _counts(session: Session, catalogue: Catalogue, criteria: Criteria, now: datetime) -> Counts:
    factors = selecting.factors(session, catalogue, criteria, now)
    found: dict[str, dict[str, int]] = {}
    for name, codes in _CODES.items():
        base = _without(factors, name)
        mask = catalogue.masks.get(name, {})
        if name == "audience":
            found[name] = {code: _number(base & catalogue.any_of(name, audiences((Audience(code),)))) for code in codes}
        elif name == "pay_unit" and criteria.pay_min is not None:
            paid = {code: catalogue.within(bits, "pay_top", criteria.pay_min, LAST) for code, bits in mask.items()}
            found[name] = {code: _number(base & paid.get(code, 0)) for code in codes}
        else:
            found[name] = {code: _number(base & mask[code]) if code in mask else 0 for code in codes}
    found["status"] = _statuses(session, catalogue, criteria, now)
    return found


def _without(factors: selecting.Factors, name: str) -> int:
    return selecting.all_of(bits for other, bits in factors.items() if other != name)


def _statuses(session: Session, catalogue: Catalogue, criteria: Criteria, now: datetime) -> dict[str, int]:
    found = selecting.select(session, catalogue, criteria.of_any_status(), now)
    return {str(status): _number(found & selecting.of_status(catalogue, status, now)) for status in Status}


def _number(bits: int) -> int:
    return min(bits.bit_count(), COUNTED + 1)


def without_each(
    session: Session, catalogue: Catalogue, criteria: Criteria, *, now: datetime
) -> list[tuple[str, Criteria, int]]:
    """(parameter, the criteria without it, how many there would be) for each that finds some when dropped, the most first.

    Values of one parameter are alternatives, so dropping one of several finds no more: a parameter goes as a whole.
    """
    left = [(name, _less(criteria, name)) for name in dict.fromkeys(name for name, _ in criteria.pairs())]
    found = [(name, other, _number(selecting.select(session, catalogue, other, now))) for name, other in left]
    return sorted((one for one in found if one[2]), key=lambda one: -one[2])


def _less(criteria: Criteria, name: str) -> Criteria:
    """Without a unit there is no least amount either."""
    dropped = (name, "pay_min") if name == "pay_unit" else (name,)
    return replace(criteria, **{one: getattr(Criteria(), one) for one in dropped})
