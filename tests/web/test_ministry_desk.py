"""What administrators set for the municipalities' desk: the promised term of 掲載確認, and the dated grant rules."""

import pytest
from flask.testing import FlaskClient

from jobboard.database import Writing, db
from jobboard.models import AuditEntry, Board, GrantRule
from jobboard.web.transaction import BoardApp
from tests.cast import COMPLETE, Cast
from tests.flows.visitor import Page
from tests.pressing import press
from tests.staff import ADMINISTRATOR, EDITOR, MODERATOR, sign_in
from tests.stories import drafted, submitted

SAVE = "保存する"
RULE = {"year": "2026", "roles": ["adviser"], "engagements": ["commission"], "wording": "助言者への謝金です。", "source": "令和8年通知"}


@pytest.fixture
def ministry(client: FlaskClient, cast: Cast) -> FlaskClient:
    sign_in(client, ADMINISTRATOR)
    return client


def test_the_promised_term_and_the_contact_are_set_and_shown_to_who_waits(ministry: FlaskClient, app: BoardApp, cast: Cast) -> None:
    with app.app_context(), Writing() as session:
        posting = submitted(session, cast).id
    told = {"workdays": "１０", "contact": "地域DX担当 03-5253-0000"}
    assert press(ministry, "/ministry/desk", SAVE, told).status_code == 303
    sign_in(ministry, EDITOR)
    page = ministry.get(f"/desk/postings/{posting}").text
    assert "2026年4月15日(水)" in page and "03-5253-0000" in page
    with app.app_context():
        assert db.session.query(AuditEntry).filter_by(action="board:promise").one().facts == {"workdays": 10}


@pytest.mark.parametrize("typed", ["0", "21", "三日", "", "1.5", "9" * 5000])
def test_a_term_that_nobody_keeps_is_refused_beside_the_field(ministry: FlaskClient, app: BoardApp, typed: str) -> None:
    refused = press(ministry, "/ministry/desk", SAVE, {"workdays": typed, "contact": "内線1234"})
    assert refused.status_code == 422 and "＊ 1から20までの数で書いてください" in refused.text and "内線1234" in refused.text
    with app.app_context():
        assert db.session.get_one(Board, 1).review_workdays == 3


def test_a_grant_is_judged_by_the_rules_of_the_year_alone(ministry: FlaskClient, app: BoardApp, cast: Cast) -> None:
    with app.app_context(), Writing() as session:
        first = session.query(GrantRule).one()
        assert (first.fiscal_year, first.roles) == (2021, ["cio_adviser"])
        send = f"/desk/postings/{drafted(session, cast).id}/send"
        assert COMPLETE["role"] == ["cio_adviser"]

    def judged() -> str:
        sign_in(ministry, EDITOR)
        text = Page(ministry.get(send).text).text
        sign_in(ministry, ADMINISTRATOR)
        return text

    assert "今年度の取扱いは要確認です" in judged()
    assert "2026年度の取扱いがありません" in ministry.get("/ministry/grant").text
    assert press(ministry, "/ministry/grant/new", SAVE, RULE).status_code == 303
    assert "要件に合わない見込みです(要確認) 2026年度 助言者への謝金です。" in judged()
    with app.app_context():
        number = db.session.query(GrantRule).filter_by(fiscal_year=2026).one().id
    more = {"roles": ["adviser", "cio_adviser"], "engagements": ["special_part_time"]}
    assert press(ministry, f"/ministry/grant/{number}", SAVE, more).status_code == 303
    assert "要件に合う見込みです(要確認)" in judged()
    assert press(ministry, f"/ministry/grant/{number}", "この取扱いを消す").status_code == 303
    assert "今年度の取扱いは要確認です" in judged()


def test_a_rule_with_a_gap_is_refused_beside_each_field_and_kept_on_the_page(ministry: FlaskClient) -> None:
    wrong = {"year": "令和8", "roles": [], "engagements": ["commission"], "wording": "説明だけ", "source": ""}
    refused = press(ministry, "/ministry/grant/new", SAVE, wrong)
    assert refused.status_code == 422 and "令和8" in refused.text and "説明だけ" in refused.text
    for name in ("year", "roles", "source"):
        assert f'href="#field-{name}"' in refused.text
    assert ministry.get("/ministry/grant/999").status_code == 404


def test_only_administrators_set_them(client: FlaskClient, cast: Cast) -> None:
    for person in (EDITOR, MODERATOR):
        sign_in(client, person)
        for path in ("/ministry/desk", "/ministry/grant", "/ministry/grant/1"):
            assert client.get(path).status_code == 403
