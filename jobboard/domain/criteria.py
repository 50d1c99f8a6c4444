"""Whether a posting meets a criteria: one meaning, read in SQL (``clause``) and in Python (``meets``).

A property test holds the two readings together. The grammar itself stands in grammar.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, not_, or_

from jobboard.base.choice import Choice
from jobboard.base.clock import end_of
from jobboard.base.content import Content
from jobboard.base.states import State
from jobboard.base.vocabulary import Audience, Explicit
from jobboard.domain import lineage
from jobboard.domain.facets import closing_instant
from jobboard.domain.grammar import VERSION, Criteria, Status, parse, parse_stored
from jobboard.domain.publication import open_clause, public_clause
from jobboard.domain.searching import document, found, matches
from jobboard.models import Municipality, Posting, PostingPlace, PostingTheme

__all__ = ["VERSION", "Criteria", "Seen", "Status", "clause", "meets", "parse", "parse_stored", "seen_from"]


@dataclass(frozen=True, slots=True)
class Seen:
    """What a criteria sees of a public posting. ``document`` is the folded text of searching."""

    municipalities: frozenset[str]
    prefectures: frozenset[str]
    state: State
    posting_id: int
    chosen: dict[str, Choice | None] = field(default_factory=dict)
    themes: frozenset[str] = frozenset()
    pay_low: int | None = None
    pay_high: int | None = None
    apply_by: datetime | None = None
    document: tuple[str, ...] = ()


def seen_from(
    content: Content,
    municipality: Municipality,
    co: Sequence[Municipality] = (),
    state: State = State.PUBLISHED,
    *,
    posting_id: int,
    searched: bool = True,
) -> Seen:
    """The picture of a public content, as facets derives its columns. ``searched``: whether words will be looked for in it."""
    chosen = {}
    for name in ("role", "engagement", "audience", "remote", "side_job", "pay_unit"):
        value = content.get(name)
        chosen[name] = value if isinstance(value, Choice) and not isinstance(value, Explicit) else None
    places = (municipality, *co)
    return Seen(
        municipalities=frozenset(code for place in places for code in lineage.family(place)),
        prefectures=frozenset(place.pref_code for place in places),
        state=state,
        posting_id=posting_id,
        chosen=chosen,
        themes=frozenset(content.codes("themes")),
        pay_low=content.number("pay_low"),
        pay_high=content.number("pay_high"),
        apply_by=closing_instant(content),
        document=document(municipality, content, co) if searched else (),
    )


def audiences(wanted: Sequence[Audience]) -> tuple[Audience, ...]:
    """Who looks for 個人, or for 企業, is also addressed by what is for both."""
    return tuple(dict.fromkeys((*wanted, *((Audience.BOTH,) if wanted else ()))))


def clause(criteria: Criteria, now: datetime) -> ColumnElement[bool]:
    """The SQL reading, over ``Posting``: public, of the wanted status, and every condition met."""
    clauses = [public_clause(), *_status_clauses(criteria.status, now), *_place_clauses(criteria)]
    for name in ("posting", "role", "engagement", "remote", "side_job", "pay_unit"):
        wanted = getattr(criteria, name)
        if wanted:
            clauses.append(getattr(Posting, "id" if name == "posting" else name).in_(wanted))
    if criteria.audience:
        clauses.append(Posting.audience.in_(audiences(criteria.audience)))
    if criteria.theme:
        clauses.append(exists().where(PostingTheme.posting_id == Posting.id, PostingTheme.theme.in_(criteria.theme)))
    if criteria.pay_min is not None:
        clauses.append(func.coalesce(Posting.pay_high, Posting.pay_low) >= criteria.pay_min)
    if criteria.closing_before is not None:
        clauses.append(Posting.apply_by <= end_of(criteria.closing_before))
    if criteria.searches:
        clauses.append(or_(*(matches(Posting.id, words) for words in criteria.searches)))
    return and_(*clauses)


def _status_clauses(status: Status, now: datetime) -> list[ColumnElement[bool]]:
    if status is Status.ALL:
        return []
    return [open_clause(now) if status is Status.OPEN else not_(func.coalesce(open_clause(now), False))]


def _place_clauses(criteria: Criteria) -> list[ColumnElement[bool]]:
    here = PostingPlace.posting_id == Posting.id
    clauses: list[ColumnElement[bool]] = []
    if criteria.pref:
        clauses.append(exists().where(here, PostingPlace.pref_code.in_(criteria.pref)))
    if criteria.municipality:
        clauses.append(exists().where(here, PostingPlace.municipality_code.in_(criteria.municipality)))
    return clauses


def meets(criteria: Criteria, seen: Seen, now: datetime) -> bool:
    """The Python reading of ``clause`` on a posting that is or was public."""
    return (
        _meets_status(criteria.status, seen, now)
        and _meets_choices(criteria, seen)
        and _meets_pay(criteria, seen)
        and _meets_deadline(criteria, seen)
        and (not criteria.searches or any(found(seen.document, words) for words in criteria.searches))
    )


def _meets_status(status: Status, seen: Seen, now: datetime) -> bool:
    is_open = seen.state is State.PUBLISHED and (seen.apply_by is None or seen.apply_by > now)
    return status is Status.ALL or is_open is (status is Status.OPEN)


def _meets_choices(criteria: Criteria, seen: Seen) -> bool:
    chosen = {name: seen.chosen.get(name) for name in ("role", "engagement", "remote", "side_job", "pay_unit")}
    return (
        (not criteria.posting or seen.posting_id in criteria.posting)
        and (not criteria.pref or not seen.prefectures.isdisjoint(criteria.pref))
        and (not criteria.municipality or not seen.municipalities.isdisjoint(criteria.municipality))
        and all(not getattr(criteria, name) or value in getattr(criteria, name) for name, value in chosen.items())
        and (not criteria.audience or seen.chosen.get("audience") in audiences(criteria.audience))
        and (not criteria.theme or not seen.themes.isdisjoint(str(theme) for theme in criteria.theme))
    )


def _meets_pay(criteria: Criteria, seen: Seen) -> bool:
    if criteria.pay_min is None:
        return True
    amount = seen.pay_high if seen.pay_high is not None else seen.pay_low
    return amount is not None and amount >= criteria.pay_min


def _meets_deadline(criteria: Criteria, seen: Seen) -> bool:
    if criteria.closing_before is None:
        return True
    return seen.apply_by is not None and seen.apply_by <= end_of(criteria.closing_before)
