"""保存と削除: one table of what goes when, run by the worker, `jobboard tidy` and the page /ministry/keeping alike.

``count`` says how much of a kind is due, ``run`` deletes a batch of it. Files come first: what lost its row in this very
transaction keeps its file until the next time (``attaching.sweep``).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, delete, func, select
from sqlalchemy.orm import Session

from jobboard.base.keeping import Kept
from jobboard.domain import (
    answering,
    attaching,
    audit,
    audit_retention,
    collecting,
    confirming,
    corrections,
    forgetting,
    handover,
    one_time_codes,
    pacing,
    questions,
    reminding,
    retention,
    sessions,
    subscriptions,
    throttling,
    unused,
)
from jobboard.domain.figures import searches
from jobboard.domain.retention import Terms
from jobboard.models import (
    Account,
    Attachment,
    AuditEntry,
    Correction,
    Delivery,
    Fetch,
    Handover,
    OneTimeCode,
    Pace,
    Posting,
    Presence,
    Question,
    SearchDay,
    SignIn,
    SourceItem,
    Subscription,
    Throttle,
)

ACT = "house:tidy"
NOTED_EVERY = timedelta(days=1)
"""The worker tidies every minute, and says so once a day; who tidies by hand is always noted."""

PRESENCE_KEPT = timedelta(days=1)
OWN = "このサイトの決まり"
LAW = "個人情報の保護に関する法律61条2項"
"""Personal data is not held beyond what its purpose needs."""

RECORDS = "公文書等の管理に関する法律施行令8条"

Due = Callable[[datetime], ColumnElement[bool]]
Counting = Callable[[Session, Terms, datetime], int]


@dataclass(frozen=True)
class Rule:
    """``term`` and ``source`` are for people. ``run`` is None where nothing is deleted: somebody is only told."""

    name: Kept
    term: Callable[[Terms], str]
    source: str
    count: Counting
    run: Counting | None

    @property
    def what(self) -> str:
        return self.name.label


def _rows(model: Any, due: Due) -> Counting:
    def count(session: Session, terms: Terms, now: datetime) -> int:
        return session.scalar(select(func.count()).select_from(model).where(due(now))) or 0

    return count


def _by(deleting: Callable[..., int]) -> Counting:
    return lambda session, terms, now: deleting(session, now=now)


def _rule(name: Kept, term: str, model: Any, due: Due, deleting: Callable[..., int] | None, source: str = LAW) -> Rule:
    return Rule(name, lambda _: term, source, _rows(model, due), _by(deleting) if deleting else None)


def _days(length: timedelta, since: str = "") -> str:
    return f"{since}{length.days}日"


def _seen_long_ago(now: datetime) -> ColumnElement[bool]:
    return Presence.seen_at <= now - PRESENCE_KEPT


def _forget_presence(session: Session, *, now: datetime) -> int:
    gone = session.execute(delete(Presence).where(_seen_long_ago(now)).execution_options(synchronize_session=False))
    return gone.rowcount if isinstance(gone, CursorResult) else 0


def _files(session: Session, terms: Terms, now: datetime) -> int:
    return sum(1 for _ in attaching.orphans(session, terms.upload_dir, now=now)) if terms.upload_dir else 0


def _sweep(session: Session, terms: Terms, now: datetime) -> int:
    return attaching.sweep(session, terms.upload_dir, now=now) if terms.upload_dir else 0


def _years(name: Kept, since: str, due: Callable[..., ColumnElement[bool]]) -> Rule:
    """Postings that are kept by years."""

    def count(session: Session, terms: Terms, now: datetime) -> int:
        return session.scalar(select(func.count()).select_from(Posting).where(due(terms.postings_years, now=now))) or 0

    def run(session: Session, terms: Terms, now: datetime) -> int:
        return forgetting.forget(session, due(terms.postings_years, now=now), now=now)

    return Rule(name, lambda terms: f"{since}年度の翌年度の4月1日から{terms.postings_years}年", RECORDS, count, run)


RULES: tuple[Rule, ...] = (
    Rule(Kept.FILES, lambda _: _days(attaching.KEPT), OWN, _files, _sweep),
    _rule(
        Kept.SUBSCRIPTIONS, _days(subscriptions.CONFIRMED_WITHIN), Subscription, subscriptions.unconfirmed,
        subscriptions.forget_unconfirmed,
    ),
    _rule(Kept.MAIL, _days(retention.MAIL_KEPT, "送ってから"), Delivery, retention.old_mail, retention.forget_mail),
    _rule(
        Kept.CORRECTIONS, _days(corrections.ADDRESS_KEPT, "回答から"), Correction, answering.answered_long_ago,
        answering.forget_addresses,
    ),
    _rule(Kept.QUESTIONS, _days(questions.CONFIRMED_WITHIN), Question, questions.unconfirmed, questions.forget_unconfirmed),
    _rule(
        Kept.ASKERS, _days(questions.ADDRESS_KEPT, "募集が終わってから"), Question, questions.of_ended, questions.forget_askers
    ),
    _rule(Kept.HANDOVERS, _days(handover.KEPT), Handover, handover.unconfirmed, handover.tidy),
    _rule(
        Kept.DECIDED_HANDOVERS, _days(handover.DECIDED_KEPT, "答えてから"), Handover, handover.decided_long_ago,
        handover.forget_decided,
    ),
    _rule(Kept.SESSIONS, "ログインの期限まで", SignIn, sessions.over, sessions.forget),
    _rule(Kept.CODES, _days(one_time_codes.KEPT, "期限から"), OneTimeCode, one_time_codes.over, one_time_codes.forget),
    _rule(Kept.COUNTERS, "数える時間が終わるまで", Throttle, throttling.over, throttling.tidy),
    _rule(Kept.PACE, f"{int(pacing.KEPT.total_seconds()) // 3600}時間", Pace, pacing.over, pacing.tidy, OWN),
    _rule(
        Kept.ATTACHMENTS, _days(attaching.KEPT, "外してから"), Attachment, attaching.removed, attaching.forget_removed,
        f"{OWN}(どの版にもないものだけ)",
    ),
    _rule(
        Kept.ASKED, _days(confirming.ADDRESS_KEPT, "確かめてから"), SourceItem, confirming.asked_long_ago, confirming.forget_addresses
    ),
    _rule(
        Kept.FETCHES, f"{collecting.FETCHES_KEPT.days}日(変わらなかったものは{collecting.QUIET_KEPT.days}日)", Fetch, collecting.old_fetches,
        collecting.tidy, OWN,
    ),
    _rule(Kept.PRESENCE, _days(PRESENCE_KEPT), Presence, _seen_long_ago, _forget_presence),
    _rule(Kept.SEARCHES, "前の前の年度まで", SearchDay, searches.old, searches.forget_searches, OWN),
    _rule(
        Kept.ACCOUNTS, f"{unused.AFTER.days}日使われないと、本人にメールで知らせる", Account, unused.clause, None,
        f"{OWN}(消しません)",
    ),
    _rule(
        Kept.OLD_DRAFTS, f"{reminding.ARCHIVED_AFTER.days}日書かれないと、一覧から外して保管する", Posting, reminding.is_forsaken,
        reminding.archive, f"{OWN}(消さずに保管します)",
    ),
    _years(Kept.DRAFTS, "保管した", forgetting.drafts_due),
    _years(Kept.POSTINGS, "終わった", forgetting.postings_due),
    Rule(
        Kept.AUDIT, lambda terms: f"書かれた年度の翌年度の4月1日から{terms.audit_years}年", RECORDS,
        lambda session, terms, now: audit_retention.count(session, years=terms.audit_years, now=now),
        lambda session, terms, now: audit_retention.forget(session, years=terms.audit_years, now=now),
    ),
)  # fmt: skip
"""In the order in which they run."""

PERMANENT = (Kept.DRAFTS, Kept.POSTINGS, Kept.AUDIT)
"""Records that somebody may still want: the page names them before they go."""


def due(session: Session, terms: Terms, *, now: datetime) -> dict[Kept, int]:
    """How much of each kind is due."""
    return {rule.name: rule.count(session, terms, now) for rule in RULES}


def run(session: Session, terms: Terms, *, now: datetime) -> dict[Kept, int]:
    """One batch of every rule in this transaction; returns how many of each kind."""
    return {rule.name: rule.run(session, terms, now) for rule in RULES if rule.run}


def note(session: Session, done: Mapping[Kept, int], *, by: Account | None, now: datetime) -> None:
    """Says in the audit that this was done."""
    told = [f"{name} {count}" for name, count in done.items() if count]
    audit.record(session, ACT, "board", 1, by=by, now=now, done=told)
    session.flush()


def last_run(session: Session) -> AuditEntry | None:
    """When it was last noted, and what went then."""
    return session.scalar(select(AuditEntry).where(AuditEntry.action == ACT).order_by(AuditEntry.id.desc()).limit(1))


def is_to_be_noted(session: Session, *, now: datetime) -> bool:
    """Whether the worker has not said for a day that it tidies."""
    last = last_run(session)
    return last is None or last.at <= now - NOTED_EVERY
