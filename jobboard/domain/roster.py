"""All municipalities as the ministry looks after them: accounts, postings, feeds and contact of each, counted for all at once.

Four statements whatever is asked: the table has 1,741 rows, so filters and counts are taken in memory.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.orm import Session

from jobboard.base.choice import Choice
from jobboard.base.codes import PREFECTURES
from jobboard.base.states import State
from jobboard.domain import accounts, municipalities
from jobboard.domain.publication import open_clause, public_clause
from jobboard.models import Account, Membership, Municipality, Posting, Source

SHOWN = 50
"""Postings that the page of one municipality names."""


class WithAccount(Choice):
    """Whether anybody of a municipality can sign in."""

    NONE = "none", "なし"
    SOME = "some", "あり"
    INVITED = "invited", "招待中のみ"


class WithPosting(Choice):
    """What a municipality has published."""

    NONE = "none", "なし"
    OPEN = "open", "公開中"
    PAST = "past", "過去のみ"


class Known(Choice):
    """Whether a municipality's feed, or contact, is known."""

    NONE = "none", "なし"
    SOME = "some", "あり"


@dataclass
class Line:
    """One municipality with its numbers. What a merged one published counts for its successor too."""

    place: Municipality
    accounts: int = 0
    invited: int = 0
    signed_in_at: datetime | None = None
    open: int = 0
    past: int = 0
    feeds: int = 0
    paused: int = 0

    @property
    def account(self) -> WithAccount:
        return WithAccount.SOME if self.accounts else WithAccount.INVITED if self.invited else WithAccount.NONE

    @property
    def posting(self) -> WithPosting:
        return WithPosting.OPEN if self.open else WithPosting.PAST if self.past else WithPosting.NONE

    @property
    def feed(self) -> Known:
        return Known.SOME if self.feeds else Known.NONE

    @property
    def contact(self) -> Known:
        known = self.place.contact_section or self.place.contact_phone or self.place.contact_email
        return Known.SOME if known else Known.NONE


FACETS: dict[str, tuple[str, type[Choice]]] = {
    "account": ("アカウント", WithAccount), "posting": ("掲載", WithPosting), "feed": ("フィード", Known), "contact": ("連絡先", Known),
}  # fmt: skip
"""Name to label and list; each is an attribute of ``Line``."""


@dataclass(frozen=True)
class Wanted:
    """What is asked for. ``facets``: name to code; ``words`` as ``municipalities.meant`` reads them; ``ended``: those too."""

    pref: str
    words: str
    facets: dict[str, str]
    ended: bool


def read(given: Callable[[str, str], str]) -> Wanted:
    """Of a query string's ``get``. A value that no list knows asks for nothing."""
    chosen = {name: given(name, "") for name, (_, choices) in FACETS.items() if given(name, "") in list(choices)}
    pref = given("pref", "")
    return Wanted(pref if pref in PREFECTURES else "", given("q", "").strip(), chosen, given("ended", "") == "1")


def lines(session: Session, *, now: datetime) -> list[Line]:
    """Every municipality, ended ones too, by code."""
    rows = {one.code: Line(one) for one in session.scalars(select(Municipality).order_by(Municipality.code))}
    for code, active, invited, last in session.execute(_accounts()):
        line = rows[code or ""]
        line.accounts, line.invited, line.signed_in_at = active, invited, last
    for code, is_open, public in session.execute(_postings(now)):
        place = rows[code].place
        for one in {code, place.successor_code or code}:
            rows[one].open += is_open
            rows[one].past += public - is_open
    for code, feeds, paused in session.execute(
        select(Source.municipality_code, func.count(), func.count(Source.paused_at)).group_by(Source.municipality_code)
    ):
        rows[code].feeds, rows[code].paused = feeds, paused
    return list(rows.values())


def narrowed(every: Iterable[Line], wanted: Wanted) -> list[Line]:
    """Those of the prefecture, the words and, unless asked for, without ended ones; before any facet."""
    lines = list(every)
    named = {one.code for one in municipalities.meant((line.place for line in lines), wanted.words)} if wanted.words else None
    return [
        line
        for line in lines
        if (wanted.ended or line.place.ended_on is None)
        and wanted.pref in ("", line.place.pref_code)
        and (named is None or line.place.code in named)
    ]


def met(among: Iterable[Line], wanted: Wanted, *, but: str = "") -> list[Line]:
    """Those that meet every facet but one."""
    asked = [(name, code) for name, code in wanted.facets.items() if name != but]
    return [line for line in among if all(getattr(line, name) == code for name, code in asked)]


def counts(among: Sequence[Line], wanted: Wanted) -> dict[str, dict[str, int]]:
    """Facet to code to how many there would be, the other facets as they are; ``""``: any."""
    found = {}
    for name, (_, choices) in FACETS.items():
        others = met(among, wanted, but=name)
        found[name] = {"": len(others)} | {str(code): sum(getattr(one, name) is code for one in others) for code in choices}
    return found


def by_prefecture(every: Iterable[Line]) -> list[tuple[str, str, int, int, int]]:
    """(code, name, municipalities, with an account, with an open posting) of each prefecture that has any; no ended ones."""
    found: dict[str, list[Line]] = {}
    for line in every:
        if line.place.ended_on is None:
            found.setdefault(line.place.pref_code, []).append(line)
    return [
        (code, PREFECTURES[code], len(group), sum(one.accounts > 0 for one in group), sum(one.open > 0 for one in group))
        for code, group in sorted(found.items())
    ]


def holders(session: Session, code: str) -> Sequence[Account]:
    """The accounts of a municipality, ended ones last."""
    found = select(Account).join(Membership).where(Membership.municipality_code == code).order_by(
        Account.deactivated_at.is_not(None), Account.id
    )
    return session.scalars(found).unique().all()


def postings(session: Session, place: Municipality) -> list[tuple[State, int, list[Posting]]]:
    """(state, how many, the newest) of its postings, and of those that it took over. What it still writes is only counted."""
    here = Posting.municipality_code.in_({place.code, *(one.code for one in place.predecessors)})
    numbers = dict(session.execute(select(Posting.state, func.count()).where(here).group_by(Posting.state)).all())
    newest = select(Posting).where(here, Posting.state != State.DRAFT).order_by(Posting.id.desc()).limit(SHOWN)
    latest = session.scalars(newest).unique().all()
    return [(state, numbers[state], [one for one in latest if one.state is state]) for state in State if state in numbers]


def _accounts() -> Select[str | None, int, int, datetime | None]:
    invited = and_(Account.activated_at.is_(None), Account.deactivated_at.is_(None))
    found = select(Membership.municipality_code, _many(accounts.in_use()), _many(invited), func.max(Account.last_signed_in_at))
    return found.join(Account).where(Membership.municipality_code.is_not(None)).group_by(Membership.municipality_code)


def _postings(now: datetime) -> Select[str, int, int]:
    found = select(Posting.municipality_code, _many(open_clause(now)), _many(public_clause()))
    return found.where(public_clause()).group_by(Posting.municipality_code)


def _many(clause: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((clause, 1), else_=0))
