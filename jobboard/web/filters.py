"""The list's query in the page: the filters with their figures, the chips that take one condition away, and the links."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from flask import Flask, request

from jobboard.base.codes import PREFECTURES
from jobboard.base.errors import InvalidQuery, NotFound
from jobboard.base.vocabulary import UNPRICED, PayUnit
from jobboard.config import Config
from jobboard.domain import criteria as grammar
from jobboard.domain.counting import COUNTED
from jobboard.domain.criteria import Criteria, Status
from jobboard.domain.describing import LABELS, REGIONS, describe, value_text
from jobboard.domain.grammar import CHOICES, MOST_SEARCHES, MOST_VALUES, NAMES
from jobboard.domain.listing import Sort, parse_page, parse_sort

Given = Mapping[str, list[str]]
Counts = Mapping[str, Mapping[str, int]]
Groups = list[tuple[str, list[tuple[str, str]]]]
Option = tuple[str, str, bool, str, bool]
"""(code, label, whether it is chosen, how many there are in words, whether there are none)."""

FORMATS = (("rss", "RSS"), ("atom", "Atom"), ("json", "JSON Feed"), ("csv", "CSV"), ("ics", "カレンダー(締切)"))
_OF_CHANGES = ("rss", "atom", "json")
TYPES = {
    "rss": "application/rss+xml", "atom": "application/atom+xml", "json": "application/feed+json", "ics": "text/calendar",
}  # fmt: skip
CHOSEN_PARTS = ("role", "engagement", "theme", "audience", "remote", "side_job")
PARTS = [
    {"name": name, "title": LABELS[name], "choices": [(str(one), one.label) for one in CHOICES[name]]}
    for name in CHOSEN_PARTS
]
"""The questions that are a closed list and nothing more."""

UNITS = [("", "選ばない"), *((str(unit), unit.label) for unit in PayUnit if unit not in UNPRICED)]
LONGEST_SHOWN = 200
"""Characters of a mistyped value that its field shows again."""

MOST_FIELDS = 1_000
"""Pairs of a query string inside the parameter ``list``; a longer one is no list of ours."""

_GROUPS: dict[str, Groups] = {
    "pref": [(region, [(code, PREFECTURES[code]) for code in codes]) for region, codes in REGIONS.items()],
    **{
        name: [(LABELS[name], [(str(one), one.label) for one in CHOICES[name]])]
        for name in (*CHOSEN_PARTS, "pay_unit")
    },
    "status": [(LABELS["status"], [(str(status), status.label) for status in Status])],
}


def init(app: Flask, config: Config) -> None:
    """Gives templates the address that canonical links begin with."""
    app.jinja_env.globals["base_url"] = config.base_url


@dataclass(frozen=True)
class ListQuery:
    """What a list page was asked for."""

    criteria: Criteria
    sort: Sort = Sort.NEW
    page: int = 1

    def text(self, *, criteria: Criteria | None = None, sort: Sort | None = None, page: int = 1) -> str:
        """The query string, of another criteria, order or page when given."""
        parts = [(self.criteria if criteria is None else criteria).query()]
        if (sort or self.sort) is not Sort.NEW:
            parts.append(f"sort={sort or self.sort}")
        if page > 1:
            parts.append(f"page={page}")
        return "&".join(part for part in parts if part)

    def url(self, path: str = "/postings", **other: Any) -> str:
        """The address of ``path`` with this query; ``other`` as in ``text``."""
        query = self.text(**other)
        return f"{path}?{query}" if query else path

    def page_url(self, page: int) -> str:
        """The address of another page of the same list."""
        return self.url(page=page)


def with_query(path: str, criteria: Criteria) -> str:
    """``path`` with the canonical query, for feeds and the subscription page, which have no order or page."""
    return _join(path, criteria.query())


def _join(path: str, query: str) -> str:
    return f"{path}?{query}" if query else path


def typed() -> Given:
    """The values of this request's query string as typed, less the empty ones that a form sends along."""
    return {name: kept for name, values in request.args.lists() if (kept := [value for value in values if value])}


def read_criteria() -> Criteria:
    """The criteria of this request; raises ``InvalidQuery``."""
    return grammar.parse(typed())


def read_query(given: Given) -> ListQuery:
    """The list query of a query string's values; raises ``InvalidQuery`` and ``NotFound``."""
    sort, page = (next(iter(given.get(name, [])), "") for name in ("sort", "page"))
    return ListQuery(grammar.parse(given), parse_sort(sort), parse_page(page))


def read_list() -> ListQuery | None:
    """The list that the reader came from: the query string in the parameter ``list``. None when there is none, or no list."""
    text = request.args.get("list")
    if text is None:
        return None
    try:
        return read_query(parse_qs(text, max_num_fields=MOST_FIELDS))
    except (InvalidQuery, NotFound, ValueError):
        return None


def chosen(query: ListQuery, names: Mapping[str, str], path: str = "/postings") -> list[tuple[str, str]]:
    """(text, address without it) of every condition; a unit with a least amount is one condition."""
    criteria = query.criteria
    found = []
    for name, value in criteria.pairs():
        if name == "pay_min":
            continue
        text = value_text(name, value, names)
        if name == "pay_unit" and criteria.pay_min is not None:
            text = describe([(name, value), ("pay_min", str(criteria.pay_min))], names)
        found.append((text, query.url(path, criteria=criteria.without(name, value))))
    return found


def words_of(criteria: Criteria, parameter: str, names: Mapping[str, str]) -> str:
    """All that ``criteria`` asks of one parameter in words; a unit brings its least amount along."""
    wanted = ("pay_unit", "pay_min") if parameter == "pay_unit" else (parameter,)
    pairs = [(name, value) for name, value in criteria.pairs() if name in wanted]
    return value_text(*pairs[0], names) if parameter == "pay_min" else describe(pairs, names)


def alike(criteria: Criteria) -> list[str]:
    """The synonyms that the search was widened by: 副業・複業・兼業."""
    return ["・".join(word.spoken) for words in criteria.searches for word in words if len(word.spoken) > 1]


def as_given(criteria: Criteria) -> Given:
    """The values of the criteria by parameter, as its query string would give them."""
    return parse_qs(criteria.query())


def form(given: Given, counts: Counts, names: Mapping[str, str]) -> dict[str, Any]:
    """The values of templates/board/filters.html: what was typed, and each choice with its figure where it is counted."""
    wanted = {"status": [str(Status.OPEN)], **given}
    return {
        "facets": {name: _facet(wanted.get(name, []), groups, counts.get(name, {})) for name, groups in _GROUPS.items()},
        "parts": [(part["name"], part["title"]) for part in PARTS],
        "chosen": {name: len(given.get(name, [])) for name in NAMES},
        "places": [(code, names.get(code, code)) for code in given.get("municipality", [])[:MOST_VALUES]],
        "count": sum(len(values) for name, values in given.items() if name in NAMES and name != "pay_min"),
        "typed": {name: given.get(name, [""])[0][:LONGEST_SHOWN] for name in ("q", "pay_min", "closing_before")},
        "kept": [
            *(("q", words[:LONGEST_SHOWN]) for words in given.get("q", [])[1:MOST_SEARCHES]),
            *(("posting", number[:LONGEST_SHOWN]) for number in given.get("posting", [])[:MOST_VALUES]),
        ],
    }


def _facet(wanted: Sequence[str], groups: Groups, counts: Mapping[str, int]) -> list[tuple[str, list[Option]]]:
    return [
        (legend, [(code, label, code in wanted, *_count(counts.get(code))) for code, label in choices])
        for legend, choices in groups
    ]


def _count(count: int | None) -> tuple[str, bool]:
    if count is None:
        return "", False
    return count_words(count) if count else "該当なし", not count


def count_words(count: int) -> str:
    """12件, or 1,000件以上 where counting stops."""
    return f"{COUNTED:,}件以上" if count > COUNTED else f"{count:,}件"


def feeds(criteria: Criteria, path: str = "/postings") -> list[dict[str, str]]:
    """Address, name and media type of each format of the very list."""
    query = criteria.query()
    return [
        {"url": _join(f"{path}.{suffix}", query), "name": name, "type": TYPES.get(suffix, "")}
        for suffix, name in FORMATS
        if path == "/postings" or suffix in _OF_CHANGES
    ]
