"""The list's query in the page: the filter form's values, the chips that take one condition away, and the links."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Flask, request

from jobboard.base.codes import PREFECTURES
from jobboard.base.vocabulary import UNPRICED, PayUnit
from jobboard.config import Config
from jobboard.domain import criteria as grammar
from jobboard.domain.criteria import Criteria, Status
from jobboard.domain.describing import LABELS, REGIONS, describe, value_text
from jobboard.domain.grammar import CHOICES
from jobboard.domain.listing import Sort, parse_page, parse_sort

FORMATS = (("rss", "RSS"), ("atom", "Atom"), ("json", "JSON Feed"), ("csv", "CSV"), ("ics", "締切のカレンダー"))
TYPES = {"rss": "application/rss+xml", "atom": "application/atom+xml", "json": "application/feed+json"}


def init(app: Flask, config: Config) -> None:
    """Gives templates the address that canonical links begin with."""
    app.jinja_env.globals["base_url"] = config.base_url


@dataclass(frozen=True)
class ListQuery:
    """What a list page was asked for."""

    criteria: Criteria
    sort: Sort
    page: int

    def url(self, path: str = "/postings", *, criteria: Criteria | None = None, page: int = 1) -> str:
        """The address of ``path`` with this query; another criteria or page instead when given."""
        pairs = (criteria or self.criteria).pairs()
        if self.sort is not Sort.NEW:
            pairs.append(("sort", str(self.sort)))
        if page > 1:
            pairs.append(("page", str(page)))
        return f"{path}?{urlencode(pairs)}" if pairs else path

    def page_url(self, page: int) -> str:
        """The address of another page of the same list."""
        return self.url(page=page)


def with_query(path: str, criteria: Criteria) -> str:
    """``path`` with the canonical query, for feeds and the subscription page, which have no order or page."""
    query = criteria.query()
    return f"{path}?{query}" if query else path


def read_criteria() -> Criteria:
    """The criteria of this request; raises ``InvalidQuery``."""
    return grammar.parse(request.args.to_dict(flat=False))


def read_query() -> ListQuery:
    """The list query of this request; raises ``InvalidQuery`` and ``NotFound``."""
    sort = parse_sort(request.args.get("sort", ""))
    return ListQuery(read_criteria(), sort, parse_page(request.args.get("page", "")))


def chosen(query: ListQuery, names: Mapping[str, str]) -> list[tuple[str, str]]:
    """(text, address without it) of every condition; a unit with a least amount is one condition."""
    criteria = query.criteria
    found = []
    for name, value in criteria.pairs():
        if name == "pay_min":
            continue
        text = value_text(name, value, names)
        if name == "pay_unit" and criteria.pay_min is not None:
            text = describe([(name, value), ("pay_min", str(criteria.pay_min))], names)
        found.append((text, query.url(criteria=criteria.without(name, value))))
    return found


def form(criteria: Criteria) -> dict[str, Any]:
    """The values of templates/board/filters.html."""
    given: dict[str, list[str]] = {}
    for name, value in criteria.pairs():
        given.setdefault(name, []).append(value)
    parts = [
        {"name": name, "title": LABELS[name], "choices": [(str(one), one.label) for one in CHOICES[name]]}
        for name in ("role", "engagement", "theme", "audience", "remote", "side_job")
    ]
    return {
        "given": given,
        "regions": [(region, [(code, PREFECTURES[code]) for code in codes]) for region, codes in REGIONS.items()],
        "parts": parts,
        "units": [("", "選ばない"), *((str(unit), unit.label) for unit in PayUnit if unit not in UNPRICED)],
        "statuses": [(str(status), status.label) for status in Status],
        "kept": [("q", typed) for typed in criteria.q[1:]] + [("municipality", code) for code in criteria.municipality],
        "count": len(criteria.pairs()),
    }


def feeds(criteria: Criteria, path: str = "/postings") -> list[dict[str, str]]:
    """Address, name and media type of each format of the very list."""
    return [
        {"url": with_query(f"{path}.{suffix}", criteria), "name": name, "type": TYPES.get(suffix, "")}
        for suffix, name in FORMATS
    ]
