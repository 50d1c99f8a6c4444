"""共同募集: a co-municipality agrees, declines, or takes its agreement back; what is public follows at once.

Joining and leaving a public posting is a change like any other: a numbered version and a change event (docs/decisions/0017).
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base.content import Content, from_json
from jobboard.base.errors import WrongState
from jobboard.base.states import EventKind
from jobboard.domain import agreements, audit, completeness, publication
from jobboard.domain.versions import current_content, new_version, replace_pending, show
from jobboard.models import Account, Agreement, AuditEntry, Posting

LONGEST_NOTE = 300


def content_for(posting: Posting, code: str, *, now: datetime) -> Content | None:
    """What ``code`` is asked to agree to: the content as it was sent in, or as it is public; None when neither is so now.

    A draft is never it: what is not sent in, or was taken back, is the owner's own business.
    """
    if posting.pending is not None:
        content = from_json(posting.pending.content)
        if code in content.codes("co_municipalities") or posting.current is None:
            return content if code in content.codes("co_municipalities") else None
    if not publication.is_open(posting, now):
        return None
    content = current_content(posting)
    codes = content.codes("co_municipalities")
    return content if code in codes else agreements.named_in(content, [*codes, code])


def answer(
    session: Session, asked: Agreement, *, agrees: bool, note: str = "", by: Account | None, now: datetime
) -> None:
    """Agrees, or declines and so also takes back. Raises ``WrongState`` when there is nothing to agree to (any more)."""
    posting = asked.posting
    publication.lock(session, posting)
    session.refresh(asked)
    if content_for(posting, asked.municipality_code, now=now) is None:
        raise WrongState(str(posting.state), "joint:answer")
    had_agreed = asked.agreed_at is not None
    asked.agreed_at, asked.declined_at = (asked.agreed_at or now, None) if agrees else (None, now)
    asked.note, asked.answered_by_id = note, by.id if by else None
    action = "joint:agree" if agrees else "joint:decline"
    audit.record(session, action, "posting", posting.id, by=by, now=now, municipality=asked.municipality_code)
    session.flush()
    if posting.current is not None and publication.is_open(posting, now) and had_agreed is not agrees:
        _show(session, posting, asked, agrees, by=by, now=now)


def _show(session: Session, posting: Posting, asked: Agreement, joins: bool, *, by: Account | None, now: datetime) -> None:
    """A version with or without the municipality, at once. What waits for 掲載確認 goes on waiting, and names it too."""
    code, pending = asked.municipality_code, posting.pending
    before = current_content(posting)
    after = _with(before, code) if joins else _without(before, code)
    if after == before:
        return
    version = new_version(session, posting, after, by=by, now=now, like=posting.current)
    does = "に加わりました" if joins else "から外れました"
    version.at_once, version.change_summary = True, f"{asked.municipality.full_name}が共同募集{does}"
    show(session, posting, version, EventKind.AMENDED, by=by, now=now)
    if pending is not None:
        waiting = from_json(pending.content)
        replace_pending(
            session, posting, pending, _with(waiting, code) if joins else _without(waiting, code), now=now
        )


def _with(content: Content, code: str) -> Content:
    codes = content.codes("co_municipalities")
    return content if code in codes else agreements.named_in(content, [*codes, code])


def _without(content: Content, code: str) -> Content:
    return agreements.named_in(content, [one for one in content.codes("co_municipalities") if one != code])


def cancel(session: Session, asked: Agreement, *, by: Account, now: datetime) -> None:
    """The owner asks no more, and names it no more, in the draft and in what waits. ``WrongState`` when it was answered."""
    posting, code = asked.posting, asked.municipality_code
    publication.lock(session, posting)
    session.refresh(asked)
    if asked.agreed_at is not None or asked.declined_at is not None:
        raise WrongState(str(posting.state), "joint:cancel")
    session.delete(asked)
    if posting.pending is not None:
        waiting = from_json(posting.pending.content)
        replace_pending(session, posting, posting.pending, _without(waiting, code), now=now)
    _name_no_more(posting, code)
    audit.record(session, "joint:cancel", "posting", posting.id, by=by, now=now, municipality=code)
    session.flush()


def was_cancelled(session: Session, posting_id: int, code: str) -> bool:
    """Whether a request to this municipality was taken back: it leaves no other trace."""
    done = select(AuditEntry.facts).where(
        AuditEntry.subject_kind == "posting", AuditEntry.subject_id == str(posting_id), AuditEntry.action == "joint:cancel"
    )
    return any(facts.get("municipality") == code for facts in session.scalars(done))


def _name_no_more(posting: Posting, code: str) -> None:
    """In the draft: else the next submission would ask it anew. Whoever is writing is asked which text holds."""
    draft = dict(posting.draft)
    codes = completeness.read_applying(draft)[0].codes(agreements.NAME)
    if code in codes:
        others = " ".join(one for one in codes if one != code)
        posting.draft = {**draft, agreements.NAME: [others]} if others else {k: v for k, v in draft.items() if k != agreements.NAME}
        posting.revision += 1


def ask_again(session: Session, asked: Agreement, *, by: Account, now: datetime) -> None:
    """The owner asks once more. Raises ``WrongState`` for one that agreed, or when there is nothing to agree to."""
    posting = asked.posting
    if asked.agreed_at is not None or content_for(posting, asked.municipality_code, now=now) is None:
        raise WrongState(str(posting.state), "joint:ask")
    asked.asked_at, asked.declined_at, asked.note = now, None, ""
    audit.record(session, "joint:ask", "posting", posting.id, by=by, now=now, municipalities=[asked.municipality_code])
    session.flush()
