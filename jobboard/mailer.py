"""The door that mail leaves by: SMTP, a folder of .eml files, or memory. One way in: ``send(letter)``.

``send`` returns when the mail was taken over for good, else raises ``MailRefused``; settings are passed in as values.
"""

import os
import re
import smtplib
import ssl
import time
from datetime import UTC
from pathlib import Path
from typing import Any, Protocol

from flask_mail import Connection, Mail

from jobboard.base.errors import MailRefused, ServerUnreachable
from jobboard.base.letter import Letter

__all__ = ["FolderMailer", "Letter", "Mailer", "MemoryMailer", "Route", "SmtpMailer", "is_invented", "open_mailer"]


class Mailer(Protocol):
    """A way out. ``longest``: seconds that one ``send`` can take at most; a lease must outlast it."""

    longest: float

    def send(self, letter: Letter) -> None: ...

    def close(self) -> None: ...


class Route(Protocol):
    """How to reach the mail server (setting SMTP_URL). ``timeout``: seconds, for connecting and each answer."""

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def user(self) -> str | None: ...
    @property
    def password(self) -> str | None: ...
    @property
    def starttls(self) -> str: ...
    @property
    def implicit_tls(self) -> bool: ...
    @property
    def timeout(self) -> float: ...


def open_mailer(
    route: Route | None, folder: Path | None, *, demonstration: bool = False, tls: ssl.SSLContext | None = None
) -> Mailer:
    """SMTP when there is a route, else the folder. ``demonstration`` makes SMTP refuse invented addresses for good."""
    if route is not None:
        return SmtpMailer(route, refuse_invented=demonstration, tls=tls)
    if folder is None:
        raise ValueError("neither a mail server nor a folder")
    return FolderMailer(folder)


_INVENTED = re.compile(r"(?:.+\.)?(?:example|test|invalid|localhost|example\.(?:com|net|org|jp))\.?", re.IGNORECASE)


def is_invented(address: str) -> bool:
    """Whether the address can belong to nobody (RFC 2606, RFC 6761; example.jp is reserved by JPRS)."""
    return bool(_INVENTED.fullmatch(address.rpartition("@")[2]))


class _Bounded:
    """Of smtplib: each answer may take the timeout, and all of one exchange until ``ends_at`` (monotonic seconds)."""

    ends_at = float("inf")
    sock: Any
    timeout: float

    def getreply(self) -> tuple[int, bytes]:
        left = self.ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError("the exchange took too long")
        if self.sock is not None:
            self.sock.settimeout(min(self.timeout, left))
        return super().getreply()  # type: ignore[misc,no-any-return]


class _Smtp(_Bounded, smtplib.SMTP):
    pass


class _SmtpTls(_Bounded, smtplib.SMTP_SSL):
    pass


_Host = _Smtp | _SmtpTls


class ReadyConnection(Connection):
    """Flask-Mail's connection with timeouts and a certificate check, taking bytes that are ready."""

    def __init__(self, mail: Any, route: Route, tls: ssl.SSLContext | None, helo: str, ends_at: float) -> None:
        super().__init__(mail)
        self.route, self.tls, self.helo = route, tls, helo
        self.ends_at = ends_at

    def configure_host(self) -> _Host:
        """Connects, encrypts, signs in; STARTTLS that the server does not offer is an error, never skipped."""
        route, host = self.route, self._opened()
        host.ends_at = self.ends_at
        try:
            if route.starttls == "required":
                host.starttls(context=self.tls or ssl.create_default_context())
            if route.user and route.password:
                host.login(route.user, route.password)
            host.ehlo_or_helo_if_needed()
        except BaseException:
            host.close()
            raise
        return host

    def _opened(self) -> _Host:
        route = self.route
        if not route.implicit_tls:
            return _Smtp(route.host, route.port, self.helo, timeout=route.timeout)
        context = self.tls or ssl.create_default_context()
        return _SmtpTls(route.host, route.port, self.helo, timeout=route.timeout, context=context)


class SmtpMailer(Mail):
    """Keeps one connection between mails; not for several threads at once."""

    def __init__(self, route: Route, *, refuse_invented: bool = False, tls: ssl.SSLContext | None = None) -> None:
        super().__init__()
        self.state = self.init_mail({"MAIL_SERVER": route.host, "MAIL_PORT": route.port})
        self.route, self.tls, self.refuse_invented = route, tls, refuse_invented
        self.longest = max(120.0, 4 * route.timeout)
        self._kept: _Host | None = None

    def send(self, letter: Letter) -> None:  # type: ignore[override]  # a letter is its message
        """Raises ``MailRefused`` for the server's no to this mail, ``ServerUnreachable`` when no such answer came."""
        if self.refuse_invented and is_invented(letter.recipient):
            raise MailRefused(lasting=True, reason="架空のアドレスなので送りません")
        content = _encoded(letter)
        try:
            host = self._begin(letter.envelope_sender, time.monotonic() + self.longest)
            self._exchange(host, letter.recipient, content)
        except (smtplib.SMTPException, OSError, ValueError) as error:
            self._drop()
            raise ServerUnreachable(lasting=False, reason=_reason(error)) from error

    def _begin(self, sender: str, ends_at: float) -> _Host:
        """A connection that has taken MAIL FROM. One that idled may have been closed: then one new one is opened."""
        if self._kept is not None:
            self._kept.ends_at = ends_at
            try:
                code, _ = self._kept.mail(sender)
                if code == 250:
                    return self._kept
            except (smtplib.SMTPException, OSError):
                pass  # the new connection below will tell
            self._drop()
        helo = sender.rpartition("@")[2]
        self._kept = host = ReadyConnection(self.state, self.route, self.tls, helo, ends_at).configure_host()
        code, reply = host.mail(sender)
        if code != 250:
            raise smtplib.SMTPResponseException(code, reply)
        return host

    def _exchange(self, host: _Host, recipient: str, content: bytes) -> None:
        code, reply = host.rcpt(recipient)
        if code in (250, 251):
            code, reply = _hand_over(host, content)
            if code == 250:
                return
        if code == 421:
            self._drop()
        else:
            self._reset(host)
        raise MailRefused(lasting=code >= 500, reason=_answer(code, reply))

    def _reset(self, host: _Host) -> None:
        try:
            host.rset()
        except (smtplib.SMTPException, OSError):
            self._drop()

    def close(self) -> None:
        if self._kept is not None:
            try:
                self._kept.quit()
            except (smtplib.SMTPException, OSError):
                self._kept.close()
        self._kept = None

    def _drop(self) -> None:
        if self._kept is not None:
            self._kept.close()
        self._kept = None


def _encoded(letter: Letter) -> bytes:
    try:
        return letter.as_bytes()
    except ValueError as error:
        raise MailRefused(lasting=True, reason=f"メールの形にできません({type(error).__name__})") from error


def _hand_over(host: _Host, content: bytes) -> tuple[int, bytes]:
    """DATA and the server's answer, whether it said no before or after the content."""
    try:
        return host.data(content)
    except smtplib.SMTPDataError as refused:
        reply = refused.smtp_error
        return refused.smtp_code, reply.encode() if isinstance(reply, str) else reply


_MAILBOX = re.compile(r"[^\s<>\"'(),:;]+@[^\s<>\"'(),:;]+")


def _answer(code: int, reply: bytes | str) -> str:
    """A server's answer as one line for the ledger, which holds no address (decisions.md, Personal data)."""
    words = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return f"{code} {_MAILBOX.sub('(宛先)', ' '.join(words.split()))}"[:500]


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return _answer(error.smtp_code, error.smtp_error)
    return _MAILBOX.sub("(宛先)", f"{type(error).__name__}: {error}")[:500]


class FolderMailer:
    """One .eml per mail. Its name follows date and Message-ID, so sending again overwrites instead of doubling."""

    longest = 30.0

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, letter: Letter) -> None:
        """Returns when the file stands whole on the disk, under its name."""
        content = _encoded(letter)
        stamp = letter.date.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        name = f"{stamp}-{letter.message_id.partition('@')[0]}.eml"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_whole(self.folder / name, content)
        except OSError as error:
            raise ServerUnreachable(lasting=False, reason=f"{type(error).__name__}: {error.strerror}") from error

    def close(self) -> None:
        pass


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


class MemoryMailer:
    """For tests: keeps the letters. ``refuse`` maps a recipient to what its mail raises."""

    longest = 1.0

    def __init__(self, refuse: dict[str, MailRefused] | None = None) -> None:
        self.letters: list[Letter] = []
        self.refuse = refuse or {}

    def send(self, letter: Letter) -> None:
        if letter.recipient in self.refuse:
            raise self.refuse[letter.recipient]
        _encoded(letter)
        self.letters.append(letter)

    def close(self) -> None:
        pass
