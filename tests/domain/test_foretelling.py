"""この条件なら、先月は N 通: told before anybody subscribes, and true: the same changes bring as many mails."""

from datetime import timedelta

import pytest
from sqlalchemy import event, update

from jobboard.base.states import ClosedReason, EventKind, Frequency
from jobboard.base.vocabulary import Role
from jobboard.domain import foretelling, publication
from jobboard.domain.criteria import parse_stored
from jobboard.domain.foretelling import Foretold
from jobboard.domain.subscriptions import KINDS
from jobboard.models import ChangeEvent, Posting
from tests.mailroom import Mailroom
from tests.postings import amended, code_of, municipality, published

AOBA, MINATO = code_of("04780"), code_of("13480")
QUERIES = (
    "", "pref=04", "pref=13", f"municipality={AOBA}", f"municipality={MINATO}", "q=全庁", "q=甲乙丙", "q=甲乙丙&q=全庁",
    "q=-甲乙丙 助言", "q=改まる前", "q=改まった後", "role=engineer", "role=cio_adviser", "pay_unit=day&pay_min=29000",
    "closing_before=2026-05-29", "audience=person&remote=partly", "posting=1", "posting=2&posting=3",
)  # fmt: skip
ASKED = [(query, KINDS, list(Frequency)[number % 3]) for number, query in enumerate((*QUERIES, "", "", ""))]
ASKED += [("", (kind,), Frequency.DAILY) for kind in (EventKind.PUBLISHED, EventKind.AMENDED, EventKind.CLOSED)]


def told(
    mailroom: Mailroom, query: str = "", kinds: tuple[EventKind, ...] = KINDS, frequency: Frequency = Frequency.AT_ONCE
) -> Foretold:
    with mailroom.writing() as session:
        return foretelling.foretell(session, parse_stored(query), kinds, frequency, now=mailroom.clock())


def publish(mailroom: Mailroom, first_five: str = "04780", **values: object) -> None:
    with mailroom.writing() as session:
        session.merge(municipality())  # a joint recruitment names it
        published(session, municipality(first_five, "青葉市" if first_five == "04780" else "港町"), now=mailroom.clock(), **values)


def amend(mailroom: Mailroom, number: int, **values: object) -> None:
    with mailroom.writing() as session:
        amended(session, session.get_one(Posting, number), now=mailroom.clock(), **values)


def close(mailroom: Mailroom, number: int) -> None:
    with mailroom.writing() as session:
        publication.close(
            session, session.get_one(Posting, number), reason=ClosedReason.FILLED, by=None, now=mailroom.clock()
        )


def live_through(mailroom: Mailroom, days: int) -> None:
    """The worker runs now, and at eight o'clock in Japan on each of the days; each ends at nine."""
    mailroom.run()
    for _ in range(days):
        mailroom.clock.forward(hours=23)
        mailroom.run()
        mailroom.clock.forward(hours=1)


def test_a_month_would_have_brought_as_many_mails_as_it_did_bring(mailroom: Mailroom) -> None:
    for number, (query, kinds, frequency) in enumerate(ASKED):
        mailroom.subscribed(f"r{number}@example.jp", query, kinds=kinds, frequency=frequency)
    publish(mailroom)
    publish(mailroom, "13480", title="甲乙丙の助言", pay_low=30_000)
    live_through(mailroom, 1)
    amend(mailroom, 1, role=Role.ENGINEER, pay_low=29_000, background="改まる前")
    live_through(mailroom, 4)
    publish(mailroom, "13480", co_municipalities=(AOBA,))
    amend(mailroom, 3, co_municipalities=())
    amend(mailroom, 1, pay_low=31_000, background="改まった後")
    live_through(mailroom, 0)
    mailroom.clock.forward(minutes=5)
    close(mailroom, 2)
    live_through(mailroom, 8)
    sent = [letter.recipient for letter in mailroom.mailer.letters]
    for number, (query, kinds, frequency) in enumerate(ASKED):
        assert told(mailroom, query, kinds, frequency).mails == sent.count(f"r{number}@example.jp"), (query, kinds, frequency)
    assert len(sent) > len(ASKED), "mails that nobody got would prove nothing"


def test_the_postings_are_named_with_what_happened_the_newest_first(mailroom: Mailroom) -> None:
    publish(mailroom)
    mailroom.clock.forward(days=1)
    publish(mailroom, "13480", title="データ分析の助言")
    mailroom.clock.forward(days=1)
    amend(mailroom, 1, pay_low=20_000)
    found = told(mailroom)
    assert [(one.posting_id, one.municipality, one.title) for one in found.shown] == [
        (1, "宮城県青葉市", "CIO補佐官(全庁DX推進)"), (2, "東京都港町", "データ分析の助言"),
    ]  # fmt: skip
    assert [(word, str(day)) for word, day in found.shown[0].happened] == [
        ("新着", "2026-04-01"), ("変更", "2026-04-03"),
    ]  # fmt: skip
    assert (found.mails, found.changes, found.postings, found.more) == (3, 3, 2, False)


def test_only_the_last_thirty_days_and_what_is_told_to_anybody_count(mailroom: Mailroom) -> None:
    publish(mailroom)
    mailroom.clock.forward(days=30, microseconds=-1)
    assert told(mailroom).mails == 1
    mailroom.clock.forward(microseconds=1)
    assert told(mailroom).mails == 0
    publish(mailroom)
    with mailroom.writing() as session:
        session.execute(update(ChangeEvent).values(material=False))
    assert told(mailroom).mails == 0


def test_a_busy_month_is_read_up_to_a_bound_by_few_statements(
    mailroom: Mailroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foretelling, "LOOKED_AT", 4)
    monkeypatch.setattr(foretelling, "SHOWN", 2)
    for number in range(1, 6):
        mailroom.clock.forward(minutes=1)
        publish(mailroom, "13480", co_municipalities=(AOBA,))
        with mailroom.writing() as session:
            amended(session, session.get_one(Posting, number), now=mailroom.clock() - timedelta(days=40), pay_low=20_000)
    statements: list[str] = []
    with mailroom.writing() as session:
        event.listen(session.get_bind(), "before_cursor_execute", lambda *args: statements.append(args[2]))
        found = foretelling.foretell(
            session, parse_stored("q=全庁"), KINDS, Frequency.AT_ONCE, now=mailroom.clock.instant + timedelta(seconds=1)
        )
    assert (found.mails, found.postings, len(found.shown), found.more) == (4, 4, 2, True)
    assert len(statements) == 4 and "LIMIT" in statements[0]
