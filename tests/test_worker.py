"""The task engine around the steps: a bell that never fails, a presence that the kernel vouches for, three queues."""

import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from huey import RedisHuey
from jinja2 import UndefinedError
from sqlalchemy.orm import Session

from jobboard.base.letter import Letter
from jobboard.base.states import Frequency
from jobboard.config import Config
from jobboard.domain import housekeeping, subscriptions
from jobboard.domain.criteria import Criteria
from jobboard.models import Board
from jobboard.rendering import mail_renderer
from jobboard.tasks import Bell, open_queue, register
from jobboard.worker import Presence, sweep
from tests.mailroom import LETTERHEAD, Mailroom
from tests.postings import municipality, published


def test_a_ring_puts_one_task_into_the_queue_of_either_kind(config: Config, database_url: str) -> None:
    placed = replace(config, queue_url=database_url.replace("jobboard.sqlite3", "q.sqlite3"))
    bell = Bell(placed)
    bell.wake()
    ran: list[str] = []
    queue = open_queue(placed)
    register(queue, lambda: ran.append("pump"), lambda: ran.append("sweep"))
    assert queue.pending_count() == 1
    queue.execute(queue.dequeue())
    assert ran == ["pump"]
    queue.storage.close()
    bell.close()


@pytest.mark.parametrize("url", ["sqlite:////proc/none/queue.sqlite3", "redis://127.0.0.1:1/0", "postgresql://127.0.0.1:1/x"])
def test_a_bell_without_a_queue_is_logged_and_fails_nothing(
    config: Config, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    Bell(replace(config, queue_url=url)).wake()
    assert "the worker could not be woken" in caplog.text


def test_a_redis_address_opens_a_redis_queue(config: Config) -> None:
    assert isinstance(open_queue(replace(config, queue_url="redis://127.0.0.1:1/0")), RedisHuey)


def test_a_message_that_was_not_signed_here_is_not_run(config: Config) -> None:
    queue = open_queue(config)
    register(queue, lambda: None, lambda: None)
    other = open_queue(replace(config, secret_key="x" * 40))
    register(other, lambda: None, lambda: None)()
    with pytest.raises(ValueError, match="mismatch"):
        queue.dequeue()
    queue.storage.close()
    other.storage.close()


def test_a_sweep_leaves_word_that_the_worker_lives_and_tidies(mailroom: Mailroom, tmp_path: Path) -> None:
    presence = Presence(tmp_path)
    sweep(mailroom.steps, presence)
    with Session(mailroom.steps.engine) as session:
        assert session.get_one(Board, 1).swept_at == mailroom.clock()
        last = housekeeping.last_run(session)
        assert last is not None and last.at == mailroom.clock()
    presence.leave()


def test_a_living_worker_is_alive_and_a_killed_one_is_dead(tmp_path: Path) -> None:
    presence = Presence(tmp_path)
    program = (
        "import sys, pathlib; from jobboard.worker import Presence;"
        "here = Presence(pathlib.Path(sys.argv[1])); print(here.owner, flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with other:
        assert other.stdout is not None
        owner = other.stdout.readline().strip()
        assert presence.dead({owner, presence.owner, "of-another-machine"}) == set()
        presence.tidy(set())
        other.kill()
        other.wait()
        assert presence.dead({owner, presence.owner, "of-another-machine"}) == {owner}
    presence.tidy({owner})
    assert (tmp_path / "workers" / owner).exists(), "kept while it holds a lease"
    presence.tidy(set())
    assert [file.name for file in (tmp_path / "workers").iterdir()] == [presence.owner]
    presence.leave()


def test_who_subscribes_while_a_bulk_runs_does_not_wait_for_its_end(mailroom: Mailroom) -> None:
    for number in range(60):
        mailroom.subscribed(f"r{number}@example.jp")
    with mailroom.writing() as session:
        published(session, municipality())
    take = mailroom.mailer.take

    def subscribe_meanwhile(letter: Letter) -> str:
        words = take(letter)
        if len(mailroom.mailer.letters) == 5:
            with mailroom.writing() as session:
                subscriptions.subscribe(
                    session, "tanaka@example.jp", Criteria(), subscriptions.KINDS, Frequency.AT_ONCE,
                    letterhead=LETTERHEAD, now=mailroom.clock(),
                )  # fmt: skip
        return words

    mailroom.mailer.take = subscribe_meanwhile  # type: ignore[method-assign]
    recipients = [letter.recipient for letter in mailroom.run()]
    assert len(recipients) == len(set(recipients)) == 61
    assert recipients.index("tanaka@example.jp") == 20, "the first of the next batch"


def test_styles_stand_in_the_elements_and_nothing_is_loaded(mailroom: Mailroom) -> None:
    mailroom.subscribed()
    with mailroom.writing() as session:
        published(session, municipality())
    (letter,) = mailroom.run()
    assert '<h1 style="' in letter.html and "<style" not in letter.html and "<link" not in letter.html
    assert "src=" not in letter.html and "url(" not in letter.html


def test_a_template_that_lacks_a_value_fails_instead_of_showing_a_gap() -> None:
    with pytest.raises(UndefinedError):
        mail_renderer()("mail/notice.html")


def test_the_sqlite_queue_is_another_file_than_the_database(config: Config) -> None:
    queue = open_queue(config)
    register(queue, lambda: None, lambda: None)()
    with sqlite3.connect(config.queue_url.removeprefix("sqlite:///")) as connection:
        assert connection.execute("SELECT count(*) FROM task").fetchone() == (1,)
    connection.close()
    queue.storage.close()
