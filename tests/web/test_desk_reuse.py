"""Using a posting again: relisted, copied, reopened; and by nobody else."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from jobboard.base.states import ClosedReason, State
from jobboard.database import Writing
from jobboard.domain import publication
from jobboard.models import ChangeEvent, Posting
from jobboard.web.transaction import BoardApp
from tests.cast import OPENING, Cast, Clock
from tests.prefectures import MIYAGI, prefecture
from tests.pressing import press
from tests.staff import EDITOR, MODERATOR, OTHER_EDITOR, sign_in, token
from tests.stories import amended, drafted, published


@pytest.fixture
def ended(app: BoardApp, cast: Cast) -> int:
    """A posting whose published text differs from the one it began with, and that is over."""
    with app.app_context(), Writing() as session:
        posting = published(session, cast, approval_on="2026-03-30", approval_number="総デ第12号", questions_by="2026-05-15")
        amended(session, posting, cast, now=OPENING, documents_required="履歴書だけ")
        publication.close(session, posting, reason=ClosedReason.FILLED, by=cast.account("aoba_editor"), now=OPENING)
        return posting.id


def made(app: BoardApp, source: int) -> list[Posting]:
    with app.app_context(), Writing() as session:
        found = list(session.scalars(select(Posting).where(Posting.copied_from_id == source)))
        session.expunge_all()
        return found


def test_a_call_that_is_over_is_made_again_from_what_was_published_last(
    app: BoardApp, client: FlaskClient, ended: int
) -> None:
    sign_in(client, EDITOR)
    overview = client.get(f"/desk/postings/{ended}")
    assert "もう一度募集する" in overview.text
    page = client.get(f"/desk/postings/{ended}/copy")
    done = press(client, page, "新しい下書きを作る")
    (draft,) = made(app, ended)
    assert done.status_code == 303 and done.location == f"/desk/postings/{draft.id}/edit"
    assert draft.state is State.DRAFT and draft.draft["documents_required"] == ["履歴書だけ"]
    assert draft.draft["title"] and draft.draft["pay_low"] == ["25000"]
    left_out = {"apply_by", "questions_by", "approval_on", "approval_number", "term_start_on", "term_end_on"}
    assert not left_out & set(draft.draft)
    assert press(client, page, "新しい下書きを作る").location == done.location and len(made(app, ended)) == 1, "a double click"
    assert f"/desk/postings/{draft.id}\"" in client.get(f"/desk/postings/{ended}").text
    assert f"/desk/postings/{ended}\"" in client.get(f"/desk/postings/{draft.id}").text
    assert f"/desk/postings/{draft.id}" not in client.get(f"/postings/{ended}").text


def test_a_draft_is_copied_as_typed(app: BoardApp, client: FlaskClient, cast: Cast) -> None:
    with app.app_context(), Writing() as session:
        source = drafted(session, cast, pay_low="二万五千くらい").id
    sign_in(client, EDITOR)
    press(client, f"/desk/postings/{source}/copy", "新しい下書きを作る")
    assert made(app, source)[0].draft["pay_low"] == ["二万五千くらい"]


def test_a_call_is_opened_again_with_a_new_deadline(app: BoardApp, client: FlaskClient, ended: int, clock: Clock) -> None:
    sign_in(client, EDITOR)
    there = f"/desk/postings/{ended}/reopen"
    assert "より後" in press(client, there, "募集を再開する", {"until": "2026-03-01"}).text
    assert press(client, there, "募集を再開する", {"until": "2026-06-30"}).status_code == 303
    with app.app_context(), Writing() as session:
        posting = session.get_one(Posting, ended)
        assert publication.is_open(posting, clock() + timedelta(days=60))
        events = session.scalars(select(ChangeEvent.kind).order_by(ChangeEvent.id)).all()
        assert events[-1] == "reopened" and events.count(events[-1]) == 1
    assert client.get(there).status_code == 409, "it is open already"


@pytest.mark.parametrize(("email", "code"), [(OTHER_EDITOR, 404), (MODERATOR, 403), (MIYAGI, 403)])
def test_others_neither_copy_nor_reopen(
    app: BoardApp, client: FlaskClient, cast: Cast, ended: int, email: str, code: int
) -> None:
    with app.app_context(), Writing() as session:
        session.add(prefecture("04"))
    sign_in(client, email)
    form = {"csrf_token": token(client, "/account"), "until": "2026-06-30"}
    for act in ("copy", "reopen"):
        there = f"/desk/postings/{ended}/{act}"
        assert client.get(there).status_code == code and client.post(there, data=form).status_code == code
    assert made(app, ended) == []
    with app.app_context(), Writing() as session:
        assert session.get_one(Posting, ended).state is State.CLOSED
