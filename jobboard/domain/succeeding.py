"""What a merger, renaming or new code does once its day has begun in Japan (docs/decisions/0024). Told in the audit, done once."""

from datetime import date, datetime

from sqlalchemy import CursorResult, func, select, update
from sqlalchemy.orm import Session

from jobboard.base.clock import japan_date
from jobboard.base.codes import PREFECTURES
from jobboard.base.states import Holder, Succession
from jobboard.base.vocabulary import MunicipalityKind
from jobboard.domain import audit, facets, lineage
from jobboard.models import Handover, Membership, Municipality, MunicipalityChange, Posting, Source

BETWEEN_NAMES = "、"
_BY_ENDING = {"市": MunicipalityKind.CITY, "区": MunicipalityKind.SPECIAL_WARD, "村": MunicipalityKind.VILLAGE}


def apply_next(session: Session, *, now: datetime) -> MunicipalityChange | None:
    """Applies the first change that waits and whose day has begun; None when none does. Two workers do it once."""
    waits = select(MunicipalityChange).where(MunicipalityChange.applied_at.is_(None), MunicipalityChange.on <= japan_date(now))
    change = session.scalar(waits.order_by(MunicipalityChange.on, MunicipalityChange.id).limit(1).with_for_update())
    if change is None:
        return None
    place, moved = session.get_one(Municipality, change.code), {}
    if change.kind is Succession.RENAMED:
        change.former_name = place.name
        rename(place, change.name, change.kana)
    else:
        heir = session.get(Municipality, change.successor_code) or _begun(session, place, change)
        moved = succeed(session, place, lineage.heir(heir), on=change.on)
    change.applied_at = now
    session.flush()
    facets.rebuild(session, only=lineage.family(place))
    audit.record(
        session, "municipality:succeed", "municipality", place.code, by=None, now=now,
        succession=str(change.kind), since=change.on.isoformat(), successor=change.successor_code, **moved,
    )  # fmt: skip
    return change


def due(session: Session, *, now: datetime) -> bool:
    """Whether a change waits whose day has begun. Only reads."""
    waits = MunicipalityChange.applied_at.is_(None), MunicipalityChange.on <= japan_date(now)
    return session.scalar(select(MunicipalityChange.id).where(*waits).limit(1)) is not None


def rename(place: Municipality, name: str, kana: str) -> None:
    """Gives it another name; the one that it had leads to it further on."""
    _remember(place, [place.name], called=name)
    place.name, place.kana = name, kana


def succeed(session: Session, place: Municipality, heir: Municipality, *, on: date) -> dict[str, int]:
    """Ends ``place`` and gives what was its to ``heir``: accounts, drafts, feeds, open handovers. Repeatable; returns what moved.

    What was published stays under the code that it was published with.
    """
    for one in (place, *list(place.predecessors)):
        one.ended_on, one.successor = one.ended_on or on, heir
    place.ended_on = on
    _remember(heir, [*place.former_names.split(BETWEEN_NAMES), place.name], called=heir.name)
    session.flush()
    drafts = session.scalars(select(Posting).where(Posting.municipality_code == place.code, Posting.current_id.is_(None))).all()
    for draft in drafts:
        draft.municipality = heir
        if heir.pref_code != place.pref_code:
            draft.held_by = Holder.MUNICIPALITY
    asked = update(Handover).where(Handover.municipality_code == place.code, Handover.decided_at.is_(None))
    session.execute(asked.values(municipality_code=heir.code))
    sources = session.execute(update(Source).where(Source.municipality_code == place.code).values(municipality_code=heir.code))
    assert isinstance(sources, CursorResult)
    return {"accounts": _move_accounts(session, place, heir), "drafts": len(drafts), "sources": sources.rowcount}


def moving(session: Session, code: str) -> dict[str, int]:
    """What ``succeed`` would move now: accounts, drafts, sources."""
    counted = {
        "accounts": select(func.count(Membership.id)).where(Membership.municipality_code == code),
        "drafts": select(func.count(Posting.id)).where(Posting.municipality_code == code, Posting.current_id.is_(None)),
        "sources": select(func.count(Source.id)).where(Source.municipality_code == code),
    }
    return {name: session.scalar(count) or 0 for name, count in counted.items()}


def _move_accounts(session: Session, place: Municipality, heir: Municipality) -> int:
    """Who edited for both goes on with one role."""
    there = set(session.scalars(select(Membership.account_id).where(Membership.municipality_code == heir.code)))
    moving = session.scalars(select(Membership).where(Membership.municipality_code == place.code)).all()
    for one in moving:
        if one.account_id in there:
            session.delete(one)
        else:
            one.municipality_code = heir.code
    session.flush()
    return len(moving)


def _remember(place: Municipality, names: list[str], *, called: str) -> None:
    kept = dict.fromkeys([*place.former_names.split(BETWEEN_NAMES), *names])
    place.former_names = BETWEEN_NAMES.join(name for name in kept if name and name != called)


def _begun(session: Session, place: Municipality, change: MunicipalityChange) -> Municipality:
    """The successor that begins on that day, until the table of the ministry tells more of it.

    The same town under a new code keeps its contact and the terms that it accepted; a new one accepts them anew.
    """
    code, name = change.successor_code, change.name or place.name
    kind = _kind(code, name)
    rural = kind in (MunicipalityKind.TOWN, MunicipalityKind.VILLAGE) and code[:2] == place.pref_code
    heir = Municipality(
        code=code, pref_code=code[:2], prefecture=PREFECTURES[code[:2]], district=place.district if rural else "", name=name,
        kana=change.kana or place.kana, kind=kind, url=place.url, lat=place.lat, lng=place.lng, demonstration=place.demonstration,
    )  # fmt: skip
    if change.kind is Succession.RECODED:
        for kept in ("contact_section", "contact_phone", "contact_email", "terms_version", "terms_accepted_at"):
            setattr(heir, kept, getattr(place, kept))
    session.add(heir)
    session.flush()
    return heir


def _kind(code: str, name: str) -> MunicipalityKind:
    """By the last character; a city whose third digit is 1 is a 指定都市, as its code says."""
    kind = _BY_ENDING.get(name[-1:], MunicipalityKind.TOWN)
    return MunicipalityKind.DESIGNATED_CITY if kind is MunicipalityKind.CITY and code[2] == "1" else kind
