"""The queue of 掲載確認: what is asked for, what was promised, pages, how the database is asked; several 事後確認 at once."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from jobboard.database import Writing, db
from jobboard.domain import reviewers
from jobboard.models import Account, Board, Posting
from jobboard.web import review_lists
from jobboard.web.transaction import BoardApp
from tests.cast import OPENING, Cast, Clock
from tests.pressing import press
from tests.staff import ADMINISTRATOR, sign_in
from tests.stories import amended, published, submitted
from tests.web.test_review import behind
from tests.web.test_review import sato as sato

CHANGED, HELD, FOREIGN, ODD = "変更した募集", "管理者が担当する募集", "港町の募集", "報酬が高い募集"
AT_HOME = {name: "https://www.town.minato.lg.jp/x" for name in ("official_url", "apply_target")}


@pytest.fixture
def queue(app: BoardApp, cast: Cast) -> None:
    """Four that wait, the oldest first: a change, one that the administrator holds, one of another prefecture, one with a warning."""
    with app.app_context(), Writing() as session:
        changing = published(session, cast, title=CHANGED)
        amended(session, changing, cast, now=OPENING - timedelta(days=8), title=CHANGED, pay_low="30000")
        held = submitted(session, cast, now=OPENING - timedelta(days=1), title=HELD)
        reviewers.take_on(session, held, instead_of=0, by=cast.account("admin"), now=OPENING)
        submitted(session, cast, place="minato", now=OPENING - timedelta(hours=1), title=FOREIGN, **AT_HOME)
        submitted(session, cast, title=ODD, pay_low="900000", pay_high=[])


def test_the_administrators_page_counts_what_the_queue_counts(client: FlaskClient, queue: None) -> None:
    sign_in(client, ADMINISTRATOR)
    home = client.get("/ministry/").text
    assert '<strong>4</strong><span><a href="/review/">掲載確認を待っている募集</a>' in home, "changes wait, too"
    assert '<strong>1</strong><span><a href="/review/?late=1">目安の日を過ぎている募集</a>' in home
    assert "確認を待っている募集(4件)" in client.get("/review/").text


def shown(client: FlaskClient, query: str = "") -> list[str]:
    """The titles on the queue's page, in their order."""
    page = client.get(f"/review/?{query}").text
    titles = [title for title in (CHANGED, HELD, FOREIGN, ODD) if f">{title}</a>" in page]
    return sorted(titles, key=page.index)


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", [CHANGED, HELD, FOREIGN, ODD]),
        ("kind=new", [HELD, FOREIGN, ODD]),
        ("kind=change", [CHANGED]),
        ("holder=nobody", [CHANGED, FOREIGN, ODD]),
        ("holder=me", []),
        ("holder=5", [HELD]),
        ("pref=14", [FOREIGN]),
        ("q=ミナト町", []),
        ("q=港町 募集", [FOREIGN]),
        ("late=1", [CHANGED]),
        ("quiet=1&kind=new", [HELD, FOREIGN]),
        ("kind=x&holder=x&pref=99&page=x&holder=%00", [CHANGED, HELD, FOREIGN, ODD]),
        ("page=99", [CHANGED, HELD, FOREIGN, ODD]),
    ],
)
def test_the_queue_shows_what_is_asked_for(sato: FlaskClient, queue: None, query: str, titles: list[str]) -> None:
    assert shown(sato, query) == titles


def test_the_queue_says_who_holds_what_by_when_each_was_promised_and_what_is_over_it(
    sato: FlaskClient, queue: None, cast: Cast, clock: Clock
) -> None:
    page = sato.get("/review/").text
    assert "目安の日を過ぎている募集が1件あります" in page
    row = page.split(f">{CHANGED}</a>")[1].split("</tr>")[0]
    assert "2026年3月27日(金)" in row and "開庁日で3日過ぎています" in row  # 24 March, three 開庁日: 25, 26, 27
    assert "管理 太郎さん" in page.split(f">{HELD}</a>")[1].split("</tr>")[0]
    assert 'value="5">管理 太郎さん(1件)' in page and "自分(0件)" in page and "だれも担当していない(3件)" in page
    assert "確かめるところ 1か所" in page.split(f">{ODD}</a>")[1].split("</tr>")[0]
    with behind(sato) as session:
        number = session.query(Posting.id).filter_by(title=CHANGED).scalar()
        session.get_one(Board, 1).review_workdays = 20
        session.get_one(Account, cast.admin).deactivated_at = OPENING
    page = sato.get("/review/").text
    assert "目安の日を過ぎている募集はありません" in page
    assert "管理 太郎" not in page, "who left holds nothing"
    posting = sato.get(f"/review/postings/{number}").text
    assert "開庁日で6日待っています" in posting and "目安は2026年4月21日(火)までです" in posting


def test_a_long_queue_has_pages_that_keep_what_was_asked_for(
    sato: FlaskClient, queue: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review_lists, "ROWS", 2)
    assert shown(sato, "kind=new") == [HELD, FOREIGN]
    for path in ("?kind=zzz", "?pref=99", "?holder=zzz", "corrections?pref=99", "corrections?fault=zzz"):
        assert "知らない条件は使いませんでした" in sato.get(f"/review/{path}").text, path
    page = sato.get("/review/?kind=new").text
    assert "知らない条件" not in page
    assert "(3件、1/2ページ)" in page and "/review/?kind=new&amp;page=2" in page
    assert shown(sato, "kind=new&page=2") == [ODD]


def test_a_long_queue_asks_the_database_as_often_as_a_short_one(app: BoardApp, sato: FlaskClient, queue: None, cast: Cast) -> None:
    with app.app_context():
        counted: list[str] = []
        event.listen(db.engine, "before_cursor_execute", lambda *given: counted.append(given[2]))
        sato.get("/review/")
        counted.clear()
        sato.get("/review/?quiet=1")
        sato.get("/review/")
        few = len(counted)
        with Writing() as session:
            for _ in range(5):
                one = submitted(session, cast)
                reviewers.take_on(session, one, instead_of=0, by=cast.account("sato"), now=OPENING)
        counted.clear()
        sato.get("/review/?quiet=1")
        sato.get("/review/")
        assert len(counted) <= few


def test_several_changes_that_took_effect_at_once_are_confirmed_together(
    app: BoardApp, sato: FlaskClient, cast: Cast
) -> None:
    with app.app_context(), Writing() as session:
        for number in range(3):
            amended(session, published(session, cast, title=f"第{number}の募集"), cast, now=OPENING, contact_tel="022-111-1111")
    page = sato.get("/review/after")
    assert "事後確認(3件)" in page.text and "第0の募集" in page.text
    versions = [part.split('"')[0] for part in page.text.split('name="version" value="')[1:]]
    press(sato, page, "確認した", {"version": versions[1:2]})
    admin = app.test_client()
    sign_in(admin, ADMINISTRATOR)
    assert press(admin, "/review/after", "確認した", {"version": [*versions, "x", "999"]}).status_code == 303
    after = admin.get("/review/after").text
    assert "ほか1件の変更を確認しました" in after and "1件は、ほかの人が先に確認していました" in after and "事後確認(0件)" in after


def test_confirming_nothing_says_what_to_do(app: BoardApp, sato: FlaskClient, cast: Cast) -> None:
    with app.app_context(), Writing() as session:
        amended(session, published(session, cast), cast, now=OPENING, contact_tel="022-111-1111")
    press(sato, "/review/after", "確認した", {"version": []})
    assert "選んでから、「確認した」を押してください" in sato.get("/review/after").text
