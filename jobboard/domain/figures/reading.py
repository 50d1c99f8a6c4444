"""The figures of one day: each table is made when it is asked for, and the postings are read once for all of them."""

from collections.abc import Callable
from datetime import datetime
from functools import cached_property

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jobboard.base.states import Outcome, State
from jobboard.domain.figures import calls, durations, readers, searches, standing
from jobboard.domain.figures.listed import DEFINITIONS, Figure, Tabulation
from jobboard.domain.figures.tables import Cell, Table, beside, counted, new, over, without_before
from jobboard.domain.figures.term import Term, year_before
from jobboard.models import AuditEntry, ChangeEvent


class Reading:
    """All tables of a term and the same term of the year before, as ``session`` knows them."""

    def __init__(self, session: Session, term: Term) -> None:
        self.session, self.term = session, term
        self.terms = (term, year_before(term))

    @cached_property
    def sides(self) -> list[calls.Side]:
        """Both terms with their postings."""
        return list(zip(self.terms, standing.at_end_of(self.session, self.terms), strict=True))

    def table(self, tabulation: Tabulation) -> Table:
        """One table of the closed list. What nobody had recorded yet in the year before is no 0."""
        made = _MADE[tabulation](self)
        return made if self.has_record(self.terms[1]) else without_before(made)

    @cached_property
    def began(self) -> datetime | None:
        """When the records begin: the first change of a posting that was published, or the first entry of the audit."""
        first = (self.session.scalar(select(func.min(column))) for column in (ChangeEvent.occurred_at, AuditEntry.at))
        return min((one for one in first if one), default=None)

    def has_record(self, term: Term) -> bool:
        """Whether anything was recorded before the end of the term; a board with nothing at all counts from today."""
        return self.began is not None and self.began <= term.until

    def overview(self) -> Table:
        """The figures that are asked for first: each by itself, with its unit."""
        columns = [self._side(side) for side in self.sides]
        tables = {one: self.table(one) for one in (Tabulation.REVIEW, Tabulation.FILLING, Tabulation.GRANT, Tabulation.SUBSCRIPTIONS)}
        rows = [(name, unit, *(column[at] for column in columns)) for at, (name, unit) in enumerate(_POSTINGS)]
        review, filling, grant = (tables[one].rows for one in (Tabulation.REVIEW, Tabulation.FILLING, Tabulation.GRANT))
        rows += [
            ("掲載確認にかかった開庁日の中央値", "開庁日", review[4][2], review[5][2]),
            ("公開から決定までの日数の中央値", "日", filling[0][2], filling[1][2]),
            ("形式要件による推計(特別交付税措置)", "%", grant[0][3], grant[1][3]),
        ]
        for number, figure in enumerate((Figure.SUBSCRIBERS, Figure.SUBSCRIPTIONS)):
            rows.append((figure.label, DEFINITIONS[figure].unit, *tables[Tabulation.SUBSCRIPTIONS].rows[number][1:]))
        return Table(Tabulation.OVERVIEW, ("数字", "単位", *beside(("数",))), tuple(rows))

    @staticmethod
    def _side(side: calls.Side) -> list[Cell]:
        term, found = side
        ended = over(found, term)
        closed = [one for one in ended if one.state is State.CLOSED]
        withdrawn = [one for one in ended if one.state is State.WITHDRAWN]
        said = [[one for one in ended if one.outcome is outcome] for outcome in (Outcome.DECIDED, Outcome.UNANSWERED)]
        groups = ([one for one in found if one.open], new(found, term), closed, withdrawn, *said)
        return [number for group in groups for number in counted(group)]


_POSTINGS = tuple(
    row
    for name in ("募集中", "新規掲載", "終了", "募集中止", "結果が「決定」", "結果が「未回答」")
    for row in ((name, "件"), (f"{name}の実団体数", "団体"))
)

_MADE: dict[Tabulation, Callable[[Reading], Table]] = {
    Tabulation.OVERVIEW: Reading.overview,
    Tabulation.MONTHS: lambda one: calls.months(one.sides),
    Tabulation.OUTCOMES: lambda one: calls.outcomes(one.sides),
    Tabulation.OUTCOME_MONTHS: lambda one: calls.outcome_months(one.sides),
    Tabulation.PREFECTURES: lambda one: calls.prefectures(one.sides),
    Tabulation.ROLES: lambda one: calls.roles(one.sides),
    Tabulation.ENGAGEMENTS: lambda one: calls.engagements(one.sides),
    Tabulation.THEMES: lambda one: calls.themes(one.sides),
    Tabulation.REVIEW: lambda one: durations.review(one.session, one.terms),
    Tabulation.FILLING: lambda one: durations.filling(one.sides),
    Tabulation.GRANT: lambda one: durations.grant(one.session, one.sides),
    Tabulation.SUBSCRIPTIONS: lambda one: readers.subscriptions(one.session, one.terms),
    Tabulation.NOTICES: lambda one: readers.notices(one.session, one.terms),
    Tabulation.VIEWS: lambda one: readers.views(one.session, one.terms),
    Tabulation.SEARCHED: lambda one: searches.searched(one.session, one.terms),
    Tabulation.NOT_FOUND: lambda one: searches.not_found(one.session, one.terms),
}
