"""`jobboard check`: a look at the Maildir of what comes back; with --mail also at the mail server of setting SMTP_URL, up to
signing in. No mail is sent."""

import errno
import os
import smtplib
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

from jobboard.commands.mail_dns import Finding
from jobboard.config import Config
from jobboard.setting_values import SmtpRoute

ROOM = 10_000_000
"""Octets that a server should take at least; our longest mails are far smaller."""

_NO_NETWORK = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN)


def findings(config: Config, tls: ssl.SSLContext | None = None) -> Iterator[Finding]:
    """The mail server. ``tls``: whom certificates are trusted from, the system's authorities when None."""
    yield from _server(config, tls)


def returns(config: Config) -> Iterator[Finding]:
    """The Maildir of what comes back, where one is set."""
    if config.bounce_maildir is not None:
        yield _maildir(config.bounce_maildir / "new")


def _maildir(new: Path) -> Finding:
    subject = f"Maildir({new.parent})"
    try:
        there = new.is_dir()
    except OSError:  # a folder above it is closed to us
        there = False
    if not there:
        return Finding("異常", subject, "new/ がありません。JOBBOARD_BOUNCE_MAILDIR が正しいか確かめ、maildirmake などで作ってください")
    if not os.access(new, os.R_OK | os.W_OK | os.X_OK) or not os.access(new.parent, os.W_OK | os.X_OK):
        return Finding("異常", subject, "読み書きできません。ワーカーを動かすアカウントに権限を与えてください")
    return Finding("良好", subject, "読み書きできます")


def _server(config: Config, tls: ssl.SSLContext | None) -> Iterator[Finding]:
    route = config.smtp_url
    if route is None:
        yield Finding("注意", "SMTP", "JOBBOARD_SMTP_URL が無いので、メールは送らずフォルダーに書き出しています")
        return
    subject = f"SMTP({route.host}:{route.port})"
    try:
        with _opened(route, tls or ssl.create_default_context(), config) as host:
            yield from _looked(host, route, subject)
    except ssl.SSLError as error:
        words = getattr(error, "verify_message", "") or error.reason or "TLS"
        yield Finding("異常", subject, f"証明書を確かめられません({words})。サーバーの証明書か、URLのホスト名を直してください")
    except smtplib.SMTPAuthenticationError:
        yield Finding("異常", subject, "ユーザー名かパスワードが受け付けられません。JOBBOARD_SMTP_URL を直してください")
    except smtplib.SMTPNotSupportedError:
        yield Finding("異常", subject, "STARTTLSか認証がありません。暗号化できるサーバーにしてください")
    except (smtplib.SMTPException, OSError) as error:
        yield _away(error, subject)


def _opened(route: SmtpRoute, tls: ssl.SSLContext, config: Config) -> smtplib.SMTP:
    """Connected, encrypted as mails are, signed in when the address has a user."""
    timeout = min(route.timeout, 10.0)
    name = config.bounce_address.rpartition("@")[2]
    host: smtplib.SMTP
    if route.implicit_tls:
        host = smtplib.SMTP_SSL(route.host, route.port, name, timeout=timeout, context=tls)
    else:
        host = smtplib.SMTP(route.host, route.port, name, timeout=timeout)
    try:
        host.ehlo()
        if route.starttls == "required":
            host.starttls(context=tls)
            host.ehlo()
        if route.user and route.password:
            host.login(route.user, route.password)
    except BaseException:
        host.close()
        raise
    return host


def _looked(host: smtplib.SMTP, route: SmtpRoute, subject: str) -> Iterator[Finding]:
    if route.starttls == "required" or route.implicit_tls:
        yield Finding("良好", subject, "暗号化し、証明書を確かめました")
    elif host.has_extn("starttls"):
        yield Finding("注意", subject, "暗号化せずに送っています。STARTTLSが使えるので、starttls=required にしてください")
    else:
        yield Finding("注意", subject, "暗号化せずに送っています。この機械の中のサーバーでなければ、暗号化できるものにしてください")
    if not host.has_extn("pipelining"):
        yield Finding("注意", subject, "PIPELININGがありません。送れますが、遅くなります")
    size = host.esmtp_features.get("size", "")
    if size.isdigit() and 0 < int(size) < ROOM:
        yield Finding("注意", subject, f"受け取る大きさの上限(SIZE)が{int(size):,}バイトです。{ROOM:,}以上にしてください")


def _away(error: Exception, subject: str) -> Finding:
    if isinstance(error, socket.gaierror) or (isinstance(error, OSError) and error.errno in _NO_NETWORK):
        return Finding("調べられません", subject, "サーバーを見つけられないので、確かめていません。ネットワークとホスト名を確かめてください")
    return Finding("異常", subject, f"つながりません({type(error).__name__})。ホスト、ポート、ファイアウォールを確かめてください")
