"""確認のお願い: mails that ask editors about what nobody touched or answered; and drafts that are put away.

Each mail is one row ``Reminder``, inserted in its transaction: of two workers the one that inserts it sends it.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from jobboard.base.clock import japan_date
from jobboard.base.states import ClosedReason, CodeAct, DeliveryKind, Outcome, ReminderKind, State
from jobboard.base.vocabulary import DeadlineKind
from jobboard.base.wording import days_left, japanese_instant
from jobboard.domain import audit, candidates, notices, past_deadline, permissions, publication, sets
from jobboard.domain.letterhead import Letterhead
from jobboard.models import Account, Posting, Remark, Reminder, Version

OPEN_ENDED_EVERY = timedelta(days=60)
DEADLINE_DAYS = 7
DRAFT_AFTER = timedelta(days=30)
ARCHIVED_AFTER = timedelta(days=400)
BATCH = 50
"""Mails made in one transaction."""

_WITHOUT_DEADLINE = (DeadlineKind.OPEN_ENDED, DeadlineKind.UNTIL_FILLED)
_UNTOLD = or_(Posting.outcome.is_(None), Posting.outcome == Outcome.UNANSWERED)
_ASKED = (
    select(func.max(Remark.written_at)).join(Version, Version.id == Remark.version_id)
    .where(Version.posting_id == Posting.id).correlate(Posting).scalar_subquery()
)  # fmt: skip
_TOUCHED = case((and_(Posting.state == State.RETURNED, Posting.draft_at < _ASKED), _ASKED), else_=Posting.draft_at)
"""When something last happened to a draft: it was written, or its correction was asked for."""


class Due(NamedTuple):
    """A reminder that is to be sent; ``due_on``: the day that it is about."""

    posting_id: int
    kind: ReminderKind
    due_on: date


def due(session: Session, *, now: datetime) -> list[Due]:
    """What is to be sent now and was not yet."""
    found = [*_running(session, now), *_past_deadline(session, now), *_drafts(session, now)]
    if not found:
        return []
    since = min(one.due_on for one in found)
    sent = select(Reminder.posting_id, Reminder.kind, Reminder.due_on).where(Reminder.due_on >= since)
    known = {Due(*row) for row in session.execute(sent)}
    return [one for one in found if one not in known]


def remind(session: Session, letterhead: Letterhead, *, now: datetime) -> int:
    """The mails of up to ``BATCH`` reminders that are due; returns how many reminders were won."""
    made = 0
    for one in due(session, now=now)[:BATCH]:
        if _won(session, one, now):
            made += 1
            _tell(session, session.get_one(Posting, one.posting_id), one.kind, letterhead, now)
    return made


def _won(session: Session, one: Due, now: datetime) -> bool:
    insert = sqlite.insert if sets.is_sqlite(session) else postgresql.insert
    fresh = insert(Reminder).values(**one._asdict(), sent_at=now).on_conflict_do_nothing().returning(Reminder.posting_id)
    return session.scalar(fresh) is not None


def _running(session: Session, now: datetime) -> Iterator[Due]:
    """Every 60 days of a call without a deadline, and seven days before any call ends.

    Nobody is reminded of a deadline that was set within those days.
    """
    kind = Version.content["apply_by_kind"].as_string()
    columns = select(Posting.id, Posting.apply_by, Posting.published_at, Version.published_at, kind)
    rows = session.execute(columns.join(Version, Version.id == Posting.current_id).where(publication.open_clause(now)))
    for number, apply_by, first_at, shown_at, kept in rows:
        if apply_by is None:
            continue
        age = japan_date(now) - japan_date(first_at)
        if kept in _WITHOUT_DEADLINE and age >= OPEN_ENDED_EVERY:
            yield Due(number, ReminderKind.OPEN_ENDED, japan_date(first_at) + age // OPEN_ENDED_EVERY * OPEN_ENDED_EVERY)
        if days_left(apply_by, now) <= DEADLINE_DAYS <= days_left(apply_by, shown_at):
            yield Due(number, ReminderKind.DEADLINE, _last_day(apply_by))


def _past_deadline(session: Session, now: datetime) -> Iterator[Due]:
    """Calls that ended at their deadline, recorded as closed or not yet, of which nobody said what came."""
    closed = and_(Posting.state == State.CLOSED, Posting.closed_reason == ClosedReason.DEADLINE, _UNTOLD)
    ended = or_(closed, and_(Posting.state == State.PUBLISHED, Posting.apply_by <= now))
    rows = session.execute(select(Posting.id, Posting.apply_by).where(ended, Posting.apply_by > now - past_deadline.ASKED_FOR))
    for number, apply_by in rows:
        if apply_by is not None:
            yield Due(number, ReminderKind.PAST_DEADLINE, _last_day(apply_by))


def _drafts(session: Session, now: datetime) -> Iterator[Due]:
    untouched = and_(now - DRAFT_AFTER >= _TOUCHED, now - ARCHIVED_AFTER < _TOUCHED)
    rows = session.execute(select(Posting.id, _TOUCHED).where(_is_written(), untouched, ~candidates.is_declined()))
    for number, touched_at in rows:
        yield Due(number, ReminderKind.DRAFT, japan_date(touched_at) + DRAFT_AFTER)


def _is_written() -> ColumnElement[bool]:
    """Whether it lies with its editor: not sent in yet, or given back (修正依頼)."""
    return and_(Posting.state.in_((State.DRAFT, State.RETURNED)), Posting.archived_at.is_(None))


def _last_day(apply_by: datetime) -> date:
    """The day in Japan that a deadline ends or falls into."""
    return japan_date(apply_by - timedelta(microseconds=1))


def forsaken(session: Session, *, now: datetime) -> list[Posting]:
    """Drafts that nobody touched for 400 days."""
    return list(session.scalars(select(Posting).where(is_forsaken(now)).order_by(Posting.id).limit(BATCH)))


def is_forsaken(now: datetime) -> ColumnElement[bool]:
    """``forsaken`` as a where-clause."""
    return and_(_is_written(), now - ARCHIVED_AFTER >= _TOUCHED)


def archive(session: Session, *, now: datetime) -> int:
    """Puts such drafts away: they leave the desk's list, and can be brought back. Returns how many."""
    found = forsaken(session, now=now)
    for posting in found:
        posting.archived_at = now
        audit.record(session, "posting:archive", "posting", posting.id, by=None, now=now)
    return len(found)


def restore(session: Session, posting: Posting, *, by: Account, now: datetime) -> None:
    """Brings an archived draft back; it counts as touched now. Nothing happens to any other."""
    if posting.archived_at is None:
        return
    posting.archived_at, posting.draft_at = None, now
    audit.record(session, "posting:restore", "posting", posting.id, by=by, now=now)


def _recipients(session: Session, posting: Posting, kind: ReminderKind) -> list[Account]:
    """Of a draft whoever wrote last and may go on; of anything else whoever sent it in; of either all editors when that one is gone."""
    writer = session.get(Account, posting.draft_by_id) if posting.draft_by_id else None
    if kind is ReminderKind.DRAFT and writer is not None and permissions.allowed(writer, "posting:edit", posting):
        return [writer]
    return notices.editors(session, posting)


def _tell(session: Session, posting: Posting, kind: ReminderKind, letterhead: Letterhead, now: datetime) -> None:
    subject, text, path = _WORDS[kind](notices.named(posting), posting, now)
    act = CodeAct.ENDED if kind is ReminderKind.PAST_DEADLINE else CodeAct.POSTING
    base_url, site = letterhead.base_url, letterhead.site
    body = f"{text}\n{base_url}/desk/postings/{posting.id}{path}\n"
    to = _recipients(session, posting, kind)
    notices.tell_all(session, DeliveryKind.REMINDER, to, subject, body, base_url, site, now, act=act, posting=posting)


Words = tuple[str, str, str]
"""Subject, text, and the end of the path that the mail's link leads to."""


def _open_ended(name: str, posting: Posting, now: datetime) -> Words:
    days = (japan_date(now) - japan_date(posting.published_at or now)).days
    text = (
        f"締切のない募集「{name}」は、公開してから{days}日たちました。\n\n"
        "いまも募集していて、内容も変わっていなければ、することはありません。\n"
        "内容を変えるとき、募集を終えるときは、次のページからできます。"
    )
    return f"募集は続いていますか:{name}", text, ""


def _deadline(name: str, posting: Posting, now: datetime) -> Words:
    assert posting.apply_by is not None
    text = (
        f"「{name}」の締切が近づいています。\n\n"
        f"{japanese_instant(posting.apply_by)}に、受付終了になります。\n"
        "そのままでよければ、することはありません。\n"
        "延ばすとき、早めに終えるときは、次のページからできます。"
    )
    return f"締切まであと{days_left(posting.apply_by, now)}日です:{name}", text, ""


def _ended(name: str, posting: Posting, now: datetime) -> Words:
    assert posting.apply_by is not None
    text = (
        f"「{name}」は、{japanese_instant(posting.apply_by)}に締切を過ぎ、受付終了になりました。\n\n"
        "次のページで、「延長」「決定」「該当者なし」のどれかを選んでください。"
    )
    return f"締切を過ぎました:{name}", text, "/ended"


def _draft(name: str, posting: Posting, now: datetime) -> Words:
    what = "修正をお願いした内容" if posting.state is State.RETURNED else "下書き"
    text = (
        f"「{name}」の{what}は、{DRAFT_AFTER.days}日以上、書かれていません。\n\n"
        "続きは、次のページから書けます。募集しないことになったときは、そのままでかまいません。\n"
        f"{ARCHIVED_AFTER.days}日たつと、一覧から外して保管します。保管した下書きも、元に戻せます。"
    )
    return f"書きかけの下書きがあります:{name}", text, "/edit"


_WORDS = {
    ReminderKind.OPEN_ENDED: _open_ended,
    ReminderKind.DEADLINE: _deadline,
    ReminderKind.PAST_DEADLINE: _ended,
    ReminderKind.DRAFT: _draft,
}
