"""Attaching a file to a posting and taking it off again. Bytes are stored before their row: a row never lacks its file."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, CursorResult, and_, delete, exists, or_, select
from sqlalchemy.orm import Session

from jobboard.base.errors import Incomplete, NotFound, Problem, WrongState
from jobboard.domain import attached, audit, drafting
from jobboard.domain.attachment_kinds import clean_name, media_type
from jobboard.domain.attachments import stored_at
from jobboard.domain.publication import lock
from jobboard.models import Account, Attachment, Posting, VersionAttachment

MOST = 5
"""Files of a posting."""

KEPT = timedelta(days=1)
"""How long what nothing names any more is left: an upload may be on its way between its bytes and its row."""

_PART = ".part"


def add(
    session: Session, posting: Posting, folder: Path, *, name: str, content: bytes, by: Account, now: datetime
) -> Attachment:
    """Attaches a file; a published posting shows it after 掲載確認. Raises ``Incomplete`` at ``file`` with nothing stored."""
    _begin(session, posting, "attach")
    kept_name = clean_name(name)
    kind = media_type(content, kept_name)
    digest = hashlib.sha256(content).hexdigest()
    present = attached.of_posting(session, posting)
    if len(present) >= MOST:
        raise _refused(f"添付できるのは{MOST}つまでです。要らないファイルを外してから、追加してください。")
    if any(one.sha256 == digest for one in present):
        raise _refused("同じ内容のファイルが、もう付いています。")
    if any(one.name == kept_name for one in present):
        raise _refused(f"「{kept_name}」という名前のファイルが、もう付いています。先に外すか、名前を変えてください。")
    store(stored_at(folder, digest), content)
    file = Attachment(
        posting_id=posting.id, name=kept_name, media_type=kind, size=len(content), sha256=digest, added_at=now, added_by_id=by.id
    )
    session.add(file)
    _written(session, posting, by=by, now=now)
    audit.record(session, "posting:attach", "posting", posting.id, by=by, now=now, attachment=file.id)
    return file


def remove(session: Session, posting: Posting, attachment_id: int, *, by: Account, now: datetime) -> Attachment:
    """Takes a file off; versions that were shown with it keep it."""
    _begin(session, posting, "detach")
    found = next((one for one in attached.of_posting(session, posting) if one.id == attachment_id), None)
    if found is None:
        raise NotFound
    found.removed_at = now
    _written(session, posting, by=by, now=now)
    audit.record(session, "posting:detach", "posting", posting.id, by=by, now=now, attachment=found.id)
    return found


def find(session: Session, posting: Posting, attachment_id: int, *, sent_in: bool = False) -> Attachment:
    """A file of the posting, for its staff; with ``sent_in`` only one that a version names. Raises ``NotFound``."""
    named = exists().where(VersionAttachment.attachment_id == Attachment.id)
    may_see = named if sent_in else or_(named, Attachment.removed_at.is_(None))
    wanted = select(Attachment).where(Attachment.id == attachment_id, Attachment.posting_id == posting.id, may_see)
    found = session.scalar(wanted)
    if found is None:
        raise NotFound
    return found


def forget_removed(session: Session, *, now: datetime) -> int:
    """Deletes the rows of what was removed a day ago and that no version names; returns how many. The files go by ``sweep``."""
    gone = session.execute(delete(Attachment).where(removed(now)).execution_options(synchronize_session=False))
    return gone.rowcount if isinstance(gone, CursorResult) else 0


def removed(now: datetime) -> ColumnElement[bool]:
    """Attachments that were removed a day ago and that no version names."""
    named = exists().where(VersionAttachment.attachment_id == Attachment.id)
    return and_(Attachment.removed_at < now - KEPT, ~named)


def orphans(session: Session, folder: Path, *, now: datetime) -> Iterator[Path]:
    """Files that no row names and that nobody has stored for a day."""
    kept = set(session.scalars(select(Attachment.sha256)))
    for file in _files(folder):
        if file.name not in kept and file.stat().st_mtime < (now - KEPT).timestamp():
            yield file


def sweep(session: Session, folder: Path, *, now: datetime) -> int:
    """Deletes those files; returns how many. In a transaction that has deleted no row: were it undone, a row would lack its file."""
    gone = list(orphans(session, folder, now=now))
    for file in gone:
        file.unlink(missing_ok=True)
    return len(gone)


def _files(folder: Path) -> Iterator[Path]:
    """What this module stored: digests, and what an upload that was cut off has left."""
    for file in folder.glob("[0-9a-f][0-9a-f]/*"):
        if file.is_file() and (file.suffix == _PART or (len(file.name) == 64 and file.name.startswith(file.parent.name))):
            yield file


def _begin(session: Session, posting: Posting, act: str) -> None:
    lock(session, posting)
    if not drafting.is_editable(posting):
        raise WrongState(posting.state.value, act)


def _written(session: Session, posting: Posting, *, by: Account, now: datetime) -> None:
    posting.draft_at, posting.draft_by_id = now, by.id
    session.flush()


def store(path: Path, content: bytes) -> None:
    """Whole or not at all, for the account that runs the site alone. The same content again counts as new to ``tidy``."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=_PART, delete=False) as part:
        try:
            part.write(content)
            part.flush()
            os.fsync(part.fileno())
            os.replace(part.name, path)
        except BaseException:
            Path(part.name).unlink(missing_ok=True)
            raise


def _refused(message: str) -> Incomplete:
    return Incomplete([Problem("file", message)])
