"""The catalogue: patched from change to change it is what reading everything anew gives, and it knows what is open."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from jobboard.base.bits import bits_of, ids_of, marks_of
from jobboard.base.states import ClosedReason, Outcome
from jobboard.base.vocabulary import Remote, Role
from jobboard.database import create_engine
from jobboard.domain import catalogue, listing, publication, searching
from jobboard.domain.catalogue import Catalogue
from jobboard.domain.criteria import Criteria, parse
from jobboard.domain.listing import Sort
from jobboard.models import Posting
from tests.postings import DEADLINE, NOW, amended, board, municipality, published

AOBA, MINATO = municipality("04780", "青葉市"), municipality("14780", "港町")


@pytest.fixture
def session(database_url: str) -> Iterator[Session]:
    engine = create_engine(database_url)
    with Session(engine) as session:
        board(session)
        session.add_all([municipality("04780", "青葉市"), municipality("14780", "港町")])
        session.commit()
        yield session
    engine.dispose()


def same(one: Catalogue, other: Catalogue) -> None:
    assert (one.version, one.last_event, one.size) == (other.version, other.last_event, other.size)
    assert (one.published, one.over) == (other.published, other.over)
    assert {name: {code: bits for code, bits in codes.items() if bits} for name, codes in one.masks.items()} == {
        name: {code: bits for code, bits in codes.items() if bits} for name, codes in other.masks.items()
    }
    assert {code: ids for code, ids in one.municipalities.items() if ids} == {
        code: ids for code, ids in other.municipalities.items() if ids
    }
    public = ids_of(one.public)
    for name, ranks in one.ranks.items():
        assert [ranks[number] for number in public] == [other.ranks[name][number] for number in public], name


def test_following_the_changes_gives_what_reading_everything_gives(session: Session) -> None:
    first = published(session, AOBA)
    session.flush()
    known = catalogue.load(session)
    second: Posting | None = None

    def follow(reads_all: bool = False) -> None:
        nonlocal known
        session.flush()
        version = listing.board_version(session)
        patched, fresh = catalogue.renewed(session, known, version), catalogue.load(session)
        same(patched, fresh)
        known = patched

    second = published(session, MINATO, remote=Remote.FULLY, co_municipalities=(AOBA.code,), now=NOW + timedelta(hours=1))
    follow()
    amended(session, first, role=Role.ENGINEER, pay_low=90_000, now=NOW + timedelta(hours=2))
    follow()
    publication.close(session, first, reason=ClosedReason.FILLED, by=None, now=NOW + timedelta(hours=3))
    publication.withdraw(session, second, reason="予算のため", by=None, now=NOW + timedelta(hours=3))
    follow()
    publication.tell_outcome(session, first, outcome=Outcome.DECIDED, by=None, now=NOW + timedelta(hours=4))
    follow()
    publication.reopen(session, first, until=DEADLINE + timedelta(days=9), by=None, now=NOW + timedelta(hours=5))
    follow()
    assert ids_of(known.published) == [first.id] and ids_of(known.over) == [second.id]


def test_a_change_is_read_without_reading_the_rest(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    first = published(session, AOBA)
    session.flush()
    known = catalogue.load(session)
    amended(session, first, title="直した題名", now=NOW)
    session.flush()

    def everything(session: Session) -> Catalogue:
        raise AssertionError("all was read")

    monkeypatch.setattr(catalogue, "load", everything)
    catalogue.renewed(session, known, listing.board_version(session))


def test_what_is_over_lies_on_the_other_shelf_of_the_index(session: Session) -> None:
    posting = published(session, AOBA, title="甲乙丙の募集")
    word = searching.parse_words("甲乙丙")[0]
    assert (searching.holding(session, word, over=False), searching.holding(session, word, over=True)) == ([posting.id], [])
    publication.close(session, posting, reason=ClosedReason.FILLED, by=None, now=NOW)
    assert (searching.holding(session, word, over=False), searching.holding(session, word, over=True)) == ([], [posting.id])
    publication.reopen(session, posting, until=DEADLINE, by=None, now=NOW)
    assert (searching.holding(session, word, over=False), searching.holding(session, word, over=True)) == ([posting.id], [])


def test_open_ends_at_the_closing_instant_and_the_next_turn_is_known(session: Session) -> None:
    early = published(session, AOBA, apply_by=DEADLINE)
    late = published(session, AOBA, apply_by=DEADLINE + timedelta(days=1), apply_from=NOW + timedelta(hours=2))
    endless = published(session, AOBA, apply_by=None)
    session.flush()
    known = catalogue.load(session)
    assert known.turns_at(NOW) == NOW + timedelta(hours=2)
    assert known.turns_at(NOW + timedelta(hours=2)) == DEADLINE
    assert ids_of(known.open(DEADLINE - timedelta(microseconds=1))) == [early.id, late.id, endless.id]
    assert ids_of(known.open(DEADLINE)) == [late.id, endless.id]
    assert known.turns_at(DEADLINE + timedelta(days=1)) is None


def test_a_page_past_a_thousand_is_picked_from_the_order_of_all(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30):
        published(session, AOBA, title=f"募集{number}", pay_low=20_000 + number % 7, pay_high=None, now=NOW + timedelta(minutes=number % 5))
    session.flush()
    known = catalogue.load(session)
    for sort in Sort:
        for criteria in (Criteria(), parse({"status": ["all"]})):
            small = listing.find(session, known, criteria, sort=sort, page=2, now=NOW)
            with monkeypatch.context() as patch:
                patch.setattr(listing, "COUNTED", 5)
                large = listing.find(session, known, criteria, sort=sort, page=2, now=NOW)
            assert [line.id for line in small.rows] == [line.id for line in large.rows]
            assert len(small.rows) == 10


@pytest.mark.parametrize("ids", [[], [1], [3, 1, 8], list(range(1, 200, 7))])
def test_bits_give_back_their_ids(ids: list[int]) -> None:
    bits = bits_of(ids, 200)
    assert ids_of(bits) == sorted(ids) and bits.bit_count() == len(ids)
    assert [number for number, mark in enumerate(marks_of(bits)) if mark] == sorted(ids)
