"""`jobboard run` and `jobboard serve`: web and worker as two child processes that start, stop and fall together."""

import contextlib
import ctypes
import fcntl
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from jobboard.config import Config

READY_WITHIN = 60.0  # seconds from the start of both until /readyz must be green
STOP_WITHIN = 15.0  # seconds from the request to stop until a child is killed
TICK = 0.1
_PDEATHSIG = 1  # prctl(2)


class StartRefused(Exception):
    """Nothing was started; the text says what to do."""


@dataclass
class _Signals:
    """How often somebody asked to stop: once is polite, twice is at once."""

    received: int = 0

    def take(self, number: int, frame: FrameType | None) -> None:
        self.received += 1


def serve(config: Config) -> None:
    """Is the web server until it is told to stop, in this very process: what that has imported need not be imported anew."""
    from gunicorn.app.wsgiapp import run as gunicorn  # gunicorn ships no types

    sys.argv = ["gunicorn", *_web_options(config), "--log-level", "info"]
    gunicorn()


def run(
    config: Config,
    banner: Sequence[str] | Callable[[], Sequence[str]] = (),
    commands: Mapping[str, Sequence[str]] | None = None,
) -> int:
    """Runs web and worker until SIGINT or SIGTERM (0), or until one of them dies or never gets ready (1).

    A callable `banner` is called once address and lock are ours and before anything starts: it may prepare
    the database. `commands` replaces the two programs.
    """
    try:
        with _claimed(config):
            lines = banner() if callable(banner) else banner
            return _supervise(config, lines, commands or _commands(config))
    except StartRefused as reason:
        print(f"\n{reason}\n", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _commands(config: Config) -> dict[str, Sequence[str]]:
    return {
        "web": [sys.executable, "-m", "gunicorn", *_web_options(config), "--log-level", "warning"],
        "worker": [sys.executable, "-m", "jobboard", "work"],
    }


def _web_options(config: Config) -> list[str]:
    """gunicorn: two processes, so that one request that hangs or crashes never takes the site down.

    Both are copies of one that has the application: loading it takes two seconds of a processor.
    """
    shared_memory = ["--worker-tmp-dir", "/dev/shm"] if os.access("/dev/shm", os.W_OK) else []  # heartbeats off disk
    return [
        *("jobboard:create_app()", "--preload"),
        *("--bind", config.bind, "--worker-class", "jobboard.web.refusing.Worker", "--workers", "2", "--threads", "4"),
        *("--graceful-timeout", "10", "--timeout", "60", "--no-control-socket"),
        *("--limit-request-line", "8190"),  # five searches of a hundred Chinese characters are a lawful address
        *("--forwarder-headers", ""),  # nobody but our own settings says where the site is rooted
        *("--logger-class", "jobboard.web.access_log.MaskedAccessLog"),
        *shared_memory,
    ]


@contextlib.contextmanager
def _claimed(config: Config) -> Iterator[None]:
    """The address is free and no other start uses this instance folder; the lock goes with this process."""
    _refuse_a_taken_address(config)
    try:
        config.instance_dir.mkdir(parents=True, exist_ok=True)
        lock = open(config.instance_dir / "running.lock", "a+", encoding="utf-8")  # noqa: SIM115 closed below
    except OSError as error:
        raise StartRefused(
            f"フォルダー {config.instance_dir} に書き込めません({error.strerror})。JOBBOARD_INSTANCE_DIR で"
            "別の場所を指定してください。(The instance folder cannot be written.)"
        ) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StartRefused(_already(_first_line(lock.name) or str(config.instance_dir))) from None
        lock.truncate(0)
        lock.write(config.base_url + "\n")
        lock.flush()
        yield


def _first_line(path: str) -> str:
    return Path(path).read_text(encoding="utf-8").partition("\n")[0]


def _is_held(path: Path) -> bool:
    """Whether a start of this instance folder holds the lock; makes no file."""
    try:
        with path.open(encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return False
    except BlockingIOError:
        return True
    except OSError:
        return False


def _already(where: str) -> str:
    return f"このサイトはすでに動いています: {where} 新しく起動する必要はありません。(It is already running.)"


def _refuse_a_taken_address(config: Config) -> None:
    family = socket.AF_INET6 if ":" in config.bind_host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as gunicorn does, else a restart must wait
        try:
            probe.bind((config.bind_host, config.bind_port))
            return
        except OSError as error:
            reason = error.strerror
    if _asked(config, "/healthz")[0] == 200:
        lock = config.instance_dir / "running.lock"
        if _is_held(lock):
            raise StartRefused(_already(_first_line(str(lock)) or config.base_url))
        reason = "別のフォルダーから起動した同じサイトが動いています"
    other = f"JOBBOARD_BIND=127.0.0.1:{min(config.bind_port + 1, 65535)}"
    raise StartRefused(
        f"アドレス {config.bind} は使えません({reason})。ほかのプログラムが使っているときは、別のポートを"
        f"指定してください。例: {other} make run (The address cannot be used; choose another by JOBBOARD_BIND.)"
    )


def _supervise(config: Config, banner: Sequence[str], commands: Mapping[str, Sequence[str]]) -> int:
    with _asked_to_stop() as signals:
        children: dict[str, subprocess.Popen[bytes]] = {}
        try:
            for name, command in commands.items():
                children[name] = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, process_group=0, preexec_fn=_die_with_parent(os.getpid())
                )
            return _watch(config, banner, children, signals)
        finally:
            _stop(children, signals)


def _watch(
    config: Config, banner: Sequence[str], children: Mapping[str, subprocess.Popen[bytes]], signals: _Signals
) -> int:
    ready, end = False, time.monotonic() + READY_WITHIN
    while not signals.received:
        for name, child in children.items():
            if child.poll() is not None:
                return _report_death(name, child.returncode)
        if not ready:
            status, answer = _asked(config, "/readyz")
            ready = status == 200
            if ready:
                _print_banner(config, banner)
            elif time.monotonic() > end:
                print(
                    f"起動が終わりません(/readyz: {status} {answer[:300]})。止めます。(Not ready, giving up.)",
                    file=sys.stderr,
                )
                return 1
        time.sleep(TICK)
    print("\n止めています… (stopping)", flush=True)
    return 0


def _report_death(name: str, code: int) -> int:
    how = f"signal {-code}" if code < 0 else f"exit {code}"
    print(
        f"\n{name} が終了しました({how})。上の記録が理由です。もう一方も止めます。({name} ended; stopping the other.)",
        file=sys.stderr,
        flush=True,
    )
    return 1


def _print_banner(config: Config, banner: Sequence[str]) -> None:
    mail = []
    if config.mail_folder is not None:
        page = f"{config.base_url}/outbox か " if config.demo else ""
        mail = [f"送ったメール: {page}.venv/bin/jobboard mail outbox で読めます({config.mail_folder})"]
    lines = [f"サイトが動いています: {config.base_url}/", *banner, *mail, "止めるには Ctrl-C を押してください。"]
    print("\n" + "\n".join(lines) + "\n", flush=True)


def _asked(config: Config, path: str) -> tuple[int, str]:
    """Status and text that our own address answers to a GET, (0, "") when nothing answers in HTTP."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(config.bind_host, config.bind_host)
    connection = http.client.HTTPConnection(host, config.bind_port, timeout=5)
    try:
        connection.request("GET", path, headers={"Host": urlsplit(config.base_url).netloc})
        answer = connection.getresponse()
        return answer.status, answer.read(1000).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()


def _stop(children: Mapping[str, subprocess.Popen[bytes]], signals: _Signals) -> None:
    """SIGTERM for each child, then SIGKILL for the groups of those that outlast the time or a second request."""
    for child in children.values():
        if child.poll() is None:
            child.terminate()
    end, patience = time.monotonic() + STOP_WITHIN, max(signals.received, 1)
    while any(child.poll() is None for child in children.values()):
        if time.monotonic() > end or signals.received > patience:
            break
        time.sleep(TICK)
    for child in children.values():
        with contextlib.suppress(ProcessLookupError, PermissionError):  # the group is gone already
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


@contextlib.contextmanager
def _asked_to_stop() -> Iterator[_Signals]:
    signals = _Signals()
    wanted = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    previous = {number: signal.signal(number, signals.take) for number in wanted}
    try:
        yield signals
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _die_with_parent(parent: int) -> Callable[[], None]:
    """Run in a child: asks Linux for SIGTERM when the supervisor is gone, even by SIGKILL, so none is orphaned."""
    if sys.platform != "linux":
        return lambda: None
    prctl = ctypes.CDLL(None).prctl  # loaded before the fork

    def asking() -> None:
        prctl(_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return asking
