"""「なぜ届かなかったか」: every answer, from a real run of the worker."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from jobboard.base.errors import Incomplete, MailRefused, ServerUnreachable
from jobboard.base.letter import WRITTEN
from jobboard.base.states import Attempted, Bounce, DeliveryState, Dropped, EventKind, Frequency, SubscriptionState
from jobboard.domain import brake, explaining, leaving, retention, subscribers, subscriptions, switch
from jobboard.domain.brake import Brake, Limits
from jobboard.models import Attempt, AuditEntry, ChangeEvent, Delivery, Hold, Match, Posting, Refused, Subscriber
from tests.mailroom import BEFORE, Mailroom
from tests.postings import NOW, amended, code_of, municipality, published

Act = Callable[[Session, Subscriber], object]
NINE, EIGHT = "2026年4月1日(水)9:00", "2026年4月2日(木)8:00"
RECEIVED = f"{NINE}に送り、相手のサーバーが受け取りました"


def nothing(session: Session, person: Subscriber) -> None:
    """Nobody does anything."""


def subscription(**columns: object) -> Act:
    """Changes the person's only subscription."""
    return lambda session, person: [setattr(person.subscriptions[0], name, value) for name, value in columns.items()]


def subscriber(**columns: object) -> Act:
    return lambda session, person: [setattr(person, name, value) for name, value in columns.items()]


def mail(**columns: object) -> Act:
    return lambda session, person: session.execute(update(Delivery).where(Delivery.subscriber_id == person.id).values(**columns))


def dropped(why: Dropped) -> Act:
    return lambda session, person: session.execute(update(Match).where(Match.subscriber_id == person.id).values(dropped=why))


def refuse(session: Session, person: Subscriber) -> None:
    session.add(Refused(subscriber_id=person.id, municipality_code=code_of("04780"), created_at=BEFORE))


def tried(outcome: Attempted, words: str) -> Act:
    """What the post keeps of a try that failed."""

    def keep(session: Session, person: Subscriber) -> None:
        number = session.scalars(select(Delivery.id).where(Delivery.subscriber_id == person.id)).one()
        session.execute(Attempt.__table__.delete().where(Attempt.delivery_id == number))  # type: ignore[attr-defined]
        session.add(Attempt(delivery_id=number, at=NOW, outcome=outcome, words=words))

    return keep


def bounce(session: Session, person: Subscriber) -> None:
    tried(Attempted.BOUNCED, "550 5.1.1 user unknown")(session, person)
    mail(bounce=Bounce.HARD, bounced_at=NOW + timedelta(minutes=3))(session, person)


def start_again(session: Session, person: Subscriber) -> None:
    subscribers.restart(session, person, now=NOW + timedelta(hours=1))


def leave(session: Session, person: Subscriber) -> None:
    leaving.end(session, person.subscriptions, way="link", now=NOW + timedelta(minutes=5))


def pause(session: Session, person: Subscriber) -> None:
    leaving.pause(session, person.subscriptions[0], NOW.date() + timedelta(days=4), now=NOW)


@dataclass(frozen=True)
class Case:
    """One reader: the criteria, what happens before and after the worker's run, and the answer."""

    says: str
    query: str = ""
    before: Act = nothing
    after: Act = nothing
    frequency: Frequency = Frequency.AT_ONCE
    kinds: tuple[EventKind, ...] = subscriptions.KINDS
    answers: MailRefused | None = None


WAITS = "1日1回(午前8時)の登録なので、2026年4月2日(木)8:00のメールにまとめて送ります。"
CASES = {
    "sent": Case(f"{RECEIVED}(250 OK)。"),
    "with the server's words": Case(f"{RECEIVED}(250 2.0.0 queued as 7)。", after=mail(reason="250 2.0.0 queued as 7")),
    "written to the folder": Case(f"{NINE}に、送らずにファイルに書き出しました。", after=mail(reason=WRITTEN)),
    "bounced": Case(
        f"{NINE}に送りましたが、2026年4月1日(水)9:03に届かずに戻ってきました(宛先がない、550 5.1.1 user unknown)。", after=bounce
    ),
    "refused": Case(
        f"相手のサーバーが断ったので、{NINE}に送れませんでした(550 no such user)。",
        answers=MailRefused(True, "550 no such user"), after=tried(Attempted.REFUSED, "550 no such user"),
    ),
    "retrying": Case(
        f"相手のサーバーが後にするよう求めたので、{NINE}から送り直しています(451 try later、次は2026年4月1日(水)9:01)。",
        answers=MailRefused(False, "451 try later"), after=tried(Attempted.DEFERRED, "451 try later"),
    ),
    "in flight": Case("いま送っているところです。", after=mail(state=DeliveryState.LEASED)),
    "cancelled": Case(
        f"{NINE}に送信を取り消しました(配信が停止されました)。", after=mail(state=DeliveryState.CANCELLED, reason="配信が停止されました")
    ),
    "waiting for eight o'clock": Case(WAITS, frequency=Frequency.DAILY),
    "waiting for Monday": Case(
        "週1回(月曜日の午前8時)の登録なので、2026年4月6日(月)8:00のメールにまとめて送ります。", frequency=Frequency.WEEKLY
    ),
    "waiting for the end of a pause": Case(
        "本人が配信を休んでいるので、休みが終わる2026年4月5日(日)24:00に送ります。", frequency=Frequency.DAILY, after=pause
    ),
    "stopped while it waits": Case(
        "この宛先にはメールが届かないので、2026年4月1日(水)9:00から配信を止めています(550 gone)。", frequency=Frequency.DAILY,
        after=subscriber(stopped_at=NOW, stopped_for="550 gone"),
    ),
    "dropped because it was stopped": Case(
        "この宛先にはメールが届かないので、2026年4月1日(水)9:00から配信を止めています(550 gone)。", frequency=Frequency.DAILY,
        after=lambda session, person: (
            subscriber(stopped_at=NOW, stopped_for="550 gone")(session, person), dropped(Dropped.STOPPED)(session, person)
        ),
    ),
    "dropped before it was started again": Case(
        "この宛先にはメールが届かなかったので、そのときは配信を止めていました。", frequency=Frequency.DAILY, after=dropped(Dropped.STOPPED)
    ),
    "stopped before": Case(
        "この宛先にはメールが届かないので、2026年3月1日(日)9:00から配信を止めています(550 gone)。",
        before=subscriber(stopped_at=BEFORE, stopped_for="550 gone"),
    ),
    "stopped then, started again": Case(
        "この宛先にはメールが届かないので、2026年3月1日(日)9:00から2026年4月1日(水)10:00まで配信を止めていました。",
        before=subscriber(stopped_at=BEFORE), after=start_again,
    ),
    "left before": Case(
        "2026年3月1日(日)9:00に配信を停止しています。", before=subscription(state=SubscriptionState.LEFT, left_at=BEFORE)
    ),
    "left while it waited": Case(
        "知らせる前の2026年4月1日(水)9:05に、本人が配信を停止しました。", frequency=Frequency.DAILY, after=leave
    ),
    "not confirmed": Case(
        "登録の確定がまだです。", before=subscription(state=SubscriptionState.PENDING, confirmed_at=None)
    ),
    "confirmed too late": Case(
        "登録を確定したのは2026年4月1日(水)9:00で、この変更より後です。", before=subscription(confirmed_at=NOW)
    ),
    "paused": Case(
        "2026年4月3日(金)9:00まで配信を休んでいます。", before=subscription(paused_until=NOW + timedelta(days=2))
    ),
    "another kind": Case(
        "この種類(新着)は希望していません(希望: 締切延長、終了)。", kinds=(EventKind.EXTENDED, EventKind.CLOSED)
    ),
    "municipality refused": Case("青葉市のお知らせは不要と登録しています。", before=refuse),
    "dropped as refused": Case(
        "青葉市のお知らせは不要と、本人が登録しています。", frequency=Frequency.DAILY, after=dropped(Dropped.REFUSED)
    ),
    "dropped as narrowed": Case(
        "この種類(新着)のお知らせは不要と、本人が登録しています。", frequency=Frequency.DAILY, after=dropped(Dropped.NARROWED)
    ),
    "another prefecture": Case("条件に合いません(都道府県: 関東を指定、募集は宮城県)。", "&".join(
        f"pref={code:02}" for code in range(8, 15)
    )),
    "each failing condition": Case(
        "条件に合いません(役割: エンジニアを指定、募集はCIO補佐官等(プロデューサー)。テーマ: テレワークを指定、募集は標準化・共通化・BPR。"
        "リモート勤務: 完全リモートを指定、募集は一部可。報酬の額: 40,000円以上を指定、募集は日額 25,000円~30,000円。"
        "締切: 2026年5月1日(金)までの締切を指定、募集は2026年5月29日(金)17:00。キーワード: 「量子」を指定、募集の文章にない)。",
        "role=engineer&theme=telework&remote=fully&pay_unit=day&pay_min=40000&closing_before=2026-05-01&q=量子&side_job=yes",
    ),
    "another unit of pay": Case(
        "条件に合いません(報酬の単位: 月額を指定、募集は日額)。", "pay_unit=month&pay_min=400000"
    ),
    "another posting": Case("条件に合いません(募集: 募集 第999号を指定、別の募集)。", "posting=999"),
    "another town": Case(
        f"条件に合いません(市区町村: 市区町村{code_of('14301')}を指定、募集は宮城県青葉市)。", f"municipality={code_of('14301')}"
    ),
    "changed since": Case(
        f"今の登録には合いますが、{NINE}に調べたときは合いませんでした(登録はその後に変わっています)。",
        before=subscription(paused_until=NOW + timedelta(days=2)), after=subscription(paused_until=None),
    ),
}  # fmt: skip


def address(name: str) -> str:
    return f"{name.lower().translate({32: '-', 39: None, 44: None})}@example.jp"


def asked(mailroom: Mailroom, name: str, posting: int) -> list[str]:
    with mailroom.writing() as session:
        return [one.sentence for one in explaining.explain(session, address(name), posting, by=None, now=mailroom.clock())]


def publish(mailroom: Mailroom, **values: object) -> int:
    with mailroom.writing() as session:
        return published(session, municipality(), now=mailroom.clock(), **values).id


def act(mailroom: Mailroom, acts: dict[str, Act]) -> None:
    with mailroom.writing() as session:
        session.merge(municipality())
        people = {person.address: person for person in session.scalars(select(Subscriber))}
        for name, one in acts.items():
            one(session, people[address(name)])


def test_each_answer_is_one_sentence_of_what_the_rows_say(mailroom: Mailroom) -> None:
    for name, case in CASES.items():
        mailroom.subscribed(address(name), case.query, kinds=case.kinds, frequency=case.frequency)
        if case.answers is not None:
            mailroom.mailer.refuse[address(name)] = case.answers
    act(mailroom, {name: case.before for name, case in CASES.items()})
    number = publish(mailroom)
    mailroom.run()
    act(mailroom, {name: case.after for name, case in CASES.items()})
    told = {name: asked(mailroom, name, number) for name in CASES}
    assert told == {name: [case.says] for name, case in CASES.items()}


def test_several_registrations_of_an_address_are_one_answer(mailroom: Mailroom) -> None:
    mailroom.subscribed(address("both"), "pref=04")
    mailroom.subscribed(address("both"), "role=cio_adviser", frequency=Frequency.DAILY)
    for query in ("pref=13", "pref=13&role=engineer"):
        mailroom.subscribed(address("neither"), query)
    mailroom.subscribed(address("neither"), "pref=14", confirmed_at=NOW)
    number = publish(mailroom)
    mailroom.run()
    assert asked(mailroom, "both", number) == [f"{RECEIVED}(250 OK)。"]
    mailroom.clock.forward(days=1)
    assert mailroom.run() == []
    subject = "「青葉市:CIO補佐官(全庁DX推進)」"
    also = f"(1日1回(午前8時)の登録の分も、先に送ったこのメール{subject}で知らせています)。"
    assert asked(mailroom, "both", number) == [f"{RECEIVED}(250 OK){also}"]
    assert asked(mailroom, "neither", number) == [
        "3つの登録のどれからも送っていません: 「神奈川県」は登録を確定したのは2026年4月1日(水)9:00で、この変更より後です、"
        "「東京都」は条件に合いません(都道府県: 東京都を指定、募集は宮城県)、「東京都 × エンジニア」は条件に合いません"
        "(都道府県: 東京都を指定、募集は宮城県。役割: エンジニアを指定、募集はCIO補佐官等(プロデューサー))。"
    ]


def test_each_change_is_answered_for_the_newest_first(mailroom: Mailroom) -> None:
    mailroom.subscribed(address("tanaka"), kinds=(EventKind.PUBLISHED,))
    number = publish(mailroom)
    assert asked(mailroom, "tanaka", number) == [explaining.UNSEEN]
    mailroom.run()
    with mailroom.writing() as session:
        amended(session, session.get_one(Posting, number), now=mailroom.clock.forward(hours=1), pay_low=20_000)
        amended(session, session.get_one(Posting, number), now=mailroom.clock.forward(hours=1), department="総務課")
        last = session.scalars(select(ChangeEvent).order_by(ChangeEvent.id.desc())).first()
        assert last is not None
        last.material = False
    mailroom.run()
    assert asked(mailroom, "tanaka", number) == [
        explaining.IMMATERIAL, "この種類(変更)は希望していません(希望: 新着)。", f"{RECEIVED}(250 OK)。",
    ]  # fmt: skip


def test_the_brake_the_moderator_and_the_switch_are_named(mailroom: Mailroom) -> None:
    mailroom.steps.brake = Brake(Limits(over=1))
    for name in ("tanaka", "suzuki"):
        mailroom.subscribed(address(name))
    first = publish(mailroom)
    mailroom.run()
    said = "お知らせの数がふだんより多いので、2026年4月1日(水)9:00から掲載確認担当の確認を待っています。"
    assert asked(mailroom, "tanaka", first) == [said]
    mailroom.clock.forward(minutes=30)
    with mailroom.writing() as session:
        hold = session.scalars(select(Hold)).one()
        brake.discard(session, hold.id, reason="試験の募集でした", by=None, now=mailroom.clock())
    mailroom.run()
    assert asked(mailroom, "suzuki", first) == ["掲載確認担当が2026年4月1日(水)9:30に、送らないと決めました(理由: 試験の募集でした)。"]
    mailroom.steps.brake = Brake()
    second = publish(mailroom)
    mailroom.steps.match()
    assert asked(mailroom, "tanaka", second) == ["メールにまとめるのを待っていて、まもなく送ります。"]
    mailroom.steps.compose()
    assert asked(mailroom, "tanaka", second) == ["送信を待つ列にあり、まもなく送ります。"]
    with mailroom.writing() as session:
        switch.stop(session, reason="サーバーの入替え", by=None, now=mailroom.clock())
    assert asked(mailroom, "tanaka", second) == [
        "管理者が2026年4月1日(水)9:30から送信を止めているので、再開を待っています(理由: サーバーの入替え)。"
    ]


def test_a_queued_mail_that_is_not_wanted_any_more_does_not_wait_for_the_switch(mailroom: Mailroom) -> None:
    gone: dict[str, tuple[Act, str]] = {
        "stopped": (
            subscriber(stopped_at=NOW), "この宛先にはメールが届かず、2026年4月1日(水)9:00から配信を止めているので、送りません。"
        ),
        "paused": (pause, "本人が配信を休んでいるので、休みが終わる2026年4月5日(日)24:00に送ります。"),
        "left": (leave, "本人が2026年4月1日(水)9:05に配信を停止したので、送りません。"),
        "left after a try": (
            lambda session, person: (mail(attempts=1)(session, person), leave(session, person)),
            "本人が2026年4月1日(水)9:05に配信を停止したので、送りません。",
        ),
    }  # fmt: skip
    for name in gone:
        mailroom.subscribed(address(name))
    number = publish(mailroom)
    mailroom.steps.match()
    mailroom.steps.compose()
    with mailroom.writing() as session:
        switch.stop(session, reason="サーバーの入替え", by=None, now=mailroom.clock())
    act(mailroom, {name: happens for name, (happens, _) in gone.items()})
    assert {name: asked(mailroom, name, number) for name in gone} == {name: [says] for name, (_, says) in gone.items()}
    with mailroom.writing() as session:
        switch.start(session, by=None, now=mailroom.clock())
    assert mailroom.run() == []


def test_what_was_given_up_and_what_is_too_long_ago_is_said(mailroom: Mailroom) -> None:
    for name in ("tanaka", "suzuki"):
        mailroom.subscribed(address(name))
    mailroom.mailer.refuse[address("suzuki")] = ServerUnreachable(False, "TimeoutError")
    number = publish(mailroom)
    mailroom.run()
    mailroom.clock.forward(days=3, hours=1)
    mailroom.run()
    given_up = "2026年4月4日(土)10:00に送れませんでした"
    assert asked(mailroom, "suzuki", number) == [f"{given_up}(3日間送れませんでした: TimeoutError)。"]
    mailroom.clock.forward(days=90)
    with mailroom.writing() as session:
        retention.forget_mail(session, now=mailroom.clock())
    for name in ("tanaka", "suzuki"):
        assert asked(mailroom, name, number) == ["90日を過ぎたので、知らせたかどうかの記録は残っていません。"]


def test_an_unknown_address_a_posting_nobody_saw_and_what_is_no_address(mailroom: Mailroom) -> None:
    mailroom.subscribed(address("tanaka"))
    number = publish(mailroom)
    mailroom.run()
    assert asked(mailroom, "nobody", number) == [explaining.UNKNOWN]
    assert asked(mailroom, "tanaka", number + 1) == [explaining.NEVER_PUBLIC]
    with mailroom.writing() as session:
        wide = explaining.explain(session, " ＴＡＮＡＫＡ＠example.jp ", number, by=None, now=mailroom.clock())
        assert [one.sentence for one in wide] == [f"{RECEIVED}(250 OK)。"]
        with pytest.raises(Incomplete):
            explaining.explain(session, "tanaka", number, by=None, now=mailroom.clock())
    with mailroom.writing() as session:
        found = session.scalars(select(AuditEntry).where(AuditEntry.action == "mail:explain").order_by(AuditEntry.id)).all()
    assert [(entry.subject_id, entry.facts) for entry in found] == [
        ("0", {"posting": number}), ("1", {"posting": number + 1}), ("1", {"posting": number}),
    ]  # fmt: skip
