"""What a moderator makes of a candidate: a draft of its municipality, a 「リンクのみ」 on the board, or nothing. All of it is kept.

A page shows where the item stands, and its forms say so (domain/standing): each of these acts is done to what was looked at.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base.clock import japan_date
from jobboard.base.collecting import ItemState
from jobboard.base.content import Content
from jobboard.base.errors import Incomplete, Problem, WrongState
from jobboard.base.states import EventKind, SourceKind, State
from jobboard.base.text import clean, has_contact
from jobboard.domain import (
    audit,
    candidates,
    confirming,
    drafting,
    forgetting,
    publication,
    title_facts,
    unsent_questions,
)
from jobboard.domain.publication import Action
from jobboard.domain.versions import current_content, new_version, show
from jobboard.models import Account, AuditEntry, Posting, SourceItem

LONGEST_TITLE = 80
LONGEST_REASON = 200
FOLLOWED = "公式ページに合わせて、題名かリンクを直しました"
BEGUN = "begun"
"""Why a draft is not dropped: somebody uses it (``standing.begun``)."""

WAITS = "市区町村の掲載の依頼が、掲載確認を待っています。先に、掲載するか、修正を依頼してください。"
TWICE = "同じ募集が、すでにあるようです。下の一覧で確かめてから進むときは、ここにチェックを入れてください。"


def draft(session: Session, item: SourceItem, *, again: bool = False, by: Account, now: datetime) -> Posting:
    """A draft of the source's municipality with what the title says for certain; the municipality writes it on.

    Raises ``WrongState`` when it was taken up already or the municipality said no, ``Incomplete`` when the same call is there
    and not ``again``.
    """
    if item.posting_id is not None or item.agreed is False:
        raise WrongState(str(item.state), "candidate:draft")
    _refuse_twice(session, item, again)
    posting = drafting.start(session, item.source.municipality, title=title(item), by=by, now=now)
    said = title_facts.typed(title_facts.facts(item.title, item.dated or japan_date(item.first_seen_at)))
    posting.draft = drafting.kept({**posting.draft, **said, "official_url": [item.link]})
    posting.source_kind, posting.collected_at = SourceKind.COLLECTED, item.first_seen_at
    item.posting = posting
    _decide(item, ItemState.TAKEN, by=by, now=now)
    session.flush()
    audit.record(session, "candidate:draft", "candidate", item.id, by=by, now=now, posting=posting.id)
    return posting


def publish(session: Session, item: SourceItem, *, again: bool = False, by: Account, now: datetime) -> Posting:
    """Shows municipality, title, link and when it was found, and nothing else (リンクのみ). What was drafted is its amendment.

    Raises ``WrongState`` when the municipality said no, or has sent it in meanwhile; ``Incomplete`` as ``draft`` does.
    """
    if item.agreed is False:
        raise WrongState("declined", str(Action.LINK))
    if confirming.nothing_left(session, item) == confirming.HELD:
        raise WrongState(str(item.state), str(Action.LINK))
    if item.posting is None:
        draft(session, item, again=again, by=by, now=now)
    posting = item.posting
    assert posting is not None
    publication.lock(session, posting)
    publication.move(session, posting, Action.LINK, by=by, now=now)
    if item.answered_at is not None and item.changed_at is not None and item.changed_at > item.answered_at:
        _end_confirmation(session, item)
    version = new_version(session, posting, _link(item), by=by, now=now, files=False)
    show(session, posting, version, EventKind.PUBLISHED, by=by, now=now)
    drafting.go_on(posting)
    note(item, now=now)
    session.flush()
    return posting


def dismiss(session: Session, item: SourceItem, *, reason: str, by: Account, now: datetime) -> None:
    """No call for this board, and why; the audit keeps the reason, for another may follow.

    Raises ``WrongState`` for what was taken up or dismissed already, ``Incomplete`` without a reason or where it bears an address.
    """
    if not may_dismiss(item):
        raise WrongState(str(item.state), "candidate:dismiss")
    why = _reason(reason, "見送る理由")
    if has_contact(why):
        raise Incomplete([Problem("reason", "見送る理由に、電話番号かメールアドレスがあります。消してから見送ってください。")])
    _decide(item, ItemState.DISMISSED, by=by, now=now)
    item.dismissed_for = why
    unsent_questions.take_back(session, item, "候補を見送ったので、取りやめました", now=now)
    audit.record(session, "candidate:dismiss", "candidate", item.id, by=by, now=now, reason=why)


def may_dismiss(item: SourceItem) -> bool:
    """Whether nobody has taken it up or dismissed it."""
    return item.state not in (ItemState.TAKEN, ItemState.DISMISSED)


def restore(session: Session, item: SourceItem, *, by: Account, now: datetime) -> None:
    """候補に戻す: what was dismissed is a candidate again, and no rule takes it away. Raises ``WrongState`` for any other."""
    if item.state is not ItemState.DISMISSED:
        raise WrongState(str(item.state), "candidate:restore")
    _decide(item, ItemState.CANDIDATE, by=by, now=now)
    audit.record(session, "candidate:restore", "candidate", item.id, by=by, now=now)


def is_untouched(session: Session, posting: Posting | None) -> bool:
    """Whether it is a draft made from a candidate, as it was made: nobody wrote, attached, printed, showed or handed it over."""
    if posting is None or posting.state is not State.DRAFT or posting.revision != 1 or posting.submitted_at is not None:
        return False
    touched = select(AuditEntry.id).where(
        AuditEntry.subject_kind == "posting", AuditEntry.subject_id == str(posting.id), AuditEntry.action != "posting:start"
    )
    return session.scalar(touched.limit(1)) is None


def drop_draft(session: Session, item: SourceItem, *, by: Account, now: datetime) -> None:
    """下書きを取りやめる: the untouched draft goes, and the item is a candidate again.

    Raises ``WrongState`` with ``BEGUN`` when the municipality has begun with it, with the item's state when there is no such draft.
    """
    posting = item.posting
    if posting is None or posting.state is not State.DRAFT:
        raise WrongState(str(item.state), "candidate:drop_draft")
    publication.lock(session, posting)
    if not is_untouched(session, posting):
        raise WrongState(BEGUN, "candidate:drop_draft")
    number, code = posting.id, posting.municipality_code
    item.posting = None
    _decide(item, ItemState.CANDIDATE, by=by, now=now)
    session.flush()
    session.expunge(posting)
    forgetting.take_out(session, number)
    audit.record(session, "posting:drop", "posting", number, by=by, now=now, municipality=code)
    audit.record(session, "candidate:drop_draft", "candidate", item.id, by=by, now=now, posting=number)


def dropped_at(session: Session, posting_id: int, codes: Collection[str]) -> datetime | None:
    """When the draft of that number was dropped, for those who write for its municipality; None for all else."""
    gone = select(AuditEntry).where(
        AuditEntry.subject_kind == "posting", AuditEntry.subject_id == str(posting_id), AuditEntry.action == "posting:drop"
    )
    entry = session.scalars(gone.limit(1)).first()
    return entry.at if entry is not None and entry.facts.get("municipality") in codes else None


def end(session: Session, item: SourceItem, *, reason: str, by: Account, now: datetime) -> None:
    """Ends a 「リンクのみ」 that is public; ``reason`` is shown.

    Raises ``WrongState`` for any other posting, ``Incomplete`` while its municipality's own request waits: that is decided first.
    """
    posting = _public_link(session, item, Action.CLOSE)
    if posting.pending_id is not None:
        raise Incomplete([Problem("", WAITS)])
    why = _reason(reason, "掲載を終える理由")
    publication.close(session, posting, reason=None, note=why, by=by, now=now)


def differs(item: SourceItem) -> bool:
    """Whether a public link alone bears another title or link than its item does by now, and nothing waits in its place."""
    posting = item.posting
    if posting is None or not _is_public_link(posting) or posting.pending_id is not None:
        return False
    return current_content(posting) != _link(item)


def follow(session: Session, item: SourceItem, *, by: Account, now: datetime) -> Posting:
    """新しい題名とリンクに直す: a new version of the link alone, told to nobody by mail; the amendment that was begun stays, a 確認済み does not.

    Raises ``WrongState`` when it is a link alone no more, when a request waits, or when nothing differs.
    """
    posting = _public_link(session, item, Action.LINK)
    if not differs(item):
        raise WrongState(str(posting.state), "candidate:follow")
    _end_confirmation(session, item)
    version = new_version(session, posting, _link(item), by=by, now=now, files=False)
    version.at_once, version.change_summary = True, FOLLOWED
    show(session, posting, version, EventKind.AMENDED, by=by, now=now, material=False)
    note(item, now=now)
    audit.record(session, "candidate:follow", "candidate", item.id, by=by, now=now, posting=posting.id, version=version.id)
    return posting


def _end_confirmation(session: Session, item: SourceItem) -> None:
    """The yes was to another title or link: it can be asked anew, and earlier links open no more. The audit keeps it."""
    if item.agreed:
        item.answered_at = item.agreed = None
        unsent_questions.unask(session, item)


def _public_link(session: Session, item: SourceItem, action: Action) -> Posting:
    """Its posting, held, if that is a public link alone."""
    if item.posting is not None:
        publication.lock(session, item.posting)
    if item.posting is None or not _is_public_link(item.posting):
        raise WrongState(str(item.state), str(action))
    return item.posting


def _is_public_link(posting: Posting) -> bool:
    return posting.link_only and posting.state is State.PUBLISHED


def _link(item: SourceItem) -> Content:
    """All that is published of it."""
    return Content({"title": title(item), "official_url": item.link})


def note(item: SourceItem, *, now: datetime) -> None:
    """A person has seen the item as it stands now."""
    item.looked_at = now
    item.known = {"title": item.title, "link": item.link, "dated": item.dated.isoformat() if item.dated else ""}


def title(item: SourceItem) -> str:
    """The title as a posting may bear it."""
    return item.title if len(item.title) <= LONGEST_TITLE else f"{item.title[: LONGEST_TITLE - 1]}…"


def _decide(item: SourceItem, state: ItemState, *, by: Account, now: datetime) -> None:
    item.state, item.decided_at, item.decided_by_id, item.dismissed_for = state, now, by.id, ""
    note(item, now=now)


def _refuse_twice(session: Session, item: SourceItem, again: bool) -> None:
    if not again and candidates.twins(session, item):
        raise Incomplete([Problem("again", TWICE)])


def _reason(typed: str, what: str) -> str:
    why = " ".join(clean(typed).split())
    if not 0 < len(why) <= LONGEST_REASON:
        raise Incomplete([Problem("reason", f"{what}を{LONGEST_REASON}字以内で書いてください。")])
    return why
