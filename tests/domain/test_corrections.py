"""訂正・削除の申出: taken from anybody, mailed to nobody before it is answered, answered once, the address forgotten."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jobboard.base.errors import Incomplete, WrongState
from jobboard.base.keeping import Kept
from jobboard.base.states import AccountRole, DeliveryKind, EventKind, Remedy, State
from jobboard.domain import answering, corrections, docket, inquiring, mending, subscriptions
from jobboard.domain.criteria import Criteria
from jobboard.models import Account, AuditEntry, ChangeEvent, Correction, Delivery, Posting, Subscriber
from tests.cast import person
from tests.mailroom import LETTERHEAD, Mailroom, opened
from tests.postings import amended, municipality, published
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


def answer(
    mailroom: Mailroom, correction_id: int, remedy: str = "declined", reason: str = REASON, *, version: str = "", together: tuple[int, ...] = ()
) -> None:
    with mailroom.writing() as session:
        request, *others = (corrections.find(session, number) for number in (correction_id, *together))
        answering.answer(
            session, request, remedy=remedy, reason=reason, version=version, together=others, by=moderator(session),
            letterhead=LETTERHEAD, now=mailroom.clock(),
        )  # fmt: skip


def inquire(mailroom: Mailroom, correction_id: int, note: str = "公式ページと比べてください。", *, again: bool = False) -> None:
    with mailroom.writing() as session:
        request, now = corrections.find(session, correction_id), mailroom.clock()
        inquiring.inquire(session, request, note=note, again=again, by=moderator(session), letterhead=LETTERHEAD, now=now)


def moderator(session: Session) -> Account:
    return session.scalars(select(Account).where(Account.email == "sato@soumu.go.jp")).one()


def mended(mailroom: Mailroom, **values: object) -> str:
    """A new version of the posting; its id as a form sends it."""
    with mailroom.writing() as session:
        posting = session.get_one(Posting, 1)
        return str(amended(session, posting, now=mailroom.clock(), **(values or {"headcount": 2})).id)


def addresses(session: Session) -> list[str]:
    return list(session.scalars(select(Subscriber.address).order_by(Subscriber.id)))


def test_nobody_is_mailed_before_a_moderator_has_answered(mailroom: Mailroom, asked: int) -> None:
    assert mailroom.run() == []
    mailroom.clock.forward(days=2)
    answer(mailroom, asked, "corrected", version=mended(mailroom))
    (letter,) = mailroom.run()
    with mailroom.writing() as session:
        request = session.get_one(Correction, asked)
        assert (letter.recipient, request.remedy, request.reason) == ("tanaka@example.jp", Remedy.CORRECTED, REASON)
        assert request.answered_by is not None and request.answered_by.name == "佐藤 恵"
        assert f"受付番号 {request.receipt}" in str(opened(letter)["Subject"])
    for part in (
        "青葉市 CIO補佐官(全庁DX推進)", "/postings/1", "2026年4月1日(水)", "掲載内容を訂正しました。", REASON,
        "(第2版)", "/postings/1/history", "/correction#complaints",
    ):  # fmt: skip
        assert part in letter.text
    assert WORDS not in letter.text, "who never wrote to us must not be sent a stranger's words"


def test_a_request_without_an_address_is_answered_and_mailed_to_nobody(mailroom: Mailroom, asked: int) -> None:
    with mailroom.writing() as session:
        other = asked_about(session, session.get_one(Posting, 1), now=mailroom.clock(), address=" ").id
    answer(mailroom, other, "declined")
    assert mailroom.run() == []
    with mailroom.writing() as session:
        assert session.get_one(Correction, other).delivery_id is None
        assert docket.count_waiting(session) == 1


def test_the_audit_holds_ids_and_codes_only(mailroom: Mailroom, asked: int, sato: int) -> None:
    inquire(mailroom, asked)
    answer(mailroom, asked)
    with mailroom.writing() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.subject_kind == "correction").order_by(AuditEntry.id))
        told = [(entry.action, entry.account_id, entry.subject_id, entry.facts) for entry in entries]
    assert told == [
        ("correction:receive", None, str(asked), {"posting": 1, "fault": "untrue"}),
        ("correction:inquire", sato, str(asked), {"posting": 1}),
        ("correction:answer", sato, str(asked), {"posting": 1, "remedy": "declined", "version": None}),
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
        ("corrected", " \n", ["version", "reason"]), ("", REASON, ["remedy"]), ("king", "", ["remedy", "reason"]),
        ("declined", "あ" * 2_001, ["reason"]),
    ):  # fmt: skip
        with pytest.raises(Incomplete) as gaps:
            answer(mailroom, asked, remedy, reason)
        assert [problem.field for problem in gaps.value.problems] == wrong
    with mailroom.writing() as session:
        assert session.get_one(Correction, asked).answered_at is None


def test_corrected_names_the_version_that_did_it_and_nothing_else_will_do(mailroom: Mailroom, asked: int) -> None:
    with mailroom.writing() as session:
        first = str(session.get_one(Posting, 1).current_id)
    for typed in ("", first, "999", "1; --"):
        with pytest.raises(Incomplete) as gaps:
            answer(mailroom, asked, "corrected", version=typed)
        assert [(one.field, one.message) for one in gaps.value.problems] == [("version", mending.UNCHANGED)]
    mailroom.clock.forward(hours=1)
    version = mended(mailroom)
    with pytest.raises(Incomplete) as gaps:
        answer(mailroom, asked, "corrected", version=first)
    assert [one.message for one in gaps.value.problems] == [mending.UNCHOSEN]
    answer(mailroom, asked, "corrected", version=version)
    with mailroom.writing() as session:
        request = session.get_one(Correction, asked)
        assert request.version is not None and request.version.number == 2


def test_what_was_put_right_elsewhere_is_told_as_that(mailroom: Mailroom, asked: int) -> None:
    answer(mailroom, asked, "corrected", version=mending.ELSEWHERE)
    (letter,) = mailroom.run()
    assert answering.NOT_HERE in letter.text and "history" not in letter.text
    with mailroom.writing() as session:
        assert session.get_one(Correction, asked).version is None


def test_the_municipality_is_asked_what_was_said_and_never_by_whom(mailroom: Mailroom, asked: int) -> None:
    with mailroom.writing() as session:
        words = "締切が違います。tanaka@example.jp、suzuki＠example.jpに連絡してください。"
        asked = asked_about(session, session.get_one(Posting, 1), now=mailroom.clock(), text=words).id
        receipt = session.get_one(Correction, asked).receipt
    inquire(mailroom, asked)
    (letter,) = mailroom.run()
    assert letter.recipient == "editor@city.aoba.lg.jp"
    for part in ("/desk/postings/1", receipt, "内容が事実と異なる", "締切が違います。", "公式ページと比べてください。", "2026年4月15日(水)までに"):
        assert part in letter.text, part
    assert "tanaka" not in letter.text and "suzuki" not in letter.text
    inquire_again = pytest.raises(Incomplete, match="again")
    with inquire_again:
        inquire(mailroom, asked)
    inquire(mailroom, asked, again=True)
    assert len(mailroom.run()) == 1
    for note, field in ((" ", "note"), ("あ" * 2_001, "note")):
        with pytest.raises(Incomplete, match=field):
            inquire(mailroom, asked, note, again=True)
    answer(mailroom, asked)
    with pytest.raises(WrongState):
        inquire(mailroom, asked, again=True)


def test_a_municipality_without_an_editor_is_asked_by_telephone(mailroom: Mailroom, asked: int) -> None:
    with mailroom.writing() as session:
        for account in session.scalars(select(Account).where(Account.email == "editor@city.aoba.lg.jp")):
            account.deactivated_at = mailroom.clock()
    with pytest.raises(Incomplete, match="電話"):
        inquire(mailroom, asked)
    with mailroom.writing() as session:
        assert session.get_one(Correction, asked).inquiries == []


def test_several_requests_about_one_posting_are_answered_together_or_not_at_all(mailroom: Mailroom, asked: int) -> None:
    with mailroom.writing() as session:
        posting = session.get_one(Posting, 1)
        second, third = (asked_about(session, posting, now=mailroom.clock(), address=f"{name}@example.jp").id for name in ("suzuki", "sato"))
        elsewhere = asked_about(session, published(session, municipality(), now=mailroom.clock()), now=mailroom.clock()).id
        assert [one.id for one in docket.beside(session, session.get_one(Correction, asked))] == [third, second]
    answer(mailroom, third)
    for others, words in (((second, third), "先に回答"), ((second, elsewhere), "ほかの募集")):
        with pytest.raises(Incomplete, match=words):
            answer(mailroom, asked, together=others)
    answer(mailroom, asked, "stopped", together=(second,))
    letters = [letter.recipient for letter in mailroom.run()]
    assert sorted(letters) == sorted(["sato@example.jp", "tanaka@example.jp", "suzuki@example.jp", "editor@city.aoba.lg.jp"])
    with mailroom.writing() as session:
        assert docket.count_waiting(session) == 1


def test_a_version_from_before_the_newest_of_them_corrects_not_all_of_them(mailroom: Mailroom, asked: int) -> None:
    mailroom.clock.forward(hours=1)
    version = mended(mailroom)
    mailroom.clock.forward(hours=1)
    with mailroom.writing() as session:
        later = asked_about(session, session.get_one(Posting, 1), now=mailroom.clock(), fault="other").id
    with pytest.raises(Incomplete, match="version"):
        answer(mailroom, asked, "corrected", version=version, together=(later,))
    answer(mailroom, asked, "corrected", version=version)


def test_all_that_was_done_is_told_in_its_order(mailroom: Mailroom, asked: int) -> None:
    mailroom.clock.forward(hours=1)
    inquire(mailroom, asked)
    mailroom.clock.forward(hours=1)
    version = mended(mailroom, headcount=3)
    mailroom.clock.forward(days=20)
    answer(mailroom, asked, "corrected", version=version)
    with mailroom.writing() as session:
        request = session.get_one(Correction, asked)
        told = [(step.words, step.by, step.text) for step in mending.steps(session, request)]
        assert docket.was_late(request)
    assert told == [
        ("申出を受け付けた", "", ""),
        ("市区町村に確かめた", "佐藤 恵", "公式ページと比べてください。"),
        ("募集の第2版が公開された", "", "変わった項目: 募集人数"),
        ("回答した: 訂正した(第2版)", "佐藤 恵", REASON),
    ]


def test_answered_requests_are_found_by_what_they_are(mailroom: Mailroom, asked: int) -> None:
    with mailroom.writing() as session:
        other = asked_about(session, session.get_one(Posting, 1), now=mailroom.clock(), fault="over").id
        receipt = session.get_one(Correction, other).receipt
    answer(mailroom, asked)
    answer(mailroom, other, "stopped")
    with mailroom.writing() as session:
        for given, found in (
            ({}, [other, asked]), ({"receipt": receipt[:9]}, [other]), ({"receipt": "２６０４０１ー"}, [other, asked]), ({"receipt": "%"}, []),
            ({"pref": "04"}, [other, asked]), ({"pref": "13"}, []), ({"fault": "over"}, [other]), ({"remedy": "declined"}, [asked]),
            ({"fault": "king", "pref": "99", "remedy": "'"}, [other, asked]),
        ):  # fmt: skip
            page = docket.answered(session, docket.Wanted.read(given), page=7)
            assert ([one.id for one in page.rows], page.count, page.number) == (found, len(found), 1), given


def test_a_receipt_is_drawn_from_more_than_anybody_can_try(mailroom: Mailroom, asked: int) -> None:
    with mailroom.writing() as session:
        receipt = session.get_one(Correction, asked).receipt
        assert len(receipt) == 15 and corrections.received(session, receipt).id == asked


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
        found = docket.waiting(session, now=datetime(2026, 4, 15, 14, tzinfo=UTC))
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
