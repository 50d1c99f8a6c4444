"""The Chromium that browser tests drive: $CHROMIUM, the machine's own, or the one the test library fetched.

`python -m tests.browsers` prints it, and fails when there is none (requirements/programs.sh asks).
"""

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.not_run import not_run

NAMES = ("chromium", "chromium-browser", "google-chrome")


@functools.cache
def find_chromium() -> str | None:
    for name in _candidates():
        path = shutil.which(name)
        if path and _starts(path):
            return path
    return None


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Overrides pytest-playwright's: the machine's Chromium, and no sandbox for root, which Chromium refuses."""
    chromium = find_chromium()
    if chromium is None:
        not_run("no Chromium on this machine; apt-get install chromium fonts-noto-cjk, or set CHROMIUM=/path")
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {**browser_type_launch_args, "executable_path": chromium, "args": arguments}


def _candidates() -> Iterator[str]:
    if "CHROMIUM" in os.environ:
        yield os.environ["CHROMIUM"]
        return
    yield from NAMES
    fetched = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", Path.home() / ".cache" / "ms-playwright"))
    for shell in sorted(fetched.glob("chromium*/*/*headless*shell")):
        yield str(shell)


def _starts(path: str) -> bool:
    """Ubuntu's chromium-browser may be a stub that only tells to install a snap."""
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=30, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


if __name__ == "__main__":
    print(find_chromium() or "no Chromium")
    sys.exit(find_chromium() is None)
