"""The selection timetable of a call: what happens when, in order of time."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from jobboard.base.clock import JAPAN, in_japan, japan_date
from jobboard.base.content import Content
from jobboard.base.fields import BY_NAME
from jobboard.base.showing import show_value
from jobboard.base.states import State
from jobboard.base.vocabulary import COMPANY, INDIVIDUAL, DeadlineKind
from jobboard.models import Posting

DEADLINE = "apply_by"
STAGES = (
    "apply_from", "questions_by", "proposal_questions_by", "briefing_at", "proposal_intent_by", DEADLINE, "proposal_by", "interview_on",
    "result_on", "term_start_on",
)  # fmt: skip
"""The dated fields in the order in which a call usually goes; it decides where an undated answer stands."""

APPLYING = frozenset(STAGES[:7])
"""What no longer takes place once the call takes no applications."""


@dataclass(frozen=True)
class Stage:
    """One row. ``name``: the field's; ``when``: an aware instant, a date, or None where ``words`` (未定, 随時) say it."""

    name: str
    label: str
    when: datetime | date | None
    words: str

    @property
    def day(self) -> date | None:
        """The day in Japan on which it falls; 24:00 of a deadline belongs to the day that it ends."""
        if not isinstance(self.when, datetime):
            return self.when
        ends = self.is_whole_day and not BY_NAME[self.name].opens
        return japan_date(self.when) - timedelta(days=int(ends))

    @property
    def at(self) -> datetime | None:
        """The instant, where more than the day is known."""
        return self.when if isinstance(self.when, datetime) and not self.is_whole_day else None

    @property
    def is_whole_day(self) -> bool:
        """Whether only a day is known, or a deadline lasts until 24:00 of it."""
        return not isinstance(self.when, datetime) or in_japan(self.when).time() == datetime.min.time()


def timetable(content: Content) -> list[Stage]:
    """The stages that the call names, the earliest first; an undated one follows what usually comes before it."""
    placed = []
    reached = datetime.min.replace(tzinfo=JAPAN)
    for position, stage in enumerate(found for name in STAGES if (found := _stage(name, content)) is not None):
        moment = _moment(stage)
        reached = max(reached, moment) if moment else reached
        placed.append((moment or reached, position, stage))
    return [stage for _, _, stage in sorted(placed, key=lambda one: one[:2])]


def _stage(name: str, content: Content) -> Stage | None:
    if name == DEADLINE and name not in content and isinstance(content.get("apply_by_kind"), DeadlineKind):
        return Stage(name, label(name, content), None, content.text("apply_by_kind"))
    value = content.get(name)
    if value is None:
        return None
    when = value if isinstance(value, date) else None  # an instant is a date, too
    words = show_value(BY_NAME[name], value)
    if name == DEADLINE and content.get("apply_by_kind") in (DeadlineKind.ARRIVAL, DeadlineKind.POSTMARK):
        words = f"{words} {content.text('apply_by_kind')}"
    return Stage(name, label(name, content), when, words)


def is_off(posting: Posting, stage: Stage) -> bool:
    """Whether the end of the call came before this stage: all of it when withdrawn, only applying when closed early."""
    if posting.closed_at is None or stage.day is None:
        return False
    ended_on = japan_date(posting.closed_at)
    later = stage.when > posting.closed_at if isinstance(stage.when, datetime) else stage.day >= ended_on
    return later and (posting.state is State.WITHDRAWN or stage.name in APPLYING)


def label(name: str, content: Content) -> str:
    """What a stage is called under the call's form of engagement."""
    if name != "term_start_on":
        return BY_NAME[name].label
    return "契約の開始" if content.engagement in INDIVIDUAL | COMPANY else "勤務の開始"


def _moment(stage: Stage) -> datetime | None:
    """Where a stage stands in the order; a day alone stands at its end, after what has an hour on it."""
    if isinstance(stage.when, datetime):
        return stage.when
    return datetime.combine(stage.when + timedelta(days=1), datetime.min.time(), JAPAN) if stage.when else None
