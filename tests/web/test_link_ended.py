"""The end of a 「リンクのみ」: nobody is told any more that it is here, it is told like any other end, and its link is given no more."""

from collections.abc import Callable
from datetime import datetime, timedelta

from jobboard.base.states import ClosedReason, EventKind, Frequency, Outcome
from jobboard.database import Writing, db
from jobboard.domain import answering, confirming, explaining, publication, taking
from jobboard.models import Posting, SourceItem
from jobboard.web.transaction import BoardApp
from tests.cast import OPENING, Cast
from tests.mailroom import LETTERHEAD, Mailroom, opened
from tests.stories import asked_about, found

TITLE, LINK = "CIO補佐官を1名募集します", "https://www.aoba.example.jp/cio"
READER = "suzuki@example.jp"
SOON = OPENING + timedelta(hours=2)


def linked(app: BoardApp, cast: Cast, name: str = "cio") -> int:
    """The id of one that is public; the last part of its link is ``name``."""
    with app.app_context(), Writing() as session:
        item = found(session, cast, TITLE, path=f"/{name}")
        return taking.publish(session, item, again=True, by=cast.account("sato"), now=OPENING).id


def item_of(number: int) -> SourceItem:
    return db.session.query(SourceItem).filter_by(posting_id=number).one()


def declined(cast: Cast, number: int, now: datetime) -> None:
    confirming.answer(db.session(), item_of(number), agrees=False, letterhead=LETTERHEAD, now=now)


def ended(cast: Cast, number: int, now: datetime) -> None:
    taking.end(db.session(), item_of(number), reason="公式ページが消えたため", by=cast.account("sato"), now=now)


def stopped(cast: Cast, number: int, now: datetime) -> None:
    request = asked_about(db.session(), db.session.get_one(Posting, number), now=now)
    answering.answer(
        db.session(), request, remedy="stopped", reason="申出のとおりでした。", by=cast.account("sato"), letterhead=LETTERHEAD, now=now
    )


def closed(cast: Cast, number: int, now: datetime) -> None:
    posting, editor = db.session.get_one(Posting, number), cast.account("aoba_editor")
    publication.close(db.session(), posting, reason=ClosedReason.FILLED, outcome=Outcome.DECIDED, by=editor, now=now)


def withdrawn(cast: Cast, number: int, now: datetime) -> None:
    posting, editor = db.session.get_one(Posting, number), cast.account("aoba_editor")
    publication.withdraw(db.session(), posting, reason="予算が成立しなかったため", by=editor, now=now)


End = Callable[[Cast, int, datetime], None]
WAYS: tuple[End, ...] = (declined, ended, stopped, closed, withdrawn)


def end(app: BoardApp, cast: Cast, how: End, number: int, now: datetime = SOON) -> None:
    with app.app_context(), Writing():
        how(cast, number, now)
        db.session.commit()


def why(mailroom: Mailroom, number: int) -> dict[EventKind | None, str]:
    with mailroom.writing() as session:
        told = explaining.explain(session, READER, number, by=None, now=mailroom.clock())
    return {one.kind: one.sentence for one in told}


def test_what_ended_before_the_daily_mail_is_not_announced_and_the_ledger_says_why(app: BoardApp, cast: Cast, mailroom: Mailroom) -> None:
    mailroom.subscribed(READER, "municipality=042021", frequency=Frequency.DAILY, kinds=(EventKind.PUBLISHED,))
    numbers = [linked(app, cast, how.__name__) for how in WAYS]
    mailroom.run()
    at = mailroom.clock.forward(hours=2)
    for how, number in zip(WAYS, numbers, strict=True):
        end(app, cast, how, number, at)
    mailroom.clock.forward(days=1)
    assert READER not in [letter.recipient for letter in mailroom.run()]
    for number in numbers:
        assert why(mailroom, number)[EventKind.PUBLISHED] == "知らせる前の2026年4月1日(水)11:00に、このサイトへの掲載が終わったので、送っていません。"


def test_what_ended_before_it_was_matched_is_announced_to_nobody(app: BoardApp, cast: Cast, mailroom: Mailroom) -> None:
    mailroom.subscribed(READER, "municipality=042021", kinds=(EventKind.PUBLISHED,))
    number = linked(app, cast)
    end(app, cast, declined, number)
    assert READER not in [letter.recipient for letter in mailroom.run()]
    assert "このサイトへの掲載が終わった" in why(mailroom, number)[EventKind.PUBLISHED]


def test_a_mail_that_waits_to_be_sent_is_called_back_and_the_rest_of_it_goes(app: BoardApp, cast: Cast, mailroom: Mailroom) -> None:
    mailroom.subscribed(READER, "municipality=042021", kinds=(EventKind.PUBLISHED,))
    number = linked(app, cast)
    with app.app_context(), Writing() as session:
        other = taking.publish(session, found(session, cast, "CDOの公募", path="/cdo"), by=cast.account("sato"), now=OPENING).id
    mailroom.steps.match()
    assert mailroom.steps.compose() == 1
    end(app, cast, ended, number)
    assert mailroom.steps.deliver().sent == 0, "also before the end itself was matched"
    (letter,) = (one for one in mailroom.run() if one.recipient == READER)
    assert TITLE not in str(opened(letter)) and f"/postings/{other}\n" in letter.text and LINK not in letter.text
