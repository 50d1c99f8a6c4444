"""Mails as files: for the demonstration, and for whoever has no mail server yet."""

import os
from datetime import UTC
from pathlib import Path

from jobboard.base.errors import ServerUnreachable
from jobboard.base.letter import WRITTEN, Letter
from jobboard.mailer.one_by_one import OneByOne, encoded


class FolderMailer(OneByOne):
    """One .eml per mail. Its name follows date and Message-ID, so sending again overwrites instead of doubling."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def take(self, letter: Letter) -> str:
        """Returns when the file stands whole on the disk, under its name."""
        content = encoded(letter)
        stamp = letter.date.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        name = f"{stamp}-{letter.message_id.partition('@')[0]}.eml"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_whole(self.folder / name, content)
        except OSError as error:
            raise ServerUnreachable(lasting=False, reason=f"{type(error).__name__}: {error.strerror}") from error
        return WRITTEN


def _write_whole(file: Path, content: bytes) -> None:
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    os.replace(fresh, file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
