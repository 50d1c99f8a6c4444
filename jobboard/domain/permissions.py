"""Who may do what to what: one table from action to rule, read in Python for one row and in SQL for lists.

A person sees only what some rule lets them see: anything else is ``NotFound``, in reading and in writing.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, false, or_, select, true
from sqlalchemy.orm import Session

from jobboard.base.errors import NotFound, NotPermitted
from jobboard.base.states import AccountRole, State
from jobboard.models import Account, Municipality, Posting

Subject = Posting | Municipality | Account | None


def works(account: Account | None) -> bool:
    """Whether the account was accepted by its holder and is still in use."""
    return account is not None and account.activated_at is not None and account.deactivated_at is None


def roles(account: Account | None) -> frozenset[AccountRole]:
    """What the account is; an administrator is also a moderator (decisions.md, Accounts)."""
    if account is None or not works(account):
        return frozenset()
    held = {membership.role for membership in account.memberships}
    return frozenset(held | ({AccountRole.MODERATOR} if AccountRole.ADMINISTRATOR in held else set()))


def posts(account: Account | None) -> bool:
    """Whether the account writes for a municipality or a prefecture's municipalities."""
    return bool(roles(account) & {AccountRole.EDITOR, AccountRole.PREFECTURE})


def moderates(account: Account | None) -> bool:
    return AccountRole.MODERATOR in roles(account)


def administers(account: Account | None) -> bool:
    return AccountRole.ADMINISTRATOR in roles(account)


def municipality_codes(account: Account) -> list[str]:
    """The municipalities that the account edits for."""
    return [m.municipality_code for m in account.memberships if m.municipality_code] if works(account) else []


def pref_codes(account: Account) -> list[str]:
    """The prefectures for whose municipalities the account posts."""
    return [m.pref_code for m in account.memberships if m.pref_code] if works(account) else []


def _speaks_for(account: Account, municipality: Municipality) -> bool:
    return municipality.code in municipality_codes(account) or municipality.pref_code in pref_codes(account)


def _own(account: Account, subject: Subject) -> bool:
    """A posting of the account's own municipality. A joint recruitment stays with the one that entered it."""
    return isinstance(subject, Posting) and _speaks_for(account, subject.municipality)


def _own_clause(account: Account) -> ColumnElement[bool]:
    """``_own`` in SQL."""
    of_prefecture = select(Municipality.code).where(Municipality.pref_code.in_(pref_codes(account)))
    return or_(
        Posting.municipality_code.in_(municipality_codes(account)), Posting.municipality_code.in_(of_prefecture)
    )


def _sent_in(account: Account, subject: Subject) -> bool:
    """A posting that its municipality sent in: what it still writes or took back is its own business."""
    return moderates(account) and isinstance(subject, Posting) and subject.state is not State.DRAFT


def _sent_in_clause(account: Account) -> ColumnElement[bool]:
    """``_sent_in`` in SQL."""
    return and_(true() if moderates(account) else false(), Posting.state != State.DRAFT)


def _of_another(account: Account, subject: Subject) -> bool:
    """Nobody publishes what they sent in, or wrote last before somebody else sent it in."""
    if not isinstance(subject, Posting):
        return False
    pending = subject.pending.created_by_id if subject.pending else None
    return account.id not in {subject.submitted_by_id, pending, subject.draft_by_id}


def _of_own_municipality(account: Account, subject: Subject) -> bool:
    return isinstance(subject, Municipality) and subject.ended_on is None and _speaks_for(account, subject)


def _nobody(account: Account) -> ColumnElement[bool]:
    return false()


def _any(account: Account, subject: Subject) -> bool:
    return True


@dataclass(frozen=True)
class Rule:
    """``enters``: may ask at all. ``sees``: may know that the subject exists. ``may``: what else must hold.

    ``clause`` is ``sees`` for postings, in SQL.
    """

    enters: Callable[[Account | None], bool]
    sees: Callable[[Account, Subject], bool] = _any
    may: Callable[[Account, Subject], bool] = _any
    clause: Callable[[Account], ColumnElement[bool]] = _nobody


_DESK = Rule(posts, _own, clause=_own_clause)
_REVIEW = Rule(moderates, _sent_in, clause=_sent_in_clause)
_MINISTRY = Rule(administers)

RULES: dict[str, Rule] = {
    "posting:read_draft": _DESK,
    "posting:edit": _DESK,
    "posting:submit": _DESK,
    "posting:recall": _DESK,
    "posting:extend": _DESK,
    "posting:close": _DESK,
    "posting:withdraw": _DESK,
    "posting:reopen": _DESK,
    "posting:review": _REVIEW,
    "posting:return": _REVIEW,
    "posting:publish": Rule(moderates, _sent_in, may=_of_another, clause=_sent_in_clause),
    "correction:read": Rule(moderates),
    "correction:answer": Rule(moderates),
    "municipality:post": Rule(posts, _of_own_municipality),
    "mail:read": Rule(moderates),
    "mail:explain": Rule(moderates),
    "mail:release": Rule(moderates),
    "mail:rehearse": Rule(moderates),
    "mail:switch": _MINISTRY,
    "board:promise": _MINISTRY,
    "grant:edit": _MINISTRY,
    "account:list": _MINISTRY,
    "account:invite": _MINISTRY,
    "account:deactivate": _MINISTRY,
    "outbox:read": _MINISTRY,
    "session:own": Rule(works),
}


def allowed(account: Account | None, action: str, subject: Subject = None) -> bool:
    """Whether the account may do it; without a subject, whether there could be one it may do it to."""
    rule = RULES[action]
    if account is None or not rule.enters(account):
        return False
    return subject is None or (rule.sees(account, subject) and rule.may(account, subject))


def require(account: Account | None, action: str, subject: Subject = None) -> None:
    """Raises ``NotFound`` when the subject may not even be seen, ``NotPermitted`` when this may not be done to it."""
    if allowed(account, action, subject):
        return
    rule = RULES[action]
    if subject is not None and not (account is not None and rule.enters(account) and rule.sees(account, subject)):
        raise NotFound
    raise NotPermitted


def visible_postings(account: Account | None, action: str = "posting:read_draft") -> ColumnElement[bool]:
    """The postings that the account may see for this action, as a where-clause."""
    rule = RULES[action]
    return rule.clause(account) if account is not None and rule.enters(account) else false()


def find_posting(session: Session, account: Account | None, action: str, posting_id: int) -> Posting:
    """The posting, fetched only if it may be seen. Raises ``NotFound``, or ``NotPermitted`` if it may only be looked at."""
    posting = session.scalar(select(Posting).where(Posting.id == posting_id, visible_postings(account, action)))
    if posting is None:
        raise NotFound
    require(account, action, posting)
    return posting


def own_municipalities(account: Account) -> ColumnElement[bool]:
    """The municipalities that the account may post for, as a where-clause over ``Municipality``."""
    speaks_for = or_(
        Municipality.code.in_(municipality_codes(account)), Municipality.pref_code.in_(pref_codes(account))
    )
    return and_(Municipality.ended_on.is_(None), speaks_for)
