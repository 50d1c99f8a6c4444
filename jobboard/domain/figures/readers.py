"""Who is told by mail, what was sent, and how often pages were opened. Persons are told in steps of five, never below."""

from collections import Counter
from collections.abc import Sequence
from datetime import date

from sqlalchemy import distinct, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from jobboard.base.states import Frequency
from jobboard.domain.figures.listed import Tabulation
from jobboard.domain.figures.persons import told
from jobboard.domain.figures.tables import Cell, Table, beside, month_name
from jobboard.domain.figures.term import Term
from jobboard.models import MailDay, Subscriber, Subscription, ViewDay


def subscriptions(session: Session, terms: Sequence[Term]) -> Table:
    """Confirmed ones at the end of each term, as far as rows can tell."""
    columns = [_subscribed(session, term) for term in terms]
    names = ("登録者(人)", "配信登録(件)", *(f"うち {one.label}(件)" for one in Frequency))
    rows = tuple((name, *(told(column[number]) for column in columns)) for number, name in enumerate(names))
    return Table(Tabulation.SUBSCRIPTIONS, ("区分", *beside(("時点の数(5きざみ)",))), rows)


def _subscribed(session: Session, term: Term) -> list[int]:
    """Persons, subscriptions, and subscriptions of each frequency."""
    stands = (
        Subscription.confirmed_at < term.until,
        or_(Subscription.left_at.is_(None), Subscription.left_at >= term.until),
        or_(Subscriber.stopped_at.is_(None), Subscriber.stopped_at >= term.until),
    )
    of = select(func.count(distinct(Subscription.subscriber_id))).join(Subscriber, Subscriber.id == Subscription.subscriber_id)
    kinds = select(Subscription.frequency, func.count()).join(Subscriber, Subscriber.id == Subscription.subscriber_id)
    rows = session.execute(kinds.where(*stands).group_by(Subscription.frequency))
    by_kind = {kind: number for kind, number in rows}
    counts = [by_kind.get(one, 0) for one in Frequency]
    return [session.scalar(of.where(*stands)) or 0, sum(counts), *counts]


def notices(session: Session, terms: Sequence[Term]) -> Table:
    """Mails of notices, month by month; without a sum, from which small months could be told."""
    columns = [[told(number) for number in _monthly(session, MailDay.on, MailDay.notices, term)] for term in terms]
    return _by_month(Tabulation.NOTICES, "お知らせのメール(通、5きざみ)", terms, columns)


def views(session: Session, terms: Sequence[Term]) -> Table:
    """How often pages of postings were opened, month by month."""
    columns: list[Sequence[Cell]] = [_monthly(session, ViewDay.on, ViewDay.views, term) for term in terms]
    table = _by_month(Tabulation.VIEWS, "開かれた回数(回)", terms, columns)
    sums = [sum(number for number in column if isinstance(number, int)) for column in columns]
    return Table(table.tabulation, table.heads, (*table.rows, ("計", *sums)), table.charted, summed=True)


def _by_month(tabulation: Tabulation, head: str, terms: Sequence[Term], columns: Sequence[Sequence[Cell]]) -> Table:
    rows = tuple(
        (month_name(month), *(column[number] for column in columns)) for number, month in enumerate(terms[0].months())
    )
    return Table(tabulation, ("月", *beside((head,))), rows, charted=(1, 2))


def _monthly(session: Session, on: InstrumentedAttribute[date], count: InstrumentedAttribute[int], term: Term) -> list[int]:
    """The sum of each month of the term."""
    days = select(on, func.sum(count)).where(on >= term.first, on <= term.day).group_by(on)
    found: Counter[int] = Counter()
    for day, number in session.execute(days):
        found[day.month] += number
    return [found[month.day.month] for month in term.months()]
