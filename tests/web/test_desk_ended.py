"""The page that the mail 「締切を過ぎました」 leads to, by link or code; and archived drafts on the desk."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from jobboard.base.states import Outcome, State
from jobboard.database import Writing, db
from jobboard.domain import publication
from jobboard.models import Posting
from tests.cast import OPENING, Cast, Clock
from tests.mailroom import Mailroom
from tests.pressing import press
from tests.staff import EDITOR, OTHER_EDITOR, send, sign_in
from tests.stories import drafted, published
from tests.web.test_code import codes


@pytest.fixture
def ended(client: FlaskClient, cast: Cast, clock: Clock, mailroom: Mailroom) -> str:
    """The address of the page, opened by the code of the mail; the deadline passed an hour ago."""
    with client.application.app_context(), Writing() as session:
        published(session, cast)
    clock.forward(days=58, hours=9)
    mailroom.steps.expire()
    assert mailroom.steps.remind() == 1
    answer = send(client, "/code", {"email": EDITOR, "code": codes(mailroom)[EDITOR]})
    assert answer.location == "/desk/postings/1/ended"
    return answer.location


def posting(client: FlaskClient) -> Posting:
    with client.application.app_context():
        return db.session.get_one(Posting, 1)


@pytest.mark.parametrize(("button", "outcome"), [("決定", Outcome.DECIDED), ("該当者なし", Outcome.NONE_SUITABLE)])
def test_one_press_tells_the_outcome(client: FlaskClient, ended: str, button: str, outcome: Outcome) -> None:
    assert press(client, ended, button).location == "/desk/postings/1"
    assert (posting(client).state, posting(client).outcome) == (State.CLOSED, outcome)
    assert outcome.label in client.get("/postings/1").text


def test_a_new_deadline_opens_the_call_again_and_a_wrong_one_is_kept_and_refused(client: FlaskClient, ended: str, clock: Clock) -> None:
    past = press(client, ended, "延長", {"until": ["2026-05-01", "12:00"]})
    assert past.status_code == 422 and "延長の理由を選んでください" in past.text and 'value="2026-05-01"' in past.text
    again = press(client, past, "延長", {"until": ["2026-05-01", "12:00"], "reason": "none_suitable"})
    assert again.status_code == 422 and posting(client).state is State.CLOSED
    far = press(client, past, "延長", {"until": ["2029-05-01", ""], "reason": "none_suitable"})
    assert far.status_code == 422 and posting(client).state is State.CLOSED
    assert press(client, again, "延長", {"until": ["2026-06-19", ""]}).status_code == 303
    assert publication.is_open(posting(client), clock())


def test_other_reasons_are_written_and_shown_and_what_was_not_offered_is_told(client: FlaskClient, ended: str) -> None:
    unknown = send(client, ended, {"do": "nonsense"})
    assert unknown.status_code == 422 and "「決定」「該当者なし」「延長」のどれかを押してください" in unknown.text
    strange = send(client, ended, {"do": "extend", "until": ["2026-06-19", ""], "reason": "nonsense"})
    assert strange.status_code == 422 and "表示された選択肢の中から選んでください" in strange.text
    other = press(client, ended, "延長", {"until": ["2026-06-19", ""], "reason": "other"})
    assert other.status_code == 422 and "理由を書いてください" in other.text
    assert press(client, other, "延長", {"note": "説明会を開くため"}).status_code == 303
    assert "募集を再開しました(その他。説明会を開くため)" in client.get("/postings/1/history").text


def test_the_page_is_for_calls_past_their_deadline_and_for_their_own_municipality(client: FlaskClient, cast: Cast, ended: str) -> None:
    with client.application.app_context(), Writing() as session:
        running = published(session, cast, now=OPENING + timedelta(days=58), apply_by="2026-07-01")
        number = running.id
    assert client.get(f"/desk/postings/{number}/ended").status_code == 409
    sign_in(client, OTHER_EDITOR)
    assert client.get(ended).status_code == 404


def test_an_archived_draft_lies_folded_on_the_desk_and_comes_back(client: FlaskClient, cast: Cast) -> None:
    with client.application.app_context(), Writing() as session:
        drafted(session, cast).archived_at = OPENING
    sign_in(client, EDITOR)
    page = client.get("/desk/")
    assert "保管した下書き(1件)" in page.text and "あなたの対応を待っています" not in page.text
    assert press(client, page, "元に戻す").location == "/desk/postings/1"
    page = client.get("/desk/")
    assert "保管した下書き(" not in page.text and "あなたの対応を待っています(1件)" in page.text
