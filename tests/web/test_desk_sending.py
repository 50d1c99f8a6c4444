"""The page before a submission, through HTTP: gaps, reasons, look-alikes, whom it reaches, what changed since the print."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from jobboard.base.states import Frequency, State, SubscriptionState
from jobboard.database import Writing
from jobboard.domain import prefectures, storing, subscriptions
from jobboard.domain.criteria import parse_stored
from jobboard.models import Account, Posting, Printout, Subscriber, Subscription, Version
from jobboard.web.transaction import BoardApp
from tests.cast import OPENING, Cast
from tests.flows.visitor import Page
from tests.prefectures import MIYAGI, through
from tests.pressing import press
from tests.staff import EDITOR, MODERATOR, OTHER_EDITOR, sign_in
from tests.stories import drafted, published, submitted, typed
from tests.web.test_desk import behind, stored

BEFORE = OPENING - timedelta(days=30)
SEND = "掲載を依頼する"
UNUSUAL = {"title": "若手CIO補佐官", "pay_low": "250000", "official_url": "https://example.com/x", "apply_by": "2026-04-11"}
KEYS = ("limiting_words", "unusual_pay", "foreign_host", "closed_day", "short_notice")


@pytest.fixture
def desk(client: FlaskClient, cast: Cast) -> FlaskClient:
    sign_in(client, EDITOR)
    return client


def subscribed(session: Session, address: str, query: str) -> None:
    """A confirmed subscription to everything that happens."""
    session.add(
        Subscription(
            subscriber=Subscriber(address=address, address_key=address, created_at=BEFORE),
            criteria=storing.of(session, parse_stored(query)), kinds=subscriptions.read_kinds(subscriptions.KINDS),
            frequency=Frequency.DAILY, state=SubscriptionState.ACTIVE, created_at=BEFORE, confirmed_at=BEFORE,
            consent_version="test",
        )
    )  # fmt: skip


def begun(app: BoardApp, cast: Cast, **changes: str | list[str]) -> str:
    """A draft; the address of the page before its submission."""
    with app.app_context(), Writing() as session:
        return f"/desk/postings/{drafted(session, cast, **changes).id}/send"


def test_each_gap_is_named_with_its_law_and_leads_to_its_field(desk: FlaskClient, app: BoardApp, cast: Cast) -> None:
    send = begun(app, cast, duties_change_scope=[], smoking=[], apply_by="五月")
    page = desk.get(send)
    linked = {href for _, href in Page(page.text).links}
    for name in ("duties_change_scope", "smoking", "apply_by"):
        there = next(href for href in linked if href.endswith(f"#field-{name}"))
        assert f'id="field-{name}"' in desk.get(there.partition("#")[0]).text
    assert "職業安定法施行規則4条の2" in page.text
    refused = press(desk, page, SEND)
    assert refused.status_code == 422 and 'href="#gap-smoking"' in refused.text and 'id="gap-smoking"' in refused.text
    assert stored(desk, send).state is State.DRAFT


def test_what_is_unusual_needs_a_reason_each_and_what_was_typed_is_kept(desk: FlaskClient, app: BoardApp, cast: Cast) -> None:
    send = begun(app, cast, **UNUSUAL)
    led = press(desk, send.replace("/send", "/edit/all"), SEND)
    assert led.status_code == 303 and led.location == send
    page = desk.get(send)
    assert "閉庁日" in page.text and "開庁日で7日しかありません" in page.text and "5,000円から100,000円" in page.text
    some = {f"reason.{key}": f"理由 {key}" for key in KEYS[1:]}
    refused = press(desk, page, SEND, some)
    assert refused.status_code == 422 and refused.text.count("＊ このままでよい理由を書いてください。") == 1
    assert 'href="#field-reason.limiting_words"' in refused.text and "理由 short_notice" in refused.text
    again = desk.get(send)
    assert "理由 unusual_pay" in again.text and stored(desk, send).state is State.DRAFT
    assert press(desk, again, SEND, {"reason.limiting_words": "若手は仮の題名です"}).status_code == 303
    with behind(desk) as session:
        version = session.query(Version).one()
        assert set(version.overruled) == set(KEYS)
    sign_in(desk, MODERATOR)
    review = desk.get(send.replace("/desk/", "/review/").removesuffix("/send"))
    assert "若手は仮の題名です" in review.text and "理由 closed_day" in review.text


def test_a_reason_holds_for_what_it_was_written_about_alone(desk: FlaskClient, app: BoardApp, cast: Cast) -> None:
    send = begun(app, cast, pay_low="250000")
    press(desk, send, SEND, {"reason.unusual_pay": "特に高い専門性のため"})
    press(desk, f"{send.removesuffix('/send')}/recall", "取り下げて編集に戻す")
    assert press(desk, send.replace("/send", "/edit/all"), SEND, {"pay_low": "2500000"}).location == send
    assert "特に高い専門性のため" not in desk.get(send).text


def test_a_call_that_was_sent_in_already_is_shown_and_asked_about(desk: FlaskClient, app: BoardApp, cast: Cast) -> None:
    with app.app_context(), Writing() as session:
        other = submitted(session, cast).id
        submitted(session, cast, place="minato")
    send = begun(app, cast, title="ＣＩＯ補佐官(全庁ＤＸの推進)")
    assert press(desk, send.replace("/send", "/edit/all"), SEND).location == send
    page = desk.get(send)
    assert f'href="/desk/postings/{other}"' in page.text and page.text.count("上の募集とは別の募集です") == 1
    refused = press(desk, page, SEND)
    assert refused.status_code == 422 and "別の募集であれば" in refused.text
    sent = press(desk, refused, SEND, {"reason.duplicate": "1"})
    assert sent.status_code == 303 and stored(desk, send).state is State.SUBMITTED
    assert f'href="/desk/postings/{other}"' not in desk.get(begun(app, cast, title="データ分析の専門家")).text


def test_what_applicants_will_ask_is_told_in_words(desk: FlaskClient, app: BoardApp, cast: Cast) -> None:
    page = Page(desk.get(begun(app, cast, receiving_team=[], conflict="undecided")).text)
    for words in ("リモートで働けるか ✓ 書いてあります", "受入体制) ✗ まだ書いていません", "制限はあるか ✗ 未定です"):
        assert words in page.text, words


def test_how_many_are_told_is_counted_but_few_are_not(desk: FlaskClient, app: BoardApp, cast: Cast) -> None:
    with app.app_context(), Writing() as session:
        for number in range(9):
            subscribed(session, f"{number}@example.jp", "pref=04")
        subscribed(session, "far@example.jp", "pref=13")
    send = begun(app, cast)
    assert "10人未満" in desk.get(send).text
    with app.app_context(), Writing() as session:
        for number in range(9, 12):
            subscribed(session, f"{number}@example.jp", "role=cio_adviser")
    assert "<strong>12人</strong>" in desk.get(send).text


def test_what_changed_since_the_print_is_listed(desk: FlaskClient, app: BoardApp, cast: Cast) -> None:
    send = begun(app, cast)
    assert "決裁の印刷のあとに" not in desk.get(send).text
    number = int(send.split("/")[3])
    with app.app_context(), Writing() as session:
        for count, pay in enumerate(("19876", "24000"), 1):
            draft = typed(pay_low=pay, side_job="no")
            session.add(Printout(posting_id=number, number=count, checksum="0" * 64, draft=draft, printed_at=OPENING))
    printed = Page(desk.get(send).text).text
    assert "24,000円" in printed and "19,876" not in printed and "副業・兼業 変更前 不可" in printed


def test_who_looks_by_when_and_whom_to_call_stands_after_the_submission(desk: FlaskClient, app: BoardApp, cast: Cast) -> None:
    sent = press(desk, begun(app, cast), SEND)
    page = desk.get(sent.location).text
    assert "2026年4月6日(月)" in page and "開庁日で3日以内" in page and "お待たせ" not in page
    app.config["CLOCK"].forward(days=6)
    sign_in(desk, EDITOR)
    assert "お待たせしています" in desk.get(sent.location).text


def test_the_promise_counts_from_when_the_prefecture_sent_it_on(desk: FlaskClient, app: BoardApp, cast: Cast) -> None:
    with app.app_context(), Writing() as session:
        through(session, cast, "04")
        posting = submitted(session, cast)
        number, version = posting.id, posting.pending_id
    assert "開庁日で3日以内" not in desk.get(f"/desk/postings/{number}").text
    later = app.config["CLOCK"].forward(hours=1)
    with app.app_context(), Writing() as session:
        by = session.query(Account).filter_by(email=MIYAGI).one()
        prefectures.forward(session, session.get_one(Posting, number), version_id=version or 0, by=by, now=later + timedelta(days=5))
    assert "2026年4月9日(木)" in desk.get(f"/desk/postings/{number}").text


def test_a_text_that_moved_meanwhile_is_looked_at_again(desk: FlaskClient, app: BoardApp, cast: Cast) -> None:
    page = desk.get(send := begun(app, cast))
    press(desk, send.replace("/send", "/edit/all"), "下書きを保存する", {"headcount": "2"})
    moved = press(desk, page, SEND)
    assert moved.status_code == 409 and "下書きが変わりました" in moved.text and stored(desk, send).state is State.DRAFT


def test_only_its_own_municipality_sends_a_draft_in(client: FlaskClient, app: BoardApp, cast: Cast) -> None:
    sign_in(client, OTHER_EDITOR)
    assert client.get(begun(app, cast)).status_code == 404
    with app.app_context(), Writing() as session:
        public = published(session, cast, now=OPENING - timedelta(days=1)).id
    sign_in(client, EDITOR)
    assert client.get(f"/desk/postings/{public}/send").location == f"/desk/postings/{public}/amend"
