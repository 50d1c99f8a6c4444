"""市区町村への照会: the municipality is told what somebody said of its posting, and what the ministry wants to know."""

from datetime import datetime

from sqlalchemy.orm import Session

from jobboard.base.errors import Incomplete, Problem, WrongState
from jobboard.base.states import DeliveryKind
from jobboard.base.text import clean
from jobboard.base.wording import japanese_date
from jobboard.domain import audit, notices
from jobboard.domain.corrections import due_on, for_municipality
from jobboard.domain.letterhead import OPERATOR, Letterhead
from jobboard.models import Account, Correction, Inquiry

LONGEST_NOTE = 2_000

NOBODY = "この市区町村には、利用中の担当者がいないので、メールを送れません。募集の問い合わせ先に、電話などで確かめてください。"
AGAIN = "市区町村には、もう確かめています。もう一度送るときは、ここにチェックを入れてください。"


def inquire(
    session: Session, request: Correction, *, note: str, again: bool, by: Account, letterhead: Letterhead, now: datetime
) -> Inquiry:
    """Mails the municipality's editors what was said, never by whom. A second time only ``again``.

    Raises ``Incomplete`` for what was typed wrong, ``WrongState`` when the request is answered already.
    """
    session.flush()
    session.refresh(request, with_for_update={"of": Correction})
    if request.answered_at is not None:
        raise WrongState("answered", "inquire")
    words, problems = clean(note), []
    if not words:
        problems.append(Problem("note", "市区町村に確かめてほしいことを書いてください。"))
    elif len(words) > LONGEST_NOTE:
        problems.append(Problem("note", f"{LONGEST_NOTE:,}字以内で書いてください(今は{len(words):,}字)。"))
    if request.inquiries and not again:
        problems.append(Problem("again", AGAIN))
    editors = notices.editors_of(session, request.posting.municipality_code)
    if not editors:
        problems.append(Problem("note", NOBODY))
    if problems:
        raise Incomplete(problems)
    inquiry = Inquiry(correction=request, note=words, made_at=now, made_by_id=by.id)
    session.add(inquiry)
    session.flush()
    _tell(session, inquiry, editors, letterhead, now)
    audit.record(session, "correction:inquire", "correction", request.id, by=by, now=now, posting=request.posting_id)
    return inquiry


def _tell(session: Session, inquiry: Inquiry, editors: list[Account], letterhead: Letterhead, now: datetime) -> None:
    request, posting = inquiry.correction, inquiry.correction.posting
    name = notices.named(posting)
    text = (
        f"「{name}」の掲載内容について、訂正・削除の申出がありました。内容を確かめてください。\n"
        f"{letterhead.base_url}/desk/postings/{posting.id}\n\n"
        f"受付番号: {request.receipt}\n"
        f"申出の内容: {request.fault.label}\n\n"
        f"■ 申出の文\n{for_municipality(request)}\n\n"
        f"■ {OPERATOR}から\n{inquiry.note}\n\n"
        "直すところがあるときは、上のページの「内容を変更する」から直してください。直すところがないときは、根拠になるものを"
        f"{OPERATOR}の担当者に知らせてください。申出をした方には、{japanese_date(due_on(request))}までに回答します。\n"
    )
    subject = f"掲載内容を確かめるお願い:{name}"
    base, site = letterhead.base_url, letterhead.site
    notices.tell_all(session, DeliveryKind.CORRECTION, editors, subject, text, base, site, now, posting=posting)
