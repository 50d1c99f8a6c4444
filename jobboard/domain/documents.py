"""What search reads of a posting: the folded text of its fields, one entry per field, so that no word spans two."""

from collections.abc import Iterator, Sequence

from jobboard.base.choice import Choice
from jobboard.base.content import Content, public_fields
from jobboard.base.fields import FieldType
from jobboard.base.text import SEARCHED, fold, units
from jobboard.base.vocabulary import Explicit, Remote, Scheme, SideJob
from jobboard.models import Municipality

SPOKEN: dict[str, dict[str, str]] = {
    "remote": {
        Remote.NO: "", Remote.PARTLY: "一部リモート", Remote.MOSTLY: "原則リモート", Remote.FULLY: "完全リモート",
    },
    "side_job": {
        SideJob.YES: "副業可", SideJob.CONDITIONAL: "副業可(条件付き)", SideJob.NO: "", SideJob.ONLY: "副業限定",
    },
    "scheme": {Scheme.NONE: ""},
}  # fmt: skip
"""Answers that say nothing without their question, as the list says them; what is not offered is not searched for."""

_TEXTS = (FieldType.TEXT, FieldType.LONG_TEXT)
_CHOSEN = ("role", "themes", "engagement", "scheme", "audience", "remote", "side_job")


def document(municipality: Municipality, content: Content, co: Sequence[Municipality] = ()) -> tuple[str, ...]:
    """The folded texts of a posting, the most telling first, 10,000 characters in all."""
    fields: list[str] = []
    room = SEARCHED
    for text in _texts(municipality, content, co):
        folded = _cut(fold(text), room)
        if folded:
            fields.append(folded)
            room -= len(folded)
    return tuple(fields)


def _texts(municipality: Municipality, content: Content, co: Sequence[Municipality]) -> Iterator[str]:
    yield content.text("title")
    for place in (municipality, *co):
        yield from (place.full_name, f"{place.prefecture}{place.district}{place.name}", place.kana, place.former_names)
    for name in _CHOSEN:
        yield from _spoken(content, name)
    for field in public_fields(content):
        value = content[field.name]
        if field.type in _TEXTS and field.name != "title" and not isinstance(value, Explicit):
            yield str(value)


def _spoken(content: Content, name: str) -> Iterator[str]:
    value = content.get(name)
    for member in value if isinstance(value, tuple) else (value,):
        if isinstance(member, Choice) and not isinstance(member, Explicit):
            yield spoken(name, member)


def spoken(name: str, member: Choice) -> str:
    """An answer as the list says it; its label when the field has no wording of its own."""
    return SPOKEN.get(name, {}).get(member, member.label)


def _cut(folded: str, room: int) -> str:
    """At most ``room`` characters, never half a Latin token."""
    if len(folded) <= room:
        return folded
    kept = ""
    for unit in units(folded[: room + 1]):
        if len(kept) + len(unit) > room or unit == "\x01":
            break
        kept += unit
    return kept
