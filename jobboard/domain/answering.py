"""The answer to a request for correction: decided once, carried out, told by mail to whoever left an address."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.orm import Session

from jobboard.base.clock import japan_date
from jobboard.base.errors import Incomplete, Problem, WrongState
from jobboard.base.states import DeliveryKind, Remedy, State
from jobboard.base.text import clean
from jobboard.base.wording import japanese_date
from jobboard.domain import audit, mending, notices, publication, stopping, subscribers
from jobboard.domain.corrections import ADDRESS_KEPT, choice
from jobboard.domain.deliveries import enqueue
from jobboard.domain.letterhead import OPERATOR, Letterhead
from jobboard.domain.wrapping import wrap
from jobboard.models import Account, Correction, Delivery, Posting, Subscriber, Version

LONGEST_REASON = 2_000

STOPPED_NOTE = f"掲載内容についての申出を受けて、{OPERATOR}が掲載を止めました。"
"""What readers of a posting are told that a moderator stopped; the reason itself is between the two sides."""

DONE = {
    Remedy.CORRECTED: "掲載内容を訂正しました。",
    Remedy.STOPPED: "掲載を止めました。",
    Remedy.DECLINED: "掲載内容は変えないことにしました。",
}
NOT_HERE = "この募集の掲載内容を変えずに、訂正が済んでいます。"
"""Of ``Remedy.CORRECTED`` without a version."""


@dataclass
class OverBefore(Incomplete):
    """掲載を止めた was chosen for a posting that ended otherwise meanwhile."""


@dataclass(frozen=True)
class Answer:
    """What was decided. ``version``: what corrected it; None for any other remedy, and for what was corrected elsewhere."""

    remedy: Remedy
    reason: str
    version: Version | None

    @property
    def done(self) -> str:
        return NOT_HERE if self.remedy is Remedy.CORRECTED and self.version is None else DONE[self.remedy]


def answer(
    session: Session, request: Correction, *, remedy: str, reason: str, version: str = "", together: Sequence[Correction] = (),
    by: Account, letterhead: Letterhead, now: datetime,
) -> None:  # fmt: skip
    """Decides, once, and the same of those ``together`` with it, about the same posting; mailed to the addresses that were given.

    訂正した names the version that did it, published since each of them came, or ``mending.ELSEWHERE``. 掲載を止めた also stops
    a posting that is still public, and tells its municipality. Raises ``Incomplete`` for what was typed wrong, also when one of
    ``together`` is answered meanwhile, ``OverBefore`` when there is nothing to stop any more, and ``WrongState`` when the request
    itself is answered.
    """
    session.flush()
    requests = sorted({request, *together}, key=lambda one: one.id)
    for one in requests:
        session.refresh(one, with_for_update={"of": Correction})
    if request.answered_at is not None:
        raise WrongState("answered", "answer")
    decided = _read(session, requests, remedy, reason, version)
    if decided.remedy is Remedy.STOPPED:
        _refuse_over(session, request.posting)
    for one in requests:
        one.remedy, one.reason, one.version = decided.remedy, decided.reason, decided.version
        one.answered_at, one.answered_by = now, by
    posting = request.posting
    if decided.remedy is Remedy.STOPPED and posting.state is State.PUBLISHED:
        fell = posting.pending is not None
        publication.withdraw(session, posting, reason=STOPPED_NOTE, by=by, now=now)
        notices.stopped(session, posting, decided.reason, fell=fell, base_url=letterhead.base_url, site=letterhead.site, now=now)
    for one in requests:
        if one.subscriber is not None:
            one.delivery = _tell(session, one, one.subscriber, decided, letterhead, now)
        session.flush()
        audit.record(
            session, "correction:answer", "correction", one.id, by=by, now=now, posting=one.posting_id,
            remedy=str(decided.remedy), version=decided.version.number if decided.version else None,
        )  # fmt: skip


def _refuse_over(session: Session, posting: Posting) -> None:
    """Holds the posting, so that its town ends it before this or finds it stopped."""
    publication.lock(session, posting)
    if before := stopping.over_before(session, posting):
        raise OverBefore([Problem("remedy", f"{before}掲載は止められません。ほかの対応を選んでください。")])


def _read(session: Session, requests: Sequence[Correction], remedy: str, reason: str, version: str) -> Answer:
    problems = list(_together(requests))
    decided = choice(Remedy, remedy, Problem("remedy", "対応を1つ選んでください。"), problems)
    by: Version | None = None
    if decided is Remedy.CORRECTED:
        try:
            by = mending.read(session, requests, version)
        except Incomplete as gaps:
            problems += gaps.problems
    words = clean(reason)
    if not words:
        problems.append(Problem("reason", "理由を書いてください。申出をした人への回答になります。"))
    elif len(words) > LONGEST_REASON:
        problems.append(Problem("reason", f"{LONGEST_REASON:,}字以内で書いてください(今は{len(words):,}字)。"))
    if problems or decided is None:
        raise Incomplete(problems)
    return Answer(decided, words, by)


def _together(requests: Sequence[Correction]) -> Iterable[Problem]:
    for one in requests:
        if one.answered_at is not None:
            sentence = f"受付番号 {one.receipt} の申出には、ほかの担当者が先に回答しました。チェックを外すと、残りに回答できます。"
            yield Problem("together", sentence)
        elif one.posting_id != requests[0].posting_id:
            yield Problem("together", "ほかの募集についての申出には、一緒に回答できません。")


def _tell(
    session: Session, request: Correction, to: Subscriber, decided: Answer, letterhead: Letterhead, now: datetime
) -> Delivery:
    """The request's own words are not in the mail: the address may be one whose holder never wrote to us."""
    posting, version = request.posting, decided.version
    history = f"{letterhead.base_url}/postings/{posting.id}/history"
    text = "\n".join(
        (
            wrap("募集の掲載内容について、訂正・削除の申出をいただきました。確かめた結果をお知らせします。"),
            "",
            wrap(f"募集: {posting.municipality.full_name} {posting.title}"),
            f"{letterhead.base_url}/postings/{posting.id}",
            f"受付番号: {request.receipt}",
            f"受付日: {japanese_date(japan_date(request.received_at))}",
            f"申出の内容: {request.fault.label}",
            "",
            f"対応: {decided.done}",
            *((f"訂正したところ(第{version.number}版)は、更新履歴で見られます。", history) if version else ()),
            "理由:",
            wrap(request.reason),
            "",
            wrap("この回答に納得できないときの申し出かたは、次のページにあります。"),
            f"{letterhead.base_url}/correction#complaints",
            "",
            wrap("心当たりがないときは、このメールを捨ててください。"),
            wrap(f"申出のために預かったアドレスは、今日から{ADDRESS_KEPT.days}日たったら削除します。"),
            "",
            "--",
            letterhead.foot(),
            "このメールには返信できません。",
            "",
        )
    )
    subject = f"{letterhead.site}:掲載内容の申出への回答(受付番号 {request.receipt})"
    headers = notices.AUTOMATIC
    return enqueue(
        session, DeliveryKind.CORRECTION_ANSWERED, to=to, subject=subject, text=text, headers=headers, now=now
    )


def forget_addresses(session: Session, *, now: datetime) -> int:
    """Parts the requests answered 90 days ago from their senders' addresses; returns how many.

    The mail that answered is emptied too, for it still points to the address; what it said stands in the request.
    """
    found = session.scalars(select(Correction).where(answered_long_ago(now))).all()
    persons = {request.subscriber_id for request in found if request.subscriber_id}
    mails = [request.delivery_id for request in found if request.delivery_id]
    emptied = update(Delivery).where(Delivery.id.in_(mails))
    session.execute(emptied.values(subscriber_id=None, text_id=None, words={}))
    for request in found:
        request.subscriber_id = None
    session.flush()
    subscribers.drop_needless(session, persons)
    return len(found)


def answered_long_ago(now: datetime) -> ColumnElement[bool]:
    """Requests that still point to an address, and were answered long enough ago."""
    return and_(Correction.subscriber_id.is_not(None), Correction.answered_at <= now - ADDRESS_KEPT)
