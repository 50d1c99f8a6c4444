"""How each posting stood at an instant: open, over or withdrawn then, since when, and what was known of its outcome."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import String, select, type_coerce
from sqlalchemy.orm import Session

from jobboard.base.states import EventKind, Outcome, State
from jobboard.domain.figures import facts, outcomes
from jobboard.domain.figures.facts import Facts
from jobboard.domain.figures.outcomes import Told
from jobboard.domain.figures.term import Term
from jobboard.models import ChangeEvent, Posting

ENDS: dict[str, State] = {EventKind.CLOSED: State.CLOSED, EventKind.WITHDRAWN: State.WITHDRAWN}
_MOVES = (EventKind.PUBLISHED, EventKind.AMENDED, EventKind.EXTENDED, EventKind.REOPENED, *ENDS)


class Step(NamedTuple):
    """A change event, as far as it says whether a posting is open and which version is shown."""

    at: datetime
    kind: str
    version: int


@dataclass(frozen=True, slots=True)
class Standing:
    """One posting at the end of a term. ``spells``: from when until when it was open so far, the last one perhaps without end.

    ``outcome`` is None while it is open; one that is over and did not say is ``Outcome.UNANSWERED``. ``told_at``: when it said.
    Of a 「リンクのみ」 that is over and of which nothing was said it stays None: nobody knows whether the call itself is.
    """

    posting: int
    facts: Facts
    published_at: datetime
    state: State
    ended_at: datetime | None
    outcome: Outcome | None
    told_at: datetime | None
    spells: tuple[tuple[datetime, datetime | None], ...]

    @property
    def open(self) -> bool:
        return self.state is State.PUBLISHED


def at_end_of(session: Session, terms: Sequence[Term]) -> list[list[Standing]]:
    """For each term every posting that had been public by its end."""
    history = _history(session, max(term.until for term in terms))
    pasts = [dict(_pasts(history, term)) for term in terms]
    current = facts.current(session)
    shown = {steps[-1].version for past in pasts for steps in past.values()}
    known = {**current, **facts.former(session, shown - current.keys())}
    told, last = outcomes.told(session), _last_outcomes(session)
    return [
        [
            _standing(posting, steps, known[steps[-1].version], told.get(posting, ()), last.get(posting), term)
            for posting, steps in past.items()
        ]
        for past, term in zip(pasts, terms, strict=True)
    ]


def _history(session: Session, until: datetime) -> dict[int, list[Step]]:
    kind_as_stored = type_coerce(ChangeEvent.kind, String)
    rows = select(ChangeEvent.posting_id, ChangeEvent.occurred_at, kind_as_stored, ChangeEvent.version_id)
    rows = rows.where(ChangeEvent.occurred_at <= until, ChangeEvent.kind.in_(_MOVES))
    found: dict[int, list[Step]] = {}
    rows = rows.order_by(ChangeEvent.posting_id, ChangeEvent.occurred_at, ChangeEvent.id)
    for posting, at, kind, version in session.execute(rows):
        if posting in found or kind not in ENDS:  # what did not begin cannot end
            found.setdefault(posting, []).append(Step(at, kind, version))
    return found


def _pasts(history: Mapping[int, list[Step]], term: Term) -> Iterator[tuple[int, list[Step]]]:
    """What had happened by the end of a term: ends of 24:00 belong to it, what begins then to the next day."""
    for posting, steps in history.items():
        past = [step for step in steps if step.at < term.until or (step.at == term.until and step.kind in ENDS)]
        if past:
            yield posting, past


def _standing(
    posting: int, steps: Sequence[Step], shown: Facts, told: Sequence[Told], last: outcomes.Last | None, term: Term
) -> Standing:
    spells = list(_spells(steps))
    state, ended_at = ENDS.get(steps[-1].kind, State.PUBLISHED), spells[-1][1]
    if ended_at is None and shown.closes is not None and shown.closes <= term.until:
        # The worker has not recorded it yet.
        state, ended_at = State.CLOSED, shown.closes
        spells[-1] = (spells[-1][0], ended_at)
    alone = shown.link_only and state is not State.PUBLISHED
    outcome, told_at = outcomes.known(State.CLOSED if alone else state, ended_at, told, last, term)
    if alone and outcome is Outcome.UNANSWERED:
        outcome = None
    return Standing(posting, shown, steps[0].at, state, ended_at, outcome, told_at, tuple(spells))


def _spells(steps: Iterable[Step]) -> Iterator[tuple[datetime, datetime | None]]:
    began: datetime | None = None
    for step in steps:
        if step.kind in ENDS:
            if began is not None:
                yield began, step.at
            began = None
        elif began is None:
            began = step.at
    if began is not None:
        yield began, None


def _last_outcomes(session: Session) -> dict[int, outcomes.Last]:
    rows = select(Posting.id, Posting.closed_at, Posting.outcome).where(Posting.outcome.is_not(None))
    return {posting: outcomes.Last(closed_at, outcome) for posting, closed_at, outcome in session.execute(rows) if outcome}
