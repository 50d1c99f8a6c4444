"""The subscriber's pages through HTTP: the same answer for everybody, links that only show, one-click leaving."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from jobboard.base import tokens
from jobboard.base.states import Frequency, SubscriptionState
from jobboard.database import Writing, db
from jobboard.domain import links, storing
from jobboard.domain.criteria import parse_stored
from jobboard.models import Delivery, Subscriber, Subscription
from jobboard.web.transaction import BoardApp
from tests.cast import OPENING, Cast, Clock
from tests.staff import hidden, send
from tests.stories import drafted, published

KEY = "t" * 40
FORM = {"email": "tanaka@example.jp", "kinds": ["published", "closed"], "frequency": "daily", "pref": ["04", "13"]}


def saved(app: BoardApp) -> list[Subscription]:
    with app.app_context():
        return list(db.session.scalars(select(Subscription).order_by(Subscription.id)))


def subscribed(app: BoardApp, address: str = "tanaka@example.jp", query: str = "pref=04", purpose: str = "leave") -> str:
    """An active subscription, and the token of one of its links."""
    with app.app_context(), Writing() as session:
        person = session.scalar(select(Subscriber).where(Subscriber.address == address))
        person = person or Subscriber(address=address, address_key=address, created_at=OPENING)
        row = Subscription(
            subscriber=person, criteria=storing.of(session, parse_stored(query)), kinds="published", frequency=Frequency.AT_ONCE,
            state=SubscriptionState.ACTIVE, created_at=OPENING, confirmed_at=OPENING, consent_version="test",
        )  # fmt: skip
        session.add(row)
        session.flush()
        subject = row.id if purpose in ("leave", "confirm") else person.id
        return links.issue(session, KEY, purpose, subject, 1, now=OPENING)


def state(app: BoardApp) -> list[str]:
    return [row.state.value for row in saved(app)]


def test_the_form_is_filled_in_from_the_lists_query_and_says_what_the_data_is_for(client: FlaskClient, cast: Cast) -> None:
    page = client.get("/subscribe?pref=04&role=cio_adviser&q=業務改革&municipality=042021")
    assert page.status_code == 200
    for part in ('value="04" checked', 'value="cio_adviser" checked', 'value="業務改革"', 'value="042021" checked'):
        assert part in page.text
    assert "宮城県青葉市" in page.text and "募集のお知らせを送るためだけに使います" in page.text
    assert page.text.index("情報の取扱い") < page.text.index("この条件で受け取る</button>")


def test_a_wrong_value_in_the_address_is_answered_as_the_list_answers_it(client: FlaskClient) -> None:
    page = client.get("/subscribe?role=king")
    assert page.status_code == 400 and "役割(role)は、次の中から指定してください" in page.text


def test_known_and_unknown_addresses_get_the_same_answer(client: FlaskClient, app: BoardApp) -> None:
    subscribed(app, query="pref=04&pref=13")
    known = send(client, "/subscribe", FORM)  # type: ignore[arg-type]
    unknown = send(client, "/subscribe", {**FORM, "email": "suzuki@example.jp"})  # type: ignore[dict-item]
    assert (known.status_code, known.location) == (unknown.status_code, unknown.location) == (303, "/subscribe/sent")
    assert "確認メールを送りました" in client.get(known.location).text
    with app.app_context():
        assert [row.kind.value for row in db.session.scalars(select(Delivery).order_by(Delivery.id))] == [
            "manage_link", "confirmation",
        ]  # fmt: skip


def test_a_mistake_keeps_all_that_was_typed(client: FlaskClient, app: BoardApp) -> None:
    typed = {**FORM, "email": "tanaka@@example", "q": "  データ ", "company": "青葉<b>商会", "pay_unit": "day", "pay_min": "abc"}
    page = send(client, "/subscribe", typed)  # type: ignore[arg-type]
    assert page.status_code == 422 and saved(app) == []
    assert "＊ 報酬の額(pay_min)は、金額を数字だけで指定してください" in page.text
    page = send(client, "/subscribe", {**typed, "pay_min": "1000"})  # type: ignore[dict-item]
    assert page.status_code == 422 and 'href="#field-email"' in page.text
    for part in (
        'value="tanaka@@example"', "青葉&lt;b&gt;商会", 'value="04" checked', 'value="13" checked', 'value="1000"',
        'value="closed" checked', 'value="daily" checked', 'value="day" selected',
    ):
        assert part in page.text
    assert 'value="amended" checked' not in page.text


def test_a_form_from_elsewhere_or_without_its_token_is_refused(client: FlaskClient, app: BoardApp) -> None:
    fields = hidden(client.get("/subscribe"))
    assert client.post("/subscribe", data=FORM).status_code == 400
    answer = client.post("/subscribe", data={**fields, **FORM}, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 400
    assert client.post("/subscribe", data={**fields, **FORM, "website": "spam"}).status_code == 400
    assert saved(app) == []


def test_too_many_requests_for_one_address_are_refused(client: FlaskClient) -> None:
    answers = [send(client, "/subscribe", FORM).status_code for _ in range(6)]  # type: ignore[arg-type]
    assert answers == [303] * 5 + [429]


def test_the_confirmation_link_shows_and_its_button_acts(client: FlaskClient, app: BoardApp) -> None:
    send(client, "/subscribe", FORM)  # type: ignore[arg-type]
    with app.app_context(), Writing() as session:
        links.issue(session, KEY, "confirm", 1, 1, now=OPENING)
    path = f"/subscribe/confirm/{tokens.derive(KEY, 'confirm', 1, 1)}"
    for _ in range(2):
        page = client.get(path)
        assert page.status_code == 200 and "登録を確定する</button>" in page.text
        assert client.head(path).status_code == 200
    assert "宮城県・東京都" in page.text and "新着、終了" in page.text and "1日1回" in page.text
    assert state(app) == ["pending"]
    done = client.post(path)
    assert done.status_code == 200 and "登録しました" in done.text and state(app) == ["active"]
    managed = re.search(r'href="(/subscriptions/[^"]+)"', done.text)
    assert managed and client.get(managed[1]).status_code == 200
    assert client.post(path).status_code == 200 and "この登録は確定しています" in client.get(path).text


def test_a_stale_confirmation_link_says_so(client: FlaskClient, app: BoardApp, clock: Clock) -> None:
    token = subscribed(app, purpose="confirm")
    clock.forward(days=8)
    assert client.get(f"/subscribe/confirm/{token}").status_code == 410
    assert client.get("/subscribe/confirm/unknown").status_code == 404


def test_get_and_head_of_a_leaving_link_never_act(client: FlaskClient, app: BoardApp) -> None:
    path = f"/u/{subscribed(app)}"
    page = client.get(path)
    assert "配信を停止する</button>" in page.text and "宮城県" in page.text and client.head(path).status_code == 200
    assert state(app) == ["active"]


@pytest.mark.parametrize(
    "form",
    [
        {"data": {"List-Unsubscribe": "One-Click"}},
        {"data": "List-Unsubscribe=One-Click", "content_type": "application/x-www-form-urlencoded"},
        {"data": {"List-Unsubscribe": "One-Click"}, "content_type": "multipart/form-data"},
        {"data": {"List-Unsubscribe": "One-Click"}, "headers": {"Origin": "https://mail.example"}},
        {"data": {"List-Unsubscribe": "One-Click"}, "headers": {"Sec-Fetch-Site": "cross-site"}},
        {},
    ],
)
def test_one_click_leaves_without_cookie_form_token_or_origin_and_can_be_repeated(
    app: BoardApp, form: dict[str, object]
) -> None:
    path = f"/u/{subscribed(app)}"
    for _ in range(2):
        program = app.test_client(use_cookies=False)
        answer = program.post(path, **form)  # type: ignore[arg-type]
        assert answer.status_code == 200 and "Set-Cookie" not in answer.headers
        assert state(app) == ["left"]
    assert saved(app)[0].left_by == ("one_click" if form else "link")


def test_a_leaving_link_for_all_leaves_all_of_that_person_alone(client: FlaskClient, app: BoardApp) -> None:
    subscribed(app, query="pref=04")
    token = subscribed(app, query="pref=13", purpose="leave_all")
    subscribed(app, "suzuki@example.jp")
    assert "すべての条件" in client.post(f"/u/{token}").text
    assert state(app) == ["left", "left", "active"]


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
    wrong = client.post(f"{home}/1/pause", data={"until": "2020-04-30"})
    assert wrong.status_code == 422 and "今日から1年以内" in wrong.text and 'value="2020-04-30"' in wrong.text
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


@pytest.mark.parametrize("path", ["/subscribe", "/subscribe/sent", "/u/{leave}", "/subscriptions/{manage}"])
def test_pages_are_not_kept_not_found_by_searchers_and_send_no_referrer(
    client: FlaskClient, app: BoardApp, path: str
) -> None:
    page = client.get(path.format(leave=subscribed(app), manage=subscribed(app, purpose="manage")))
    assert page.headers["Cache-Control"] == "no-store" and 'name="robots" content="noindex"' in page.text
    assert page.headers["Referrer-Policy"] == ("no-referrer" if "{" in path else "same-origin")
    assert "Set-Cookie" not in page.headers


def test_a_number_beyond_the_database_is_no_subscription(client: FlaskClient, app: BoardApp) -> None:
    token = subscribed(app, purpose="manage")
    for path in ("", "/pause", "/leave"):
        assert client.post(f"/subscriptions/{token}/{'9' * 30}{path}").status_code == 404
    assert client.get(f"/subscriptions/{token}/2147483648").status_code == 404


def test_one_posting_alone_can_be_chosen_and_is_told_by_its_name(app: BoardApp, client: FlaskClient, cast: Cast) -> None:
    with app.app_context(), Writing() as session:
        one, draft = published(session, cast).id, drafted(session, cast, title="まだ秘密の募集").id
    shown = client.get(f"/subscribe?posting={one}").text
    assert "今の条件: <strong>宮城県青葉市『CIO補佐官(全庁DX推進)』</strong>" in shown
    assert f'name="posting" value="{one}" checked' in shown
    hidden = client.get(f"/subscribe?posting={draft}").text
    assert f"募集 第{draft}号" in hidden and "まだ秘密" not in hidden
    assert client.get("/subscribe?posting=0").status_code == 400
