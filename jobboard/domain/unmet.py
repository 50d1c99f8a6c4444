"""Which conditions of a criteria a posting did not meet, each condition read alone."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from jobboard.base.choice import Choice
from jobboard.base.codes import PREFECTURES
from jobboard.base.content import Content
from jobboard.base.showing import show_pay
from jobboard.base.wording import japanese_instant
from jobboard.domain import naming
from jobboard.domain.criteria import Criteria, Seen, Status, meets
from jobboard.domain.describing import LABELS, regions, value_text

CONDITIONS = (
    "posting", "pref", "municipality", "role", "engagement", "theme", "audience", "remote", "side_job", "pay_unit", "pay_min",
    "closing_before", "q",
)  # fmt: skip
UNSAID = "記載なし"


def unmet(session: Session, criteria: Criteria, seen: Seen, content: Content, now: datetime) -> list[str]:
    """「都道府県: 宮城県を指定、募集は東京都」 for each condition that ``seen``, of this content, fails; none when all are met."""
    anything = Criteria(status=Status.ALL)
    failed = []
    for name in CONDITIONS:
        value = getattr(criteria, name)
        another_unit = name == "pay_min" and "pay_unit" in failed  # then the amounts say nothing
        if value in (None, ()) or another_unit:
            continue
        if not meets(replace(anything, **{name: value}), seen, now):
            failed.append(name)
    if not failed:
        return []
    names = naming.names(session, [criteria, Criteria(municipality=tuple(sorted(seen.municipalities)))])
    return [f"{LABELS[name]}: {_wanted(criteria, name, names)}を指定、{_has(name, seen, content, names)}" for name in failed]


def _wanted(criteria: Criteria, name: str, names: Mapping[str, str]) -> str:
    values = [value for parameter, value in criteria.pairs() if parameter == name]
    words = regions(values) if name == "pref" else [value_text(name, value, names) for value in values]
    return "・".join(words)


def _has(name: str, seen: Seen, content: Content, names: Mapping[str, str]) -> str:
    """What the posting says instead."""
    if name == "q":
        return "募集の文章にない"
    if name == "posting":
        return "別の募集"
    if name == "pref":
        has = "・".join(PREFECTURES[code] for code in sorted(seen.prefectures))
    elif name == "municipality":
        has = "・".join(names.get(code, code) for code in sorted(seen.municipalities))
    elif name == "pay_min":
        has = show_pay(content)
    elif name == "closing_before":
        has = japanese_instant(seen.apply_by) if seen.apply_by else UNSAID
    else:
        has = _chosen(name, content)
    return f"募集は{has}"


def _chosen(name: str, content: Content) -> str:
    value = content.get("themes" if name == "theme" else name)
    members = value if isinstance(value, tuple) else (value,)
    return "・".join(member.label for member in members if isinstance(member, Choice)) or UNSAID
