"""Spreadsheets at the desk through HTTP: taken out, filled in, sent back; what is refused is refused in words beside the field."""

import io
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from jobboard.base.states import SourceKind
from jobboard.database import Writing, db
from jobboard.domain.sheets_opening import open_sheets
from jobboard.domain.sheets_reading import read_sheets
from jobboard.models import Posting
from tests.cast import Cast
from tests.domain.test_sheets import fifty
from tests.sheets import workbook
from tests.staff import EDITOR, sign_in, token
from tests.stories import drafted

SHEETS = "/desk/sheets/"


@pytest.fixture
def desk(client: FlaskClient, cast: Cast) -> FlaskClient:
    """青葉市's editor, signed in; there is a draft of each town."""
    with client.application.app_context(), Writing() as session:
        drafted(session, cast, title="青葉の下書き")
        drafted(session, cast, place="minato", title="港の下書き")
    sign_in(client, EDITOR)
    return client


def upload(desk: FlaskClient, content: bytes | None, name: str = "x.xlsx", **more: str) -> TestResponse:
    files = {"file": (io.BytesIO(content), name)} if content is not None else {}
    return desk.post(SHEETS, data={"csrf_token": token(desk, SHEETS), **files, **more}, content_type="multipart/form-data")


def count(desk: FlaskClient) -> int:
    with desk.application.app_context():
        return db.session.scalar(select(func.count(Posting.id))) or 0


@pytest.mark.parametrize("layout", ["form", "list", "csv"])
def test_one_takes_out_one_s_own_postings_and_no_others(desk: FlaskClient, layout: str) -> None:
    answer = desk.get(f"/desk/sheets/postings?layout={layout}")
    assert answer.status_code == 200 and answer.headers["Content-Disposition"].startswith("attachment;")
    assert [row.title for row in read_sheets(open_sheets(answer.data)).rows] == ["青葉の下書き"]


def test_an_empty_form_bears_the_municipality_and_comes_back_only_with_a_title(desk: FlaskClient) -> None:
    empty = desk.get("/desk/sheets/empty?layout=form").data
    assert read_sheets(open_sheets(empty)).rows[0].municipality == "宮城県青葉市"
    assert "募集の題名: 題名がありません" in upload(desk, empty).text and count(desk) == 2
    assert desk.get("/desk/sheets/empty?layout=no").status_code == 404


def test_the_report_says_what_was_understood_and_what_is_wrong_where(desk: FlaskClient) -> None:
    page = upload(desk, workbook(fifty()))
    assert page.status_code == 200 and "50件のうち43件を下書きにしました" in page.text and "直すところがあるのは7件です" in page.text
    assert "D5 応募締切: 日" in page.text
    edit = re.search(r"/desk/postings/(\d+)/edit", page.text)
    assert edit and desk.get(edit[0]).status_code == 200
    assert "2026年5月29日" in page.text and "25,000円" in page.text
    with desk.application.app_context():
        imported = db.session.scalars(select(Posting).where(Posting.source_kind == SourceKind.IMPORTED)).all()
        assert len(imported) == 43 and {one.municipality_code for one in imported} == {"042021"}


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "ファイルを選んでください"), (b"MZ" + bytes(100), "保存し直してください")],
    ids=["none", "exe"],
)
def test_a_file_that_is_not_read_is_refused_beside_the_field_and_nothing_is_stored(
    desk: FlaskClient, content: bytes | None, says: str
) -> None:
    page = upload(desk, content)
    assert page.status_code == 422 and says in page.text and 'id="file-error"' in page.text
    assert count(desk) == 2


def test_300_megabytes_are_refused_before_they_are_read(desk: FlaskClient) -> None:
    body = io.BytesIO(bytes(1_000))
    answer = desk.post(
        SHEETS, input_stream=body, content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": str(300 * 1024 * 1024)},
    )  # fmt: skip
    assert answer.status_code == 413 and "大きすぎます" in answer.text
    assert body.tell() == 0 and count(desk) == 2
