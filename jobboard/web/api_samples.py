"""Examples for the API's description: an invented posting, made from the examples of the field table and never stored."""

from datetime import UTC, datetime, timedelta
from typing import Any

from jobboard.base.clock import japan_date
from jobboard.base.codes import PREFECTURES, check_digit
from jobboard.base.content import Content, to_json
from jobboard.base.fields import FIELDS, Field, Need
from jobboard.base.reading import Typed, read
from jobboard.base.states import EventKind, ExtensionReason, State
from jobboard.base.vocabulary import MunicipalityKind, PayUnit, Remote, Role
from jobboard.domain import changes, facets
from jobboard.domain.history import Happening
from jobboard.models import ChangeEvent, Municipality, Posting, Version
from jobboard.web.api_events import change_object, happening_object
from jobboard.web.api_places import place_object
from jobboard.web.posting_json import posting_object

ID, CODE = 123, "04780" + check_digit("04780")
"""Of the posting and of a municipality that there is not."""

NOW = datetime(2026, 5, 18, 0, 0, tzinfo=UTC)
_PUBLISHED_AT = datetime(2026, 4, 1, 0, 0, tzinfo=UTC)
_SHOWN = (Need.ALWAYS, Need.PRICED, Need.EMPLOYED_OR_INDIVIDUAL)
_FITTING = {"role": Role.CIO_ADVISER, "pay_unit": PayUnit.DAY, "remote": Remote.PARTLY}
"""Choices that fit the examples of the text fields; of other lists the first will do."""


def typed() -> Typed:
    """A draft of the fields that most calls have."""
    return {field.name: [_example(field)] for field in FIELDS if field.need in _SHOWN or field.name == "apply_by"}


def _example(field: Field) -> str:
    return str(_FITTING.get(field.name) or (next(iter(field.choices)) if field.choices else field.example))


def _content() -> Content:
    return read(typed())[0]


def _municipality() -> Municipality:
    return Municipality(
        code=CODE, pref_code="04", prefecture=PREFECTURES["04"], district="", name="青葉市",
        kana="あおばし", kind=MunicipalityKind.CITY, url="https://www.city.aoba.example.jp/", lat=38.3, lng=140.9,
        demonstration=False,
    )  # fmt: skip


def _posting(content: Content) -> Posting:
    return Posting(
        id=ID, uuid="6f1d6c1e-3c44-4c0e-9f7e-0d3a5b2c1a90", municipality=_municipality(), state=State.PUBLISHED,
        published_at=_PUBLISHED_AT, updated_at=NOW, info_as_of=japan_date(NOW), closed_note="", outcome_note="",
        current=Version(number=2, content=to_json(content)), **facets.columns(content),
    )  # fmt: skip


def _extension() -> Happening:
    new = _content()
    old = new.with_values(apply_by=(new.instant("apply_by") or NOW) - timedelta(days=14))
    posting = _posting(new)
    event = ChangeEvent(
        uuid="b0e3a6a4-7b55-4d5b-8f0a-6c1d2e3f4a5b", kind=EventKind.EXTENDED, posting=posting, version=posting.current,
        previous=Version(number=1, content=to_json(old)), occurred_at=NOW, summary=ExtensionReason.FEW_APPLICANTS.label,
    )  # fmt: skip
    return Happening(event, changes.public(changes.difference(old, new)))


def posting(base_url: str) -> dict[str, Any]:
    """A posting as the API gives it."""
    content = _content()
    return posting_object(_posting(content), content, base_url=base_url, now=NOW)


def happening(base_url: str) -> dict[str, Any]:
    """A step of its history."""
    return happening_object(_extension(), base_url=base_url, now=NOW)


def change(base_url: str) -> dict[str, Any]:
    """The same step among all changes."""
    return change_object(_extension(), base_url=base_url, now=NOW)


def place(base_url: str) -> dict[str, Any]:
    """The municipality."""
    return place_object(_municipality(), 1, base_url=base_url)
