"""The municipality's side of 質問と回答: what was asked of a posting, answering in public, correcting, setting aside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base.errors import Incomplete, NotFound, Problem, WrongState
from jobboard.base.states import EventKind
from jobboard.base.text import clean, has_contact
from jobboard.domain import audit, moderation, question_letters, questions
from jobboard.domain.letterhead import Letterhead
from jobboard.domain.versions import announce, bump
from jobboard.domain.wrapping import shorten
from jobboard.models import Account, Posting, Question, Subscriber

LONGEST_REASON = 1_000


@dataclass(frozen=True)
class Asked:
    """The confirmed questions of a posting: those that wait, the oldest first, and those that are done, the newest first."""

    waiting: Sequence[Question]
    done: Sequence[Question]


def asked(session: Session, posting: Posting) -> Asked:
    """What was asked of a posting and confirmed."""
    found = select(Question).where(Question.posting_id == posting.id, Question.confirmed_at.is_not(None))
    rows = session.scalars(found.order_by(Question.confirmed_at, Question.id)).all()
    waiting = [one for one in rows if one.answered_at is None and one.set_aside_at is None]
    return Asked(waiting, [one for one in reversed(rows) if one not in waiting])


def find(session: Session, posting: Posting, question_id: int) -> Question:
    """A confirmed question of this posting; raises ``NotFound``."""
    found = session.get(Question, question_id)
    if found is None or found.posting_id != posting.id or found.confirmed_at is None:
        raise NotFound
    return found


def answer(
    session: Session, question: Question, *, text: str, public_text: str, by: Account, now: datetime
) -> None:
    """Answers in public: a change that readers are told of. ``public_text`` stands instead of the asker's words.

    Raises ``Incomplete`` for what was typed wrong, ``WrongState`` when it was answered or set aside already.
    """
    _take(session, question)
    words, reworded, problems = _read_both(text, public_text)
    if problems:
        raise Incomplete(problems)
    question.answered_at, question.answered_by_id = now, by.id
    _publish(session, question, words, reworded, "に回答しました", now)
    session.flush()
    audit.record(session, "question:answer", "question", question.id, by=by, now=now, posting=question.posting_id)


def correct(
    session: Session, question: Question, *, text: str, public_text: str, silent: bool, seen: str, by: Account, now: datetime
) -> None:
    """訂正 of a public answer: a change that readers are told of; ``silent``, a slip of the pen, is told to nobody.

    ``seen``: the ``state`` that the words were written over. Raises ``WrongState`` for another one, ``Incomplete`` for what was
    typed wrong, for no change, and for more than a slip that is to be silent.
    """
    _hold(session, question)
    if question.answered_at is None or state(question) != seen:
        raise WrongState("answered", "correct")
    words, reworded, problems = _read_both(text, public_text)
    changes = [(question.answer, words), (questions.shown(question), reworded)]
    if not problems and all(old == new for old, new in changes):
        problems.append(Problem("answer", "変えたところがありません。回答か質問の文を直してから、訂正してください。"))
    if not problems and silent and not all(moderation.is_slip(old, new) for old, new in changes):
        problems.append(Problem("silent", "誤字の訂正として送れるのは、文章の小さな直しだけです。選択を外してください。"))
    if problems:
        raise Incomplete(problems)
    question.corrected_at = now
    if silent:
        _word(question, words, reworded)
        bump(session)
    else:
        _publish(session, question, words, reworded, "への回答を訂正しました", now)
    session.flush()
    audit.record(
        session, "question:correct", "question", question.id, by=by, now=now, posting=question.posting_id, silent=silent
    )


def tell(session: Session, question: Question, *, letterhead: Letterhead, now: datetime) -> None:
    """Tells the asker what became of the question, if the address still stands."""
    asker = session.get(Subscriber, question.asker_id) if question.asker_id else None
    if asker is not None:
        question_letters.answered(session, question, asker, letterhead=letterhead, now=now)


def state(question: Question) -> str:
    """Which words of the answer are public: it differs after each correction."""
    last = question.corrected_at or question.answered_at
    return last.isoformat() if last else ""


def _word(question: Question, words: str, reworded: str) -> None:
    question.answer, question.public_text = words, "" if reworded == question.text else reworded


def _publish(session: Session, question: Question, words: str, reworded: str, done: str, now: datetime) -> None:
    """Puts the words on the page, with the change event that says so."""
    _word(question, words, reworded)
    posting = question.posting
    posting.updated_at = now
    summary = f"質問「{shorten(reworded, 70)}」{done}: {shorten(words, 100)}"
    announce(session, posting, EventKind.ANSWERED, previous=posting.current, now=now, summary=summary)


def _read_both(text: str, public_text: str) -> tuple[str, str, list[Problem]]:
    problems: list[Problem] = []
    words = _read(text, "answer", "回答を書いてください。公開されます。", problems, questions.LONGEST)
    reworded = _read(public_text, "public_text", "公開する質問の文を書いてください。", problems, questions.LONGEST)
    if has_contact(reworded):
        problems.append(Problem("public_text", "公開する質問の文に、電話番号かメールアドレスがあります。消してから公開してください。"))
    return words, reworded, problems


def set_aside(
    session: Session, question: Question, *, reason: str, by: Account, now: datetime
) -> None:
    """Decides that there will be no answer here; only the asker is told, with the reason. Raises as ``answer`` does."""
    _take(session, question)
    problems: list[Problem] = []
    words = _read(reason, "reason", "回答しない理由を書いてください。質問した方に届きます。", problems, LONGEST_REASON)
    if problems:
        raise Incomplete(problems)
    question.set_aside_at, question.set_aside_for = now, words
    session.flush()
    audit.record(session, "question:set_aside", "question", question.id, by=by, now=now, posting=question.posting_id)


def _hold(session: Session, question: Question) -> None:
    session.flush()
    session.refresh(question, with_for_update={"of": Question})


def _take(session: Session, question: Question) -> None:
    _hold(session, question)
    if question.answered_at is not None or question.set_aside_at is not None:
        raise WrongState("answered", "answer")


def _read(typed: str, field: str, missing: str, problems: list[Problem], longest: int) -> str:
    words = clean(typed)
    if not words:
        problems.append(Problem(field, missing))
    elif len(words) > longest:
        problems.append(Problem(field, f"{longest:,}字以内で書いてください(今は{len(words):,}字)。"))
    return words
