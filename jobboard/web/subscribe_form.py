"""What a person typed into /subscribe, kept as typed, and the values that its page is drawn with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from jobboard.base.codes import PREFECTURES
from jobboard.base.errors import Incomplete, InvalidQuery, Problem
from jobboard.base.states import EventKind, Frequency
from jobboard.domain import consent, criteria, naming, storing
from jobboard.domain.criteria import Criteria
from jobboard.domain.describing import EVERYTHING, REGIONS, value_text
from jobboard.domain.grammar import MOST_VALUES
from jobboard.domain.subscriptions import KINDS
from jobboard.models import Municipality, Subscription
from jobboard.web import filters


@dataclass(frozen=True)
class Typed:
    """Form values by name, every one a list, as they came."""

    values: Mapping[str, list[str]]

    def first(self, name: str) -> str:
        return next(iter(self.values.get(name, [])), "")

    @property
    def email(self) -> str:
        return self.first("email")

    @property
    def company(self) -> str:
        return self.first("company")

    def criteria(self) -> Criteria:
        """Raises ``InvalidQuery``."""
        return criteria.parse({name: values for name, values in self.values.items() if name != "status"})

    def kinds(self) -> list[EventKind]:
        """Those ticked; a code that is no kind is left out."""
        return [kind for kind in KINDS if str(kind) in self.values.get("kinds", [])]

    def frequency(self) -> Frequency:
        """Raises ``Incomplete`` for a code that is none."""
        try:
            return Frequency(self.first("frequency"))
        except ValueError as error:
            raise Incomplete([Problem("frequency", "お知らせの回数を選んでください。")]) from error


def blank(query: MultiDict[str, str]) -> Typed:
    """The form as it is first shown for a query string: all kinds, at once. Raises ``InvalidQuery``."""
    values = query.to_dict(flat=False)
    criteria.parse(values)
    return Typed({**values, "kinds": [str(kind) for kind in KINDS], "frequency": [str(Frequency.AT_ONCE)]})


def typed_form(form: MultiDict[str, str]) -> Typed:
    return Typed(form.to_dict(flat=False))


def stored(subscription: Subscription) -> Typed:
    """The form of a subscription that stands."""
    values: dict[str, list[str]] = {"kinds": subscription.kinds.split(","), "frequency": [str(subscription.frequency)]}
    for name, value in storing.parsed(subscription.criteria).pairs():
        values.setdefault(name, []).append(value)
    return Typed(values)


def form_values(session: Session, typed: Typed, wrong: Incomplete | InvalidQuery | None = None) -> dict[str, Any]:
    """What templates/subscribe/form.html and edit.html draw."""
    errors = _errors(wrong)
    described = "" if isinstance(wrong, InvalidQuery) else _described(session, typed)
    return {
        "typed": typed,
        "given": typed.values,
        "parts": filters.PARTS,
        "units": filters.UNITS,
        "regions": [(name, _prefectures(codes)) for name, codes in REGIONS.items()],
        "municipalities": _municipalities(session, typed),
        "postings": _postings(session, typed),
        "kinds": [(str(kind), _KIND_TEXTS.get(kind, kind.label)) for kind in KINDS],
        "frequencies": [(str(one), one.label) for one in Frequency],
        "described": described,
        "folded": described not in ("", EVERYTHING),
        "consent": consent.CONSENT,
        "errors": errors,
        "wrong": {name: [text] for name, text in errors},
    }


_KIND_TEXTS = {
    EventKind.PUBLISHED: "新しい募集",
    EventKind.AMENDED: "条件の変更",
    EventKind.EXTENDED: "締切の延長",
    EventKind.CLOSED: "募集の終了",
    EventKind.WITHDRAWN: "募集の中止",
    EventKind.REOPENED: "募集の再開",
    EventKind.ANSWERED: "質問への回答",
}


def _errors(wrong: Incomplete | InvalidQuery | None) -> list[tuple[str, str]]:
    if isinstance(wrong, InvalidQuery):
        return [(wrong.parameter, wrong.message)]
    return [(problem.field, problem.message) for problem in wrong.problems] if wrong else []


def _prefectures(codes: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(code, PREFECTURES[code]) for code in codes]


def _municipalities(session: Session, typed: Typed) -> list[tuple[str, str]]:
    """The municipalities of the query, with their names; one that does not exist keeps its code."""
    codes = typed.values.get("municipality", [])[:100]
    found = session.scalars(select(Municipality).where(Municipality.code.in_(codes))) if codes else ()
    names = {place.code: place.full_name for place in found}
    return [(code, names.get(code, code)) for code in codes]


def _described(session: Session, typed: Typed) -> str:
    wanted = typed.criteria()
    return wanted.describe(naming.names(session, [wanted]))


def _postings(session: Session, typed: Typed) -> list[tuple[str, str]]:
    """The postings of the query, each by its name; a number that names no public one says only itself."""
    numbers = typed.values.get("posting", [])[:MOST_VALUES]
    try:
        names = naming.names(session, [criteria.parse({"posting": numbers})])
    except InvalidQuery:
        names = {}
    return [(number, value_text("posting", number, names)) for number in numbers]
