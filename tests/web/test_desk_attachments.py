"""Attachments through HTTP: added, shown with kind and size, refused beside the field, kept from those who may not see them."""

import io

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from jobboard.database import Writing
from jobboard.domain import attached, moderation
from jobboard.models import Posting
from tests.cast import OPENING, Cast
from tests.domain.test_attaching import PDF
from tests.staff import EDITOR, MODERATOR, OTHER_EDITOR, send, sign_in, token
from tests.stories import drafted


@pytest.fixture
def page(client: FlaskClient, cast: Cast) -> str:
    """The address of the files of a draft of 青葉市, whose editor is signed in."""
    with client.application.app_context(), Writing() as session:
        posting = drafted(session, cast)
        address = f"/desk/postings/{posting.id}/attachments"
    sign_in(client, EDITOR)
    return address


def attach(client: FlaskClient, page: str, content: bytes, name: str) -> TestResponse:
    form = {"csrf_token": token(client, page), "file": (io.BytesIO(content), name)}
    return client.post(page, data=form, content_type="multipart/form-data")


def test_a_file_is_attached_shown_given_out_as_a_download_and_taken_off(client: FlaskClient, page: str) -> None:
    assert attach(client, page, PDF, "募集要項.pdf").status_code == 303
    shown = client.get(page).text
    assert "募集要項.pdf" in shown and "<td>PDF</td>" in shown
    found = client.get(f"{page}/1", buffered=True)
    assert found.data == PDF and found.content_type == "application/pdf"
    assert found.headers["Content-Disposition"].startswith("attachment;") and found.headers["X-Content-Type-Options"] == "nosniff"
    assert send(client, f"{page}/remove", {"attachment": "1"}, page=page).status_code == 303
    assert "添付ファイルはありません" in client.get(page).text and client.get(f"{page}/1").status_code == 404


def test_an_exe_named_pdf_is_refused_beside_the_field_and_nothing_is_stored(client: FlaskClient, page: str) -> None:
    answer = attach(client, page, b"MZ\x90\x00" + bytes(400), "募集要項.pdf")
    assert answer.status_code == 422 and 'id="file-error"' in answer.text and "種類のファイルではありません" in answer.text
    folder = client.application.config["BOARD"].upload_dir
    assert not folder.exists() or not any(folder.rglob("*"))


def test_a_change_of_files_waits_on_the_desk_and_is_named_in_preview_history_and_api(
    client: FlaskClient, cast: Cast, page: str
) -> None:
    number = int(page.split("/")[3])
    attach(client, page, PDF, "旧.pdf")
    publish(client, cast, number)
    assert "添付ファイルの変更を送る" not in client.get("/desk/").text
    send(client, f"{page}/remove", {"attachment": "1"}, page=page)
    attach(client, page, PDF.replace(b"1.7", b"1.6"), "新.pdf")
    assert f'href="/desk/postings/{number}/amend">添付ファイルの変更を送る</a>' in client.get("/desk/").text
    preview = client.get(f"/desk/postings/{number}/preview").text
    assert "旧.pdf" in preview and f"{page}/2" in preview and "公開中の内容と同じ" not in preview
    feed = client.get(f"/desk/postings/{number}/preview?as=feed").text
    assert "添付ファイル: <del>旧.pdf</del> → <ins>新.pdf</ins>" in feed
    form = {"change_summary": "募集要項を改めました"}
    assert send(client, f"/desk/postings/{number}/amend", form, page=f"/desk/postings/{number}/amend").status_code == 303
    publish(client, cast, number, sent=True)
    history = client.get(f"/postings/{number}/history").text
    assert "旧.pdf" in history and "新.pdf" in history
    told = client.get(f"/postings/{number}.json").get_json()["events"][0]["changes"]
    assert told == [
        {"field": "attachments", "label": "添付ファイル", "old": {"value": "旧.pdf", "text": "旧.pdf"},
         "new": {"value": "新.pdf", "text": "新.pdf"}}
    ]  # fmt: skip


def publish(client: FlaskClient, cast: Cast, number: int, *, sent: bool = False) -> None:
    """Shows what is in the draft, or what was sent in already."""
    with client.application.app_context(), Writing() as session:
        posting = session.get_one(Posting, number)
        if not sent:
            moderation.submit(session, posting, by=cast.account("aoba_editor"), now=OPENING)
        assert posting.pending_id is not None
        moderation.publish(session, posting, version_id=posting.pending_id, by=cast.account("sato"), now=OPENING)


def test_only_its_municipality_sees_it_and_the_ministry_once_it_was_sent_in(client: FlaskClient, cast: Cast, page: str) -> None:
    attach(client, page, PDF, "a.pdf")
    seen = page.replace("/desk/", "/review/") + "/1"
    sign_in(client, MODERATOR)
    assert client.get(seen).status_code == 404 and client.get(f"{page}/1").status_code in (403, 404)
    sign_in(client, OTHER_EDITOR)
    assert client.get(page).status_code == client.get(f"{page}/1").status_code == 404
    with client.application.app_context(), Writing() as session:
        posting = session.get_one(Posting, int(page.split("/")[3]))
        moderation.submit(session, posting, by=cast.account("aoba_editor"), now=OPENING)
        assert [one.name for one in attached.of_version(session, posting.pending_id)] == ["a.pdf"]
    sign_in(client, MODERATOR)
    assert seen in client.get(f"/review/postings/{page.split('/')[3]}").text
    assert client.get(seen, buffered=True).data == PDF
