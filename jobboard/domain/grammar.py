"""One grammar for the list, the feeds, the CSV and stored subscriptions (decisions.md, Query grammar)."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, urlencode

from jobboard.base.choice import Choice
from jobboard.base.codes import PREFECTURES, code_holds
from jobboard.base.dates import read_date
from jobboard.base.errors import InvalidQuery
from jobboard.base.text import clean
from jobboard.base.unreadable import Unreadable
from jobboard.base.vocabulary import Audience, Engagement, PayUnit, Remote, Role, SideJob, Theme
from jobboard.domain import describing
from jobboard.domain.words import Word, parse_words

VERSION = 1
"""Stored beside a criteria; whatever version 1 accepted is accepted for ever."""

MOST_VALUES = 100
"""Values of one parameter; every closed list is shorter."""

MOST_SEARCHES = 5

MOST_PAY = 10**10
MOST_ID = 2**31 - 1


class Status(Choice):
    """Which postings a list shows."""

    OPEN = "open", "募集中"
    CLOSED = "closed", "受付終了"
    ALL = "all", "すべて"


CHOICES: dict[str, type[Choice]] = {
    "role": Role,
    "engagement": Engagement,
    "theme": Theme,
    "audience": Audience,
    "remote": Remote,
    "side_job": SideJob,
    "pay_unit": PayUnit,
}


@dataclass(frozen=True, slots=True)
class Criteria:
    """What a reader looks for: values of one condition are alternatives, different conditions must all be met."""

    q: tuple[str, ...] = ()
    pref: tuple[str, ...] = ()
    municipality: tuple[str, ...] = ()
    role: tuple[Role, ...] = ()
    engagement: tuple[Engagement, ...] = ()
    theme: tuple[Theme, ...] = ()
    audience: tuple[Audience, ...] = ()
    remote: tuple[Remote, ...] = ()
    side_job: tuple[SideJob, ...] = ()
    pay_unit: tuple[PayUnit, ...] = ()
    pay_min: int | None = None
    closing_before: date | None = None
    status: Status = Status.OPEN
    posting: tuple[int, ...] = ()
    searches: tuple[tuple[Word, ...], ...] = field(init=False, compare=False, repr=False, default=())

    def __post_init__(self) -> None:
        searches = (parse_words(typed) for typed in self.q)
        object.__setattr__(self, "searches", tuple(words for words in searches if words))

    @property
    def words(self) -> tuple[Word, ...]:
        """Every word of every search, wanted or excluded."""
        return tuple(word for words in self.searches for word in words)

    def pairs(self) -> list[tuple[str, str]]:
        """Parameter and value of every condition, in one fixed order; a default is left out."""
        found: list[tuple[str, str]] = []
        for name in NAMES:
            value = getattr(self, name)
            values = value if isinstance(value, tuple) else () if value in (None, Status.OPEN) else (value,)
            found += [(name, str(one)) for one in values]
        return found

    def query(self) -> str:
        """The canonical query string: equal criteria, equal text; empty when there is no condition."""
        return _written(self)

    def describe(self, names: Mapping[str, str]) -> str:
        """For people: 「東北 × CIO補佐官等」. ``names`` as ``naming.names`` gives them."""
        return describing.describe(self.pairs(), names)

    def without(self, parameter: str, value: str) -> "Criteria":
        """The criteria less one condition; without a unit there is no least amount either."""
        left: dict[str, list[str]] = {}
        for name, one in self.pairs():
            if (name, one) != (parameter, value):
                left.setdefault(name, []).append(one)
        if "pay_unit" not in left:
            left.pop("pay_min", None)
        return parse(left)

    def of_any_status(self) -> "Criteria":
        """The same conditions on open and closed postings alike: for subscriptions and changes, where events decide."""
        return replace(self, status=Status.ALL)


@lru_cache(maxsize=1_000)
def _written(criteria: Criteria) -> str:
    """Kept: a page of a list writes its own query ten times."""
    return urlencode(criteria.pairs())


NAMES = tuple(one.name for one in fields(Criteria) if one.init)
"""The parameters of the grammar in canonical order."""


def parse(given: Mapping[str, list[str]]) -> Criteria:
    """The criteria of a query string's values. Empty values and unknown parameters are ignored.

    Raises ``InvalidQuery`` with a sentence for a value that the grammar does not know.
    """
    values: dict[str, Any] = {}
    for name in NAMES:
        typed = list(dict.fromkeys(clean(one) for one in given.get(name, [])))
        words = [word for word in typed if word]
        most = MOST_SEARCHES if name == "q" else MOST_VALUES
        if len(words) > most:
            raise _invalid(name, words[0], f"{most}個以内で指定してください。")
        if name == "q" and not words and any(one.strip() for one in given.get(name, [])):
            raise _invalid(name, "", "探せる文字がありません。文字か数字を入力してください。")
        if words:
            values[name] = _READERS[name](name, words)
    if "pay_min" in values and "pay_unit" not in values:
        raise _invalid("pay_min", str(values["pay_min"]), "報酬の単位(pay_unit)と一緒に指定してください。")
    return Criteria(**values)


def parse_stored(query: str, version: int = VERSION) -> Criteria:
    """The criteria that ``Criteria.query`` wrote under grammar ``version``."""
    if not 1 <= version <= VERSION:
        raise ValueError(f"unknown grammar version {version}")
    return parse(parse_qs(query, keep_blank_values=True))


def _invalid(name: str, value: str, sentence: str) -> InvalidQuery:
    return InvalidQuery(name, value[:100], f"{describing.LABELS[name]}({name})は、{sentence}")


def _read_words(name: str, typed: list[str]) -> tuple[str, ...]:
    return tuple(sorted(" ".join(words.split()) for words in typed))


def _read_choices(name: str, typed: list[str]) -> tuple[Choice, ...]:
    choices = CHOICES[name]
    codes = [str(member) for member in choices]
    for code in typed:
        if code not in codes:
            allowed = "、".join(f"{member}({member.label})" for member in choices)
            raise _invalid(name, code, f"次の中から指定してください: {allowed}")
    return tuple(member for member in choices if str(member) in typed)


def _read_prefectures(name: str, typed: list[str]) -> tuple[str, ...]:
    for code in typed:
        if code not in PREFECTURES:
            raise _invalid(name, code, "01(北海道)から47(沖縄県)までの2桁の数字で指定してください。")
    return tuple(sorted(typed))


def _read_municipalities(name: str, typed: list[str]) -> tuple[str, ...]:
    for code in typed:
        if not code_holds(code):
            raise _invalid(name, code, "全国地方公共団体コード(6桁の数字)で指定してください。")
    return tuple(sorted(typed))


def _read_postings(name: str, typed: list[str]) -> tuple[int, ...]:
    for words in typed:
        if not re.fullmatch(r"[1-9][0-9]{0,9}", words) or int(words) > MOST_ID:
            raise _invalid(name, words, "募集の番号(ページのアドレス /postings/ の後の数字)で指定してください。")
    return tuple(sorted(map(int, typed)))


def _read_amount(name: str, typed: list[str]) -> int:
    amounts = []
    for words in typed:
        digits = unicodedata.normalize("NFKC", words).replace(",", "").removesuffix("円")
        if not re.fullmatch(r"[0-9]{1,11}", digits) or int(digits) > MOST_PAY:
            raise _invalid(name, words, "金額を数字だけで指定してください(例: 25000)。")
        amounts.append(int(digits))
    return min(amounts)


def _read_dates(name: str, typed: list[str]) -> date:
    try:
        return max(read_date(unicodedata.normalize("NFKC", words)) for words in typed)
    except Unreadable as unreadable:
        raise _invalid(name, " ".join(typed), str(unreadable)) from None


def _read_status(name: str, typed: list[str]) -> Status:
    codes = [str(member) for member in Status]
    for code in typed:
        if code not in codes:
            allowed = "、".join(f"{member}({member.label})" for member in Status)
            raise _invalid(name, code, f"次の中から指定してください: {allowed}")
    return Status(typed[0]) if len(typed) == 1 else Status.ALL


_READERS: dict[str, Callable[[str, list[str]], Any]] = {
    **dict.fromkeys(CHOICES, _read_choices),
    "q": _read_words,
    "pref": _read_prefectures,
    "municipality": _read_municipalities,
    "pay_min": _read_amount,
    "closing_before": _read_dates,
    "status": _read_status,
    "posting": _read_postings,
}
