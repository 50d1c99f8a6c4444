"""The end of a 「リンクのみ」: nobody is told any more that it is here, it is told like any other end, and its link is given no more."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from flask.testing import FlaskClient

from jobboard.base.states import ClosedReason, EventKind, Frequency, Outcome
from jobboard.config import Config
from jobboard.database import Writing, db
from jobboard.domain import answering, confirming, explaining, publication, stopping, taking
from jobboard.models import Posting, SourceItem
from jobboard.web import open_data_export
from jobboard.web.transaction import BoardApp
from tests.cast import OPENING, Cast
from tests.mailroom import LETTERHEAD, Mailroom, opened
from tests.pressing import press
from tests.staff import EDITOR, MODERATOR, sign_in
from tests.stories import asked_about, found

TITLE, LINK = "CIO補佐官を1名募集します", "https://www.aoba.example.jp/cio"
READER = "suzuki@example.jp"
SOON = OPENING + timedelta(hours=2)


def linked(app: BoardApp, cast: Cast, name: str = "cio") -> int:
    """The id of one that is public; the last part of its link is ``name``."""
    with app.app_context(), Writing() as session:
        item = found(session, cast, TITLE, path=f"/{name}")
        return taking.publish(session, item, again=True, by=cast.account("sato"), now=OPENING).id


def item_of(number: int) -> SourceItem:
    return db.session.query(SourceItem).filter_by(posting_id=number).one()


def declined(cast: Cast, number: int, now: datetime) -> None:
    confirming.answer(db.session(), item_of(number), agrees=False, letterhead=LETTERHEAD, now=now)


def ended(cast: Cast, number: int, now: datetime) -> None:
    taking.end(db.session(), item_of(number), reason="公式ページが消えたため", by=cast.account("sato"), now=now)


def stopped(cast: Cast, number: int, now: datetime) -> None:
    request = asked_about(db.session(), db.session.get_one(Posting, number), now=now)
    answering.answer(
        db.session(), request, remedy="stopped", reason="申出のとおりでした。", by=cast.account("sato"), letterhead=LETTERHEAD, now=now
    )


def closed(cast: Cast, number: int, now: datetime) -> None:
    posting, editor = db.session.get_one(Posting, number), cast.account("aoba_editor")
    publication.close(db.session(), posting, reason=ClosedReason.FILLED, outcome=Outcome.DECIDED, by=editor, now=now)


def withdrawn(cast: Cast, number: int, now: datetime) -> None:
    posting, editor = db.session.get_one(Posting, number), cast.account("aoba_editor")
    publication.withdraw(db.session(), posting, reason="予算が成立しなかったため", by=editor, now=now)


SAID = (
    "市区町村の申出により、このサイトへの掲載をやめました。",
    "総務省が、このサイトへの掲載を終えました。理由:公式ページが消えたため。募集そのものが終わったとは限りません。",
    "掲載内容についての申出を受けて、総務省が掲載を止めました。",
    "青葉市が、募集の終了を知らせました(採用・契約決定)。",
    "青葉市が、募集を中止しました。理由:予算が成立しなかったため。",
)
"""One true sentence for each way."""

End = Callable[[Cast, int, datetime], None]
WAYS: tuple[End, ...] = (declined, ended, stopped, closed, withdrawn)


def end(app: BoardApp, cast: Cast, how: End, number: int, now: datetime = SOON) -> None:
    with app.app_context(), Writing():
        how(cast, number, now)
        db.session.commit()


def why(mailroom: Mailroom, number: int) -> dict[EventKind | None, str]:
    with mailroom.writing() as session:
        told = explaining.explain(session, READER, number, by=None, now=mailroom.clock())
    assert "募集中止" not in [one.word for one in told]
    return {one.kind: one.sentence for one in told}


def test_what_ended_before_the_daily_mail_is_not_announced_and_the_ledger_says_why(app: BoardApp, cast: Cast, mailroom: Mailroom) -> None:
    mailroom.subscribed(READER, "municipality=042021", frequency=Frequency.DAILY, kinds=(EventKind.PUBLISHED,))
    numbers = [linked(app, cast, how.__name__) for how in WAYS]
    mailroom.run()
    at = mailroom.clock.forward(hours=2)
    for how, number in zip(WAYS, numbers, strict=True):
        end(app, cast, how, number, at)
    mailroom.clock.forward(days=1)
    assert READER not in [letter.recipient for letter in mailroom.run()]
    for number in numbers:
        assert why(mailroom, number)[EventKind.PUBLISHED] == "知らせる前の2026年4月1日(水)11:00に、このサイトへの掲載が終わったので、送っていません。"


def test_what_ended_before_it_was_matched_is_announced_to_nobody(app: BoardApp, cast: Cast, mailroom: Mailroom) -> None:
    mailroom.subscribed(READER, "municipality=042021", kinds=(EventKind.PUBLISHED,))
    number = linked(app, cast)
    end(app, cast, declined, number)
    assert READER not in [letter.recipient for letter in mailroom.run()]
    assert "このサイトへの掲載が終わった" in why(mailroom, number)[EventKind.PUBLISHED]


def test_a_mail_that_waits_to_be_sent_is_called_back_and_the_rest_of_it_goes(app: BoardApp, cast: Cast, mailroom: Mailroom) -> None:
    mailroom.subscribed(READER, "municipality=042021", kinds=(EventKind.PUBLISHED,))
    number = linked(app, cast)
    with app.app_context(), Writing() as session:
        other = taking.publish(session, found(session, cast, "CDOの公募", path="/cdo"), by=cast.account("sato"), now=OPENING).id
    mailroom.steps.match()
    assert mailroom.steps.compose() == 1
    end(app, cast, ended, number)
    assert mailroom.steps.deliver().sent == 0, "also before the end itself was matched"
    (letter,) = (one for one in mailroom.run() if one.recipient == READER)
    assert TITLE not in str(opened(letter)) and f"/postings/{other}\n" in letter.text and LINK not in letter.text


def test_its_end_is_mailed_to_those_who_asked_for_ends_and_to_nobody_else(app: BoardApp, cast: Cast, mailroom: Mailroom) -> None:
    ends = (EventKind.CLOSED, EventKind.WITHDRAWN)
    mailroom.subscribed(READER, "municipality=042021", kinds=ends)
    mailroom.subscribed("kato@example.jp", "municipality=143014", kinds=ends)
    mailroom.subscribed("ito@example.jp", "municipality=042021", kinds=(EventKind.PUBLISHED,))
    numbers = [linked(app, cast, how.__name__) for how in WAYS]
    assert [one.recipient for one in mailroom.run()] == ["ito@example.jp"]
    for how, number in zip(WAYS, numbers, strict=True):
        end(app, cast, how, number, mailroom.clock.forward(hours=2))
    letters = {one.recipient: one for one in mailroom.run()}
    assert {READER} == letters.keys() & {READER, "kato@example.jp", "ito@example.jp"}
    text = letters[READER].text
    assert text.count(f"■ 掲載終了 宮城県青葉市 【リンクのみ】{TITLE}") == len(WAYS)
    assert "www.aoba.example.jp" not in str(opened(letters[READER])) and "募集中止" not in text
    for words in SAID:
        assert words in "".join(text.split()), words
    assert "送り、相手のサーバーが受け取りました" in why(mailroom, numbers[0])[EventKind.WITHDRAWN]


def test_its_end_is_among_the_changes_and_no_output_gives_its_link_any_more(app: BoardApp, client: FlaskClient, cast: Cast) -> None:
    numbers = [linked(app, cast, how.__name__) for how in WAYS]
    for address in ("/changes.json", f"/api/v1/postings/{numbers[0]}", "/data/postings.json?status=all"):
        assert LINK.removesuffix("cio") in client.get(address).text, address
    for how, number in zip(WAYS, numbers, strict=True):
        end(app, cast, how, number)
    for address in ("/changes", "/changes.rss", "/changes.atom", "/changes.json", "/api/v1/changes"):
        whole = client.get(address).text
        said = (whole.partition("<main")[2] or whole).replace("終了、募集中止、掲載終了を新しい順に", "")
        assert said.count("掲載終了") >= len(WAYS) and "www.aoba.example.jp" not in said, address
        assert "募集中止" not in said, address
    everything = ("?status=all", "?status=closed")
    lists = [f"{path}{status}" for path in ("/postings", "/postings.rss", "/postings.atom", "/postings.json", "/postings.csv") for status in everything]
    lists += ["/data/postings.json?status=all", "/api/v1/postings?status=all", "/municipalities/042021"]
    lists.append(f"/compare?{'&'.join(f'id={number}' for number in numbers[:4])}")
    for number in numbers:
        lists += [f"/postings/{number}{end}" for end in ("", ".json", "/history")] + [f"/api/v1/postings/{number}"]
    for address in lists:
        answer = client.get(address)
        assert answer.status_code == 200 and TITLE in answer.text and "www.aoba.example.jp" not in answer.text, address


def test_what_its_link_was_before_it_was_mended_is_given_no_more_either(app: BoardApp, client: FlaskClient, cast: Cast) -> None:
    number = linked(app, cast)
    with app.app_context(), Writing() as session:
        item = item_of(number)
        item.link = "https://www.aoba.example.jp/other"
        taking.follow(session, item, by=cast.account("sato"), now=OPENING + timedelta(hours=1))
    assert LINK in client.get(f"/postings/{number}/history").text
    end(app, cast, ended, number)
    for address in (f"/postings/{number}/history", f"/postings/{number}.json", "/postings.json?status=all", "/changes"):
        assert "www.aoba.example.jp" not in client.get(address).text, address


def test_the_exported_data_tells_of_the_end_and_not_of_the_link(app: BoardApp, cast: Cast, tmp_path: Path) -> None:
    end(app, cast, declined, linked(app, cast))
    with app.app_context():
        config: Config = app.config["BOARD"]
        open_data_export.write(db.engine, config, tmp_path / "data", now=SOON)
    files = {one.name: one.read_text() for one in (tmp_path / "data").iterdir()}
    assert not [name for name, text in files.items() if "www.aoba.example.jp" in text]
    assert "掲載終了" in files["changes.csv"] and "掲載終了" in files["changes.json"] and "掲載終了" in files["postings.csv"]


def test_its_page_says_truly_how_it_ended_and_what_came_of_it_only_where_its_town_told(app: BoardApp, client: FlaskClient, cast: Cast) -> None:
    outcomes = (None, None, None, "decided", "cancelled")
    for how, said, outcome in zip(WAYS, SAID, outcomes, strict=True):
        number = linked(app, cast, how.__name__)
        end(app, cast, how, number)
        main = client.get(f"/postings/{number}").text.partition("<main")[2].partition("</main>")[0]
        assert said in "".join(main.split()) and "掲載終了" in main and "このサイトへの掲載は終わりました(2026年4月1日(水)11:00)" in main, how
        for untrue in ("まだ確認していません", "確認しています", "確認済み", "公式ページで確かめてください", "募集中止", "受付終了"):
            assert untrue not in main, (how, untrue)
        assert ("結果: 決定(任用・委嘱・契約)" in main, "結果: 中止" in main) == (outcome == "decided", outcome == "cancelled")
        told = (client.get(f"/api/v1/postings/{number}").json or {})["data"]
        assert (told["status"], told["status_label"], told["outcome"]) == ("unlisted", "掲載終了", outcome)
        assert told["closed_reason"] == ("filled" if how is closed else None)
    assert "募集中止" not in client.get("/municipalities/042021").text.partition("<main")[2]


def test_staff_read_of_it_that_its_being_here_ended(app: BoardApp, client: FlaskClient, cast: Cast) -> None:
    number = linked(app, cast)
    end(app, cast, declined, number)
    with app.app_context():
        before = stopping.over_before(db.session(), db.session.get_one(Posting, number))
    assert before == "このサイトへの掲載は、先に終わりました(2026年4月1日(水)11:00)。"
    sign_in(client, EDITOR)
    listed = client.get("/desk/").text.partition("<main")[2]
    assert TITLE in listed and ">掲載終了<" in listed and ">募集中止<" not in listed


def test_no_page_of_the_desk_no_request_and_no_mail_says_of_it_what_is_said_of_a_call(
    app: BoardApp, client: FlaskClient, cast: Cast, mailroom: Mailroom
) -> None:
    mailroom.subscribed(READER, "municipality=042021", kinds=(EventKind.PUBLISHED,))
    number = linked(app, cast)
    sign_in(client, EDITOR)
    for act in ("close", "withdraw"):
        asked = client.get(f"/desk/postings/{number}/{act}").text
        assert "「掲載終了」として" in asked and "「受付終了」" not in asked and "「募集中止」" not in asked, act
    with app.app_context(), Writing() as session:
        request = asked_about(session, session.get_one(Posting, number), now=SOON).id
    sign_in(client, MODERATOR)
    shown = client.get(f"/review/corrections/{request}").text
    assert "この募集をいま「掲載終了」にし" in shown and "「募集中止」" not in shown
    end(app, cast, stopped, number, mailroom.clock.forward(hours=3))
    letters = {one.recipient: "".join(one.text.split()) for one in mailroom.run()}
    assert "募集のページには「掲載終了」と表示しています" in letters[EDITOR] and "募集中止" not in letters[EDITOR]
    assert "この種類(掲載終了)は希望していません" in why(mailroom, number)[EventKind.WITHDRAWN]
    sign_in(client, EDITOR)
    pairs = client.get(f"/desk/postings/{number}").text.partition("<dt>状態</dt>")[2].partition("</dd>")[0]
    assert "掲載終了" in pairs


def test_its_own_editor_who_did_not_know_yet_tells_later_what_came_of_it_and_nobody_after_a_moderators_end(
    app: BoardApp, client: FlaskClient, cast: Cast
) -> None:
    number, other = linked(app, cast), linked(app, cast, "other")
    with app.app_context(), Writing() as session:
        editor = cast.account("aoba_editor")
        publication.close(session, session.get_one(Posting, number), reason=ClosedReason.EARLY, by=editor, now=SOON)
    end(app, cast, ended, other)
    sign_in(client, EDITOR)
    desk = f"/desk/postings/{number}"
    assert f'href="{desk}/outcome"' in client.get(desk).text
    assert press(client, f"{desk}/outcome", "結果を登録する", {"outcome": "decided", "note": "4月から着任します。"}).status_code == 303
    page = client.get(f"/postings/{number}").text
    assert "決定(任用・委嘱・契約)" in page and "4月から着任します。" in page
    assert (client.get(f"/api/v1/postings/{number}").json or {})["data"]["outcome"] == "decided"
    assert "/outcome" not in client.get(f"/desk/postings/{other}").text
    assert client.get(f"/desk/postings/{other}/outcome").status_code == 409


def test_a_copy_after_the_end_has_the_newest_link_and_not_the_dead_one(app: BoardApp, client: FlaskClient, cast: Cast) -> None:
    number, new = linked(app, cast), "https://www.aoba.example.jp/new"
    with app.app_context(), Writing() as session:
        item = item_of(number)
        item.title, item.link = "CIO補佐官の公募", new
        taking.follow(session, item, by=cast.account("sato"), now=OPENING + timedelta(hours=1))
    end(app, cast, ended, number)
    sign_in(client, EDITOR)
    assert press(client, f"/desk/postings/{number}/copy", "新しい下書きを作る").status_code == 303
    with app.app_context():
        copy = db.session.query(Posting).filter_by(copied_from_id=number).one()
        assert (copy.draft["title"], copy.draft["official_url"]) == (["CIO補佐官の公募"], [new])
