"""The mails around a question: asking its sender to confirm it, telling the municipality, telling the answer."""

from datetime import datetime

from sqlalchemy.orm import Session

from jobboard.base.states import DeliveryKind
from jobboard.base.wording import japanese_instant
from jobboard.domain import notices, placeholders
from jobboard.domain.deliveries import enqueue
from jobboard.domain.letterhead import Letterhead
from jobboard.domain.wrapping import wrap
from jobboard.models import Delivery, Posting, Question, Subscriber


def confirmation(
    session: Session, posting: Posting, question: Question, to: Subscriber, *, letterhead: Letterhead, now: datetime
) -> Delivery:
    """Without the question's words: whoever asks could make us mail them to others."""
    text = (
        f"次の募集についての質問を受け付けました。まだ市区町村には届いていません。\n\n"
        f"{_named(posting, letterhead)}\n\n"
        "次のページを開いて、「質問を送る」を押してください。リンクは7日間有効ですが、質問の期限を過ぎると送れません。\n"
        f"質問の期限: {japanese_instant(posting.questions_by) if posting.questions_by else '―'}\n"
        f"{placeholders.place('question', question.id, question.link_generation)}\n\n"
        "心当たりがないときは、このメールを捨ててください。質問は届かず、預かったアドレスは7日で消します。\n"
    )
    return _tell(session, DeliveryKind.QUESTION_CONFIRMATION, to, "質問を確定してください", text, letterhead, now)


def arrived(session: Session, question: Question, *, letterhead: Letterhead, now: datetime) -> list[Delivery]:
    """Tells the municipality's editors what was asked, and nothing of who asked."""
    posting = question.posting
    address = f"{letterhead.base_url}/desk/postings/{posting.id}/questions/{question.id}"
    return notices.asked(
        session, posting, question.text, address, base_url=letterhead.base_url, site=letterhead.site, now=now
    )


def answered(session: Session, question: Question, to: Subscriber, *, letterhead: Letterhead, now: datetime) -> Delivery:
    """The answer to whoever asked; also that there will be none, and why."""
    posting = question.posting
    if question.answer:
        did = "回答した内容を訂正しました" if question.corrected_at else "回答しました"
        said = f"質問に、{posting.municipality.name}が{did}。\n\n■ 質問\n{question.public_text or question.text}\n\n■ 回答\n{question.answer}"
    else:
        said = f"質問に、{posting.municipality.name}はこのサイトでは回答しないことにしました。\n\n■ 理由\n{question.set_aside_for}"
    text = (
        f"{_named(posting, letterhead)}\n\n{said}\n\n"
        "質問のために預かったアドレスは、募集が終わってから90日で消します。預かっているものを見る、取り出す、消すときは、次のページを開いてください。\n"
        f"{placeholders.place('manage', to.id, to.link_generation)}\n"
    )
    return _tell(session, DeliveryKind.ANSWER, to, f"質問への回答{'の訂正' if question.corrected_at else ''}:{posting.title}", text, letterhead, now)


def _named(posting: Posting, letterhead: Letterhead) -> str:
    return f"{wrap(f'募集: {posting.municipality.full_name} {posting.title}')}\n{letterhead.base_url}/postings/{posting.id}"


def _tell(
    session: Session, kind: DeliveryKind, to: Subscriber, subject: str, text: str, letterhead: Letterhead, now: datetime
) -> Delivery:
    foot = f"\n--\n{letterhead.foot()}\nこのメールには返信できません。\n"
    subject = f"{letterhead.site}:{subject}"
    return enqueue(session, kind, to=to, subject=subject, text=text + foot, headers=notices.AUTOMATIC, now=now)
