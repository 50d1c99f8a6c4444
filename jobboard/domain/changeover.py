"""A merger, renaming or new code in words: full names before and after, and what goes along. For who enters it, and the lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from jobboard.base.clock import japan_date
from jobboard.base.codes import PREFECTURES
from jobboard.base.states import Succession
from jobboard.base.wording import japanese_date
from jobboard.domain import listing, succeeding, succession
from jobboard.models import MunicipalityChange


@dataclass(frozen=True)
class Told:
    """``before`` and ``after``: full names, with the prefecture; ``before`` is empty where the name of then is not known."""

    change: MunicipalityChange
    before: str
    after: str

    @property
    def to(self) -> str:
        """The code that it bears afterwards."""
        return self.change.successor_code or self.change.code

    @property
    def line(self) -> str:
        """All of it: what becomes what, and when."""
        kind = self.change.kind.label.partition("(")[0]
        return f"{japanese_date(self.change.on)} {kind} {self.before}({self.change.code}) → {self.after}({self.to})"


@dataclass(frozen=True)
class Foreseen:
    """A change before it is entered. ``moves``: what it gives to the successor; ``begun``: its day is here or past."""

    told: Told
    crosses: bool
    begun: bool
    moves: str


def told(session: Session, changes: Sequence[MunicipalityChange]) -> list[Told]:
    """Each with its names; of a renaming, the name that it ended."""
    codes = sorted({code for one in changes for code in (one.code, one.successor_code) if code})
    names = listing.names(session, codes)
    return [Told(one, *_names(one, names)) for one in changes]


def _names(one: MunicipalityChange, names: dict[str, str]) -> tuple[str, str]:
    place, now_called = PREFECTURES[one.code[:2]], names.get(one.code, "")
    if one.kind is Succession.RENAMED:
        kept = place + one.former_name if one.former_name else ""
        return kept if one.applied_at else now_called, place + one.name
    begun = PREFECTURES[one.successor_code[:2]] + (one.name or now_called.removeprefix(place))
    return now_called, names.get(one.successor_code, begun)


def foresee(session: Session, change: MunicipalityChange, *, now: datetime) -> Foreseen:
    """What it will do, as things stand."""
    counts = succeeding.moving(session, change.code) if change.successor_code else {}
    words = (("accounts", "アカウント", "人"), ("drafts", "公開前の募集", "件"), ("sources", "収集元のフィード", "件"))
    moves = "、".join(f"{label} {counts[name]:,}{unit}" for name, label, unit in words if name in counts)
    [named] = told(session, [change])
    return Foreseen(named, succession.crosses(change), change.on <= japan_date(now), moves)
