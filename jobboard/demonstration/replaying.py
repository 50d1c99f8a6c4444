"""Telling the stories again through the real domain functions, in order of time, each act at its own instant."""

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from jobboard.base.clock import end_of, japan_date
from jobboard.base.states import ClosedReason, ExtensionReason, Outcome
from jobboard.demonstration.content import Story, Town
from jobboard.demonstration.relative import clock_of, day_of, instant_of, typed
from jobboard.domain import (
    agreements,
    audit,
    drafting,
    joining,
    moderation,
    publication,
    question_answers,
    questions,
    review_queue,
    talking,
)
from jobboard.models import Account, Municipality, Posting, Question, Version

HOURS = {
    "save": 9, "submit": 15, "publish": 11, "goes_up": 11, "recall": 16, "returned": 14, "resubmit": 13, "amend": 10,
    "corrected": 10, "extend": 10, "close": 16, "withdraw": 14, "reopen": 9, "accepted": 11,
    "asks": 20, "answers": 10, "corrects": 9, "sets_aside": 13, "says": 10, "tells": 15,
}
"""The hour in Japan at which each act is done when the story names no clock."""

_JUST_BEFORE = timedelta(microseconds=1)
"""Closings of the deadline's own instant are left to the story, which may tell the outcome with it."""

UNSEEN_DAYS = 6
"""What took effect at once in the last days waits in the moderator's queue; older changes have been looked at."""


@dataclass
class Telling:
    """One posting being told: who acts for it, and what its values are by now."""

    session: Session
    municipality: Municipality
    story: Story
    editor: Account
    moderator: Account
    today: date
    number: int
    posting: Posting | None = None
    asked: list[Question] = field(default_factory=list)

    def at(self, words: str, act: str) -> datetime:
        """The instant of an act; minutes differ from posting to posting."""
        return instant_of(words, self.today, time(HOURS[act], self.number * 7 % 60))

    def until(self, words: str) -> datetime:
        """A new deadline; without a clock it is the end of the day."""
        return instant_of(words, self.today, time(0)) if clock_of(words) else end_of(day_of(words, self.today))

    def standing(self) -> Posting:
        """The posting, which the first save has started."""
        if self.posting is None:
            raise ValueError(f"{self.story.values['title']}: a story begins with a save")
        return self.posting


Act = Callable[[Telling, Mapping[str, Any], datetime], Version | None]
Moment = tuple[datetime, int, Callable[[datetime], Version | None]]


def replay(
    session: Session, people: Iterable[tuple[Town, Municipality, Account]], moderator: Account, *, now: datetime
) -> None:
    """Tells every story up to ``now``. Deadlines that pass on the way close their postings, as the worker would."""
    moments: list[Moment] = []
    today = japan_date(now)
    telling = (
        Telling(session, municipality, story, editor, moderator, today, number)
        for number, (municipality, story, editor) in enumerate(
            (municipality, story, editor) for town, municipality, editor in people for story in town.stories
        )
    )
    for one in telling:
        moments.extend(_moments(one))
    heapq.heapify(moments)
    while moments:
        instant, number, act = heapq.heappop(moments)
        if instant > now:
            raise ValueError(f"a story reaches into the future: {instant}")
        publication.publish_scheduled(session, now=instant)
        publication.expire(session, now=instant - _JUST_BEFORE)
        version = act(instant)
        if version is not None and version.at_once and instant < now - timedelta(days=UNSEEN_DAYS):
            look: Moment = (instant + timedelta(days=1, hours=2), number, partial(_look_at, session, version, moderator))
            heapq.heappush(moments, look)
    publication.publish_scheduled(session, now=now)
    publication.expire(session, now=now)


def _look_at(session: Session, version: Version, moderator: Account, now: datetime) -> None:
    posting = session.get_one(Posting, version.posting_id)
    review_queue.look_at(session, posting, version_id=version.id, by=moderator, now=now)


def _moments(telling: Telling) -> Iterator[Moment]:
    for order, step in enumerate(telling.story.steps):
        act = next(name for name in _ACTS if name in step)
        number = telling.number * 100 + order * 2
        yield _instant(telling, step, act), number, partial(_ACTS[act], telling, step)
        if "accepted" in step:
            yield telling.at(step["accepted"], "accepted"), number + 1, partial(_publish, telling, step)


def _instant(telling: Telling, step: Mapping[str, Any], act: str) -> datetime:
    if step.get("close") != "deadline":
        return telling.at(step["on"], act)
    deadlines = [other["extend"] for other in telling.story.steps if "extend" in other]
    last = deadlines[-1] if deadlines else telling.story.values["apply_by"][0]
    return telling.until(last)


def _save(telling: Telling, step: Mapping[str, Any], now: datetime) -> None:
    if telling.posting is None:
        telling.posting = drafting.start(telling.session, telling.municipality, by=telling.editor, now=now)
        first = {name: telling.story.values[name] for name in ("title", "role", "engagement") if name in telling.story.values}
        _keep(telling, first, now)
        now += timedelta(minutes=38)
    changes = step["save"] if isinstance(step["save"], Mapping) else {}
    _keep(telling, {**telling.story.values, **_as_typed(changes)}, now)


def _keep(telling: Telling, values: Mapping[str, list[str]], now: datetime) -> None:
    posting = telling.standing()
    drafting.save(
        telling.session, posting, typed(values, telling.today), revision=posting.revision, by=telling.editor, now=now
    )


def _as_typed(changes: Mapping[str, Any]) -> dict[str, list[str]]:
    texts = {key: value if isinstance(value, list) else [value] for key, value in changes.items()}
    return {key: [text.strip() for text in values] for key, values in texts.items()}


def _submit(telling: Telling, step: Mapping[str, Any], now: datetime) -> Version:
    version = moderation.submit(telling.session, telling.standing(), by=telling.editor, now=now)
    for asked in agreements.of(telling.session, telling.standing()):
        joining.answer(telling.session, asked, agrees=True, by=None, now=now)
    return version


def _waiting(posting: Posting) -> int:
    if posting.pending_id is None:
        raise ValueError(f"nothing waits for 掲載確認: {posting.id}")
    return posting.pending_id


def _publish(telling: Telling, step: Mapping[str, Any], now: datetime) -> Version:
    posting = telling.standing()
    return moderation.publish(telling.session, posting, version_id=_waiting(posting), by=telling.moderator, now=now)


def _schedule(telling: Telling, step: Mapping[str, Any], now: datetime) -> Version:
    posting, at = telling.standing(), telling.until(step["goes_up"])
    return moderation.publish(
        telling.session, posting, version_id=_waiting(posting), by=telling.moderator, now=now, at=at
    )


def _recall(telling: Telling, step: Mapping[str, Any], now: datetime) -> None:
    moderation.recall(telling.session, telling.standing(), by=telling.editor, now=now)


def _return(telling: Telling, step: Mapping[str, Any], now: datetime) -> None:
    posting = telling.standing()
    remarks = list(step["returned"].items())
    moderation.ask_correction(
        telling.session, posting, version_id=_waiting(posting), remarks=remarks, by=telling.moderator, now=now
    )


def _resubmit(telling: Telling, step: Mapping[str, Any], now: datetime) -> Version:
    _keep(telling, {**telling.story.values, **_as_typed(step["resubmit"])}, now)
    return _submit(telling, step, now + timedelta(minutes=12))


def _change(telling: Telling, changes: Mapping[str, Any], now: datetime, *, summary: str, silent: bool) -> Version:
    posting = telling.standing()
    _keep(telling, drafting.text(posting) | _as_typed(changes), now)
    return moderation.submit(
        telling.session, posting, by=telling.editor, now=now + timedelta(minutes=9), summary=summary, silent=silent
    )


def _amend(telling: Telling, step: Mapping[str, Any], now: datetime) -> Version:
    return _change(telling, step["amend"], now, summary=step["summary"], silent=False)


def _correct(telling: Telling, step: Mapping[str, Any], now: datetime) -> Version:
    return _change(telling, step["corrected"], now, summary="", silent=True)


def _extend(telling: Telling, step: Mapping[str, Any], now: datetime) -> Version:
    until, reason = telling.until(step["extend"]), ExtensionReason(step["reason"])
    return publication.extend(
        telling.session, telling.standing(), until=until, reason=reason, note=step["note"], by=telling.editor, now=now
    )


def _close(telling: Telling, step: Mapping[str, Any], now: datetime) -> None:
    publication.close(
        telling.session, telling.standing(), reason=ClosedReason(step["close"]), outcome=Outcome(step["outcome"]),
        note=step.get("note", ""), by=telling.editor, now=now,
    )


def _withdraw(telling: Telling, step: Mapping[str, Any], now: datetime) -> None:
    publication.withdraw(telling.session, telling.standing(), reason=step["withdraw"], by=telling.editor, now=now)


def _reopen(telling: Telling, step: Mapping[str, Any], now: datetime) -> Version:
    until = telling.until(step["reopen"])
    return publication.reopen(telling.session, telling.standing(), until=until, by=telling.editor, now=now)


def _ask(telling: Telling, step: Mapping[str, Any], now: datetime) -> None:
    """A question that was confirmed; of who asked nothing is left, so nobody is mailed."""
    posting = telling.standing()
    if not questions.accepts(posting, now):
        raise ValueError(f"{telling.story.values['title']}: takes no questions at {now}")
    question = Question(posting_id=posting.id, text=step["asks"], asked_at=now, confirmed_at=now)
    telling.session.add(question)
    telling.session.flush()
    audit.record(telling.session, "question:confirm", "question", question.id, by=None, now=now, posting=posting.id)
    telling.asked.append(question)


def _words(telling: Telling, step: Mapping[str, Any]) -> tuple[Question, str]:
    """The question that a step is about, counted from 1, and the words of it that everybody reads."""
    question = telling.asked[step["question"] - 1]
    return question, step.get("public") or questions.shown(question)


def _answer(telling: Telling, step: Mapping[str, Any], now: datetime) -> None:
    question, public = _words(telling, step)
    question_answers.answer(telling.session, question, text=step["answers"], public_text=public, by=telling.editor, now=now)


def _correct_answer(telling: Telling, step: Mapping[str, Any], now: datetime) -> None:
    question, public = _words(telling, step)
    question_answers.correct(
        telling.session, question, text=step["corrects"], public_text=public, silent=False,
        seen=question_answers.state(question), by=telling.editor, now=now,
    )  # fmt: skip


def _set_aside(telling: Telling, step: Mapping[str, Any], now: datetime) -> None:
    question, _ = _words(telling, step)
    question_answers.set_aside(telling.session, question, reason=step["sets_aside"], by=telling.editor, now=now)


def _say(telling: Telling, step: Mapping[str, Any], now: datetime) -> None:
    talking.write(telling.session, telling.standing(), step["says"], from_ministry=False, by=telling.editor, now=now)


def _tell(telling: Telling, step: Mapping[str, Any], now: datetime) -> None:
    talking.write(telling.session, telling.standing(), step["tells"], from_ministry=True, by=telling.moderator, now=now)


_ACTS: dict[str, Act] = {
    "save": _save, "submit": _submit, "publish": _publish, "goes_up": _schedule, "recall": _recall, "returned": _return,
    "resubmit": _resubmit, "amend": _amend, "corrected": _correct, "extend": _extend, "close": _close,
    "withdraw": _withdraw, "reopen": _reopen, "asks": _ask, "answers": _answer, "corrects": _correct_answer,
    "sets_aside": _set_aside, "says": _say, "tells": _tell,
}
