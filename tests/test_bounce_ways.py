"""The two ways by which mails come back: the pipe of the mail server, and a Maildir that the worker reads."""

import io
import logging
import os
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard import cli, maildir
from jobboard.base.states import Bounce, DeliveryKind, DeliveryState
from jobboard.database import create_engine
from jobboard.domain.letterhead import Letterhead
from jobboard.models import Delivery, Subscriber
from jobboard.steps import Steps
from tests.cast import OPENING
from tests.domain.returned_mails import MAILS
from tests.mailroom import LETTERHEAD, Mailroom

GONE = MAILS[0]
ADDRESS = "tanaka@reader.jp"


def sent(session: Session, letter: str = "a") -> Delivery:
    """A delivery that has left, to a reader of its own."""
    person = Subscriber(address=f"{letter}{ADDRESS}", address_key=f"{letter}{ADDRESS}", created_at=OPENING)
    row = Delivery(
        kind=DeliveryKind.NOTICE, subscriber=person, message_id=letter * 32, created_at=OPENING, due_at=OPENING,
        state=DeliveryState.SENT, settled_at=OPENING,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def returned(letter: str = "a", letterhead: Letterhead = LETTERHEAD) -> bytes:
    """The report that comes back for it."""
    to = letterhead.return_path(letter * 32)
    return GONE.bytes(to, f"{letter}{ADDRESS}", f"{letter * 32}@{letterhead.host}")


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str) -> None:
    """An installation's settings, on a database with one delivery."""
    for variable in [name for name in os.environ if name.startswith("JOBBOARD_")]:
        monkeypatch.delenv(variable)
    settings = {
        "DATABASE_URL": database_url, "QUEUE_URL": f"sqlite:///{tmp_path}/q", "INSTANCE_DIR": str(tmp_path / "i"),
        "SECRET_KEY": "s" * 40, "TOKEN_KEY": "t" * 40, "BASE_URL": LETTERHEAD.base_url,
        "BOUNCE_ADDRESS": LETTERHEAD.bounce_address, "SMTP_URL": "smtp://127.0.0.1:9?starttls=off",
        "MAIL_FROM": LETTERHEAD.sender, "MAIL_POSTAL_ADDRESS": LETTERHEAD.postal_address,
    }  # fmt: skip
    for name, value in settings.items():
        monkeypatch.setenv(f"JOBBOARD_{name}", value)
    with Session(create_engine(database_url)) as session:
        sent(session)
        session.commit()
        session.get_bind().dispose()  # type: ignore[union-attr]


def piped(monkeypatch: pytest.MonkeyPatch, content: bytes) -> int:
    """What the mail server is answered."""
    stream = io.BytesIO(content)
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=stream))
    code = cli.main(["bounce"])
    assert stream.read(1) == b"", "the pipe was drained"
    return code


def known(database_url: str) -> list[Bounce | None]:
    engine = create_engine(database_url)
    with Session(engine) as session:
        found = list(session.scalars(select(Delivery.bounce)))
    engine.dispose()
    return found


def test_a_report_from_the_pipe_is_recorded_and_rubbish_is_taken_too(
    environ: None, monkeypatch: pytest.MonkeyPatch, database_url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert piped(monkeypatch, b"\xff" * 2_000_000) == 0
    assert known(database_url) == [None]
    assert piped(monkeypatch, returned()) == 0
    assert known(database_url) == [Bounce.HARD]
    said = capfd.readouterr()
    assert said.out == "" and "tanaka" not in said.err and "names no mail of ours" in said.err


def test_the_envelope_in_the_environment_names_the_mail(
    environ: None, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    monkeypatch.setenv("RECIPIENT", LETTERHEAD.return_path("a" * 32))
    assert piped(monkeypatch, GONE.bytes(LETTERHEAD.bounce_address, ADDRESS, "x")) == 0
    assert known(database_url) == [Bounce.HARD]


@pytest.mark.parametrize("wrong", [{"DATABASE_URL": "postgresql://127.0.0.1:1/x"}, {"DATABASE_URL": "sqlite:////proc/none/x"}, {"BIND": "x"}])
def test_what_cannot_be_recorded_is_left_to_the_mail_server_for_later(
    environ: None, monkeypatch: pytest.MonkeyPatch, wrong: dict[str, str], capfd: pytest.CaptureFixture[str], sqlite_url: str
) -> None:
    for name, value in wrong.items():
        monkeypatch.setenv(f"JOBBOARD_{name}", value)
    assert piped(monkeypatch, returned()) == 75
    assert "tanaka" not in capfd.readouterr().err


def box(tmp_path: Path, **messages: bytes) -> Path:
    """A Maildir with these messages in new/."""
    for name in ("tmp", "new", "cur"):
        (tmp_path / "box" / name).mkdir(parents=True, exist_ok=True)
    for name, content in messages.items():
        (tmp_path / "box" / "new" / name).write_bytes(content)
    return tmp_path / "box"


def there(folder: Path) -> dict[str, list[str]]:
    return {part: sorted(file.name for file in (folder / part).iterdir()) for part in ("new", "cur")}


def test_the_worker_reads_the_maildir_and_keeps_what_it_read_as_seen(mailroom: Mailroom, tmp_path: Path) -> None:
    with mailroom.writing() as session:
        numbers = [sent(session, letter).id for letter in "ab"]
    folder = box(tmp_path, **{"1.a": returned("a"), "2.x": b"\x00rubbish", "3.b:2,": returned("b")})
    (folder / "new" / ".hidden").write_bytes(b"")
    mailroom.steps.bounce_maildir = folder
    assert mailroom.steps.read_bounces() == 3
    assert there(folder) == {"new": [".hidden"], "cur": ["1.a:2,S", "2.x:2,S", "3.b:2,S"]}
    with mailroom.writing() as session:
        assert [session.get_one(Delivery, number).bounce for number in numbers] == [Bounce.HARD, Bounce.HARD]
    assert mailroom.steps.read_bounces() == 0


def test_what_could_not_be_taken_stays_for_the_next_minute_and_keeps_no_other_waiting(tmp_path: Path) -> None:
    folder = box(tmp_path, a=b"bad", b=b"good", c=b"good")
    taken: list[bytes] = []

    def take(content: bytes) -> None:
        if content == b"bad":
            raise ValueError("tanaka@reader.jp")
        taken.append(content)

    assert maildir.sweep(folder, take, seconds=0) == maildir.sweep(folder, take, stop=lambda: True) == 0
    assert maildir.sweep(folder, take, limit=1) == 1
    assert there(folder) == {"new": ["a", "c"], "cur": ["b:2,S"]}
    assert maildir.sweep(folder, take) == 1
    assert maildir.sweep(folder, taken.append) == 1
    assert there(folder)["new"] == [] and taken == [b"good", b"good", b"bad"]


def test_a_database_that_is_away_ends_the_sweep_and_loses_nothing(tmp_path: Path, clock: object) -> None:
    folder = box(tmp_path, a=returned(), b=returned())
    engine = sa.create_engine("postgresql+psycopg://127.0.0.1:1/x")
    steps = Steps(engine, SimpleNamespace(close=lambda: None), LETTERHEAD, "w", bounce_maildir=folder)  # type: ignore[arg-type]
    assert steps.read_bounces() == 0
    assert there(folder) == {"new": ["a", "b"], "cur": []}
    steps.close()


def test_a_maildir_that_is_not_there_or_closed_to_us_is_no_error(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        assert maildir.sweep(tmp_path / "none", lambda _: None) == 0
    assert caplog.text.count("is not there yet") == 1, "once in the life of a worker"
    (tmp_path / "file").write_bytes(b"")
    with caplog.at_level(logging.ERROR):
        assert maildir.sweep(tmp_path / "file", lambda _: None) == 0
    assert "cannot be read" in caplog.text
