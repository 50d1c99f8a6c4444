"""The form of a draft, built from the field table. The draft's strings stand in it exactly as typed, also wrong ones.

An input that would hide what it cannot show (a date input given 「5月末」) is drawn as a line of text instead.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import widgets
from wtforms.fields import Field as Control
from wtforms.fields.choices import Choice as Option
from wtforms.fields.choices import SelectFieldBase
from wtforms.form import BaseForm

from jobboard.base.codes import PREFECTURES
from jobboard.base.fields import FIELDS, Field, FieldType
from jobboard.domain.drafting import KEYS

RADIOS = 4
"""A required choice of up to so many answers is drawn as radio buttons: all are seen at once."""

CLOCK = ".clock"
"""Ends the name, within the form alone, of the control for the time of an instant; it is posted as the field itself."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DAY_AND_CLOCK = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ](.*))?")
_CLOCK = re.compile(r"\d{2}:\d{2}")
_INPUT_MODES = {
    FieldType.YEN: "numeric", FieldType.INTEGER: "numeric", FieldType.DECIMAL: "decimal", FieldType.URL: "url",
    FieldType.EMAIL: "email", FieldType.PHONE: "tel",
}
_PICKED = (FieldType.CHOICE, FieldType.PREFECTURE)


class Line(Control):
    """Text, one line or several, a date or a time: the string as typed."""

    def process_data(self, value: list[str] | None) -> None:
        self.data = "".join((value or [])[:1])

    def _value(self) -> str:
        return str(self.data)


class Pick(SelectFieldBase):
    """One or several answers of a list. An answer that is not on it is shown too: it can be seen and changed."""

    def __init__(self, *args: Any, options: list[tuple[str, str]], empty: str | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.options = options
        self.empty = empty

    def process_data(self, value: list[str] | None) -> None:
        self.data = value or []

    def iter_choices(self) -> Iterator[Option]:
        """The empty answer where there is one, the list, and what else was typed."""
        if self.empty is not None:
            yield Option("", self.empty, not self.data, {})
        for code, label in self.options:
            yield Option(code, label, code in self.data, {})
        known = {code for code, _ in self.options}
        for typed in dict.fromkeys(self.data):
            if typed not in known:
                yield Option(typed, f"選択肢にない値: {typed}", True, {})


def typed_from(posted: "MultiDict[str, str]") -> dict[str, list[str]]:
    """What a browser posted, as a draft: the date and the time of an instant are one string again."""
    instants = {field.name for field in FIELDS if field.type is FieldType.INSTANT}
    typed = {key: posted.getlist(key) for key in KEYS if key in posted}
    return {key: [joined_instant(values)] if key in instants and len(values) > 1 else values for key, values in typed.items()}


def joined_instant(values: list[str]) -> str:
    """Date and time, as two controls post them, as the one string that a draft keeps: two lines where the first is no date."""
    day, clock = values[0], values[1]
    if not is_date(day):
        return f"{day}\n{clock}" if clock or split_instant([day])[1] != [""] else day
    between = "T" if _CLOCK.fullmatch(clock) else " "
    return f"{day}{between}{clock}" if clock else day


def posting_form(typed: Mapping[str, list[str]]) -> BaseForm:
    """The controls of every field, under ``<field>``, ``<field>.explicit`` and, for a time, ``<field>.clock``."""
    controls: dict[str, Any] = {}
    values: dict[str, list[str]] = {}
    for field in FIELDS:
        value, explicit = typed.get(field.name, []), typed.get(f"{field.name}.explicit", [])
        if field.type in _PICKED:
            controls[field.name], values[field.name] = _pick_one(field), explicit or value
            continue
        timed = field.type is FieldType.INSTANT
        day, clock = split_instant(value) if timed else (value, [])
        controls[field.name], values[field.name] = _control(field, day), day
        if timed:
            controls[field.name + CLOCK] = Line(
                "時刻", name=field.name, id=f"{field.name}-clock", widget=widgets.TextInput()
            )
            values[field.name + CLOCK] = clock
        if field.explicit:
            controls[f"{field.name}.explicit"], values[f"{field.name}.explicit"] = _explicit(field), explicit
    form = BaseForm(controls)
    for name, control in form._fields.items():
        control.process_data(values[name])
    return form


def split_instant(value: list[str]) -> tuple[list[str], list[str]]:
    """Date and time of an instant, each as it was typed (``joined_instant``); what begins with no date is all the date's."""
    typed = "".join(value[:1])
    found = _DAY_AND_CLOCK.fullmatch(typed)
    if found and is_date(found[1]):
        return [found[1]], [found[2] or ""]
    day, _, clock = typed.partition("\n")
    return [day], [clock]


def is_date(typed: str) -> bool:
    """Whether a date input shows it."""
    if not _DAY.fullmatch(typed):
        return False
    try:
        date.fromisoformat(typed)
    except ValueError:
        return False
    return True


def _control(field: Field, value: list[str]) -> Any:
    if field.type is FieldType.CHOICES:
        boxes = {"widget": widgets.ListWidget(), "option_widget": widgets.CheckboxInput()}
        return Pick(field.label, options=_options(field), **boxes)
    typed = "".join(value[:1])
    attributes = {"inputmode": _INPUT_MODES[field.type]} if field.type in _INPUT_MODES else {}
    return Line(field.label, widget=_line_widget(field, typed), render_kw={**attributes, "autocomplete": "off"})


def _line_widget(field: Field, typed: str) -> Any:
    if field.type is FieldType.LONG_TEXT or "\n" in typed:
        return widgets.TextArea()
    dated = field.type in (FieldType.DATE, FieldType.INSTANT) and (not typed or is_date(typed))
    return widgets.DateInput() if dated else widgets.TextInput()


def _pick_one(field: Field) -> Any:
    options = _options(field)
    if len(options) <= RADIOS and (field.need.value != "never" or field.needed_with):
        return Pick(field.label, options=options, widget=widgets.ListWidget(), option_widget=widgets.RadioInput())
    return Pick(field.label, options=options, empty="選んでください", widget=widgets.Select())


def _explicit(field: Field) -> Any:
    options = [(answer.value, answer.label) for answer in field.explicit]
    return Pick("または", options=options, empty="選ばない", widget=widgets.Select())


def _options(field: Field) -> list[tuple[str, str]]:
    if field.type is FieldType.PREFECTURE:
        return list(PREFECTURES.items())
    answers = [*(field.choices if field.choices is not None else ()), *(field.explicit if field.type is FieldType.CHOICE else ())]
    return [(answer.value, answer.label) for answer in answers]


def as_read(field: Field, typed: Mapping[str, list[str]]) -> str:
    """What was typed for a field as people read it: labels instead of codes, and any other string as it is."""
    labels = dict(_options(field))
    answers = {answer.value: answer.label for answer in field.explicit}
    explicit = [answers.get(code, code) for code in typed.get(f"{field.name}.explicit", [])]
    return "、".join(explicit or [labels.get(value, value) for value in typed.get(field.name, [])])
