"""確認コード: what stands beside the link of each staff mail, to be typed at /code where links in mails do not open.

A code opens what its mail's link opens, once (docs/decisions/0013). It is made when its mail is sent; the table keeps a keyed
hash of it, and no text of a mail holds it.
"""

import re
import unicodedata
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, CursorResult, and_, delete, select
from sqlalchemy.orm import Session

from jobboard.base import tokens
from jobboard.base.errors import Incomplete, Problem
from jobboard.base.states import CodeAct
from jobboard.domain import accounts, audit, permissions, placeholders
from jobboard.models import Account, OneTimeCode, Posting

PURPOSE = "code"
"""Marks the place of a code in a mail, as other purposes mark places of links."""

LIFETIMES = {CodeAct.INVITATION: timedelta(days=7), CodeAct.PASSWORD: timedelta(hours=1), CodeAct.SIGN_IN: timedelta(minutes=10)}
LIFETIME = timedelta(days=7)
"""Of every other code; counted from when its mail is sent."""

KEPT = timedelta(days=30)
"""So long a code is known after its end, to say that it was used."""

PATHS = {
    CodeAct.POSTING: "/desk/postings/{}",
    CodeAct.ENDED: "/desk/postings/{}/ended",
    CodeAct.QUESTIONS: "/desk/postings/{}/questions",
    CodeAct.JOINT: "/desk/joint/{}",
    CodeAct.PREFECTURE: "/desk/prefecture/postings/{}",
    CodeAct.REVIEW: "/review/postings/{}",
    CodeAct.MAIL: "/ministry/mail",
    CodeAct.TALK: "/desk/postings/{}/talk",
    CodeAct.REVIEW_TALK: "/review/postings/{}/talk",
}
"""Where a code leads that signs its holder in; the others lead to the account's own first page."""

BEFORE_SIGNING_IN = (CodeAct.INVITATION, CodeAct.PASSWORD)
"""What leads to the page that sets a password, and signs nobody in."""

WRONG = (
    "メールアドレスか確認コードが正しくないか、確認コードの期限が切れています。"
    "入力し直すか、新しい確認コードをメールで受け取ってください。"
)
"""One sentence for every cause, so that nobody learns which addresses have an account."""

USED = "この確認コードは、すでに使われています。いちばん新しいメールのものを使うか、新しい確認コードをメールで受け取ってください。"

_SAME = str.maketrans("OIL", "011")


def place(session: Session, account: Account, act: CodeAct, posting: Posting | None = None, *, now: datetime) -> str:
    """The place of a new code in a mail to this account."""
    session.flush()
    code = OneTimeCode(
        account_id=account.id, digest="", act=act, generation=_generation(account, act),
        posting_id=posting.id if posting else None, made_at=now, expires_at=now + lifetime(act),
    )  # fmt: skip
    session.add(code)
    session.flush()
    return placeholders.place(PURPOSE, code.id, 1)


def lifetime(act: CodeAct) -> timedelta:
    """How long a code of this act opens."""
    return LIFETIMES.get(act, LIFETIME)


def mailboxes(session: Session, ids: Collection[int]) -> dict[int, str]:
    """To which address each of these codes may be sent."""
    if not ids:
        return {}
    found = select(OneTimeCode.id, Account.email).join(Account, Account.id == OneTimeCode.account_id).where(OneTimeCode.id.in_(ids))
    return {number: address for number, address in session.execute(found)}


def issue_all(
    session: Session, key: str, wanted: Collection[placeholders.Link], *, now: datetime
) -> dict[placeholders.Link, str]:
    """The codes as mails show them; their hashes are kept from now on. Issuing again gives the same and moves no end."""
    if not wanted:
        return {}
    ids = {link[1]: link for link in wanted}
    made = {}
    for row in session.scalars(select(OneTimeCode).where(OneTimeCode.id.in_(ids)).order_by(OneTimeCode.id)):
        code = tokens.derive_code(key, row.id)
        if not row.digest:
            row.expires_at = now + lifetime(row.act)
        row.digest = tokens.code_digest(key, row.account_id, code)
        made[ids[row.id]] = f"{code[:4]}-{code[4:]}"
    session.flush()
    return made


def redeem(session: Session, address: str, typed: str, *, key: str, now: datetime) -> OneTimeCode:
    """Uses up a code of somebody at this address, and says what it opens.

    Raises ``Incomplete`` with one of two sentences, after the same work.
    """
    return redeem_own(session, accounts.persons(session, address), typed, key=key, now=now)


def redeem_own(session: Session, among: Sequence[Account], typed: str, *, key: str, now: datetime) -> OneTimeCode:
    """The same of one of these persons. Raises as ``redeem`` does."""
    made = as_made(typed)
    numbers = [one.id for one in among] or [0]
    digests = [tokens.code_digest(key, number, made) for number in numbers]
    mine = (OneTimeCode.account_id.in_(numbers), OneTimeCode.digest.in_(digests))
    held = select(OneTimeCode).where(*mine).order_by(OneTimeCode.id.desc())
    found = session.scalar(held.with_for_update().limit(1))
    if found is None or found.expires_at <= now:
        raise Incomplete([Problem("code", WRONG)])
    if found.used_at is not None:
        raise Incomplete([Problem("code", USED)])
    account = found.account
    opens = found.act in BEFORE_SIGNING_IN or permissions.works(account)
    if not opens or found.generation != _generation(account, found.act):
        raise Incomplete([Problem("code", WRONG)])
    found.used_at = now
    if found.act not in BEFORE_SIGNING_IN:
        audit.record(session, "session:begin_by_code", "account", account.id, by=account, now=now, act=str(found.act))
    return found


def leads_to(code: OneTimeCode) -> str:
    """The path of the page that a used code opens, empty for the account's own first page."""
    return PATHS.get(code.act, "").format(code.posting_id)


def as_made(typed: str) -> str:
    """A code as it was made, however it was typed: full-width, small, with spaces or strokes, O for 0, I or L for 1."""
    letters = re.sub(r"[^0-9A-Z]", "", unicodedata.normalize("NFKC", typed[:100]).upper())
    return letters.translate(_SAME)


def forget(session: Session, *, now: datetime) -> int:
    """Drops the codes that ended long ago; those whose mail still waits stay. Returns how many."""
    dropped = session.execute(delete(OneTimeCode).where(over(now)))
    return dropped.rowcount if isinstance(dropped, CursorResult) else 0


def over(now: datetime) -> ColumnElement[bool]:
    """Codes that ended long ago and whose mail has left."""
    return and_(OneTimeCode.expires_at <= now - KEPT, OneTimeCode.digest != "")


def _generation(account: Account, act: CodeAct) -> int:
    """What ends the code early: a renewed link ends a link's code, signing out everywhere ends one that signs in."""
    return account.link_generation if act in BEFORE_SIGNING_IN else account.session_generation
