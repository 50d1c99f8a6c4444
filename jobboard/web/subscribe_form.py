"""What a person typed into /subscribe, kept as typed, and the values that its page is drawn with."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from jobboard.base.clock import japan_date
from jobboard.base.codes import PREFECTURES
from jobboard.base.dates import read_date
from jobboard.base.errors import Incomplete, InvalidQuery, Problem
from jobboard.base.states import EventKind, Frequency
from jobboard.base.text import clean
from jobboard.base.unreadable import Unreadable
from jobboard.base.wording import japanese_date, short_date
from jobboard.domain import consent, criteria, foretelling, naming, storing, welcoming
from jobboard.domain.criteria import Criteria
from jobboard.domain.describing import EVERYTHING, REGIONS, value_text
from jobboard.domain.grammar import MOST_VALUES, NAMES
from jobboard.domain.subscriptions import KINDS
from jobboard.models import Municipality, Subscription
from jobboard.web import filters

Errors = Sequence[tuple[str, str]]

MOST_HAPPENED = 5
"""Changes of one posting that are named, the latest ones."""

UNREADABLE = "日付を 2026-05-29 のように入力してください。"
PERSON, COMPANY = "person", "company"
WHO = ((PERSON, "個人"), (COMPANY, "企業"))


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
    def who(self) -> str:
        """Person or company; whoever gave a company's name without choosing is one."""
        return self.first("who") or (COMPANY if clean(self.first("company")) else PERSON)

    def company(self) -> str:
        """The company's name, empty for a person. Raises ``Incomplete`` when choice and name do not go together."""
        name = clean(self.first("company"))
        if self.who == COMPANY and not name:
            raise Incomplete([Problem("company", "企業名を入力してください。個人で受け取るときは「個人」を選んでください。")])
        if self.who != COMPANY and name:
            raise Incomplete([Problem("who", "企業として受け取るときは「企業」を選んでください。個人のときは企業名を空にしてください。")])
        return name

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

    def until(self) -> date | None:
        """The last day of a pause, None for none. Raises ``Incomplete``."""
        try:
            return read_date(self.first("until").strip()) if self.first("until").strip() else None
        except Unreadable as error:
            raise Incomplete([Problem("until", UNREADABLE)]) from error

    def check(self, *readings: Callable[[], object]) -> None:
        """Raises ``Incomplete`` with all that these readings find wrong."""
        problems: list[Problem] = []
        for reading in readings:
            try:
                reading()
            except InvalidQuery as wrong:
                problems.append(Problem(wrong.parameter, wrong.message))
            except Incomplete as wrong:
                problems += wrong.problems
        if problems:
            raise Incomplete(problems)


def blank(query: MultiDict[str, str]) -> Typed:
    """The form as it is first shown for a query string: all kinds, at once. Raises ``InvalidQuery``."""
    values = query.to_dict(flat=False)
    criteria.parse(values)
    chosen = {"kinds": [str(kind) for kind in KINDS], "frequency": [str(Frequency.AT_ONCE)], "who": [PERSON]}
    return Typed({**{name: typed for name, typed in values.items() if name in NAMES}, **chosen})


def typed_form(form: MultiDict[str, str]) -> Typed:
    return Typed(form.to_dict(flat=False))


def stored(subscription: Subscription) -> Typed:
    """The form of a subscription that stands."""
    values: dict[str, list[str]] = {"kinds": subscription.kinds.split(","), "frequency": [str(subscription.frequency)]}
    for name, value in storing.parsed(subscription.criteria).pairs():
        values.setdefault(name, []).append(value)
    return Typed(values)


def form_values(session: Session, typed: Typed, errors: Errors = ()) -> dict[str, Any]:
    """What templates/subscribe/form.html and subscriptions/edit.html draw. ``errors``: (field, sentence)."""
    described = _described(session, typed)
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
        "who": WHO,
        "described": described,
        "folded": described not in ("", EVERYTHING),
        "consent": consent.CONSENT,
        "errors": list(errors),
        "wrong": {name: [text for field, text in errors if field == name] for name, _ in errors},
    }


def foretold_values(
    session: Session, wanted: Criteria, kinds: Collection[EventKind], frequency: Frequency, now: datetime
) -> dict[str, Any]:
    """What templates/subscribe/foretold.html draws."""
    found = foretelling.foretell(session, wanted, kinds, frequency, now=now)
    happened = {
        one.posting_id: "、".join(f"{short_date(day)} {word}" for word, day in one.happened[-MOST_HAPPENED:])
        for one in found.shown
    }
    first, last = (japanese_date(japan_date(instant)) for instant in (now - foretelling.PERIOD, now))
    looked_at = foretelling.LOOKED_AT
    words = {"first": first, "last": last, "frequency": frequency.label}
    return {"found": found, "happened": happened, "looked_at": looked_at, **words}


def shown(session: Session, subscription: Subscription, now: datetime) -> dict[str, Any]:
    """A subscription as pages show it. ``paused_through`` is the last day without mail, empty while there is mail."""
    until = subscription.paused_until
    paused = until is not None and until > now
    return {
        "row": subscription,
        "criteria": welcoming.describe(session, subscription),
        "kinds": welcoming.kinds_text(subscription),
        "frequency": subscription.frequency.label,
        "paused_through": japanese_date(japan_date(until - timedelta(seconds=1))) if paused and until else "",
    }


def errors_of(wrong: Incomplete) -> list[tuple[str, str]]:
    """(field, sentence) of each problem."""
    return [(problem.field, problem.message) for problem in wrong.problems]


_KIND_TEXTS = {
    EventKind.PUBLISHED: "新しい募集",
    EventKind.AMENDED: "条件の変更",
    EventKind.EXTENDED: "締切の延長",
    EventKind.CLOSED: "募集の終了",
    EventKind.WITHDRAWN: "募集の中止",
    EventKind.REOPENED: "募集の再開",
    EventKind.ANSWERED: "質問への回答",
}


def _prefectures(codes: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(code, PREFECTURES[code]) for code in codes]


def _municipalities(session: Session, typed: Typed) -> list[tuple[str, str]]:
    """The municipalities of the query, with their names; one that does not exist keeps its code."""
    codes = typed.values.get("municipality", [])[:100]
    found = session.scalars(select(Municipality).where(Municipality.code.in_(codes))) if codes else ()
    names = {place.code: place.full_name for place in found}
    return [(code, names.get(code, code)) for code in codes]


def _described(session: Session, typed: Typed) -> str:
    """The criteria in words; empty while a value of it is wrong."""
    try:
        wanted = typed.criteria()
    except InvalidQuery:
        return ""
    return wanted.describe(naming.names(session, [wanted]))


def _postings(session: Session, typed: Typed) -> list[tuple[str, str]]:
    """The postings of the query, each by its name; a number that names no public one says only itself."""
    numbers = typed.values.get("posting", [])[:MOST_VALUES]
    try:
        names = naming.names(session, [criteria.parse({"posting": numbers})])
    except InvalidQuery:
        names = {}
    return [(number, value_text("posting", number, names)) for number in numbers]
