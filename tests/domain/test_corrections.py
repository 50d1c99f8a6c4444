"""訂正・削除の申出: taken from anybody, mailed to nobody before it is answered, answered once, the address forgotten."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jobboard.base.errors import Incomplete, WrongState
from jobboard.base.keeping import Kept
from jobboard.base.states import AccountRole, DeliveryKind, EventKind, Remedy, State
from jobboard.domain import answering, corrections, subscriptions
from jobboard.domain.criteria import Criteria
from jobboard.models import Account, AuditEntry, ChangeEvent, Correction, Delivery, Posting, Subscriber
from tests.cast import person
from tests.mailroom import LETTERHEAD, Mailroom, opened
from tests.postings import municipality, published
from tests.stories import asked_about

WORDS = "締切が公式ページと違います。"
REASON = "市に確かめ、締切を5月22日に直しました。"


@pytest.fixture
def sato(mailroom: Mailroom) -> int:
    """The moderator's id, and an editor of 青葉市 beside her."""
    with mailroom.writing() as session:
        place = session.merge(municipality())
        moderator = person("sato@soumu.go.jp", "佐藤 恵", AccountRole.MODERATOR)
        session.add_all([moderator, person("editor@city.aoba.lg.jp", "青葉 花子", AccountRole.EDITOR, place.code)])
        session.flush()
        return moderator.id


@pytest.fixture
def asked(mailroom: Mailroom, sato: int) -> int:
    """A request about a posting of 青葉市, by 田中."""
    with mailroom.writing() as session:
        return asked_about(session, published(session, municipality(), now=mailroom.clock()), now=mailroom.clock()).id


def answer(mailroom: Mailroom, correction_id: int, remedy: str = "corrected", reason: str = REASON) -> None:
    with mailroom.writing() as session:
        by = session.scalars(select(Account).where(Account.email == "sato@soumu.go.jp")).one()
        request = corrections.find(session, correction_id)
        answering.answer(
            session, request, remedy=remedy, reason=reason, by=by, letterhead=LETTERHEAD, now=mailroom.clock()
        )


def addresses(session: Session) -> list[str]:
    return list(session.scalars(select(Subscriber.address).order_by(Subscriber.id)))


def test_nobody_is_mailed_before_a_moderator_has_answered(mailroom: Mailroom, asked: int) -> None:
    assert mailroom.run() == []
    mailroom.clock.forward(days=2)
    answer(mailroom, asked)
    (letter,) = mailroom.run()
    with mailroom.writing() as session:
        request = session.get_one(Correction, asked)
        assert (letter.recipient, request.remedy, request.reason) == ("tanaka@example.jp", Remedy.CORRECTED, REASON)
        assert request.answered_by is not None and request.answered_by.name == "佐藤 恵"
        assert f"受付番号 {request.receipt}" in str(opened(letter)["Subject"])
    for part in ("青葉市 CIO補佐官(全庁DX推進)", "/postings/1", "2026年4月1日(水)", "掲載内容を訂正しました。", REASON):
        assert part in letter.text
    assert WORDS not in letter.text, "who never wrote to us must not be sent a stranger's words"


def test_a_request_without_an_address_is_answered_and_mailed_to_nobody(mailroom: Mailroom, asked: int) -> None:
    with mailroom.writing() as session:
        other = asked_about(session, session.get_one(Posting, 1), now=mailroom.clock(), address=" ").id
    answer(mailroom, other, "declined")
    assert mailroom.run() == []
    with mailroom.writing() as session:
        assert session.get_one(Correction, other).delivery_id is None
        assert corrections.count_waiting(session) == 1


def test_the_audit_holds_ids_and_codes_only(mailroom: Mailroom, asked: int, sato: int) -> None:
    answer(mailroom, asked)
    with mailroom.writing() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.subject_kind == "correction").order_by(AuditEntry.id))
        told = [(entry.action, entry.account_id, entry.subject_id, entry.facts) for entry in entries]
    assert told == [
        ("correction:receive", None, str(asked), {"posting": 1, "fault": "untrue"}),
        ("correction:answer", sato, str(asked), {"posting": 1, "remedy": "corrected"}),
    ]


def test_a_request_is_answered_once(mailroom: Mailroom, asked: int) -> None:
    answer(mailroom, asked)
    with pytest.raises(WrongState):
        answer(mailroom, asked, "stopped", "別の担当者の理由")
    with mailroom.writing() as session:
        assert session.get_one(Correction, asked).reason == REASON
        assert session.get_one(Posting, 1).state is State.PUBLISHED
    assert len(mailroom.run()) == 1


def test_an_answer_without_decision_or_reason_does_nothing(mailroom: Mailroom, asked: int) -> None:
    for remedy, reason, wrong in (
        ("corrected", " \n", ["reason"]), ("", REASON, ["remedy"]), ("king", "", ["remedy", "reason"]),
        ("declined", "あ" * 2_001, ["reason"]),
    ):  # fmt: skip
        with pytest.raises(Incomplete) as gaps:
            answer(mailroom, asked, remedy, reason)
        assert [problem.field for problem in gaps.value.problems] == wrong
    with mailroom.writing() as session:
        assert session.get_one(Correction, asked).answered_at is None


def test_stopping_takes_the_posting_off_and_tells_its_municipality(mailroom: Mailroom, asked: int) -> None:
    answer(mailroom, asked, "stopped", "実在しない募集でした。")
    with mailroom.writing() as session:
        posting = session.get_one(Posting, 1)
        assert posting.state is State.WITHDRAWN and posting.closed_note == answering.STOPPED_NOTE
        assert session.scalars(select(ChangeEvent.kind).order_by(ChangeEvent.id.desc())).first() is EventKind.WITHDRAWN
    letters = {letter.recipient: letter.text for letter in mailroom.run()}
    assert set(letters) == {"tanaka@example.jp", "editor@city.aoba.lg.jp"}
    assert "掲載を止めました" in letters["tanaka@example.jp"] and "実在しない" in letters["editor@city.aoba.lg.jp"]


def test_a_posting_that_is_over_is_not_withdrawn_again(mailroom: Mailroom, asked: int) -> None:
    with mailroom.writing() as session:
        again = asked_about(session, session.get_one(Posting, 1), now=mailroom.clock(), fault="over", address="").id
    answer(mailroom, asked, "stopped")
    answer(mailroom, again, "stopped")
    with mailroom.writing() as session:
        count = select(func.count()).where(Delivery.kind == DeliveryKind.STOPPED)
        assert session.scalar(count) == 1


def test_the_oldest_waits_first_and_the_term_counts_workdays(mailroom: Mailroom, asked: int) -> None:
    with mailroom.writing() as session:
        posting = session.get_one(Posting, 1)
        asked_about(session, posting, now=datetime(2026, 4, 24, 1, tzinfo=UTC), fault="over")
        asked_about(session, posting, now=datetime(2026, 3, 31, 1, tzinfo=UTC), fault="unlawful")
        found = corrections.waiting(session, now=datetime(2026, 4, 15, 14, tzinfo=UTC))
        assert [one.correction.fault.value for one in found] == ["unlawful", "untrue", "over"]
        assert [(one.waited, one.left, one.is_over) for one in found] == [(11, -1, True), (10, 0, False), (0, 10, False)]
        # 29 April to 6 May 2026 holds four holidays
        assert [one.due_on for one in found] == [date(2026, 4, 14), date(2026, 4, 15), date(2026, 5, 14)]
    saturday = datetime(2026, 4, 18, 3, tzinfo=UTC)
    with mailroom.writing() as session:
        friday = asked_about(session, posting, now=datetime(2026, 4, 3, 3, tzinfo=UTC), fault="other")
        late = corrections.waits(friday, now=saturday)
        assert late.due_on == date(2026, 4, 17) and late.is_over and late.left == 0


def test_every_mistake_is_told_at_once(mailroom: Mailroom, asked: int) -> None:
    with mailroom.writing() as session, pytest.raises(Incomplete) as gaps:
        posting = session.get_one(Posting, 1)
        asked_about(session, posting, fault="x", text="\x00短い" + " " * 20, speaker="king", address="a@b.jp\nBcc: c@d.jp")
    assert [problem.field for problem in gaps.value.problems] == ["fault", "text", "speaker", "email"]


def test_the_same_words_sent_twice_are_one_request(mailroom: Mailroom, asked: int) -> None:
    with mailroom.writing() as session:
        posting = session.get_one(Posting, 1)
        assert asked_about(session, posting, now=mailroom.clock.forward(minutes=1)).id == asked
        assert asked_about(session, posting, now=mailroom.clock(), address="suzuki@example.jp").id != asked
        assert asked_about(session, posting, now=mailroom.clock.forward(hours=1)).id != asked


def test_the_address_is_deleted_ninety_days_after_the_answer_and_the_request_stays(
    mailroom: Mailroom, asked: int
) -> None:
    mailroom.clock.forward(days=200)
    mailroom.steps.tidy()
    with mailroom.writing() as session:
        assert addresses(session) == ["tanaka@example.jp"], "whoever waits is still to be answered"
    answer(mailroom, asked)
    mailroom.run()
    mailroom.clock.forward(days=90, seconds=-1)
    mailroom.steps.tidy()
    with mailroom.writing() as session:
        assert addresses(session) == ["tanaka@example.jp"]
    mailroom.clock.forward(seconds=1)
    mailroom.steps.tidy()
    with mailroom.writing() as session:
        request, mail = session.get_one(Correction, asked), session.scalars(select(Delivery)).one()
        assert addresses(session) == [] and (request.text, request.reason) == (WORDS, REASON)
        assert (mail.subscriber_id, mail.text_id, mail.words) == (None, None, {}) and request.delivery_id == mail.id


def test_an_address_that_is_also_subscribed_stays_for_its_subscription_alone(mailroom: Mailroom, asked: int) -> None:
    mailroom.subscribed("tanaka@example.jp")
    answer(mailroom, asked)
    mailroom.clock.forward(days=90)
    mailroom.steps.tidy()
    with mailroom.writing() as session:
        assert addresses(session) == ["tanaka@example.jp"]
        kind, person_id = DeliveryKind.CORRECTION_ANSWERED, session.get_one(Correction, asked).subscriber_id
        assert person_id is None
        assert session.scalars(select(Delivery.subscriber_id).where(Delivery.kind == kind)).one() is None


def test_a_subscription_that_was_never_confirmed_takes_no_waiting_address_with_it(
    mailroom: Mailroom, asked: int
) -> None:
    kinds, often = subscriptions.KINDS, subscriptions.Frequency.AT_ONCE
    with mailroom.writing() as session:
        subscriptions.subscribe(
            session, "Tanaka@example.jp", Criteria(), kinds, often, "青葉商会", letterhead=LETTERHEAD, now=mailroom.clock()
        )
        assert session.scalars(select(Subscriber.company)).one() == "青葉商会"
    mailroom.clock.forward(days=7)
    assert mailroom.steps.tidy()[Kept.SUBSCRIPTIONS] == 1
    with mailroom.writing() as session:
        assert addresses(session) == ["tanaka@example.jp"]
        assert session.get_one(Correction, asked).received_at == mailroom.clock() - timedelta(days=7)
