"""The settings as one frozen value: read once from the environment, checked, and handed on.

A wrong, missing or unknown JOBBOARD_ variable raises SettingError before anything starts.
"""

import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url

from jobboard import places
from jobboard import setting_values as values
from jobboard.setting_values import SmtpRoute, Wrong
from jobboard.settings import BY_NAME, PREFIX, SettingError, unknown, wrong

__all__ = ["Config", "SettingError", "SmtpRoute"]

T = TypeVar("T")
_WILDCARDS = {"0.0.0.0", "[::]"}
LEAST_YEARS, MOST_YEARS = 1, 100
"""保存期間 of postings and of the audit."""



@dataclass(frozen=True)
class Config:
    """Each field is the setting of the same name in settings.py. `repr` shows no secret."""

    bind: str
    base_url: str
    database_url: str = field(repr=False)
    queue_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    token_key: str = field(repr=False)
    mail_folder: Path | None  # None exactly when smtp_url is set
    smtp_url: SmtpRoute | None
    mail_from: str
    bounce_address: str
    bounce_maildir: Path | None
    mail_connections: int
    mail_per_minute: int  # here and in the two below 0 means no limit
    mail_domain_per_minute: int
    mail_hold_over: int
    mail_hold_times: int
    dkim_selector: str
    mail_postal_address: str
    site_name: str
    office: str
    contact: str
    instance_dir: Path
    demo: bool
    trusted_proxies: int
    upload_dir: Path
    keep_postings_years: int
    keep_audit_years: int
    cache_url: str = field(repr=False)  # empty: each process keeps its own
    log_format: Literal["text", "json"]

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Config":
        """Reads the JOBBOARD_ variables. A demonstration makes and keeps missing keys in instance_dir."""
        return _read(_Given(environ))

    @property
    def bind_host(self) -> str:
        return self.bind.rpartition(":")[0].removeprefix("[").removesuffix("]")

    @property
    def bind_port(self) -> int:
        return int(self.bind.rpartition(":")[2])

    @property
    def secure(self) -> bool:
        """True when readers come by https: cookies are Secure then, and HSTS is sent."""
        return self.base_url.startswith("https://")

    @property
    def caller(self) -> str:
        """How a site that we read finds out who we are."""
        return f"{self.base_url}; {self.contact}" if self.contact else self.base_url

    @property
    def cookie_name(self) -> str:
        """A browser takes a `__Host-` cookie only over https; plain http is for loopback."""
        return "__Host-jobboard" if self.secure else "jobboard"


class _Given:
    """The JOBBOARD_ variables of one environment; refuses unknown and empty ones at once."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._texts: dict[str, str] = {}
        for variable in sorted(environ):
            if variable.startswith(PREFIX):
                self._take(variable, environ[variable].strip())

    def _take(self, variable: str, text: str) -> None:
        name = variable.removeprefix(PREFIX).lower()
        if name not in BY_NAME or BY_NAME[name].variable != variable:
            raise unknown(variable)
        if not text:
            raise wrong(
                name,
                "値が空です。使わないときは変数ごと消してください",
                "it is empty; remove the variable instead",
            )
        self._texts[name] = text

    def __contains__(self, name: str) -> bool:
        return name in self._texts

    def get(self, name: str, parse: Callable[[str], T], default: T) -> T:
        """The typed value, or the default when the variable is not set."""
        if name not in self._texts:
            return default
        try:
            return parse(self._texts[name])
        except Wrong as reason:
            raise wrong(name, reason.reason, reason.reason_en) from None


def _read(given: _Given) -> Config:
    demo = given.get("demo", values.flag, False)
    instance_dir = given.get("instance_dir", values.folder, (places.checkout_folder() or Path.cwd()) / "instance")
    bind = given.get("bind", values.address_to_bind, BY_NAME["bind"].default)
    base_url = _base_url(given, bind, demo)
    database_url = given.get("database_url", values.database_url, values.sqlite_url(instance_dir / "jobboard.sqlite3"))
    smtp_url = given.get("smtp_url", values.smtp_route, None)
    mail_from = _mail_from(given, base_url, demo)
    secret_key = _key(given, "secret_key", instance_dir if demo else None)
    token_key = _key(given, "token_key", instance_dir if demo else None)
    if token_key == secret_key:
        raise wrong("token_key", "SECRET_KEYとは別の値にしてください", "it must differ from SECRET_KEY")
    return Config(
        bind=bind,
        base_url=base_url,
        database_url=database_url,
        queue_url=_queue_url(given, database_url),
        secret_key=secret_key,
        token_key=token_key,
        mail_folder=_mail_folder(given, instance_dir),
        smtp_url=smtp_url,
        mail_from=mail_from,
        bounce_address=_bounce_address(given, mail_from),
        bounce_maildir=given.get("bounce_maildir", values.folder, None),
        mail_connections=_number(given, "mail_connections", 1, 16),
        mail_per_minute=_number(given, "mail_per_minute", 0, 10**7),
        mail_domain_per_minute=_number(given, "mail_domain_per_minute", 0, 10**7),
        mail_hold_over=_number(given, "mail_hold_over", 0, 10**9),
        mail_hold_times=_number(given, "mail_hold_times", 0, 10**6),
        dkim_selector=given.get("dkim_selector", values.dns_label, ""),
        mail_postal_address=_mail_postal_address(given, demo),
        site_name=given.get("site_name", values.line, BY_NAME["site_name"].default),
        office=given.get("office", values.line, ""),
        contact=given.get("contact", values.contact, ""),
        instance_dir=instance_dir,
        demo=demo,
        trusted_proxies=given.get("trusted_proxies", lambda text: values.number(text, 0, 5), 0),
        upload_dir=given.get("upload_dir", values.folder, instance_dir / "uploads"),
        keep_postings_years=_number(given, "keep_postings_years", LEAST_YEARS, MOST_YEARS),
        keep_audit_years=_number(given, "keep_audit_years", LEAST_YEARS, MOST_YEARS),
        cache_url=given.get("cache_url", values.cache_url, ""),
        log_format=given.get("log_format", values.log_format, "text"),
    )


def _number(given: _Given, name: str, least: int, most: int) -> int:
    return given.get(name, lambda text: values.number(text, least, most), int(BY_NAME[name].default))


def _base_url(given: _Given, bind: str, demo: bool) -> str:
    """http://BIND when that is loopback; any other address must be given, since links carry it."""
    host = bind.rpartition(":")[0]
    if host in _WILDCARDS and demo:
        bind = f"localhost:{bind.rpartition(':')[2]}"
    try:
        guess = values.base_url(f"http://{bind.removesuffix(':80')}")
    except Wrong:
        guess = ""
    base_url = given.get("base_url", values.base_url, guess)
    if not base_url:
        raise wrong(
            "base_url",
            "BINDがこの機械の外にも開いているので、必ず指定してください",
            "BIND is open to others, so it is required",
        )
    return base_url


def _queue_url(given: _Given, database_url: str) -> str:
    url = make_url(database_url)
    beside = database_url
    if url.drivername == "sqlite" and url.database:
        file = Path(url.database)
        beside = values.sqlite_url(file.with_name(f"{file.stem}-queue{file.suffix}"))
    queue_url = given.get("queue_url", values.queue_url, beside)
    if url.drivername == "sqlite" and queue_url == database_url:
        raise wrong(
            "queue_url",
            "SQLiteではデータベースと別のファイルにしてください",
            "with SQLite it must be another file than the database",
        )
    return queue_url


def _mail_folder(given: _Given, instance_dir: Path) -> Path | None:
    if "smtp_url" not in given:
        return given.get("mail_folder", values.folder, instance_dir / "outbox")
    if "mail_folder" in given:
        raise wrong(
            "mail_folder",
            "SMTP_URLと同時には使えません。どちらかを消してください",
            "it excludes SMTP_URL; remove one of them",
        )
    return None


def _needed_with_smtp(given: _Given, name: str, demo: bool) -> None:
    if "smtp_url" in given and name not in given and not demo:
        raise wrong(name, "SMTP_URLを使うときは必ず指定してください", "it is required with SMTP_URL")


def _mail_postal_address(given: _Given, demo: bool) -> str:
    """Who sends notices says where one is (特定電子メール法4条)."""
    _needed_with_smtp(given, "mail_postal_address", demo)
    return given.get("mail_postal_address", values.line, "")


def _mail_from(given: _Given, base_url: str, demo: bool) -> str:
    _needed_with_smtp(given, "mail_from", demo)
    host = urlsplit(base_url).hostname or "localhost"
    return given.get(
        "mail_from", values.mail_address, f"noreply@{'localhost' if values.is_loopback(host) else host}"
    )


def _bounce_address(given: _Given, mail_from: str) -> str:
    """The sender's address unless another one is set; a mark is added to it, so it must leave room for one."""
    if "bounce_address" not in given:
        given.get("mail_from", values.returning_address, "")
    return given.get("bounce_address", values.returning_address, mail_from)


def _key(given: _Given, name: str, kept_in: Path | None) -> str:
    """The key that is set; else, in a demonstration, the one kept in a file that only its owner can read."""
    given_key = given.get(name, values.key, None)
    if given_key is not None:
        return given_key
    if kept_in is None:
        raise wrong(name, "必ず指定してください", "it is required")
    try:
        kept_in.mkdir(parents=True, exist_ok=True)
        return _kept_key(kept_in / name.replace("_", "-"))
    except OSError:
        raise wrong(
            "instance_dir", "このフォルダーに書き込めません", "this folder cannot be written"
        ) from None


def _kept_key(file: Path) -> str:
    """Two first starts agree: the key is written whole under another name, then linked to its own once."""
    if not file.exists():
        fresh = file.with_name(f".{file.name}-{secrets.token_hex(8)}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="ascii") as out:
            out.write(secrets.token_hex(32))
        try:
            os.link(fresh, file)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return values.key(file.read_text(encoding="ascii").strip())
