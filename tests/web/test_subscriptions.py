"""The page behind the link in each mail: everything of one's own by buttons, nothing of anybody else, nothing by looking."""

import json

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from jobboard.base import tokens
from jobboard.base.states import Dropped, Frequency
from jobboard.database import Writing, db
from jobboard.domain import links, matching
from jobboard.models import AuditEntry, Delivery, Match, Refused, Subscriber, Subscription
from jobboard.web.transaction import BoardApp
from tests.cast import OPENING, Cast, Clock
from tests.stories import drafted, published
from tests.web.test_subscribe import KEY, saved, state, subscribed


def test_the_holder_of_a_link_manages_everything_and_nothing_of_others(client: FlaskClient, app: BoardApp) -> None:
    token = subscribed(app, purpose="manage")
    subscribed(app, "suzuki@example.jp")
    home = f"/subscriptions/{token}"
    assert "宮城県" in client.get(home).text
    change = {"pref": ["47"], "kinds": ["amended"], "frequency": "weekly"}
    assert client.post(f"{home}/1", data=change).location == f"{home}?done=change"
    row = saved(app)[0]
    assert (row.criteria.query, row.kinds, row.frequency) == ("pref=47", "amended", Frequency.WEEKLY)
    assert 'value="47" checked' in client.get(f"{home}/1").text
    assert client.post(f"{home}/1/pause", data={"until": "2026-04-30"}).location == f"{home}?done=pause"
    assert "2026年4月30日(木)まで休みます" in client.get(home).text
    assert client.post(f"{home}/1/pause", data={"resume": "1"}).location == f"{home}?done=resume"
    for until, sentence in (("2020-04-30", "今日から1年以内"), ("甲", "2026-05-29 のように"), ("", "休む最後の日を入力してください")):
        wrong = client.post(f"{home}/1/pause", data={"until": until})
        assert wrong.status_code == 422 and sentence in wrong.text and f'value="{until}"' in wrong.text
    for path in ("", "/pause", "/leave"):
        assert client.post(f"{home}/2{path}", data=change).status_code == 404
    assert client.get(f"{home}/2").status_code == 404
    assert client.post(f"{home}/1/leave").status_code == 303
    assert state(app) == ["left", "active"]
    assert client.post(f"{home}/1", data=change).status_code == 404


def test_a_person_deletes_all_that_is_known_by_one_button(client: FlaskClient, app: BoardApp) -> None:
    token = subscribed(app, purpose="manage")
    assert "登録した情報を削除する</button>" in client.get(f"/subscriptions/{token}/forget").text
    assert len(saved(app)) == 1
    assert client.post(f"/subscriptions/{token}/forget").status_code == 200
    assert saved(app) == [] and client.get(f"/subscriptions/{token}").status_code == 404


def test_a_number_beyond_the_database_is_no_subscription(client: FlaskClient, app: BoardApp) -> None:
    token = subscribed(app, purpose="manage")
    for path in ("", "/pause", "/leave"):
        assert client.post(f"/subscriptions/{token}/{'9' * 30}{path}").status_code == 404
    assert client.get(f"/subscriptions/{token}/2147483648").status_code == 404


@pytest.fixture
def home(app: BoardApp, cast: Cast, clock: Clock) -> str:
    """The page of 田中, who asked for 宮城県 daily and for everything; a posting of 青葉市 waits to be told to her, and to 鈴木."""
    subscribed(app, "suzuki@example.jp", "pref=04")
    subscribed(app, query="pref=04")
    token = subscribed(app, query="pref=47", purpose="manage")
    with app.app_context(), Writing() as session:
        for row in session.scalars(select(Subscription)):
            row.kinds, row.frequency = "published,closed", Frequency.DAILY
        published(session, cast, now=clock.forward(hours=1))
        matching.match(session, now=clock())
    return f"/subscriptions/{token}"


def waiting(app: BoardApp) -> dict[int, Dropped | None]:
    """Why what matched each subscription is not told; None where it is."""
    with app.app_context():
        return {row.subscription_id: row.dropped for row in db.session.scalars(select(Match))}


def kinds(app: BoardApp) -> list[str]:
    return [row.kinds for row in saved(app)]


def test_a_municipality_is_given_up_in_one_step_and_taken_back(app: BoardApp, client: FlaskClient, home: str) -> None:
    page = client.get(f"{home}/less/1/published")
    for button in ("青葉市のお知らせは不要</button>", "「新着」のお知らせだけ受け取る</button>", "「新着」のお知らせは不要</button>"):
        assert button in page.text
    assert "宮城県(今は 新着、終了)" in page.text and "沖縄県" not in page.text, "only what told of the posting changes"
    assert waiting(app) == {1: None, 2: None}
    assert client.post(f"{home}/less/1/published", data={"wish": "refuse"}).location == f"{home}?done=refuse"
    assert waiting(app) == {1: None, 2: Dropped.REFUSED}
    assert client.post(f"{home}/less/1/published", data={"wish": "refuse"}).status_code == 303
    assert "青葉市のお知らせは不要</button>" not in client.get(f"{home}/less/1/published").text
    shown = client.get(home).text
    assert "お知らせを不要にした市区町村" in shown and "宮城県青葉市" in shown
    assert client.post(f"{home}/allow/%00").status_code == 404
    assert client.post(f"{home}/allow/042021").location == f"{home}?done=allow"
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Refused)) == 0


@pytest.mark.parametrize(
    ("kind", "wish", "left", "dropped"),
    [
        ("published", "only", "published", None),
        ("closed", "only", "closed", Dropped.NARROWED),
        ("published", "without", "closed", Dropped.NARROWED),
        ("closed", "without", "published", None),
    ],
)
def test_one_kind_is_kept_alone_or_given_up_where_the_posting_was_told(
    app: BoardApp, client: FlaskClient, home: str, kind: str, wish: str, left: str, dropped: Dropped | None
) -> None:
    assert client.post(f"{home}/less/1/{kind}", data={"wish": wish}).location == f"{home}?done={wish}"
    assert kinds(app) == ["published,closed", left, "published,closed"]
    assert waiting(app) == {1: None, 2: dropped}


def test_the_last_kind_is_not_taken_away(app: BoardApp, client: FlaskClient, home: str) -> None:
    client.post(f"{home}/less/1/closed", data={"wish": "only"})
    page = client.get(f"{home}/less/1/closed").text
    assert "お知らせだけ受け取る" not in page and "「終了」のお知らせは不要" not in page
    assert client.post(f"{home}/less/1/closed", data={"wish": "without"}).status_code == 409
    assert kinds(app)[1] == "closed"


def test_less_is_offered_of_public_postings_and_known_kinds_alone(app: BoardApp, client: FlaskClient, home: str, cast: Cast) -> None:
    with app.app_context(), Writing() as session:
        draft = drafted(session, cast).id
    for path in (f"less/{draft}/published", "less/999/published", "less/1/king", f"less/{'9' * 30}/published"):
        assert client.get(f"{home}/{path}").status_code == 404
        assert client.post(f"{home}/{path}", data={"wish": "refuse"}).status_code == 404
    assert client.post(f"{home}/less/1/published", data={"wish": "king"}).status_code == 404
    assert client.post(f"{home}/less/1/published").status_code == 404
    assert waiting(app) == {1: None, 2: None} and len(set(kinds(app))) == 1


def test_unticking_a_kind_drops_what_waits_of_it(app: BoardApp, client: FlaskClient, home: str) -> None:
    client.post(f"{home}/2", data={"pref": "04", "kinds": "closed", "frequency": "daily"})
    assert waiting(app) == {1: None, 2: Dropped.NARROWED}


def test_a_renewed_link_is_told_to_the_address_alone_and_the_old_one_says_so(
    app: BoardApp, client: FlaskClient, home: str
) -> None:
    with app.app_context():
        person = db.session.scalars(select(Subscriber).where(Subscriber.address == "tanaka@example.jp")).one().id
    new = tokens.derive(KEY, "manage", person, 2)
    answer = client.post(f"{home}/renew")
    assert answer.status_code == 200 and new not in answer.text
    for path in (home, f"{home}/2", f"{home}/export", f"{home}/less/1/published"):
        old = client.get(path)
        assert old.status_code == 410 and "新しいリンクに替わりました" in old.text and new not in old.text
    assert client.post(f"{home}/2/leave").status_code == 410 and state(app) == ["active"] * 3
    with app.app_context():
        mail = db.session.scalars(select(Delivery)).one()
        assert mail.subscriber_id == person and mail.words["links"] == {"link-0": ["manage", person, 2]}


def test_what_is_known_of_an_address_is_taken_away_as_a_file_without_any_token(
    app: BoardApp, client: FlaskClient, home: str
) -> None:
    client.post(f"{home}/company", data={"company": "青葉商会\x00"})
    client.post(f"{home}/3/leave")
    client.post(f"{home}/less/1/published", data={"wish": "refuse"})
    answer = client.get(f"{home}/export")
    assert answer.headers["Content-Disposition"].startswith("attachment") and answer.mimetype == "application/json"
    known = json.loads(answer.text)
    assert (known["メールアドレス"], known["企業名"]) == ("tanaka@example.jp", "青葉商会")
    assert [(one["条件"], one["条件の検索式"], one["状態"], one["同意した文の版"]) for one in known["配信条件"]] == [
        ("宮城県", "pref=04", "配信中", "test"), ("沖縄県", "pref=47", "停止", "test"),
    ]  # fmt: skip
    assert known["配信条件"][0]["確定"] == "2026-04-01T09:00:00+09:00" and known["不要とした市区町村"] == ["宮城県青葉市"]
    assert "suzuki" not in answer.text and home.rpartition("/")[2] not in answer.text and "宮城県" in answer.text


def test_the_ledger_of_ones_own_mails_is_in_the_file(app: BoardApp, client: FlaskClient, home: str) -> None:
    client.post(f"{home}/renew")
    with app.app_context():
        person = db.session.scalars(select(Subscriber).where(Subscriber.address == "tanaka@example.jp")).one().id
    (mail,) = json.loads(client.get(f"/subscriptions/{_issued(app, person)}/export").text)["送ったメール"]
    assert mail["用件"] == "配信条件の確認" and "新しいリンクをお送りします" in mail["件名"] and mail["状態"] == "送信待ち"


def _issued(app: BoardApp, person: int) -> str:
    """The renewed link, as its mail carries it."""
    with app.app_context(), Writing() as session:
        return links.issue(session, KEY, "manage", person, 2, now=OPENING)


def test_a_stopped_address_says_so_and_goes_on_by_a_button(app: BoardApp, client: FlaskClient, home: str) -> None:
    assert "配信を再開する</button>" not in client.get(home).text
    with app.app_context(), Writing() as session:
        for row in session.scalars(select(Subscriber)):
            row.stopped_at, row.stopped_for, row.soft_bounces = OPENING, "550 no such user", 3
    page = client.get(home).text
    assert "2026年4月1日(水)に、このアドレスへのメールが届かずに戻ってきました" in page and "配信を再開する</button>" in page
    assert client.post(f"{home}/restart").location == f"{home}?done=restart"
    with app.app_context():
        found = db.session.scalars(select(Subscriber).order_by(Subscriber.address)).all()
        assert [(one.stopped_at is None, one.soft_bounces) for one in found] == [(False, 3), (True, 0)]
        (entry,) = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "mail:resume"))
        assert (entry.account_id, entry.subject_id) == (None, str(found[1].id))
        assert entry.facts == {"stopped_at": OPENING.isoformat()}
