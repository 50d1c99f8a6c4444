"""What of the mail's machinery can be seen from this machine: workers that live here, and the Maildir of what comes back."""

import fcntl
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

MOST = 10_000
"""Unread mails that are counted; more are as bad."""


def folder(instance_dir: Path) -> Path:
    """Where each worker of this machine keeps a file of its name, locked while it lives."""
    return instance_dir / "workers"


def is_dead(path: Path) -> bool:
    """Whether the worker of this file has ended; one without a file is another machine's."""
    try:
        with path.open("r+", encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
    except (FileNotFoundError, BlockingIOError):
        return False


def alive(instance_dir: Path) -> set[str] | None:
    """The workers that live on this machine; None when none ever ran here."""
    try:
        found = [path for path in folder(instance_dir).iterdir() if not path.name.startswith(".")]
    except OSError:
        return None
    return {path.name for path in found if not is_dead(path)}


@dataclass(frozen=True)
class Maildir:
    """What waits in ``new``: how many mails (up to ``MOST``), and since when the oldest does. ``is_missing``: there is no ``new``."""

    unread: int = 0
    since: datetime | None = None
    is_missing: bool = False


def maildir(path: Path) -> Maildir:
    """The state of a Maildir; what vanishes while it is counted was read just now."""
    times: list[float | None] = []
    try:
        with os.scandir(path / "new") as entries:
            for entry in entries:
                if len(times) == MOST:
                    break
                if not entry.name.startswith("."):
                    times.append(_time(entry))
    except OSError:
        return Maildir(is_missing=True)
    arrived = [time for time in times if time is not None]
    return Maildir(len(arrived), datetime.fromtimestamp(min(arrived), UTC) if arrived else None)


def _time(entry: os.DirEntry[str]) -> float | None:
    try:
        return entry.stat().st_mtime
    except OSError:
        return None
