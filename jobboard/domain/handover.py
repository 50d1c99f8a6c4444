"""引き継ぎ: a successor asks for a municipality's or a prefecture's account and confirms by mail; a colleague or an administrator
grants or refuses. Drafts are the municipality's, so nothing of them moves. The answer to an asker never tells who has an account.
"""

from datetime import datetime, timedelta
from typing import Unpack

from sqlalchemy import ColumnElement, and_, delete, or_, select, true
from sqlalchemy.orm import Session

from jobboard.base.codes import PREFECTURES
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
    prefectures,
    subscribers,
)
from jobboard.domain.account_letters import Place
from jobboard.domain.addresses import address_key
from jobboard.models import Account, Handover, Membership, Municipality

KEPT = timedelta(days=7)
"""Requests that nobody confirmed are dropped after this time, and so is the address of one that was decided."""

DECIDED_KEPT = timedelta(days=90)
"""So long after the decision who asked is known, for questions about it."""

LONGEST_NOTE = 500
ROLES = (AccountRole.EDITOR, AccountRole.PREFECTURE)
"""What is handed over; the ministry's own roles are given by invitation."""


def ask(
    session: Session, *, email: str, name: str, role: str, place: str, pref_code: str, predecessor: str,
    predecessor_name: str, note: str, base_url: str, site: str, now: datetime,
) -> Handover:  # fmt: skip
    """Takes the request down and asks its sender to confirm by mail. The same request waits once; a confirmed one stands.

    Raises ``Incomplete`` with every problem, ``inviting.Ambiguous`` when only the municipality is unclear.
    """
    problems: list[Problem] = []
    choices: list[Municipality] = []
    asked, name, note = None, clean(name), clean(note)
    if not 0 < len(name) <= accounts.LONGEST_NAME:
        problems.append(Problem("name", f"氏名を{accounts.LONGEST_NAME}文字以内で入力してください。"))
    if len(note) > LONGEST_NOTE:
        problems.append(Problem("note", f"{LONGEST_NOTE}文字以内で書いてください。"))
    try:
        known = role if role in ROLES else ""
        asked = inviting.read(session, address=email, role=known, place=clean(place), pref_code=pref_code)
    except Incomplete as unclear:
        problems += unclear.problems
        choices = unclear.choices if isinstance(unclear, inviting.Ambiguous) else []
    if problems or asked is None:
        raise inviting.Ambiguous(problems, choices)
    request = _waiting(session, asked, name)
    if request.confirmed_at is None:
        request.note, request.asked_at = note, now
        request.predecessor_id = _predecessor(session, predecessor, clean(predecessor_name), request)
        session.add(request)
        person = subscribers.of_address(session, request.email, now=now)
        session.flush()
        handover_letters.confirmation(session, request, person, where(session, request), base_url=base_url, site=site, now=now)
    return request


def _waiting(session: Session, asked: inviting.Invitation, name: str) -> Handover:
    """The same person's request for the same work that nobody decided yet, or a new one."""
    key, code = address_key(asked.address), asked.municipality.code if asked.municipality else None
    same = (Handover.email == key, Handover.municipality_code == code, Handover.pref_code == asked.pref_code)
    waits = select(Handover).where(*same, Handover.name == name, Handover.decided_at.is_(None))
    found = session.scalar(waits.with_for_update())
    return found or Handover(email=key, name=name, municipality_code=code, pref_code=asked.pref_code)


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
    audit.record(
        session, "handover:confirm", "handover", request.id, by=None, now=now,
        municipality=request.municipality_code, prefecture=request.pref_code,
    )  # fmt: skip
    handover_letters.arrived(session, request, where(session, request), deciding(session, request), **place)


def deciding(session: Session, request: Handover) -> list[Account]:
    """Who is told: the municipality's editors or the prefecture's accounts; the administrators when there is none."""
    code = request.municipality_code
    colleagues = notices.editors_of(session, code) if code else prefectures.staff(session, request.pref_code or "")
    return colleagues or accounts.administrators(session)


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
    """Invites the successor, or gives the role to who has an account, and says so to her; ends, if told so, the predecessor's.

    Raises ``Incomplete`` where too many share the mailbox.
    """
    now, here = place["now"], where(session, request)
    _decide(session, request, True, by, now, ended=end_predecessor)
    role = AccountRole.EDITOR if request.municipality_code else AccountRole.PREFECTURE
    municipality = session.get(Municipality, request.municipality_code) if request.municipality_code else None
    account = accounts.invite(
        session, request.email, role, name=request.name, municipality=municipality, pref_code=request.pref_code, by=by, now=now
    )
    if account.activated_at is None:
        notices.invitation(session, account, why=f"{here}の担当の登録の申出が認められました。\n\n", **place)
    else:
        handover_letters.granted(session, account, here, **place)
    before = session.get(Account, request.predecessor_id) if request.predecessor_id else None
    if end_predecessor and before is not None and before.id != account.id and before.deactivated_at is None:
        held = next((one for one in before.memberships if _is_of(one, request)), None)
        if held is not None:
            _end(session, before, held, by, now)
            handover_letters.ended(session, before, here, **place)
    return account


def refuse(session: Session, request: Handover, *, by: Account, **place: Unpack[Place]) -> None:
    """Nothing changes for anybody; whoever asked is told."""
    now = place["now"]
    _decide(session, request, False, by, now)
    person = subscribers.of_address(session, request.email, now=now)
    handover_letters.refused(session, request, person, where(session, request), **place)


def where(session: Session, request: Handover) -> str:
    """The municipality or the prefecture, for people."""
    if request.municipality_code:
        return session.get_one(Municipality, request.municipality_code).full_name
    return PREFECTURES[request.pref_code or ""]


def tidy(session: Session, *, now: datetime) -> int:
    """Drops requests that nobody confirmed in time, and addresses that then stand for nothing; returns how many requests.

    The address of one that was decided is written to no more after the same time.
    """
    done = or_(unconfirmed(now), Handover.decided_at <= now - KEPT)
    addresses = set(session.scalars(select(Handover.email).where(done, Handover.email != "")))
    found = session.scalars(select(Handover.id).where(unconfirmed(now))).all()
    session.execute(delete(Handover).where(Handover.id.in_(found)))
    subscribers.drop_needless(session, subscribers.ids(session, addresses))
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
    audit.record(
        session, act, "handover", request.id, by=by, now=now,
        municipality=request.municipality_code, prefecture=request.pref_code, **facts,
    )  # fmt: skip


def _end(session: Session, before: Account, held: Membership, by: Account, now: datetime) -> None:
    """This role alone goes where the account holds others."""
    if len(before.memberships) > 1:
        holding.remove(session, before, held.id, by=by, now=now)
    else:
        accounts.deactivate(session, before, by=by, now=now)


def _is_of(held: Membership, request: Handover) -> bool:
    return (held.municipality_code, held.pref_code) == (request.municipality_code, request.pref_code)


def _predecessor(session: Session, typed: str, name: str, request: Handover) -> int | None:
    """Who does this work at that address, not the asker; of several the one who was named. Silent about any other."""
    there = accounts.persons(session, typed, accounts.in_use()) if typed.strip() else []
    found = [one for one in there if any(_is_of(held, request) for held in one.memberships)]
    found = [one for one in found if one.email != request.email or not accounts.same_name(one.name, request.name)]
    if len(found) > 1:
        found = [one for one in found if accounts.same_name(one.name, name)]
    return found[0].id if len(found) == 1 else None


def _visible(account: Account) -> ColumnElement[bool]:
    if permissions.administers(account):
        return true()
    ours = Handover.municipality_code.in_(permissions.municipality_codes(account))
    return or_(ours, Handover.pref_code.in_(permissions.pref_codes(account)))
