"""How long 掲載確認 took in 開庁日, how long calls took until somebody was found, and what the grant's form would cover."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base.clock import japan_date
from jobboard.base.states import Outcome
from jobboard.domain import grants
from jobboard.domain.figures.calls import Side
from jobboard.domain.figures.listed import Tabulation
from jobboard.domain.figures.tables import BEFORE, SPREAD, Cell, Table, new, spread
from jobboard.domain.figures.term import Term, last_day
from jobboard.domain.workdays import is_workday
from jobboard.models import AuditEntry, Version

THIS = "期間中"


class Wait(NamedTuple):
    """A version that waited for 掲載確認: since when, until it was decided on, when it was shown, and whether it was the first."""

    since: datetime
    decided: datetime
    shown: datetime
    first: bool


def review(session: Session, terms: Sequence[Term]) -> Table:
    """Of first publications and of changes that waited."""
    waits = _waits(session, min(term.since for term in terms), max(term.until for term in terms))
    days = _Workdays({japan_date(at) for one in waits for at in (one.since, one.decided)})
    took = [(one, days.between(one.since, one.decided)) for one in waits]
    rows: list[tuple[Cell, ...]] = []
    for name, kinds in (("新規の掲載", (True,)), ("変更", (False,)), ("全体", (True, False))):
        for label, term in zip((THIS, BEFORE), terms, strict=True):
            waited = [number for one, number in took if one.first in kinds and term.began(one.shown)]
            rows.append((f"{name}({label})", *spread(waited)))
    heads = ("区分", *(f"{head}(開庁日)" if number else f"{head}(件)" for number, head in enumerate(SPREAD)))
    return Table(Tabulation.REVIEW, heads, tuple(rows), charted=(2,))


def _waits(session: Session, since: datetime, until: datetime) -> list[Wait]:
    """What was shown from ``since`` to ``until`` after it had waited. What was scheduled was decided on before."""
    planned: dict[int, list[datetime]] = defaultdict(list)
    approvals = select(AuditEntry.subject_id, AuditEntry.at).where(
        AuditEntry.action == "posting:approve", AuditEntry.subject_kind == "posting"
    )
    for subject, at in session.execute(approvals.order_by(AuditEntry.at)):
        planned[int(subject)].append(at)
    rows = select(Version.posting_id, Version.number, Version.created_at, Version.forwarded_at, Version.published_at).where(
        Version.number.is_not(None), Version.at_once.is_(False), Version.published_at >= since, Version.published_at < until
    )
    found = []
    for posting, number, created, forwarded, shown in session.execute(rows):
        begun = forwarded or created
        if shown is None:
            continue
        decided = next((at for at in planned.get(posting, ()) if begun <= at <= shown), shown)
        found.append(Wait(begun, decided, shown, number == 1))
    return found


class _Workdays:
    """Counts workdays between many pairs of days; each day of the calendar is looked up once."""

    def __init__(self, days: set[date]) -> None:
        first = min(days, default=date.min)
        count = (max(days) - first).days + 1 if days else 0
        every = (first + timedelta(days=number) for number in range(count))
        self._days = [day for day in every if is_workday(day)]

    def between(self, since: datetime, until: datetime) -> int:
        """As ``workdays.workdays_since`` counts."""
        return bisect_right(self._days, japan_date(until)) - bisect_right(self._days, japan_date(since))


def filling(sides: Sequence[Side]) -> Table:
    """Calendar days from the first publication to the day on which 決定 was told."""
    rows: list[tuple[Cell, ...]] = []
    for label, (term, found) in zip((THIS, BEFORE), sides, strict=True):
        told = [
            (last_day(one.told_at) - japan_date(one.published_at)).days
            for one in found
            if one.outcome is Outcome.DECIDED and one.told_at is not None and term.ended(one.told_at)
        ]
        rows.append((label, *spread(told)))
    heads = ("期間", *(f"{head}(日)" if number else f"{head}(件)" for number, head in enumerate(SPREAD)))
    return Table(Tabulation.FILLING, heads, tuple(rows))


def grant(session: Session, sides: Sequence[Side]) -> Table:
    """形式要件による推計: of the term's new postings, by the rules that are dated for its fiscal year."""
    rows: list[tuple[Cell, ...]] = []
    unknown = []
    for label, (term, found) in zip((THIS, BEFORE), sides, strict=True):
        rules, begun = grants.of_year(session, term.year), new(found, term)
        meeting = sum(any(grants.meets(rule, one.facts.role, one.facts.engagement) for rule in rules) for one in begun)
        share = round(100 * meeting / len(begun), 1) if begun else None
        rows.append((f"{label}({term.year}年度)", len(begun), *((meeting, share) if rules else (None, None))))
        unknown += [] if rules else [f"{term.year}年度"]
    note = f"{'と'.join(unknown)}の対象は、まだ登録されていません。" if unknown else ""
    heads = ("期間", "新規掲載(件)", "形式に当たるもの(件)", "割合(%)")
    return Table(Tabulation.GRANT, heads, tuple(rows), charted=(3,), note=note)
