"""What happened to a posting after somebody opened its review page: who did what, and how the text differs that they looked at."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base.content import from_json
from jobboard.base.states import AccountRole
from jobboard.domain import attached, changes
from jobboard.domain.passages import Compared, compared
from jobboard.models import Account, AuditEntry, Municipality, Posting, Version

ACTS = {
    "posting:submit": "もう一度、掲載を依頼しました",
    "posting:amend": "変更を送りました",
    "posting:correct": "誤字を直しました",
    "posting:recall": "掲載の依頼を取り下げました",
    "posting:forward": "総務省に進達しました",
    "posting:publish": "掲載しました",
    "posting:approve": "掲載を予定しました",
    "posting:return": "修正を依頼しました",
    "joint:agree": "共同募集に同意しました",
    "joint:decline": "共同募集の同意をやめました",
    "joint:cancel": "共同募集への依頼を取り消しました",
    "posting:extend": "締切を延長しました",
    "posting:close": "募集を終了しました",
    "posting:withdraw": "募集を中止しました",
    "posting:reopen": "募集を再開しました",
}
"""By the audit's action, what is told of it."""

_SENT_IN = ("posting:submit", "posting:amend")


@dataclass(frozen=True)
class Act:
    """``who``: the person, with the municipality for which they act; ``what`` is a whole verb."""

    at: datetime
    who: str
    what: str


@dataclass(frozen=True)
class Meanwhile:
    """``looked_at``: the version that was on the screen, None for none of this posting; ``differing``: from it to ``present``."""

    acts: list[Act]
    looked_at: Version | None
    present: Version | None
    differing: list[Compared]


def meanwhile(session: Session, posting: Posting, version_id: int) -> Meanwhile:
    """What happened since the version of that number was sent in. Beside it stands what waits now, else what is public."""
    looked_at = next((one for one in posting.versions if one.id == version_id), None)
    present = posting.pending or posting.current
    if looked_at is None:
        return Meanwhile([], None, present, [])
    differing = [] if present is None else difference(session, looked_at, present)
    return Meanwhile(_acts(session, posting, looked_at), looked_at, present, differing)


def difference(session: Session, old: Version, new: Version) -> list[Compared]:
    """The fields and files in which two versions differ, with their passages."""
    if old.id == new.id:
        return []
    pair = (old.id, new.id)
    found = changes.difference(from_json(old.content), from_json(new.content))
    return [compared(one) for one in [*found, *attached.between(session, [pair]).get(pair, ())]]


def _acts(session: Session, posting: Posting, since: Version) -> list[Act]:
    """The audit's entries behind the one by which ``since`` was sent in."""
    told = select(AuditEntry).where(AuditEntry.subject_kind == "posting", AuditEntry.subject_id == str(posting.id))
    told = told.where(AuditEntry.action.in_(ACTS), AuditEntry.at >= since.created_at).order_by(AuditEntry.id)
    entries = session.scalars(told).all()
    own = next((n for n, one in enumerate(entries) if one.at == since.created_at and one.action in _SENT_IN), -1)
    return [Act(one.at, who(session, posting.municipality, one.account_id), ACTS[one.action]) for one in entries[own + 1 :]]


def who(session: Session, place: Municipality, account_id: int | None) -> str:
    """The person of an entry about something of ``place``, with the side for which they act."""
    account = session.get(Account, account_id) if account_id else None
    if account is None:
        return "システム"
    held = {membership.role for membership in account.memberships}
    if AccountRole.PREFECTURE in held:
        return f"{place.prefecture}の{account.name}さん"
    side = f"{place.name}の" if AccountRole.EDITOR in held else ""
    return f"{side}{account.name}さん"
