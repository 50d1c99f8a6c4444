"""Sessions: a signed cookie knows nothing of its end, so each session is a row, by the hash of its random number."""

import re
from datetime import datetime

from sqlalchemy import ColumnElement, CursorResult, delete, select, update
from sqlalchemy.orm import Session

from jobboard.base.tokens import digest
from jobboard.models import Account, SignIn

_BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (("Windows", "Windows"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Mac OS", "Mac"), ("Linux", "Linux"))


def begin(session: Session, number: str, account: Account, *, browser: str, until: datetime, now: datetime) -> None:
    """From now on the session of this number opens; ``browser``: its User-Agent, of which the family is kept."""
    row = SignIn(digest=digest(number), account_id=account.id, browser=family(browser), begun_at=now, ends_at=until)
    session.add(row)
    session.flush()


def opens(session: Session, number: str) -> bool:
    """Whether it was begun and nobody signed out of it."""
    row = session.get(SignIn, digest(number))
    return row is not None and row.ended_at is None


def listed(session: Session, account: Account, *, now: datetime) -> list[SignIn]:
    """The sessions that still open, the newest first."""
    found = select(SignIn).where(SignIn.account_id == account.id, SignIn.ended_at.is_(None), SignIn.ends_at > now)
    return list(session.scalars(found.order_by(SignIn.begun_at.desc(), SignIn.digest)))


def end(session: Session, account: Account, hashed: str, *, now: datetime) -> bool:
    """Ends one session of the account, named by its hash; says whether there was one."""
    mine = (SignIn.account_id == account.id, SignIn.digest == hashed, SignIn.ended_at.is_(None))
    done = session.execute(update(SignIn).where(*mine).values(ended_at=now))
    return isinstance(done, CursorResult) and done.rowcount > 0


def end_all(session: Session, account: Account, *, but: str = "", now: datetime) -> None:
    """Ends every session of the account but the one of this hash."""
    mine = (SignIn.account_id == account.id, SignIn.digest != but, SignIn.ended_at.is_(None))
    session.execute(update(SignIn).where(*mine).values(ended_at=now))


def forget(session: Session, *, now: datetime) -> int:
    """Drops the rows of sessions that ended by themselves by now; returns how many."""
    dropped = session.execute(delete(SignIn).where(over(now)))
    return dropped.rowcount if isinstance(dropped, CursorResult) else 0


def over(now: datetime) -> ColumnElement[bool]:
    """Sessions that ended by themselves."""
    return SignIn.ends_at <= now


def family(user_agent: str) -> str:
    """「Edge(Windows)」: enough to know one's own again, too little to know a person by."""
    text = user_agent[:400]
    browser = next((name for mark, name in _BROWSERS if re.search(rf"\b{mark}", text)), "ブラウザー")
    system = next((name for mark, name in _SYSTEMS if mark in text), "")
    return f"{browser}({system})" if system else browser
