"""The worker's process: who it is, whose leases it takes back, and how it ends."""

import fcntl
import os
import socket
import uuid
from pathlib import Path
from threading import Event, Thread
from types import FrameType
from typing import Any, TextIO

from huey.consumer import Consumer

from jobboard.config import Config
from jobboard.steps import Steps
from jobboard.tasks import open_queue, register
from jobboard.web import workers
from jobboard.web.logging import configure

IDLE = 0.5
"""Seconds between looks into an empty queue that cannot call."""


class Presence:
    """A locked file while this process lives; the kernel unlocks it however the process ends.

    The file is the owner's name, so another worker that can lock it knows that its owner is dead. One without a file here
    (another machine's) is left to the end of its lease.
    """

    def __init__(self, instance_dir: Path) -> None:
        self.folder = workers.folder(instance_dir)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.owner = f"{socket.gethostname()}-{uuid.uuid4()}"
        self._file = self._held(self.folder / self.owner)

    @staticmethod
    def _held(path: Path) -> TextIO:
        # Locked under a name that nobody looks at, then given its own: nobody can find it unlocked.
        fresh = path.with_name(f".{path.name}")
        file = fresh.open("w", encoding="ascii")
        fcntl.flock(file, fcntl.LOCK_EX)
        os.rename(fresh, path)
        return file

    def dead(self, owners: set[str]) -> set[str]:
        """Those of ``owners`` whose process, of this folder, has ended."""
        return {owner for owner in owners - {self.owner} if workers.is_dead(self.folder / owner)}

    def tidy(self, owners: set[str]) -> None:
        """Removes the files of ended workers that hold no lease any more."""
        for path in self.folder.iterdir():
            named = not path.name.startswith(".")  # the others are being made
            if named and path.name not in owners | {self.owner} and workers.is_dead(path):
                path.unlink(missing_ok=True)

    def leave(self) -> None:
        (self.folder / self.owner).unlink(missing_ok=True)
        self._file.close()


class GracefulConsumer(Consumer):  # type: ignore[misc]
    """Both SIGTERM and SIGINT let the message in flight end; a second one interrupts."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, graceful_signal="TERM", **options)
        self.ending = False
        self._signal_actions[self._interrupt_sig] = (False, True)

    def _handle_signal(self, signum: int, frame: FrameType | None) -> None:
        # Not the stop flag: its lock may be held by the very code that this signal interrupts.
        self.ending = True
        super()._handle_signal(signum, frame)


def sweep(steps: Steps, presence: Presence) -> None:
    """What is done every minute, whoever rang or did not: nothing waits longer for a call that was lost."""
    steps.beat()
    owners = steps.owners()
    steps.take_back(presence.dead(owners))
    presence.tidy(owners)
    steps.tidy()
    steps.seal()
    steps.notice_strange()
    steps.read_bounces()
    steps.succeed()
    steps.expire()
    steps.remind()
    steps.pump()


def work(config: Config, *, periodic: bool = True) -> None:
    """Runs the worker until SIGTERM. ``periodic`` adds the sweep of every minute and collecting; one worker of several is enough for it."""
    configure(config.log_format)
    presence = Presence(config.instance_dir)
    steps = Steps.of(config, presence.owner)
    queue = open_queue(config)

    wake = register(queue, steps.pump, lambda: sweep(steps, presence))
    consumer = GracefulConsumer(queue, workers=1, periodic=periodic, initial_delay=0.05, max_delay=IDLE)
    steps.stop = lambda: consumer.ending
    steps.take_back(presence.dead(steps.owners()))
    wake()
    ended = Event()
    if periodic and steps.collector is not None:  # beside the queue's own thread: no mail waits for a slow server
        Thread(target=steps.collector.keep_on, args=(ended,), daemon=True).start()
    try:
        consumer.run()
    finally:
        ended.set()
        steps.close()
        presence.leave()
