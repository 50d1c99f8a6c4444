"""Reading what is written in content/: invented municipalities, and the story of each of their postings."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from jobboard.base.codes import PREFECTURES, check_digit
from jobboard.base.vocabulary import MunicipalityKind
from jobboard.domain.drafting import KEYS

FORMS = "forms.toml"
STORY_KEYS = {"form", "page", "drafted", "submitted", "published", "scheduled", "goes_up", "steps"}
CODES = range(780, 800)
"""The third to fifth digit of invented codes: no municipality has ever had them."""


@dataclass(frozen=True)
class Story:
    """One posting: what its first draft says, still with relative days, and what happened to it in order."""

    values: Mapping[str, list[str]]
    steps: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Town:
    """One invented municipality, its editor, and its postings."""

    code: str
    name: str
    row: Mapping[str, Any]
    editor: str
    email: str
    stories: tuple[Story, ...]


def towns() -> list[Town]:
    """Every town of the demonstration, by code."""
    tables = dict(_tables())
    forms = tables.pop(FORMS)
    codes = {table["municipality"]["name"]: _code(table["municipality"]) for table in tables.values()}
    return sorted((_town(table, forms, codes) for table in tables.values()), key=lambda town: town.code)


def _tables() -> Iterator[tuple[str, dict[str, Any]]]:
    for file in (resources.files(__package__) / "content").iterdir():
        if file.name.endswith(".toml"):
            yield file.name, tomllib.loads(file.read_text(encoding="utf-8"))


def _code(municipality: Mapping[str, Any]) -> str:
    first = f"{municipality['prefecture']}{municipality['number']}"
    return first + check_digit(first)


def _town(table: Mapping[str, Any], forms: Mapping[str, Any], codes: Mapping[str, str]) -> Town:
    own = table["municipality"]
    row = {
        "code": codes[own["name"]],
        "pref_code": own["prefecture"],
        "prefecture": PREFECTURES[own["prefecture"]],
        "kind": MunicipalityKind(own["kind"]),
        "url": f"https://{own['host']}/",
        "district": own.get("district", ""),
        **{name: own[name] for name in ("name", "kana", "lat", "lng")},
    }
    words = {"name": own["name"], "hall": own["hall"], "site": own["host"], "address": own["address"]}
    stories = tuple(_story(posting, table["common"], forms, words, codes) for posting in table["posting"])
    return Town(row["code"], own["name"], row, own["editor"], own["email"], stories)


def _story(
    posting: Mapping[str, Any],
    common: Mapping[str, Any],
    forms: Mapping[str, Any],
    words: Mapping[str, str],
    codes: Mapping[str, str],
) -> Story:
    own = {key: value for key, value in posting.items() if key not in STORY_KEYS}
    begun = {"engagement": posting["form"], **common}
    base = begun if "drafted" in posting else {**forms["all"], **_form(forms, posting["form"]), **begun}
    values = _typed(_without_answered(base, own) | own, {**words, "page": posting["page"]}, codes)
    unknown = values.keys() - set(KEYS)
    if unknown:
        raise ValueError(f"{words['name']}: no such field: {', '.join(sorted(unknown))}")
    return Story(values, tuple(_steps(posting)))


def _form(forms: Mapping[str, Any], name: str) -> dict[str, Any]:
    form = dict(forms[name])
    like = form.pop("like", None)
    return _form(forms, like) | form if like else form


def _without_answered(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The common values without those that this posting answers explicitly (未定 …)."""
    return {key: value for key, value in base.items() if f"{key}.explicit" not in own}


def _typed(
    values: Mapping[str, Any], words: Mapping[str, str], codes: Mapping[str, str]
) -> dict[str, list[str]]:
    typed = {}
    for key, value in values.items():
        texts = [_filled(text, words, codes) for text in (value if isinstance(value, list) else [value])]
        if any(texts):
            typed[key] = texts
    return typed


def _filled(text: str, words: Mapping[str, str], codes: Mapping[str, str]) -> str:
    for word, meaning in words.items():
        text = text.replace(f"{{{word}}}", meaning)
    if text.startswith("@"):
        text = " ".join(codes[name.removeprefix("@")] for name in text.split())
    return text.strip()


def _steps(posting: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The way to the present state in short (``published = "-12w"``), then the steps that are written out."""
    if on := posting.get("drafted"):
        yield {"on": on, "save": True}
    if on := posting.get("submitted"):
        yield {"on": _earlier(on, 2), "save": True}
        yield {"on": on, "submit": True}
    if on := posting.get("published") or posting.get("scheduled"):
        yield {"on": _earlier(on, 4), "save": True}
        yield {"on": _earlier(on, 2), "submit": True}
        yield {"on": on, "goes_up": posting["goes_up"]} if "goes_up" in posting else {"on": on, "publish": True}
    yield from posting.get("steps", ())


def _earlier(on: str, days: int) -> str:
    return f"{int(on.removesuffix('w')) - days}w"
