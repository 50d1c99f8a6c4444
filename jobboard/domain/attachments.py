"""添付: which files a posting was shown with, and where their bytes lie."""

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base.errors import NotFound
from jobboard.base.states import VersionState
from jobboard.domain.attached import of_version
from jobboard.domain.publication import public_clause
from jobboard.models import Attachment, Posting, Version, VersionAttachment

__all__ = ["of_version", "public_file", "stored_at"]

_SHOWN = (VersionState.PUBLISHED, VersionState.SUPERSEDED)


def public_file(session: Session, posting_id: int, attachment_id: int, name: str) -> Attachment:
    """A file under its own name, of any version of a public posting that was ever shown; raises ``NotFound`` else."""
    shown = (
        select(VersionAttachment.attachment_id)
        .join(Version, Version.id == VersionAttachment.version_id)
        .join(Posting, Posting.id == Version.posting_id)
        .where(public_clause(), Posting.id == posting_id, Version.state.in_(_SHOWN))
    )
    found = session.scalar(select(Attachment).where(Attachment.id == attachment_id, Attachment.id.in_(shown)))
    if found is None or found.name != name:
        raise NotFound
    return found


def stored_at(folder: Path, sha256: str) -> Path:
    """Where the bytes lie: under their own digest, so that one content is stored once (docs/decisions/0008)."""
    return folder / sha256[:2] / sha256
