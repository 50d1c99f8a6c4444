"""似た募集: what has most in common, by the catalogue alone."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from jobboard.base.states import ClosedReason
from jobboard.base.vocabulary import Engagement, Remote, Role, Theme
from jobboard.database import create_engine
from jobboard.domain import catalogue, publication
from jobboard.domain.similar import criteria_like, similar
from jobboard.domain.versions import current_content
from jobboard.models import Posting
from tests.postings import DEADLINE, NOW, municipality, published

OTHER = {"role": Role.ENGINEER, "engagement": Engagement.PERMANENT, "themes": (Theme.SECURITY,)}


@pytest.fixture
def session(sqlite_url: str) -> Iterator[Session]:
    engine = create_engine(sqlite_url)
    with Session(engine) as session:
        yield session
    engine.dispose()


def make(session: Session, place: str = "13780", **values: object) -> Posting:
    return published(session, municipality(place, "武蔵区" if place == "13780" else "青葉市"), **{**OTHER, **values})


def found(session: Session, posting: Posting) -> list[int]:
    return similar(catalogue.load(session), posting, current_content(posting), now=NOW)


def test_the_same_role_comes_first_then_what_shares_more(session: Session) -> None:
    one = make(session, "04780", role=Role.CIO, engagement=Engagement.COMMISSION, themes=(Theme.BPR, Theme.AI_RPA))
    all_but_role = make(session, "04780", engagement=Engagement.COMMISSION, themes=(Theme.BPR,)).id
    make(session)
    role_alone = make(session, role=Role.CIO).id
    assert found(session, one) == [role_alone, all_but_role]
    with_theme = make(session, role=Role.CIO, themes=(Theme.AI_RPA,)).id
    with_form = make(session, role=Role.CIO, engagement=Engagement.COMMISSION).id
    with_both = make(session, "04780", role=Role.CIO, themes=(Theme.BPR,)).id
    assert found(session, one) == [with_both, with_form, with_theme]


def test_only_what_is_open_is_similar_and_the_newest_of_equals_first(session: Session) -> None:
    first, second, third, fourth = (make(session) for _ in range(4))
    publication.close(session, third, reason=ClosedReason.FILLED, by=None, now=NOW)
    make(session, apply_by=NOW + timedelta(seconds=1), role=Role.CIO, engagement=Engagement.COMMISSION, themes=None)
    board = catalogue.load(session)
    assert found(session, first)[:2] == [fourth.id, second.id]
    assert first.id in similar(board, third, current_content(third), now=NOW)
    assert similar(board, first, current_content(first), now=DEADLINE) == []


def test_a_reader_who_likes_a_call_is_offered_its_role_near_it_or_from_afar(session: Session) -> None:
    near, far = make(session, "04780"), make(session, remote=Remote.MOSTLY)
    assert criteria_like(near, current_content(near)).query() == "pref=04&role=engineer"
    assert criteria_like(far, current_content(far)).query() == "role=engineer&remote=mostly&remote=fully"
