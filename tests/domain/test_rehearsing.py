"""A rehearsal says how many would get what and why, and leaves nothing behind."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import select

from jobboard.base.clock import japan_date
from jobboard.base.errors import NotFound
from jobboard.base.states import EventKind, Frequency, State
from jobboard.domain import rehearsing, versions
from jobboard.domain.brake import Limits
from jobboard.domain.rehearsing import Rehearsal, few, rehearse
from jobboard.models import Posting, Refused, Subscriber
from tests.mailroom import LETTERHEAD, Mailroom
from tests.postings import NOW, amended, board, code_of, content, municipality, published


def sent_in(mailroom: Mailroom, **values: object) -> int:
    """A posting that waits for 掲載確認."""
    with mailroom.writing() as session:
        board(session)
        place = session.merge(municipality())
        posting = Posting(
            uuid="0" * 36, municipality=place, state=State.SUBMITTED, created_at=NOW, draft_at=NOW, revision=1
        )
        session.add(posting)
        session.flush()
        posting.pending = versions.new_version(session, posting, content(**values), by=None, now=NOW)
        return posting.id


def everything(mailroom: Mailroom) -> dict[str, list[object]]:
    """Every row of every table."""
    with mailroom.steps.engine.connect() as connection:
        names = sa.inspect(connection).get_table_names()
        return {name: sorted(map(repr, connection.execute(sa.text(f'SELECT * FROM "{name}"')))) for name in names}


def rehearsed(mailroom: Mailroom, number: int | None = None, *, over: int = 0) -> Rehearsal:
    """The rehearsal; that nothing is kept of it is looked at every time."""
    before = everything(mailroom)
    with mailroom.writing() as session:
        posting = session.get_one(Posting, number) if number else None
        found = rehearse(session, LETTERHEAD, Limits(over=over), posting=posting, now=mailroom.clock())
    assert everything(mailroom) == before and mailroom.mailer.letters == []
    return found


def crowd(mailroom: Mailroom) -> None:
    """Six of Miyagi, two of them by the daily mail; one reads everything weekly; three are kept out; one is of Tokyo."""
    for number in range(6):
        often = Frequency.DAILY if number > 3 else Frequency.AT_ONCE
        mailroom.subscribed(f"m{number}@example.jp", "pref=04", frequency=often)
    mailroom.subscribed("all@example.jp", frequency=Frequency.WEEKLY)
    mailroom.subscribed("m0@example.jp", "role=cio_adviser")
    for name in ("stopped", "paused", "refusing"):
        mailroom.subscribed(f"{name}@example.jp", "pref=04")
    mailroom.subscribed("tokyo@example.jp", "pref=13")
    with mailroom.writing() as session:
        session.merge(municipality())
        people = {person.address.partition("@")[0]: person for person in session.scalars(select(Subscriber))}
        people["stopped"].stopped_at = NOW
        people["paused"].subscriptions[0].paused_until = NOW + timedelta(days=9)
        session.add(Refused(subscriber_id=people["refusing"].id, municipality_code=code_of("04780"), created_at=NOW))


def test_a_posting_that_was_sent_in_is_rehearsed_as_if_it_were_published(mailroom: Mailroom) -> None:
    crowd(mailroom)
    found = rehearsed(mailroom, sent_in(mailroom), over=4)
    assert (found.kind, found.people) == (EventKind.PUBLISHED, 7)
    assert found.by_frequency == [(Frequency.AT_ONCE, 4), (Frequency.DAILY, 2), (Frequency.WEEKLY, 1)]
    assert found.by_kind == [(EventKind.PUBLISHED, 7)]
    assert found.by_criteria == [("宮城県", 6)], "what only a few asked for is not told"
    assert (found.stopped, found.paused, found.refused) == (1, 1, 1)
    assert found.subject == "青葉市:CIO補佐官(全庁DX推進)"
    assert "■ 新着 宮城県青葉市" in found.text and "条件「宮城県」に合う募集" in found.text
    assert f"条件を変える・休む: {rehearsing.OWN_LINK}" in found.text
    assert "{{" not in found.text and "example.jp" not in found.text.replace("example.jp/", "")
    (held,) = found.held
    assert (japan_date(held[0]).day, held[1].waiting) == (2, 6), "those at once and the daily ones together, at eight"


def test_no_count_below_five_and_no_mail_of_a_few_is_told(mailroom: Mailroom) -> None:
    """Steps of five, so that no total less its parts tells it either."""
    assert [few(people) for people in (0, 1, 4, 5, 9, 1_234)] == ["5人未満"] * 3 + ["5人", "5人", "1,230人"]
    for number in range(5):
        mailroom.subscribed(f"m{number}@example.jp", "pref=04")
    mailroom.subscribed("m0@example.jp", "role=cio_adviser")
    number = sent_in(mailroom)
    found = rehearsed(mailroom, number)
    assert (found.people, found.by_criteria) == (5, [("宮城県", 5)])
    assert (found.subject, found.text) == ("", ""), "four have this criterion alone; the fifth would be known by the other one"
    mailroom.subscribed("m5@example.jp", "pref=04")
    assert "宮城県" in rehearsed(mailroom, number).text


def test_a_change_that_waits_is_rehearsed_as_what_it_is(mailroom: Mailroom) -> None:
    crowd(mailroom)
    with mailroom.writing() as session:
        number = published(session, municipality(), now=mailroom.clock()).id
    mailroom.run()
    mailroom.mailer.letters.clear()
    with mailroom.writing() as session:
        posting = session.get_one(Posting, number)
        changed = versions.current_content(posting).with_values(pay_low=20_000)
        posting.pending = versions.new_version(session, posting, changed, by=None, now=mailroom.clock())
    mailroom.clock.forward(hours=1)
    found = rehearsed(mailroom, number)
    assert (found.kind, found.material, found.people) == (EventKind.AMENDED, True, 7)
    assert "25,000円 → 20,000円" in found.text
    assert (found.held, found.limit) == ([], None)
    with mailroom.writing() as session:
        posting = session.get_one(Posting, number)
        slight = versions.current_content(posting).with_values(department="総務課")
        posting.pending = versions.new_version(session, posting, slight, by=None, now=mailroom.clock())
    found = rehearsed(mailroom, number)
    assert (found.material, found.people, found.text, found.stopped) == (False, 0, "", 0)


def test_what_waits_is_rehearsed_with_what_was_not_matched_yet(mailroom: Mailroom) -> None:
    crowd(mailroom)
    assert (rehearsed(mailroom).people, rehearsed(mailroom).by_criteria) == (0, [])
    with mailroom.writing() as session:
        posting = published(session, municipality(), now=mailroom.clock())
        amended(session, posting, now=mailroom.clock.forward(minutes=1), pay_low=20_000)
    found = rehearsed(mailroom, over=3)
    assert (found.kind, found.people) == (None, 7)
    assert found.by_kind == [(EventKind.PUBLISHED, 7), (EventKind.AMENDED, 7)]
    assert "■ 新着" in found.text
    assert [counted.waiting for _, counted in found.held] == [4, 6]


def test_what_was_never_sent_in_cannot_be_rehearsed(mailroom: Mailroom) -> None:
    number = sent_in(mailroom)
    with mailroom.writing() as session:
        posting = session.get_one(Posting, number)
        posting.pending = None
        session.delete(posting.versions[0])
    with mailroom.writing() as session, pytest.raises(NotFound):
        rehearse(session, LETTERHEAD, Limits(), posting=session.get_one(Posting, number), now=NOW)
