"""The page of a version that waits for 掲載確認, as values: every field, what changed, gaps, warnings, the talk so far."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base.content import Content, from_json
from jobboard.base.fields import BY_NAME, BY_SECTION, Section
from jobboard.base.showing import show
from jobboard.base.states import State, VersionState
from jobboard.domain import attached, completeness, prefectures, wished
from jobboard.domain.findings import NONE, Findings, findings
from jobboard.domain.meanwhile import difference
from jobboard.domain.passages import Compared
from jobboard.domain.promise import Waited, waited
from jobboard.models import Account, Attachment, Board, Posting, Remark, Version


@dataclass(frozen=True)
class ReviewRow:
    """One field of the version: what it says, and what the version beside it says where that differs (``changed``)."""

    name: str
    label: str
    value: str
    changed: Compared | None
    missing: bool
    is_public: bool


@dataclass(frozen=True)
class Said:
    """One remark made before."""

    by: str
    written_at: datetime
    label: str
    text: str


@dataclass(frozen=True)
class ReviewPage:
    """All of the page. ``beside``: the version that it is compared with, what is public, else what was sent in before; ``again``: how
    it differs from what was sent in before, where that is not ``beside``. ``after``: what took effect at once and nobody has looked at
    yet, each with its differences. ``wish``: 掲載希望日時, or empty.
    """

    version: Version | None
    title: str
    sections: list[tuple[Section, list[ReviewRow]]]
    beside: Version | None
    changed: list[Compared]
    again: list[Compared]
    found: Findings
    wish: str
    files: Sequence[Attachment]
    sender: str
    said: list[Said]
    after: list[tuple[Version, list[Compared]]]


def review_page(session: Session, posting: Posting, now: datetime) -> ReviewPage:
    """The page of the version that waits, else of what is public, else of what was sent in last."""
    version = posting.pending or posting.current or (posting.versions[-1] if posting.versions else None)
    content = from_json(version.content) if version else Content({})
    before = _sent_in_before(posting)
    beside = (posting.current or before) if posting.pending else None
    changed = difference(session, beside, posting.pending) if beside and posting.pending else []
    return ReviewPage(
        version=version,
        title=content.text("title") or "(題名なし)",
        sections=_sections(content, {one.name: one for one in changed}),
        beside=beside,
        changed=changed,
        again=difference(session, before, posting.pending) if before and before is not beside and posting.pending else [],
        found=findings(posting, posting.pending, now=now, content=content) if posting.pending else NONE,
        wish=show(wished.FIELD, content) if posting.current is None and wished.wished_at(content, now) else "",
        files=attached.of_version(session, version.id if version else None),
        sender=_name(session, version.created_by_id if version else None),
        said=_said(session, posting),
        after=[(one, _against_previous(session, posting, one)) for one in posting.versions if _is_unseen(one)],
    )


def _sent_in_before(posting: Posting) -> Version | None:
    """What was sent in before what waits and then given or taken back, unless something was published since."""
    if posting.pending is None:
        return None
    number = posting.current_id or 0
    back = (VersionState.RETURNED, VersionState.RECALLED)
    older = [one for one in posting.versions if number < one.id < posting.pending.id and one.state in back]
    return older[-1] if older else None


def _sections(content: Content, changed: dict[str, Compared]) -> list[tuple[Section, list[ReviewRow]]]:
    found = []
    for section, fields in BY_SECTION.items():
        rows = []
        for field in fields:
            missing = field.name not in content and completeness.is_needed(field, content)
            if field.name in content or field.name in changed or missing:
                label = field.label_for(content.engagement)
                value = show(field.name, content)
                rows.append(ReviewRow(field.name, label, value, changed.get(field.name), missing, field.public))
        found.append((section, rows))
    return found


def _is_unseen(version: Version) -> bool:
    return version.at_once and version.looked_at is None and version.number is not None


def _against_previous(session: Session, posting: Posting, version: Version) -> list[Compared]:
    before = [one for one in posting.versions if one.number and one.number < (version.number or 0)]
    previous = max(before, key=lambda one: one.number or 0, default=version)
    return difference(session, previous, version)


def _said(session: Session, posting: Posting) -> list[Said]:
    written = (
        select(Remark, Account.name)
        .join(Version, Version.id == Remark.version_id)
        .outerjoin(Account, Account.id == Remark.written_by_id)
        .where(Version.posting_id == posting.id)
        .order_by(Remark.id)
    )
    labels = {name: field.label for name, field in BY_NAME.items()}
    return [
        Said(name or "", remark.written_at, labels.get(remark.field, ""), remark.text)
        for remark, name in session.execute(written)
    ]


def _name(session: Session, account_id: int | None) -> str:
    account = session.get(Account, account_id) if account_id else None
    return account.name if account else ""


def waits(session: Session, posting: Posting, now: datetime) -> Waited | None:
    """How long what waits has waited, or how long it took to publish what is public; None where nobody was asked."""
    version = posting.pending or posting.current
    if version is None or version.at_once or prefectures.holds(session, posting):
        return None
    until = now if version is posting.pending and posting.state is not State.APPROVED else version.published_at
    return waited(session.get_one(Board, 1), version.forwarded_at or version.created_at, until=until) if until else None
