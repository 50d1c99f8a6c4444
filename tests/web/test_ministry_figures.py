"""統計 at the ministry: each chart with its table, title and description; files that say the same; refusals in words; what is searched for."""

import csv
import io
import re
from datetime import date, timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from werkzeug.test import TestResponse

from jobboard.base.states import ClosedReason
from jobboard.database import Writing, db
from jobboard.domain import grants, publication
from jobboard.domain.figures.listed import CHAPTERS, DEFINITIONS, FIGURES, Chapter, Tabulation
from jobboard.models import MailDay, SearchDay, ViewDay
from jobboard.web.figures_charts import COLUMNS, ROWS
from jobboard.web.transaction import BoardApp
from tests.cast import Cast, Clock
from tests.staff import ADMINISTRATOR, EDITOR, MODERATOR, sign_in
from tests.stories import published

PERSON = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
HOME = "http://127.0.0.1:8000"
PAGES = ["", *(f"/{one}" for one in Chapter), "/report"]


@pytest.fixture
def counted(app: BoardApp, cast: Cast, clock: Clock) -> None:
    """Two postings, of which one ended without an answer, mails of two months, and words that were searched for."""
    with app.app_context(), Writing() as session:
        published(session, cast, apply_by="2026-06-30T17:00")
        ended = published(session, cast)
        publication.close(session, ended, reason=ClosedReason.EARLY, by=None, now=clock() + timedelta(days=3))
        session.add_all([MailDay(on=date(2026, 4, 2), notices=4), MailDay(on=date(2026, 5, 1), notices=1_237)])
        grants.write(
            session, None, year="2026", roles=["cio_adviser"], engagements=["commission"], wording="文", source="文書",
            by=cast.account("admin"), now=clock(),
        )  # fmt: skip
        session.add(ViewDay(posting_id=ended.id, on=date(2026, 4, 2), views=1_500))
        session.add(SearchDay(on=date(2026, 4, 2), words="=cmd|' /c calc'!a1", asked=7, found_nothing=6))
        session.add(SearchDay(on=date(2026, 4, 2), words="まれな言葉", asked=4, found_nothing=4))
    clock.forward(days=40)


@pytest.fixture
def client(app: BoardApp, counted: None) -> FlaskClient:
    client = app.test_client()
    sign_in(client, MODERATOR)
    return client


def sections(page: TestResponse) -> list[str]:
    """The sections of a page, each up to the next."""
    return re.split(r"<section ", page.text)[1:]


def cells(section: str) -> list[list[str]]:
    """The table of a section."""
    lines = re.findall(r"<tr[^>]*>(.*?)</tr>", section, re.DOTALL)
    return [[unescape(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", line)] for line in lines]


def test_every_chart_has_its_title_its_description_and_its_table(client: FlaskClient) -> None:
    drawn = 0
    for path in PAGES:
        page = client.get(f"/ministry/figures{path}")
        assert page.status_code == 200 and "style=" not in page.text
        ids = re.findall(r' id="([^"]+)"', page.text)
        assert len(ids) == len(set(ids)), path
        charts = sum(section.count("<svg class=\"chart-picture\"") for section in sections(page))
        assert charts == page.text.count('role="img"')
        for section in sections(page):
            for chart in re.findall(r"<svg class=\"chart-picture\".*?</svg>", section, re.DOTALL):
                titles, descs = re.findall(r'<title id="([^"]+)">(.+?)</title>', chart), re.findall(r'<desc id="([^"]+)">(.+?)</desc>', chart)
                assert len(titles) == len(descs) == 1 and f'aria-labelledby="{titles[0][0]} {descs[0][0]}"' in chart
                assert f"<strong>{titles[0][1]}(単位: " in section, "who sees the picture reads what its bars are"
                assert "<table" in section and re.search(r'role="region" aria-label="[^"]+" tabindex="0"', section)
                drawn += 1
    assert drawn == 2 * len({*COLUMNS, *ROWS}), "each is on a page and in the report"
    places = client.get("/ministry/figures/places").text
    assert 'class="map-tile pref-04 shade-4"><a href="#pref-04">' in places and '<tr id="pref-04">' in places
    assert "期間中" in client.get("/ministry/figures/postings").text


def test_every_table_stands_with_its_definitions_and_says_the_same_as_its_files(client: FlaskClient) -> None:
    for chapter, tabulations in CHAPTERS.items():
        found = [one for one in sections(client.get(f"/ministry/figures/{chapter}")) if one.startswith('class="flow figures-part"')]
        assert len(found) == len(tabulations)
        for section, tabulation in zip(found, tabulations, strict=True):
            assert all(figure.label in section for figure in FIGURES[tabulation])
            told = client.get(f"/ministry/figures/tables/{tabulation}.csv")
            assert told.data.startswith(b"\xef\xbb\xbf") and f"figures-{tabulation}-20260511.csv" in told.headers["Content-Disposition"]
            lines = list(csv.reader(io.StringIO(told.data.decode("utf-8-sig"))))
            end = lines.index([])
            shown = [[cell.replace(",", "").replace("―", "") for cell in line] for line in cells(section)]
            assert [[cell.removeprefix("'") for cell in line] for line in lines[:end]] == shown
            around = "\n".join(" ".join(line) for line in lines[end:])
            assert "2026年5月11日" in around and "出典" in around
            assert all(DEFINITIONS[figure].text in around for figure in FIGURES[tabulation])
            book = CalamineWorkbook.from_filelike(io.BytesIO(client.get(f"/ministry/figures/tables/{tabulation}.xlsx").data))
            sheet = book.get_sheet_by_index(0).to_python()
            numbers = [[plain(cell) for cell in line[: len(shown[0])]] for line in sheet[3 : 3 + len(shown)]]
            assert numbers == [[cell.removesuffix(".0") for cell in line] for line in shown]
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.get("/ministry/figures/tables/all.xlsx").data))
    assert len(book.sheet_names) == len(Tabulation) + 1


def plain(cell: object) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell == int(cell) else str(cell)


def test_few_mails_rare_words_and_formulas_never_leave(client: FlaskClient) -> None:
    readers, words = (client.get(f"/ministry/figures/{path}") for path in ("readers", "searches"))
    assert ["2026年4月", "5未満", "記録なし"] in cells(readers.text) and ["2026年5月(11日まで)", "1,235", "記録なし"] in cells(readers.text)
    assert 'class="chart-few"' in readers.text and "1,237" not in readers.text and "計" not in sections(readers)[1]
    assert "まれな言葉" not in words.text and "=cmd" in words.text
    told = client.get("/ministry/figures/tables/searched.csv").text
    assert "\n'=cmd|" in told and "まれな言葉" not in told
    everything = client.get("/ministry/figures/tables/all.csv").text
    assert "まれな言葉" not in everything and "1237" not in everything
    report = client.get("/ministry/figures/report").text
    assert "data-print" in report and "まれな言葉" not in report and "出典" in report
    assert all(DEFINITIONS[figure].text in unescape(report) for figures in FIGURES.values() for figure in figures)


def test_what_ended_without_an_answer_is_on_the_first_page(client: FlaskClient) -> None:
    told = {line[0]: line[1:] for line in cells(client.get("/ministry/figures").text)}
    assert told["結果が「未回答」"] == ["件", "1", "記録なし"] and told["新規掲載"] == ["件", "2", "記録なし"]
    page = client.get("/ministry/figures").text
    time = re.search(r"前年同期は2025年度.+から2025年5月11日\(日\)(.+?)まで", page)
    assert time and time[1] != "24時" and f"2026年5月11日(月){time[1]}" in page
    assert "同じ時刻まで" in page and "同じ時刻まで" in client.get("/ministry/figures/tables/months.csv").text
    then = {line[0]: line[1:] for line in cells(client.get("/ministry/figures?on=令和8年4月2日").text)}
    assert then["結果が「未回答」"] == ["件", "0", "記録なし"] and then["募集中"] == ["件", "2", "記録なし"]
    assert "2026年4月2日(木)24時" in client.get("/ministry/figures?on=2026-04-02").text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("きのう", "時点の日付を"), ("2026-05-12", "時点は、きょう(2026年5月11日(月))まで"), ("<b>", "時点の日付を"),
        ("2026-03-31", "2026年3月31日(火)の時点は、記録なしです。記録の始まる2026年4月1日(水)から"),
    ],
)  # fmt: skip
def test_a_day_that_is_none_is_refused_in_words_and_stays_as_typed(client: FlaskClient, typed: str, said: str) -> None:
    for path in (*PAGES, "/tables/months.csv"):
        answer = client.get(f"/ministry/figures{path}", query_string={"on": typed})
        assert answer.status_code == 400 and f"＊ {said}" in answer.text and "<table" not in answer.text
        assert f'name="on" value="{typed.replace("<", "&lt;").replace(">", "&gt;")}"' in answer.text


def test_only_the_ministry_reads_them(client: FlaskClient) -> None:
    assert client.get("/ministry/figures/nothing").status_code == client.get("/ministry/figures/tables/x.csv").status_code == 404
    assert client.get("/ministry/figures/tables/months.pdf").status_code == 404
    sign_in(client, ADMINISTRATOR)
    assert client.get("/ministry/figures").status_code == 200 and '<a href="/ministry/figures" aria-current="page">統計' in client.get("/ministry/figures").text
    sign_in(client, EDITOR)
    for path in (*PAGES, "/tables/months.csv"):
        assert client.get(f"/ministry/figures{path}").status_code == 403
    assert "統計" not in client.get("/desk/").text


def ask(client: FlaskClient, network: str = "192.0.2.1", agent: str = PERSON, **wanted: str) -> int:
    """What the list's script sends."""
    said = {"Origin": HOME, "Sec-Fetch-Site": "same-origin", "User-Agent": agent}
    return client.post("/postings/asked", data=wanted, headers=said, environ_base={"REMOTE_ADDR": network}).status_code


def kept(app: BoardApp) -> dict[str, tuple[int, int]]:
    with app.app_context():
        rows = db.session.scalars(select(SearchDay).where(SearchDay.on == date(2026, 4, 1)))
        return {row.words: (row.asked, row.found_nothing) for row in rows}


def test_the_list_tells_what_it_was_asked_for_and_the_server_looks_whether_it_was_found(app: BoardApp, cast: Cast) -> None:
    with app.app_context(), Writing() as session:
        published(session, cast)
    client = app.test_client()
    page = client.get("/postings?q=DX推進")
    assert "js/asked.js" in page.text and "Set-Cookie" not in page.headers and kept(app) == {}
    assert all("js/asked.js" not in client.get(f"/postings{query}").text for query in ("", "?pref=04"))
    assert ask(client, q="ＤＸ推進") == ask(client, "192.0.2.2", q="dx推進") == 204
    assert ask(client, q="DX推進", pref="47") == 429, "once a day from one network"
    assert ask(client, "192.0.2.3", q="DX推進", pref="47") == ask(client, q="量子", found="1") == 204
    assert kept(app) == {"dx推進": (3, 1), "量子": (1, 1)}
    for unwanted in ({"q": "090-1234-5678"}, {"q": "a@example.jp"}, {"q": ""}, {"pref": "04"}, {"q": "x", "role": "king"}, {"q": "あ" * 101}):
        assert ask(client, "192.0.2.4", **unwanted) == 204
    assert ask(client, "192.0.2.5", agent="Googlebot/2.1", q="副業") == 204
    assert client.post("/postings/asked", data={"q": "副業"}).status_code == 400, "from no page of ours"
    assert kept(app) == {"dx推進": (3, 1), "量子": (1, 1)}
