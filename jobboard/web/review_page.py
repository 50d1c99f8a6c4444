"""The page of a version that waits for 掲載確認, as values: every field, what changed, gaps, warnings, the talk so far."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base.content import Content, from_json
from jobboard.base.errors import Problem
from jobboard.base.fields import BY_NAME, BY_SECTION, Section
from jobboard.base.showing import show
from jobboard.domain import attached, cautions, changes, completeness, wished
from jobboard.models import Account, Attachment, Posting, Remark, Version


@dataclass(frozen=True)
class ReviewRow:
    """One field of the version: what it says, and what the public sees now where that differs (``old``)."""

    name: str
    label: str
    value: str
    old: str | None
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
    """All of the page. ``after``: what took effect at once and nobody has looked at yet, each with its differences.

    ``overruled``: the warnings that the municipality gave a reason for (field, message, reason); they are not told twice.
    """

    version: Version | None
    title: str
    sections: list[tuple[Section, list[ReviewRow]]]
    changed: list[changes.Change]
    gaps: list[Problem]
    warnings: list[Problem]
    overruled: list[dict[str, str]]
    wished_at: datetime | None
    files: Sequence[Attachment]
    sender: str
    said: list[Said]
    after: list[tuple[Version, list[tuple[str, str, str]]]]


def review_page(session: Session, posting: Posting, now: datetime) -> ReviewPage:
    """The page of the version that waits, else of what is public, else of what was sent in last."""
    version = posting.pending or posting.current or (posting.versions[-1] if posting.versions else None)
    content = from_json(version.content) if version else Content({})
    public = from_json(posting.current.content) if posting.current else None
    changed: list[changes.Change] = []
    if public is not None and posting.pending:
        changed = [*changes.difference(public, content), *attached.difference(session, posting, posting.pending)]
    return ReviewPage(
        version=version,
        title=content.text("title") or "(題名なし)",
        sections=_sections(content, {change.field.name: change.old for change in changed}),
        changed=changed,
        gaps=completeness.problems(content, now=now) if posting.pending else [],
        warnings=_warnings(posting, content, now) if posting.pending else [],
        overruled=list(version.overruled.values()) if version and posting.pending else [],
        wished_at=wished.wished_at(content, now) if posting.current is None else None,
        files=attached.of_version(session, version.id if version else None),
        sender=_name(session, version.created_by_id if version else None),
        said=_said(session, posting),
        after=[(one, _against_previous(posting, one)) for one in posting.versions if _is_unseen(one)],
    )


def _warnings(posting: Posting, content: Content, now: datetime) -> list[Problem]:
    """What was unusual when it was sent in, without what has its reason beside it."""
    told = cautions.warnings(content, posting.municipality, now=posting.submitted_at or now)
    explained = posting.pending.overruled if posting.pending else {}
    return [one for one in told if one.key not in explained]


def _sections(content: Content, old: dict[str, str]) -> list[tuple[Section, list[ReviewRow]]]:
    found = []
    for section, fields in BY_SECTION.items():
        rows = []
        for field in fields:
            missing = field.name not in content and completeness.is_needed(field, content)
            if field.name in content or field.name in old or missing:
                label = field.label_for(content.engagement)
                value = show(field.name, content)
                rows.append(ReviewRow(field.name, label, value, old.get(field.name), missing, field.public))
        found.append((section, rows))
    return found


def _is_unseen(version: Version) -> bool:
    return version.at_once and version.looked_at is None and version.number is not None


def _against_previous(posting: Posting, version: Version) -> list[tuple[str, str, str]]:
    numbered: Sequence[Version] = [one for one in posting.versions if one.number and version.number]
    before = [one for one in numbered if (one.number or 0) < (version.number or 0)]
    previous = max(before, key=lambda one: one.number or 0, default=version)
    differing = changes.difference(from_json(previous.content), from_json(version.content))
    return [(change.label, change.old, change.new) for change in differing]


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
