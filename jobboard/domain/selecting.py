"""The reading of a criteria over the catalogue: one set of postings for each parameter, all of which must hold."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import reduce
from operator import and_

from sqlalchemy.orm import Session

from jobboard.base.bits import bits_of
from jobboard.base.clock import end_of
from jobboard.domain.catalogue import CHOSEN, LAST, Catalogue, instant_rank
from jobboard.domain.criteria import Criteria, Status, audiences
from jobboard.domain.words import Word

Factors = Mapping[str, int]


def select(session: Session, catalogue: Catalogue, criteria: Criteria, now: datetime) -> int:
    """The bits of the postings that meet ``criteria``."""
    return all_of(factors(session, catalogue, criteria, now).values())


def all_of(sets: Iterable[int]) -> int:
    """What is in each of the sets, of which there is one at least."""
    return reduce(and_, sets)


def factors(session: Session, catalogue: Catalogue, criteria: Criteria, now: datetime) -> Factors:
    """Parameter to the bits of the postings that meet it, of each parameter that asks for something; status always."""
    found = {"status": of_status(catalogue, criteria.status, now), **_chosen(catalogue, criteria)}
    if criteria.municipality:
        found["municipality"] = of_municipalities(catalogue, criteria.municipality)
    if criteria.posting:
        found["posting"] = bits_of((one for one in criteria.posting if one <= catalogue.size), catalogue.size)
    if criteria.pay_min is not None:
        found["pay_unit"] = catalogue.within(found["pay_unit"], "pay_top", criteria.pay_min, LAST)
    if criteria.closing_before is not None:
        last = instant_rank(end_of(criteria.closing_before))
        among = catalogue.published if criteria.status is Status.OPEN else catalogue.public
        found["closing_before"] = catalogue.within(among, "apply_by", 0, last + 1)
    if criteria.searches:
        found["q"] = _searched(session, catalogue, criteria)
    return found


def _chosen(catalogue: Catalogue, criteria: Criteria) -> dict[str, int]:
    wanted = {name: getattr(criteria, name) for name in (*CHOSEN, "theme", "pref")}
    wanted["audience"] = audiences(criteria.audience)
    return {name: catalogue.any_of(name, codes) for name, codes in wanted.items() if codes}


def of_status(catalogue: Catalogue, status: Status, now: datetime) -> int:
    """The bits of the postings that a status shows."""
    if status is Status.ALL:
        return catalogue.public
    is_open = catalogue.open(now)
    return is_open if status is Status.OPEN else catalogue.public & ~is_open


def of_municipalities(catalogue: Catalogue, codes: Iterable[str]) -> int:
    """The bits of the postings that one of the municipalities takes part in."""
    ids = (one for code in codes for one in catalogue.municipalities.get(code, ()))
    return bits_of(ids, catalogue.size)


def _searched(session: Session, catalogue: Catalogue, criteria: Criteria) -> int:
    shelves = {"published": True, "over": criteria.status is not Status.OPEN}
    everything = catalogue.public if shelves["over"] else catalogue.published
    found = 0
    for words in criteria.searches:
        found |= _all_words(session, catalogue, words, everything, shelves)
    return found


def _all_words(
    session: Session, catalogue: Catalogue, words: Iterable[Word], everything: int, shelves: Mapping[str, bool]
) -> int:
    left = everything
    for word in words:
        held = catalogue.holding(session, word, published=shelves["published"], over=shelves["over"])
        left &= ~held if word.excluded else held
        if not left:
            return 0
    return left
