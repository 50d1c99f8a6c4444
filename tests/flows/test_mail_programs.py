"""A mail reader of Debian (neomutt) and a mail sender (swaks): what programs that are not ours make of our mails."""

import os
import pty
import select
import shutil
import subprocess
from email import message_from_bytes, policy
from pathlib import Path

from aiosmtpd.controller import Controller

from jobboard.base.letter import Letter
from jobboard.base.states import DeliveryKind
from tests.flows.mail_story import letters, on_sqlite, story, untold
from tests.flows.site import PATIENCE, free_port
from tests.mail_servers import stop
from tests.not_run import not_run
from tests.test_mailer import Server

__all__ = ["letters", "story", "untold"]

Letters = dict[DeliveryKind, list[Letter]]

SETTINGS = """
set charset="utf-8" sort=threads strict_threads=yes hide_missing=yes
set pipe_decode=yes pipe_split=yes pipe_sep="" wait_key=no quit=yes confirmappend=no
set folder="{folder}" spoolfile="{folder}/box" record="" postponed="" header_cache="" mbox_type=Maildir
ignore *
unignore from to subject
alternative_order text/plain text/html
push "<limit>~s {word}<enter><first-entry><limit>all<enter><tag-thread><tag-prefix><pipe-message>{keep}<enter><quit>"
"""


def program(*names: str) -> str:
    """Where it is; the test is not run without it."""
    found = next(filter(None, map(shutil.which, names)), None)
    return found or not_run(f"no {names[0]} on this machine; apt-get install {names[0]}")


def read_by_mutt(folder: Path, mails: list[Letter], word: str) -> list[str]:
    """The thread of the mail with ``word`` in its subject, each mail as the program shows it."""
    reader = program("neomutt", "mutt")
    for part in ("tmp", "new", "cur"):
        (folder / "box" / part).mkdir(parents=True)
    for number, letter in enumerate(mails):
        (folder / "box" / "new" / f"{number}.x").write_bytes(letter.as_bytes().replace(b"\r\n", b"\n"))
    keep = folder / "keep"
    keep.write_text(f'#!/bin/sh\ncat > "$(mktemp {folder}/shown.XXXXXX)"\n')
    keep.chmod(0o700)
    (folder / "rc").write_text(SETTINGS.format(folder=folder, word=word, keep=keep), encoding="utf-8")
    ours, theirs = pty.openpty()
    run = subprocess.Popen(
        [reader, "-n", "-F", str(folder / "rc"), "-f", str(folder / "box")], stdin=theirs, stdout=theirs, stderr=theirs,
        env={**os.environ, "HOME": str(folder), "TERM": "xterm", "LC_ALL": "C.UTF-8"}, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    screen = bytearray()
    try:
        while select.select([ours], [], [], PATIENCE)[0] and (block := os.read(ours, 1 << 16)):
            screen += block
    except OSError:  # the program has closed its terminal
        pass
    finally:
        os.close(ours)  # which ends one that waits for somebody to type
        run.wait(PATIENCE)
    assert run.returncode == 0, screen.decode("utf-8", "replace")
    return [file.read_text("utf-8") for file in folder.glob("shown.*")]


@on_sqlite
def test_a_mail_reader_threads_the_changes_of_a_posting_and_shows_subject_and_text(
    letters: Letters, database_url: str, tmp_path: Path
) -> None:
    mine = [letter for letter in letters[DeliveryKind.NOTICE] if letter.recipient == "tanaka@reader.jp"]
    others = [letter for kind, some in letters.items() if kind is not DeliveryKind.NOTICE for letter in some]
    changes = [letter for letter in mine if "ほか" not in letter.subject]
    shown = read_by_mutt(tmp_path, changes + others, "締切延長")
    assert len(shown) == len(changes) == 2
    for letter in changes:
        (one,) = [text for text in shown if f"Subject: {letter.subject}\n" in text]
        head, _, body = one.partition("\n\n")
        assert f"To: {letter.recipient}" in head and "From: デジタル人材 募集情報 <oshirase@jobs.example.go.jp>" in head
        assert body.strip() == letter.text.strip()


@on_sqlite
def test_a_mail_that_another_program_sends_arrives_as_ours_does(letters: Letters, database_url: str, tmp_path: Path) -> None:
    sender = program("swaks")
    server = Server()
    controller = Controller(server, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        for kind in (DeliveryKind.NOTICE, DeliveryKind.RETURNED):
            letter = letters[kind][0]
            sent = letter.as_bytes()
            (tmp_path / "mail").write_bytes(sent)
            run = subprocess.run(
                [sender, "--server", f"127.0.0.1:{controller.port}", "--from", letter.envelope_sender, "--to", letter.recipient,
                 "--data", f"@{tmp_path}/mail", "--suppress-data", "--helo", "jobs.example.go.jp", "--timeout", "20"],
                capture_output=True, text=True, timeout=60, check=False,
            )  # fmt: skip
            assert run.returncode == 0, run.stdout + run.stderr
            ((envelope, recipients, content),) = server.letters
            assert (envelope, recipients) == (letter.envelope_sender, [letter.recipient])
            assert content.rstrip(b"\r\n") == sent.rstrip(b"\r\n")
            message = message_from_bytes(content, policy=policy.default)
            assert message["Subject"] == letter.subject and message.defects == []
            server.letters.clear()
    finally:
        stop(controller)
