"""Opening a connection to the mail server: by Flask-Mail and smtplib, with a bound on everything, TLS always checked."""

import smtplib
import ssl
import time
from typing import Any, Protocol

from flask_mail import Connection

from jobboard.mailer.replies import answer, said


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


class _Bounded:
    """Of smtplib: each piece of an answer may take the timeout, and the whole opening lasts until ``ends_at`` (monotonic)."""

    sock: Any
    timeout: float
    file: Any

    def __init__(self, ends_at: float, *args: Any, **options: Any) -> None:
        self.ends_at = ends_at
        super().__init__(*args, **options)

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None:
            self.file = _Lines(self)
        return super().getreply()  # type: ignore[misc,no-any-return]


class _Lines:
    """Lines of a socket. A server that says one letter a minute does not hold us for ever."""

    def __init__(self, host: _Bounded) -> None:
        self.host, self.rest = host, bytearray()

    def readline(self, most: int) -> bytes:
        while b"\n" not in self.rest and len(self.rest) < most:
            left = self.host.ends_at - time.monotonic()
            if left <= 0:
                raise TimeoutError("the exchange took too long")
            self.host.sock.settimeout(min(self.host.timeout, left))
            received = self.host.sock.recv(most)
            if not received:
                break
            self.rest += received
        end = self.rest.find(b"\n") + 1 or len(self.rest)
        line = bytes(self.rest[: min(end, most)])
        del self.rest[: len(line)]
        return line

    def close(self) -> None:
        self.rest.clear()


class _Smtp(_Bounded, smtplib.SMTP):
    pass


class _SmtpTls(_Bounded, smtplib.SMTP_SSL):
    pass


Host = _Smtp | _SmtpTls


class ReadyConnection(Connection):
    """Flask-Mail's connection with timeouts and a certificate check, for bytes that are ready."""

    def __init__(self, mail: Any, route: Route, tls: ssl.SSLContext | None, helo: str, ends_at: float) -> None:
        super().__init__(mail)
        self.route, self.tls, self.helo = route, tls, helo
        self.ends_at = ends_at

    def configure_host(self) -> Host:
        """Connects, encrypts, signs in; STARTTLS that the server does not offer is an error, never skipped."""
        route, host = self.route, self._opened()
        try:
            if route.starttls == "required":
                host.starttls(context=self.tls or ssl.create_default_context())
            if route.user and route.password:
                host.login(route.user, route.password)
            host.ehlo_or_helo_if_needed()
            if host.file is not None and host.file.rest:
                raise smtplib.SMTPException("the server spoke out of turn")
        except BaseException:
            host.close()
            raise
        return host

    def _opened(self) -> Host:
        route = self.route
        if not route.implicit_tls:
            return _Smtp(self.ends_at, route.host, route.port, self.helo, timeout=route.timeout)
        context = self.tls or ssl.create_default_context()
        return _SmtpTls(self.ends_at, route.host, route.port, self.helo, timeout=route.timeout, context=context)


def reason(error: Exception) -> str:
    """Why a connection is not there, for the ledger."""
    if isinstance(error, smtplib.SMTPResponseException):
        return answer(error.smtp_code, error.smtp_error)
    return said(f"{type(error).__name__}: {error}")
