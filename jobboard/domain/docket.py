"""The requests for correction as lists: what waits, what was answered, what else was said about the same posting."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select, true
from sqlalchemy.orm import Session, joinedload, selectinload

from jobboard.base.clock import japan_date
from jobboard.base.codes import PREFECTURES
from jobboard.base.states import Fault, Remedy
from jobboard.domain.corrections import Waiting, due_on, waits
from jobboard.models import Correction, Municipality, Posting

SHOWN = 50
"""Answered requests on one page."""

_WAITS = Correction.answered_at.is_(None)


@dataclass(frozen=True)
class Wanted:
    """Which of the answered ones; None and an empty text: any. ``receipt``: how it begins, full-width digits read as such."""

    receipt: str = ""
    pref: str = ""
    fault: Fault | None = None
    remedy: Remedy | None = None

    @classmethod
    def read(cls, given: Mapping[str, str]) -> "Wanted":
        """What was asked for; a code that no list has is left out, for the page says what it shows."""
        fault, remedy, pref = given.get("fault", ""), given.get("remedy", ""), given.get("pref", "")
        return cls(
            receipt="".join(given.get("receipt", "").translate(_NARROW).split())[:20],
            pref=pref if pref in PREFECTURES else "",
            fault=Fault(fault) if fault in list(Fault) else None,
            remedy=Remedy(remedy) if remedy in list(Remedy) else None,
        )

    def clause(self) -> ColumnElement[bool]:
        there = Posting.municipality_code == Municipality.code
        here = select(Posting.id).join(Municipality, there).where(Municipality.pref_code == self.pref)
        found: ColumnElement[bool] = true()
        for asked, condition in (
            (self.receipt, Correction.receipt.startswith(self.receipt, autoescape=True)),
            (self.pref, Correction.posting_id.in_(here)),
            (self.fault, Correction.fault == self.fault),
            (self.remedy, Correction.remedy == self.remedy),
        ):
            if asked:
                found &= condition
        return found


_NARROW = str.maketrans("０１２３４５６７８９－ー‐−", "0123456789----")


def waiting(session: Session, *, now: datetime) -> list[Waiting]:
    """Every request without an answer, the oldest first."""
    found = _listed(_WAITS).options(selectinload(Correction.inquiries)).order_by(Correction.received_at, Correction.id)
    return [waits(request, now=now) for request in session.scalars(found).unique()]


def count_waiting(session: Session) -> int:
    """How many requests have no answer."""
    return session.scalar(select(func.count()).where(_WAITS)) or 0


@dataclass(frozen=True)
class Page:
    """Page ``number`` (from 1) of ``pages``; ``count`` rows on all of them."""

    rows: Sequence[Correction]
    number: int
    pages: int
    count: int


def answered(session: Session, wanted: Wanted, *, page: int) -> Page:
    """The answered requests, the newest answer first; the last page for a number beyond it."""
    done = Correction.answered_at.is_not(None) & wanted.clause()
    count = session.scalar(select(func.count()).select_from(Correction).where(done)) or 0
    pages = max(1, -(-count // SHOWN))
    number = min(max(page, 1), pages)
    found = _listed(done).order_by(Correction.answered_at.desc(), Correction.id.desc())
    rows = session.scalars(found.limit(SHOWN).offset((number - 1) * SHOWN)).unique().all()
    return Page(rows, number, pages, count)


def was_late(request: Correction) -> bool:
    """Whether the answer came after the promised day."""
    return request.answered_at is not None and japan_date(request.answered_at) > due_on(request)


def beside(session: Session, request: Correction) -> Sequence[Correction]:
    """The other requests about the same posting, the newest first."""
    same = (Correction.posting_id == request.posting_id) & (Correction.id != request.id)
    return session.scalars(_listed(same).order_by(Correction.id.desc()).limit(SHOWN)).unique().all()


def about(session: Session, postings: ColumnElement[bool], *, now: datetime) -> list[Waiting]:
    """The requests without an answer about the postings of a where-clause, the oldest first."""
    theirs = Correction.posting_id.in_(select(Posting.id).where(postings))
    found = _listed(_WAITS & theirs).options(selectinload(Correction.inquiries)).order_by(Correction.received_at, Correction.id)
    return [waits(request, now=now) for request in session.scalars(found).unique()]


def _listed(condition: ColumnElement[bool]) -> Select[Correction]:
    return select(Correction).where(condition).options(joinedload(Correction.posting))
