"""封の控え: the head of the audit's chain after each sealing, in a file beside the database; nothing rewrites its lines.

One JSON object a line: ``number``, ``digest``, ``at`` (ISO 8601, UTC). Who cuts the chain's tail in the database does not reach it.
"""

import json
import logging
import os
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from jobboard.config import Config
from jobboard.domain import verifying

_log = logging.getLogger(__name__)
FILE = "audit-heads.jsonl"


class Watch:
    """A worker's walk along the chain, a stretch at a time. ``whole``: it came to the end; ``sound``: nothing was wrong so far."""

    def __init__(self, file: Path | None) -> None:
        self.file, self.whole, self.sound, self._walk = file, False, True, verifying.Walk()

    def step(self, session: Session) -> list[verifying.Finding]:
        """The next stretch, from the beginning after the end; at the end the heads that were kept, too."""
        number, _ = verifying.head(session)
        if self._walk.number >= number:
            self.sound, self._walk = True, verifying.Walk()
        broken = self._walk.step(session, number)
        self.whole = self._walk.number >= number
        if self.whole and self.file is not None:
            broken += verifying.cut(session, read(self.file))
        self.sound = self.sound and not broken
        return broken

    def note(self, session: Session, *, now: datetime) -> None:
        """Keeps the present head."""
        if self.file is not None:
            note(self.file, verifying.head(session), now=now)


def file_of(config: Config) -> Path:
    return config.instance_dir / FILE


def note(file: Path, head: tuple[int, str], *, now: datetime) -> None:
    """Appends one head. A disk that is full, or not to be written, is logged: nothing else waits for it, and the next head covers this one."""
    try:
        _append(file, head, now)
    except OSError as error:
        _log.warning("the audit's head was not kept: %s", error)


def _append(file: Path, head: tuple[int, str], now: datetime) -> None:
    number, digest = head
    line = json.dumps({"number": number, "digest": digest, "at": now.astimezone(UTC).isoformat(timespec="seconds")})
    file.parent.mkdir(parents=True, exist_ok=True)
    with open(os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "w", encoding="utf-8") as out:
        out.write(f"{line}\n")


def read(file: Path) -> dict[str, int]:
    """By digest the number, in the order of the lines; empty without a file. What is no such line, as after a full disk, is passed over."""
    found: dict[str, int] = {}
    for line in file.read_text("utf-8", errors="replace").splitlines() if file.is_file() else ():
        try:
            told = json.loads(line)
            found[str(told["digest"])] = int(told["number"])
        except (ValueError, TypeError, KeyError):
            continue
    return found


def put_aside(file: Path, *, now: datetime) -> Path | None:
    """Renames the file of a database that is no longer here, so that it says nothing of the next one; its new name, if there was one."""
    if not file.is_file():
        return None
    return file.rename(file.with_name(f"{file.stem}-{now.astimezone(UTC):%Y%m%dT%H%M%S}{file.suffix}"))
