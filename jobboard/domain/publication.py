"""The posting's life after it was sent in: one status table, one writer of the state, and every act on what is public.

Each act writes version, state, derived columns, audit entry, change event and board version in the caller's transaction.
"""

from datetime import datetime
from typing import Protocol

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from jobboard.base.choice import Choice
from jobboard.base.clock import japan_date
from jobboard.base.content import Content, from_json
from jobboard.base.errors import Incomplete, Problem, WrongState
from jobboard.base.states import ClosedReason, EventKind, ExtensionReason, Outcome, PublicState, State, VersionState
from jobboard.base.vocabulary import DeadlineKind
from jobboard.base.wording import days_left
from jobboard.domain import audit, completeness, facets, link_alone, searching, stopping
from jobboard.domain.versions import announce, bump, current_content, new_version, replace_pending, show
from jobboard.models import Account, ChangeEvent, Posting, Version

CLOSING_SOON_DAYS = 7


class Action(Choice):
    """What moves a posting from one state to another; the code stands in the audit as ``posting:<code>``."""

    SUBMIT = "submit", "掲載を依頼する"
    RECALL = "recall", "取り下げて編集に戻す"
    RETURN = "return", "修正を依頼する"
    APPROVE = "approve", "掲載を予定する"
    PUBLISH = "publish", "掲載する"
    CLOSE = "close", "募集を終了する"
    WITHDRAW = "withdraw", "募集を中止する"
    REOPEN = "reopen", "募集を再開する"
    LINK = "link", "リンクのみで掲載する"


TRANSITIONS: dict[tuple[State, Action], State] = {
    (State.DRAFT, Action.SUBMIT): State.SUBMITTED,
    (State.RETURNED, Action.SUBMIT): State.SUBMITTED,
    (State.DRAFT, Action.LINK): State.PUBLISHED,
    (State.SUBMITTED, Action.RECALL): State.DRAFT,
    (State.SUBMITTED, Action.RETURN): State.RETURNED,
    (State.SUBMITTED, Action.APPROVE): State.APPROVED,
    (State.SUBMITTED, Action.PUBLISH): State.PUBLISHED,
    (State.APPROVED, Action.PUBLISH): State.PUBLISHED,
    (State.APPROVED, Action.WITHDRAW): State.WITHDRAWN,
    (State.PUBLISHED, Action.CLOSE): State.CLOSED,
    (State.PUBLISHED, Action.WITHDRAW): State.WITHDRAWN,
    (State.CLOSED, Action.REOPEN): State.PUBLISHED,
    (State.WITHDRAWN, Action.REOPEN): State.PUBLISHED,
}
"""The status table; docs/architecture.md draws it, and a test compares the two."""


def move(
    session: Session, posting: Posting, action: Action, *, by: Account | None, now: datetime, **facts: str | None
) -> None:
    """The only writer of ``posting.state``; ``facts`` go into the audit. Raises ``WrongState`` when the table has no such step."""
    after = TRANSITIONS.get((posting.state, action))
    if after is None:
        raise WrongState(str(posting.state), str(action))
    before, posting.state = posting.state, after
    audit.record(
        session, f"posting:{action}", "posting", posting.id, by=by, now=now, before=str(before), after=str(after), **facts
    )


def lock(session: Session, posting: Posting) -> None:
    """Reads the row anew and holds it until the transaction ends, so that two actors take turns."""
    session.flush()
    session.refresh(posting, with_for_update={"of": Posting})


class Shown(Protocol):
    """The columns of a posting, or of a line of a list, that say whether it is open."""

    @property
    def state(self) -> State: ...
    @property
    def apply_from(self) -> datetime | None: ...
    @property
    def apply_by(self) -> datetime | None: ...
    @property
    def link_only(self) -> bool: ...


def is_open(posting: Shown, now: datetime) -> bool:
    """The one meaning of open: published and before its closing instant (a 「リンクのみ」 has none), also while no worker runs."""
    return posting.state is State.PUBLISHED and (posting.apply_by is None or posting.apply_by > now)


def open_clause(now: datetime) -> ColumnElement[bool]:
    """``is_open`` in SQL."""
    return and_(Posting.state == State.PUBLISHED, or_(Posting.apply_by.is_(None), Posting.apply_by > now))


def public_clause() -> ColumnElement[bool]:
    """Postings that are or once were public: what a reader may open by its address."""
    shown = (State.PUBLISHED, State.CLOSED, State.WITHDRAWN)
    return and_(Posting.state.in_(shown), Posting.current_id.is_not(None))


def public_state(posting: Shown, now: datetime) -> PublicState:
    """What a reader is told of a posting that is or was public."""
    if posting.link_only and posting.state is not State.PUBLISHED:
        return PublicState.UNLISTED
    if posting.state is State.WITHDRAWN:
        return PublicState.WITHDRAWN
    if not is_open(posting, now):
        return PublicState.CLOSED
    if posting.apply_from is not None and posting.apply_from > now:
        return PublicState.UPCOMING
    if posting.apply_by is None:
        return PublicState.OPEN
    return PublicState.CLOSING_SOON if days_left(posting.apply_by, now) <= CLOSING_SOON_DAYS else PublicState.OPEN


def extend(
    session: Session,
    posting: Posting,
    *,
    until: datetime,
    reason: ExtensionReason,
    note: str = "",
    by: Account | None,
    now: datetime,
) -> Version:
    """Puts the deadline off, at once (事後確認). ``until`` is the new closing instant, later than the present one.

    An open-ended posting gets a later review date instead. Raises ``Incomplete`` when it is not later.
    """
    lock(session, posting)
    if not is_open(posting, now) or posting.link_only:
        raise WrongState(str(posting.state), "extend")
    content = current_content(posting)
    later = _put_off(content, until)
    if facets.closing_instant(later) <= posting.apply_by:  # type: ignore[operator]  # an open posting has both
        what = "締切" if "apply_by" in content else "見直しの日"
        raise Incomplete([Problem("apply_by", f"新しい{what}は、今の{what}より後にしてください。")])
    _refuse_wrong_dates(later, now)
    version = _at_once(session, posting, later, f"{reason.label}{f'({note})' if note else ''}", by=by, now=now)
    pending = posting.pending
    show(session, posting, version, EventKind.EXTENDED, by=by, now=now)
    if pending is not None:
        _carry_over(session, posting, pending, until, now=now)
    audit.record(session, "posting:extend", "posting", posting.id, by=by, now=now, reason=str(reason))
    return version


def _refuse_wrong_dates(content: Content, now: datetime) -> None:
    """The rules of a submission about deadlines hold for a deadline that takes effect at once, too."""
    gaps = completeness.problems(content, now=now)
    wrong = [Problem("apply_by", gap.message) for gap in gaps if gap.field in ("apply_by", "review_on")]
    if wrong:
        raise Incomplete(wrong)


def _put_off(content: Content, until: datetime) -> Content:
    if "apply_by" in content:
        return content.with_values(apply_by=until)
    return content.with_values(review_on=japan_date(until))


def _at_once(
    session: Session, posting: Posting, content: Content, summary: str, *, by: Account | None, now: datetime
) -> Version:
    version = new_version(session, posting, content, by=by, now=now, like=posting.current)
    version.at_once, version.change_summary = True, summary
    return version


def _carry_over(session: Session, posting: Posting, pending: Version, until: datetime, *, now: datetime) -> None:
    """A version that waits must not bring the old deadline back: an equal one with the new deadline takes its place."""
    content = from_json(pending.content)
    before = facets.closing_instant(content)
    if before is not None and before < until:
        content = _put_off(content, until)
    replace_pending(session, posting, pending, content, now=now)


def close(
    session: Session,
    posting: Posting,
    *,
    reason: ClosedReason | None,
    outcome: Outcome | None = None,
    note: str = "",
    by: Account | None,
    now: datetime,
) -> ChangeEvent:
    """Ends the call, at once. ``outcome`` may be told later; ``note`` is shown publicly.

    No ``reason``: only that a link alone is here ends, and nobody says that the call does.
    """
    lock(session, posting)
    move(session, posting, Action.CLOSE, by=by, now=now, **({"outcome": str(outcome)} if outcome else {}))
    posting.closed_reason, posting.outcome = reason, outcome
    return _end(session, posting, EventKind.CLOSED, note, now=now)


def tell_outcome(
    session: Session, posting: Posting, *, outcome: Outcome, note: str = "", by: Account | None, now: datetime
) -> None:
    """Says publicly what came of a call that is over; may be told anew. It is shown on the page, and mailed to nobody."""
    lock(session, posting)
    if posting.state is not State.CLOSED:
        raise WrongState(str(posting.state), "outcome")
    posting.outcome, posting.outcome_note, posting.updated_at = outcome, note, now
    audit.record(session, "posting:outcome", "posting", posting.id, by=by, now=now, outcome=str(outcome))
    bump(session)


def withdraw(session: Session, posting: Posting, *, reason: str, by: Account | None, now: datetime) -> ChangeEvent | None:
    """募集中止 with a public reason. Tells readers only if the posting was once public."""
    lock(session, posting)
    move(session, posting, Action.WITHDRAW, by=by, now=now)
    if posting.current is None:
        posting.closed_at, posting.closed_note, posting.scheduled_at = now, reason, None
        _drop_pending(posting)
        return None
    posting.outcome = Outcome.CANCELLED if link_alone.knows_outcome(posting, by) else None
    return _end(session, posting, EventKind.WITHDRAWN, reason, now=now)


def _end(session: Session, posting: Posting, kind: EventKind, note: str, *, now: datetime) -> ChangeEvent:
    posting.closed_at, posting.closed_note, posting.updated_at = now, note, now
    _drop_pending(posting)
    searching.put_away(session, posting.id)
    if posting.link_only:
        link_alone.put_away(session, posting, now=now)
    return announce(session, posting, kind, previous=posting.current, now=now, summary=note)


def _drop_pending(posting: Posting) -> None:
    if posting.pending is not None:
        posting.pending.state = VersionState.RECALLED
        posting.pending = None
    posting.reviewer_id = posting.reviewer_since = None


def reopen(
    session: Session, posting: Posting, *, until: datetime, reason: ExtensionReason | None = None, note: str = "",
    by: Account | None, now: datetime,
) -> Version:  # fmt: skip
    """Opens a closed or withdrawn posting again until a new closing instant, as a new version; ``reason`` and ``note`` are told publicly.

    Not what the ministry stopped: that comes back as a copy, through 掲載確認.
    """
    lock(session, posting)
    fixed = posting.current is None or posting.link_only
    if fixed or (posting.state, Action.REOPEN) not in TRANSITIONS or stopping.stop(session, posting):
        raise WrongState(str(posting.state), str(Action.REOPEN))
    if until <= now:
        raise Incomplete([Problem("apply_by", "新しい締切は、今より後の日時にしてください。")])
    content = current_content(posting)
    again = content.with_values(apply_by=until)
    if again.get("apply_by_kind") in (DeadlineKind.OPEN_ENDED, DeadlineKind.UNTIL_FILLED):
        again = again.with_values(apply_by_kind=DeadlineKind.CLOSING)
    _refuse_wrong_dates(again, now)
    move(session, posting, Action.REOPEN, by=by, now=now)
    why = "。".join(part for part in (reason.label if reason else "", note) if part)
    version = _at_once(session, posting, again, f"募集を再開しました{f'({why})' if why else ''}", by=by, now=now)
    show(session, posting, version, EventKind.REOPENED, by=by, now=now)
    return version


def expire(session: Session, *, now: datetime) -> int:
    """Records the closing of every posting whose closing instant has passed; returns how many.

    The event bears the closing instant itself, however late the worker comes.
    """
    due = select(Posting).where(Posting.state == State.PUBLISHED, Posting.apply_by <= now).order_by(Posting.apply_by)
    count = 0
    for posting in session.scalars(due.with_for_update(skip_locked=True, of=Posting)).all():
        instant = posting.apply_by or now
        close(session, posting, reason=ClosedReason.DEADLINE, by=None, now=instant)
        count += 1
    return count


def publish_scheduled(session: Session, *, now: datetime) -> list[Posting]:
    """Publishes every approved posting (掲載予定) whose time has come; returns them."""
    due = select(Posting).where(Posting.state == State.APPROVED, Posting.scheduled_at <= now)
    shown = []
    for posting in session.scalars(due.with_for_update(skip_locked=True, of=Posting)).all():
        if posting.pending is None:
            continue
        move(session, posting, Action.PUBLISH, by=None, now=now)
        show(session, posting, posting.pending, EventKind.PUBLISHED, by=None, now=now)
        shown.append(posting)
    return shown
