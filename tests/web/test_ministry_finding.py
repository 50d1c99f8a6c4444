"""The page of the rules: their table, what was said of what they found, a title to try, what they ignored."""

import html
import re
from datetime import date, timedelta

from flask.testing import FlaskClient
from markupsafe import escape

from jobboard.base.collecting import ItemState
from jobboard.database import Writing
from jobboard.domain import finding, items, sourcing
from jobboard.models import SourceItem
from jobboard.web.transaction import BoardApp
from tests.cast import OPENING, Cast, Clock
from tests.staff import EDITOR, MODERATOR, sign_in

PAGE, MISSED = "/ministry/finding", "/ministry/finding/missed"


def lay(app: BoardApp, cast: Cast, clock: Clock, *listed: tuple[str, ItemState]) -> None:
    with app.app_context(), Writing() as session:
        feed = sourcing.add(session, cast.municipality("aoba").code, "https://www.city.aoba.example.jp/news.rss", by=None, now=OPENING)
        session.flush()
        for number, (title, state) in enumerate(listed):
            row = SourceItem(
                source_id=feed.id, identity=str(number), link=f"https://www.city.aoba.example.jp/{number}", title=title, digest="",
                first_seen_at=OPENING, last_seen_at=OPENING, state=state,
                decided_at=clock() - timedelta(days=1) if state in (ItemState.TAKEN, ItemState.DISMISSED) else None,
            )  # fmt: skip
            items.judge(row, finding.current())
            session.add(row)
        session.commit()


def test_a_moderator_reads_every_rule_with_its_points_words_and_why(client: FlaskClient, cast: Cast) -> None:
    sign_in(client, EDITOR)
    assert client.get(PAGE).status_code == client.get(MISSED).status_code == 403
    sign_in(client, MODERATOR)
    page = client.get(PAGE).text
    for rule in finding.rules():
        assert str(escape(rule.name)) in page and str(escape(rule.why)) in page
        assert all(str(escape(phrase.words)) in page for phrase in rule.phrases), rule.name
    heads = ("見出しを試す</h2>", ">足す規則(", "デジタルの仕事である", ">引く規則(", "報酬のない活動", ">点数のない規則(", "物や業務を買う手続")
    places = [page.index(words) for words in heads]
    assert places == sorted(places), "what is tried first, then what adds, what takes away, and what only conditions others"
    unfolded = re.sub("<details>.*?</details>", "", page, flags=re.DOTALL)
    assert "ディーエックス、" in unfolded and "エーアイ" not in unfolded and "物や業務を買う手続" not in unfolded


def test_a_title_that_is_tried_shows_its_points_and_reasons_in_words(client: FlaskClient, cast: Cast) -> None:
    sign_in(client, MODERATOR)
    page = client.get(PAGE, query_string={"title": "DX推進員の募集<b>"}).text
    for words in ("候補になります(10点)", "分野「DX」 +4点", "人「推進員」 +3点", "求める「募集」 +3点", "DX推進員の募集&lt;b&gt;"):
        assert words in page
    page = client.get(PAGE, query_string={"title": "DX推進員の募集は終了しました"}).text
    assert "候補になりません(2点)" in page and "終わったこと「募集…終了」 -8点" in page
    assert "どの規則の言葉もありません" in client.get(PAGE, query_string={"title": "ごみの収集"}).text
    assert client.get(PAGE, query_string={"title": "x" * 5_000, "days": "-1"}).status_code == 200


def test_the_page_says_how_many_candidates_were_taken_up_and_what_was_missed(
    app: BoardApp, client: FlaskClient, cast: Cast, clock: Clock
) -> None:
    call = "CIO補佐官の募集"
    lay(
        app, cast, clock, (call, ItemState.TAKEN), (call, ItemState.TAKEN), (call, ItemState.DISMISSED),
        ("役場の機械を助けて", ItemState.TAKEN),
    )  # fmt: skip
    sign_in(client, MODERATOR)
    page = client.get(PAGE).text
    assert "<strong>67%</strong>" in page and "規則が見落とした項目" in page and "役場の機械を助けて" in page


def test_what_was_ignored_is_searched_by_words(app: BoardApp, client: FlaskClient, cast: Cast, clock: Clock) -> None:
    lay(app, cast, clock, ("ＤＸの日", ItemState.IGNORED), ("<script>alert(1)</script>", ItemState.IGNORED))
    sign_in(client, MODERATOR)
    page = client.get(MISSED).text
    assert "ＤＸの日" in page and "&lt;script&gt;alert(1)" in page and "<script>alert" not in page and "分野「DX」 +4点" in page
    page = client.get(MISSED, query_string={"q": "dx", "before": "x"}).text
    assert "ＤＸの日" in page and "alert" not in page
    page = client.get(MISSED, query_string={"q": "ない" * 500, "before": "9" * 18}).text
    assert "あてはまる項目はありません" in page and "ない" * 50 in page


def test_lists_begin_with_what_was_found_last_and_within_it_with_the_newest(app: BoardApp, client: FlaskClient, cast: Cast, clock: Clock) -> None:
    several = 60
    for state in (ItemState.CANDIDATE, ItemState.IGNORED):
        with app.app_context(), Writing() as session:
            feed = sourcing.add(session, cast.municipality("aoba").code, f"https://www.city.aoba.example.jp/{state}.rss", by=None, now=OPENING)
            session.flush()
            for number in range(several):
                session.add(SourceItem(
                    source_id=feed.id, identity=str(number), link=f"https://www.city.aoba.example.jp/{number}", title=f"{state}の{number:02}番",
                    digest="", last_seen_at=OPENING, state=state, dated=date(2026, 3, 1 + number % 20) if number % 3 else None,
                    first_seen_at=OPENING - timedelta(hours=number * 7 % 5),
                ))  # fmt: skip
            session.commit()
    order = sorted(range(several), key=lambda number: (number * 7 % 5, -(number % 20) if number % 3 else 1, -number))
    sign_in(client, MODERATOR)
    page = client.get("/review/candidates").text
    assert "見つけた日時の新しい順" in page
    shown = [int(number) for number in re.findall(r">candidateの(\d\d)番</a>", page)]
    assert shown == order[: len(shown)] and len(shown) > 20
    address, found = MISSED, list[int]()
    while address:
        page = client.get(address).text
        found += [int(number) for number in re.findall(r">ignoredの(\d\d)番</a>", page)]
        further = re.search(r'href="([^"]+)"[^>]*rel="next"', page)
        address = html.unescape(further[1]) if further else ""
    assert found == order, "each once, also over the pages"
    assert client.get(f"{MISSED}?before=999999999").status_code == 200
