"""The link for superiors: reads the draft as it stands, for 14 days or until it is revoked, and can do nothing else."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from jobboard.base.states import Holder
from jobboard.database import Writing, db
from jobboard.domain import drafting, handing
from jobboard.models import Link, Posting, ReadingLink
from tests.cast import OPENING, Cast, Clock
from tests.prefectures import prefecture
from tests.pressing import press
from tests.staff import EDITOR, OTHER_EDITOR, send, sign_in
from tests.stories import drafted, typed

DESK = "/desk/postings/1/reading"


@pytest.fixture
def path(client: FlaskClient, cast: Cast) -> str:
    """A link to a draft of 青葉市, as its editor saw it on the desk."""
    with client.application.app_context(), Writing() as session:
        drafted(session, cast, hours=[])
    sign_in(client, EDITOR)
    assert press(client, DESK, "リンクを作る").location == DESK
    found = re.search(r'value="http://127.0.0.1:8000(/read/[^"]+)"', client.get(DESK).text)
    assert found
    return found[1]


def test_the_link_ends_when_the_draft_changes_hands(client: FlaskClient, cast: Cast, path: str) -> None:
    with client.application.app_context(), Writing() as session:
        session.add(prefecture("04"))
        session.flush()
        handing.hand_over(session, session.get_one(Posting, 1), to=Holder.PREFECTURE, by=cast.account("aoba_editor"), now=OPENING)
    assert client.application.test_client().get(path).status_code == 410


def test_a_stranger_with_the_link_reads_the_draft_as_it_stands(client: FlaskClient, cast: Cast, path: str) -> None:
    reader = client.application.test_client()
    page = reader.get(path)
    assert page.status_code == 200 and "Set-Cookie" not in page.headers
    assert page.headers["Cache-Control"] == "no-store" and 'content="noindex"' in page.text
    assert "総務部デジタル推進課" in page.text and "未入力" in page.text
    assert "2026年4月15日(水)9:00 まで" in page.text and "渡さないでください" in page.text
    with client.application.app_context(), Writing() as session:
        posting = session.get_one(Posting, 1)
        drafting.save(session, posting, typed(department="企画課"), revision=1, by=cast.account("aoba_editor"), now=OPENING)
    assert "企画課" in reader.get(path).text
    assert "<form" not in page.text and reader.post(path).status_code == 405


def test_it_ends_after_fourteen_days(client: FlaskClient, path: str, clock: Clock) -> None:
    clock.forward(days=13, hours=23)
    assert client.get(path).status_code == 200
    clock.forward(hours=1)
    over = client.get(path)
    assert over.status_code == 410 and "担当者に、新しいリンクを頼んで" in over.text
    sign_in(client, EDITOR)
    assert path not in client.get(DESK).text


def test_it_ends_at_once_when_it_is_revoked_and_other_links_stay(client: FlaskClient, path: str) -> None:
    press(client, DESK, "リンクを作る")
    assert client.post(f"{DESK}/revoke", data={"link": "1", "csrf_token": csrf(client)}).location == DESK
    assert client.get(path).status_code == 410
    assert client.get(DESK).text.count("/read/") == 1 and path not in client.get(DESK).text
    assert client.get("/read/" + "A" * 22).status_code == 404


def test_another_municipality_can_neither_make_nor_revoke_one(client: FlaskClient, cast: Cast, path: str) -> None:
    with client.application.app_context(), Writing() as session:
        number = drafted(session, cast, place="minato").id
    sign_in(client, OTHER_EDITOR)
    assert client.get(DESK).status_code == 404
    own = f"/desk/postings/{number}/reading"
    assert send(client, f"{own}/revoke", {"link": "1"}, page=own).status_code == 404
    assert client.get(path).status_code == 200


def test_the_table_holds_no_token(client: FlaskClient, path: str) -> None:
    with client.application.app_context():
        (link,) = db.session.query(Link).filter_by(purpose="read")
        assert link.digest not in path and path.removeprefix("/read/") not in link.digest
        assert link.expires_at == OPENING + timedelta(days=14) == db.session.query(ReadingLink).one().expires_at


def csrf(client: FlaskClient) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(DESK).text)
    assert found
    return found[1]
