"""Using a posting again: もう一度募集する after the end of a call, or a copy of any, as a new draft without dates."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from jobboard.base.fields import FIELDS, FieldType
from jobboard.base.states import State
from jobboard.domain import audit, drafting, lineage
from jobboard.domain.versions import current_content
from jobboard.models import Account, Posting

OVER = frozenset({State.CLOSED, State.WITHDRAWN})
TWICE_WITHIN = timedelta(minutes=1)
"""A second press of the button within this time is a double click."""

LEFT_OUT = frozenset(
    field.name for field in FIELDS if field.type in (FieldType.DATE, FieldType.INSTANT) or field.name == "approval_number"
)
"""What belongs to one call alone: every date, and the number of the paper by which it was decided."""


@dataclass(frozen=True)
class Relatives:
    """Where a posting was copied from, and what was copied from it, as far as the account may see them."""

    source: Posting | None
    copies: list[Posting]


def copy(session: Session, posting: Posting, *, by: Account, now: datetime) -> Posting:
    """A new draft of the same municipality (or its successor), from what was published last, else from the draft as typed.

    Of a link alone (リンクのみ) what was drafted is more than what was published: that is copied.
    Pressed twice it is made once, unless somebody has written in it.
    """
    session.flush()
    session.refresh(posting, with_for_update={"of": Posting})
    fresh = select(Posting).where(
        Posting.copied_from_id == posting.id, Posting.created_by_id == by.id, Posting.created_at > now - TWICE_WITHIN,
        Posting.revision == 1, Posting.state == State.DRAFT,
    )  # fmt: skip
    made = session.scalars(fresh.order_by(Posting.id).limit(1)).first()
    if made is not None:
        return made
    whole = posting.current is not None and not posting.link_only
    typed = drafting.from_content(current_content(posting)) if whole else drafting.text(posting)
    draft = drafting.start(session, lineage.heir(posting.municipality), by=by, now=now)
    draft.draft = drafting.kept({key: values for key, values in typed.items() if key not in LEFT_OUT})
    draft.copied_from_id = posting.id
    session.flush()
    audit.record(session, "posting:copy", "posting", draft.id, by=by, now=now, source=posting.id)
    return draft


def relatives(session: Session, posting: Posting, visible: ColumnElement[bool]) -> Relatives:
    """Its source and its copies among the ``visible`` ones, the newest first."""
    source = select(Posting).where(Posting.id == posting.copied_from_id, visible) if posting.copied_from_id else None
    copies = select(Posting).where(Posting.copied_from_id == posting.id, visible).order_by(Posting.id.desc())
    return Relatives(session.scalar(source) if source is not None else None, list(session.scalars(copies).unique()))
