"""What /accessibility says of our own runs: read from the file that ``make accessibility`` writes, and nothing else.

The file: ``tested_on`` (date in Japan), ``tool``, ``browser``, and ``pages``, each with ``page``, ``state``, ``widths`` (CSS px),
``rules`` (how many of the tool's rules had something to look at), ``undecided`` (of those, left to a person's eyes) and
``violations``, each with ``rule``, ``help`` (the tool's sentence), ``impact``, ``width`` and ``places`` (elements).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from jobboard import places

FILE = places.reference_folder() / "accessibility.json"


@dataclass(frozen=True)
class Violation:
    """A rule that ``places`` elements of a page break in a window of ``width`` CSS pixels."""

    rule: str
    help: str
    impact: str
    width: int
    places: int


@dataclass(frozen=True)
class Checked:
    """One page in one state, at all widths."""

    page: str
    state: str
    widths: Sequence[int]
    rules: int
    undecided: int
    violations: Sequence[Violation]


@dataclass(frozen=True)
class Results:
    """One run over the public pages."""

    tested_on: date
    tool: str
    browser: str
    pages: Sequence[Checked]

    @property
    def looks(self) -> int:
        """How often a page was looked at."""
        return sum(len(one.widths) for one in self.pages)

    @property
    def violations(self) -> int:
        return sum(len(one.violations) for one in self.pages)


def results(file: Path | None = None) -> Results | None:
    """The last run; None while nothing was run."""
    try:
        text = (file or FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    run = json.loads(text)
    pages = [Checked(**{**one, "violations": [Violation(**found) for found in one["violations"]]}) for one in run["pages"]]
    return Results(date.fromisoformat(run["tested_on"]), run["tool"], run["browser"], pages)
