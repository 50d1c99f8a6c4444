"""The API as a program meets it: what answers hold, what errors say, who may read it."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from pytest import MonkeyPatch

from jobboard.base.fields import FIELDS
from jobboard.base.states import ClosedReason, ExtensionReason
from jobboard.base.vocabulary import Explicit
from jobboard.database import Writing
from jobboard.domain import listing, publication
from jobboard.models import Municipality, Posting
from jobboard.web import api, licence
from jobboard.web.transaction import BoardApp
from tests import postings
from tests.cast import Cast, Clock
from tests.stories import published, submitted

HERE = "http://127.0.0.1:8000"


@pytest.fixture
def posting_id(app: BoardApp, cast: Cast) -> int:
    with app.app_context(), Writing() as session:
        return published(session, cast).id


def read(client: FlaskClient, address: str) -> Any:
    response = client.get(address)
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"] == "application/json"
    return response.json


def test_a_list_obeys_the_query_and_says_how_many_there_are(client: FlaskClient, posting_id: int) -> None:
    found = read(client, "/api/v1/postings?pref=04&q=DX&role=cio_adviser")
    assert [one["id"] for one in found["data"]] == [posting_id]
    assert (found["total"], found["total_is_exact"], found["next"]) == (1, True, None)
    assert found["licence"]["url"] == licence.URL
    assert HERE in found["licence"]["attribution"]
    assert read(client, "/api/v1/postings?pref=13")["data"] == []


def test_a_posting_says_codes_labels_and_texts(client: FlaskClient, posting_id: int) -> None:
    one = read(client, f"/api/v1/postings/{posting_id}")["data"]
    assert (one["role"], one["themes"], one["status"]) == ("cio_adviser", ["standardisation", "bpr"], "open")
    assert (one["municipality"], one["municipality_name"]) == ("042021", "宮城県青葉市")
    assert one["apply_by"] == one["closes_at"] == "2026-05-29T17:00:00+09:00"
    assert one["url"] == f"{HERE}/postings/{posting_id}"
    assert one["fields"]["renewal"] == {"label": "再任", "value": "some", "text": "あり"}
    assert one["fields"]["hours_per_day"] == {"label": "1日の勤務時間", "value": 7.75, "explicit": None, "text": "7.75"}
    assert one["fields"]["term_start_on"]["value"] == "2026-06-01"
    assert (one["fields"]["insurance"]["value"], one["fields"]["insurance"]["text"]) == (["public_accident"], "公務災害補償")


def test_an_answer_instead_of_a_value_is_told_apart(app: BoardApp, client: FlaskClient, cast: Cast) -> None:
    with app.app_context(), Writing() as session:
        place = session.get_one(Municipality, cast.aoba)
        posting = postings.published(session, place, workdays=Explicit.UNDECIDED, background=None)
        posting_id = posting.id
    fields = read(client, f"/api/v1/postings/{posting_id}")["data"]["fields"]
    assert fields["workdays"] == {"label": "業務日数の目安", "value": None, "explicit": "undecided", "text": "未定"}
    assert "background" not in fields


def test_no_private_field_and_no_draft_is_told(app: BoardApp, client: FlaskClient, cast: Cast) -> None:
    with app.app_context(), Writing() as session:
        shown = published(session, cast, approval_number="総デ第12号").id
        hidden = submitted(session, cast).id
    private = {field.name for field in FIELDS if not field.public}
    assert private & set(read(client, f"/api/v1/postings/{shown}")["data"]["fields"]) == set()
    assert "総デ第12号" not in client.get("/api/v1/postings?status=all").text
    assert client.get(f"/api/v1/postings/{hidden}").status_code == 404
    assert client.get(f"/api/v1/postings/{hidden}/history").status_code == 404


def test_history_and_changes_tell_old_and_new_and_closings(
    app: BoardApp, client: FlaskClient, posting_id: int, clock: Clock
) -> None:
    with app.app_context(), Writing() as session:
        posting = session.get_one(Posting, posting_id)
        until = posting.apply_by + timedelta(days=14)
        later = clock.forward(days=1)
        reason = ExtensionReason.FEW_APPLICANTS
        publication.extend(session, posting, until=until, reason=reason, by=None, now=later)
    with app.app_context(), Writing() as session:
        posting = session.get_one(Posting, posting_id)
        publication.close(session, posting, reason=ClosedReason.FILLED, by=None, now=clock.forward(days=1))
    steps = read(client, f"/api/v1/postings/{posting_id}/history")["data"]
    assert [one["kind"] for one in steps] == ["closed", "extended", "published"]
    assert steps[1]["changes"] == [
        {
            "field": "apply_by",
            "label": "応募締切",
            "old": {"value": "2026-05-29T17:00:00+09:00", "text": "2026年5月29日(金)17:00"},
            "new": {"value": "2026-06-12T17:00:00+09:00", "text": "2026年6月12日(金)17:00"},
        }
    ]
    changes = read(client, "/api/v1/changes?pref=04")
    assert [(one["kind"], one["posting"]["status"]) for one in changes["data"]] == [
        ("closed", "closed"), ("extended", "closed"), ("published", "closed"),
    ]  # fmt: skip
    assert changes["total"] == 3
    assert read(client, "/api/v1/changes?pref=13")["data"] == []


def test_a_field_that_was_not_answered_before_has_no_old_value(
    app: BoardApp, client: FlaskClient, cast: Cast, clock: Clock
) -> None:
    with app.app_context(), Writing() as session:
        posting = postings.published(session, session.get_one(Municipality, cast.aoba), equipment=None)
        postings.amended(session, posting, now=clock.forward(days=1), equipment="ノートパソコンを貸与")
        posting_id = posting.id
    (change,) = read(client, f"/api/v1/postings/{posting_id}/history")["data"][0]["changes"]
    assert (change["old"], change["new"]["value"]) == (None, "ノートパソコンを貸与")


def test_municipalities_come_with_the_number_of_their_open_postings(client: FlaskClient, posting_id: int) -> None:
    counted = {one["code"]: one["open"] for one in read(client, "/api/v1/municipalities")["data"]}
    assert counted == {"042021": 1, "143014": 0}
    one = read(client, "/api/v1/municipalities/042021")["data"]
    assert (one["full_name"], one["kind_label"], one["open"]) == ("宮城県青葉市", "市", 1)


def test_a_sample_is_marked_in_the_title_and_by_a_flag(app: BoardApp, client: FlaskClient, cast: Cast) -> None:
    with app.app_context(), Writing() as session:
        postings.board(session).demonstration = True
        place = session.get_one(Municipality, cast.aoba)
        place.demonstration = True
        postings.published(session, place)
    (one,) = read(client, "/api/v1/postings")["data"]
    assert one["sample"] is True
    assert one["title"].startswith("【見本】")


NOT_THERE = "アドレスと番号を確かめてください"
WRONG = {
    "/api/v1/postings?role=king": (400, "役割(role)は、次の中から指定してください"),
    "/api/v1/postings?sort=luck": (400, "並び替え(sort)"),
    "/api/v1/postings?limit=101": (400, "1から100まで"),
    "/api/v1/changes?limit=-1": (400, "1から100まで"),
    "/api/v1/changes?pay_min=1": (400, "報酬の単位(pay_unit)と一緒に"),
    f"/api/v1/postings?q={'あ' * 3_000}": (400, "100字以内"),
    "/api/v1/postings/99": (404, NOT_THERE),
    "/api/v1/postings/99999999999999999999": (404, NOT_THERE),
    "/api/v1/postings/-1/history": (404, NOT_THERE),
    "/api/v1/municipalities/000000": (404, NOT_THERE),
    "/api/v1/municipalities/%00aaaaa": (404, NOT_THERE),
    "/api/v1/municipalities/%ff%fe%fd": (404, NOT_THERE),
    "/api/v1/nothing": (404, NOT_THERE),
    "/api/v2/postings": (404, NOT_THERE),
}


def test_an_error_is_a_problem_document_in_japanese(client: FlaskClient, cast: Cast) -> None:
    guide = client.get("/api").text
    for address, (code, said) in WRONG.items():
        response = client.get(address)
        assert response.headers["Content-Type"] == "application/problem+json", address
        assert response.headers["Cache-Control"] == "no-store", address
        assert (response.status_code, response.json["status"]) == (code, code), address
        assert response.json["type"] == f"{HERE}/api#problem-{code}", address
        assert said in response.json["detail"], address
        assert f'id="problem-{code}"' in guide


def test_an_error_names_the_parameter(client: FlaskClient, cast: Cast) -> None:
    assert client.get("/api/v1/postings?pref=99").json["parameter"] == "pref"


def test_another_method_is_refused_and_told_which_will_do(client: FlaskClient, cast: Cast) -> None:
    for method in ("post", "put", "delete", "patch"):
        response = getattr(client, method)("/api/v1/postings")
        assert response.status_code == response.json["status"] == 405
        assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_what_goes_wrong_inside_is_a_problem_too(app: BoardApp, client: FlaskClient, monkeypatch: MonkeyPatch) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(listing, "public_posting", broken)
    response = client.get("/api/v1/postings/1")
    assert (response.status_code, response.json["status"]) == (500, 500)
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_pages_for_people_keep_their_error_pages(client: FlaskClient, cast: Cast) -> None:
    for address in ("/nothing", "/postings?role=king", "/apiary"):
        response = client.get(address)
        assert response.headers["Content-Type"].startswith("text/html"), address
        assert "Access-Control-Allow-Origin" not in response.headers, address


def test_unchanged_answers_are_304_and_not_made_again(
    client: FlaskClient, posting_id: int, monkeypatch: MonkeyPatch
) -> None:
    first = client.get("/api/v1/postings?pref=04")
    assert first.headers["Cache-Control"] == "public, max-age=60"
    monkeypatch.setattr(api, "posting_object", None)
    again = client.get("/api/v1/postings?pref=04", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert "RateLimit" in again.headers


def test_answers_are_compressed(client: FlaskClient, posting_id: int) -> None:
    for address in ("/api/v1/postings", "/api/v1/openapi.json"):
        assert client.get(address, headers={"Accept-Encoding": "br"}).headers["Content-Encoding"] == "br"


def test_any_site_may_read_what_is_for_machines_but_without_credentials(client: FlaskClient, cast: Cast) -> None:
    for address in ("/api/v1/postings", "/api/v1/nothing", "/postings.json", "/postings.csv", "/changes.atom"):
        response = client.get(address, headers={"Origin": "https://elsewhere.example"})
        assert response.headers["Access-Control-Allow-Origin"] == "*", address
        assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin", address
        assert "Access-Control-Allow-Credentials" not in response.headers, address
        exposed = response.headers["Access-Control-Expose-Headers"].split(", ")
        assert {"ETag", "Link", "RateLimit", "Retry-After"} <= set(exposed), address


def test_a_browser_is_permitted_to_read_and_nothing_else(client: FlaskClient, cast: Cast) -> None:
    asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "GET"}
    response = client.options("/api/v1/postings", headers=asked)
    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    assert "If-None-Match" in response.headers["Access-Control-Allow-Headers"]
    assert int(response.headers["Access-Control-Max-Age"]) > 0
    assert "Access-Control-Allow-Methods" not in client.options("/login").headers
