"""The steps in which a draft is written, one page each: the title first, then the sections of the field table."""

from dataclasses import dataclass

from flask import url_for

from jobboard.base.fields import BY_NAME, BY_SECTION, Field

TITLE = "title"


@dataclass(frozen=True)
class Step:
    """``slug`` ends the address of its page."""

    slug: str
    name: str
    fields: tuple[Field, ...]

    @property
    def keys(self) -> frozenset[str]:
        """The draft's keys that its form holds."""
        return frozenset(key for field in self.fields for key in (field.name, f"{field.name}.explicit"))


STEPS = {
    TITLE: Step(TITLE, BY_NAME[TITLE].label, (BY_NAME[TITLE],)),
    **{
        section.value: Step(section.value, section.label, tuple(field for field in fields if field.name != TITLE))
        for section, fields in BY_SECTION.items()
    },
}
"""By slug, in the order of writing."""

_STEP_OF = {field.name: step.slug for step in STEPS.values() for field in step.fields}


def following(slug: str) -> str:
    """The slug of the step after this one; empty after the last."""
    slugs = [*STEPS, ""]
    return slugs[slugs.index(slug) + 1]


def address_of(posting_id: int, name: str) -> str:
    """Where a field of a posting is written: its step's page, at the field; the task list for no field."""
    if name not in _STEP_OF:
        return url_for("desk.edit", posting_id=posting_id)
    return url_for("desk.part", posting_id=posting_id, part=_STEP_OF[name], _anchor=f"field-{name}")
