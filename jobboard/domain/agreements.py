"""共同募集: which of the municipalities that a posting names have agreed; only those are shown, listed, fed and matched."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from jobboard.base.content import Content
from jobboard.base.errors import Problem
from jobboard.domain import audit
from jobboard.models import Account, Agreement, Municipality, Posting

NAME = "co_municipalities"


def ask(session: Session, posting: Posting, content: Content, *, by: Account | None, now: datetime) -> list[Agreement]:
    """Asks every municipality that ``content`` names and that was not asked before; returns those asked now.

    Before the first publication one that is no longer named is asked no more; later, those that did not answer still may.
    """
    codes = content.codes(NAME)
    known = {one.municipality_code for one in of(session, posting)}
    if posting.current_id is None:
        _forget(session, posting, [code for code in known if code not in codes])
    new = set(codes) - known - {posting.municipality_code}
    if not new:
        return []
    existing = session.scalars(select(Municipality.code).where(Municipality.code.in_(new), Municipality.ended_on.is_(None)))
    asked = [Agreement(posting_id=posting.id, municipality_code=code, asked_at=now) for code in sorted(existing)]
    session.add_all(asked)
    if asked:
        codes_asked = [one.municipality_code for one in asked]
        audit.record(session, "joint:ask", "posting", posting.id, by=by, now=now, municipalities=codes_asked)
    session.flush()
    return asked


def problems(session: Session, own: Municipality, content: Content) -> list[Problem]:
    """Why a named municipality cannot be asked: it is one's own, or no municipality has, or has any more, that code."""
    codes = content.codes(NAME)
    if not codes:
        return []
    known = {one.code: one for one in session.scalars(select(Municipality).where(Municipality.code.in_(codes)))}
    found = []
    for code in codes:
        place = known.get(code)
        if code == own.code:
            found.append(f"{code}は、{own.name}のコードです。共同で募集する、ほかの市区町村だけを書いてください。")
        elif place is None:
            found.append(f"{code}は、どの市区町村のコードでもありません。コードを確かめてください。")
        elif place.ended_on is not None:
            found.append(f"{code}は、いまはない{place.full_name}のコードです。いまの市区町村のコードを書いてください。")
    return [Problem(NAME, "".join(found))] if found else []


def of(session: Session, posting: Posting) -> list[Agreement]:
    """All that were asked, by code."""
    rows = select(Agreement).where(Agreement.posting_id == posting.id).order_by(Agreement.municipality_code)
    return list(session.scalars(rows))


def shown(session: Session, posting: Posting, content: Content) -> Content:
    """What the public may see of ``content``: it names only municipalities that have agreed."""
    named = content.codes(NAME)
    if not named:
        return content
    agreed = {one.municipality_code for one in of(session, posting) if one.agreed_at is not None}
    return named_in(content, [code for code in named if code in agreed])


def named_in(content: Content, codes: Collection[str]) -> Content:
    """``content`` with these co-municipalities, in this order; without the field for none."""
    if codes:
        return content.with_values(co_municipalities=tuple(codes))
    return Content({name: value for name, value in content.items() if name != NAME})


def settle(session: Session, posting: Posting, before: Content, after: Content) -> None:
    """When ``after`` becomes public: who had agreed and is named no more is asked anew if it is named again."""
    dropped = set(before.codes(NAME)) - set(after.codes(NAME))
    agreed = {one.municipality_code for one in of(session, posting) if one.agreed_at is not None} if dropped else set()
    _forget(session, posting, dropped & agreed)


def asked_of(session: Session, codes: Collection[str]) -> list[Agreement]:
    """What these municipalities were asked, what waits for an answer first, then the newest."""
    if not codes:
        return []
    waits = func.coalesce(Agreement.agreed_at, Agreement.declined_at).is_(None)
    rows = select(Agreement).where(Agreement.municipality_code.in_(codes))
    return list(session.scalars(rows.order_by(waits.desc(), Agreement.asked_at.desc(), Agreement.posting_id.desc())))


def _forget(session: Session, posting: Posting, codes: Collection[str]) -> None:
    if codes:
        gone = delete(Agreement).where(Agreement.posting_id == posting.id, Agreement.municipality_code.in_(codes))
        session.execute(gone)
