"""A text that changed after its page was opened: both texts side by side, field by field, and the choice between them."""

from collections.abc import Mapping
from dataclasses import dataclass

from jobboard.base.errors import EditConflict
from jobboard.base.fields import BY_NAME, FIELDS, Field
from jobboard.domain.drafting import kept
from jobboard.models import Account, Posting
from jobboard.web.posting_form import as_read

TAKE = "take."
"""Begins the name of the choice for a field: ``take.title`` is ``mine`` or ``theirs``."""


@dataclass(frozen=True)
class ConflictRow:
    """One field that differs; ``chosen`` is what the page offers first: a text before an empty field."""

    field: Field
    mine: str
    theirs: str

    @property
    def name(self) -> str:
        """The name of the choice."""
        return TAKE + self.field.name

    @property
    def chosen(self) -> str:
        """mine, unless there is nothing of mine."""
        return "mine" if self.mine else "theirs"


def saved_by(conflict: EditConflict, posting: Posting, reader: Account) -> str:
    """Who else saved the draft last; empty after ``reader``'s own saving elsewhere and after a publication or extension."""
    published_at = posting.current.published_at if posting.current else None
    shown_since = published_at is not None and posting.draft_at <= published_at
    return "" if shown_since or posting.draft_by_id == reader.id else conflict.by


def conflict_rows(conflict: EditConflict) -> list[ConflictRow]:
    """The fields in which the two texts differ, in the order of the page."""
    return [
        ConflictRow(field, as_read(field, conflict.mine), as_read(field, conflict.theirs))
        for field in FIELDS
        if any(conflict.mine.get(key) != conflict.theirs.get(key) for key in (field.name, f"{field.name}.explicit"))
    ]


def take_theirs(
    typed: dict[str, list[str]], posted: Mapping[str, str], theirs: Mapping[str, list[str]]
) -> dict[str, list[str]]:
    """``typed``, with what stands now for each field whose choice was ``theirs``."""
    taken = dict(typed)
    for name in BY_NAME:
        if posted.get(TAKE + name) == "theirs":
            for key in (name, f"{name}.explicit"):
                taken[key] = list(theirs.get(key, []))
    return kept(taken)
