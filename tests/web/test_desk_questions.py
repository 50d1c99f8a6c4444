"""訂正 of a public answer: told when it changes what is meant, silent for a slip; and how long an asker's words are kept."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from jobboard.base.states import ClosedReason, EventKind
from jobboard.domain import publication
from jobboard.models import AuditEntry, ChangeEvent, Posting
from tests.cast import Cast, Clock
from tests.mailroom import Mailroom, opened
from tests.pressing import press
from tests.staff import EDITOR, OTHER_EDITOR, sign_in, token
from tests.web.test_ask import ANSWER, ASKER, PUBLIC, WORDS, asked, behind, posting, rows

__all__ = ["posting"]
WRONG = "いいえ。会議には、いつも市役所で出席していただきます。"


@pytest.fixture
def there(client: FlaskClient, posting: int, mailroom: Mailroom, clock: Clock) -> str:
    """The page of a question that was answered and told."""
    address = f"/desk/postings/{posting}/questions/{asked(client, posting)}"
    sign_in(client, EDITOR)
    assert press(client, address, "回答を公開する", {"public_text": PUBLIC, "answer": ANSWER}).status_code == 303
    mailroom.run()
    clock.forward(days=2)
    sign_in(client, EDITOR)
    return address


def test_a_corrected_answer_is_shown_with_its_date_and_told(
    client: FlaskClient, posting: int, there: str, mailroom: Mailroom
) -> None:
    mailroom.subscribed("tanaka@example.jp", f"posting={posting}", kinds=(EventKind.ANSWERED,))
    assert "訂正 " not in client.get(f"/postings/{posting}").text
    old = client.get(there)
    assert press(client, old, "訂正を公開する", {"answer": WRONG}).status_code == 303
    public, data = client.get(f"/postings/{posting}").text, client.get(f"/postings/{posting}.json").get_json()
    assert WRONG in public and "訂正 2026年4月3日" in public
    assert data["questions"][0]["corrected_at"].startswith("2026-04-03")
    heard = {letter.recipient: opened(letter) for letter in mailroom.run()}
    assert set(heard) == {ASKER, "tanaka@example.jp"} and "訂正しました" in heard[ASKER].get_content()
    late = press(client, old, "訂正を公開する", {"answer": "書き直した回答です。"})
    assert late.status_code == 409 and "書き直した回答です。" in late.text and WRONG in client.get(f"/postings/{posting}").text
    for words, said in ((ANSWER[:0], "回答を書いてください"), (WRONG, "変えたところがありません")):
        assert said in press(client, there, "訂正を公開する", {"answer": words}).text


@pytest.mark.parametrize("who", ["電話は090-1234-5678です。", "電話は０３（１２３４）５６７８", "taro@example.jp に返信ください"])
def test_how_to_reach_the_asker_is_not_published(client: FlaskClient, posting: int, there: str, who: str) -> None:
    refused = press(client, there, "訂正を公開する", {"public_text": f"{PUBLIC}{who}"})
    assert refused.status_code == 422 and "電話番号かメールアドレスがあります" in refused.text
    assert who not in client.get(f"/postings/{posting}").text and who in refused.text


def test_a_slip_is_corrected_silently_and_logged(client: FlaskClient, posting: int, there: str, mailroom: Mailroom) -> None:
    etag = client.get(f"/postings/{posting}").headers["ETag"]
    more = press(client, there, "訂正を公開する", {"answer": WRONG, "silent": "1"})
    assert more.status_code == 422 and "小さな直しだけ" in more.text and WRONG in more.text
    mended = ANSWER.replace("半分は", "半分ほどは")
    assert press(client, there, "訂正を公開する", {"answer": mended, "silent": "1"}).status_code == 303
    seen = client.get(f"/postings/{posting}", headers={"If-None-Match": etag})
    assert seen.status_code == 200 and mended in seen.text and "訂正 2026年4月3日" in seen.text
    assert mailroom.run() == []
    with behind(client) as session:
        kinds = session.scalars(select(ChangeEvent.kind)).all()
        assert kinds == [EventKind.PUBLISHED, EventKind.ANSWERED]
        assert session.scalars(select(AuditEntry).where(AuditEntry.action == "question:correct")).one().facts["silent"] is True


def test_nobody_else_corrects(client: FlaskClient, there: str) -> None:
    sign_in(client, OTHER_EDITOR)
    form = {"csrf_token": token(client, "/account"), "answer": WRONG, "public_text": PUBLIC, "seen": ""}
    assert client.post(f"{there}/correct", data=form).status_code == 404
    assert rows(client)[0].answer == ANSWER


def test_the_askers_own_words_go_with_the_address(
    client: FlaskClient, cast: Cast, posting: int, there: str, mailroom: Mailroom, clock: Clock
) -> None:
    with behind(client) as session:
        by = cast.account("aoba_editor")
        publication.close(session, session.get_one(Posting, posting), reason=ClosedReason.FILLED, by=by, now=clock())
    clock.forward(days=90, seconds=-1)
    mailroom.steps.tidy()
    assert [one.text for one in rows(client)] == [WORDS]
    clock.forward(seconds=1)
    mailroom.steps.tidy()
    assert [(one.text, one.asker_id) for one in rows(client)] == [(PUBLIC, None)]
    assert PUBLIC in client.get(f"/postings/{posting}").text and ANSWER in client.get(f"/postings/{posting}").text
