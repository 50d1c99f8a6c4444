"""Public pages as a reader meets them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from jobboard.base.states import ClosedReason, Outcome
from jobboard.database import Writing, db
from jobboard.domain import publication
from jobboard.models import Posting
from jobboard.web.transaction import BoardApp
from tests.cast import Cast, Clock
from tests.stories import amended, drafted, published, submitted

HOSTILE = "<script>alert(1)</script>&\"'</title>"


Publish = Callable[..., int]


@pytest.fixture
def publish(app: BoardApp, cast: Cast) -> Publish:
    """Publishes a posting of 青葉市 with some fields changed; no context stays open, as between requests."""

    def act(**changes: str | list[str]) -> int:
        with app.app_context(), Writing() as session:
            return published(session, cast, **changes).id

    return act


@pytest.fixture
def posting_id(publish: Publish) -> int:
    return publish()


def page(client: FlaskClient, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status
    assert "Set-Cookie" not in response.headers
    return response.text


def test_the_front_page_shows_what_is_new_with_figures(client: FlaskClient, posting_id: int) -> None:
    home = page(client, "/")
    assert f'href="/postings/{posting_id}"' in home
    assert "募集中 <strong>1</strong>件 ・ <strong>1</strong>自治体" in home
    assert '宮城県 <span class="tiles-count">1' in home
    assert 'type="application/rss+xml"' in home


def test_the_list_says_in_words_what_was_asked_and_takes_it_away_by_a_link(
    client: FlaskClient, posting_id: int
) -> None:
    found = page(client, "/postings?q=DX&pref=04&role=cio_adviser&sort=deadline")
    assert "CIO補佐官(全庁<mark>DX</mark>推進)" in found
    assert 'href="/postings?pref=04&amp;role=cio_adviser&amp;sort=deadline"' in found
    assert 'href="/subscribe?q=DX&amp;pref=04&amp;role=cio_adviser"' in found
    assert 'href="/postings.rss?q=DX&amp;pref=04&amp;role=cio_adviser"' in found


def test_an_empty_list_gives_advice(client: FlaskClient, posting_id: int) -> None:
    empty = page(client, "/postings?q=どこにもない言葉&pref=47")
    assert "条件に合う募集はありません" in empty
    assert "受付を終了した募集も含めて探す" in empty


def test_a_wrong_query_is_answered_in_words(client: FlaskClient, cast: Cast) -> None:
    for query, told in (
        ("role=king", "役割(role)は、次の中から指定してください"),
        ("sort=relevance", "並び替え(sort)は、次の中から指定してください"),
        ("page=0", "ページ(page)は、1以上の数字で指定してください"),
        ("page=" + "x" * 30, "ページ(page)は、1以上の数字で指定してください"),
        ("pay_unit=day&pay_min=" + "9" * 30, "金額を数字だけで指定してください"),
        ("pay_min=100", "報酬の単位(pay_unit)と一緒に指定してください"),
    ):
        assert told in page(client, f"/postings?{query}", 400)


def test_a_page_past_the_end_is_not_found(client: FlaskClient, posting_id: int) -> None:
    page(client, "/postings?page=1")
    page(client, "/postings?page=2", 404)
    page(client, "/postings?page=999999999", 404)
    page(client, "/postings?page=" + "9" * 30, 404)


def test_twenty_stand_on_a_page_and_the_rest_on_the_next(client: FlaskClient, publish: Publish, cast: Cast) -> None:
    ids = [publish(title=f"募集その{number}") for number in range(21)]
    first, second = page(client, "/postings"), page(client, "/postings?page=2")
    assert [one for one in reversed(ids) if f'id="posting-{one}"' in first] == list(reversed(ids))[:20]
    assert f'id="posting-{ids[0]}"' in second
    assert 'rel="next" href="/postings?page=2"' in first
    assert 'rel="prev" href="/postings"' in second


def test_the_list_can_be_ordered_by_deadline_and_by_pay(client: FlaskClient, publish: Publish, cast: Cast) -> None:
    late = publish(title="遅い", apply_by="2026-06-30T17:00", pay_low="90000")
    soon = publish(title="早い", apply_by="2026-04-20T17:00", pay_low="10000")
    mid = publish(title="中", apply_by="2026-05-20T17:00", pay_low="20000")

    def order(address: str) -> list[int]:
        text = page(client, address)
        return sorted((late, soon, mid), key=lambda one: text.index(f'id="posting-{one}"'))

    assert order("/postings?sort=deadline") == [soon, mid, late]
    assert order("/postings?sort=pay") == [late, mid, soon]
    assert order("/postings") == [mid, soon, late]


def test_a_posting_shows_every_public_field_and_who_speaks(client: FlaskClient, posting_id: int) -> None:
    shown = page(client, f"/postings/{posting_id}")
    for text in (
        "日額 25,000円", "月額換算の目安 約10万円", "特別職非常勤職員", "2026年5月29日(金)17:00", "あと58日", "情報の時点",
        "掲載日", "屋内禁煙", "勤務実績と予算により判断します", "利益相反・入札参加の制限",
        "募集の主体は青葉市です。応募・選考は青葉市が直接行い、総務省は選考に関与しません。",
        'href="mailto:dx@city.aoba.lg.jp"', 'href="tel:0220000000"', f'href="/postings/{posting_id}/history"',
    ):  # fmt: skip
        assert text in shown, text
    assert "noindex" not in shown


def test_what_is_internal_is_on_no_page(client: FlaskClient, publish: Publish, cast: Cast) -> None:
    one = publish(approval_number="総デ第123号", approval_on="2026-03-20")
    for address in (
        f"/postings/{one}",
        f"/postings/{one}/history",
        "/postings.csv",
        "/postings.json",
        "/postings.atom",
    ):
        text = page(client, address)
        assert "総デ第123号" not in text
        assert "決裁日" not in text


def test_an_undecided_answer_is_said(client: FlaskClient, publish: Publish, cast: Cast) -> None:
    one = publish(term_start_on=[], **{"term_start_on.explicit": "undecided"})
    assert "未定" in page(client, f"/postings/{one}")


def test_a_closed_posting_stays_readable_marked_and_unindexed(
    app: BoardApp, client: FlaskClient, cast: Cast, posting_id: int, clock: Clock
) -> None:
    with app.app_context(), Writing() as session:
        posting = session.get_one(Posting, posting_id)
        publication.close(
            session, posting, reason=ClosedReason.FILLED, outcome=Outcome.DECIDED, note="決まりました", by=None,
            now=clock.forward(days=1),
        )  # fmt: skip
    shown = page(client, f"/postings/{posting_id}")
    for text in (
        "受付終了",
        "採用・契約決定",
        "決定(任用・委嘱・契約)",
        "決まりました",
        '<meta name="robots" content="noindex">',
    ):
        assert text in shown
    for address in (f"/postings/{posting_id}/history", "/changes"):
        assert "理由: 採用・契約決定。結果: 決定(任用・委嘱・契約)" in page(client, address)
    assert "あと" not in shown.split('class="posting-body"')[0]
    assert f'id="posting-{posting_id}"' not in page(client, "/postings")
    assert f'id="posting-{posting_id}"' in page(client, "/postings?status=closed")


def test_the_reason_of_a_closing_that_was_taken_back_is_not_told_any_more(
    app: BoardApp, client: FlaskClient, cast: Cast, posting_id: int, clock: Clock
) -> None:
    with app.app_context(), Writing() as session:
        posting, editor = session.get_one(Posting, posting_id), cast.account("aoba_editor")
        publication.close(session, posting, reason=ClosedReason.FILLED, by=editor, now=clock.forward(days=1))
        later = clock.forward(days=1)
        publication.reopen(session, posting, until=later + timedelta(days=30), by=editor, now=later)
        publication.close(session, posting, reason=ClosedReason.EARLY, by=editor, now=clock.forward(days=1))
    shown = page(client, f"/postings/{posting_id}/history")
    assert shown.count("理由: ") == 1 and "理由: 早期終了" in shown


def test_a_posting_is_closed_at_its_instant_though_no_worker_runs(
    client: FlaskClient, posting_id: int, clock: Clock
) -> None:
    clock.instant = datetime(2026, 5, 29, 7, 59, 59, tzinfo=UTC)
    assert "本日締切" in page(client, f"/postings/{posting_id}")
    clock.instant = datetime(2026, 5, 29, 8, 0, 0, tzinfo=UTC)
    shown = page(client, f"/postings/{posting_id}")
    assert "今は応募できません" in shown
    assert "この募集は終了しました" in shown
    assert "条件に合う募集はありません" in page(client, "/postings")


def test_what_was_never_public_is_not_found(app: BoardApp, client: FlaskClient, publish: Publish, cast: Cast) -> None:
    with app.app_context(), Writing() as session:
        hidden = [drafted(session, cast).id, submitted(session, cast).id]
        withdrawn = submitted(session, cast)
        hidden.append(withdrawn.id)
    for one in (*hidden, 999, 0, 2**40):
        page(client, f"/postings/{one}", 404)
        page(client, f"/postings/{one}/history", 404)
    assert page(client, "/postings.csv").count("\r\n") == 1


def test_an_amendment_that_waits_is_not_shown(
    app: BoardApp, client: FlaskClient, cast: Cast, posting_id: int, clock: Clock
) -> None:
    with app.app_context(), Writing() as session:
        amended(session, session.get_one(Posting, posting_id), cast, now=clock.forward(days=1), pay_low="99999")
    for address in (f"/postings/{posting_id}", f"/postings/{posting_id}/history", "/postings.rss", "/changes"):
        assert "99,999" not in page(client, address)


def test_the_history_shows_old_and_new(
    app: BoardApp, client: FlaskClient, cast: Cast, posting_id: int, clock: Clock
) -> None:
    with app.app_context(), Writing() as session:
        posting = session.get_one(Posting, posting_id)
        amended(
            session, posting, cast, now=clock.forward(days=1), summary="課の名が変わりました", department="総務部DX課"
        )
    shown = page(client, f"/postings/{posting_id}/history")
    assert "課の名が変わりました" in shown
    assert "総務部デジタル推進課" in shown.split("変更前")[1].split("</del>")[0]
    assert "総務部DX課" in shown.split("変更後")[1].split("</ins>")[0]
    assert "第2版" in shown


def test_hostile_text_is_text_on_every_page(
    app: BoardApp, client: FlaskClient, publish: Publish, cast: Cast, clock: Clock
) -> None:
    texts = dict.fromkeys(("title", "background", "work_place", "department", "remote_visits", "pay_note"), HOSTILE)
    one = publish(**texts)
    with app.app_context(), Writing() as session:
        posting = session.get_one(Posting, one)
        amended(session, posting, cast, now=clock.forward(days=1), summary=HOSTILE, department=HOSTILE + "2")
    for address in (
        "/",
        "/postings",
        f"/postings/{one}",
        f"/postings/{one}/history",
        "/changes",
        f"/municipalities/{cast.aoba}",
    ):
        text = page(client, address)
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert" in text


def test_a_hostile_query_is_text_on_the_page(client: FlaskClient, publish: Publish, cast: Cast) -> None:
    text = client.get("/postings", query_string={"q": HOSTILE}).text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


def test_every_municipality_has_a_page_with_its_feeds(client: FlaskClient, cast: Cast, posting_id: int) -> None:
    overview = page(client, "/municipalities")
    assert f'href="/municipalities/{cast.aoba}"' in overview
    shown = page(client, f"/municipalities/{cast.aoba}")
    assert f'id="posting-{posting_id}"' in shown
    assert f"/postings.atom?municipality={cast.aoba}" in shown
    page(client, "/municipalities/999999", 404)


def test_a_random_word_is_found_in_every_width_and_kana_beside_a_near_miss(
    client: FlaskClient, publish: Publish, cast: Cast
) -> None:
    wanted = publish(title="ﾇﾒの調査", background="なし")
    near_miss = publish(title="ヌとメの調査", background="メヌ")
    for typed in ("ヌメ", "ﾇﾒ", "ぬめ"):
        found = client.get("/postings", query_string={"q": typed}).text
        assert f'id="posting-{wanted}"' in found, typed
        assert f'id="posting-{near_miss}"' not in found, typed


def test_pages_need_few_queries_however_long_the_list(
    app: BoardApp, client: FlaskClient, publish: Publish, cast: Cast
) -> None:
    from sqlalchemy import event

    for number in range(12):
        publish(title=f"募集その{number}")
    counted: list[str] = []
    with app.app_context():
        engine = db.engine
    page(client, "/municipalities")  # reads the catalogue, once for each state of the board
    event.listen(engine, "before_cursor_execute", lambda *given: counted.append(given[2]))
    for address, most in (("/postings", 3), ("/", 4), ("/postings.rss", 5), ("/changes", 5)):
        counted.clear()
        page(client, address)
        assert len(counted) <= most, (address, counted)
