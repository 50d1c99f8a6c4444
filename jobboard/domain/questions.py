"""質問と回答: asked privately by whoever reads a posting, once the mail was confirmed; read by everybody when answered.

This is the way in, and what everybody reads; ``question_answers`` is the municipality's side.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, select, update
from sqlalchemy.orm import Session

from jobboard.base.errors import Incomplete, NotFound, Problem
from jobboard.base.text import clean
from jobboard.domain import audit, links, publication, question_letters, subscribers, subscriptions
from jobboard.domain.addresses import read_address
from jobboard.domain.letterhead import Letterhead
from jobboard.models import Posting, Question, Subscriber

SHORTEST, LONGEST = 10, 2_000
"""Characters of a question, and of an answer."""

MOST_ADDRESSES = 2
"""Web addresses in one question."""

CONFIRMED_WITHIN = links.LIFETIMES["question"] or timedelta(days=7)
ADDRESS_KEPT = timedelta(days=90)
"""How long after the end of the call the asker's address and own words are kept, for an answer that comes late."""

HANDLING = (
    "メールアドレスは、質問した方であることを確かめ、回答をお知らせするためだけに使います。市区町村には伝えません。",
    "質問は、確認メールのリンクを開いて確定したあとに、市区町村に届きます。",
    "質問と回答は、この募集のページで公開します。質問した方の名前とアドレスは公開しません。"
    "市区町村は、質問した方が分からないように、質問の言葉を直して公開することがあります。",
    f"確定されなかった質問は、アドレスとともに{CONFIRMED_WITHIN.days}日で消します。"
    f"アドレスと、公開しなかった質問の言葉は、募集が終わってから{ADDRESS_KEPT.days}日で消します"
    "(メール配信に登録しているアドレスは、配信のために残ります)。",
)
"""What is done with what somebody types, said before they type it."""

_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_ADDRESS = re.compile(r"(?:https?://|www\.)", re.IGNORECASE)


@dataclass(frozen=True)
class Answered:
    """A question as everybody may read it: nothing in it leads to who asked."""

    text: str
    answer: str
    answered_at: datetime
    corrected_at: datetime | None


def answered(session: Session, posting_id: int) -> Sequence[Answered]:
    """The answered questions of a posting, the oldest answer first."""
    found = select(Question).where(Question.posting_id == posting_id, Question.answer != "")
    ordered = session.scalars(found.order_by(Question.answered_at, Question.id))
    return [Answered(shown(one), one.answer, one.answered_at, one.corrected_at) for one in ordered if one.answered_at is not None]


def shown(question: Question) -> str:
    """The question in the words that everybody reads."""
    return question.public_text or question.text


def accepts(posting: Posting, now: datetime) -> bool:
    """Whether questions may be asked: the call is open, and the municipality's deadline for questions has not passed."""
    return publication.is_open(posting, now) and posting.questions_by is not None and posting.questions_by > now


def ask(
    session: Session, posting: Posting, *, address: str, text: str, letterhead: Letterhead, now: datetime
) -> None:
    """Takes a question down and asks the address to confirm it. Raises ``Incomplete`` with everything that is wrong.

    It says nothing else to the caller: whoever asks learns not whether the address is known. The same words again mail the
    same link again.
    """
    words, problems = read(text)
    checked = ""
    try:
        checked = read_address(address)
    except Incomplete as wrong:
        problems += wrong.problems
    if problems:
        raise Incomplete(problems)
    person = subscribers.of_address(session, checked, now=now)
    question = _same(session, posting, person, words)
    if question is None:
        question = Question(posting_id=posting.id, asker_id=person.id, text=words, asked_at=now)
        session.add(question)
        session.flush()
    if question.confirmed_at is None and subscriptions.mails_today(session, person, now) < subscriptions.MAILS_A_DAY:
        question_letters.confirmation(session, posting, question, person, letterhead=letterhead, now=now)


def _same(session: Session, posting: Posting, person: Subscriber, words: str) -> Question | None:
    same = select(Question).where(
        Question.posting_id == posting.id, Question.asker_id == person.id, Question.text == words
    )
    return session.scalars(same.order_by(Question.id).limit(1)).first()


def read(typed: str) -> tuple[str, list[Problem]]:
    """The words of a question, cleaned, and what keeps them from being sent."""
    words, problems = clean(typed), []
    if _TURNING.search(typed):
        problems.append("文字の向きを変える見えない記号が入っていたので、取り除きました。内容を確かめて、もう一度押してください。")
    if not SHORTEST <= len(words) <= LONGEST:
        problems.append(f"{SHORTEST}字以上{LONGEST:,}字以内で書いてください(今は{len(words):,}字)。")
    if len(_ADDRESS.findall(words)) > MOST_ADDRESSES:
        problems.append(f"質問の中のURLは、{MOST_ADDRESSES}つまでにしてください。")
    return words, [Problem("text", sentence) for sentence in problems]


def asked(session: Session, token: str, *, now: datetime) -> Question:
    """The question that a confirmation link is for; raises ``NotFound`` or ``StaleLink``."""
    found = session.get(Question, links.resolve(session, token, "question", now=now).subject_id)
    if found is None:
        raise NotFound
    return found


def confirm(session: Session, token: str, *, letterhead: Letterhead, now: datetime) -> Question:
    """Hands the question to the municipality, if it still takes questions. Doing it again changes nothing."""
    question = asked(session, token, now=now)
    session.refresh(question, with_for_update={"of": Question})
    if question.confirmed_at is None and accepts(question.posting, now):
        question.confirmed_at = now
        session.flush()
        audit.record(
            session, "question:confirm", "question", question.id, by=None, now=now, posting=question.posting_id
        )
        question_letters.arrived(session, question, letterhead=letterhead, now=now)
    return question


def forget_unconfirmed(session: Session, *, now: datetime) -> int:
    """Deletes the questions that nobody confirmed in time, and addresses that then stand for nothing; returns how many."""
    found = session.scalars(select(Question).where(unconfirmed(now))).all()
    persons = {question.asker_id for question in found if question.asker_id}
    for question in found:
        session.delete(question)
    session.flush()
    subscribers.drop_needless(session, persons)
    return len(found)


def unconfirmed(now: datetime) -> ColumnElement[bool]:
    """What nobody confirmed in time, as a where-clause."""
    late = Question.asked_at <= now - CONFIRMED_WITHIN
    return and_(Question.confirmed_at.is_(None), late, Question.answered_at.is_(None))


def forget_askers(session: Session, *, now: datetime) -> int:
    """Parts the questions of calls that ended 90 days ago from their askers' addresses and words; returns how many."""
    ended = _ended(now)
    found = session.scalars(select(Question).where(of_ended(now))).all()
    persons = {question.asker_id for question in found if question.asker_id}
    _forget_words(session, Question.posting_id.in_(ended))
    session.execute(update(Question).where(Question.posting_id.in_(ended)).values(asker_id=None), execution_options={"synchronize_session": False})
    subscribers.drop_needless(session, persons)
    return len(found)


def of_ended(now: datetime) -> ColumnElement[bool]:
    """Questions that still point to an address, of calls that ended long enough ago."""
    return and_(Question.asker_id.is_not(None), Question.posting_id.in_(_ended(now)))


def _ended(now: datetime) -> Select[int]:
    return select(Posting.id).where(Posting.closed_at <= now - ADDRESS_KEPT)


def forget_person(session: Session, person: Subscriber) -> None:
    """What an address asked goes with it."""
    _forget_words(session, Question.asker_id == person.id)


def _forget_words(session: Session, mine: ColumnElement[bool]) -> None:
    """The asker's own words go. An answer stays public, with the question in its public words alone."""
    for question in session.scalars(select(Question).where(mine, Question.answer == "")):
        session.delete(question)
    session.flush()
    worded = update(Question).where(mine, Question.public_text != "").values(text=Question.public_text)
    session.execute(worded, execution_options={"synchronize_session": False})


def of_person(session: Session, person: Subscriber) -> Sequence[Question]:
    """What an address asked, in the order of asking."""
    return session.scalars(select(Question).where(Question.asker_id == person.id).order_by(Question.id)).all()


def waiting_in(session: Session, posting_ids: Sequence[int]) -> set[int]:
    """Those of these postings that have a confirmed question which nobody answered or set aside."""
    waits = select(Question.posting_id).where(Question.posting_id.in_(posting_ids), is_open())
    return set(session.scalars(waits))


def is_open() -> ColumnElement[bool]:
    """Confirmed, neither answered nor set aside, as a where-clause."""
    return and_(Question.confirmed_at.is_not(None), Question.answered_at.is_(None), Question.set_aside_at.is_(None))
