"""特別交付税措置 by dated rules: whether a call meets a year's form. Never more than a 目安; the ministry decides."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base.choice import Choice
from jobboard.base.clock import fiscal_year, japan_date
from jobboard.base.content import Content
from jobboard.base.errors import Incomplete, Problem
from jobboard.base.text import clean
from jobboard.base.vocabulary import Engagement, Role
from jobboard.domain import audit
from jobboard.models import Account, GrantRule

LONGEST = 1_000
FIRST_YEAR, LAST_YEAR = 2021, 2100


class Grant(Choice):
    """What the dated rules say of a call."""

    MEETS = "meets", "要件に合う見込みです(要確認)"
    FAILS = "fails", "要件に合わない見込みです(要確認)"
    UNKNOWN = "unknown", "今年度の取扱いは要確認です"


@dataclass(frozen=True)
class Judged:
    """``grant`` in the fiscal year ``year``; ``rules`` are those that apply to it, or that it misses."""

    grant: Grant
    year: int
    rules: Sequence[GrantRule]


def judge(session: Session, content: Content, *, now: datetime) -> Judged:
    """形式要件による目安 under the rules of the present fiscal year in Japan; a year without a row is unknown."""
    year = fiscal_year(japan_date(now))
    rules = of_year(session, year)
    met = [rule for rule in rules if meets(rule, content.get("role"), content.engagement)]
    if not rules:
        return Judged(Grant.UNKNOWN, year, ())
    return Judged(Grant.MEETS if met else Grant.FAILS, year, met or rules)


def of_year(session: Session, year: int) -> Sequence[GrantRule]:
    """The rules of one fiscal year; none while its handling is not known."""
    return session.scalars(select(GrantRule).where(GrantRule.fiscal_year == year).order_by(GrantRule.id)).all()


def meets(rule: GrantRule, role: object, engagement: object) -> bool:
    """Whether a call of this role and engagement (members or their codes) has the form that the rule asks for."""
    return role in rule.roles and engagement in rule.engagements


def rules(session: Session) -> Sequence[GrantRule]:
    """All rules, the newest year first."""
    return session.scalars(select(GrantRule).order_by(GrantRule.fiscal_year.desc(), GrantRule.id)).all()


def write(
    session: Session,
    rule: GrantRule | None,
    *,
    year: str,
    roles: Sequence[str],
    engagements: Sequence[str],
    wording: str,
    source: str,
    by: Account,
    now: datetime,
) -> GrantRule:
    """Writes a new rule, or a present one anew, as typed. Raises ``Incomplete`` for each field that is missing or wrong."""
    said, origin = clean(wording), clean(source)
    problems = [*_wrong_year(year), *_missing(roles, engagements), *_wrong_words(said, origin)]
    if problems:
        raise Incomplete(problems)
    rule = rule or GrantRule()
    rule.fiscal_year, rule.wording, rule.source = int(clean(year)), said, origin
    rule.roles = [str(one) for one in Role if one in roles]
    rule.engagements = [str(one) for one in Engagement if one in engagements]
    rule.changed_at, rule.changed_by_id = now, by.id
    session.add(rule)
    session.flush()
    audit.record(session, "grant:write", "grant_rule", rule.id, by=by, now=now, year=rule.fiscal_year)
    return rule


def remove(session: Session, rule: GrantRule, *, by: Account, now: datetime) -> None:
    """Takes a rule away: its year is unknown again, unless another rule is left."""
    audit.record(session, "grant:remove", "grant_rule", rule.id, by=by, now=now, year=rule.fiscal_year)
    session.delete(rule)
    session.flush()


def _wrong_year(typed: str) -> list[Problem]:
    year = clean(typed)
    if year.isdecimal() and len(year) == 4 and FIRST_YEAR <= int(year) <= LAST_YEAR:
        return []
    return [Problem("year", f"{FIRST_YEAR}から{LAST_YEAR}までの西暦で書いてください(例: 2026)。")]


def _missing(roles: Sequence[str], engagements: Sequence[str]) -> list[Problem]:
    found = []
    if not set(roles) & set(Role):
        found.append(Problem("roles", "対象の役割を1つ以上選んでください。"))
    if not set(engagements) & set(Engagement):
        found.append(Problem("engagements", "対象の任用・契約形態を1つ以上選んでください。"))
    return found


def _wrong_words(wording: str, source: str) -> list[Problem]:
    found = []
    for name, words, what in (("wording", wording, "対象の説明"), ("source", source, "根拠の文書")):
        if not words:
            found.append(Problem(name, f"{what}を書いてください。"))
        elif len(words) > LONGEST:
            found.append(Problem(name, f"{LONGEST:,}字以内で書いてください(今は{len(words):,}字)。"))
    return found
