"""The subscriber's pages through HTTP: the same answer for everybody, links that only show, one-click leaving."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from jobboard.base import tokens
from jobboard.base.states import Frequency, SubscriptionState
from jobboard.database import Writing, db
from jobboard.domain import consent, links, storing
from jobboard.domain.criteria import parse_stored
from jobboard.models import Delivery, Subscriber, Subscription
from jobboard.web.transaction import BoardApp
from tests.cast import OPENING, Cast, Clock
from tests.staff import hidden, send, take_time
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
    assert page.text.index(consent.PURPOSE) < page.text.index('id="email"'), "the purpose is told before anything is asked for"
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
    take_time(client)
    assert client.post("/subscribe", data=FORM).status_code == 400
    answer = client.post("/subscribe", data={**fields, **FORM}, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 400
    assert saved(app) == []


def test_too_many_requests_for_one_address_are_refused(client: FlaskClient) -> None:
    for _ in range(11):
        assert client.post("/subscribe", data=FORM).status_code == 400, "forged forms lock nobody out"
    answers = [send(client, "/subscribe", FORM).status_code for _ in range(11)]  # type: ignore[arg-type]
    assert answers == [303] * 10 + [429]


def test_a_confirmation_mail_repeats_no_words_that_a_stranger_typed_and_its_link_gives_no_other(
    app: BoardApp, client: FlaskClient
) -> None:
    lure = "至急 https://evil.example.com/kyufu"
    send(client, "/subscribe", {**FORM, "q": lure, "company": lure})  # type: ignore[dict-item]
    with app.app_context(), Writing() as session:
        links.issue(session, KEY, "confirm", 1, 1, now=OPENING)
        text = session.scalars(select(Delivery)).one().mail_text.text  # type: ignore[union-attr]
    assert "evil" not in text and "至急" not in text and "入力されたキーワード" in text and "宮城県・東京都" in text
    path = f"/subscribe/confirm/{tokens.derive(KEY, 'confirm', 1, 1)}"
    page = client.get(path).text
    assert "evil.example.com" in page and 'href="https://evil' not in page
    assert "/subscriptions/" in client.post(path).text
    again = client.post(path)
    assert again.status_code == 200 and "/subscriptions/" not in again.text and "この登録は確定しています" in again.text


def test_the_confirmation_link_shows_and_its_button_acts(client: FlaskClient, app: BoardApp) -> None:
    send(client, "/subscribe", {**FORM, "company": "青葉商会"})  # type: ignore[dict-item]
    with app.app_context(), Writing() as session:
        links.issue(session, KEY, "confirm", 1, 1, now=OPENING)
    path = f"/subscribe/confirm/{tokens.derive(KEY, 'confirm', 1, 1)}"
    for _ in range(2):
        page = client.get(path)
        assert page.status_code == 200 and "登録を確定する</button>" in page.text
        assert client.head(path).status_code == 200
    assert "青葉商会" in page.text, "who confirms sees what somebody typed for the address"
    assert "宮城県・東京都" in page.text and "新着、終了" in page.text and "1日1回" in page.text
    assert state(app) == ["pending"]
    done = client.post(path)
    assert done.status_code == 200 and "登録しました" in done.text and state(app) == ["active"]
    managed = re.search(r'href="(/subscriptions/[^"]+)"', done.text)
    assert managed and client.get(managed[1]).status_code == 200
    again = client.post(path)
    assert again.status_code == 200 and "この登録は確定しています" in again.text and "この登録は確定しています" in client.get(path).text
    assert "いちばん新しいメールの中のリンク" in again.text and "/subscriptions/" not in again.text, "an old mail manages nothing"


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


@pytest.mark.parametrize("path", ["/subscribe", "/subscribe/sent", "/u/{leave}", "/subscriptions/{manage}"])
def test_pages_are_not_kept_not_found_by_searchers_and_send_no_referrer(
    client: FlaskClient, app: BoardApp, path: str
) -> None:
    page = client.get(path.format(leave=subscribed(app), manage=subscribed(app, purpose="manage")))
    assert page.headers["Cache-Control"] == "no-store" and 'name="robots" content="noindex"' in page.text
    assert page.headers["Referrer-Policy"] == ("no-referrer" if "{" in path else "same-origin")
    assert "Set-Cookie" not in page.headers


def test_one_posting_alone_can_be_chosen_and_is_told_by_its_name(app: BoardApp, client: FlaskClient, cast: Cast) -> None:
    with app.app_context(), Writing() as session:
        one, draft = published(session, cast).id, drafted(session, cast, title="まだ秘密の募集").id
    shown = client.get(f"/subscribe?posting={one}").text
    assert "今の条件: <strong>宮城県青葉市『CIO補佐官(全庁DX推進)』</strong>" in shown
    assert f'name="posting" value="{one}" checked' in shown
    hidden = client.get(f"/subscribe?posting={draft}").text
    assert f"募集 第{draft}号" in hidden and "まだ秘密" not in hidden
    assert client.get("/subscribe?posting=0").status_code == 400


def test_the_page_tells_what_the_criteria_would_have_brought_and_links_it(
    app: BoardApp, client: FlaskClient, cast: Cast, clock: Clock
) -> None:
    with app.app_context(), Writing() as session:
        number = published(session, cast).id
    clock.forward(days=3)
    page = client.get("/subscribe?pref=04")
    assert "この条件なら、先月は1通</h3>" in page.text and "4月1日(水) 新着" in page.text
    assert f'宮城県青葉市 <a href="/postings/{number}">CIO補佐官(全庁DX推進)</a>' in page.text
    assert "先月は0通" in client.get("/subscribe?pref=47").text and "先月は" not in client.get("/subscribe").text


def test_checking_keeps_all_that_was_typed_and_changes_nothing(app: BoardApp, client: FlaskClient, cast: Cast) -> None:
    with app.app_context(), Writing() as session:
        published(session, cast)
    typed = {
        **FORM, "frequency": "weekly", "company": "青葉<b>商会", "who": "company", "until": "2026-04-30", "email": "not yet",
        "pref": ["04"],
    }  # fmt: skip
    first = client.get("/subscribe")
    assert 'formaction="/subscribe/check#foretold"' in first.text
    page = client.post("/subscribe/check", data={**hidden(first), **typed})
    assert page.status_code == 200 and "先月は1通" in page.text and "「週1回(月曜日の午前8時)」の回数" in page.text
    for part in (
        'value="04" checked', 'value="weekly" checked', 'value="closed" checked', "青葉&lt;b&gt;商会", 'value="company" checked',
        'value="2026-04-30"', 'value="not yet"',
    ):
        assert part in page.text
    assert 'value="amended" checked' not in page.text and saved(app) == []
    wrong = client.post("/subscribe/check", data={**hidden(first), "email": "x", "pref": "99"})
    assert wrong.status_code == 422 and 'value="x"' in wrong.text
    assert [part in wrong.text for part in ('#field-pref"', '#field-kinds"', '#field-frequency"', '#field-email"')] == [True] * 3 + [False]
    assert client.get("/subscribe/check").location == "/subscribe"


def test_the_confirmation_page_tells_it_too(app: BoardApp, client: FlaskClient, cast: Cast) -> None:
    with app.app_context(), Writing() as session:
        published(session, cast)
    send(client, "/subscribe", FORM)  # type: ignore[arg-type]
    with app.app_context(), Writing() as session:
        links.issue(session, KEY, "confirm", 1, 1, now=OPENING)
    assert "この条件なら、先月は1通</h2>" in client.get(f"/subscribe/confirm/{tokens.derive(KEY, 'confirm', 1, 1)}").text


def test_a_form_that_comes_too_soon_too_late_or_from_a_program_comes_back_with_all_that_was_typed(
    client: FlaskClient, app: BoardApp, clock: Clock
) -> None:
    fields = hidden(client.get("/subscribe"))
    clock.forward(seconds=1.999)
    soon = client.post("/subscribe", data={**fields, **FORM})
    take_time(client)
    trapped = client.post("/subscribe", data={**fields, **FORM, "website": "spam"})
    clock.forward(hours=25)
    late = client.post("/subscribe", data={**fields, **FORM})
    for page in (soon, trapped, late):
        assert page.status_code == 422 and "もう一度押してください" in page.text
        for part in ('value="tanaka@example.jp"', 'value="13" checked', 'value="daily" checked', 'id="website" name="website" value=""'):
            assert part in page.text
    assert saved(app) == []
    assert hidden(soon) == fields, "whoever is too quick waits once, from the first drawing on"
    take_time(client)
    assert client.post("/subscribe", data={**hidden(late), **FORM}).status_code == 303 and state(app) == ["pending"]


@pytest.mark.parametrize(
    ("given", "wrong", "company"),
    [
        ({"company": "青葉商会"}, "", "青葉商会"),
        ({"who": "company", "company": " 青葉商会 "}, "", "青葉商会"),
        ({"who": "company", "company": "青葉\r\n商会\n\n東京"}, "", "青葉 商会 東京"),
        ({"who": "person", "company": ""}, "", ""),
        ({"who": "company", "company": " "}, "企業名を入力してください", ""),
        ({"who": "person", "company": "青葉商会"}, "「企業」を選んでください", ""),
    ],
)
def test_a_company_gives_its_name_and_a_person_none(
    client: FlaskClient, app: BoardApp, given: dict[str, str], wrong: str, company: str
) -> None:
    answer = send(client, "/subscribe", {**FORM, **given})  # type: ignore[dict-item]
    assert answer.status_code == (422 if wrong else 303) and wrong in answer.text
    if wrong:
        assert f'value="{given["who"]}" checked' in answer.text and f'value="{given["company"]}"' in answer.text
    else:
        with app.app_context():
            assert db.session.scalars(select(Subscriber.company)).one() == company


def test_a_subscription_may_begin_with_a_pause(client: FlaskClient, app: BoardApp) -> None:
    for until, code in (("2026-13-01", 422), ("2026-03-31", 422), ("2026-04-30", 303)):
        assert send(client, "/subscribe", {**FORM, "until": until}).status_code == code  # type: ignore[dict-item]
    assert str(saved(app)[0].paused_until) == "2026-04-30 15:00:00+00:00"


def test_a_forwarded_mails_link_shows_the_criteria_and_nothing_of_whom_it_came_from(client: FlaskClient, app: BoardApp) -> None:
    subscribed(app, query="pref=04&q=DX")
    page = client.get("/subscribe?pref=04&q=DX&email=tanaka@example.jp&company=x&token=y")
    assert 'value="04" checked' in page.text and 'value="DX"' in page.text
    assert "tanaka@example.jp" not in page.text.replace("例: tanaka@example.jp", "")


def test_what_was_agreed_to_is_kept_with_its_wording(client: FlaskClient, app: BoardApp) -> None:
    send(client, "/subscribe", FORM)  # type: ignore[arg-type]
    (row,) = saved(app)
    assert consent.wording(row.consent_version) == consent.CONSENT and row.confirmed_at is None
    assert all(sentence in client.get("/subscribe").text for sentence in consent.CONSENT)
    assert consent.wording("2026-04")[0] == consent.PURPOSE and consent.wording("never") == ()
