"""Public pages as a reader meets them."""

import html
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from jobboard.base.codes import PREFECTURES
from jobboard.base.states import ClosedReason, Outcome
from jobboard.base.vocabulary import MunicipalityKind
from jobboard.database import Writing, db
from jobboard.domain import publication
from jobboard.models import Posting
from jobboard.web import filters
from jobboard.web.prefectures import count_text
from jobboard.web.transaction import BoardApp
from tests.cast import OPENING, Cast, Clock, place
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
    assert 'type="application/rss+xml"' in home
    tiles = re.findall(r'<li class="map-tile pref-(\d\d) shade-(\d)"><a href="/postings\?pref=(\d\d)">', home)
    assert [code for code, _, _ in tiles] == [code for _, _, code in tiles] == list(PREFECTURES), "by region, all 47, each a link"
    assert [code for code, shade, _ in tiles if shade != "0"] == ["04"]
    assert '宮城<span class="map-ending">県</span></span> <strong>1<span class="visually-hidden">件' in home
    assert 'href="/postings?role=cio_adviser">CIO補佐官等</a> <span class="role-count">1<' in home


def test_an_empty_board_offers_the_mail_and_keeps_its_map(client: FlaskClient, cast: Cast) -> None:
    home = page(client, "/")
    assert "募集中の募集はまだありません" in home and 'class="button button-primary" href="/subscribe"' in home
    assert home.count("shade-0") == 47


def test_counting_stops_at_a_thousand_in_words() -> None:
    assert (filters.count_words(1_000), filters.count_words(1_001)) == ("1,000件", "1,000件以上")
    assert (count_text(1_000), count_text(1_001)) == ("1,000", "1,000+")


def figures(text: str) -> dict[tuple[str, str], str]:
    """(parameter, code) to the figure beside each choice of the filters."""
    found = re.findall(r'name="(\w+)" value="(\w+)"(?: checked)?><span class="facet-name">[^<]*</span> <span class="facet-count">([^<]+)', text)
    return {(name, code): figure for name, code, figure in found}


def test_each_choice_says_how_many_it_leaves_under_the_other_filters(
    client: FlaskClient, publish: Publish, cast: Cast
) -> None:
    publish(remote="partly", role="engineer")
    publish(remote="partly")
    publish(remote="no", place="minato")
    shown = figures(page(client, "/postings?remote=partly"))
    assert len(shown) == 104, "every value of every closed list"
    assert (shown["role", "engineer"], shown["role", "cio_adviser"], shown["role", "cio"]) == ("1件", "1件", "該当なし")
    assert (shown["remote", "partly"], shown["remote", "no"]) == ("2件", "1件"), "its own parameter does not count"
    assert (shown["pref", "04"], shown["pref", "14"]) == ("2件", "該当なし")
    empty = page(client, "/postings?remote=partly&pref=47")
    assert 'name="pref" value="47" checked' in empty, "a choice without postings can be taken back"


RICH = (
    "q=DX+-%E5%B8%B8%E5%8B%A4&q=BPR&pref=04&pref=14&municipality=042021&posting=1&role=cio_adviser&engagement=special_part_time&theme=bpr"
    "&theme=ai_rpa&audience=person&remote=partly&side_job=yes&pay_unit=hour&pay_unit=day&pay_min=20000&closing_before=2026-06-30"
    "&status=all"
)


def test_the_form_sent_as_it_stands_asks_for_the_same(client: FlaskClient, posting_id: int) -> None:
    text = page(client, f"/postings?{RICH}&sort=pay")
    form = text.split('aria-label="絞り込み">')[1].split("</form>")[0]
    sent = []
    for drawn in re.findall(r"<input [^>]*>", form):
        given = dict(re.findall(r'(\w+)="([^"]*)"', drawn))
        if "form" not in given and (given["type"] not in ("checkbox", "radio") or " checked" in drawn):
            sent.append((given["name"], html.unescape(given.get("value", ""))))
    again = client.get("/postings", query_string=MultiDict(sent)).text
    canonical = [re.findall(r'<link rel="canonical" href="([^"]+)">', one) for one in (text, again)]
    assert canonical[0] == canonical[1] and canonical[0][0].count("&amp;") == RICH.count("&") + 1


def test_what_was_mistyped_comes_back_in_its_field_with_a_sentence(client: FlaskClient, cast: Cast) -> None:
    for path in ("/postings", "/changes"):
        text = page(client, f"{path}?q=DX&role=engineer&pay_min=abc&pay_unit=day&closing_before=", 400)
        assert 'href="#field-pay_min"' in text and 'name="pay_min" value="abc"' in text
        assert 'name="q" value="DX"' in text and 'name="role" value="engineer" checked' in text
        assert f'<form action="{path}" method="get"' in text


def test_nothing_found_names_the_single_steps_that_find_something(
    app: BoardApp, client: FlaskClient, publish: Publish, cast: Cast
) -> None:
    publish(title="副業で担うDX", side_job="yes", pay_low="50000")
    publish(title="副業で担う広報", remote="no")
    over = publish(title="副業", remote="fully", pay_low="90000")
    with app.app_context(), Writing() as session:
        ended = session.get_one(Posting, over)
        publication.close(session, ended, reason=ClosedReason.FILLED, by=None, now=OPENING)
    text = page(client, "/postings?q=副業&remote=fully&remote=mostly&pay_unit=day&pay_min=40000")
    steps = re.findall(r'<li><a href="([^"]+)">([^<]+)</a> <strong>([^<]+)</strong></li>', text)
    assert {(step, count) for _, step, count in steps} == {
        ("原則リモート・完全リモート を外す", "1件"),
        ("受付を終了した募集も含める", "1件"),
    }
    for address, _, count in steps:
        assert f"募集 <strong>{count.removesuffix('件')}</strong>件" in page(client, html.unescape(address))
    assert "「副業・複業・兼業」は、同じ言葉として探しています" in text
    assert 'class="button button-primary" href="/subscribe?q=' in text


def test_a_municipality_is_found_by_kana_and_old_characters_and_narrows_the_list_that_was_asked(
    app: BoardApp, client: FlaskClient, cast: Cast
) -> None:
    with app.app_context(), Writing() as session:
        session.add(place("232271", "23", "愛知県", "高浜市", "たかはまし", MunicipalityKind.CITY, ""))
    asked = "role=cio_adviser&sort=pay"
    for typed in ("たかはま", "ﾀｶﾊﾏ", "髙濱市", "愛知 高浜", "232271"):
        found = client.get("/municipalities", query_string={"q": typed, "list": asked}).text
        assert "愛知県 高浜市" in found and "港町" not in found, typed
        assert 'href="/postings?municipality=232271&amp;role=cio_adviser&amp;sort=pay"' in found
    for broken in ("role=king", "page=999999999", "a=b&" * 2_000):
        found = client.get("/municipalities", query_string={"q": "たかはま", "list": broken})
        assert found.status_code == 200 and "この自治体で絞る" not in found.text
    assert "40字以内で入力してください" in page(client, "/municipalities?q=" + "あ" * 41, 400)
    assert "見つかりません" in page(client, "/municipalities?q=どこにもない")


def test_no_nonsense_breaks_a_page(client: FlaskClient, posting_id: int) -> None:
    codes = "&".join(f"municipality=0{number:05}" for number in range(200))
    for path in ("/postings", "/changes", "/municipalities", "/compare"):
        for query in (
            "q=" + "長" * 10_000, "q=%00%ff%fe", "q=%", "q='\"_", "q=😀", "q=NEAR(", "page=-1", "page=1000000000", codes, "list=" + "x" * 9_000,
            "pref=04&" * 200, "id=" + "9" * 5_000, "id=%00&id=-1&id=1e9&id=", "id=1&" * 500, "closing_before=0000-00-00", "status=open&status=x",
        ):  # fmt: skip
            assert client.get(f"{path}?{query}").status_code in (200, 400, 404), (path, query[:40])


def test_the_list_says_in_words_what_was_asked_and_takes_it_away_by_a_link(
    client: FlaskClient, posting_id: int
) -> None:
    found = page(client, "/postings?q=DX&pref=04&role=cio_adviser&sort=deadline")
    assert "CIO補佐官(全庁<mark>DX</mark>推進)" in found
    assert 'href="/postings?pref=04&amp;role=cio_adviser&amp;sort=deadline"' in found
    assert 'href="/postings?q=DX&amp;pref=04&amp;role=cio_adviser&amp;sort=pay">報酬が高い順</a>' in found
    assert 'href="/postings?q=DX&amp;pref=04&amp;role=cio_adviser&amp;sort=deadline" aria-current="true">締切が近い順' in found
    for suffix in ("atom", "json", "csv", "ics"):
        assert f'href="/postings.{suffix}?q=DX&amp;pref=04&amp;role=cio_adviser"' in found
    assert 'href="/subscribe?q=DX&amp;pref=04&amp;role=cio_adviser"' in found
    assert 'href="/postings.rss?q=DX&amp;pref=04&amp;role=cio_adviser"' in found


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
    assert "募集中の募集はまだありません" in page(client, "/postings")


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


def test_the_figure_of_a_unit_keeps_the_least_amount(client: FlaskClient, publish: Publish, cast: Cast) -> None:
    publish(title="多い", pay_unit="day", pay_low="30000", pay_high=[])
    publish(title="少ない", pay_unit="day", pay_low="10000", pay_high=[])
    found = page(client, "/postings?pay_unit=day&pay_min=20000")
    assert re.search(r'name="pay_unit" value="day" checked><span[^>]*>日額</span> <span class="facet-count">1件</span>', found)


def test_changes_offer_only_the_formats_that_they_have(client: FlaskClient, posting_id: int) -> None:
    for address in set(re.findall(r'href="(/changes\.[^"]+)"', page(client, "/changes"))):
        assert client.get(address).status_code == 200, address


def test_each_searched_word_is_shown_where_it_stands(client: FlaskClient, publish: Publish, cast: Cast) -> None:
    publish(title="窓口の改革", background="デジタルの力で変えます。", remote="partly")
    found = page(client, "/postings?q=デジタル 窓口 リモート")
    assert "<mark>窓口</mark>の改革" in found and "<mark>デジタル</mark>の力" in found and "一部<mark>リモート</mark>" in found
