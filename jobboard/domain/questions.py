"""質問と回答: asked privately, answered publicly."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.models import Question


@dataclass(frozen=True)
class Answered:
    """A question as everybody may read it: nothing in it leads to who asked."""

    text: str
    answer: str
    answered_at: datetime


def answered(session: Session, posting_id: int) -> Sequence[Answered]:
    """The answered questions of a posting, the oldest answer first."""
    found = select(Question).where(Question.posting_id == posting_id, Question.answer != "")
    ordered = session.scalars(found.order_by(Question.answered_at, Question.id))
    return [Answered(one.text, one.answer, one.answered_at) for one in ordered if one.answered_at is not None]
