"""A Maildir (cr.yp.to/proto/maildir.html) that another program delivers into: each message is read once and kept as seen."""

import functools
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy.exc import InterfaceError, OperationalError

from jobboard.domain.returned import MOST

log = logging.getLogger(__name__)

AT_ONCE = 500
"""Messages read in one sweep; the next minute's goes on."""

LONGEST = 20.0
"""Seconds after which a sweep begins no other message: mails that wait to leave come first."""


def sweep(
    folder: Path,
    take: Callable[[bytes], None],
    *,
    limit: int = AT_ONCE,
    seconds: float = LONGEST,
    stop: Callable[[], bool] = bool,
) -> int:
    """Gives up to ``limit`` new messages, the oldest first, to ``take``; returns how many it took.

    A message moves to ``cur`` (flag S) only when ``take`` has returned: what failed stays for the next sweep, and one that was
    taken when the process died is taken again. A folder that is not there yet holds nothing.
    """
    taken, ends_at = 0, time.monotonic() + seconds
    for path in _waiting(folder / "new"):
        if taken >= limit or time.monotonic() >= ends_at or stop():
            break
        try:
            taken += _taken(path, folder / "cur", take)
        except (OperationalError, InterfaceError) as error:  # the database is away: the next one would wait for it too
            log.error("the mails that came back stay in the Maildir: %s", type(error).__name__)
            break
    return taken


def _waiting(folder: Path) -> list[Path]:
    """By name, which begins with the second of the delivery."""
    try:
        with os.scandir(folder) as found:
            names = [one.name for one in found if not one.name.startswith(".") and one.is_file(follow_symlinks=False)]
    except FileNotFoundError:
        _miss(folder)
        return []
    except OSError as error:
        log.error("the Maildir of bounces cannot be read: %s", error.strerror)
        return []
    return [folder / name for name in sorted(names)]


@functools.cache
def _miss(folder: Path) -> None:
    """Says so once in a process: it may yet come, with the first mail, and the sweeps are many."""
    log.warning("the Maildir of bounces is not there yet: %s", folder)


def _taken(path: Path, seen: Path, take: Callable[[bytes], None]) -> bool:
    try:
        with path.open("rb") as file:
            content = file.read(MOST)
        take(content)
        seen.mkdir(mode=0o700, exist_ok=True)
        path.rename(seen / f"{path.name.partition(':')[0]}:2,S")
    except (OperationalError, InterfaceError):
        raise
    except FileNotFoundError:  # another worker was quicker
        return False
    except Exception as error:  # the message stays where it is, and one that fails must not keep the others from being read
        log.error("a returned mail could not be taken and stays in the Maildir: %s", type(error).__name__)
        return False
    return True
