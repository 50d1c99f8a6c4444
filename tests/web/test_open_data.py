"""The whole of a list as a table and as JSON, and the dictionary that explains both, read back by other programs."""

import csv
import io
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from jobboard.base.choice import Choice
from jobboard.base.fields import FIELDS
from jobboard.database import Writing
from jobboard.domain import grammar, versions
from jobboard.models import Municipality
from jobboard.web import dictionary, licence, open_data
from jobboard.web.columns import CELLS, COLUMNS
from jobboard.web.table import guarded
from jobboard.web.transaction import BoardApp
from tests import postings
from tests.cast import Cast
from tests.stories import published
from tests.web.test_feeds import filled

Publish = Callable[..., int]
UNDECIDED: dict[str, Any] = {"workdays": [], "workdays.explicit": "undecided"}


@pytest.fixture
def publish(app: BoardApp, cast: Cast) -> Publish:
    """Publishes a posting of 青葉市 with some fields changed."""

    def act(**changes: str | list[str]) -> int:
        with app.app_context(), Writing() as session:
            return published(session, cast, **changes).id

    return act


@pytest.fixture
def full(app: BoardApp, cast: Cast) -> None:
    """A posting in which every field has a value."""
    given = {field.name: filled(field, number) for number, field in enumerate(FIELDS, 10)}
    with app.app_context(), Writing() as session:
        postings.published(session, session.get_one(Municipality, cast.aoba), **given)


def rows(data: bytes, encoding: str = "utf-8-sig") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(encoding), newline="")))


def table(client: FlaskClient, query: str = "", encoding: str = "utf-8-sig") -> list[dict[str, str]]:
    response = client.get(f"/postings.csv{query}")
    assert response.status_code == 200
    return rows(response.data, encoding)


def array(client: FlaskClient, query: str = "") -> dict[str, Any]:
    response = client.get(f"/data/postings.json{query}")
    assert (response.status_code, response.mimetype) == (200, "application/json")
    read: dict[str, Any] = json.loads(response.data)
    return read


@pytest.mark.parametrize("text", ["=1+1", "+81", "-1", "−1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "－1"])
def test_no_cell_begins_a_formula(text: str) -> None:
    assert guarded(text) == f"'{text}"


def test_the_table_is_read_by_excel_and_by_programs(client: FlaskClient, publish: Publish) -> None:
    one = publish(title='=HYPERLINK("http://x","a")', background='二行の\n文章, 「引用」 "quoted"', **UNDECIDED)
    response = client.get("/postings.csv?pref=04")
    assert response.data.startswith(b"\xef\xbb\xbf")
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert len(response.data.split(b"\r\n")) == 3, "titles, one row, the end"
    (row,) = rows(response.data)
    assert len(row) == len(CELLS)
    assert row["ID"] == str(one)
    assert row["募集の題名"] == '\'=HYPERLINK("http://x","a")'
    assert row["背景と課題"] == '二行の\n文章, 「引用」 "quoted"'
    assert (row["役割コード"], row["役割"]) == ("cio_adviser", "CIO補佐官等(プロデューサー)")
    assert (row["重点取組事項などコード"], row["重点取組事項など"]) == ("standardisation bpr", "標準化・共通化、BPR")
    assert row["勤務日数"] == "未定"
    assert (row["状態コード"], row["報酬の額(下限)"], row["応募締切"]) == ("open", "25000", "2026-05-29T17:00:00+09:00")
    assert (row["全国地方公共団体コード"], row["市区町村"], row["都道府県コード"]) == ("042021", "宮城県青葉市", "04")


def test_what_is_invented_is_marked_in_each_title(app: BoardApp, client: FlaskClient, publish: Publish, cast: Cast) -> None:
    publish(title="CIO補佐官")
    with app.app_context(), Writing() as session:
        session.get_one(Municipality, cast.aoba).demonstration = True
        versions.bump(session)
    assert [row["募集の題名"] for row in table(client)] == ["【見本】CIO補佐官"]
    assert [one["title"] for one in array(client)["data"]] == ["【見本】CIO補佐官"]


def test_what_cp932_lacks_is_replaced_and_nothing_else_is(client: FlaskClient, publish: Publish) -> None:
    typed = "髙﨑市の𠮷田課 1〜3年 −5%—–•①㈱Ⅳ é😀"
    publish(title=typed)
    (row,) = table(client, "?encoding=cp932", "cp932")
    assert row["募集の題名"] == "髙﨑市の〓田課 1～3年 －5%―－・①㈱Ⅳ 〓〓"
    answer = client.get("/postings.csv?encoding=cp932")
    assert answer.headers["Content-Type"] == "text/csv; charset=windows-31j; header=present"
    assert "postings-cp932.csv" in answer.headers["Content-Disposition"]
    assert table(client)[0]["募集の題名"] == typed, "UTF-8 holds everything"
    assert client.get("/postings.csv?encoding=latin-1").status_code == 400


def test_the_array_says_its_terms_and_what_it_holds(client: FlaskClient, publish: Publish, cast: Cast) -> None:
    one, _ = publish(**UNDECIDED), publish(role="engineer")
    told = array(client, "?role=cio_adviser&utm=x")
    assert told["licence"]["url"] == licence.URL
    assert told["licence"]["attribution"].startswith("出典: 市区町村の外部デジタル人材 募集情報(http://127.0.0.1:8000/data/")
    assert told["url"] == "http://127.0.0.1:8000/data/postings.json?role=cio_adviser"
    assert (told["generated_at"], told["count"], told["is_complete"]) == ("2026-04-01T09:00:00+09:00", 1, True)
    (posting,) = told["data"]
    assert posting == client.get(f"/api/v1/postings/{one}").get_json()["data"], "one object for the API and for open data"
    assert (posting["id"], posting["role"], posting["municipality"]) == (one, "cio_adviser", cast.aoba)
    assert posting["fields"]["workdays"] == {"label": "勤務日数", "value": None, "explicit": "undecided", "text": "未定"}
    assert array(client, "?pref=13")["data"] == []


def test_no_public_field_is_missing_and_no_other_is_told(client: FlaskClient, full: None) -> None:
    (row,), (posting,) = table(client), array(client)["data"]
    for field in FIELDS:
        assert bool(row.get(field.label)) is field.public, field.name
        assert (field.name in posting["fields"]) is field.public, field.name


def test_the_dictionary_explains_every_column_and_where_it_stands_in_the_json(client: FlaskClient, full: None) -> None:
    """Each row of the dictionary leads to the same value in the table and in the array."""
    (row,), (posting,) = table(client), array(client)["data"]
    explained = rows(client.get("/data/dictionary.csv").data)
    assert [one["CSVの見出し"] for one in explained] == list(row), "every column, in the table's order, none twice"
    for one in explained:
        assert row[one["CSVの見出し"]].removeprefix("'") == at(posting, one["JSONの位置"]), one
        assert one["型"] and one["区分"]
    told = client.get("/data/dictionary.json").json
    assert told is not None
    cells = [(cell["heading"], cell["key"]) for column in told["columns"] for cell in column["cells"]]
    assert cells == [(one["CSVの見出し"], one["JSONの位置"]) for one in explained]
    assert all(column["meaning"] or column["section"] != "掲載" for column in told["columns"])


def at(posting: Any, key: str) -> str:
    """The text of the place ``fields.themes.value`` in a posting."""
    value = posting
    for name in key.split("."):
        value = value[name]
    value = int(value) if isinstance(value, bool) else value
    return " ".join(value) if isinstance(value, list) else "" if value is None else str(value)


def test_the_dictionary_lists_every_code_that_a_field_may_hold(client: FlaskClient, cast: Cast) -> None:
    told = client.get("/data/dictionary.json").json
    assert told is not None
    by_name = {column["name"]: column for column in told["columns"]}
    for field in FIELDS:
        if field.public:
            column = by_name[field.name]
            assert column["law"] == field.law
            if field.choices:
                assert column["choices"] == coded(field.choices), field.name
            assert {one["code"] for one in column["instead_of_a_value"]} >= {str(answer) for answer in field.explicit}
    assert by_name["hours_per_day"]["unit"] == "時間" and by_name["pay_low"]["unit"] == "円"
    assert by_name["apply_by"]["required"] == "「締切の種類」が締切・必着・消印有効のとき必須"
    page = client.get("/data/dictionary").text
    assert [column.name for column in COLUMNS if f'<div id="{column.name}">' not in page] == []


def coded(choices: type[Choice]) -> list[dict[str, str]]:
    return [{"code": str(member), "label": member.label} for member in choices]


def test_the_dictionary_explains_every_parameter_by_an_example_that_works(client: FlaskClient, publish: Publish) -> None:
    publish()
    assert [one.name for one in dictionary.parameters()] == list(grammar.NAMES)
    for one in [*dictionary.parameters(), *dictionary.further_parameters()]:
        unit = "pay_unit=day&" if one.name == "pay_min" else ""
        path = re.search(r"/postings[.a-z]*", one.meaning)
        answer = client.get(f"{path[0] if path else '/postings'}?{unit}{one.name}={one.example}")
        assert answer.status_code == (404 if one.name == "page" else 200), one.name
        for choice in one.choices:
            assert client.get(f"/postings.csv?{one.name}={choice['code']}").status_code == 200, choice
    assert {choice["code"] for one in dictionary.parameters() if one.name == "theme" for choice in one.choices} == {
        str(theme) for theme in grammar.CHOICES["theme"]
    }


def test_every_address_on_the_page_of_open_data_answers(client: FlaskClient, publish: Publish) -> None:
    publish()
    for page in ("/data", "/data/dictionary"):
        answer = client.get(page)
        assert answer.status_code == 200
        for address in set(re.findall(r'href="(/[^"]*)"', answer.text)):
            address = address.replace("&amp;", "&")
            if not address.startswith(("/login", "/subscribe")):
                assert client.get(address).status_code == 200, address
        for mark in re.findall(r'href="(?:/data/dictionary)?#([^"]+)"', answer.text):
            assert f'id="{mark}"' in client.get("/data/dictionary").text + answer.text, mark
    assert licence.NAME in client.get("/data").text


@pytest.mark.parametrize("at_once", [1, 2, 5])
def test_a_large_list_is_written_as_it_is_read(
    app: BoardApp, client: FlaskClient, cast: Cast, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    with app.app_context(), Writing() as session:
        place = session.get_one(Municipality, cast.aoba)
        made = [postings.published(session, place, title=f"{number}番").id for number in range(5)]
    whole = client.get("/postings.csv?status=all").data, client.get("/data/postings.json").data
    monkeypatch.setattr(open_data, "AT_ONCE", at_once)
    # Another address of the same lists: whole answers are kept.
    parts = client.get("/postings.csv?status=all&again"), client.get("/data/postings.json?again")
    assert tuple(answer.data for answer in parts) == whole
    assert ["Content-Length" in answer.headers for answer in parts] == [at_once == 5] * 2
    assert [one["id"] for one in json.loads(whole[1])["data"]] == made[::-1]


def test_bad_queries_are_answered_with_a_sentence(client: FlaskClient, publish: Publish) -> None:
    publish()
    for query in ("?role=king", "?q=" + "あ" * 10_000, "?pay_min=1", "?pref=%00", "?encoding=%FF", "?closing_before=x"):
        for path in ("/postings.csv", "/data/postings.json", "/postings.ics"):
            assert client.get(path + query).status_code in (200, 400), path + query
