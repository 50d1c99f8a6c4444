"""似た募集: open calls that have most in common with one, the same role before anything else."""

from collections.abc import Iterator
from datetime import datetime
from itertools import combinations

from jobboard.base.bits import all_but, largest_of
from jobboard.base.content import Content
from jobboard.base.vocabulary import Remote
from jobboard.domain.catalogue import Catalogue
from jobboard.domain.criteria import Criteria
from jobboard.models import Posting

SHOWN = 3
_FAR = (Remote.MOSTLY, Remote.FULLY)


def similar(catalogue: Catalogue, posting: Posting, content: Content, *, now: datetime) -> list[int]:
    """The ids of up to three open postings, never of ``posting`` itself.

    Those of the same role come first; among them, and then among all others, those that share more of form of engagement,
    theme and prefecture, an earlier one of these weighing more; the newest first. What shares nothing is not similar. It
    takes some twenty operations on sets, whatever the number of postings.
    """
    others = all_but(catalogue.open(now), posting.id)
    found: list[int] = []
    for shared in _tiers(catalogue, posting, content):
        for one in largest_of(others & shared, SHOWN - len(found)):
            found.append(one)
            others = all_but(others, one)
    return found


def _tiers(catalogue: Catalogue, posting: Posting, content: Content) -> Iterator[int]:
    """Sets of postings, the most similar first; each may hold those of an earlier one again."""
    role = catalogue.any_of("role", content.codes("role"))
    traits = (
        catalogue.any_of("engagement", content.codes("engagement")),
        catalogue.any_of("theme", content.codes("themes")),
        catalogue.any_of("pref", (posting.municipality.pref_code,)),
    )
    subsets = [some for size in (3, 2, 1) for some in combinations(traits, size)]
    for first, *rest in subsets:
        yield _meet(role & first, rest)
    yield role
    for first, *rest in subsets:
        yield _meet(first, rest)


def _meet(first: int, rest: list[int]) -> int:
    for one in rest:
        first &= one
    return first


def criteria_like(posting: Posting, content: Content) -> Criteria:
    """What a reader who likes this call may want to hear of: its role, near it, or from afar when its work is done so."""
    remote = content.get("remote")
    where = {"remote": _FAR} if remote in _FAR else {"pref": (posting.municipality.pref_code,)}
    return Criteria(role=(posting.role,) if posting.role else (), **where)
