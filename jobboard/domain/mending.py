"""What happened to a posting since somebody asked for its correction, and which of it was the correction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base.content import from_json
from jobboard.base.errors import Incomplete, Problem
from jobboard.base.states import EventKind
from jobboard.domain import changes, link_alone
from jobboard.models import ChangeEvent, Correction, Version

ELSEWHERE = "elsewhere"
"""Typed instead of a version: it was put right before, or on the official page, and the reason says how."""

UNCHANGED = (
    "申出のあと、この募集の内容は変わっていないので、「訂正した」とは回答できません。先に「市区町村に確かめる」で直してもらい、"
    "掲載されてから回答してください。申出の前に直っていたときや、公式ページの側を直したときは、その選択肢を選んでください。"
)
UNCHOSEN = "どの版で訂正したかを選んでください。"


@dataclass(frozen=True)
class Amendment:
    """A version that was published, and the labels of what it changed."""

    version: Version
    published_at: datetime
    fields: tuple[str, ...]


def since(session: Session, posting_id: int, instant: datetime) -> list[Amendment]:
    """The versions that were published after the instant, the newest first."""
    found = select(Version).where(Version.posting_id == posting_id, Version.number.is_not(None)).order_by(Version.number)
    versions = session.scalars(found).all()
    return [
        Amendment(newer, newer.published_at, _changed(older, newer))
        for older, newer in reversed(list(zip([None, *versions], versions, strict=False)))
        if newer.published_at is not None and newer.published_at > instant
    ]


def _changed(older: Version | None, newer: Version) -> tuple[str, ...]:
    if older is None:
        return ()
    differing = changes.difference(from_json(older.content), from_json(newer.content))
    return tuple(change.label for change in changes.public(differing))


def read(session: Session, requests: Sequence[Correction], typed: str) -> Version | None:
    """The version that corrected it, for all of these requests about one posting; None for ``ELSEWHERE``. Raises ``Incomplete``."""
    if typed == ELSEWHERE:
        return None
    newest = max(requests, key=lambda one: one.received_at)
    offered = {str(one.version.id): one.version for one in since(session, newest.posting_id, newest.received_at)}
    if typed in offered:
        return offered[typed]
    raise Incomplete([Problem("version", UNCHOSEN if offered else UNCHANGED)])


@dataclass(frozen=True)
class Step:
    """What happened at an instant, in order: ``words`` say what, ``by`` the name of who did it, ``text`` what was written."""

    at: datetime
    words: str
    by: str = ""
    text: str = ""


_ENDS = (EventKind.CLOSED, EventKind.WITHDRAWN, EventKind.REOPENED)


def steps(session: Session, request: Correction) -> list[Step]:
    """Everything since the request came, the first thing first: inquiries, what became of the posting, the answer."""
    found = [Step(request.received_at, "申出を受け付けた", "")]
    found += [
        Step(one.made_at, "市区町村に確かめた", one.made_by.name if one.made_by else "", one.note) for one in request.inquiries
    ]
    for one in since(session, request.posting_id, request.received_at):
        changed = f"変わった項目: {'、'.join(one.fields)}" if one.fields else ""
        found.append(Step(one.published_at, f"募集の第{one.version.number}版が公開された", "", changed))
    ends = select(ChangeEvent).where(ChangeEvent.posting_id == request.posting_id, ChangeEvent.kind.in_(_ENDS))
    for event in session.scalars(ends.where(ChangeEvent.occurred_at >= request.received_at).order_by(ChangeEvent.id)):
        found.append(Step(event.occurred_at, f"募集が「{link_alone.word(event)}」になった"))
    if request.answered_at is not None and request.remedy is not None:
        what = f"回答した: {request.remedy.label}{f'(第{request.version.number}版)' if request.version else ''}"
        found.append(Step(request.answered_at, what, request.answered_by.name if request.answered_by else "", request.reason))
    return sorted(found, key=lambda step: step.at)
