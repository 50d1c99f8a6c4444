"""What differs between two contents, and what that is to a reader."""

from dataclasses import dataclass

from jobboard.base.content import Content
from jobboard.base.fields import FIELDS, Effect, Field
from jobboard.base.showing import show
from jobboard.base.states import EventKind


@dataclass(frozen=True)
class Change:
    """One field that differs: its label under the new engagement, and both values as people read them."""

    field: Field
    label: str
    old: str
    new: str


def difference(old: Content, new: Content) -> list[Change]:
    """The fields that differ, in the order of the field table."""
    return [
        Change(field, field.label_for(new.engagement), show(field.name, old), show(field.name, new))
        for field in FIELDS
        if old.get(field.name) != new.get(field.name)
    ]


def public(changes: list[Change]) -> list[Change]:
    """Those that anybody may see."""
    return [change for change in changes if change.field.public]


def is_material(changes: list[Change]) -> bool:
    """Whether subscribers are told: at least one changed field is a material one."""
    return any(change.field.material for change in changes)


def puts_off_deadline(old: Content, new: Content) -> bool:
    """Whether the deadline is later than it was."""
    before, after = old.instant("apply_by"), new.instant("apply_by")
    return before is not None and after is not None and after > before


def kind_of(old: Content, new: Content) -> EventKind | None:
    """extended when a later deadline is all that changed, amended for anything more, None when nothing public changed."""
    changed = public(difference(old, new))
    if not changed:
        return None
    if [change.field.name for change in changed] == ["apply_by"] and puts_off_deadline(old, new):
        return EventKind.EXTENDED
    return EventKind.AMENDED


def takes_effect_at_once(old: Content, new: Content) -> bool:
    """Whether every changed field may be shown before a moderator looked at it (事後確認).

    A later deadline may; a shortened one waits (architecture.md, status table).
    """
    return all(
        change.field.effect is Effect.AT_ONCE or (change.field.name == "apply_by" and puts_off_deadline(old, new))
        for change in difference(old, new)
    )
