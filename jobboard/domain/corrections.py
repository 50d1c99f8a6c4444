"""掲載内容の訂正・削除の申出: from anybody, about any posting that is or was public, answered within a term.

職業安定法施行規則4条の3第4項. This is the way in and the term; ``docket`` lists them, ``answering`` is the way out.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from jobboard.base.choice import Choice
from jobboard.base.clock import japan_date
from jobboard.base.errors import Incomplete, NotFound, Problem
from jobboard.base.states import Fault, Speaker
from jobboard.base.text import clean
from jobboard.domain import audit, subscribers
from jobboard.domain.addresses import read_address
from jobboard.domain.workdays import workday_after, workdays_since
from jobboard.models import Correction, Posting

ANSWERED_WITHIN = 10
"""開庁日 from the day after a request came until its answer: what the public is promised."""

ADDRESS_KEPT = timedelta(days=90)
"""How long after the answer the address is kept: an answer that did not arrive can be asked after."""

HANDLING = (
    "入力された内容は、申出を確かめ、対応し、回答するためだけに使います。",
    "申出の内容を、確かめるために、募集した市区町村へ伝えます。メールアドレスは伝えません。",
    f"メールアドレスは、回答を送るためだけに使い、回答した日から{ADDRESS_KEPT.days}日たったら削除します"
    "(メール配信に登録しているアドレスは、配信のために残ります)。",
    "申出の内容と対応は、記録として保存します。",
)
"""What is done with what somebody types, said before they send it."""

SHORTEST, LONGEST = 10, 2_000
"""Characters of a request."""

TWICE_WITHIN = timedelta(hours=1)
"""The same words within this time are one request sent twice (the button pressed again, the page sent anew)."""

_RECEIPT = re.compile(r"[0-9]{6}-(?:[0-9]{6}|[0-9]{8})")
"""The shorter ones were given until 2026."""

_DIGITS = 8
"""Drawn of a receipt: who tries them out finds one of a hundred requests of a day in a million tries."""

_ADDRESS = re.compile(r"[^\s<>()「」、。:;,]+[@＠][^\s<>()「」、。:;,]+")
C = TypeVar("C", bound=Choice)


@dataclass(frozen=True)
class Waiting:
    """A request that waits: ``waited`` and ``left`` in 開庁日, ``left`` negative when the term is over."""

    correction: Correction
    waited: int
    due_on: date
    is_over: bool

    @property
    def left(self) -> int:
        return ANSWERED_WITHIN - self.waited


def due_on(correction: Correction) -> date:
    """The last day on which the answer is in time."""
    return workday_after(correction.received_at, ANSWERED_WITHIN)


def receive(
    session: Session, posting: Posting, *, fault: str, text: str, speaker: str, address: str, now: datetime
) -> Correction:
    """Takes a request down, all of it as typed. Raises ``Incomplete`` with everything that is wrong with it.

    Nobody is mailed: the address is anybody's, as long as nobody has answered to it.
    """
    problems: list[Problem] = []
    what = choice(Fault, fault, Problem("fault", "申出の内容を1つ選んでください。"), problems)
    words = clean(text)
    if not SHORTEST <= len(words) <= LONGEST:
        problems.append(Problem("text", f"{SHORTEST}字以上{LONGEST:,}字以内で書いてください(今は{len(words):,}字)。"))
    who = choice(Speaker, speaker, Problem("speaker", "申出をする方を選び直してください。"), problems) if speaker else None
    checked = _address(address, problems)
    if problems or what is None:
        raise Incomplete(problems)
    person = subscribers.of_address(session, checked, now=now) if checked else None
    request = Correction(
        posting_id=posting.id, fault=what, text=words, speaker=who, subscriber_id=person.id if person else None,
        received_at=now,
    )  # fmt: skip
    return _same(session, request) or _keep(session, request)


def choice(choices: type[C], typed: str, problem: Problem, problems: list[Problem]) -> C | None:
    """The member of this code; None, and one problem more, for any other text."""
    try:
        return choices(typed)
    except ValueError:
        problems.append(problem)
        return None


def _address(typed: str, problems: list[Problem]) -> str:
    if not clean(typed):
        return ""
    try:
        return read_address(typed)
    except Incomplete as wrong:
        problems += wrong.problems
        return ""


def _same(session: Session, request: Correction) -> Correction | None:
    """The request that says the very same and was just received."""
    same = select(Correction).where(
        Correction.posting_id == request.posting_id,
        Correction.fault == request.fault,
        Correction.text == request.text,
        Correction.subscriber_id == request.subscriber_id,
        Correction.received_at > request.received_at - TWICE_WITHIN,
    )
    return session.scalars(same.order_by(Correction.id).limit(1)).first()


def _keep(session: Session, request: Correction) -> Correction:
    request.receipt = _receipt(session, request.received_at)
    session.add(request)
    session.flush()
    audit.record(
        session, "correction:receive", "correction", request.id, by=None, now=request.received_at,
        posting=request.posting_id, fault=str(request.fault),
    )  # fmt: skip
    return request


def _receipt(session: Session, now: datetime) -> str:
    """260401-03821462: can be read out on the telephone, and is nobody else's."""
    while True:
        receipt = f"{japan_date(now):%y%m%d}-{secrets.randbelow(10**_DIGITS):0{_DIGITS}}"
        if session.scalar(select(Correction.id).where(Correction.receipt == receipt)) is None:
            return receipt


def for_municipality(request: Correction) -> str:
    """The request's words as its municipality reads them: a mail address that its sender wrote into them is not handed on."""
    return _ADDRESS.sub("(メールアドレス)", request.text)


def received(session: Session, receipt: str) -> Correction:
    """The request of this receipt; raises ``NotFound``."""
    if not _RECEIPT.fullmatch(receipt):
        raise NotFound
    return _one(session, Correction.receipt == receipt)


def find(session: Session, correction_id: int) -> Correction:
    """The request of this id; raises ``NotFound``."""
    return _one(session, Correction.id == correction_id)


def _one(session: Session, wanted: ColumnElement[bool]) -> Correction:
    found = session.scalars(select(Correction).where(wanted)).one_or_none()
    if found is None:
        raise NotFound
    return found


def waits(request: Correction, *, now: datetime) -> Waiting:
    """How long a request waits."""
    last = due_on(request)
    return Waiting(request, workdays_since(request.received_at, now), last, japan_date(now) > last)
