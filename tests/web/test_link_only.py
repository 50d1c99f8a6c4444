"""「リンクのみ」: of a collected posting everything public shows municipality, title, link and when it was found, and nothing more."""

import csv
import io
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from jobboard.base.states import EventKind, State
from jobboard.config import Config
from jobboard.database import Writing
from jobboard.domain import confirming, drafting, moderation, publication, taking
from jobboard.domain.publication import Action
from jobboard.fetcher import Fetcher
from jobboard.models import Posting, SourceItem
from jobboard.web.transaction import BoardApp
from tests.cast import OPENING, Cast
from tests.mailroom import LETTERHEAD, Mailroom, opened
from tests.staff import MODERATOR, send, sign_in
from tests.stories import asked_about, found, published, typed

TITLE = "CIO補佐官を1名募集します(副業可、業務委託、4月30日締切)"
"""Says much that a draft takes up and a link alone must not."""

LINK = "https://www.aoba.example.jp/cio"
KNOWN = {
    "id", "uuid", "url", "api_url", "title", "sample", "status", "status_label", "municipality", "municipality_name", "prefecture",
    "prefecture_name", "version", "published_at", "updated_at", "collected_at", "link_only", "fields",
    "timetable", "attachments", "questions", "events", "versions", "co_municipalities", "themes",
}  # fmt: skip
"""What the JSON may say of it: what the board knows, and its fields."""

LABELS = ("報酬", "締切", "役割", "任用", "契約形態", "勤務", "リモート", "人数", "テーマ", "問い合わせ", "―", "記載なし")


@pytest.fixture
def linked(app: BoardApp, cast: Cast) -> int:
    """The id of a posting of which only the link is known."""
    with app.app_context(), Writing() as session:
        return taking.publish(session, found(session, cast, TITLE), by=cast.account("sato"), now=OPENING).id


def body(page: str) -> str:
    """What a page says of the posting in words: its main part without its title."""
    main = page.partition("<main")[2].partition("</main>")[0]
    return re.sub(r"<[^>]+>", " ", main).replace(TITLE, "")


def test_its_page_says_municipality_title_link_and_when_it_was_found(client: FlaskClient, linked: int) -> None:
    page = client.get(f"/postings/{linked}").text
    assert TITLE in page and f'href="{LINK}"' in page and "収集日時" in page and "リンクのみ" in page and "宮城県 青葉市" in page
    assert not [label for label in LABELS if label in body(page)]
    assert "application/ld+json" not in page
    assert '<meta name="description" content="宮城県青葉市の募集「' in page and "締切" not in page.partition("<body")[0].replace(TITLE, "")


def test_lists_show_its_row_and_no_invented_answer(client: FlaskClient, linked: int) -> None:
    for address in ("/postings", "/", "/municipalities/042021", "/postings?sort=deadline", "/postings?sort=pay"):
        page = client.get(address).text
        row = re.search(rf"<li class=\"posting-(?:row|short)\"(?:(?!</li>\n).)*/postings/{linked}\".*?</ul>\n?(?:</div>|</li>|<ul)", page, re.DOTALL)
        assert TITLE in page and "リンクのみ" in page, address
        assert row is None or not re.search(r"報酬|締切まで|あと\d+日", row[0].replace(TITLE, "")), address


def test_it_is_found_by_what_is_known_and_by_nothing_else(client: FlaskClient, linked: int) -> None:
    for query in ("", "municipality=042021", "pref=04", "q=補佐官", "status=open"):
        assert f'href="/postings/{linked}"' in client.get(f"/postings?{query}").text, query
    for query in ("role=cio_adviser", "engagement=contract_person", "side_job=yes", "closing_before=2030-01-01", "pay_min=1", "remote=none", "status=closed"):
        assert f'href="/postings/{linked}"' not in client.get(f"/postings?{query}").text, query


def test_data_has_no_more_than_is_known(client: FlaskClient, linked: int) -> None:
    for address in (f"/postings/{linked}.json", f"/api/v1/postings/{linked}"):
        said = json.loads(client.get(address).data)
        one = said.get("data", said)
        assert one["link_only"] is True and one["collected_at"].startswith("2026-04-01T09:00")
        assert {name for name, value in one.items() if value not in (None, "", [], {})} <= KNOWN
        assert set(one["fields"]) == {"title", "official_url"}
    (row,) = csv.DictReader(io.StringIO(client.get("/postings.csv").text.lstrip("\ufeff")))
    told = {name for name, value in row.items() if value}
    assert told == {
        "ID", "UUID", "URL", "状態コード", "状態", "全国地方公共団体コード", "市区町村", "都道府県コード", "都道府県", "版", "掲載日時",
        "更新日時", "リンクのみ", "収集日時", "募集の題名", "募集ページのURL",
    }  # fmt: skip


def test_feeds_and_calendars_tell_no_more(client: FlaskClient, linked: int) -> None:
    for address in ("/postings.rss", "/postings.atom", "/postings.json", "/changes.rss", "/changes.atom", "/changes.json"):
        said = client.get(address).text.replace(TITLE, "")
        assert "リンクのみ" in said and "/cio" in said, address
        assert not [label for label in LABELS[:9] if label in said], address
    for address in ("/postings.ics", f"/postings/{linked}.ics"):
        assert "BEGIN:VEVENT" not in client.get(address).text
    for address in (f"/postings/{linked}/history", f"/compare?id={linked}", "/changes", "/sitemap.xml", "/metrics"):
        assert client.get(address).status_code in (200, 302), address


def test_until_its_municipality_says_yes_it_tells_no_day_and_then_that_day(
    app: BoardApp, client: FlaskClient, cast: Cast, mailroom: Mailroom, linked: int
) -> None:
    def told() -> tuple[object, ...]:
        one = client.get(f"/postings/{linked}.json").json
        (row,) = csv.DictReader(io.StringIO(client.get("/postings.csv").text.lstrip("\ufeff")))
        (item,) = (client.get("/postings.json").json or {})["items"]
        assert one is not None and (row["リンクのみ"], item["_jobboard"]["link_only"]) == ("1", True)
        days = one["info_as_of"], one["confirmed_on"], row["情報の時点"], row["掲載を確認した日"], item["_jobboard"]["confirmed_on"]
        return *days, *("確認済み" in body(client.get(address).text) for address in ("/postings", "/municipalities/042021", f"/postings/{linked}"))

    assert told() == (None, None, "", "", None, False, False, False)
    with app.app_context(), Writing() as session:
        item = session.query(SourceItem).filter_by(posting_id=linked).one()
        confirming.answer(session, item, agrees=True, letterhead=LETTERHEAD, now=mailroom.clock.forward(days=2))
    assert told() == ("2026-04-03", "2026-04-03", "2026-04-03", "2026-04-03", "2026-04-03", True, True, True)


def test_every_page_and_the_dictionary_mark_it(app: BoardApp, client: FlaskClient, cast: Cast, linked: int) -> None:
    for address in ("/changes", f"/postings/{linked}/history"):
        assert '<span class="chip chip-calm">リンクのみ</span>' in client.get(address).text, address
    for address in ("/data/dictionary", "/data/dictionary.json"):
        assert "link_only" in client.get(address).text and "confirmed_on" in client.get(address).text, address
    with app.app_context(), Writing() as session:
        number = asked_about(session, session.get_one(Posting, linked)).id
        session.commit()
    sign_in(client, MODERATOR)
    page = client.get(f"/review/corrections/{number}").text
    assert '<span class="chip chip-calm">リンクのみ</span>' in page and "#contact" not in page.partition("<main")[2].partition("</main>")[0]


def test_a_request_for_correction_leads_to_no_part_that_its_page_lacks(client: FlaskClient, linked: int) -> None:
    asked = client.get(f"/correction/{linked}").text
    assert "#contact" not in asked.partition("<main")[2].partition("</main>")[0]
    assert "青葉市の公式ページ(<a href=" in asked


def test_compared_with_others_only_its_link_is_told(app: BoardApp, client: FlaskClient, cast: Cast, linked: int) -> None:
    with app.app_context(), Writing() as session:
        other = published(session, cast).id
        session.commit()
    page = body(client.get(f"/compare?id={linked}&id={other}").text)
    assert "題名と公式ページのほかは、分かっていません" in page and "収集日時 2026年4月1日(水)9:00" in page
    assert page.count("リンクのみ") > 5 and "違いあり" not in page.replace("「違いあり」は", "") and "記載なし" not in page
    assert f'href="{LINK}"' in client.get(f"/compare?id={linked}&id={other}").text


def test_readers_are_told_how_to_get_it_by_mail_and_towns_by_what_name_it_was_read(app: BoardApp, client: FlaskClient) -> None:
    config: Config = app.config["BOARD"]
    for address in ("/subscribe", "/help"):
        said = client.get(address).text
        assert "題名と公式ページだけが分かっている" in said and "受け取るには、キーワード、都道府県、市区町村だけの条件で" in said, address
    about = client.get("/about").text
    assert f"<code class=\"code\">{Fetcher(config.caller).user_agent}</code>" in about and '<code class="code">jobboard</code> の名で' in about


def test_on_paper_its_link_stays(linked: int, client: FlaskClient) -> None:
    assert f'stays-on-paper" href="{LINK}"' in client.get(f"/postings/{linked}").text
    assert ".button:not(.stays-on-paper)" in (Path(__file__).parents[2] / "static/css/print.css").read_text()


def test_it_never_closes_by_itself_and_asks_its_editor_for_nothing(app: BoardApp, cast: Cast, mailroom: Mailroom, linked: int) -> None:
    later = mailroom.clock.forward(days=200)
    assert (mailroom.steps.expire(), mailroom.steps.remind()) == (0, 0)
    with mailroom.writing() as session:
        posting = session.get_one(Posting, linked)
        assert publication.is_open(posting, later) and (posting.apply_by, posting.role) == (None, None)


def test_the_municipality_completes_it_and_it_is_a_link_alone_no_more(app: BoardApp, client: FlaskClient, cast: Cast, mailroom: Mailroom, linked: int) -> None:
    mailroom.subscribed("tanaka@example.jp", "role=cio_adviser", kinds=(EventKind.PUBLISHED,))
    assert mailroom.run() == []
    now = mailroom.clock.forward(hours=1)
    with app.app_context(), Writing() as session:
        posting, editor = session.get_one(Posting, linked), cast.account("aoba_editor")
        begun = drafting.text(posting)
        assert begun["title"] == [TITLE] and begun["apply_by"] == ["2026-04-30"], "what the title says is written down already"
        drafting.save(session, posting, {**begun, **typed()}, revision=posting.revision, by=editor, now=now)
        moderation.submit(session, posting, by=editor, now=now, summary="全文を載せました")
        assert posting.link_only and posting.pending is not None
        moderation.publish(session, posting, version_id=posting.pending.id, by=cast.account("sato"), now=now)
        assert not posting.link_only and posting.apply_by is not None
        session.commit()
    page = client.get(f"/postings/{linked}").text
    now_said, _, before = page.partition("<main")[2].partition('class="talk"')
    assert "リンクのみ" not in now_said and "報酬" in now_said and "リンクのみ" in before, "its history says what it was"
    (letter,) = mailroom.run()
    assert "リンクのみ" not in str(opened(letter)["Subject"])


def test_the_same_call_is_said_before_it_is_taken_up_twice(app: BoardApp, client: FlaskClient, cast: Cast) -> None:
    with app.app_context(), Writing() as session:
        first = found(session, cast, "【更新】CIO補佐官(全庁DX推進)の募集", path="/a")
        published(session, cast, official_url="https://www.aoba.example.jp/b/", title="DX人材の公募")
        other = found(session, cast, "まったく別のCDO公募", path="/b/#top")
        again = found(session, cast, "CIO補佐官(全庁DX推進)の募集", path="/c")
        session.commit()
        numbers = [one.id for one in (first, other, again)]
    sign_in(client, MODERATOR)
    for number in numbers:
        page = f"/review/candidates/{number}"
        assert "同じ募集が、すでにあるようです" in client.get(page).text
        for act in ("draft", "publish"):
            refused = send(client, f"{page}/{act}", page=page)
            assert refused.status_code == 422 and "チェックを入れてください" in refused.text
    assert send(client, f"/review/candidates/{numbers[0]}/publish", {"again": "1"}, page=f"/review/candidates/{numbers[0]}").status_code == 303


def test_what_was_dismissed_or_ended_is_kept_with_its_reason(app: BoardApp, cast: Cast, linked: int) -> None:
    with app.app_context(), Writing() as session:
        by, item = cast.account("sato"), found(session, cast, "ボランティアの募集", path="/v")
        taking.dismiss(session, item, reason="募集ではない", by=by, now=OPENING)
        assert (item.state, item.dismissed_for, item.decided_by_id) == ("dismissed", "募集ではない", by.id)
        mine = session.query(SourceItem).filter_by(posting_id=linked).one()
        taking.end(session, mine, reason="公式ページで終わったため", by=by, now=OPENING + timedelta(days=1))
        assert mine.posting is not None and (mine.posting.state, mine.posting.closed_note) == (State.CLOSED, "公式ページで終わったため")
        assert (State.CLOSED, Action.LINK) not in publication.TRANSITIONS
