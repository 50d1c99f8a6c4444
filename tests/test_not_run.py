"""A machine that lacks something hears it loudly, and nothing that did not run counts as passed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NEEDED = [part for name in ("xdist", "playwright") for part in ("-p", name)]
"""Plugins of the planted tests: loading all that are installed takes longer than anything else here."""

TESTS = """
from tests.not_run import not_run
from tests.postgresql import CannotStart
import pytest, tests.databases

def test_a_page(page): pass
def test_another_page(page): pass
def test_what_needs_root(): not_run("needs root")
def test_plain(): pass
def test_postgresql(monkeypatch, request):
    def absent(): raise CannotStart("no programs")
    monkeypatch.setattr(tests.databases, "postgresql_server", absent)
    request.getfixturevalue("postgresql_address")
"""


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["one process", "two workers"])
def test_what_did_not_run_is_listed_by_reason_and_not_passed(tmp_path: Path, workers: list[str]) -> None:
    (tmp_path / "conftest.py").write_text(
        'pytest_plugins = ["tests.not_run", "tests.databases", "tests.browsers"]\n', encoding="utf-8"
    )
    (tmp_path / "test_planted.py").write_text(TESTS, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    environ = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "CHROMIUM": "/nowhere/chromium", "PYTHONPATH": str(ROOT)}
    shown = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--color=no", *NEEDED, *workers, str(tmp_path)],
        cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=120, check=False,
    ).stdout  # fmt: skip
    assert "NOT RUN (2 tests): no Chromium on this machine" in shown
    assert "NOT RUN (1 tests): needs root" in shown
    assert "NOT RUN (1 tests): no PostgreSQL on this machine: no programs" in shown
    assert "1 passed, 4 skipped" in shown
