"""The pages of writing as values: steps, their state, and each question with its control, marks, hints and errors."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jobboard.base.content import Content
from jobboard.base.errors import Problem
from jobboard.base.fields import BY_NAME, Field, FieldType, Need
from jobboard.base.reading import read
from jobboard.database import db
from jobboard.domain import agreements, cautions, completeness
from jobboard.web.posting_form import CLOCK, posting_form
from jobboard.web.writing_steps import STEPS, Step

_BY_ENGAGEMENT = frozenset(
    {
        Need.EMPLOYED, Need.EMPLOYED_WITH_END, Need.INDIVIDUAL, Need.EMPLOYED_OR_INDIVIDUAL,
        Need.PROPOSAL, Need.CEILING, Need.AGREEMENT,
    }
)
_SUFFIXES = {FieldType.YEN: "円"}
_WIDTHS = {
    FieldType.YEN: "medium", FieldType.INTEGER: "short", FieldType.DECIMAL: "short", FieldType.HEADCOUNT: "short",
    FieldType.PHONE: "medium", FieldType.DATE: "medium", FieldType.INSTANT: "medium",
}
_PLACES = {
    FieldType.DATE: "日付", FieldType.INSTANT: "日付", FieldType.YEN: "金額", FieldType.DECIMAL: "数",
    FieldType.INTEGER: "数",
}


@dataclass(frozen=True)
class Question:
    """One field on the page. ``required`` is None where it depends on an answer that ``depends`` names."""

    field: Field
    label: str
    control: Any
    clock: Any
    explicit: Any
    required: bool | None
    depends: str
    errors: list[str]
    remarks: list[str]

    @property
    def hint(self) -> str:
        """Why it is asked, the help, and when an answer is needed."""
        return " ".join(part for part in (self.field.why, self.field.help, self.depends) if part)

    @property
    def width(self) -> str:
        """The width of its input, for the form parts."""
        return _WIDTHS.get(self.field.type, "")

    @property
    def suffix(self) -> str:
        """What stands after the input."""
        return _SUFFIXES.get(self.field.type, "")

    @property
    def is_wide(self) -> bool:
        """Whether its input takes the whole line, so that an explicit answer stands below it."""
        return self.field.type not in _PLACES

    @property
    def place(self) -> str:
        """The label of the value where an explicit answer stands beside it."""
        return _PLACES.get(self.field.type, "内容")


@dataclass(frozen=True)
class Part:
    """One step: what is asked now, what this form of engagement does not need (``folded``), and how many gaps are left."""

    step: Step
    asked: list[Question]
    folded: list[Question]
    missing: int
    state: str
    kind: str

    @property
    def name(self) -> str:
        """The step's heading."""
        return self.step.name

    @property
    def anchor(self) -> str:
        """The id of the step on the page that holds all of them."""
        return f"section-{self.step.slug}"

    @property
    def href(self) -> str:
        """Where the list on that page leads."""
        return f"#{self.anchor}"


@dataclass(frozen=True)
class EditPage:
    """All of the page. ``gaps`` is everything that keeps it from being sent in, ``shown`` what the page speaks of."""

    parts: list[Part]
    gaps: list[Problem]
    shown: list[Problem]
    warnings: list[Problem]
    content: Content

    @property
    def summary(self) -> list[tuple[str, str]]:
        """(field, sentence) for the error summary."""
        return self.sentences(STEPS)

    def sentences(self, slugs: Iterable[str]) -> list[tuple[str, str]]:
        """(field, sentence) of what the page speaks of, as far as it belongs to some steps."""
        names = {field.name for slug in slugs for field in STEPS[slug].fields}
        return [(problem.field, sentence(problem, self.content)) for problem in self.shown if problem.field in names]

    def part(self, slug: str) -> Part:
        """The part of a step."""
        return next(part for part in self.parts if part.step.slug == slug)


def sentence(problem: Problem, content: Content) -> str:
    """The problem's sentence and its source, with the field's name before it where it does not name its field itself."""
    field = BY_NAME.get(problem.field)
    label = field.label_for(content.engagement) if field else ""
    words = problem.message if not label or "「" in problem.message[:1] else f"{label}: {problem.message}"
    return f"{words}(根拠: {problem.law})" if problem.law else words


def edit_page(
    typed: Mapping[str, list[str]],
    municipality: Any,
    now: datetime,
    *,
    all_gaps: bool = False,
    more: Iterable[Problem] = (),
    remarks: Iterable[tuple[str, str]] = (),
) -> EditPage:
    """The page for a draft. Without ``all_gaps`` it speaks of what was typed and is wrong, not of what is missing."""
    content, unreadable = read(typed)
    gaps = [*unreadable, *_gaps(content, unreadable, now), *agreements.problems(db.session(), municipality, content)]
    order = {name: place for place, name in enumerate(BY_NAME)}
    gaps.sort(key=lambda gap: order.get(gap.field, 0))
    shown = [*more, *(gap for gap in gaps if all_gaps or _is_typed(gap.field, typed))]
    asked = _Questions(typed, content, shown, list(remarks))
    parts = [_part(step, asked, gaps) for step in STEPS.values()]
    return EditPage(parts, gaps, shown, cautions.warnings(content, municipality, now=now), content)


def _gaps(content: Content, unreadable: list[Problem], now: datetime) -> list[Problem]:
    told = {problem.field for problem in unreadable}
    return [gap for gap in completeness.problems(content, now=now) if gap.field not in told]


def _is_typed(name: str, typed: Mapping[str, list[str]]) -> bool:
    return bool(typed.get(name) or typed.get(f"{name}.explicit"))


class _Questions:
    """Makes the question of a field: form, content, errors and remarks of one draft."""

    def __init__(
        self,
        typed: Mapping[str, list[str]],
        content: Content,
        shown: list[Problem],
        remarks: list[tuple[str, str]],
    ) -> None:
        self.typed, self.content, self.shown, self.remarks = typed, content, shown, remarks
        self.form = posting_form(typed)

    def of(self, field: Field) -> Question:
        """The question of ``field``; its control carries the errors, so that the form parts draw them."""
        control = self.form[field.name]
        control.label.text = field.label_for(self.content.engagement)
        control.errors = [problem.message for problem in self.shown if problem.field == field.name]
        needed = completeness.is_needed(field, self.content)
        depends = "" if needed else _when_needed(field)
        return Question(
            field=field,
            label=control.label.text,
            control=control,
            clock=self._beside(field.name + CLOCK),
            explicit=self._beside(f"{field.name}.explicit"),
            required=needed or (False if field.need is Need.NEVER and not field.needed_with else None),
            depends=depends,
            errors=control.errors,
            remarks=[words for name, words in self.remarks if name == field.name],
        )

    def _beside(self, name: str) -> Any:
        return self.form._fields.get(name)

    def is_folded(self, field: Field) -> bool:
        """Not needed under this form of engagement, empty, and nothing is said about it."""
        if _is_typed(field.name, self.typed) or completeness.is_needed(field, self.content):
            return False
        if any(name == field.name for name, _ in self.remarks):
            return False
        asked_for = BY_NAME[field.needed_with[0]] if field.needed_with else field
        if field.need is Need.CEILING:
            asked_for = BY_NAME["proposal_ceiling"]  # the two are written together
        return asked_for.need in _BY_ENGAGEMENT and not completeness.is_needed(asked_for, self.content)


def _when_needed(field: Field) -> str:
    if field.needed_with:
        if "とき" in field.help:
            return ""
        name, codes = field.needed_with
        choices = BY_NAME[name].choices
        labels = "」か「".join(choices(code).label for code in sorted(codes)) if choices is not None else ""
        return f"「{BY_NAME[name].label}」が「{labels}」のときに必要です。"
    return "" if field.need in (Need.NEVER, Need.ALWAYS) else f"{field.need.label}の項目です。"


def _part(step: Step, asked: _Questions, gaps: list[Problem]) -> Part:
    names = {field.name for field in step.fields}
    folded = [field for field in step.fields if asked.is_folded(field)]
    missing = sum(gap.field in names for gap in gaps)
    filled = any(_is_typed(name, asked.typed) for name in names)
    needed = any(completeness.is_needed(field, asked.content) for field in step.fields)
    state, kind = _state(missing, filled, needed=needed)
    shown = [asked.of(field) for field in step.fields if field not in folded]
    return Part(step, shown, [asked.of(field) for field in folded], missing, state, kind)


def _state(missing: int, filled: bool, *, needed: bool) -> tuple[str, str]:
    if missing:
        return (f"入力中(あと{missing})", "started") if filled else ("未入力", "todo")
    if filled:
        return "入力済み", "done"
    return ("未入力", "todo") if needed else ("不要", "later")
