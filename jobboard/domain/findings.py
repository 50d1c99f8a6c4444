"""What a moderator must look at in a version that waits: what the law asks for and is not there, what is unusual, what has its reason."""

from dataclasses import dataclass
from datetime import datetime

from jobboard.base.content import Content, from_json
from jobboard.base.errors import Problem
from jobboard.domain import cautions, completeness
from jobboard.models import Posting, Version


@dataclass(frozen=True)
class Findings:
    """``overruled``: the warnings that the municipality gave a reason for (field, message, reason); they are not told twice."""

    gaps: list[Problem]
    warnings: list[Problem]
    overruled: list[dict[str, str]]

    def __len__(self) -> int:
        return len(self.gaps) + len(self.warnings) + len(self.overruled)


NONE = Findings([], [], [])


def findings(posting: Posting, version: Version, *, now: datetime, content: Content | None = None) -> Findings:
    """Of a version that waits; ``content`` is its content where that was read already. A warning is of when it was sent in."""
    content = from_json(version.content) if content is None else content
    told = cautions.warnings(content, posting.municipality, now=posting.submitted_at or now)
    return Findings(
        gaps=completeness.problems(content, now=now),
        warnings=[one for one in told if one.key not in version.overruled],
        overruled=list(version.overruled.values()),
    )
