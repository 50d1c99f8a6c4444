"""A version's content: one typed, immutable value per posting text, kept as JSON and never rewritten by a migration."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from jobboard.base.choice import Choice
from jobboard.base.fields import BY_NAME, FIELDS, Field, FieldType
from jobboard.base.vocabulary import Engagement, Explicit

SCHEMA = 1
"""The schema number that is stored with each version; readers of later schemas keep reading this one."""

SEVERAL = "some"
"""The stored headcount of 若干名."""

LINK_ONLY = frozenset({"title", "official_url"})
"""All that a collected posting says until its municipality completes it (「リンクのみ」). When it ends so, the link is emptied."""

Value = str | int | Decimal | date | datetime | Choice | tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Content(Mapping[str, Value]):
    """Field name to typed value; a field that was left empty is absent.

    text, URL, e-mail, telephone, prefecture: ``str``. choice: the member. choices: tuple of members. date: ``date``. instant:
    aware UTC ``datetime``. integer and yen: ``int``. decimal: ``Decimal``. headcount: ``int`` or ``"some"``. municipalities:
    tuple of six-digit codes. Any field that allows it may hold an ``Explicit`` instead.
    """

    values_: Mapping[str, Value]

    def __getitem__(self, name: str) -> Value:
        return self.values_[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_)

    def __len__(self) -> int:
        return len(self.values_)

    @property
    def engagement(self) -> Engagement | None:
        """The form of engagement, on which labels and required sets depend."""
        value = self.values_.get("engagement")
        return value if isinstance(value, Engagement) else None

    @property
    def is_link_only(self) -> bool:
        """Whether it says no more than a title and where to read on."""
        return self.values_.keys() == LINK_ONLY

    def text(self, name: str) -> str:
        """The text of a text field; an explicit answer by its label; empty when absent."""
        value = self.values_.get(name)
        return value.label if isinstance(value, Choice) else str(value) if value is not None else ""

    def instant(self, name: str) -> datetime | None:
        """The instant of a field, or None when absent or answered explicitly."""
        value = self.values_.get(name)
        return value if isinstance(value, datetime) else None

    def day(self, name: str) -> date | None:
        """The date of a field, or None when absent or answered explicitly."""
        value = self.values_.get(name)
        return value if isinstance(value, date) and not isinstance(value, datetime) else None

    def number(self, name: str) -> int | None:
        """The whole number of a field, or None when absent or answered explicitly."""
        value = self.values_.get(name)
        return value if isinstance(value, int) else None

    def codes(self, name: str) -> tuple[str, ...]:
        """The codes of a choice or choices field, or the texts of a municipalities field; empty when absent."""
        value = self.values_.get(name, ())
        members = value if isinstance(value, tuple) else (value,)
        return tuple(str(member) for member in members)

    def with_values(self, **changes: Value) -> "Content":
        """A copy with some fields set."""
        return Content({**self.values_, **changes})


def to_json(content: Content) -> dict[str, Any]:
    """The content as JSON values; ``from_json`` reads it back to an equal content."""
    return {name: _encode(value) for name, value in content.items()}


def _encode(value: Value) -> Any:
    if isinstance(value, Explicit):
        return {"explicit": str(value)}
    if isinstance(value, tuple):
        return [_encode(member) for member in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, int) else str(value)


def from_json(stored: Mapping[str, Any]) -> Content:
    """The content that was stored; a field that the table no longer knows is left out of the typed value."""
    return Content({name: _decode(BY_NAME[name], value) for name, value in stored.items() if name in BY_NAME})


def _decode(field: Field, stored: Any) -> Value:
    if isinstance(stored, dict):
        return Explicit(stored["explicit"])
    if field.type is FieldType.CHOICES and field.choices:
        return tuple(field.choices(code) for code in stored)
    if field.type is FieldType.MUNICIPALITIES:
        return tuple(stored)
    if field.type is FieldType.CHOICE and field.choices:
        return field.choices(stored)
    return _decode_scalar(field.type, stored)


def _decode_scalar(kind: FieldType, stored: Any) -> Value:
    if kind is FieldType.DATE:
        return date.fromisoformat(stored)
    if kind is FieldType.INSTANT:
        return datetime.strptime(stored, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    if kind is FieldType.DECIMAL:
        return Decimal(stored)
    if kind in (FieldType.INTEGER, FieldType.YEN, FieldType.HEADCOUNT):
        return stored if stored == SEVERAL else int(stored)
    return str(stored)


def public_fields(content: Content) -> list[Field]:
    """The fields of ``content`` that anybody may see, in the order of the table; the emptied link of a 「リンクのみ」 is none."""
    return [field for field in FIELDS if field.public and content.get(field.name, "") != ""]
