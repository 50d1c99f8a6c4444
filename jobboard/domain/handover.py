"""引き継ぎ: a successor asks for a municipality's account and confirms by mail; a colleague or an administrator grants or refuses.

Drafts are the municipality's, so nothing of them moves. The answer to an asker never tells who has an account.
"""

from datetime import datetime, timedelta
from typing import Unpack

from sqlalchemy import ColumnElement, and_, delete, select, true
from sqlalchemy.orm import Session

from jobboard.base.errors import Incomplete, NotFound, Problem, WrongState
from jobboard.base.states import AccountRole
from jobboard.base.text import clean
from jobboard.domain import (
    accounts,
    audit,
    handover_letters,
    holding,
    inviting,
    links,
    notices,
    permissions,
    subscribers,
)
from jobboard.domain.account_letters import Place
from jobboard.domain.addresses import address_key, read_address
from jobboard.models import Account, Handover, Municipality

KEPT = timedelta(days=7)
"""Requests that nobody confirmed are dropped after this time."""

DECIDED_KEPT = timedelta(days=90)
"""So long after the decision who asked is known, for questions about it."""

LONGEST_NOTE = 500


def ask(
    session: Session, *, email: str, name: str, place: str, predecessor: str, note: str, base_url: str, site: str, now: datetime
) -> Handover:
    """Takes the request down and asks its sender to confirm by mail. The same request waits once.

    Raises ``Incomplete`` with every problem, ``inviting.Ambiguous`` when only the municipality is unclear.
    """
    problems: list[Problem] = []
    choices: list[Municipality] = []
    municipality, name, note = None, clean(name), clean(note)
    try:
        email = address_key(read_address(email))
    except Incomplete as wrong:
        problems += wrong.problems
    if not 0 < len(name) <= accounts.LONGEST_NAME:
        problems.append(Problem("name", f"氏名を{accounts.LONGEST_NAME}文字以内で入力してください。"))
    if len(note) > LONGEST_NOTE:
        problems.append(Problem("note", f"{LONGEST_NOTE}文字以内で書いてください。"))
    try:
        municipality = inviting.find_one(session, clean(place))
    except Incomplete as unclear:
        problems += unclear.problems
        choices = unclear.choices if isinstance(unclear, inviting.Ambiguous) else []
    if problems or municipality is None:
        raise inviting.Ambiguous(problems, choices)
    waits = (Handover.email == email, Handover.municipality_code == municipality.code, Handover.decided_at.is_(None))
    found = session.scalar(select(Handover).where(*waits).with_for_update())
    request = found or Handover(email=email, municipality_code=municipality.code)
    request.name, request.note, request.asked_at = name, note, now
    request.predecessor_id = _predecessor(session, predecessor, municipality)
    session.add(request)
    person = subscribers.of_address(session, email, now=now)
    session.flush()
    if request.confirmed_at is None:
        handover_letters.confirmation(session, request, person, municipality, base_url=base_url, site=site, now=now)
    return request


def behind(session: Session, token: str, *, now: datetime) -> Handover:
    """The request of a mailed link. Raises as ``links.resolve`` does."""
    return session.get_one(Handover, links.resolve(session, token, "handover", now=now).subject_id)


def confirm(session: Session, request: Handover, **place: Unpack[Place]) -> None:
    """Its sender reads the mail of that address: those who may decide are told. Confirming again changes nothing."""
    session.refresh(request, with_for_update=True)
    if request.confirmed_at is not None:
        return
    now = place["now"]
    request.confirmed_at = now
    audit.record(session, "handover:confirm", "handover", request.id, by=None, now=now, municipality=request.municipality_code)
    handover_letters.arrived(session, request, _municipality(session, request), deciding(session, request), **place)


def deciding(session: Session, request: Handover) -> list[Account]:
    """Who is told: the municipality's editors; the administrators when there is none."""
    return notices.editors_of(session, request.municipality_code or "") or accounts.administrators(session)


def waiting(session: Session, account: Account) -> list[Handover]:
    """The confirmed requests that the account may decide, the oldest first."""
    open_ones = (Handover.confirmed_at.is_not(None), Handover.decided_at.is_(None), _visible(account))
    return list(session.scalars(select(Handover).where(*open_ones).order_by(Handover.confirmed_at, Handover.id)))


def find(session: Session, account: Account, number: int) -> Handover:
    """A confirmed request that the account may decide. Raises ``NotFound``."""
    found = session.scalar(
        select(Handover).where(Handover.id == number, Handover.confirmed_at.is_not(None), _visible(account)).with_for_update()
    )
    if found is None:
        raise NotFound
    return found


def grant(session: Session, request: Handover, *, end_predecessor: bool, by: Account, **place: Unpack[Place]) -> Account:
    """Invites the successor and, if told so, ends what the predecessor may do for the municipality."""
    now = place["now"]
    _decide(session, request, True, by, now, ended=end_predecessor)
    municipality = _municipality(session, request)
    account = accounts.invite(session, request.email, AccountRole.EDITOR, municipality=municipality, by=by, now=now)
    if account.activated_at is None:
        account.name = account.name or request.name
        notices.invitation(session, account, **place)
    before = session.get(Account, request.predecessor_id) if request.predecessor_id else None
    if end_predecessor and before is not None and before.id != account.id and before.deactivated_at is None:
        _end(session, before, municipality, by, now)
        handover_letters.ended(session, before, municipality, **place)
    return account


def refuse(session: Session, request: Handover, *, by: Account, now: datetime) -> None:
    """Nothing changes for anybody."""
    _decide(session, request, False, by, now)


def forget_unconfirmed(session: Session, *, now: datetime) -> int:
    """Drops requests that nobody confirmed in time, and addresses that then stand for nothing; returns how many."""
    found = session.execute(select(Handover.id, Handover.email).where(unconfirmed(now))).all()
    session.execute(delete(Handover).where(Handover.id.in_([number for number, _ in found])))
    subscribers.drop_needless(session, subscribers.ids(session, {email for _, email in found}))
    return len(found)


def unconfirmed(now: datetime) -> ColumnElement[bool]:
    """Requests that nobody confirmed in time."""
    return and_(Handover.confirmed_at.is_(None), Handover.asked_at <= now - KEPT)


def forget_decided(session: Session, *, now: datetime) -> int:
    """Takes name, address and words out of requests decided 90 days ago; that they were, and by whom, stays. Returns how many."""
    found = session.scalars(select(Handover).where(decided_long_ago(now))).all()
    for request in found:
        request.email, request.name, request.note = "", "", ""
    session.flush()
    return len(found)


def decided_long_ago(now: datetime) -> ColumnElement[bool]:
    """Decided requests that still name somebody."""
    return and_(Handover.email != "", Handover.decided_at <= now - DECIDED_KEPT)


def _decide(session: Session, request: Handover, granted: bool, by: Account, now: datetime, **facts: bool) -> None:
    permissions.require(by, "handover:decide")
    if request.decided_at is not None:
        raise WrongState("handover_decided", "handover:decide")
    request.decided_at, request.decided_by_id, request.granted = now, by.id, granted
    act = "handover:grant" if granted else "handover:refuse"
    audit.record(session, act, "handover", request.id, by=by, now=now, municipality=request.municipality_code, **facts)


def _end(session: Session, before: Account, municipality: Municipality, by: Account, now: datetime) -> None:
    """The role for this municipality alone goes where the account holds others."""
    here = next(one for one in before.memberships if one.municipality_code == municipality.code)
    if len(before.memberships) > 1:
        holding.remove(session, before, here.id, by=by, now=now)
    else:
        accounts.deactivate(session, before, by=by, now=now)


def _predecessor(session: Session, typed: str, municipality: Municipality) -> int | None:
    """The editor of this municipality with that address; silent about any other."""
    found = accounts.find(session, typed) if typed.strip() else None
    ours = found is not None and municipality.code in permissions.municipality_codes(found)
    return found.id if found is not None and ours else None


def _visible(account: Account) -> ColumnElement[bool]:
    if permissions.administers(account):
        return true()
    return Handover.municipality_code.in_(permissions.municipality_codes(account))


def _municipality(session: Session, request: Handover) -> Municipality:
    return session.get_one(Municipality, request.municipality_code)
