"""Keeps what axe found in the public pages, for /accessibility: the page shows this file and states nothing else.

The sweep calls ``add`` once for each page, state and width. When ``ACCESSIBILITY_RESULTS`` names a file (``make accessibility``),
the fixture ``accessibility`` writes it at the end; the sweep itself passes or fails as any test.
"""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from jobboard.base.clock import japan_date, present
from jobboard.web.accessibility import Checked, Results, Violation

VARIABLE = "ACCESSIBILITY_RESULTS"


class Looks:
    """What was looked at so far, in the order of the first look at each page and state."""

    def __init__(self) -> None:
        self.tool = self.browser = ""
        self._found: dict[tuple[str, str], list[tuple[int, dict[str, Any]]]] = {}

    def add(self, page: str, state: str, width: int, found: dict[str, Any]) -> None:
        """Notes axe's response for a page (its name in Japanese) in a state (募集がある, 0件 …) at a width in CSS pixels."""
        engine = found["testEngine"]
        version = re.search(r"Chrome/(\d+)", found["testEnvironment"]["userAgent"])
        self.tool = f"{engine['name']} {engine['version']}"
        self.browser = f"Chromium {version[1]}" if version else found["testEnvironment"]["userAgent"]
        self._found.setdefault((page, state), []).append((width, found))

    def results(self, tested_on: date) -> Results:
        """All looks as the page reads them."""
        return Results(tested_on, self.tool, self.browser, [_checked(*key, looks) for key, looks in self._found.items()])

    def write(self, file: Path, tested_on: date) -> None:
        """Writes the file whole; a run that looked at nothing leaves what is there."""
        if self._found:
            text = json.dumps(asdict(self.results(tested_on)), default=str, ensure_ascii=False, indent=1)
            file.write_text(text + "\n", encoding="utf-8")


def _checked(page: str, state: str, looks: list[tuple[int, dict[str, Any]]]) -> Checked:
    def rules(*kinds: str) -> int:
        return len({rule["id"] for _, found in looks for kind in kinds for rule in found[kind]})

    broken = [
        Violation(rule["id"], rule["help"], rule["impact"] or "", width, len(rule["nodes"]))
        for width, found in looks
        for rule in found["violations"]
    ]
    widths = sorted({width for width, _ in looks})
    return Checked(page, state, widths, rules("passes", "violations", "incomplete"), rules("incomplete"), broken)


@pytest.fixture(scope="session")
def accessibility() -> Iterator[Looks]:
    """Where the sweep notes its looks."""
    looks = Looks()
    yield looks
    if VARIABLE in os.environ:
        looks.write(Path(os.environ[VARIABLE]), japan_date(present()))
