"""A day in the ministry, played in the browser alone: a queue of 40, three corrections, a brake, an account handed over."""

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard import create_app
from jobboard.base.clock import present
from jobboard.base.states import AccountRole
from jobboard.config import Config
from jobboard.database import Writing
from jobboard.domain import moderation
from jobboard.models import Account, Municipality, Posting
from tests.browser.test_journey_in_browser import Person, register
from tests.cast import PASSWORD, person
from tests.flows.site import Site, running_site, wait_for
from tests.flows.test_journey import draft
from tests.mailroom import active
from tests.stories import asked_about, sent_in

pytestmark = pytest.mark.xdist_group("browser")

TOWNS = 8
READERS = [f"reader{number}@example.jp" for number in range(8)]
MODERATOR, ADMINISTRATOR = "sato@soumu.go.jp", "admin@soumu.go.jp"
OLD, NEW = "dx@city.example.lg.jp", "kounin@city.example.lg.jp"


@pytest.fixture(scope="module")
def site(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A board of real municipalities on which 40 openings wait; more than five readers at once meet the brake."""
    folder: Path = tmp_path_factory.mktemp("ministry")
    shutil.copyfile(sqlite_template, file := folder / "jobboard.sqlite3")
    with running_site(folder, f"sqlite:///{file}", smtp=True, MAIL_HOLD_OVER="5", MAIL_HOLD_TIMES="0") as site:
        fill(site)
        yield site


def fill(site: Site) -> None:
    config, now = Config.from_environ(site.environ), present()
    app = create_app(config)
    with app.app_context(), Writing() as session:
        towns = session.scalars(select(Municipality).where(Municipality.url.like("https:%")).order_by(Municipality.code).limit(TOWNS)).all()
        editors = [person(OLD if town is towns[0] else f"dx@{town.code}.lg.jp", f"担当 {town.name}", AccountRole.EDITOR, town.code) for town in towns]
        sato = person("old@soumu.go.jp", "前任 太郎", AccountRole.MODERATOR)
        staff = [person(MODERATOR, "佐藤 恵", AccountRole.MODERATOR), person(ADMINISTRATOR, "管理 太郎", AccountRole.ADMINISTRATOR)]
        session.add_all([*editors, sato, *staff])
        session.flush()
        for number in range(3):
            posting = waiting(session, editors[number], towns[number], now - timedelta(days=20), f"公開中の募集{number}")
            assert posting.pending is not None
            moderation.publish(session, posting, version_id=posting.pending.id, by=sato, now=now - timedelta(days=19))
            asked_about(session, posting, now=now - timedelta(days=16 - number), address=f"asker{number}@example.jp")
        for number in range(40):
            town = number % TOWNS
            waiting(session, editors[town], towns[town], now - timedelta(days=9, minutes=-number), f"CIO補佐官(第{number + 1}の業務)")
        for address in READERS:
            active(session, address, confirmed_at=now)


def waiting(session: Session, editor: Account, town: Municipality, at: datetime, title: str) -> Posting:
    """An opening as its municipality sent it in, with nothing to be asked about."""
    own = f"{town.url}dx.html"
    pages = {"title": title, "official_url": own, "apply_target": own, "employer_name": town.full_name}
    return sent_in(session, editor, town.code, now=at, **draft(**pages))


def test_a_day_in_the_ministry_is_played_without_a_console(browser: Browser, site: Site) -> None:
    # The sweep of the staff pages asks axe of these; how one gets in is played in test_journey_in_browser.
    moderator, administrator = (Person(browser, site, axe=False).got_in(one) for one in (MODERATOR, ADMINISTRATOR))
    empty_the_queue(moderator)
    answer_three_corrections(moderator, site)
    release_the_brake(moderator, site)
    hand_an_account_over(browser, administrator, site)


def empty_the_queue(moderator: Person) -> None:
    """One is sent back, one is talked about and published alone, all others go together, a page at a time."""
    page = moderator.page
    moderator.open("/review/")
    expect(page.get_by_text("目安の日を過ぎている募集が40件あります")).to_be_visible()
    page.get_by_role("link", name="CIO補佐官(第1の業務)").click()
    moderator.look()
    moderator.press("担当する")
    moderator.fill("remark.title", "どの業務の補佐かがわかるように書いてください。")
    moderator.press("修正を依頼する")
    page.get_by_role("link", name="CIO補佐官(第2の業務)").click()
    moderator.look()
    moderator.press("掲載する")
    while page.locator('input[name="version"][form="together"]').count():
        for box in page.locator('input[name="version"][form="together"]').all():
            box.check()
        moderator.press("選んだ募集を確かめる")
        moderator.press("掲載する")
    moderator.open("/review/")
    expect(page.get_by_text("確認を待っている募集はありません")).to_be_visible()
    moderator.open("/postings")
    expect(page.locator("main strong", has_text="42").first).to_be_visible()  # 39 of the queue beside the 3 that were public


def answer_three_corrections(moderator: Person, site: Site) -> None:
    """One is asked about at the municipality, one stops its posting, one is declined; then the first is answered too."""
    page = moderator.page
    for number, (remedy, said) in enumerate((("", ""), ("stopped", "募集の事実がありません。"), ("declined", "公式ページと同じです。"))):
        moderator.open("/review/corrections")
        page.get_by_role("link", name=f"公開中の募集{number}").first.click()
        moderator.look()
        if not remedy:
            moderator.fill("note", "応募締切を確かめてください。")
            moderator.press("市区町村に確かめる")
            remedy, said = "declined", "市区町村に確かめました。締切は正しいものです。"
        moderator.fill("remedy", remedy)
        moderator.fill("reason", said)
        moderator.press("回答する")
    expect(page.get_by_text("回答を待っている申出はありません")).to_be_visible()
    for number in range(3):
        assert "受付番号" in site.mailbox.wait(f"asker{number}@example.jp", 1)[0].text


def release_the_brake(moderator: Person, site: Site) -> None:
    """Eight readers would get mail where five is the limit: nobody did, until somebody looked."""
    page = moderator.page
    wait_for(lambda: held(moderator), "the brake holds")
    assert not any(site.mailbox.for_(reader) for reader in READERS)
    page.get_by_role("link", name="中身を確かめて送る").click()
    moderator.look()
    moderator.press("この分を送る")
    expect(page.get_by_text("8人へのお知らせを送り始めました。")).to_be_visible()
    for reader in READERS:
        assert "CIO補佐官(第2の業務)" in site.mailbox.wait(reader, 1)[0].text


def held(moderator: Person) -> bool:
    moderator.open("/ministry/mail")
    return moderator.page.get_by_text("お知らせを保留しています(8人)").count() > 0


def hand_an_account_over(browser: Browser, administrator: Person, site: Site) -> None:
    """The successor asks without an account; an administrator grants; the successor goes on with the town's openings."""
    successor = Person(browser, site)
    successor.open("/handover")
    for name, value in (("email", NEW), ("name", "後任 花子"), ("place", "011002"), ("predecessor", OLD)):
        successor.fill(name, value)
    successor.press("確認のメールを受け取る")
    successor.open(site.mailbox.wait(NEW, 1)[0].link("/handover/"))
    successor.page.locator("main").get_by_role("button").first.click()
    successor.look()
    administrator.open("/ministry/")
    administrator.page.get_by_role("link", name="引き継ぎの申出").first.click()
    administrator.page.get_by_role("link", name="後任 花子").first.click()
    administrator.look()
    administrator.fill("end_predecessor", "1")
    administrator.press("認める")
    letter = wait_for(lambda: next((one for one in site.mailbox.for_(NEW) if "/invitation/" in one.text), None), "the invitation")
    successor.open(letter.link("/invitation/"))
    successor.fill("name", "後任 花子")
    successor.fill("password", PASSWORD)
    successor.press("登録して利用を始める")
    register(successor, NEW)
    successor.open("/desk/")
    expect(successor.page.get_by_text("CIO補佐官(第1の業務)").first).to_be_visible()
