"""Pages by cursor: a walk loses and repeats none that stays, whatever happens meanwhile; a cursor is good for its own list."""

import base64
import itertools
import json
from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base.states import ClosedReason, State
from jobboard.database import Writing, db
from jobboard.domain import listing, paging, publication
from jobboard.domain.catalogue import Shelf
from jobboard.domain.criteria import Criteria, parse
from jobboard.domain.grammar import Status
from jobboard.domain.listing import Sort
from jobboard.models import ChangeEvent, Municipality, Posting
from jobboard.web.transaction import BoardApp
from tests import postings
from tests.cast import Cast, Clock
from tests.postings import DEADLINE

HERE = "http://127.0.0.1:8000"
ANYTHING = Criteria()
PAYS = [None, 20_000, 20_000, 30_000]
LIMIT, ENDLESS = 4, 200


def publish(session: Session, cast: Cast, clock: Clock, chance: Random) -> None:
    """A posting whose keys many others share, and which may have no pay to compare."""
    place = session.get_one(Municipality, cast.aoba)
    deadline = DEADLINE + timedelta(days=chance.randrange(3))
    postings.published(session, place, now=clock(), pay_low=chance.choice(PAYS), pay_high=None, apply_by=deadline)


def live(session: Session, cast: Cast, clock: Clock, chance: Random) -> None:
    """One thing that happens while somebody reads: a call comes, goes or is amended."""
    is_open = session.scalars(select(Posting).where(Posting.state == State.PUBLISHED)).all()
    act, one = chance.randrange(4), chance.choice(is_open)
    if act == 0:
        publish(session, cast, clock, chance)
    elif act == 1:
        publication.close(session, one, reason=ClosedReason.FILLED, by=None, now=clock())
    elif act == 2:
        publication.withdraw(session, one, reason="都合により", by=None, now=clock())
    else:
        postings.amended(session, one, now=clock(), department=f"{chance.randrange(99)}課")


@pytest.fixture
def filled(app: BoardApp, cast: Cast, clock: Clock) -> Iterator[Random]:
    """Two dozen open postings in eight instants; the chances of the story are the same in every run."""
    chance = Random(20260401)
    with app.app_context():
        with Writing() as session:
            for number in range(24):
                publish(session, cast, clock, chance)
                if number % 3 == 2:
                    clock.forward(seconds=1)
        yield chance


def open_ids(session: Session) -> set[int]:
    return set(session.scalars(select(Posting.id).where(Posting.state == State.PUBLISHED)))


def test_a_walk_meets_each_posting_that_stays_once(filled: Random, cast: Cast, clock: Clock) -> None:
    shelf = Shelf()
    for sort in Sort:
        met, cursor = list[int](), ""
        before = open_ids(db.session())
        while cursor is not None and len(met) < ENDLESS:
            session = db.session()
            catalogue = shelf.at(session, listing.board_version(session))
            page = paging.postings(session, catalogue, ANYTHING, sort=sort, limit=LIMIT, cursor=cursor, now=clock())
            session.rollback()
            met, cursor = met + [posting.id for posting in page.rows], page.cursor
            clock.forward(seconds=1)
            with Writing() as session:
                live(session, cast, clock, filled)
        stayed = before & open_ids(db.session())
        assert len(met) == len(set(met)), f"{sort}: none twice"
        assert stayed <= set(met), f"{sort}: none lost"
        assert len(before) > len(stayed) > 12, f"{sort}: something went and most stayed, else this proves little"


def test_pages_in_a_row_are_the_list_in_its_order(filled: Random, clock: Clock) -> None:
    session = db.session()
    catalogue = Shelf().at(session, listing.board_version(session))
    for sort, limit in itertools.product(Sort, (1, 7, 23, 24)):
        whole = listing.in_order(catalogue, catalogue.open(clock()), *listing.ORDERS[sort], count=1_000)
        met, cursor = list[int](), ""
        while cursor is not None and len(met) < ENDLESS:
            page = paging.postings(session, catalogue, ANYTHING, sort=sort, limit=limit, cursor=cursor, now=clock())
            assert page.total == 24
            met, cursor = met + [posting.id for posting in page.rows], page.cursor
        assert met == whole, (sort, limit)


def test_a_walk_of_the_changes_meets_each_event_once(filled: Random, cast: Cast, clock: Clock) -> None:
    everything, met, cursor = select(ChangeEvent.id).where(ChangeEvent.material), list[int](), ""
    before = set(db.session().scalars(everything))
    while cursor is not None and len(met) < ENDLESS:
        page = paging.changes(db.session(), ANYTHING, limit=LIMIT, cursor=cursor, now=clock())
        db.session().rollback()
        met, cursor = met + [step.event.id for step in page.rows], page.cursor
        clock.forward(seconds=1)
        with Writing() as session:
            live(session, cast, clock, filled)
    assert sorted(before, reverse=True) == [one for one in met if one in before]
    assert len(met) == len(set(met))


def test_the_way_on_is_in_the_answer_and_in_its_header(filled: Random, client: FlaskClient) -> None:
    met, address = list[int](), "/api/v1/postings?sort=pay&limit=10&q=DX&utm=x"
    while address is not None and len(met) < ENDLESS:
        response = client.get(address)
        assert response.status_code == 200
        met += [one["id"] for one in response.json["data"]]
        following = response.json["next"]
        assert response.headers.get("Link") == (f'<{following}>; rel="next"' if following else None)
        address = following and following.removeprefix(HERE)
    assert len(set(met)) == len(met) == 24


def following(client: FlaskClient, address: str) -> str:
    """The cursor of the next page."""
    return str(client.get(address).json["next"]).rpartition("cursor=")[2]


def refused(client: FlaskClient, address: str) -> None:
    response = client.get(address)
    assert (response.status_code, response.json["parameter"]) == (400, "cursor"), address
    assert "はじめから取得してください" in response.json["detail"]


def test_a_cursor_is_good_for_its_own_list_alone(filled: Random, client: FlaskClient) -> None:
    cursor = following(client, "/api/v1/postings?limit=2&pref=04")
    assert client.get(f"/api/v1/postings?pref=04&limit=5&cursor={cursor}").status_code == 200
    for other in ("postings?", "postings?pref=04&sort=pay&", "postings?pref=04&q=DX&", "changes?pref=04&"):
        refused(client, f"/api/v1/{other}cursor={cursor}")
    refused(client, f"/api/v1/postings?pref=04&cursor={following(client, '/api/v1/changes?limit=2&pref=04')}")


def test_a_broken_cursor_is_refused_with_a_sentence(filled: Random, client: FlaskClient) -> None:
    cursor = following(client, "/api/v1/changes?limit=2")
    for place in range(0, len(cursor), 3):
        other = "A" if cursor[place] != "A" else "B"
        refused(client, f"/api/v1/changes?cursor={cursor[:place]}{other}{cursor[place + 1 :]}")
    for broken in (cursor[:-1], f"{cursor}=", f"{cursor}A", "x", "%00", "%ff", "あ", "A" * 10_000, "😀", "%20", encoded([])):
        refused(client, f"/api/v1/changes?cursor={broken}")


def encoded(document: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")


def test_a_cursor_that_somebody_made_up_breaks_nothing(filled: Random, client: FlaskClient) -> None:
    """The seal is no secret: whoever reads the program can write one for any place."""
    places: list[Any] = [(2**62, 2**62), (-(2**62), -(2**62)), (0, 0), (2**63, 1), (1, 2**63), (True, 1), ("1", 1), (None, 1), (1.5, 1)]
    with_everything = parse({"status": [str(Status.ALL)]})
    for place in places:
        for path, order, criteria in (("postings", "new", with_everything), ("changes", "changes", ANYTHING)):
            cursor = paging._write(place, order, criteria)
            response = client.get(f"/api/v1/{path}?{criteria.query()}&cursor={cursor}")
            assert response.status_code in (200, 400), (path, place)
