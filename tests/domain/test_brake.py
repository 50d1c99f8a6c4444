"""The brake: more notices than usual wait for a moderator, who lets exactly those go, or none of them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select, update

from jobboard.base.clock import japan_date
from jobboard.base.errors import Incomplete, WrongState
from jobboard.base.states import AccountRole, DeliveryKind, Dropped, Frequency
from jobboard.domain import brake, leaving
from jobboard.domain.brake import Brake, Limits
from jobboard.domain.deliveries import enqueue
from jobboard.mailer import MemoryMailer
from jobboard.models import AuditEntry, Hold, MailDay, Match, Subscriber, Subscription
from jobboard.steps import Steps
from tests.cast import person
from tests.mailroom import LETTERHEAD, Mailroom
from tests.postings import municipality, published

READERS = [f"r{number}@example.jp" for number in range(6)]


def publish(mailroom: Mailroom, **values: object) -> None:
    with mailroom.writing() as session:
        published(session, municipality(), now=mailroom.clock(), **values)


def subscribe(mailroom: Mailroom, count: int, **options: Frequency) -> list[str]:
    for address in READERS[:count]:
        mailroom.subscribed(address, **options)
    return READERS[:count]


@pytest.fixture
def held(mailroom: Mailroom) -> Mailroom:
    """A posting that is to be told to six readers waits: five is the limit."""
    mailroom.steps.brake = Brake(Limits(over=5))
    subscribe(mailroom, 6)
    publish(mailroom)
    assert mailroom.run() == []
    return mailroom


def holds(mailroom: Mailroom) -> list[Hold]:
    with mailroom.writing() as session:
        return list(session.scalars(select(Hold).order_by(Hold.id)))


def release(mailroom: Mailroom) -> None:
    number = holds(mailroom)[-1].id
    with mailroom.writing() as session:
        brake.release(session, number, by=None, now=mailroom.clock())


def to(mailroom: Mailroom, word: str = "") -> list[str]:
    """Who is sent a mail now; in each stands the word."""
    letters = mailroom.run()
    assert all(word in letter.text for letter in letters)
    return sorted(letter.recipient for letter in letters)


def test_as_many_as_the_limit_go_and_one_more_waits_for_a_moderator(mailroom: Mailroom) -> None:
    mailroom.steps.brake = Brake(Limits(over=5))
    with mailroom.writing() as session:
        session.add(person("sato@soumu.go.jp", "佐藤", AccountRole.MODERATOR))
        session.add(person("kanri@soumu.go.jp", "管理", AccountRole.ADMINISTRATOR))
        asker = Subscriber(address="new@example.jp", address_key="new@example.jp", created_at=mailroom.clock())
        session.add(asker)
    assert subscribe(mailroom, 5) and not mailroom.run()
    publish(mailroom)
    assert to(mailroom) == READERS[:5]
    mailroom.clock.forward(hours=23)
    publish(mailroom, title="データ分析の助言")
    letters = mailroom.run()
    assert [letter.recipient for letter in letters] == ["sato@soumu.go.jp", "kanri@soumu.go.jp"]
    assert letters[0].subject == "お知らせを保留しています:5人"
    assert "この24時間に送った5通と合わせて、上限の5を超える" in letters[0].text
    assert "■ 新着 宮城県青葉市 データ分析の助言(5人)" in letters[0].text
    assert "https://jobs.example.go.jp/ministry/mail\n" in letters[0].text
    (hold,) = holds(mailroom)
    assert (hold.waiting, hold.today, hold.limit, hold.usual, hold.made_at) == (5, 5, 5, None, mailroom.clock())
    with mailroom.writing() as session:
        enqueue(session, DeliveryKind.CONFIRMATION, to=asker, subject="確認", text="本文", now=mailroom.clock())
    assert to(mailroom) == ["new@example.jp"], "other mail goes on"
    mailroom.clock.forward(days=2)
    assert to(mailroom) == [] and len(holds(mailroom)) == 1, "time alone decides nothing"


def test_what_was_sent_a_day_ago_counts_no_more(mailroom: Mailroom) -> None:
    mailroom.steps.brake = Brake(Limits(over=5))
    subscribe(mailroom, 5)
    for _ in range(2):
        publish(mailroom)
        assert to(mailroom) == READERS[:5]
        mailroom.clock.forward(hours=24)


def test_exactly_what_was_held_is_released_and_a_further_multiple_is_held_again(held: Mailroom) -> None:
    held.clock.forward(hours=1)
    publish(held, title="保留の間に掲載")
    assert to(held) == []
    release(held)
    letters = held.run()
    assert sorted(letter.recipient for letter in letters) == READERS
    assert not any("保留の間に掲載" in letter.text for letter in letters)
    first, second = holds(held)
    assert (second.waiting, second.today) == (6, 0), "what was released counts nothing; what came later does"
    assert to(held) == []
    release(held)
    assert to(held, "保留の間に掲載") == READERS
    held.clock.forward(minutes=1)
    with held.writing() as session:
        session.execute(update(Subscriber).where(Subscriber.address != READERS[0]).values(stopped_at=held.clock()))
    publish(held, title="少しだけ")
    assert to(held, "少しだけ") == READERS[:1], "few go on without a decision"
    with held.writing() as session:
        session.execute(update(Subscriber).values(stopped_at=None))
    publish(held, title="また大勢に")
    assert to(held) == []
    assert (holds(held)[-1].waiting, holds(held)[-1].today) == (6, 1)
    with held.writing() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "mail:release").order_by(AuditEntry.id))
        assert [entry.subject_id for entry in entries] == [str(first.id), str(second.id)]


def test_a_decision_is_made_once(held: Mailroom) -> None:
    release(held)
    with pytest.raises(WrongState):
        release(held)
    (hold,) = holds(held)
    with held.writing() as session, pytest.raises(WrongState):
        brake.discard(session, hold.id, reason="誤り", by=None, now=held.clock())
    assert to(held) == READERS


def test_a_hold_is_about_those_who_are_still_there_and_ends_without_any(held: Mailroom) -> None:
    (hold,) = holds(held)

    def leave(count: int) -> None:
        with held.writing() as session:
            mine = select(Subscription).join(Subscriber).where(Subscriber.address.in_(READERS[:count]))
            leaving.end(session, session.scalars(mine).all(), way="link", now=held.clock())

    leave(4)
    assert to(held) == []
    with held.writing() as session:
        assert (hold.waiting, brake.people(session, hold)) == (6, 2)
    leave(6)
    held.subscribed("new@example.jp")
    publish(held, title="次の募集")
    assert to(held, "次の募集") == ["new@example.jp"], "nobody decides about nothing"
    (ended,) = holds(held)
    assert (ended.released_at, ended.released_by_id, ended.reason) == (held.clock(), None, brake.NOBODY_LEFT)


def test_what_is_discarded_is_never_sent_and_what_came_later_is(held: Mailroom) -> None:
    (hold,) = holds(held)
    with held.writing() as session, pytest.raises(Incomplete):
        brake.discard(session, hold.id, reason=" \n", by=None, now=held.clock())
    held.subscribed("late@example.jp", "q=一人だけ")
    publish(held, title="一人だけに知らせる募集", role=None)
    held.steps.match()
    with held.writing() as session:
        several = select(Subscriber.id).where(Subscriber.address.in_(READERS))
        assert brake.discard(session, hold.id, reason="試験の募集\nでした", by=None, now=held.clock()) == 6
        session.execute(update(Match).where(Match.dropped.is_(None), Match.subscriber_id.in_(several)).values(dropped=Dropped.LEFT))
    assert to(held, "一人だけに知らせる募集") == ["late@example.jp"]
    with held.writing() as session:
        assert len(session.scalars(select(Match).where(Match.dropped == Dropped.DISCARDED)).all()) == 6
        assert session.scalars(select(Hold.reason)).one() == "試験の募集 でした"
        facts = session.scalars(select(AuditEntry.facts).where(AuditEntry.action == "mail:discard")).one()
    assert facts == {"waiting": 6, "matches": 6}, "a typed text stands in no audit"


def test_a_digest_that_comes_due_by_time_alone_is_held(mailroom: Mailroom) -> None:
    mailroom.steps.brake = Brake(Limits(over=5))
    subscribe(mailroom, 6, frequency=Frequency.DAILY)
    mailroom.subscribed("at-once@example.jp")
    publish(mailroom)
    assert to(mailroom) == ["at-once@example.jp"]
    mailroom.clock.forward(hours=22, minutes=59, seconds=30)
    mailroom.subscribed("again@example.jp", frequency=Frequency.AT_ONCE)
    publish(mailroom, title="7時59分の募集", role=None)
    assert to(mailroom) == ["again@example.jp", "at-once@example.jp"], "counted half a minute before eight"
    mailroom.clock.forward(seconds=30)
    assert to(mailroom) == []
    assert holds(mailroom)[0].waiting == 6


def test_a_multiple_of_the_busiest_day_holds_once_a_week_of_mail_is_known(
    mailroom: Mailroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = japan_date(mailroom.clock())
    with mailroom.writing() as session:
        session.add_all(MailDay(on=today - timedelta(days=1 + day), notices=20 + day) for day in range(6))
        session.add(MailDay(on=today, notices=900))
        session.add(MailDay(on=today - timedelta(days=29), notices=900))
        assert brake.count(session, Limits(over=500, times=5), now=mailroom.clock()).limit == 500
        session.add(MailDay(on=today - timedelta(days=28), notices=60))
        found = brake.count(session, Limits(over=500, times=5), now=mailroom.clock())
        assert (found.limit, found.usual) == (300, 60)
        found = brake.count(session, Limits(over=0, times=1), now=mailroom.clock())
        assert (found.limit, found.usual) == (brake.FLOOR, 60), "a small board is not braked by a few mails"
        assert brake.count(session, Limits(), now=mailroom.clock()).limit is None
    monkeypatch.setattr(brake, "FLOOR", 5)
    with mailroom.writing() as session:
        session.execute(update(MailDay).values(notices=1))
    mailroom.steps.brake = Brake(Limits(over=500, times=5))
    subscribe(mailroom, 6)
    publish(mailroom)
    assert to(mailroom) == []
    assert (holds(mailroom)[0].limit, holds(mailroom)[0].usual) == (5, 1)


def test_people_are_counted_once_for_many_batches_and_anew_when_any_worker_has_matched(
    mailroom: Mailroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[object] = []
    count = brake.count
    monkeypatch.setattr(brake, "count", lambda *args, **named: counted.append(args) or count(*args, **named))
    mailroom.steps.brake = Brake(Limits(over=6))
    subscribe(mailroom, 3)
    publish(mailroom)
    mailroom.steps.match()
    for _ in range(3):
        mailroom.steps.compose()
    assert len(counted) == 1
    other = Steps(mailroom.steps.engine, MemoryMailer(), LETTERHEAD, owner="other", clock=mailroom.clock)
    publish(mailroom)
    other.match()
    mailroom.steps.compose()
    assert len(counted) == 2
    mailroom.clock.forward(seconds=60)
    mailroom.steps.compose()
    assert len(counted) == 3
    publish(mailroom)
    other.match()
    assert mailroom.steps.compose() == 0, "the other worker's matches are too many"


def test_two_workers_make_one_hold(mailroom: Mailroom) -> None:
    subscribe(mailroom, 6)
    publish(mailroom)
    mailroom.steps.match()
    barrier = Barrier(2)

    def compose(owner: str) -> int:
        steps = Steps(mailroom.steps.engine, MemoryMailer(), LETTERHEAD, owner, clock=mailroom.clock, brake=Brake(Limits(over=5)))
        barrier.wait(10)
        return steps.compose()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(compose, ("a", "b"))) == [0, 0]
    assert len(holds(mailroom)) == 1
