"""Asking, confirming, changing, pausing, leaving: the page's answer tells nothing, the mail tells everything."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from jobboard.base.errors import Incomplete, NotFound, StaleLink
from jobboard.base.keeping import Kept
from jobboard.base.states import DeliveryKind, Dropped, EventKind, Frequency, SubscriptionState
from jobboard.domain import leaving, links, narrowing, subscriptions
from jobboard.domain.criteria import parse_stored
from jobboard.models import AuditEntry, Delivery, Match, Subscriber, Subscription
from tests.mailroom import KEY, LETTERHEAD, Mailroom, link
from tests.postings import municipality, published


def ask(mailroom: Mailroom, address: str = "tanaka@example.jp", query: str = "pref=04", **values: object) -> None:
    given: dict[str, object] = {"kinds": subscriptions.KINDS, "frequency": Frequency.AT_ONCE, **values}
    with mailroom.writing() as session:
        subscriptions.subscribe(
            session, address, parse_stored(query), **given, letterhead=LETTERHEAD, now=mailroom.clock()  # type: ignore[arg-type]
        )


def kinds_of_mail(mailroom: Mailroom) -> list[DeliveryKind]:
    with mailroom.writing() as session:
        return list(session.scalars(select(Delivery.kind).order_by(Delivery.id)))


def rows(mailroom: Mailroom) -> list[Subscription]:
    with mailroom.writing() as session:
        return list(session.scalars(select(Subscription).order_by(Subscription.id)))


def confirm(mailroom: Mailroom, number: int, generation: int = 1) -> None:
    with mailroom.writing() as session:
        subscriptions.confirm(session, link("confirm", number, generation), now=mailroom.clock())


def test_nothing_is_sent_before_the_address_has_confirmed(mailroom: Mailroom) -> None:
    ask(mailroom)
    (letter,) = mailroom.run()
    number = rows(mailroom)[0].id
    assert f"/subscribe/confirm/{link('confirm', number)}" in letter.text and "条件: 宮城県" in letter.text
    with mailroom.writing() as session:
        published(session, municipality(), now=mailroom.clock.forward(hours=1))
    assert mailroom.run() == []
    confirm(mailroom, number)
    with mailroom.writing() as session:
        published(session, municipality(), now=mailroom.clock.forward(hours=1))
    assert len(mailroom.run()) == 1


def test_confirming_twice_changes_nothing(mailroom: Mailroom) -> None:
    ask(mailroom)
    mailroom.run()
    confirm(mailroom, 1)
    first = rows(mailroom)[0].confirmed_at
    mailroom.clock.forward(hours=1)
    confirm(mailroom, 1)
    assert rows(mailroom)[0].confirmed_at == first and rows(mailroom)[0].state is SubscriptionState.ACTIVE


def test_a_confirmation_link_opens_for_seven_days(mailroom: Mailroom) -> None:
    ask(mailroom)
    mailroom.run()
    mailroom.clock.forward(days=7)
    with pytest.raises(StaleLink):
        confirm(mailroom, 1)


def test_what_was_not_confirmed_within_seven_days_is_deleted_with_the_address(mailroom: Mailroom) -> None:
    ask(mailroom, "tanaka@example.jp")
    mailroom.subscribed("suzuki@example.jp")
    mailroom.clock.forward(days=7, seconds=-1)
    assert mailroom.steps.tidy()[Kept.SUBSCRIPTIONS] == 0
    mailroom.clock.forward(seconds=1)
    assert mailroom.steps.tidy()[Kept.SUBSCRIPTIONS] == 1
    with mailroom.writing() as session:
        assert list(session.scalars(select(Subscriber.address))) == ["suzuki@example.jp"]


def test_asking_again_while_pending_sends_the_same_link_and_takes_the_newer_choice(mailroom: Mailroom) -> None:
    ask(mailroom)
    ask(mailroom, query="pref=04&status=all", frequency=Frequency.WEEKLY, kinds=[EventKind.PUBLISHED])
    (row,) = rows(mailroom)
    assert (row.frequency, row.kinds, row.criteria.query) == (Frequency.WEEKLY, "published", "pref=04")
    first, second = mailroom.run()
    assert link("confirm", row.id) in first.text and link("confirm", row.id) in second.text


def test_asking_again_days_later_makes_a_link_that_lasts_anew(mailroom: Mailroom) -> None:
    ask(mailroom)
    mailroom.run()
    mailroom.clock.forward(days=5)
    ask(mailroom)
    mailroom.run()
    mailroom.clock.forward(days=6)
    confirm(mailroom, 1, generation=2)


def test_asking_for_what_is_active_changes_nothing_and_says_so_by_mail(mailroom: Mailroom) -> None:
    number = mailroom.subscribed("tanaka@example.jp", "pref=04")
    ask(mailroom, "ＴＡＮＡＫＡ@example.jp", frequency=Frequency.WEEKLY)
    (letter,) = mailroom.run()
    assert "すでに登録されています" in letter.text and "/subscriptions/" in letter.text
    (row,) = rows(mailroom)
    assert row.id == number and row.frequency is Frequency.AT_ONCE


def test_nobody_can_be_flooded_through_the_form(mailroom: Mailroom) -> None:
    for number in range(subscriptions.MAILS_A_DAY + 5):
        ask(mailroom, query=f"pay_unit=day&pay_min={number + 1}")
    assert len(kinds_of_mail(mailroom)) == subscriptions.MAILS_A_DAY
    mailroom.clock.forward(days=1)
    ask(mailroom)
    assert len(kinds_of_mail(mailroom)) == subscriptions.MAILS_A_DAY + 1


def test_a_known_address_gets_as_many_mails_a_day_as_an_unknown_one(mailroom: Mailroom) -> None:
    mailroom.subscribed("tanaka@example.jp", "pref=04")
    for _ in range(subscriptions.MAILS_A_DAY + 5):
        ask(mailroom)
    assert kinds_of_mail(mailroom) == [DeliveryKind.MANAGE_LINK] * subscriptions.MAILS_A_DAY


def test_nobody_writes_over_the_company_of_a_confirmed_address(mailroom: Mailroom) -> None:
    ask(mailroom, company="青葉商会")
    ask(mailroom, query="pref=13", company="港商会")
    mailroom.run()
    confirm(mailroom, 1)
    ask(mailroom, query="pref=47", company="偽商会")
    with mailroom.writing() as session:
        assert session.scalars(select(Subscriber.company)).one() == "港商会"


def test_confirming_starts_a_stopped_address_again(mailroom: Mailroom) -> None:
    mailroom.subscribed("tanaka@example.jp", "pref=13")
    with mailroom.writing() as session:
        person = session.scalars(select(Subscriber)).one()
        person.stopped_at, person.stopped_for, person.soft_bounces = mailroom.clock(), "550 no such user", 2
    ask(mailroom)
    assert len(mailroom.run()) == 1, "else nobody could ever come back"
    confirm(mailroom, 2)
    with mailroom.writing() as session:
        person = session.scalars(select(Subscriber)).one()
        assert (person.stopped_at, person.stopped_for, person.soft_bounces) == (None, "", 0)


def test_an_address_holds_thirty_criteria(mailroom: Mailroom) -> None:
    for number in range(subscriptions.MOST):
        mailroom.subscribed("tanaka@example.jp", f"pay_unit=day&pay_min={number + 1}")
    ask(mailroom)
    assert kinds_of_mail(mailroom) == [DeliveryKind.MANAGE_LINK]
    assert len(rows(mailroom)) == subscriptions.MOST


def test_an_address_with_a_japanese_domain_is_written_to_in_its_ascii_form(mailroom: Mailroom) -> None:
    ask(mailroom, "tanaka@日本語.jp")
    (letter,) = mailroom.run()
    assert letter.recipient == "tanaka@xn--wgv71a119e.jp"


def test_all_that_was_typed_wrong_is_told_at_once(mailroom: Mailroom) -> None:
    with pytest.raises(Incomplete) as wrong:
        ask(mailroom, "tanaka@example.jp\r\nBcc: x@y.jp", kinds=[])
    assert [problem.field for problem in wrong.value.problems] == ["email", "kinds"]
    with mailroom.writing() as session:
        assert not session.scalars(select(Subscriber)).all()


def test_leaving_ends_one_criteria_and_what_waited_for_it(mailroom: Mailroom) -> None:
    left = mailroom.subscribed("tanaka@example.jp", "pref=04", frequency=Frequency.DAILY)
    kept = mailroom.subscribed("tanaka@example.jp", "role=cio_adviser", frequency=Frequency.DAILY)
    with mailroom.writing() as session:
        published(session, municipality(), now=mailroom.clock())
        links.issue(session, KEY, "leave", left, 1, now=mailroom.clock())
    mailroom.steps.match()
    with mailroom.writing() as session:
        found = leaving.leave(session, link("leave", left), way="one_click", now=mailroom.clock())
        assert [one.id for one in found.subscriptions] == [left]
    with mailroom.writing() as session:
        again = leaving.leave(session, link("leave", left), way="link", now=mailroom.clock.forward(hours=1))
        assert list(again.subscriptions) == []
        row = session.get_one(Subscription, left)
        assert row.state is SubscriptionState.LEFT and row.left_by == "one_click"
        dropped = dict(list(session.execute(select(Match.subscription_id, Match.dropped))))
        assert dropped == {left: Dropped.LEFT, kept: None}


def test_a_leaving_link_of_an_old_mail_works_whatever_happened_since(mailroom: Mailroom) -> None:
    number = mailroom.subscribed()
    with mailroom.writing() as session:
        links.issue(session, KEY, "leave", number, 1, now=mailroom.clock())
        session.get_one(Subscription, number).link_generation = 7
    mailroom.clock.forward(days=800)
    with mailroom.writing() as session:
        assert leaving.leave(session, link("leave", number), way="link", now=mailroom.clock()).subscriptions
    with mailroom.writing() as session:
        leaving.forget(session, session.scalars(select(Subscriber)).one(), now=mailroom.clock())
    with mailroom.writing() as session:
        assert not leaving.leaving(session, link("leave", number)).subscriptions


def test_only_leaving_links_leave(mailroom: Mailroom) -> None:
    mailroom.subscribed()
    with mailroom.writing() as session:
        person = session.scalars(select(Subscriber)).one()
        manage = links.issue(session, KEY, "manage", person.id, 1, now=mailroom.clock())
        for token in (manage, link("leave", 1), "", "x" * 500):
            with pytest.raises(NotFound):
                leaving.leave(session, token, way="link", now=mailroom.clock())


def test_a_managing_link_reaches_its_own_subscriptions_alone(mailroom: Mailroom) -> None:
    own = mailroom.subscribed("tanaka@example.jp")
    others = mailroom.subscribed("suzuki@example.jp")
    with mailroom.writing() as session:
        person = session.scalars(select(Subscriber).where(Subscriber.address == "tanaka@example.jp")).one()
        assert leaving.one_of(session, person, own).id == own
        for number in (others, 999):
            with pytest.raises(NotFound):
                leaving.one_of(session, person, number)


def test_criteria_change_to_what_is_not_there_yet(mailroom: Mailroom) -> None:
    first = mailroom.subscribed("tanaka@example.jp", "pref=04")
    mailroom.subscribed("tanaka@example.jp", "pref=13")
    with mailroom.writing() as session:
        row = session.get_one(Subscription, first)
        with pytest.raises(Incomplete):
            leaving.change(
                session, row, kinds=subscriptions.KINDS, frequency=Frequency.DAILY, criteria=parse_stored("pref=13"),
                now=mailroom.clock(),
            )
        assert (row.frequency, row.criteria.query) == (Frequency.AT_ONCE, "pref=04"), "what was refused changes nothing"
        leaving.change(
            session, row, kinds=[EventKind.CLOSED], frequency=Frequency.DAILY, criteria=parse_stored("pref=47"),
            now=mailroom.clock(),
        )
    assert (rows(mailroom)[0].criteria.query, rows(mailroom)[0].kinds) == ("pref=47", "closed")


def test_a_pause_lasts_through_its_last_day_in_japan(mailroom: Mailroom) -> None:
    number = mailroom.subscribed()
    with mailroom.writing() as session:
        row = session.get_one(Subscription, number)
        for wrong in (date(2026, 3, 31), date(2027, 4, 3)):
            with pytest.raises(Incomplete):
                leaving.pause(session, row, wrong, now=mailroom.clock())
        leaving.pause(session, row, date(2026, 4, 10), now=mailroom.clock())
        end = row.paused_until
    assert end is not None and end.isoformat() == "2026-04-10T15:00:00+00:00"
    for instant, count in ((end - timedelta(seconds=1), 0), (end, 1)):
        mailroom.clock.instant = instant
        with mailroom.writing() as session:
            published(session, municipality(), now=instant)
        assert len(mailroom.run()) == count


def test_what_waits_follows_every_change_of_a_pause_and_is_told_at_its_own_time_after_it(mailroom: Mailroom) -> None:
    number = mailroom.subscribed(frequency=Frequency.DAILY)
    eight = datetime(2026, 4, 2, 23, tzinfo=UTC)
    mailroom.clock.instant = eight - timedelta(hours=6)
    with mailroom.writing() as session:
        published(session, municipality(), now=mailroom.clock())
    mailroom.steps.match()
    for until, due in (
        (date(2026, 10, 1), datetime(2026, 10, 1, 15, tzinfo=UTC)),
        (date(2026, 4, 10), datetime(2026, 4, 10, 15, tzinfo=UTC)),
        (date(2026, 4, 12), datetime(2026, 4, 12, 15, tzinfo=UTC)),
        (None, eight),
    ):
        with mailroom.writing() as session:
            leaving.pause(session, session.get_one(Subscription, number), until, now=mailroom.clock())
        with mailroom.writing() as session:
            assert session.scalars(select(Match.due_at)).all() == [due]
    mailroom.clock.instant = eight + timedelta(seconds=1)
    with mailroom.writing() as session:
        row = session.get_one(Subscription, number)
        leaving.pause(session, row, date(2026, 10, 1), now=mailroom.clock())
        leaving.pause(session, row, None, now=mailroom.clock())
    assert len(mailroom.run()) == 1


@pytest.mark.parametrize("attempts", [0, 1])
def test_a_mail_that_a_pause_cancelled_or_held_leaves_when_the_pause_is_cut_short(mailroom: Mailroom, attempts: int) -> None:
    number = mailroom.subscribed()
    with mailroom.writing() as session:
        published(session, municipality(), now=mailroom.clock())
    mailroom.steps.match()
    mailroom.steps.compose()
    with mailroom.writing() as session:
        session.execute(update(Delivery).values(attempts=attempts))
    for until, count in ((date(2026, 10, 1), 0), (date(2026, 4, 10), 0), (None, 1)):
        with mailroom.writing() as session:
            leaving.pause(session, session.get_one(Subscription, number), until, now=mailroom.clock())
        assert len(mailroom.run()) == count


def test_deleting_leaves_a_count_and_nothing_else(mailroom: Mailroom) -> None:
    mailroom.subscribed("tanaka@example.jp", "pref=04")
    mailroom.subscribed("tanaka@example.jp", "pref=13")
    with mailroom.writing() as session:
        leaving.forget(session, session.scalars(select(Subscriber)).one(), now=mailroom.clock())
    with mailroom.writing() as session:
        entry = session.scalars(select(AuditEntry)).one()
        assert entry.action == "subscriber:delete" and entry.facts == {"subscriptions": 2}
        assert session.scalar(select(func.count()).select_from(Subscription)) == 0
        for table in Subscription.metadata.sorted_tables:
            assert "tanaka" not in repr(session.execute(table.select()).all())


def test_what_is_declined_does_not_leave_with_a_mail_that_was_composed_already(mailroom: Mailroom) -> None:
    mailroom.subscribed("tanaka@example.jp", "pref=04")
    mailroom.subscribed("suzuki@example.jp", "pref=04")
    with mailroom.writing() as session:
        published(session, municipality(), now=mailroom.clock(), title="断られる募集")
        published(session, municipality("01100", "港町"), now=mailroom.clock(), title="残る募集")
    mailroom.subscribed("tanaka@example.jp", "pref=01")
    mailroom.steps.match()
    mailroom.steps.compose()
    with mailroom.writing() as session:
        tanaka = session.scalars(select(Subscriber).where(Subscriber.address == "tanaka@example.jp")).one()
        narrowing.refuse(session, tanaka, municipality().code, now=mailroom.clock())
    told = {letter.recipient: letter.text for letter in mailroom.run()}
    assert "残る募集" in told["tanaka@example.jp"] and "断られる募集" not in told["tanaka@example.jp"]
    assert "断られる募集" in told["suzuki@example.jp"]
    with mailroom.writing() as session:
        assert [row.dropped for row in session.scalars(select(Match).where(Match.delivery_id.is_(None)))] == [Dropped.REFUSED]


def test_a_mail_names_the_criteria_that_matched_not_what_they_were_changed_to(mailroom: Mailroom) -> None:
    number = mailroom.subscribed("tanaka@example.jp", "pref=04", frequency=Frequency.DAILY)
    with mailroom.writing() as session:
        published(session, municipality(), now=mailroom.clock())
    mailroom.steps.match()
    with mailroom.writing() as session:
        leaving.change(
            session, session.get_one(Subscription, number), kinds=subscriptions.KINDS, frequency=Frequency.DAILY,
            criteria=parse_stored("pref=13"), now=mailroom.clock(),
        )  # fmt: skip
    mailroom.clock.forward(days=1)
    [mail] = mailroom.run()
    assert "条件「宮城県」に合う" in mail.text and "?pref=04" in mail.text
