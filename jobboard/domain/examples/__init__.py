"""Examples to start a posting from. Law: written by us, ○○ for every fact that only the municipality knows, no invented one."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from jobboard.base.vocabulary import Engagement, Role

PLACEHOLDER = "○"
"""Stands in an example where the municipality writes what only it knows."""

_PLACES = ("○○市", "○○町", "○○村")


@dataclass(frozen=True)
class Example:
    """One call: ``name`` says place, role and how much; ``draft`` is what a new posting then holds, as typed."""

    slug: str
    name: str
    role: Role
    engagement: Engagement
    draft: Mapping[str, list[str]]

    def of(self, municipality: str) -> dict[str, list[str]]:
        """The draft with the municipality's own name (青葉市) where the example says ○○市."""
        return {key: [_named(value, municipality) for value in values] for key, values in self.draft.items()}


def _named(value: str, municipality: str) -> str:
    hall = f"{municipality}{'役場' if municipality.endswith(('町', '村')) else '役所'}"
    for place in _PLACES:
        value = value.replace(f"{place}役所", hall).replace(f"{place}役場", hall).replace(place, municipality)
    return value


_AS = {"fixed_term_short": "fixed_term"}
"""Forms whose words are those of another."""


@cache
def examples() -> Mapping[str, Example]:
    """By slug, in the order in which they are offered."""
    forms = _table("forms.toml")
    return {slug: _example(slug, call, forms) for slug, call in _table("calls.toml").items()}


def _table(name: str) -> dict[str, dict[str, Any]]:
    return tomllib.loads((resources.files(__name__) / name).read_text(encoding="utf-8"))


def _example(slug: str, call: dict[str, Any], forms: Mapping[str, dict[str, Any]]) -> Example:
    form = call["form"]
    shared = forms[_AS.get(form, form)]
    own = {key: value for key, value in call.items() if key not in ("name", "form")}
    values = {**forms["all"], **shared, **own, "engagement": form}
    draft = {key: value if isinstance(value, list) else [value] for key, value in values.items()}
    return Example(slug, call["name"], Role(call["role"]), Engagement(form), draft)
