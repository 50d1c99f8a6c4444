"""A whole installation for one test: database, web and worker as processes of their own, and a place where mail arrives."""

import contextlib
import io
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import TypeVar

import requests
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from werkzeug.serving import WSGIRequestHandler, make_server

from jobboard import cli, create_app
from jobboard.config import Config
from jobboard.database import db
from tests.mail_servers import stop

T = TypeVar("T")
PATIENCE = 40.0
"""Seconds until a condition that the worker brings about counts as failed; it is no measure of speed."""


def free_port() -> int:
    """A loopback port that nothing listens on at this moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def wait_for(condition: Callable[[], T | None], what: str, patience: float = PATIENCE) -> T:
    """Asks again and again until ``condition`` gives something; says ``what`` was missing."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"in vain: {what}")


@dataclass
class Letter:
    """One mail that arrived: the envelope's recipient and the message."""

    recipient: str
    message: EmailMessage

    @property
    def text(self) -> str:
        """The text part."""
        body = self.message.get_body(("plain",))
        assert body is not None
        content: str = body.get_content()
        return content

    @property
    def subject(self) -> str:
        """The subject, decoded."""
        return str(self.message["Subject"])

    def link(self, path: str) -> str:
        """The first link in the text whose path begins with ``path``."""
        found = re.search(rf"https?://[^\s/]+({re.escape(path)}[^\s)]*)", self.text)
        assert found, f"no link {path} in {self.text}"
        return found[1]


class Mailbox:
    """Where mail arrives. ``for_`` reads what came for one address, oldest first."""

    def all(self) -> list[Letter]:
        raise AssertionError("a mailbox is a FolderBox or an SmtpBox")

    def for_(self, address: str) -> list[Letter]:
        """What came for one address."""
        return [letter for letter in self.all() if letter.recipient == address]

    def wait(self, address: str, count: int) -> list[Letter]:
        """Waits until ``count`` mails came for ``address``; more than that is an error."""
        wait_for(lambda: len(self.for_(address)) >= count, f"mail {count} for {address}")
        letters = self.for_(address)
        assert len(letters) == count, [letter.subject for letter in letters]
        return letters


@dataclass
class FolderBox(Mailbox):
    """The folder mailer's ``.eml`` files."""

    folder: Path

    def all(self) -> list[Letter]:
        letters = []
        for file in sorted(self.folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns):
            message = message_from_bytes(file.read_bytes(), policy=policy.default)
            letters.append(Letter(str(message["To"].addresses[0].addr_spec), message))  # type: ignore[attr-defined]
        return letters


@dataclass
class SmtpBox(Mailbox):
    """A real SMTP server of the test."""

    letters: list[Letter] = field(default_factory=list)

    def all(self) -> list[Letter]:
        return list(self.letters)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert len(envelope.rcpt_tos) == 1, "one recipient per message"
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        message = message_from_bytes(content, policy=policy.default)
        self.letters.append(Letter(envelope.rcpt_tos[0], message))  # type: ignore[arg-type]
        return "250 OK"


@dataclass
class Site:
    """A running installation."""

    base_url: str
    environ: dict[str, str]
    mailbox: Mailbox

    def command(self, *words: str) -> str:
        """Runs ``jobboard …`` in this process, which has it loaded already, and returns what it printed."""
        before, mask, printed = dict(os.environ), os.umask(0o077), io.StringIO()
        try:
            os.environ.clear()
            os.environ.update(self.environ)
            with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
                code = cli.main(words)
        finally:
            os.environ.clear()
            os.environ.update(before)
            os.umask(mask)
        assert code == 0, printed.getvalue()
        return printed.getvalue()


def installed(folder: Path, database_url: str, **settings: str) -> dict[str, str]:
    """The environment of an installation on a free port of this machine."""
    base_url = f"http://127.0.0.1:{free_port()}"
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("JOBBOARD_")},
        "JOBBOARD_BIND": base_url.removeprefix("http://"),
        "JOBBOARD_BASE_URL": base_url,
        "JOBBOARD_DATABASE_URL": database_url,
        "JOBBOARD_INSTANCE_DIR": str(folder / "instance"),
        "JOBBOARD_SECRET_KEY": "s" * 40,
        "JOBBOARD_TOKEN_KEY": "t" * 40,
        "PYTHONUNBUFFERED": "1",
        **{f"JOBBOARD_{name}": value for name, value in settings.items()},
    }


@contextlib.contextmanager
def site_in_this_process(folder: Path, database_url: str) -> Iterator[Site]:
    """The pages alone, by threads of this process: for those who read pages, whatever serves them. No worker sends mails."""
    environ = installed(folder, database_url)
    site = Site(environ["JOBBOARD_BASE_URL"], environ, FolderBox(folder / "instance" / "outbox"))
    site.command("init")
    app = create_app(Config.from_environ(environ))
    server = make_server("127.0.0.1", int(environ["JOBBOARD_BIND"].partition(":")[2]), app, threaded=True, request_handler=Silent)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        with app.app_context():
            db.engine.dispose()


class Silent(WSGIRequestHandler):
    """Writes no line for a request."""

    def log_request(self, *about: object) -> None:
        pass


@contextlib.contextmanager
def running_site(
    folder: Path, database_url: str, *, smtp: bool = False, workers: int = 1, demo: bool = False, **settings: str
) -> Iterator[Site]:
    """Starts web and ``workers`` workers on a fresh database, and kills them all at the end. ``demo``: with the samples.

    ``settings``: further ones by their names without JOBBOARD_.
    """
    environ = installed(folder, database_url, **settings)
    base_url = environ["JOBBOARD_BASE_URL"]
    with contextlib.ExitStack() as stack:
        mailbox: Mailbox = FolderBox(folder / "instance" / "outbox")
        if smtp:
            mailbox = SmtpBox()
            server = Controller(mailbox, hostname="127.0.0.1", port=free_port())
            server.start()
            stack.callback(stop, server)
            environ["JOBBOARD_SMTP_URL"] = f"smtp://127.0.0.1:{server.port}?starttls=off"
            environ["JOBBOARD_MAIL_FROM"] = "oshirase@board.go.jp"
            environ["JOBBOARD_MAIL_POSTAL_ADDRESS"] = "東京都千代田区霞が関2-1-2"
        site = Site(base_url, environ, mailbox)
        if demo:
            environ["JOBBOARD_DEMO"] = "1"
        site.command("demo" if demo else "init")
        stack.enter_context(_process(environ, folder / "web.log", "serve"))
        for number in range(workers):
            extra = ["--no-periodic"] if number else []
            stack.enter_context(_process(environ, folder / f"worker{number}.log", "work", *extra))
        wait_for(lambda: answers(base_url), "the web process answers")
        yield site


def answers(base_url: str) -> bool:
    try:
        return requests.get(f"{base_url}/healthz", timeout=2).status_code == 200
    except requests.RequestException:
        return False


@contextlib.contextmanager
def _process(environ: dict[str, str], log: Path, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "jobboard", *words], env=environ, stdout=output, stderr=output, start_new_session=True
        )
        try:
            yield process
        finally:  # at once: nobody asks here how they end, and a browser's open connections would hold them up
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
