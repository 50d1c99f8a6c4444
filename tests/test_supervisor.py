"""Web and worker start together, stop together, and say why they cannot start."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

# Two programs in the place of gunicorn and the worker; each says its pid in a file.
WEB = """
import http.server, os, pathlib, sys
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(int(sys.argv[3])); self.end_headers(); self.wfile.write(b"said by the page")
    def log_message(self, *arguments): pass
server = http.server.HTTPServer(("127.0.0.1", int(sys.argv[2])), Page)
pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))
server.serve_forever()
"""
WORKER = """
import os, pathlib, signal, sys, time
if sys.argv[2] == "stubborn": signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))
while sys.argv[2] != "dies": time.sleep(0.05)
sys.exit(3)
"""
RUN = """
import os, sys
from jobboard import supervisor
from jobboard.config import Config
supervisor.STOP_WITHIN = 1.0
folder, port, web, worker, status, mood = sys.argv[1:]
supervisor.READY_WITHIN = 30.0 if status == "200" else 3.0
commands = {
    "web": [sys.executable, "-c", web, folder + "/web", port, status],
    "worker": [sys.executable, "-c", worker, folder + "/worker", mood],
}
sys.exit(supervisor.run(Config.from_environ(os.environ), lambda: ["見本の役割"], commands))
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class House:
    """One instance folder and address, and the supervisors started on it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.started: list[subprocess.Popen[str]] = []
        self.shown = ""  # by the last whole start

    def start(self, status: int = 200, mood: str = "works", port: int | None = None) -> subprocess.Popen[str]:
        port = port or self.port
        environ = {
            "PATH": os.environ["PATH"],
            "JOBBOARD_DEMO": "1",
            "JOBBOARD_BIND": f"127.0.0.1:{port}",
            "JOBBOARD_INSTANCE_DIR": str(self.folder / "instance"),
        }
        arguments = [str(self.folder), str(port), WEB, WORKER, str(status), mood]
        process = subprocess.Popen(
            [sys.executable, "-u", "-c", RUN, *arguments],
            env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self.started.append(process)
        return process

    def start_whole(self, mood: str = "works") -> subprocess.Popen[str]:
        process = self.start(mood=mood)
        assert process.stdout
        self.shown = ""
        while "Ctrl-C" not in self.shown:
            self.shown += process.stdout.readline() or pytest.fail(f"it ended before it was ready: {self.shown}")
        return process

    def gone(self, *names: str) -> bool:
        """True when these children end within some seconds."""
        pids = [int((self.folder / name).read_text()) for name in names]
        end = time.monotonic() + 5
        while any(_alive(pid) for pid in pids):
            if time.monotonic() > end:
                return False
            time.sleep(0.02)
        return True


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    for process in house.started:
        process.kill()
        process.communicate()
    for name in ("web", "worker"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            os.kill(int((tmp_path / name).read_text()), signal.SIGKILL)


def test_a_signal_stops_both_and_is_no_failure_and_a_restart_right_after_it_works(house: House) -> None:
    for sign in (signal.SIGINT, signal.SIGTERM):
        process = house.start_whole()
        process.send_signal(sign)
        assert process.wait(10) == 0
        assert house.gone("web", "worker")
        for name in ("web", "worker"):
            (house.folder / name).unlink()


def test_when_one_dies_the_other_is_stopped_and_the_dead_one_is_named(house: House) -> None:
    process = house.start(mood="dies")
    shown, _ = process.communicate(timeout=10)
    assert process.returncode == 1
    assert "worker が終了しました(exit 3)" in shown
    assert not (house.folder / "web").exists() or house.gone("web")


def test_a_child_that_ignores_the_request_is_killed_in_bounded_time(house: House) -> None:
    process = house.start_whole(mood="stubborn")
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    assert house.gone("web", "worker")


def test_a_killed_supervisor_leaves_no_orphans(house: House) -> None:
    process = house.start_whole()
    process.kill()
    process.wait(10)
    assert house.gone("web", "worker")


def test_a_site_that_never_gets_ready_is_stopped_with_its_own_words(house: House) -> None:
    process = house.start(status=503)
    shown, _ = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "503 said by the page" in shown
    assert house.gone("web", "worker")


def test_the_banner_tells_address_given_lines_and_where_mail_is_and_a_second_start_that_it_runs_already(house: House) -> None:
    house.start_whole()
    for part in (f"http://127.0.0.1:{house.port}/", "見本の役割", "jobboard mail outbox", f"{house.folder}/instance/outbox"):
        assert part in house.shown
    for port in (house.port, free_port()):  # the same address; another address on the same instance folder
        second = house.start(port=port)
        shown, _ = second.communicate(timeout=10)
        assert second.returncode == 1
        assert f"すでに動いています: http://127.0.0.1:{house.port}" in shown
    the_same_program_from_another_folder_is_not_this_site(house)


def the_same_program_from_another_folder_is_not_this_site(house: House) -> None:
    (other := House(house.folder / "other")).folder.mkdir()
    process = other.start(port=house.port)
    house.started.append(process)
    shown, _ = process.communicate(timeout=10)
    assert process.returncode == 1 and "すでに動いています" not in shown
    assert "別のフォルダーから起動した同じサイト" in shown and f"JOBBOARD_BIND=127.0.0.1:{house.port + 1}" in shown


@pytest.fixture
def neighbour() -> Iterator[Callable[[int], None]]:
    """Another program that listens at a port and answers 404 to everything."""
    servers: list[HTTPServer] = []

    def listen(port: int) -> None:
        servers.append(HTTPServer(("127.0.0.1", port), BaseHTTPRequestHandler))
        threading.Thread(target=servers[0].serve_forever, daemon=True).start()

    yield listen
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_taken_port_names_the_setting_before_anything_is_made(
    house: House, neighbour: Callable[[int], None], capfd: pytest.CaptureFixture[str]
) -> None:
    neighbour(house.port)
    process = house.start()
    shown, _ = process.communicate(timeout=10)
    assert process.returncode == 1
    assert f"JOBBOARD_BIND=127.0.0.1:{house.port + 1}" in shown
    assert not (house.folder / "instance" / "running.lock").exists()
