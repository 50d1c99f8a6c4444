"""掲載の確認: a municipality is asked by mail whether a call found on its site may be here, and says so without an account.

The link opens a page; only its buttons act, once. Its no takes a 「リンクのみ」 down at once: that is the municipality's own act.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from jobboard.base.clock import japan_date
from jobboard.base.errors import Incomplete, Problem, WrongState
from jobboard.base.states import State
from jobboard.domain import audit, confirming_letters, links, notices, publication, subscribers
from jobboard.domain.addresses import address_key, read_address
from jobboard.domain.letterhead import Letterhead
from jobboard.domain.versions import bump
from jobboard.models import Account, SourceItem

PURPOSE = "collected"
ADDRESS_KEPT = timedelta(days=30)
"""So long after it was asked the address is known; the link of its mail opens for 14 days (domain/links)."""

DECLINED = "市区町村の申出により、このサイトへの掲載をやめました。募集そのものが中止になったとは限りません。"
TYPED = "typed"
"""The choice of an address that is typed."""


def addresses(session: Session, item: SourceItem) -> list[tuple[str, str]]:
    """(address, what it is) of those who can be asked: the municipality's section, then its editors."""
    place = item.source.municipality
    known = [(place.contact_email, place.contact_section or "担当課")] if place.contact_email else []
    known += [(one.email, f"{one.name or '氏名は未登録'}さん(自治体担当者)") for one in notices.editors_of(session, place.code)]
    return list({address_key(address): (address, words) for address, words in reversed(known)}.values())[::-1]


def invite(
    session: Session, item: SourceItem, *, chosen: str, typed: str, by: Account, letterhead: Letterhead, now: datetime
) -> str:
    """Mails the question to one address; a second time, earlier links open no more. Returns the address.

    Raises ``WrongState`` when it was answered, ``Incomplete`` for an address that is none.
    """
    if item.answered_at is not None:
        raise WrongState("answered", "candidate:invite")
    known = [address for address, _ in addresses(session, item)]
    if chosen not in known and (chosen != TYPED and known):
        raise Incomplete([Problem("to", "送り先を選んでください。")])
    address = chosen if chosen in known else read_address(typed, field="email")
    if item.invited_at is not None:
        item.link_generation += 1
    item.invited_at, item.invited_address = now, address_key(address)
    person = subscribers.of_address(session, address, now=now)
    session.flush()
    confirming_letters.question(session, item, person, letterhead=letterhead, now=now)
    audit.record(session, "candidate:invite", "candidate", item.id, by=by, now=now, municipality=item.source.municipality_code)
    return address


def behind(session: Session, token: str, *, now: datetime) -> SourceItem:
    """The candidate of a mailed link. Raises as ``links.resolve`` does."""
    return session.get_one(SourceItem, links.resolve(session, token, PURPOSE, now=now).subject_id)


def answer(session: Session, item: SourceItem, *, agrees: bool, letterhead: Letterhead, now: datetime) -> None:
    """掲載してよい, or 掲載しない; the moderators are told. The first answer stands."""
    session.refresh(item, with_for_update={"of": SourceItem})
    if item.answered_at is not None:
        return
    item.answered_at, item.agreed = now, agrees
    said = "agree" if agrees else "decline"
    code = item.source.municipality_code
    audit.record(session, f"candidate:{said}", "candidate", item.id, by=None, now=now, municipality=code)
    posting = item.posting
    if posting is not None and posting.link_only and posting.state is State.PUBLISHED:
        if agrees:
            posting.info_as_of = japan_date(now)
            bump(session)  # its page says so
        else:
            publication.withdraw(session, posting, reason=DECLINED, by=None, now=now)
    confirming_letters.answered(session, item, letterhead=letterhead, now=now)


def asked_long_ago(now: datetime) -> ColumnElement[bool]:
    """Candidates of which an address is still known that was asked long ago."""
    return and_(SourceItem.invited_address != "", SourceItem.invited_at <= now - ADDRESS_KEPT)


def forget_addresses(session: Session, *, now: datetime) -> int:
    """Forgets whom we asked; returns of how many candidates."""
    due: Sequence[SourceItem] = session.scalars(select(SourceItem).where(asked_long_ago(now)).limit(500)).all()
    keys = {item.invited_address for item in due}
    for item in due:
        item.invited_address = ""
    session.flush()
    if keys:
        subscribers.drop_needless(session, subscribers.ids(session, keys))
    return len(due)
