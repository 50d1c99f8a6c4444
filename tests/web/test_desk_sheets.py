"""Spreadsheets at the desk through HTTP: taken out, filled in, sent back; what is refused is refused in words beside the field."""

import io
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from jobboard.base.states import SourceKind
from jobboard.database import Writing, db
from jobboard.domain import sheets_importing
from jobboard.domain.sheets_opening import open_sheets
from jobboard.domain.sheets_reading import read_sheets
from jobboard.models import Posting
from tests.cast import Cast
from tests.domain.test_sheets import fifty
from tests.sheets import workbook
from tests.staff import EDITOR, OTHER_EDITOR, sign_in, token
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
    """The page that the upload leads to."""
    files = {"file": (io.BytesIO(content), name)} if content is not None else {}
    form = {"csrf_token": token(desk, SHEETS), **files, **more}
    answer = desk.post(SHEETS, data=form, content_type="multipart/form-data")
    return desk.get(answer.location) if answer.status_code == 303 else answer


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


def choose(desk: FlaskClient, asked: TestResponse, rows: str) -> TestResponse:
    """Presses one of the buttons of the question; the answer is the report, which was loaded anew."""
    fields = dict(re.findall(r'name="(before|keep_faulty)" value="(\w*)"', asked.text))
    form = {"csrf_token": token(desk, SHEETS), "rows": rows, **fields}
    answer = desk.post(asked.request.path, data=form)
    assert answer.status_code == 303
    return desk.get(answer.location)


def table(*titles: str) -> bytes:
    return workbook([["募集の題名", "任期・契約の開始日"], *([title, "2026-06-01"] for title in titles)])


def test_the_report_can_be_loaded_again_and_makes_nothing_twice(desk: FlaskClient) -> None:
    page = upload(desk, table("一つ目の募集", "まったく別の仕事"))
    assert "2件のうち2件を下書きにしました" in page.text and count(desk) == 4
    assert desk.get(page.request.path).text == page.text and count(desk) == 4
    sign_in(desk, OTHER_EDITOR)
    assert desk.get(page.request.path).status_code == 404


def test_the_same_file_is_asked_about_and_taken_again_only_by_choice(desk: FlaskClient) -> None:
    made = table("一つ目の募集", "まったく別の仕事")
    upload(desk, made)
    asked = upload(desk, made)
    assert "このファイルは取り込み済みです" in asked.text and "2件のうち2件に" in asked.text and count(desk) == 4
    assert "件だけを取り込む" not in asked.text
    report = choose(desk, asked, "all")
    assert "2件のうち2件を下書きにしました" in report.text and count(desk) == 6
    assert choose(desk, asked, "all").text == report.text and count(desk) == 6, "a double click makes nothing twice"
    sign_in(desk, OTHER_EDITOR)
    assert desk.get(asked.request.path).status_code == 404


def test_rows_that_a_posting_is_there_for_are_shown_and_left_out(desk: FlaskClient) -> None:
    asked = upload(desk, table("青葉の 下書き", "まったく別の仕事", "港の下書き"))
    assert "Sheet1 2行目 青葉の 下書き" in asked.text and ">青葉の下書き</a>" in asked.text
    assert "取り込み済み" not in asked.text and "港の下書き</a>" not in asked.text, "only one's own postings are compared"
    report = choose(desk, asked, "new")
    assert "3件のうち2件を下書きにしました" in report.text and "同じ募集がもうある1件は、取り込んでいません" in report.text
    assert count(desk) == 4


def test_a_faulty_file_that_was_mended_brings_only_what_is_new(desk: FlaskClient) -> None:
    upload(desk, workbook(fifty()))
    mended = fifty()
    mended[4][3] = "2026-05-30"
    asked = upload(desk, workbook(mended))
    assert "44件のうち" in asked.text
    everything = choose(desk, upload(desk, workbook(mended), keep_faulty="y"), "all")
    assert "50件のうち48件を下書きにしました" in everything.text


def test_a_file_that_is_kept_no_longer_leaves_the_count(desk: FlaskClient) -> None:
    page = upload(desk, table("一つ目の募集"))
    folder = desk.application.config["BOARD"].upload_dir
    kept = [file for file in folder.rglob("*") if file.is_file()]
    assert len(kept) == 1 and kept[0].name not in page.text
    kept[0].unlink()
    assert "1件のうち1件を下書きにしました" in desk.get(page.request.path).text
    assert desk.get(f"/desk/sheets/files/{kept[0].name}").status_code == 404


def test_forms_beyond_one_file_are_taken_out_in_parts(desk: FlaskClient, monkeypatch: pytest.MonkeyPatch, cast: Cast) -> None:
    monkeypatch.setattr(sheets_importing, "MOST_FORMS", 2)
    with desk.application.app_context(), Writing() as session:
        for number in (2, 3):
            drafted(session, cast, title=f"青葉の{number}")
    refused = desk.get("/desk/sheets/postings?layout=form")
    assert refused.status_code == 422 and "ファイルを作れませんでした" in refused.text and "一覧を選んでください" in refused.text
    parts = re.findall(r'href="(/desk/sheets/postings\?[^"]*part=\d)"', desk.get(SHEETS).text)
    titles = [[row.title for row in read_sheets(open_sheets(desk.get(part.replace("&amp;", "&")).data)).rows] for part in parts]
    assert titles == [["青葉の下書き", "青葉の2"], ["青葉の3"]]
    assert desk.get("/desk/sheets/postings?layout=list").status_code == 200
