"""掲載の確認: a municipality is asked by mail whether a call found on its site may be here, and says so without an account.

The link opens a page; only its buttons act, once. Its no takes a 「リンクのみ」 down at once: that is the municipality's own act.
What its own persons have sent in is theirs: then nothing is left to ask.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from jobboard.base import tokens
from jobboard.base.clock import japan_date
from jobboard.base.collecting import ItemState
from jobboard.base.errors import Incomplete, Problem, WrongState
from jobboard.base.states import State
from jobboard.base.text import clean
from jobboard.domain import (
    audit,
    candidates,
    confirming_letters,
    link_letters,
    links,
    notices,
    publication,
    subscribers,
    unsent_questions,
)
from jobboard.domain.addresses import address_key, read_address
from jobboard.domain.letterhead import Letterhead
from jobboard.domain.versions import bump
from jobboard.models import Account, Posting, SourceItem

ADDRESS_KEPT = timedelta(days=30)
"""So long after it was asked the address is known; the link of its mail opens for 14 days (domain/links)."""

DECLINED = "市区町村の申出により、このサイトへの掲載をやめました。募集そのものが中止になったとは限りません。"
TYPED = "typed"
"""The choice of an address that is typed."""

CONTRARY = "「メールアドレス」の欄にも書いてあります。そこに送るときは「下に書くアドレス」を選び、送らないときは欄を空にしてください。"

HELD, OVER, UNWANTED = "held", "over", "unwanted"
"""Why nothing is left to ask: the municipality's persons have it, its link is here no more, a moderator dismissed it."""

AGREED, ASKED, ANSWERED = "agreed", "asked", "answered"
"""Why nobody is asked now: it said yes; since the page was opened somebody else asked; or it said no."""


def addresses(session: Session, item: SourceItem) -> list[tuple[str, str]]:
    """(address, what it is) of those who can be asked: the municipality's section, then its editors."""
    place = item.source.municipality
    known = [(place.contact_email, place.contact_section or "担当課")] if place.contact_email else []
    known += [(one.email, f"{one.name or '氏名は未登録'}さん(自治体担当者)") for one in notices.editors_of(session, place.code)]
    return list({address_key(address): (address, words) for address, words in reversed(known)}.values())[::-1]


def nothing_left(session: Session, item: SourceItem) -> str:
    """``HELD``, ``OVER`` or ``UNWANTED``; empty while the municipality may answer."""
    posting = item.posting
    if posting is not None and _is_held(session, posting):
        return HELD
    if posting is not None and posting.state in (State.CLOSED, State.WITHDRAWN):
        return OVER
    return UNWANTED if item.state is ItemState.DISMISSED else ""


def _is_held(session: Session, posting: Posting) -> bool:
    """Whether the municipality sent it in: that waits, was given or taken back, or became what is or was public."""
    if posting.pending_id is not None or (posting.state is not State.DRAFT and not posting.link_only):
        return True
    return bool(session.scalar(select(candidates.was_sent_in(posting.id))))


def not_to_ask(session: Session, item: SourceItem) -> str:
    """Why the municipality is not asked: ``AGREED`` or as ``nothing_left`` says; empty where it may be, also after its no."""
    if item.answered_at is not None and item.agreed:
        return AGREED
    why = nothing_left(session, item)
    return "" if why == OVER and item.agreed is False else why


def is_asked(item: SourceItem, now: datetime) -> bool:
    """Whether a question stands open: its link still opens and nobody has answered."""
    until = candidates.open_until(item)
    return until is not None and now < until


def mark_of(item: SourceItem) -> str:
    """Another one after each question and each answer."""
    return "/".join((str(item.link_generation), *(one.isoformat() if one else "" for one in (item.invited_at, item.answered_at))))


def invite(
    session: Session, item: SourceItem, *, mark: str, chosen: str, typed: str, by: Account, letterhead: Letterhead, now: datetime
) -> str:
    """Mails the question to one address; a second time, earlier links open no more. Returns the address.

    ``item`` is locked; ``mark`` is that of the page on which it was pressed. Raises ``WrongState`` where nobody is asked, with
    the word for why, and ``Incomplete`` for an address that is none. After a no it asks anew; only a yes lets it be published.
    """
    why = not_to_ask(session, item) or ("" if mark == mark_of(item) else ANSWERED if item.answered_at else ASKED)
    if why:
        raise WrongState(why, "candidate:invite")
    known = [address for address, _ in addresses(session, item)]
    if chosen not in known and (chosen != TYPED and known):
        raise Incomplete([Problem("to", "送り先を選んでください。")])
    if chosen in known and clean(typed) and address_key(typed) != address_key(chosen):
        raise Incomplete([Problem("to", CONTRARY)])
    address = chosen if chosen in known else read_address(typed, field="email")
    _ask(session, item, address, by=by, letterhead=letterhead, now=now)
    return address


def to_tell(session: Session, item: SourceItem, now: datetime) -> str:
    """Who hears that the link is published: whoever an open question went to, else who is known first; empty where nobody is."""
    if is_asked(item, now) and item.invited_address:
        return item.invited_address
    return next((address for address, _ in addresses(session, item)), "")


def tell(session: Session, item: SourceItem, *, by: Account, letterhead: Letterhead, now: datetime) -> str | None:
    """Of a link that was just published: says so and asks, once, unless it has said yes. The link of an earlier question opens no more.

    The address; empty where there was no need, None where no address is known.
    """
    if item.answered_at is not None:
        return ""
    address = to_tell(session, item, now)
    if not address:
        return None
    _ask(session, item, address, by=by, letterhead=letterhead, now=now)
    return address


def renew(session: Session, item: SourceItem, *, by: Account, letterhead: Letterhead, now: datetime) -> None:
    """A question that has not left, and says by now what is not so, is asked anew."""
    if is_asked(item, now) and item.invited_address and unsent_questions.of(session, item):
        _ask(session, item, item.invited_address, by=by, letterhead=letterhead, now=now)


def _ask(session: Session, item: SourceItem, address: str, *, by: Account, letterhead: Letterhead, now: datetime) -> None:
    earlier = item.invited_address
    if item.invited_at is not None:
        unsent_questions.cancel(session, item, "新しい確認のメールを送るので、取りやめました", now=now)
        item.link_generation += 1
    over = item.posting_id if nothing_left(session, item) == OVER else None
    if over is not None:  # the no took it down: that posting stays as it is, and after a yes the call comes as a new one
        item.posting, item.state = None, ItemState.CANDIDATE
    if item.state is ItemState.IGNORED:  # a person took up what the rules passed over
        item.state = ItemState.CANDIDATE
    item.invited_at, item.invited_address, item.answered_at = now, address_key(address), None
    person = subscribers.of_address(session, address, now=now)
    session.flush()
    if earlier not in ("", item.invited_address):
        subscribers.drop_needless(session, subscribers.ids(session, {earlier}))
    confirming_letters.question(session, item, person, letterhead=letterhead, now=now)
    facts = {"municipality": item.source.municipality_code} | ({"posting": over} if over is not None else {})
    audit.record(session, "candidate:invite", "candidate", item.id, by=by, now=now, **facts)


def behind(session: Session, token: str, *, now: datetime) -> SourceItem:
    """The candidate of a mailed link. Raises as ``links.resolve`` does."""
    return session.get_one(SourceItem, links.resolve(session, token, unsent_questions.PURPOSE, now=now).subject_id)


def about(item: SourceItem) -> str:
    """A mark of the title and the link that are asked about, for the form that shows them."""
    return tokens.digest("\n".join(confirming_letters.matter(item)))


def answer(session: Session, item: SourceItem, *, agrees: bool, seen: str = "", letterhead: Letterhead, now: datetime) -> bool:
    """掲載してよい, or 掲載しない; the moderators are told. The first answer stands, and saying it again changes nothing.

    ``seen``: ``about`` of the page on which it was pressed; a yes to another title or link does not count.
    Returns whether this is the answer that stands; not, when another one does or nothing is left to ask.
    """
    session.refresh(item, with_for_update={"of": SourceItem})
    posting = item.posting
    if posting is not None:
        publication.lock(session, posting)
    left = nothing_left(session, item)
    if left == HELD:
        return False
    if item.answered_at is not None:
        return item.agreed is agrees
    if left or (agrees and seen not in ("", about(item))):
        return False
    item.answered_at, item.agreed = now, agrees
    said = "agree" if agrees else "decline"
    code = item.source.municipality_code
    audit.record(session, f"candidate:{said}", "candidate", item.id, by=None, now=now, municipality=code)
    if posting is not None and posting.link_only and posting.state is State.PUBLISHED:
        if agrees:
            posting.info_as_of = japan_date(now)
            bump(session)  # its page says so
        else:
            publication.withdraw(session, posting, reason=DECLINED, by=None, now=now)
            link_letters.ended(session, posting, letterhead=letterhead, now=now)
    confirming_letters.answered(session, item, letterhead=letterhead, now=now)
    return True


def asked_long_ago(now: datetime) -> ColumnElement[bool]:
    """Candidates of which an address is still known that was asked long ago."""
    return and_(SourceItem.invited_address != "", SourceItem.invited_at <= now - ADDRESS_KEPT)


def forget_addresses(session: Session, *, now: datetime) -> int:
    """Forgets whom we asked; returns of how many candidates."""
    due: Sequence[SourceItem] = session.scalars(select(SourceItem).where(asked_long_ago(now)).limit(500)).all()
    keys = {item.invited_address for item in due}
    for item in due:
        unsent_questions.cancel(session, item, "宛先を消す時期になりました", now=now)
        item.invited_address = ""
    session.flush()
    if keys:
        subscribers.drop_needless(session, subscribers.ids(session, keys))
    return len(due)
