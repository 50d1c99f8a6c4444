"""The demonstration: invented through and through, true to the rules of the board, filled once and whole."""

import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select, update
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from jobboard import reference
from jobboard.base.codes import code_holds
from jobboard.base.collecting import Fetched
from jobboard.base.content import from_json
from jobboard.base.errors import DemonstrationOnly
from jobboard.base.fields import FIELDS, Need
from jobboard.base.states import ClosedReason, DeliveryState, EventKind, Outcome, PublicState, State, VersionState
from jobboard.base.vocabulary import Engagement, Explicit, PayUnit, Remote, Role, Scheme, SideJob, Theme
from jobboard.database import begin_writing, create_engine
from jobboard.demonstration import content, filling, people
from jobboard.domain import (
    accounts,
    collecting,
    completeness,
    matching,
    moderation,
    publication,
    review_queue,
    saved_remarks,
    source_list,
    talking,
)
from jobboard.domain.figures_of_posting import figures
from jobboard.models import (
    Account,
    AuditEntry,
    Base,
    Board,
    ChangeEvent,
    Delivery,
    Fetch,
    Match,
    Municipality,
    Posting,
    Question,
    Source,
    SourceItem,
    Subscription,
    Version,
)
from tests.filled import CHEAP, NOW

HOLIDAYS = datetime(2026, 5, 5, 15, 30, tzinfo=UTC)
"""In the middle of a row of holidays, and past midnight in Japan."""

EDGES = [
    HOLIDAYS,
    datetime(2026, 12, 27, 23, 0, tzinfo=UTC),  # the last working day of a year
    datetime(2028, 2, 29, 10, 0, tzinfo=UTC),
]


@pytest.fixture
def session(database_url: str) -> Iterator[Session]:
    engine = create_engine(database_url)
    with Session(engine, expire_on_commit=False) as opened:
        yield opened
    engine.dispose()


@pytest.fixture(scope="module")
def filled(filled_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """A filled demonstration; read only."""
    file = tmp_path_factory.mktemp("demonstration") / "filled.sqlite3"
    shutil.copyfile(filled_file, file)
    engine = create_engine(f"sqlite:///{file}")
    with Session(engine, expire_on_commit=False) as opened:
        yield opened
    engine.dispose()


def public(session: Session) -> list[Posting]:
    return list(session.scalars(select(Posting).where(publication.public_clause())))


def test_no_invented_municipality_exists_and_no_code_of_theirs_is_assigned() -> None:
    rows = list(reference.municipality_rows())
    names = {row["name"] for row in rows}
    assigned = {int(row["code"][2:5]) for row in rows}
    assert not assigned.intersection(content.CODES)
    towns = content.towns()
    assert len(towns) == len({town.name for town in towns}) == len({town.code for town in towns}) == 20
    for town in towns:
        assert town.name not in names
        assert int(town.code[2:5]) in content.CODES
        assert code_holds(town.code)
        assert town.row["url"].endswith(".example.jp/")
        assert town.email.endswith(".example.jp")


def test_every_address_in_the_demonstration_can_belong_to_nobody(filled: Session) -> None:
    for account in filled.scalars(select(Account)):
        assert account.email.endswith(".example.jp")
    for posting in public(filled):
        shown = from_json(posting.current.content) if posting.current else {}
        for name in ("official_url", "contact_email", "contact_form_url", "apply_target"):
            written = str(shown.get(name, ""))
            assert "example.jp" in written or not ("http" in written or "@" in written)


def test_what_a_source_says_of_its_reading_fits_the_history_of_its_fetches(filled: Session) -> None:
    for source in filled.scalars(select(Source)):
        fetches = source_list.fetches(filled, source)
        assert fetches and source.fetched_at == fetches[0].at < NOW and source.paused_at is not None
        items = filled.scalars(select(SourceItem).where(SourceItem.source_id == source.id)).all()
        read = filled.scalars(select(Fetch).where(Fetch.source_id == source.id, Fetch.outcome == Fetched.READ)).all()
        assert len(items) == sum(one.new_items for one in read) == read[-1].items
        assert {one.first_seen_at for one in items} == {one.at for one in read} and {one.last_seen_at for one in items} == {read[-1].at}
        assert not filled.scalars(select(Fetch).where(collecting.old_fetches(NOW))).all()


def test_every_state_change_and_outcome_is_there_to_be_looked_at(filled: Session) -> None:
    states = Counter(filled.scalars(select(Posting.state)))
    assert set(states) == set(State)
    assert states[State.PUBLISHED] > 30
    kinds = set(filled.scalars(select(ChangeEvent.kind)))
    assert kinds == set(EventKind)
    assert set(filled.scalars(select(Posting.outcome).where(Posting.outcome.is_not(None)))) == set(Outcome)
    assert set(filled.scalars(select(Version.state))) == set(VersionState)
    waiting = select(Posting).where(Posting.state == State.PUBLISHED, Posting.pending_id.is_not(None))
    assert len(filled.scalars(waiting).all()) == 2
    items = [*review_queue.waiting(filled, now=NOW), *review_queue.after(filled, now=NOW)]
    item_kinds = {item.kind for item in items}
    assert item_kinds == {"new", "change", "after"}
    returned = filled.scalars(select(Posting).where(Posting.state == State.RETURNED)).all()
    assert all(moderation.remarks(filled, posting) for posting in returned)


def test_the_pages_of_questions_and_figures_have_something_to_show(filled: Session) -> None:
    asked = filled.scalars(select(Question)).all()
    waits = [one for one in asked if one.answered_at is None and one.set_aside_at is None]
    assert len(waits) == 2 and any(one.set_aside_at for one in asked) and any(one.corrected_at for one in asked)
    assert all(one.confirmed_at and one.asker_id is None and one.confirmed_at <= NOW for one in asked)
    for posting in public(filled):
        found = figures(filled, posting, now=NOW)
        assert found.views > 0 and found.weeks[0].views > 0
    cio = next(posting for posting in public(filled) if posting.title == "CIO補佐官(全庁DX推進)")
    weeks = figures(filled, cio, now=NOW).weeks
    assert len(weeks) >= 3 and len({week.views for week in weeks}) > 1 and any(week.told >= 10 for week in weeks)


def test_the_talk_waits_on_either_side_and_texts_are_saved(filled: Session) -> None:
    ids = list(filled.scalars(select(Posting.id)))
    assert talking.unanswered(filled, ids) and talking.unread(filled, ids)
    assert len(saved_remarks.listed(filled)) > 3


def test_every_choice_that_readers_filter_by_is_used(filled: Session) -> None:
    contents = [from_json(version.content) for version in filled.scalars(select(Version))]
    for name, choices in {
        "engagement": Engagement, "scheme": Scheme, "remote": Remote, "side_job": SideJob, "pay_unit": PayUnit,
        "role": Role, "themes": Theme,
    }.items():  # fmt: skip
        used = {code for each in contents for code in each.codes(name)}
        assert used == {str(choice) for choice in choices}, name
    explicit = {value for each in contents for value in each.values() if isinstance(value, Explicit)}
    assert explicit == set(Explicit)
    for field in FIELDS:
        if field.public and (field.need is not Need.NEVER or field.choices):
            assert any(field.name in each for each in contents), field.name
    assert any(each.get("co_municipalities") for each in contents)


def all_is_complete_and_some_new_some_closing_some_not_yet_open(session: Session, now: datetime) -> None:
    """What holds of a demonstration that was filled at ``now``, whatever the day."""
    shown = public(session)
    for version in session.scalars(select(Version).where(Version.number.is_not(None))):
        published = version.published_at or now
        gaps = completeness.problems(from_json(version.content), now=published)
        assert not gaps, (version.content["title"], gaps)
    states = Counter(publication.public_state(posting, now) for posting in shown)
    assert set(states) == set(PublicState) - {PublicState.UNLISTED}, "nothing is collected"
    assert states[PublicState.OPEN] >= 20
    new = [posting for posting in shown if posting.published_at and posting.published_at > now - timedelta(days=10)]
    assert len(new) >= 4
    this_year = ChangeEvent.occurred_at > now - timedelta(days=200)
    occurred = list(session.scalars(select(ChangeEvent.occurred_at).where(this_year)))
    assert now - timedelta(days=100) < min(occurred) < now - timedelta(days=80)
    assert max(occurred) <= now


def test_all_that_is_shown_is_complete_and_some_is_new_some_closing_some_not_yet_open(filled: Session) -> None:
    all_is_complete_and_some_new_some_closing_some_not_yet_open(filled, NOW)


@pytest.mark.long
@pytest.mark.parametrize("now", EDGES, ids=lambda now: f"{now:%Y-%m-%d}")
def test_it_is_so_whatever_the_day(session: Session, now: datetime) -> None:
    filling.fill(session, now=now, hashing=CHEAP)
    all_is_complete_and_some_new_some_closing_some_not_yet_open(session, now)


def test_the_history_is_told_in_order_and_nobody_publishes_what_is_their_own(filled: Session) -> None:
    entries = list(filled.scalars(select(AuditEntry).where(AuditEntry.subject_kind == "posting").order_by(AuditEntry.at)))
    assert {entry.action for entry in entries} >= {
        "posting:start", "posting:save", "posting:submit", "posting:publish", "posting:return", "posting:recall",
        "posting:amend", "posting:correct", "posting:extend", "posting:close", "posting:withdraw", "posting:reopen",
        "posting:look_at", "posting:approve",
    }  # fmt: skip
    first = {}
    for entry in entries:
        first.setdefault(entry.subject_id, entry.action)
        assert entry.at <= NOW
    assert set(first.values()) == {"posting:start"}
    for version in filled.scalars(select(Version).where(Version.number.is_not(None), ~Version.at_once)):
        assert version.created_by_id != version.published_by_id
    for posting in public(filled):
        numbers = [version.number for version in posting.versions if version.number]
        assert numbers == list(range(1, len(numbers) + 1))


def test_nothing_of_the_history_is_mailed_but_a_new_posting_is_matched(filled_url: str, session: Session) -> None:
    assert session.scalar(select(func.count()).where(ChangeEvent.matched_at.is_(None))) == 0
    assert matching.match(session, now=NOW) is None
    assert session.scalars(select(Match)).all() == []
    assert session.scalars(select(Delivery).where(Delivery.state == DeliveryState.QUEUED)).all() == []
    assert session.scalar(select(func.count(Subscription.id))) == len(people.READERS)
    later = NOW + timedelta(days=8)
    assert len(publication.publish_scheduled(session, now=later)) == 2
    assert sum(matching.match(session, now=later) or 0 for _ in range(2)) > 0


def test_the_accounts_that_are_printed_can_sign_in_with_the_password_that_is_printed(filled: Session) -> None:
    for address, _ in people.SHOWN:
        assert accounts.authenticate(filled, address, people.PASSWORD, hashing=CHEAP, now=NOW)
    filled.rollback()


def test_it_is_filled_once_and_never_again(filled: Session) -> None:
    before = rows(filled)
    assert filling.is_filled(filled)
    with pytest.raises(filling.NotEmpty):
        filling.fill(filled, now=NOW, hashing=CHEAP)
    assert rows(filled) == before


def test_it_is_never_filled_over_an_account_or_a_posting(session: Session) -> None:
    session.add(Account(email="someone@city.example.lg.jp", created_at=NOW))
    session.flush()
    with pytest.raises(filling.NotEmpty, match="見本を入れません"):
        filling.fill(session, now=NOW, hashing=CHEAP)
    assert not filling.is_filled(session)
    assert session.scalars(select(Municipality)).all() == []


def test_stopped_in_the_middle_it_leaves_nothing_and_the_next_start_fills_it(database_url: str) -> None:
    engine = create_engine(database_url)
    before = counted(engine)
    statements = 0

    def stop(*unused: Any) -> None:
        nonlocal statements
        statements += 1
        if statements == 1_500:
            raise KeyboardInterrupt

    event.listen(engine, "before_cursor_execute", stop)
    with pytest.raises(KeyboardInterrupt), Session(engine) as session:
        begin_writing(session)
        filling.fill(session, now=HOLIDAYS, hashing=CHEAP)
    event.remove(engine, "before_cursor_execute", stop)
    assert counted(engine) == before
    with Session(engine) as session:
        begin_writing(session)
        assert filling.fill(session, now=HOLIDAYS, hashing=CHEAP).postings > 55
        all_is_complete_and_some_new_some_closing_some_not_yet_open(session, HOLIDAYS)
    engine.dispose()


def test_an_invented_municipality_publishes_only_where_the_database_is_a_demonstration(filled: Session) -> None:
    posting = filled.scalars(select(Posting).where(Posting.state == State.SUBMITTED).limit(1)).one()
    moderator = accounts.find(filled, people.MODERATOR[0])
    assert moderator
    assert posting.pending_id
    filled.execute(update(Board).values(demonstration=False))
    filled.expire_all()
    with pytest.raises(DemonstrationOnly):
        moderation.publish(filled, posting, version_id=posting.pending_id, by=moderator, now=NOW)
    filled.rollback()


def rows(session: Session) -> dict[str, int]:
    return {name: session.scalar(select(func.count()).select_from(table)) or 0 for name, table in Base.metadata.tables.items()}


def counted(engine: Engine) -> dict[str, int]:
    with Session(engine) as session:
        return rows(session)


def test_a_call_that_ended_by_its_deadline_ended_at_that_very_instant(filled: Session) -> None:
    ended = filled.scalars(select(Posting).where(Posting.closed_reason == ClosedReason.DEADLINE)).all()
    assert len(ended) > 5
    assert all(posting.closed_at == posting.apply_by for posting in ended)
