"""Which files a posting has now, and which of them a version was given: the list that its next version will freeze."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base.fields import Effect, Field, FieldType, Section
from jobboard.domain.changes import Change
from jobboard.models import Attachment, Posting, Version, VersionAttachment

FILES = Field(name="attachments", label="添付ファイル", type=FieldType.TEXT, section=Section.APPLICATION, effect=Effect.REVIEW)
"""What a change of the files is in a difference: it waits for 掲載確認. It is no field of the table, for a draft keeps texts."""


NO_FILES = "―"


def of_posting(session: Session, posting: Posting) -> Sequence[Attachment]:
    """The files that the next version will have, in the order in which they were added."""
    mine = select(Attachment).where(Attachment.posting_id == posting.id, Attachment.removed_at.is_(None))
    return session.scalars(mine.order_by(Attachment.id)).all()


def of_version(session: Session, version_id: int | None) -> Sequence[Attachment]:
    """The files of a version in the order in which it was given them."""
    named = select(Attachment).join(VersionAttachment, VersionAttachment.attachment_id == Attachment.id)
    ordered = named.order_by(VersionAttachment.position, Attachment.id)
    return session.scalars(ordered.where(VersionAttachment.version_id == version_id)).all()


def freeze(session: Session, posting: Posting, version: Version, like: Version | None = None) -> None:
    """Gives a new version the files of the posting; those of ``like`` where only something else of that version changes."""
    files = of_version(session, like.id) if like is not None else of_posting(session, posting)
    session.add_all(
        VersionAttachment(version_id=version.id, attachment_id=one.id, position=place) for place, one in enumerate(files)
    )
    session.flush()


def difference(session: Session, posting: Posting, version: Version | None = None) -> list[Change]:
    """How the posting's files, or those of ``version``, differ from what is public: one change or none."""
    old = of_version(session, posting.current_id)
    new = of_version(session, version.id) if version is not None else of_posting(session, posting)
    return _change(old, new)


def between(session: Session, pairs: Collection[tuple[int | None, int]]) -> dict[tuple[int | None, int], list[Change]]:
    """How the files of two versions differ, for each pair of an older and a newer one that do."""
    wanted = {version_id for pair in pairs for version_id in pair if version_id is not None}
    named = select(VersionAttachment.version_id, Attachment).join(Attachment, VersionAttachment.attachment_id == Attachment.id)
    ordered = named.order_by(VersionAttachment.position, Attachment.id)
    files: dict[int | None, list[Attachment]] = {}
    for version_id, one in session.execute(ordered.where(VersionAttachment.version_id.in_(wanted))):
        files.setdefault(version_id, []).append(one)
    found = {pair: _change(files.get(pair[0], []), files.get(pair[1], [])) for pair in pairs}
    return {pair: changed for pair, changed in found.items() if changed}


def differing(session: Session, postings: Iterable[Posting]) -> set[int]:
    """Which of the public postings have other files than the public sees."""
    shown = {posting.id: posting.current_id for posting in postings if posting.current_id is not None}
    if not shown:
        return set()
    present = select(Attachment.posting_id, Attachment.id).where(
        Attachment.posting_id.in_(shown), Attachment.removed_at.is_(None)
    )
    public = (
        select(Version.posting_id, VersionAttachment.attachment_id)
        .join(Version, Version.id == VersionAttachment.version_id)
        .where(VersionAttachment.version_id.in_(shown.values()))
    )
    before = {(posting_id, file_id) for posting_id, file_id in session.execute(public)}
    after = {(posting_id, file_id) for posting_id, file_id in session.execute(present)}
    return {posting_id for posting_id, _ in before ^ after}


def _change(old: Sequence[Attachment], new: Sequence[Attachment]) -> list[Change]:
    if [one.id for one in old] == [one.id for one in new]:
        return []
    return [Change(FILES, FILES.label, _names(old), _names(new))]


def restore(session: Session, posting: Posting, *, now: datetime) -> None:
    """Gives the posting the files again that the public sees, and no others."""
    public = {one.id for one in of_version(session, posting.current_id)}
    for one in session.scalars(select(Attachment).where(Attachment.posting_id == posting.id)):
        one.removed_at = None if one.id in public else one.removed_at or now
    session.flush()


def _names(files: Sequence[Attachment]) -> str:
    return "、".join(one.name for one in files) or NO_FILES
