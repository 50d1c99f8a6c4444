"""掲載を依頼する, as the desk does it: what is unusual needs a reason, what looks sent in already needs a word that it is not.

``moderation.submit`` says the last word on gaps. Here a submission is kept back by what people must have looked at.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from jobboard.base.content import Content, from_json
from jobboard.base.errors import Incomplete, Problem
from jobboard.base.showing import show
from jobboard.base.text import clean
from jobboard.domain import agreements, cautions, changes, completeness, drafting, duplicates, moderation, wished
from jobboard.domain.publication import lock
from jobboard.models import Account, Posting, Version

DUPLICATE = "duplicate"
NOT_THE_SAME = "別の募集であることを確かめました。"
LONGEST_REASON = 500
REASON = "reason."
"""Begins the name under which the reason for a warning is typed, and under which its absence is told."""


@dataclass(frozen=True)
class Doubt:
    """What keeps a submission back until ``reason`` is written. ``about``: what it was said of; a reason holds for that alone.

    ``others``: the postings that look the same, where it is that.
    """

    key: str
    field: str
    message: str
    law: str
    about: str
    reason: str
    others: tuple[Posting, ...] = ()

    @property
    def name(self) -> str:
        """Under which its reason is typed."""
        return f"{REASON}{self.key}"


def doubts(session: Session, posting: Posting, content: Content, *, now: datetime) -> list[Doubt]:
    """All that is unusual, with the reasons kept so far. Of a change of a public posting, only what the change brings."""
    told = [one for one in cautions.warnings(content, posting.municipality, now=now) if one.key in cautions.TO_OVERRULE]
    if posting.current is not None:
        changed = {change.field.name for change in changes.difference(from_json(posting.current.content), content)}
        told = [one for one in told if one.field in changed]
    found = [_doubt(posting, one, show(one.field, content)) for one in told]
    others = duplicates.alike(session, posting, content, now=now) if posting.current is None else []
    if others:
        same = Problem("title", "よく似た題名の募集を、すでに依頼しています。同じ募集でないか確かめてください。", key=DUPLICATE)
        found.append(_doubt(posting, same, ",".join(str(other.id) for other in others), tuple(others)))
    return found


def _doubt(posting: Posting, told: Problem, about: str, others: tuple[Posting, ...] = ()) -> Doubt:
    kept = posting.overruled.get(told.key, {})
    reason = str(kept.get("reason", "")) if kept.get("about") == about else ""
    return Doubt(told.key, told.field, told.message, told.law, about, reason, others)


def is_gap(problem: Problem) -> bool:
    """Whether it is mended in the text itself, and told beside its field there; not a missing reason, nor 掲載希望日時."""
    return not problem.field.startswith(REASON) and problem.field != wished.FIELD


def keep_reasons(session: Session, posting: Posting, found: list[Doubt], reasons: Mapping[str, str]) -> None:
    """Keeps what was typed for these doubts, by key; an empty reason takes an earlier one back."""
    kept = {}
    for doubt in found:
        reason = clean(reasons.get(doubt.key, doubt.reason))
        if reason:
            facts = {"field": doubt.field, "message": doubt.message, "about": doubt.about, "reason": reason}
            kept[doubt.key] = facts
    if kept != posting.overruled:
        posting.overruled = kept
        session.flush()


def unsettled(found: list[Doubt]) -> list[Problem]:
    """The sentences for what has no reason, or too long a one; the field is ``reason.<key>``."""
    problems = []
    for doubt in found:
        if not doubt.reason:
            words = "別の募集であれば、下の欄を選んでください。" if doubt.others else "このままでよい理由を書いてください。"
            problems.append(Problem(doubt.name, words, doubt.law))
        elif len(doubt.reason) > LONGEST_REASON:
            words = f"理由は{LONGEST_REASON}字以内で書いてください(今は{len(doubt.reason):,}字)。"
            problems.append(Problem(doubt.name, words))
    return problems


def send(
    session: Session,
    posting: Posting,
    *,
    by: Account,
    now: datetime,
    reasons: Mapping[str, str] | None = None,
    summary: str = "",
    silent: bool = False,
) -> Version:
    """Sends the draft in, with a reason for all that is unusual. The version keeps the reasons as they are now.

    ``reasons``: by key, what was typed just now; it is kept with the posting also when the submission is refused. Raises
    ``Incomplete`` with every gap first, then with what has no reason yet (fields ``reason.<key>``).
    """
    lock(session, posting)
    drafting.settle(session, posting, by=by, now=now)
    content, unreadable = completeness.read_applying(drafting.text(posting))
    keep_reasons(session, posting, doubts(session, posting, content, now=now), reasons or {})
    left = unsettled(doubts(session, posting, content, now=now))
    if left:
        raise Incomplete([*gaps(session, posting, content, unreadable, now=now), *left])
    version = moderation.submit(session, posting, by=by, now=now, summary=summary, silent=silent)
    version.overruled = posting.overruled
    session.flush()
    return version


def gaps(
    session: Session, posting: Posting, content: Content, unreadable: list[Problem], *, now: datetime
) -> list[Problem]:
    """What ``moderation.submit`` would refuse, in its order."""
    told = {problem.field for problem in unreadable}
    found = [gap for gap in completeness.problems(content, now=now) if gap.field not in told]
    found += agreements.problems(session, posting.municipality, content)
    return [*unreadable, *found, *(wished.problems(content, now=now) if posting.current is None else [])]
