"""Who may do what to what: one table from action to rule, read in Python for one row and in SQL for lists.

A person sees only what some rule lets them see: anything else is ``NotFound``, in reading and in writing.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, and_, false, or_, select, true
from sqlalchemy.orm import Session

from jobboard.base.errors import NotFound, NotPermitted
from jobboard.base.states import AccountRole, Holder, State
from jobboard.domain import sent_in
from jobboard.models import Account, Agreement, Municipality, Posting

Subject = Posting | Municipality | Account | Agreement | None


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


def edits(account: Account | None) -> bool:
    """Whether the account acts for a municipality: only such a one sends in, and answers for what is public."""
    return AccountRole.EDITOR in roles(account)


def stands_between(account: Account | None) -> bool:
    """Whether the account is a prefecture's: it reads what its municipalities sent in, and drafts on their behalf."""
    return AccountRole.PREFECTURE in roles(account)


def moderates(account: Account | None) -> bool:
    return AccountRole.MODERATOR in roles(account)


def administers(account: Account | None) -> bool:
    return AccountRole.ADMINISTRATOR in roles(account)


def municipality_codes(account: Account) -> list[str]:
    """The municipalities that the account edits for, and those that went into them: what they published is theirs."""
    held = [m for m in account.memberships if m.municipality_code] if works(account) else []
    return [code for m in held for code in (m.municipality_code or "", *(one.code for one in m.inherited))]


def pref_codes(account: Account) -> list[str]:
    """The prefectures for whose municipalities the account posts."""
    return [m.pref_code for m in account.memberships if m.pref_code] if works(account) else []


def _speaks_for(account: Account, municipality: Municipality) -> bool:
    return municipality.code in municipality_codes(account) or municipality.pref_code in pref_codes(account)


def side(account: Account, municipality: Municipality) -> Holder:
    """For whom the account writes: the prefecture if it is of that and does not edit for the municipality."""
    on_behalf = municipality.pref_code in pref_codes(account) and municipality.code not in municipality_codes(account)
    return Holder.PREFECTURE if on_behalf else Holder.MUNICIPALITY


def _own(account: Account, subject: Subject) -> bool:
    """A posting of the account's own municipality, or one that was handed to its prefecture (代理作成).

    A joint recruitment stays with the one that entered it.
    """
    if not isinstance(subject, Posting):
        return False
    handed = subject.held_by is Holder.PREFECTURE and subject.municipality.pref_code in pref_codes(account)
    return subject.municipality_code in municipality_codes(account) or handed


def _own_clause(account: Account) -> ColumnElement[bool]:
    """``_own`` in SQL."""
    handed = and_(Posting.held_by == Holder.PREFECTURE, _of_prefecture_clause(account))
    return or_(Posting.municipality_code.in_(municipality_codes(account)), handed)


def _holds(account: Account, subject: Subject) -> bool:
    """Whether the draft lies with the side that the account writes for: one side writes at a time."""
    if not isinstance(subject, Posting):
        return False
    if subject.held_by is Holder.PREFECTURE:
        return subject.municipality.pref_code in pref_codes(account)
    return subject.municipality_code in municipality_codes(account)


def _answers_for(account: Account, subject: Subject) -> bool:
    """Whether the posting is of a municipality that the account edits for."""
    return isinstance(subject, Posting) and subject.municipality_code in municipality_codes(account)


def _sends_in(account: Account, subject: Subject) -> bool:
    return _answers_for(account, subject) and _holds(account, subject)


def _handed_over(account: Account, subject: Subject) -> bool:
    """Whether the account's municipality may take its draft back from the prefecture."""
    return _answers_for(account, subject) and isinstance(subject, Posting) and subject.held_by is Holder.PREFECTURE


def _of_prefecture_clause(account: Account) -> ColumnElement[bool]:
    return Posting.municipality_code.in_(select(Municipality.code).where(Municipality.pref_code.in_(pref_codes(account))))


def _sent_in_below(account: Account, subject: Subject) -> bool:
    """A posting that a municipality of the account's prefecture sent in: its drafts are its own business."""
    if not isinstance(subject, Posting):
        return False
    return subject.municipality.pref_code in pref_codes(account) and subject.state is not State.DRAFT


def _sent_in_below_clause(account: Account) -> ColumnElement[bool]:
    """``_sent_in_below`` in SQL."""
    return and_(_of_prefecture_clause(account), Posting.state != State.DRAFT)


def _of_own_agreement(account: Account, subject: Subject) -> bool:
    return isinstance(subject, Agreement) and subject.municipality_code in municipality_codes(account)


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


def _of_somebody_else(account: Account, subject: Subject) -> bool:
    return isinstance(subject, Account) and subject.id != account.id


def _nobody(account: Account) -> ColumnElement[bool]:
    return false()


def _any(account: Account, subject: Subject) -> bool:
    return True


@dataclass(frozen=True)
class Rule:
    """``enters``: may ask at all. ``sees``: may know that the subject exists. ``may``: what else must hold.

    ``clause`` is ``sees`` for postings, in SQL. ``limits``: to what it is limited, for people (domain/roles).
    """

    enters: Callable[[Account | None], bool]
    sees: Callable[[Account, Subject], bool] = _any
    may: Callable[[Account, Subject], bool] = _any
    clause: Callable[[Account], ColumnElement[bool]] = _nobody
    limits: str = ""


_HELD = "自治体担当者は自分の市区町村の募集、都道府県担当者は引き渡された下書き"
_READ = Rule(posts, _own, clause=_own_clause, limits=_HELD)
_DESK = Rule(posts, _own, _holds, _own_clause, f"{_HELD}。書けるのは、いま下書きを持つ側だけ")
_EDITOR = Rule(edits, _own, _answers_for, _own_clause, "自分の市区町村の募集")
_REVIEW = Rule(moderates, _sent_in, clause=_sent_in_clause, limits="依頼のあった募集")
_PREFECTURE = Rule(stands_between, _sent_in_below, clause=_sent_in_below_clause, limits="自分の都道府県の市区町村が依頼した募集")
_MINISTRY = Rule(administers)
_TALK = Rule(moderates, lambda _, one: sent_in.once(one), clause=lambda _: sent_in.once_clause(), limits="依頼のあった募集(取り下げたものを含む)")
_THROUGH = Rule(stands_between, _sent_in_below, lambda _, one: sent_in.through(one), _sent_in_below_clause, "自分の都道府県を経由した募集")

RULES: dict[str, Rule] = {
    "posting:read_draft": _READ,
    "posting:edit": _DESK,
    "posting:hand_over": _DESK,
    "posting:take_back": Rule(edits, _own, _handed_over, _own_clause, "都道府県に引き渡した、自分の市区町村の募集"),
    "posting:submit": Rule(edits, _own, _sends_in, _own_clause, "自分の市区町村の募集(都道府県が持つ下書きを除く)"),
    "posting:recall": _EDITOR,
    "posting:extend": _EDITOR,
    "posting:close": _EDITOR,
    "posting:withdraw": _EDITOR,
    "posting:reopen": replace(_EDITOR, limits=f"{_EDITOR.limits}(総務省が掲載を止めたものは、写して新しく依頼する)"),
    "posting:answer": _EDITOR,
    "posting:copy": _EDITOR,
    "prefecture:read": _PREFECTURE,
    "prefecture:forward": _PREFECTURE,
    "prefecture:return": _PREFECTURE,
    "prefecture:route": _MINISTRY,
    "joint:ask": _EDITOR,
    "joint:cancel": _EDITOR,
    "joint:answer": Rule(edits, _of_own_agreement, limits="自分の市区町村を共同募集の相手とする募集"),
    "posting:review": _REVIEW,
    "posting:return": _REVIEW,
    "posting:publish": Rule(moderates, _sent_in, _of_another, _sent_in_clause, "依頼のあった募集(自分が依頼したものを除く)"),
    "talk:read": _READ,
    "talk:write": _EDITOR,
    "talk:below": _THROUGH,
    "talk:review": _TALK,
    "remark:save": Rule(moderates),
    "correction:read": Rule(moderates),
    "correction:inquire": Rule(moderates),
    "correction:answer": Rule(moderates),
    "municipality:post": Rule(posts, _of_own_municipality, limits="自分の市区町村(都道府県担当者は、自分の都道府県の市区町村)"),
    "municipality:read": Rule(moderates),
    "municipality:edit": _MINISTRY,
    "municipality:succeed": _MINISTRY,
    "municipality:export": _MINISTRY,
    "finding:read": Rule(moderates),
    "candidate:review": Rule(moderates),
    "source:read": Rule(lambda account: moderates(account) or administers(account)),
    "source:edit": _MINISTRY,
    "mail:read": Rule(moderates),
    "mail:explain": Rule(moderates),
    "mail:release": Rule(moderates),
    "mail:rehearse": Rule(moderates),
    "mail:switch": _MINISTRY,
    "board:promise": _MINISTRY,
    "grant:edit": _MINISTRY,
    "announcement:write": Rule(moderates),
    "figures:read": Rule(moderates),
    "figures:export": Rule(moderates),
    "text:write": _MINISTRY,
    "account:list": _MINISTRY,
    "account:invite": _MINISTRY,
    "account:deactivate": _MINISTRY,
    "audit:read": _MINISTRY,
    "audit:export": _MINISTRY,
    "audit:acknowledge": _MINISTRY,
    "account:reset_factor": Rule(administers, may=_of_somebody_else, limits="自分以外の利用者"),
    "account:change_roles": _MINISTRY,
    "handover:decide": Rule(lambda account: posts(account) or administers(account), limits="自分の市区町村・都道府県(管理者は、すべて)"),
    "keeping:read": _MINISTRY,
    "keeping:run": _MINISTRY,
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
