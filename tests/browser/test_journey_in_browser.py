"""The whole way in a real browser: what the municipality, the ministry and a reader click, and axe on each page they see."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect

from tests.cast import PASSWORD
from tests.flows.apps import PHONE
from tests.flows.site import Site, running_site
from tests.flows.test_journey import CODE, DEADLINE, TITLE, draft, invited, signed_in

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture(scope="module")
def site(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("journeys")
    shutil.copyfile(sqlite_template, file := folder / "jobboard.sqlite3")
    with running_site(folder, f"sqlite:///{file}", smtp=True) as site:
        yield site


def enter(page: Page, site: Site, email: str, password: str = PASSWORD) -> None:
    """The window is signed in without typing: somebody of the same browser was, outside of it."""
    visitor = signed_in(site, email, agent=page.evaluate("navigator.userAgent"), password=password)
    page.context.add_cookies([{"name": one.name, "value": one.value or "", "url": site.base_url} for one in visitor.session.cookies])
    visitor.session.close()


class Person:
    """A browser window of one person. Pages with script are checked for what CSP refused, each kind of page once by axe too."""

    examined: ClassVar[set[tuple[str, str]]] = set()

    def __init__(self, browser: Browser, site: Site, script: bool = True, axe: bool = True) -> None:
        self.site, self.axe = site, script and axe
        window = browser.new_context(locale="ja-JP", viewport={"width": 1280, "height": 900}, java_script_enabled=script)
        self.page: Page = window.new_page()
        self.refused: list[str] = []
        self.page.on("console", self._heard)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error" and "status of 4" not in message.text:
            self.refused.append(message.text)

    def got_in(self, email: str) -> "Person":
        enter(self.page, self.site, email)
        return self

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
        assert self.refused == []
        kind = (re.sub(r"\d+|[\w-]{22,}", "…", self.page.url.removeprefix(self.site.base_url)), self.page.title())
        if not self.axe or kind in self.examined:
            return
        self.examined.add(kind)
        found = Axe().run(self.page, options={"resultTypes": ["violations"]}).response["violations"]
        assert not found, [(one["id"], [node["html"][:200] for node in one["nodes"]][:3]) for one in found]

    def write_posting(self, asked: bool) -> str:
        """From the start page to 掲載確認中; the posting's address. ``asked``: there is one like it already."""
        self.open("/desk/postings/new")
        self.fill("example", "town-cio-adviser")
        self.press("下書きを作る")
        self.page.get_by_role("link", name="募集の題名").click()
        for facts in FACTS.values():
            for name, value in facts.items():
                self.fill(name, value)
            self.press("保存して次へ")
        self.press("掲載を依頼する")
        assert self.page.url.endswith("/send") == asked, "a call like the first is asked about"
        if asked:
            self.page.get_by_role("checkbox", name="とは別の募集です").check()
            self.press("掲載を依頼する")
        expect(self.page.get_by_text("掲載確認中").first).to_be_visible()
        return self.page.url

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


def register(person: Person, email: str) -> None:
    """The second factor: by mail where that may be, else by an app."""
    if person.page.get_by_role("button", name="メールを登録する").count():
        person.press("メールを登録する")
        return
    person.page.get_by_role("link", name="認証アプリを登録する").click()
    person.look()
    PHONE.take(email, person.page.locator("main").inner_text())
    person.fill("code", PHONE.code(email))
    person.press("登録する")
    person.page.get_by_role("link", name="控えたので、続ける").click()


def member(browser: Browser, site: Site, email: str, name: str, *role: str, script: bool = True) -> Person:
    """A member of staff who accepted the invitation of the command."""
    printed = site.command("account", "invite", email, *role)
    person = Person(browser, site, script)
    person.open("/invitation/" + printed.split("/invitation/", 1)[1].split()[0])
    person.fill("name", name)
    person.fill("password", PASSWORD)
    person.press("登録して利用を始める")
    register(person, email)
    person.open("/login")
    if person.page.locator('[name="password"]').count():
        person.fill("email", email)
        person.fill("password", PASSWORD)
        person.press("ログイン")
    return person


def puts_a_saved_text_in(moderator: Person) -> None:
    """Into a remark on the posting that is open, at once: the page stays, and so does what was typed."""
    address, saved = moderator.page.url, "{項目}を、もっと具体的に書いてください。"
    moderator.open("/review/remarks")
    moderator.page.get_by_role("textbox", name="文").fill(saved)
    moderator.press("保存する")
    moderator.page.goto(address)
    moderator.fill("remark.duties", "一点あります。")
    moderator.page.locator('[name="saved.remark.duties"]').select_option(index=1)
    moderator.page.locator('[name="insert"][value="remark.duties"]').click()
    filled = saved.replace("{項目}", "業務の内容")
    expect(moderator.page.locator('[name="remark.duties"]')).to_have_value(f"一点あります。\n{filled}")
    assert moderator.page.url == address
    moderator.look()


def test_people_get_from_a_draft_to_a_readers_inbox_by_clicking(browser: Browser, site: Site) -> None:
    reader = Person(browser, site)
    reader.open("/postings?q=甲乙丙")
    reader.page.get_by_role("link", name="この条件をメールで受け取る").first.click()
    reader.look()
    editor = member(browser, site, "editor@city.aoba.lg.jp", "青葉 花子", "--role", "editor", "--municipality", CODE)
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
    puts_a_saved_text_in(moderator)
    moderator.press("掲載する")

    notice = site.mailbox.wait("tanaka@reader.ne.jp", 2)[1]
    reader.open(notice.link("/postings/"))
    expect(reader.page.get_by_role("heading", name=TITLE)).to_be_visible()
    reader.open(notice.link("/u/"))
    reader.press("配信を停止する")
    expect(reader.page.get_by_text("停止しました").first).to_be_visible()


FACTS = {
    "title": {},
    "role": {"employer_address": "宮城県石巻市穀町14-1"},
    "duties": {},
    "requirements": {},
    "conditions": {"term_start_on.explicit": "undecided", "term_end_on.explicit": "undecided"},
    "pay": {"pay_low": "2万5千円"},
    "application": {"apply_target": "電子申請の画面から", "official_url": "https://www.city.ishinomaki.lg.jp/dx.html"},
    "contact": {"department": "デジタル推進課", "contact_tel": "0225-95-1111"},
    "dates": {"apply_by": f"{DEADLINE}T17:00"},
}
"""What is left to write of 「町・CIO補佐官・月4日」, by step."""

BY_CODE = "codes@city.aoba.lg.jp"
"""Whose mail program breaks every link."""

REACHED = "wanted => document.activeElement.matches(wanted)"


class Typist:
    """A first-time editor with no mouse: Tab, the arrows, Enter, and letters."""

    def __init__(self, page: Page, site: Site) -> None:
        self.page, self.keys, self.site = page, page.keyboard, site

    def reach(self, wanted: str) -> None:
        """Presses Tab until the control is reached."""
        for _ in range(300):
            self.keys.press("Tab")
            if self.page.evaluate(REACHED, wanted):
                return
        raise AssertionError(f"the keyboard never reaches {wanted} on {self.page.url}")

    def enter(self, wanted: str) -> None:
        """Goes on by a link or a button."""
        self.reach(wanted)
        with self.page.expect_navigation():
            self.keys.press("Enter")

    def write(self, name: str, value: str) -> None:
        """Types an answer into the control of that name."""
        self.reach(f'[name="{name}"]')
        day, _, clock = value.partition("T")
        if name.endswith(".explicit"):
            self.keys.press("ArrowDown")
        elif name == "apply_by":
            self.date(name, day)
            self.reach("#apply_by-clock")
            self.keys.type(clock)
        else:
            self.keys.type(value)

    def date(self, name: str, day: str) -> None:
        """Types a date in the order that this machine's browser shows: month, day, year, or year first."""
        year, month, of_month = day.split("-")
        for parts in ((month, of_month, year), (year, "", month, of_month)):
            for _ in parts:
                self.keys.press("ArrowLeft")
            for part in parts:
                self.keys.type(part) if part else self.keys.press("ArrowRight")
            if self.page.locator(f'[name="{name}"]').first.input_value() == day:
                return
        raise AssertionError(f"the date cannot be typed: {day}")

    def accept(self, path: str) -> None:
        """From the invitation to the desk."""
        self.page.goto(self.site.base_url + path)
        self.write("name", "花子")
        self.write("password", PASSWORD)
        self.enter("main button")
        self.enter('main form[action="/factor/mail"] button')

    def write_posting(self) -> str:
        """From the start page to 掲載確認中; the posting's address."""
        self.page.goto(self.site.base_url + "/desk/postings/new")
        self.reach('[name="example"]')
        self.keys.press("ArrowDown")
        self.enter("main button")
        self.enter("main .task a")
        for facts in FACTS.values():
            for name, value in facts.items():
                self.write(name, value)
            self.enter('button[value="next"]')
        self.enter('button[value="submit"]')
        return self.page.url


def shown(person: Page, address: str) -> str:
    """What readers would see of the posting."""
    person.goto(f"{address}/preview")
    return person.locator("main").inner_text()


def type_code(person: Person, mail: int) -> None:
    """Waits for the so-manieth mail and types the code in it, as it stands there."""
    letter = person.site.mailbox.wait(BY_CODE, mail)[-1]
    (code,) = re.findall(r"^([0-9A-Z]{4}-[0-9A-Z]{4})\s*$", letter.text, re.MULTILINE)
    person.open("/code")
    person.page.locator("#email").fill(BY_CODE)
    person.fill("code", code)
    person.press("続ける")


def test_by_keyboard_without_script_and_by_mailed_codes_a_first_posting_comes_out_the_same(
    browser: Browser, site: Site
) -> None:
    role = ("--role", "editor", "--municipality", CODE)
    printed = site.command("account", "invite", "typist@city.aoba.lg.jp", *role)
    typist = Typist(browser.new_context(locale="ja-JP").new_page(), site)
    typist.accept("/invitation/" + printed.split("/invitation/", 1)[1].split()[0])
    first = typist.write_posting()
    expect(typist.page.get_by_text("掲載確認中").first).to_be_visible()

    plain = member(browser, site, "plain@city.aoba.lg.jp", "青葉 次郎", *role, script=False)
    second = plain.write_posting(asked=True)
    assert "2万5千円" not in (same := shown(typist.page, first)) and "25,000円" in same
    assert shown(plain.page, second) == same

    admin = invited(site, "admin@soumu.go.jp", "管理 太郎", "--role", "administrator")
    admin.open("/ministry/accounts/invite")
    admin.press("招待のメールを送る", {"email": BY_CODE, "role": "editor", "place": CODE})
    newcomer = Person(browser, site, axe=False)
    type_code(newcomer, 1)
    newcomer.fill("name", "青葉 三郎")
    newcomer.fill("password", PASSWORD)
    newcomer.press("登録して利用を始める")
    newcomer.press("メールを登録する")
    newcomer.page.context.clear_cookies()
    newcomer.open("/code")
    newcomer.page.locator("#ask-email").fill(BY_CODE)
    newcomer.press("確認コードを受け取る")
    type_code(newcomer, 3)
    third = newcomer.write_posting(asked=True)
    newcomer.page.context.clear_cookies()
    type_code(newcomer, 4)
    assert newcomer.page.url == third, "the receipt's code opens what its link opens"
    assert shown(newcomer.page, third) == same
