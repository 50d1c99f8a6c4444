"""The figures of a posting: views counted without cookies, mail by week, small numbers hidden, refused to others."""

import re
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from jobboard.base.states import ClosedReason
from jobboard.database import Writing, db
from jobboard.domain import publication
from jobboard.models import Match, Posting, ViewDay
from jobboard.web.transaction import BoardApp
from tests.cast import Cast, Clock
from tests.mailroom import Mailroom
from tests.staff import EDITOR, MODERATOR, OTHER_EDITOR, sign_in
from tests.stories import drafted, published

PERSON = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
HOME = "http://127.0.0.1:8000"


@pytest.fixture
def posting(app: BoardApp, cast: Cast) -> int:
    with app.app_context(), Writing() as session:
        return published(session, cast).id


def open_page(client: FlaskClient, posting: int, *, network: str = "192.0.2.1", **headers: str) -> TestResponse:
    """What the page's script sends when somebody opens it."""
    said = {"Origin": HOME, "Sec-Fetch-Site": "same-origin", "User-Agent": PERSON}
    said |= {name.replace("_", "-"): value for name, value in headers.items()}
    said = {name: value for name, value in said.items() if value}
    return client.post(f"/postings/{posting}/seen", headers=said, environ_base={"REMOTE_ADDR": network})


def counted(app: BoardApp) -> dict[tuple[int, date], int]:
    with app.app_context():
        return {(row.posting_id, row.on): row.views for row in db.session.scalars(select(ViewDay))}


def test_the_page_stays_anonymous_and_its_script_counts_each_day_in_japan(
    app: BoardApp, client: FlaskClient, posting: int, clock: Clock
) -> None:
    page = client.get(f"/postings/{posting}")
    assert "Set-Cookie" not in page.headers and "public" in page.headers["Cache-Control"] and "js/seen.js" in page.text
    answer = open_page(client, posting)
    assert answer.status_code == 204 and not answer.data and "Set-Cookie" not in answer.headers
    open_page(client, posting)
    clock.forward(hours=15)
    open_page(client, posting)
    assert counted(app) == {(posting, date(2026, 4, 1)): 2, (posting, date(2026, 4, 2)): 1}
    assert client.get(f"/postings/{posting}/seen").status_code == 405 and counted(app)[posting, date(2026, 4, 1)] == 2


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"User_Agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}, 204), ({"User_Agent": "curl/8.5"}, 204),
        ({"User_Agent": "Slackbot-LinkExpanding 1.0"}, 204), ({"Origin": "https://evil.example"}, 400),
        ({"Origin": ""}, 400), ({"Sec_Fetch_Site": "cross-site"}, 400),
    ],
)  # fmt: skip
def test_programs_and_other_sites_are_not_counted(
    app: BoardApp, client: FlaskClient, posting: int, headers: dict[str, str], code: int
) -> None:
    assert open_page(client, posting, **headers).status_code == code and counted(app) == {}


def test_what_is_not_public_is_not_counted_and_nobody_inflates_a_number(
    app: BoardApp, client: FlaskClient, cast: Cast, posting: int
) -> None:
    with app.app_context(), Writing() as session:
        draft = drafted(session, cast).id
    assert open_page(client, draft).status_code == 404 and open_page(client, 999_999).status_code == 404
    codes = [open_page(client, posting).status_code for _ in range(12)]
    assert codes == [204] * 10 + [429] * 2
    assert open_page(client, posting, network="198.51.100.7").status_code == 204
    assert sum(counted(app).values()) == 11


def test_the_desk_shows_weeks_as_chart_and_table_and_hides_small_numbers(
    app: BoardApp, client: FlaskClient, cast: Cast, mailroom: Mailroom, clock: Clock
) -> None:
    for number in range(10):
        mailroom.subscribed(f"reader{number}@example.jp")
    with app.app_context(), Writing() as session:
        posting = published(session, cast).id
    mailroom.run()
    open_page(client, posting)
    clock.forward(days=7)
    sign_in(client, EDITOR)
    page = client.get(f"/desk/postings/{posting}/figures")
    cells = re.findall(r'figures-number">(\d[^<]*)<', page.text)
    assert page.status_code == 200 and cells == ["0回", "10人未満", "1回", "10人"]
    assert "いま条件に合う登録者" in page.text and page.text.count("<rect") >= 5
    assert re.search(r'role="img" aria-labelledby="views-chart-title views-chart-desc"', page.text)
    assert "style=" not in page.text.partition("<main")[2]


def test_told_people_are_counted_after_the_ledger_forgot_them(
    app: BoardApp, client: FlaskClient, cast: Cast, mailroom: Mailroom, clock: Clock
) -> None:
    for number in range(11):
        mailroom.subscribed(f"reader{number}@example.jp")
    with app.app_context(), Writing() as session:
        posting = published(session, cast).id
    mailroom.run()
    clock.forward(days=10)
    with app.app_context(), Writing() as session:
        by = cast.account("aoba_editor")
        publication.close(session, session.get_one(Posting, posting), reason=ClosedReason.FILLED, by=by, now=clock())
    mailroom.run()
    for days in (0, 120):
        clock.forward(days=days)
        mailroom.steps.tidy()
        sign_in(client, EDITOR)
        page = client.get(f"/desk/postings/{posting}/figures").text
        assert re.findall(r'figures-number">(\d[^<]*)<', page) == ["0回", "11人", "0回", "11人"], f"after {days} days"
    with mailroom.writing() as session:
        assert session.scalars(select(Match)).all() == []


@pytest.mark.parametrize(("email", "code"), [(OTHER_EDITOR, 404), (MODERATOR, 403), ("", 302)])
def test_the_figures_are_the_municipalitys_own(client: FlaskClient, posting: int, email: str, code: int) -> None:
    if email:
        sign_in(client, email)
    assert client.get(f"/desk/postings/{posting}/figures").status_code == code


def test_the_policy_says_how_views_are_counted(client: FlaskClient, cast: Cast) -> None:
    assert "何回開かれたか" in client.get("/privacy").text
