"""The answer to a request for correction: decided once, carried out, told by mail to whoever left an address."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.orm import Session

from jobboard.base.clock import japan_date
from jobboard.base.errors import Incomplete, Problem, WrongState
from jobboard.base.states import DeliveryKind, Remedy, State
from jobboard.base.text import clean
from jobboard.base.wording import japanese_date
from jobboard.domain import audit, notices, publication, subscribers
from jobboard.domain.corrections import ADDRESS_KEPT, choice
from jobboard.domain.deliveries import enqueue
from jobboard.domain.letterhead import OPERATOR, Letterhead
from jobboard.domain.wrapping import wrap
from jobboard.models import Account, Correction, Delivery, Subscriber

LONGEST_REASON = 2_000

STOPPED_NOTE = f"掲載内容についての申出を受けて、{OPERATOR}が掲載を止めました。"
"""What readers of a posting are told that a moderator stopped; the reason itself is between the two sides."""

DONE = {
    Remedy.CORRECTED: "掲載内容を訂正しました。",
    Remedy.STOPPED: "掲載を止めました。",
    Remedy.DECLINED: "掲載内容は変えないことにしました。",
}


def answer(
    session: Session, request: Correction, *, remedy: str, reason: str, by: Account, letterhead: Letterhead, now: datetime
) -> None:
    """Decides, once; the decision is mailed to the address that was given, if it still stands.

    掲載を止めた also stops a posting that is still public, and tells its municipality. Raises ``Incomplete`` for what was
    typed wrong, ``WrongState`` when somebody has answered already.
    """
    session.flush()
    session.refresh(request, with_for_update={"of": Correction})
    if request.answered_at is not None:
        raise WrongState("answered", "answer")
    decided, words = _read(remedy, reason)
    request.remedy, request.reason, request.answered_at, request.answered_by = decided, words, now, by
    if decided is Remedy.STOPPED and request.posting.state is State.PUBLISHED:
        publication.withdraw(session, request.posting, reason=STOPPED_NOTE, by=by, now=now)
        notices.stopped(
            session, request.posting, words, base_url=letterhead.base_url, site=letterhead.site, now=now
        )
    if request.subscriber is not None:
        request.delivery = _tell(session, request, request.subscriber, decided, letterhead, now)
    session.flush()
    audit.record(
        session, "correction:answer", "correction", request.id, by=by, now=now,
        posting=request.posting_id, remedy=str(decided),
    )  # fmt: skip


def _read(remedy: str, reason: str) -> tuple[Remedy, str]:
    problems: list[Problem] = []
    decided = choice(Remedy, remedy, Problem("remedy", "対応を1つ選んでください。"), problems)
    words = clean(reason)
    if not words:
        problems.append(Problem("reason", "理由を書いてください。申出をした人への回答になります。"))
    elif len(words) > LONGEST_REASON:
        problems.append(Problem("reason", f"{LONGEST_REASON:,}字以内で書いてください(今は{len(words):,}字)。"))
    if problems or decided is None:
        raise Incomplete(problems)
    return decided, words


def _tell(
    session: Session, request: Correction, to: Subscriber, decided: Remedy, letterhead: Letterhead, now: datetime
) -> Delivery:
    """The request's own words are not in the mail: the address may be one whose holder never wrote to us."""
    posting = request.posting
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
            f"対応: {DONE[decided]}",
            "理由:",
            wrap(request.reason),
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
