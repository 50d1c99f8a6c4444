"""A wrong, missing or unknown setting stops the start in words; every setting is documented."""

import dataclasses
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from jobboard.config import Config, SettingError, SmtpRoute
from jobboard.settings import SETTINGS

DOCS = Path(__file__).parent.parent / "docs" / "settings.md"
KEYS = {"JOBBOARD_SECRET_KEY": "s" * 32, "JOBBOARD_TOKEN_KEY": "t" * 32}

SENDER = {"mail_from": "noreply@example.go.jp", "mail_postal_address": "東京都千代田区霞が関2-1-2"}
"""What SMTP_URL demands."""

Read = Callable[..., Config]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads a real installation's settings with these changes; None removes a variable."""

    def reading(**changes: str | None) -> Config:
        environ: dict[str, str | None] = {
            **KEYS,
            "JOBBOARD_INSTANCE_DIR": str(tmp_path / "instance"),
            "PATH": "/bin",
        }
        environ.update({f"JOBBOARD_{name.upper()}": text for name, text in changes.items()})
        return Config.from_environ({name: text for name, text in environ.items() if text is not None})

    return reading


def test_docs_list_every_setting_with_its_default_meaning_and_example() -> None:
    rows = [line for line in DOCS.read_text(encoding="utf-8").splitlines() if line.startswith("| `JOBBOARD_")]
    assert rows == [
        f"| `{s.variable}` | {s.kind} | {s.default} | {s.meaning} | `{s.example}` |" for s in SETTINGS
    ]


def test_the_table_and_the_config_have_the_same_names() -> None:
    assert sorted(s.name for s in SETTINGS) == sorted(field.name for field in dataclasses.fields(Config))


def test_every_example_in_the_table_is_accepted(read: Read) -> None:
    for setting in SETTINGS:
        if setting.name in {"secret_key", "token_key"}:
            continue
        needed = SENDER if setting.name == "smtp_url" else {}
        read(**{setting.name: setting.example, **needed})


def test_the_example_of_a_key_is_refused_so_that_nobody_copies_it(read: Read) -> None:
    for name in ("secret_key", "token_key"):
        example = next(s.example for s in SETTINGS if s.name == name)
        with pytest.raises(SettingError):
            read(**{name: example})


def test_defaults_are_a_folder_mailer_and_sqlite_in_the_instance_folder(read: Read, tmp_path: Path) -> None:
    config = read()
    assert config.database_url == f"sqlite:///{tmp_path}/instance/jobboard.sqlite3"
    assert config.queue_url == f"sqlite:///{tmp_path}/instance/jobboard-queue.sqlite3"
    assert (config.mail_folder, config.smtp_url) == (tmp_path / "instance" / "outbox", None)
    assert (config.base_url, config.bind_host, config.bind_port) == (
        "http://127.0.0.1:8000",
        "127.0.0.1",
        8000,
    )
    assert (config.demo, config.trusted_proxies, config.log_format) == (False, 0, "text")
    assert config.bounce_address == config.mail_from == "noreply@localhost"


def test_only_the_demonstration_has_an_office_that_is_invented(read: Read) -> None:
    assert (read().office, read().contact) == ("", "")
    shown = read(demo="1")
    assert "見本" in shown.office and shown.contact.endswith(".example.jp")
    assert read(demo="1", contact="x@example.go.jp").contact == "x@example.go.jp"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("bind", "8000"),
        ("bind", "127.0.0.1:0"),
        ("bind", "::1:8000"),
        ("bind", "0.0.0.0:8000"),  # then BASE_URL is missing
        ("base_url", "jobs.example.go.jp"),
        ("base_url", "http://jobs.example.go.jp"),
        ("base_url", "https://jobs.example.go.jp/board"),
        ("base_url", "https://user@jobs.example.go.jp"),
        ("base_url", "https://jobs.example.go.jp:port"),
        ("database_url", "mysql://localhost/jobboard"),
        ("database_url", "sqlite://"),
        ("database_url", "postgresql://localhost"),
        ("queue_url", "amqp://localhost"),
        ("secret_key", "s" * 31),
        ("secret_key", None),
        ("token_key", None),
        ("token_key", "s" * 32),  # the same as SECRET_KEY
        ("smtp_url", "mail.example"),
        ("smtp_url", "smtp://mail.example?starttls=maybe"),
        ("smtp_url", "smtp://user:pass@mail.example?starttls=off"),
        ("smtp_url", "smtps://mail.example?starttls=required"),
        ("smtp_url", "smtp://mail.example?timeout=0"),
        ("smtp_url", "smtp://mail.example?retries=3"),
        ("mail_from", "掲示板 <noreply@example.go.jp>"),
        ("site_name", "名前\r\nBcc: x@example.com"),
        ("contact", "http://www.example.go.jp/contact"),
        ("contact", "総務省 03-5253-5111"),
        ("demo", "yes"),
        ("trusted_proxies", "-1"),
        ("trusted_proxies", "6"),
        ("log_format", "xml"),
        ("keep_audit_years", "0"),
        ("keep_audit_years", "0.5"),
        ("keep_postings_years", "0"),
        ("keep_postings_years", "forever"),
        ("upload_dir", ""),
        ("instance_dir", "/tmp/what?"),
    ],
)
def test_a_wrong_value_names_the_variable_its_meaning_and_an_example(
    read: Read, name: str, text: str | None
) -> None:
    with pytest.raises(SettingError) as caught:
        read(**{name: text})
    expected = "base_url" if (name, text) == ("bind", "0.0.0.0:8000") else name
    setting = next(s for s in SETTINGS if s.name == expected)
    assert caught.value.variable == setting.variable
    for part in (setting.variable, setting.meaning, setting.in_english, setting.example):
        assert part in str(caught.value)


def test_an_unknown_variable_is_refused_and_the_near_name_is_told(read: Read) -> None:
    with pytest.raises(SettingError, match="JOBBOARD_DATABASE_URL") as caught:
        read(database_uri="sqlite:///x.sqlite3")
    assert caught.value.variable == "JOBBOARD_DATABASE_URI"
    with pytest.raises(SettingError):
        Config.from_environ({**KEYS, "JOBBOARD_Demo": "1"})


def test_no_error_and_no_repr_shows_a_secret(read: Read) -> None:
    with pytest.raises(SettingError) as caught:
        read(smtp_url="smtp://user:verysecret@mail.example?starttls=off")
    shown = str(caught.value) + repr(
        read(
            database_url="postgresql://jobboard:verysecret@localhost/jobboard",
            queue_url="redis://:verysecret@localhost/0",
            smtp_url="smtp://user:verysecret@mail.example",
            **SENDER,
            secret_key="verysecret" * 4,
            token_key="verysecret-" * 4,
        )
    )
    assert "verysecret" not in shown


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_goes_through_psycopg_and_the_queue_follows(read: Read, scheme: str) -> None:
    config = read(database_url=f"{scheme}://jobboard:p%40ss@db.example:5433/jobboard?sslmode=require")
    assert (
        config.database_url == "postgresql+psycopg://jobboard:p%40ss@db.example:5433/jobboard?sslmode=require"
    )
    assert config.queue_url == config.database_url


def test_the_sqlite_queue_is_a_file_beside_the_database_never_the_same(read: Read, tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path}/other.db"
    assert read(database_url=database).queue_url == f"sqlite:///{tmp_path}/other-queue.db"
    with pytest.raises(SettingError, match="JOBBOARD_QUEUE_URL"):
        read(database_url=database, queue_url=database)


def test_a_relative_sqlite_file_means_the_same_file_in_every_process(read: Read) -> None:
    assert read(database_url="sqlite:///board.db").database_url == f"sqlite:///{os.getcwd()}/board.db"


def test_a_cookie_is_host_prefixed_exactly_when_readers_come_by_https(read: Read) -> None:
    https = read(base_url="https://Jobs.Example.go.jp/")
    assert (https.base_url, https.secure, https.cookie_name) == (
        "https://jobs.example.go.jp",
        True,
        "__Host-jobboard",
    )
    http = read(base_url="http://localhost:8000")
    assert (http.secure, http.cookie_name) == (False, "jobboard")


def test_smtp_routes_demand_encryption_unless_told_otherwise(read: Read) -> None:
    def route(url: str) -> SmtpRoute | None:
        return read(smtp_url=url, **SENDER).smtp_url

    assert route("smtp://u%40x:p%3Aw@mail.example") == SmtpRoute(
        "mail.example", 587, "u@x", "p:w", "required", implicit_tls=False, timeout=30.0
    )
    assert route("smtps://mail.example?timeout=5") == SmtpRoute(
        "mail.example", 465, None, None, "off", True, 5.0
    )
    assert route("smtp://127.0.0.1:2525?starttls=off") == SmtpRoute(
        "127.0.0.1", 2525, None, None, "off", False, 30.0
    )


def test_smtp_needs_a_sender_with_a_postal_address_and_excludes_the_mail_folder(read: Read) -> None:
    for missing in SENDER:
        with pytest.raises(SettingError, match=f"JOBBOARD_{missing.upper()} .*意味: .*例: "):
            read(smtp_url="smtp://mail.example", **{**SENDER, missing: None})
    assert read(smtp_url="smtp://mail.example", demo="1").mail_postal_address == ""
    with pytest.raises(SettingError, match="JOBBOARD_MAIL_FOLDER"):
        read(smtp_url="smtp://mail.example", **SENDER, mail_folder="/tmp/outbox")
    assert read(smtp_url="smtp://mail.example", **SENDER).mail_folder is None


def test_a_demonstration_makes_its_keys_once_readable_by_the_owner_only(read: Read, tmp_path: Path) -> None:
    first = read(demo="1", secret_key=None, token_key=None)
    again = read(demo="1", secret_key=None, token_key=None)
    assert (first.secret_key, first.token_key) == (again.secret_key, again.token_key)
    assert len({first.secret_key, first.token_key}) == 2
    files = sorted((tmp_path / "instance").iterdir())
    assert [(f.name, oct(f.stat().st_mode & 0o777)) for f in files] == [
        ("secret-key", "0o600"),
        ("token-key", "0o600"),
    ]


def test_first_starts_at_the_same_moment_agree_on_the_keys(read: Read) -> None:
    found: list[str] = []
    gate = threading.Barrier(8)

    def start() -> None:
        gate.wait()
        found.append(read(demo="1", secret_key=None, token_key=None).secret_key)

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_demonstration_open_to_all_addresses_still_links_to_this_machine(read: Read) -> None:
    assert read(demo="1", bind="0.0.0.0:8000").base_url == "http://localhost:8000"


def test_an_instance_folder_that_cannot_be_written_is_named(read: Read, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingError, match="JOBBOARD_INSTANCE_DIR"):
        read(demo="1", secret_key=None, token_key=None, instance_dir=str(tmp_path / "file"))
