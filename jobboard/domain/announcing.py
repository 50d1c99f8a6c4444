"""お知らせ of the office: written, shown at once or from a time on, ended, taken down.

No step of the worker shows one whose time has come: the instants are part of what a page's state is made of, as are those at
which postings open and close (``turns_at``). Whatever changes what the public sees bumps the board's version.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base import markdown
from jobboard.base.dates import read_instant
from jobboard.base.errors import EditConflict, Incomplete, NotFound, Problem, WrongState
from jobboard.base.text import clean
from jobboard.base.unreadable import Unreadable
from jobboard.domain import audit
from jobboard.domain.versions import bump
from jobboard.models import Account, Announcement

LONGEST_TITLE, LONGEST_BODY = 120, 20_000


@dataclass(frozen=True)
class Written:
    """The words of an announcement that may be kept: a plain title and Markdown without HTML."""

    title: str
    body: str
    urgent: bool


@dataclass(frozen=True)
class Told:
    """An announcement that is public, or will be at ``published_at``; ``updated_at`` is not before that."""

    id: int
    uuid: str
    title: str
    body: str
    urgent: bool
    published_at: datetime
    updated_at: datetime
    ends_at: datetime | None

    def is_out(self, now: datetime) -> bool:
        return self.published_at <= now

    def stands(self, now: datetime) -> bool:
        """Whether it is out and not over."""
        return self.is_out(now) and (self.ends_at is None or now < self.ends_at)


def told(session: Session) -> list[Told]:
    """Every announcement that is public or will be, the newest first."""
    rows = session.scalars(
        select(Announcement)
        .where(Announcement.published_at.is_not(None))
        .order_by(Announcement.published_at.desc(), Announcement.id.desc())
    )
    return [
        Told(row.id, row.uuid, row.title, row.body, row.urgent, row.published_at, max(row.updated_at, row.published_at), row.ends_at)
        for row in rows
        if row.published_at is not None
    ]


def turns_at(announcements: Iterable[Told], now: datetime) -> datetime | None:
    """The next instant at which one of them appears or is over."""
    instants = (instant for one in announcements for instant in (one.published_at, one.ends_at))
    return min((instant for instant in instants if instant is not None and instant > now), default=None)


def read(*, title: str, body: str, urgent: bool) -> Written:
    """The words as typed. Raises ``Incomplete`` for what is missing, too long, HTML, or a link that leads astray."""
    line, text = " ".join(clean(title).split()), clean(body)
    problems = []
    if not line:
        problems.append(Problem("title", "題名を書いてください。"))
    elif len(line) > LONGEST_TITLE:
        problems.append(Problem("title", f"題名は{LONGEST_TITLE}字以内で書いてください(今は{len(line):,}字)。"))
    else:
        problems += [Problem("title", sentence) for sentence in markdown.html_faults(line)]
    if not text:
        problems.append(Problem("body", "本文を書いてください。"))
    problems += body_problems("body", text, LONGEST_BODY)
    if problems:
        raise Incomplete(problems)
    return Written(line, text, urgent)


def body_problems(field: str, text: str, longest: int) -> list[Problem]:
    """What is wrong with a text in Markdown; one that is too long is not looked at further."""
    if len(text) > longest:
        return [Problem(field, f"本文は{longest:,}字以内で書いてください(今は{len(text):,}字)。")]
    return [Problem(field, sentence) for sentence in markdown.faults(text)]


def find(session: Session, announcement_id: int) -> Announcement:
    """Raises ``NotFound``."""
    row = session.get(Announcement, announcement_id)
    if row is None:
        raise NotFound
    return row


def listed(session: Session) -> list[Announcement]:
    """All of them for their writers, drafts first, then the newest."""
    order = (Announcement.published_at.is_not(None), Announcement.published_at.desc(), Announcement.id.desc())
    return list(session.scalars(select(Announcement).order_by(*order)))


def write(session: Session, written: Written, *, by: Account, now: datetime) -> Announcement:
    """A new draft."""
    row = Announcement(
        uuid=str(uuid.uuid4()), title=written.title, body=written.body, urgent=written.urgent,
        created_at=now, created_by_id=by.id, updated_at=now, updated_by_id=by.id, revision=1,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _record(session, "write", row, by=by, now=now)
    return row


def change(session: Session, row: Announcement, written: Written, *, revision: int, by: Account, now: datetime) -> None:
    """Other words; of a public one they are public at once.

    Raises ``EditConflict`` when somebody saved since ``revision``, ``Incomplete`` when a public one without an end becomes urgent.
    """
    _take(session, row, revision, written, by=by)
    if written.urgent and row.published_at is not None and row.ends_at is None:
        raise Incomplete([Problem("urgent", "終わりの日時がないお知らせは、緊急にできません。取り下げてから、終わりの日時を決めて公開してください。")])
    row.title, row.body, row.urgent = written.title, written.body, written.urgent
    _touch(session, row, by=by, now=now)
    _record(session, "change", row, by=by, now=now)
    if row.published_at is not None:
        bump(session)


def read_times(*, at: str, ends: str, urgent: bool, now: datetime) -> tuple[datetime, datetime | None]:
    """From when to when it stands, as typed; no beginning: now. Raises ``Incomplete``."""
    problems: list[Problem] = []
    begins, over = (_instant(name, typed, problems) for name, typed in (("at", at), ("ends", ends)))
    if begins is not None and begins <= now:
        problems.append(Problem("at", "公開する日時は、今より後にしてください。すぐに公開するときは、空けておきます。"))
    if over is not None and over <= (begins or now):
        problems.append(Problem("ends", "終わりの日時は、公開する日時より後にしてください。"))
    if urgent and not clean(ends):
        problems.append(Problem("ends", "緊急のお知らせはすべてのページに出ます。終わりの日時を書いてください。"))
    if problems:
        raise Incomplete(problems)
    return begins or now, over


def _instant(name: str, typed: str, problems: list[Problem]) -> datetime | None:
    words = clean(typed)
    try:
        return read_instant(words) if words else None
    except Unreadable as unreadable:
        problems.append(Problem(name, str(unreadable)))
        return None


def publish(
    session: Session, row: Announcement, *, revision: int, at: datetime, ends_at: datetime | None, by: Account, now: datetime
) -> None:
    """Shows a draft from ``at`` to ``ends_at``. Raises ``WrongState`` when it is not one, ``EditConflict`` as ``change``."""
    _take(session, row, revision, by=by)
    if row.published_at is not None:
        raise WrongState("announced", "publish")
    row.published_at, row.ends_at = at, ends_at
    _touch(session, row, by=by, now=now)
    _record(session, "publish", row, by=by, now=now)
    bump(session)


def end(session: Session, row: Announcement, *, revision: int, by: Account, now: datetime) -> None:
    """It is over now, and stands among the past ones. Raises ``WrongState`` unless it stands."""
    _take(session, row, revision, by=by)
    if row.published_at is None or row.published_at > now or (row.ends_at is not None and row.ends_at <= now):
        raise WrongState("not_standing", "end")
    row.ends_at = now
    _touch(session, row, by=by, now=now)
    _record(session, "end", row, by=by, now=now)
    bump(session)


def take_down(session: Session, row: Announcement, *, revision: int, by: Account, now: datetime) -> None:
    """It is a draft again, which nobody else sees. Raises ``WrongState`` when it is one."""
    _take(session, row, revision, by=by)
    if row.published_at is None:
        raise WrongState("not_announced", "take_down")
    row.published_at = row.ends_at = None
    _touch(session, row, by=by, now=now)
    _record(session, "take_down", row, by=by, now=now)
    bump(session)


def _take(session: Session, row: Announcement, revision: int, mine: Written | None = None, *, by: Account) -> None:
    """Holds the row until the transaction ends. Raises ``EditConflict`` with both wordings unless ``revision`` is the present one.

    Its ``by`` is empty when that was saved by the same person, in another window.
    """
    session.flush()
    session.refresh(row, with_for_update=True)
    if row.revision == revision:
        return
    last = session.get(Account, row.updated_by_id) if row.updated_by_id else None
    typed = {"title": [mine.title], "body": [mine.body]} if mine else {}
    who = "" if row.updated_by_id == by.id else last.name if last else "ほかの人"
    raise EditConflict({"title": [row.title], "body": [row.body]}, typed, row.revision, who)


def _touch(session: Session, row: Announcement, *, by: Account, now: datetime) -> None:
    row.updated_at, row.updated_by_id, row.revision = now, by.id, row.revision + 1
    session.flush()


def _record(session: Session, act: str, row: Announcement, *, by: Account, now: datetime) -> None:
    audit.record(session, f"announcement:{act}", "announcement", row.id, by=by, now=now, urgent=row.urgent)
