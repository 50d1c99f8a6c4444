"""The desk's list: a municipality's postings, and which of them wait for the person who looks at it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, selectinload

from jobboard.base.choice import Choice
from jobboard.base.states import State, VersionState
from jobboard.domain import (
    attached,
    candidates,
    drafting,
    moderation,
    past_deadline,
    permissions,
    publication,
    questions,
    talking,
)
from jobboard.domain.publication import TRANSITIONS, Action
from jobboard.models import Account, Posting, Version


class Wait(Choice):
    """What waits for the editor, the most pressing first; the label says what to do."""

    CORRECTION = "correction", "修正依頼を読んで直す"
    OVERDUE = "overdue", "締切を過ぎた募集の結果を答える"
    TALK = "talk", "総務省からの連絡を読む"
    QUESTION = "question", "質問に回答する"
    AMENDMENT = "amendment", "変更の続きを書く"
    FILES = "files", "添付ファイルの変更を送る"
    DRAFT = "draft", "下書きの続きを書く"
    NOTHING = "nothing", ""


OVER = frozenset({State.CLOSED, State.WITHDRAWN})
_RULES = {"ended": "posting:close", "discard": "posting:edit", "outcome": "posting:close"}
"""Acts that go by the rule of another one."""

_SHOWN_AS = (State.SUBMITTED, State.APPROVED, State.PUBLISHED, State.DRAFT, State.RETURNED, State.CLOSED, State.WITHDRAWN)


@dataclass(frozen=True)
class DeskRow:
    """One posting of the list. ``since``: when its text was last written, or when it was sent in.

    ``unread``: the ministry had the last word in the talk about it.
    """

    posting: Posting
    title: str
    wait: Wait
    since: datetime
    unread: bool = False

    @property
    def is_over(self) -> bool:
        """Whether the call has ended or was withdrawn."""
        return self.posting.state in OVER

    @property
    def is_archived(self) -> bool:
        """Whether the draft was put away because nobody touched it."""
        return self.posting.state is State.DRAFT and self.posting.archived_at is not None


def desk(
    session: Session, visible: ColumnElement[bool], *, now: datetime, by: Account | None = None
) -> list[DeskRow]:
    """The postings of a where-clause: what waits first, then what runs by its deadline, then what is over, newest first.

    A draft that lies with the other side (代理作成) does not wait for ``by``, nor one that its municipality did not want.
    """
    found = select(Posting).where(visible).options(selectinload(Posting.current), selectinload(Posting.versions))
    postings = session.scalars(found.order_by(Posting.id.desc())).unique().all()
    given_back = _given_back(session, [posting.id for posting in postings])
    asked = questions.waiting_in(session, [posting.id for posting in postings])
    files = attached.differing(session, postings)
    told = talking.unread(session, [posting.id for posting in postings])
    unwanted = candidates.declined(session, [posting.id for posting in postings])
    rows = [
        _told(
            _row(
                posting, Wait.NOTHING if posting.id in unwanted
                else waits_for(posting, given_back=posting.id in given_back, now=now, files=posting.id in files),
                posting.id in asked, by,
            ),
            posting.id in told, by,
        )
        for posting in postings
    ]  # fmt: skip
    return sorted(rows, key=_place)


def _row(posting: Posting, wait: Wait, asked: bool, by: Account | None) -> DeskRow:
    if asked and wait not in (Wait.CORRECTION, Wait.OVERDUE):
        wait = Wait.QUESTION
    if by is not None and wait is not Wait.OVERDUE and not permissions.allowed(by, "posting:edit", posting):
        wait = Wait.NOTHING
    waiting_version = posting.pending_id is not None and posting.submitted_at
    return DeskRow(posting, drafting.title(posting), wait, waiting_version or posting.draft_at)


def _told(row: DeskRow, unread: bool, by: Account | None) -> DeskRow:
    """The row with what the ministry wrote, for those who may answer it; what is more pressing stays the thing to do."""
    if not unread or (by is not None and not permissions.allowed(by, "talk:write", row.posting)):
        return row
    pressing = row.wait in (Wait.CORRECTION, Wait.OVERDUE, Wait.QUESTION)
    return replace(row, unread=True, wait=row.wait if pressing else Wait.TALK)


def waits_for(posting: Posting, *, given_back: bool, now: datetime, files: bool = False) -> Wait:
    """What the editor should do next. ``given_back``: the version sent in last came back with a 修正依頼.

    ``files``: it has other files than the public sees.
    """
    if past_deadline.waits_for_answer(posting, now):
        return Wait.OVERDUE
    if posting.pending_id is not None or posting.state in OVER:
        return Wait.NOTHING
    written = posting.state is not State.PUBLISHED or drafting.has_amendment(posting)
    if not written and not files:
        return Wait.NOTHING
    if given_back:
        return Wait.CORRECTION
    if posting.state is not State.PUBLISHED:
        return Wait.DRAFT
    return Wait.AMENDMENT if written else Wait.FILES


def has_unsent(session: Session, posting: Posting) -> bool:
    """Whether a change of what is public lies here that may be sent in: not once the call is over."""
    return posting.current_id is not None and drafting.is_editable(posting) and _is_changed(session, posting)


def possible(posting: Posting, *, now: datetime, files: bool = False) -> frozenset[str]:
    """The acts that the posting's state allows its municipality now; each act's own function says the last word.

    ``files``: it has other files than the public sees.
    """
    holds = {
        "edit": drafting.is_editable(posting),
        "hand_over": drafting.is_editable(posting),
        "take_back": drafting.is_editable(posting),
        "submit": drafting.is_editable(posting) and posting.current_id is None,
        "discard": drafting.is_editable(posting) and (files or drafting.has_amendment(posting)),
        "recall": posting.pending_id is not None and posting.state is not State.APPROVED,
        "extend": publication.is_open(posting, now) and not posting.link_only,
        "close": (posting.state, Action.CLOSE) in TRANSITIONS,
        "outcome": posting.state is State.CLOSED and (not posting.link_only or posting.closed_reason is not None),
        "ended": past_deadline.is_past(posting, now),
        "withdraw": (posting.state, Action.WITHDRAW) in TRANSITIONS,
        "reopen": (posting.state, Action.REOPEN) in TRANSITIONS and posting.current_id is not None and not posting.link_only,
    }
    return frozenset(act for act, allowed in holds.items() if allowed)


def offered(posting: Posting, *, by: Account, now: datetime, files: bool = False) -> frozenset[str]:
    """Of ``possible`` what this account may do: the prefecture writes what was handed to it, and no more."""
    permitted = {act: _RULES.get(act, f"posting:{act}") for act in possible(posting, now=now, files=files)}
    return frozenset(
        act for act, rule in permitted.items() if rule not in permissions.RULES or permissions.allowed(by, rule, posting)
    )


def asked(session: Session, posting: Posting) -> list[tuple[str, str]]:
    """The 修正依頼 that the draft still has to answer: (field name or "" for the whole, text); none once it is over."""
    if posting.pending_id is not None or posting.state in OVER or not _is_changed(session, posting):
        return []
    return [(remark.field, remark.text) for remark in moderation.remarks(session, posting)]


def _is_changed(session: Session, posting: Posting) -> bool:
    """Whether what a public posting says, or its files, differ from what is public."""
    return posting.current_id is None or drafting.has_amendment(posting) or bool(attached.differing(session, [posting]))


def _given_back(session: Session, posting_ids: Iterable[int]) -> set[int]:
    """The postings whose newest version was given back."""
    newest = select(func.max(Version.id)).where(Version.posting_id.in_(list(posting_ids))).group_by(Version.posting_id)
    returned = select(Version.posting_id).where(Version.id.in_(newest), Version.state == VersionState.RETURNED)
    return set(session.scalars(returned))


def _place(row: DeskRow) -> tuple[int, int, float]:
    waiting = list(Wait).index(row.wait)
    state = _SHOWN_AS.index(row.posting.state)
    if row.posting.state is State.PUBLISHED and row.posting.apply_by:
        return waiting, state, row.posting.apply_by.timestamp()
    return waiting, state, -row.since.timestamp()
