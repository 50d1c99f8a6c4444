"""What a moderator makes of a candidate: a draft of its municipality, a 「リンクのみ」 on the board, or nothing. All of it is kept."""

from datetime import datetime

from sqlalchemy.orm import Session

from jobboard.base.clock import japan_date
from jobboard.base.collecting import ItemState
from jobboard.base.content import Content
from jobboard.base.errors import Incomplete, Problem, WrongState
from jobboard.base.states import EventKind, SourceKind, State
from jobboard.base.text import clean
from jobboard.domain import audit, candidates, drafting, publication, title_facts
from jobboard.domain.publication import Action
from jobboard.domain.versions import new_version, show
from jobboard.models import Account, Posting, SourceItem

LONGEST_TITLE = 80
LONGEST_REASON = 200
TWICE = "同じ募集が、すでにあるようです。下の一覧で確かめてから進むときは、ここにチェックを入れてください。"


def draft(session: Session, item: SourceItem, *, again: bool = False, by: Account, now: datetime) -> Posting:
    """A draft of the source's municipality with what the title says for certain; the municipality writes it on.

    Raises ``WrongState`` when it was taken up already, ``Incomplete`` when the same call is there and not ``again``.
    """
    if item.posting_id is not None:
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
    if item.posting is None:
        draft(session, item, again=again, by=by, now=now)
    posting = item.posting
    assert posting is not None
    publication.lock(session, posting)
    publication.move(session, posting, Action.LINK, by=by, now=now)
    content = Content({"title": title(item), "official_url": item.link})
    version = new_version(session, posting, content, by=by, now=now, files=False)
    show(session, posting, version, EventKind.PUBLISHED, by=by, now=now)
    drafting.go_on(posting)
    note(item, now=now)
    session.flush()
    return posting


def dismiss(session: Session, item: SourceItem, *, reason: str, by: Account, now: datetime) -> None:
    """No call for this board, and why. Raises ``WrongState`` for what was taken up, ``Incomplete`` without a reason."""
    if item.state is ItemState.TAKEN:
        raise WrongState(str(item.state), "candidate:dismiss")
    item.dismissed_for = _reason(reason, "見送る理由")
    _decide(item, ItemState.DISMISSED, by=by, now=now)
    audit.record(session, "candidate:dismiss", "candidate", item.id, by=by, now=now)


def end(session: Session, item: SourceItem, *, reason: str, by: Account, now: datetime) -> None:
    """Ends a 「リンクのみ」 that is public; ``reason`` is shown. Raises ``WrongState`` for any other posting."""
    if item.posting is None or not item.posting.link_only or item.posting.state is not State.PUBLISHED:
        raise WrongState(str(item.state), str(Action.CLOSE))
    why = _reason(reason, "掲載を終える理由")
    publication.close(session, item.posting, reason=None, note=why, by=by, now=now)


def note(item: SourceItem, *, now: datetime) -> None:
    """A person has seen the item as it stands now."""
    item.looked_at = now
    item.known = {"title": item.title, "link": item.link, "dated": item.dated.isoformat() if item.dated else ""}


def title(item: SourceItem) -> str:
    """The title as a posting may bear it."""
    return item.title if len(item.title) <= LONGEST_TITLE else f"{item.title[: LONGEST_TITLE - 1]}…"


def _decide(item: SourceItem, state: ItemState, *, by: Account, now: datetime) -> None:
    item.state, item.decided_at, item.decided_by_id = state, now, by.id
    note(item, now=now)


def _refuse_twice(session: Session, item: SourceItem, again: bool) -> None:
    if not again and candidates.twins(session, item):
        raise Incomplete([Problem("again", TWICE)])


def _reason(typed: str, what: str) -> str:
    why = " ".join(clean(typed).split())
    if not 0 < len(why) <= LONGEST_REASON:
        raise Incomplete([Problem("reason", f"{what}を{LONGEST_REASON}字以内で書いてください。")])
    return why
