"""One posting as a page shows it: facts first, then its text by the sections of the field table."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from markupsafe import Markup, escape

from jobboard.base.clock import in_japan, japan_date
from jobboard.base.content import Content, Value, public_fields
from jobboard.base.fields import BY_NAME, Field, FieldType, Section
from jobboard.base.showing import show, show_monthly, show_pay, show_value, show_workdays
from jobboard.base.states import State
from jobboard.base.vocabulary import EMPLOYED, INDIVIDUAL, Explicit
from jobboard.base.wording import japanese_date, japanese_instant
from jobboard.domain.facets import closing_instant
from jobboard.domain.publication import public_state
from jobboard.domain.timetable import STAGES, Stage, is_off, timetable
from jobboard.models import Posting
from jobboard.web.rows import OVER, chips, days_to_go, deadline_text

Fact = tuple[str, Any] | tuple[str, Any, str]

HEADINGS = {
    Section.ROLE: "募集の主体と形態",
    Section.DUTIES: "仕事の内容",
    Section.REQUIREMENTS: "求める経験",
    Section.CONDITIONS: "勤務条件",
    Section.PAY: "報酬と費用",
    Section.APPLICATION: "応募と選考",
    Section.CONTACT: "問い合わせ先",
    Section.DATES: "選考の日程",
}
_TEXT_ORDER = (Section.DUTIES, Section.REQUIREMENTS)
_LEGAL_ORDER = (Section.ROLE, Section.CONDITIONS, Section.PAY)
_LAST_ORDER = (Section.APPLICATION, Section.CONTACT)
_PUBLIC = (State.PUBLISHED, State.CLOSED, State.WITHDRAWN)


def posting_view(
    posting: Posting, content: Content, now: datetime, names: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The values of templates/board/body.html. ``content`` may be a draft's; ``names``: full name by municipality code."""
    public = posting.state in _PUBLIC and posting.current_id is not None
    return {
        "title": content.text("title") or "(題名未記入)",
        "place": posting.municipality.full_name,
        "prefecture": posting.municipality.prefecture,
        "municipality_name": posting.municipality.name,
        "joint": [(names or {}).get(code, code) for code in content.codes("co_municipalities")],
        "chips": chips(posting, now, demonstration=posting.municipality.demonstration) if public else [],
        "ending": _ending(posting, now) if public else {},
        "times": _times(posting),
        "summary": summary(content),
        "stages": _stages(posting, content, now),
        "dates": _parts((Section.DATES,), content, names or {}),
        "texts": _parts(_TEXT_ORDER, content, names or {}),
        "legal": _parts(_LEGAL_ORDER, content, names or {}),
        "legal_note": _legal_note(content),
        "rest": _parts(_LAST_ORDER, content, names or {}),
        "deadline": deadline_text(content),
        "closes_at": closing_instant(content),
        "days_left": days_to_go(posting, content, now),
        "apply": [_fact(field, content, names or {}) for field in _named(content, "apply_method", "apply_target")],
        "conflict": [_fact(field, content, names or {}) for field in _named(content, "conflict", "conflict_text")],
        "official_url": content.text("official_url"),
    }


def summary(content: Content) -> list[Fact]:
    """What is compared first, joined from several fields."""
    engagement = content.engagement
    place_label = "業務を行う場所" if engagement in INDIVIDUAL else "就業の場所"
    facts: list[Fact] = [
        ("役割", show("role", content)),
        ("任用・契約形態", show("engagement", content), content.text("engagement_note")),
        ("報酬", show_pay(content), show_monthly(content)),
        ("勤務日数", show_workdays(content), _hours(content)),
        (place_label, content.text("work_place")),
        ("リモート勤務", show("remote", content), content.text("remote_visits")),
        ("副業・兼業", show("side_job", content)),
        ("応募締切", deadline_text(content)),
        ("期間", _term(content)),
        ("募集人数", show("headcount", content)),
        ("募集の対象", show("audience", content)),
        ("テーマ", show("themes", content)),
    ]
    return [fact for fact in facts if fact[1] not in ("", "―")]


def _hours(content: Content) -> str:
    if "hours_per_day" not in content:
        return ""
    return f"1日 {_fact(BY_NAME['hours_per_day'], content, {})[1]}"


def _term(content: Content) -> str:
    start, end = (show(name, content) for name in ("term_start_on", "term_end_on"))
    return "" if start == end == "―" else f"{start.removeprefix('―')} 〜 {end.removeprefix('―')}".strip()


def _ending(posting: Posting, now: datetime) -> dict[str, str]:
    """Why and how a call ended; empty while it is open."""
    state = public_state(posting, now)
    if state not in OVER:
        return {}
    ended_at = posting.closed_at or posting.apply_by
    return {
        "word": state.label,
        "ended": japanese_instant(ended_at) if ended_at else "",
        "reason": posting.closed_reason.label if posting.closed_reason else "",
        "note": posting.closed_note,
        "outcome": posting.outcome.label if posting.outcome else "",
        "outcome_note": posting.outcome_note,
    }


def _times(posting: Posting) -> list[tuple[str, str, str]]:
    """(label, machine-readable, text) of the times that the law asks to show (職業安定法施行規則4条の3第4項)."""
    found = []
    if posting.info_as_of:
        found.append(("情報の時点", posting.info_as_of.isoformat(), japanese_date(posting.info_as_of)))
    for label, instant in (("掲載日", posting.published_at), ("更新日", posting.updated_at)):
        if instant is not None:
            found.append((label, in_japan(instant).isoformat(), japanese_date(japan_date(instant))))
    if posting.collected_at is not None:
        local = in_japan(posting.collected_at).isoformat()
        found.append(("収集日時", local, japanese_instant(posting.collected_at)))
    return found


def _stages(posting: Posting, content: Content, now: datetime) -> list[dict[str, str]]:
    """The rows of the timetable; ``left`` counts whole days in Japan from today."""
    return [
        {
            "label": stage.label,
            "words": stage.words,
            "machine": _machine(stage),
            "left": "" if stage.day is None else "中止" if is_off(posting, stage) else _left((stage.day - japan_date(now)).days),
        }
        for stage in timetable(content)
    ]


def _machine(stage: Stage) -> str:
    if stage.at is not None:
        return in_japan(stage.at).isoformat()
    return stage.day.isoformat() if stage.day else ""


def _left(days: int) -> str:
    return "済" if days < 0 else "本日" if days == 0 else f"あと{days}日"


def _legal_note(content: Content) -> str:
    if content.engagement in EMPLOYED:
        return "職業安定法に基づいて明示する労働条件を含みます。"
    if content.engagement in INDIVIDUAL:
        return "フリーランス法に基づく募集情報の的確な表示の対象となる事項を含みます。"
    return ""


_TOLD_ABOVE = {"title", "role", "engagement", "engagement_note", "audience", "headcount", "themes"}
_TOLD_APART = {"conflict", "conflict_text", "apply_by_kind", *STAGES} - {"term_start_on"}
_JOINED = {"workdays_period": "workdays", "pay_low": "pay_unit", "pay_high": "pay_unit"}
"""Said in one phrase with another field, when that one was answered."""


def _parts(sections: tuple[Section, ...], content: Content, names: Mapping[str, str]) -> list[dict[str, Any]]:
    parts = []
    for section in sections:
        fields = [field for field in public_fields(content) if field.section is section and _stands(field, content)]
        if fields:
            facts = [_fact(field, content, names) for field in fields]
            parts.append({"anchor": section.value, "heading": HEADINGS[section], "facts": facts})
    return parts


def _stands(field: Field, content: Content) -> bool:
    return field.name not in _TOLD_ABOVE | _TOLD_APART and _JOINED.get(field.name) not in content


def _named(content: Content, *wanted: str) -> list[Field]:
    return [field for field in public_fields(content) if field.name in wanted]


def _fact(field: Field, content: Content, names: Mapping[str, str]) -> Fact:
    label = field.label_for(content.engagement)
    if field.name in _PHRASES and not isinstance(content[field.name], Explicit):
        return label.removesuffix("の単位"), _PHRASES[field.name](content)
    return label, shown(field, content[field.name], names)


_PHRASES: dict[str, Callable[[Content], str]] = {
    "workdays": show_workdays,
    "hours_per_day": lambda content: f"{content['hours_per_day']}時間",
    "pay_unit": show_pay,
}


def shown(field: Field, value: Value, names: Mapping[str, str]) -> str | Markup | list[str]:
    """A value for a page: links where one can go, a list where there are several; all text is escaped by the template."""
    text = show_value(field, value)
    if isinstance(value, Explicit):
        return text
    if field.type is FieldType.MUNICIPALITIES and isinstance(value, tuple):
        return [names.get(str(code), str(code)) for code in value]
    if field.type is FieldType.CHOICES and isinstance(value, tuple):
        return [member.label for member in value]
    return link(field.type, text)


def link(kind: FieldType, text: str) -> str | Markup:
    """URL, mail address and telephone number as links; only https leads anywhere."""
    if kind in (FieldType.URL, FieldType.TEXT) and re.fullmatch(r"https://\S+", text):
        return Markup('<a href="{0}" rel="noopener">{0}</a>').format(escape(text))
    if kind is FieldType.EMAIL:
        return Markup('<a href="mailto:{0}">{0}</a>').format(escape(text))
    if kind is FieldType.PHONE and text.isascii():
        digits = "".join(character for character in text if character.isdigit() or character == "+")
        return Markup('<a href="tel:{0}">{1}</a>').format(digits, escape(text))
    return text
