"""Where a candidate stands: the mark that a form carries of it, and what happened to it since, for who comes second."""

import hashlib
from collections.abc import Sequence

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from jobboard.base.errors import WrongState
from jobboard.domain import meanwhile
from jobboard.domain.meanwhile import Act
from jobboard.models import AuditEntry, SourceItem

ACTS = {
    **meanwhile.ACTS,
    "candidate:draft": "下書きを作りました",
    "candidate:drop_draft": "下書きを取りやめました",
    "candidate:dismiss": "候補を見送りました",
    "candidate:restore": "候補に戻しました",
    "candidate:follow": "掲載中の題名とリンクを直しました",
    "candidate:look": "変わったことを確認しました",
    "candidate:invite": "市区町村にメールで確かめました",
    "candidate:agree": "「掲載してよい」と答えました",
    "candidate:decline": "「掲載しない」と答えました",
    "posting:submit": "掲載を依頼しました",
    "posting:amend": "全文の掲載を依頼しました",
    "posting:link": "「リンクのみ」で掲載しました",
    "posting:close": "掲載を終えました",
    "posting:withdraw": "掲載をやめました",
}
"""By the audit's action, what is told of it."""

_OF_THE_TOWN = ("candidate:agree", "candidate:decline")
"""Said by the link of a mail: no account stands in the audit."""


def mark(item: SourceItem, newest: int) -> str:
    """What a form carries: up to which entry the audit was read (``newest``), and a digest of where the item stands."""
    posting = item.posting
    stands = (
        item.state, item.decided_at, item.posting_id, item.answered_at, item.agreed, item.digest, item.looked_at,
        item.changed_at, item.gone_at, item.link_gone_at,
        posting and (posting.state, posting.pending_id, posting.current_id),
    )  # fmt: skip
    return f"{newest}.{hashlib.sha256(repr(stands).encode()).hexdigest()[:16]}"


def newest(session: Session) -> int:
    """The last entry of the audit."""
    return session.scalar(select(func.max(AuditEntry.id))) or 0


def require(item: SourceItem, seen: str) -> None:
    """Raises ``WrongState`` unless ``item``, read under its lock, stands as the form saw it."""
    if mark(item, 0).partition(".")[2] != seen.partition(".")[2]:
        raise WrongState(str(item.state), "candidate:decide")


def since(session: Session, item: SourceItem, seen: str) -> Sequence[Act]:
    """Who did what to the item and its posting after the page of that mark was made."""
    number = seen.partition(".")[0]
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return []
    mine = and_(AuditEntry.subject_kind == "candidate", AuditEntry.subject_id == str(item.id))
    its = and_(AuditEntry.subject_kind == "posting", AuditEntry.subject_id == str(item.posting_id))
    told = select(AuditEntry).where(or_(mine, its), AuditEntry.action.in_(ACTS), AuditEntry.id > int(number))
    return [_act(session, item, one) for one in session.scalars(told.order_by(AuditEntry.id))]


def begun(session: Session, item: SourceItem) -> Sequence[Act]:
    """Who uses the draft made from it: who saved it last, else whose act is the last in the audit."""
    posting = item.posting
    if posting is None:
        return []
    place = item.source.municipality
    if posting.revision > 1:
        return [Act(posting.draft_at, meanwhile.who(session, place, posting.draft_by_id), "下書きを書きました")]
    its = select(AuditEntry).where(AuditEntry.subject_kind == "posting", AuditEntry.subject_id == str(posting.id))
    last = session.scalars(its.where(AuditEntry.action != "posting:start").order_by(AuditEntry.id.desc()).limit(1)).all()
    return [Act(one.at, meanwhile.who(session, place, one.account_id), "下書きを使い始めました") for one in last]


def _act(session: Session, item: SourceItem, entry: AuditEntry) -> Act:
    place = item.source.municipality
    who = place.name if entry.action in _OF_THE_TOWN else meanwhile.who(session, place, entry.account_id)
    why = entry.facts.get("reason") if entry.action == "candidate:dismiss" else None
    return Act(entry.at, who, ACTS[entry.action] + (f"(理由: {why})" if why else ""))
