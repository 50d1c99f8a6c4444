"""The commands of a fresh machine: what is locked, how set-up recovers, and what an installed wheel contains."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LOCKS = [ROOT / "requirements" / "run.txt", ROOT / "requirements" / "test.txt"]

# Stands in for Python: notes what it is asked, and makes an environment that holds itself.
FAKE_PYTHON = """#!/bin/sh
echo "$*" >>"$NOTES"
case "$*" in
*"version_info < (3, 11)"*) exit "${TOO_OLD:-0}" ;;
*"import ensurepip, venv"*) exit "${NO_VENV:-0}" ;;
*version_info*) echo python3.11-venv ;;
"-m venv "*) mkdir -p "$3/bin" "$3/lib" && cp "$0" "$3/bin/python" ;;
-VV) echo "Python 3.11 (${BUILD:-first})" ;;
*"--require-hashes"*) exit "${NO_NETWORK:-0}" ;;
esac
"""


class Checkout:
    """A copy of what set-up reads, with the fake Python as the only one."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.notes = folder / "checkout", folder / "notes"
        shutil.copytree(ROOT / "requirements", self.folder / "requirements")
        shutil.copy(ROOT / "pyproject.toml", self.folder)
        (folder / "bin").mkdir()
        python = folder / "bin" / "python3"
        python.write_text(FAKE_PYTHON)
        python.chmod(0o755)
        for name in ("sh", "cat", "cksum", "cp", "dirname", "flock", "mkdir", "mv", "rm", "sed"):
            (folder / "bin" / name).symlink_to(shutil.which(name) or pytest.fail(f"no {name}"))
        self.path = str(folder / "bin")

    def install(self, what: str = "run", **environ: str) -> subprocess.CompletedProcess[str]:
        self.notes.write_text("")
        return subprocess.run(
            [f"{self.folder}/requirements/install.sh", what],
            env={"PATH": self.path, "NOTES": str(self.notes), **environ},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    def made(self) -> bool:
        return "-m venv" in self.notes.read_text()

    def fetched(self) -> list[str]:
        return re.findall(r"--require-hashes -r (\S+)", self.notes.read_text())


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_set_up_installs_what_is_locked_once(checkout: Checkout) -> None:
    assert checkout.install().returncode == 0
    assert checkout.made()
    assert checkout.fetched() == ["requirements/run.txt"]
    assert checkout.install().returncode == 0
    assert (checkout.made(), checkout.fetched()) == (False, [])


def test_tests_add_to_what_runs_and_running_then_needs_nothing(checkout: Checkout) -> None:
    checkout.install("run")
    checkout.install("test")
    assert (checkout.made(), checkout.fetched()) == (False, ["requirements/test.txt"])
    checkout.install("run")
    assert (checkout.made(), checkout.fetched()) == (False, [])


def test_a_set_up_that_was_broken_off_is_made_anew(checkout: Checkout) -> None:
    assert checkout.install(NO_NETWORK="1").returncode != 0
    assert checkout.install().returncode == 0
    assert checkout.made()


def test_an_update_that_was_broken_off_is_made_anew(checkout: Checkout) -> None:
    checkout.install()
    (checkout.folder / "requirements" / "run.txt").write_text("flask==4\n")
    failed = checkout.install(NO_NETWORK="1")
    assert failed.returncode != 0
    assert "ネットワークを確かめて" in failed.stderr
    assert not checkout.made()
    checkout.install()
    assert checkout.made()


def test_changed_requirements_are_installed_into_what_is_there(checkout: Checkout) -> None:
    checkout.install("test")
    (checkout.folder / "requirements" / "run.txt").write_text("flask==4\n")
    checkout.install("run")
    assert (checkout.made(), checkout.fetched()) == (False, ["requirements/test.txt"])


@pytest.mark.parametrize("accident", ["moved", "python changed", "python gone"])
def test_an_environment_that_lost_its_ground_is_made_anew(checkout: Checkout, accident: str) -> None:
    checkout.install()
    if accident == "moved":
        checkout.folder = checkout.folder.rename(checkout.folder.with_name("elsewhere"))
    if accident == "python gone":
        (checkout.folder / ".venv" / "bin" / "python").unlink()
    result = checkout.install(BUILD="second" if accident == "python changed" else "first")
    assert result.returncode == 0, result.stderr
    assert checkout.made()


@pytest.mark.parametrize(("lack", "package"), [("TOO_OLD", "apt-get install python3"), ("NO_VENV", "python3-venv")])
def test_a_machine_that_lacks_python_is_told_the_package(checkout: Checkout, lack: str, package: str) -> None:
    result = checkout.install(**{lack: "1"})
    assert result.returncode != 0
    assert package in result.stderr
    assert not (checkout.folder / ".venv").exists()


def test_make_alone_lists_every_target_that_people_use() -> None:
    listed = subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ("setup", "run", "test", "test-long", "check", "bench", "lock", "clean"):
        assert f"make {target} " in listed


def test_the_remote_check_calls_make_test_and_nothing_else() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text().splitlines() == ["#!/bin/sh", 'cd "$(dirname "$0")/.." || exit 1', "exec make test"]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_locked_version_has_hashes_and_no_address(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    for entry in re.split(r"\n(?=[a-z0-9])", text):
        assert re.match(r"[a-z0-9._\[\]-]+==\S+", entry), entry
        assert "--hash=sha256:" in entry, entry
    assert not re.search(r"https?:|file:|--index|--find-links|(^|\s)/", text)


def test_everything_the_project_asks_for_is_locked_once() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    names = {re.split(r"[\[>=<]", entry)[0] for entry in declared}
    locks = [dict(re.findall(r"^([a-z0-9._-]+)(?:\[\S+\])?==(\S+)", lock.read_text(), re.M)) for lock in LOCKS]
    assert names <= locks[0].keys()
    assert locks[0].items() <= locks[1].items()


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel built from this checkout and installed into a folder of its own, all without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-I", "-m", "pip", "--quiet", "--disable-pip-version-check"]
    build = ["wheel", "--no-index", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run([*pip, *build], check=True, timeout=120)
    (wheel,) = folder.glob("*.whl")
    install = ["install", "--no-index", "--no-deps", "--no-compile", "--target", str(folder / "site"), str(wheel)]
    subprocess.run([*pip, *install], check=True, timeout=120)
    return folder / "site"


def test_a_wheel_contains_every_template_static_file_and_migration(installed: Path) -> None:
    for name in ("templates", "static", "migrations"):
        wanted = {
            path.relative_to(ROOT / name) for path in (ROOT / name).rglob("*.*") if "__pycache__" not in path.parts
        }
        assert wanted
        assert wanted <= {
            path.relative_to(installed / "jobboard" / name) for path in (installed / "jobboard" / name).rglob("*")
        }


def test_a_wheel_carries_nothing_of_an_installation(installed: Path) -> None:
    names = [str(path.relative_to(installed)) for path in installed.rglob("*") if path.is_file()]
    assert not [
        name for name in names if name.startswith(("instance", "tests", "benchmarks", ".")) or "sqlite3" in name
    ]


def test_the_site_answers_when_installed_as_a_wheel(installed: Path, tmp_path: Path) -> None:
    script = (
        "import jobboard, jobboard.database, os, sys; from jobboard.config import Config\n"
        "assert jobboard.__file__.startswith(sys.argv[1]), jobboard.__file__\n"
        "config = Config.from_environ(os.environ); jobboard.database.upgrade(config.database_url)\n"
        "client = jobboard.create_app(config).test_client()\n"
        "for path in ('/', '/postings', '/static/css/base.css'): print(path, client.get(path).status_code)\n"
    )
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(installed), "JOBBOARD_DEMO": "1"}
    answer = subprocess.run(
        [sys.executable, "-c", script, str(installed)],
        cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert answer.stdout.splitlines() == ["/ 200", "/postings 200", "/static/css/base.css 200"], answer.stderr
    assert (tmp_path / "instance" / "jobboard.sqlite3").exists()
