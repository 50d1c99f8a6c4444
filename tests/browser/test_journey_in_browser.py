"""The whole way in a real browser: what the municipality, the ministry and a reader click, and axe on each page they see."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect

from tests.cast import PASSWORD
from tests.flows.site import Site, running_site
from tests.flows.test_journey import TITLE, draft

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def site(sqlite_url: str, tmp_path: Path) -> Iterator[Site]:
    with running_site(tmp_path, sqlite_url) as site:
        yield site


class Person:
    """A browser window of one person. Every page that she reaches is checked by axe and for anything that CSP refused."""

    def __init__(self, browser: Browser, site: Site) -> None:
        self.site = site
        self.page: Page = browser.new_context(locale="ja-JP", viewport={"width": 1280, "height": 900}).new_page()
        self.refused: list[str] = []
        self.page.on("console", self._heard)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error" and "status of 4" not in message.text:
            self.refused.append(message.text)

    def open(self, path: str) -> None:
        """Opens an address of the site."""
        self.page.goto(self.site.base_url + path)
        self.look()

    def press(self, button: str) -> None:
        """Presses the button with exactly this text and looks at what comes."""
        self.page.get_by_role("button", name=button, exact=True).first.click()
        self.page.wait_for_load_state()
        self.look()

    def look(self) -> None:
        """The page has a title, one h1, no console error, and nothing that axe objects to."""
        expect(self.page.locator("h1")).to_have_count(1)
        assert self.page.title()
        found = Axe().run(self.page, options={"resultTypes": ["violations"]}).response["violations"]
        assert not found, [(one["id"], [node["html"][:200] for node in one["nodes"]][:3]) for one in found]
        assert self.refused == []

    def fill(self, name: str, value: str) -> None:
        """Fills in the field of that name, whatever control it is."""
        controls = self.page.locator(f'[name="{name}"]')
        first = controls.first
        folded = self.page.locator("details:not([open])").filter(has=first)
        for number in range(folded.count()):
            folded.nth(number).locator("summary").first.click()
        kind = first.get_attribute("type") or first.evaluate("element => element.tagName.toLowerCase()")
        if kind in ("radio", "checkbox"):
            self.page.locator(f'[name="{name}"][value="{value}"]').check()
        elif kind == "select":
            first.select_option(value)
        elif kind == "date":
            _fill_instant(controls, value)
        else:
            first.fill(value)


def _fill_instant(controls: Locator, value: str) -> None:
    day, _, clock = value.partition("T")
    controls.first.fill(day)
    if clock:
        controls.nth(1).fill(clock)


def member(browser: Browser, site: Site, email: str, name: str, *role: str) -> Person:
    """A member of staff who accepted the invitation of the command."""
    printed = site.command("account", "invite", email, *role)
    person = Person(browser, site)
    person.open("/invitation/" + printed.split("/invitation/", 1)[1].split()[0])
    person.fill("name", name)
    person.fill("password", PASSWORD)
    person.press("登録して利用を始める")
    person.open("/login")
    if person.page.locator('[name="password"]').count():
        person.fill("email", email)
        person.fill("password", PASSWORD)
        person.press("ログイン")
    return person


def test_people_get_from_a_draft_to_a_readers_inbox_by_clicking(browser: Browser, site: Site) -> None:
    reader = Person(browser, site)
    reader.open("/postings?q=甲乙丙")
    reader.page.get_by_role("link", name="この条件をメールで受け取る").first.click()
    reader.look()
    editor = member(browser, site, "editor@city.aoba.lg.jp", "青葉 花子", "--role", "editor", "--municipality", "042021")
    moderator = member(browser, site, "sato@soumu.go.jp", "佐藤 恵", "--role", "moderator")

    reader.fill("email", "tanaka@reader.ne.jp")
    reader.press("この条件で受け取る")
    reader.open(site.mailbox.wait("tanaka@reader.ne.jp", 1)[0].link("/subscribe/confirm/"))
    reader.press("登録を確定する")

    editor.open("/desk/postings/new")
    editor.fill("title", TITLE)
    editor.press("下書きを作る")
    editor.press("掲載を依頼する")
    assert editor.page.get_by_role("link", name="を入力してください").count() > 10
    editor.page.get_by_role("link", name="1つの画面で書く").click()
    editor.look()
    editor.press("掲載を依頼する")
    assert editor.page.get_by_role("link", name="を入力してください").count() > 10
    for name, given in draft().items():
        for value in given if isinstance(given, list) else [given]:
            editor.fill(name, value)
    editor.press("掲載を依頼する")
    expect(editor.page.get_by_text("掲載確認中").first).to_be_visible()

    moderator.open("/review/")
    moderator.page.get_by_role("link", name=TITLE).first.click()
    moderator.look()
    moderator.press("掲載する")

    notice = site.mailbox.wait("tanaka@reader.ne.jp", 2)[1]
    reader.open(notice.link("/postings/"))
    expect(reader.page.get_by_role("heading", name=TITLE)).to_be_visible()
    reader.open(notice.link("/u/"))
    reader.press("配信を停止する")
    expect(reader.page.get_by_text("停止しました").first).to_be_visible()
