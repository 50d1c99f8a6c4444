"""One mail per person and run: each posting once, old to new against what this reader was told of."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from jobboard.base.states import ClosedReason, DeliveryState, EventKind, ExtensionReason, Frequency
from jobboard.domain import publication
from jobboard.domain.entries import collapsed_kind
from jobboard.domain.wrapping import width
from jobboard.models import Board, Delivery, Match, Posting, Subscriber, Subscription
from tests.mailroom import Mailroom, link, opened
from tests.postings import DEADLINE, amended, municipality, published

LATER = datetime(2026, 6, 12, 8, 0, tzinfo=UTC)
"""12 June 2026, 17:00 in Japan."""


def publish(mailroom: Mailroom, **values: object) -> int:
    with mailroom.writing() as session:
        return published(session, municipality(), now=mailroom.clock(), **values).id


def amend(mailroom: Mailroom, number: int, **values: object) -> None:
    with mailroom.writing() as session:
        amended(session, session.get_one(Posting, number), now=mailroom.clock.forward(hours=1), **values)


def extend(mailroom: Mailroom, number: int, until: datetime = LATER) -> None:
    with mailroom.writing() as session:
        posting = session.get_one(Posting, number)
        reason = ExtensionReason.FEW_APPLICANTS
        publication.extend(session, posting, until=until, reason=reason, by=None, now=mailroom.clock.forward(hours=1))


def close(mailroom: Mailroom, number: int) -> None:
    with mailroom.writing() as session:
        posting = session.get_one(Posting, number)
        publication.close(session, posting, reason=ClosedReason.FILLED, by=None, now=mailroom.clock.forward(hours=1))


def test_a_person_gets_one_mail_for_all_criteria_and_each_posting_stands_in_it_once(mailroom: Mailroom) -> None:
    mailroom.subscribed("tanaka@example.jp", "pref=04")
    mailroom.subscribed("tanaka@example.jp", "role=cio_adviser")
    mailroom.subscribed("suzuki@example.jp", "pref=13")
    first, second = publish(mailroom), publish(mailroom, title="データ分析の助言")
    letters = mailroom.run()
    assert [letter.recipient for letter in letters] == ["tanaka@example.jp"]
    text = letters[0].text
    assert text.count(f"/postings/{first}\n") == 1 and text.count(f"/postings/{second}\n") == 1
    assert "登録した2つの条件に合う募集のお知らせ(2件)" in text
    assert "合った条件 「宮城県」、「CIO補佐官等」" in text
    assert mailroom.run() == []


def test_several_events_of_a_posting_become_one_entry(mailroom: Mailroom) -> None:
    mailroom.subscribed(frequency=Frequency.DAILY)
    number = publish(mailroom)
    mailroom.clock.forward(days=1)
    assert len(mailroom.run()) == 1
    amend(mailroom, number, pay_low=20_000)
    amend(mailroom, number, pay_low=27_000)
    extend(mailroom, number)
    mailroom.clock.forward(days=1)
    (letter,) = mailroom.run()
    assert letter.text.count("■") == 1 and "■ 変更 宮城県青葉市" in letter.text
    assert "25,000円 → 27,000円" in letter.text and "20,000円" not in letter.text
    assert "5月29日(金)17:00 → 6月12日(金)17:00" in letter.text


def test_old_is_what_this_reader_was_last_told_of(mailroom: Mailroom) -> None:
    mailroom.subscribed("all@example.jp")
    mailroom.subscribed("ends@example.jp", kinds=(EventKind.PUBLISHED, EventKind.EXTENDED))
    number = publish(mailroom)
    mailroom.run()
    amend(mailroom, number, pay_low=20_000)
    assert [letter.recipient for letter in mailroom.run()] == ["all@example.jp"]
    extend(mailroom, number)
    by_reader = {letter.recipient: letter.text for letter in mailroom.run()}
    assert "25,000円 → 20,000円" in by_reader["ends@example.jp"]
    assert "20,000円" not in by_reader["all@example.jp"]
    assert all("5月29日(金)17:00 → 6月12日(金)17:00" in text for text in by_reader.values())


def test_who_was_never_told_sees_the_version_before_the_event(mailroom: Mailroom) -> None:
    number = publish(mailroom)
    amend(mailroom, number, pay_low=20_000)
    mailroom.run()
    mailroom.subscribed()
    extend(mailroom, number)
    (letter,) = mailroom.run()
    assert "→ 6月12日(金)17:00" in letter.text and "20,000円" not in letter.text


def test_a_change_that_was_taken_back_says_so(mailroom: Mailroom) -> None:
    mailroom.subscribed(frequency=Frequency.DAILY)
    number = publish(mailroom)
    mailroom.clock.forward(days=1)
    mailroom.run()
    amend(mailroom, number, pay_low=20_000)
    amend(mailroom, number, pay_low=25_000)
    mailroom.clock.forward(days=1)
    (letter,) = mailroom.run()
    assert "前回お知らせした内容に戻りました。" in letter.text


def test_what_was_told_at_once_is_not_told_again_by_the_daily_mail(mailroom: Mailroom) -> None:
    mailroom.subscribed("tanaka@example.jp", "pref=04")
    mailroom.subscribed("tanaka@example.jp", "role=cio_adviser", frequency=Frequency.DAILY)
    publish(mailroom)
    assert len(mailroom.run()) == 1
    mailroom.clock.forward(days=1)
    assert mailroom.run() == []
    with mailroom.writing() as session:
        assert session.scalar(select(func.count()).where(Match.delivery_id.is_(None))) == 0


def test_a_mail_that_failed_is_not_counted_as_told(mailroom: Mailroom) -> None:
    mailroom.subscribed()
    number = publish(mailroom)
    mailroom.run()
    with mailroom.writing() as session:
        session.execute(Delivery.__table__.update().values(state=DeliveryState.FAILED))  # type: ignore[attr-defined]
    amend(mailroom, number, pay_low=20_000)
    extend(mailroom, number)
    (letter,) = mailroom.run()
    assert "25,000円 → 20,000円" in letter.text


def test_a_pause_that_begins_before_the_daily_mail_holds_it_until_it_ends(mailroom: Mailroom) -> None:
    number = mailroom.subscribed(frequency=Frequency.DAILY)
    publish(mailroom)
    mailroom.steps.match()
    with mailroom.writing() as session:
        session.get_one(Subscription, number).paused_until = mailroom.clock() + timedelta(days=5)
    mailroom.clock.forward(days=2)
    assert mailroom.run() == []
    mailroom.clock.forward(days=4)
    assert len(mailroom.run()) == 1


def test_an_ending_says_how_it_ended(mailroom: Mailroom) -> None:
    mailroom.subscribed()
    number = publish(mailroom)
    mailroom.run()
    close(mailroom, number)
    (letter,) = mailroom.run()
    assert "■ 終了 宮城県青葉市" in letter.text and "採用・契約決定" in letter.text
    assert opened(letter)["Subject"] == "青葉市:終了 CIO補佐官(全庁DX推進)"


def test_several_kinds_amount_to_the_weightiest() -> None:
    published_, amended_, extended = EventKind.PUBLISHED, EventKind.AMENDED, EventKind.EXTENDED
    assert collapsed_kind([published_, amended_]) is published_
    assert collapsed_kind([extended, amended_]) is amended_
    assert collapsed_kind([published_, EventKind.CLOSED]) is EventKind.CLOSED
    assert collapsed_kind([EventKind.CLOSED, EventKind.REOPENED]) is EventKind.REOPENED
    assert collapsed_kind([EventKind.WITHDRAWN, EventKind.REOPENED, extended]) is EventKind.REOPENED


def test_the_subject_says_who_and_what_first(mailroom: Mailroom) -> None:
    mailroom.subscribed()
    old = publish(mailroom)
    mailroom.run()
    publish(mailroom, title="データ分析の助言")
    publish(mailroom, title="窓口の改革")
    extend(mailroom, old)
    (letter,) = mailroom.run()
    assert opened(letter)["Subject"] == "青葉市ほか2件:データ分析の助言、新着・締切延長…"


def test_the_demonstration_says_so_in_the_subject(mailroom: Mailroom) -> None:
    mailroom.subscribed()
    publish(mailroom)
    with mailroom.writing() as session:
        session.get_one(Board, 1).demonstration = True
    (letter,) = mailroom.run()
    assert letter.subject.startswith("【見本】青葉市:")


def test_a_notice_names_sender_speaker_and_ways_out_and_threads_by_posting(mailroom: Mailroom) -> None:
    number = mailroom.subscribed()
    posting = publish(mailroom)
    (letter,) = mailroom.run()
    message = opened(letter)
    with mailroom.writing() as session:
        person = session.scalars(select(Subscriber)).one()
        uuid = session.get_one(Posting, posting).uuid
    assert message["List-Unsubscribe"] == f"<https://jobs.example.go.jp/u/{link('leave', number)}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Id"] == "<notices.jobs.example.go.jp>"
    assert message["Auto-Submitted"] == "auto-generated" and message["Precedence"] == "bulk"
    assert message["References"] == message["In-Reply-To"] == f"<posting-{uuid}@jobs.example.go.jp>"
    for words in (
        "募集の主体は青葉市です。応募・選考は青葉市が直接行い、総務省は選考に関与しません。",
        "〒100-8926 東京都千代田区霞が関2-1-2",
        f"https://jobs.example.go.jp/subscriptions/{link('manage', person.id)}",
        f"https://jobs.example.go.jp/u/{link('leave', number)}",
    ):
        assert words in "".join(letter.text.split("\n")) and words in letter.html
    assert "{{" not in letter.text + letter.html + str(message)


def test_a_mail_for_several_criteria_leaves_all_of_them_by_one_click(mailroom: Mailroom) -> None:
    mailroom.subscribed("tanaka@example.jp", "pref=04")
    mailroom.subscribed("tanaka@example.jp", "role=cio_adviser")
    publish(mailroom)
    (letter,) = mailroom.run()
    with mailroom.writing() as session:
        person = session.scalars(select(Subscriber)).one()
    assert f"/u/{link('leave_all', person.id)}>" in opened(letter)["List-Unsubscribe"]


def test_lines_of_the_text_fit_and_do_not_begin_with_punctuation(mailroom: Mailroom) -> None:
    mailroom.subscribed()
    number = publish(mailroom, work_place="、".join(["本庁舎及び支所"] * 20), title="あ" * 80)
    mailroom.run()
    amend(mailroom, number, work_place="、".join(["支所及び本庁舎"] * 20), duties="助言をします。" * 60)
    (letter,) = mailroom.run()
    lines = [line for line in letter.text.split("\n") if "https://" not in line]
    assert max(map(width, lines)) <= 74
    assert not [line for line in lines if line.strip().startswith(("、", "。", ")", "」"))]


def test_markup_in_a_posting_stays_text_in_the_html(mailroom: Mailroom) -> None:
    mailroom.subscribed()
    publish(mailroom, title="<img src=x onerror=alert(1)>CIO")
    (letter,) = mailroom.run()
    assert "<img" not in letter.html and "&lt;img" in letter.html


def test_a_link_written_into_a_posting_stays_text(mailroom: Mailroom) -> None:
    mailroom.subscribed("suzuki@example.jp", "pref=47")
    number = mailroom.subscribed("tanaka@example.jp")
    with mailroom.writing() as session:
        others = session.scalars(select(Subscriber.id).order_by(Subscriber.id)).first()
    title = f"{{{{manage:{others}:1}}}}{{{{leave:{number}:1}}}}{{{{manage}}}}{{{{leave}}}}"
    publish(mailroom, title=title)
    (letter,) = mailroom.run()
    assert title in "".join(line.strip() for line in letter.text.split("\n"))
    assert link("manage", others or 0) not in letter.text + letter.html
    assert letter.text.count(link("leave", number)) == 1 and title in letter.html


def test_the_deadline_in_a_mail_is_the_one_of_the_version(mailroom: Mailroom) -> None:
    mailroom.subscribed()
    publish(mailroom, apply_by=DEADLINE)
    (letter,) = mailroom.run()
    assert "2026年5月29日(金)17:00" in letter.text
