"""Every staff page as it stands in the demonstration, empty, with errors and with long words: axe, and no scrolling sideways.

``make test`` looks at every fourteenth page at one width; ``make test-long`` at all pages at both.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from jobboard.demonstration.people import ADMINISTRATOR, MODERATOR, PASSWORD, PREFECTURE
from jobboard.web.writing_steps import STEPS
from tests.browser.test_axe_sweep import BRIEFLY, WIDER
from tests.flows.site import Site, running_site

pytestmark = pytest.mark.xdist_group("staff-sweep")

WIDTHS = (390, 1280)
LONG = "Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaft" * 2
EDITOR, NEIGHBOUR = "editor@aoba.example.jp", "editor@minato.example.jp"
OF_DRAFT = ("edit", "edit/all", *(f"edit/{step}" for step in STEPS), "send", "print", "reading", "attachments", "preview", "preview?as=mail", "preview?as=feed")
OF_POSTING = ("", "extend", "close", "withdraw", "reopen", "outcome", "recall", "questions", "figures", "copy", "ended", "hand-over")
DESK = ("/desk/", "/desk/postings/new", "/desk/guide", "/desk/sheets", "/desk/joint", "/desk/prefecture", "/desk/roles/", "/account")
MINISTRY = (
    "/review/", "/review/corrections", "/ministry/accounts", "/ministry/accounts/invite", "/ministry/mail", "/ministry/desk", "/ministry/grant",
    "/ministry/grant/new", "/ministry/prefectures", "/ministry/audit", "/ministry/audit/notices",
)  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("staff")
    with running_site(folder, f"sqlite:///{folder}/board.sqlite3", workers=0, demo=True) as site:
        yield site


def signed_in(browser: Browser, site: Site, email: str) -> Page:
    page = browser.new_context(locale="ja-JP").new_page()
    page.goto(f"{site.base_url}/login")
    page.locator('[name="email"]').fill(email)
    page.locator('[name="password"]').fill(PASSWORD)
    page.get_by_role("button", name="ログイン", exact=True).click()
    page.wait_for_url(lambda url: "/login" not in url)
    return page


def postings(page: Page, site: Site) -> list[str]:
    """The addresses of one posting in each state that the desk's list shows."""
    page.goto(f"{site.base_url}/desk/")
    rows = page.locator("tr", has=page.locator("th a[href^='/desk/postings/']"))
    found: dict[str, str] = {}
    for row in rows.all():
        state = row.locator("td").first.inner_text().split("\n")[0]
        found.setdefault(state, row.locator("th a").first.get_attribute("href") or "")
    return list(found.values())


def opened(page: Page, site: Site, address: str) -> bool:
    """Whether the page is there for this account and this state; what is not answers 303, 403, 404 or 409."""
    answer = page.goto(site.base_url + address)
    return answer is not None and answer.status == 200 and page.url.removeprefix(site.base_url).partition("#")[0] == address


def looked_at(page: Page, what: str, widths: tuple[int, ...]) -> Iterator[str]:
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        violations = Axe().run(page, options=BRIEFLY).response["violations"]
        yield from (f"{what} at {width}: {one['id']}: {one['nodes'][0]['html'][:150]}" for one in violations)
        if page.evaluate(WIDER) > 0:
            yield f"{what}: {page.evaluate(WIDER)} px wider than a window of {width} px"
    if page.locator("h1").count() != 1:
        yield f"{what}: not one h1"


def spoiled(page: Page, site: Site, posting: str) -> list[str]:
    """Writes nonsense and long words into a draft; its pages show errors then."""
    page.goto(f"{site.base_url}{posting}/edit/all")
    for name, words in (("title", LONG[:80]), ("duties", LONG), ("apply_by", "いつか"), ("pay_low", "たくさん"), ("contact_tel", LONG)):
        control = page.locator(f'[name="{name}"]').first
        control.evaluate("(one, words) => { one.type = one.type === 'date' ? 'text' : one.type; one.value = words }", words)
    page.get_by_role("button", name="下書きを保存する", exact=True).first.click()
    return [posting, f"{posting}/edit", f"{posting}/edit/all", f"{posting}/send", f"{posting}/print", f"{posting}/preview", "/desk/"]


def visits(browser: Browser, site: Site) -> Iterator[tuple[Page, str, str]]:
    """A window that is signed in, an address, and who looks or in which state the page is."""
    editor = signed_in(browser, site, EDITOR)
    own = postings(editor, site)
    yield from ((editor, address, "editor") for address in DESK)
    for posting in own:
        yield from ((editor, f"{posting}/{part}".removesuffix("/"), "editor") for part in (*OF_POSTING, *OF_DRAFT))
    draft = next(one for one in own if opened(editor, site, f"{one}/edit"))
    yield from ((editor, address, "nonsense and long words") for address in spoiled(editor, site, draft))
    for email in (NEIGHBOUR, PREFECTURE[0]):
        page = signed_in(browser, site, email)
        yield from ((page, address, email) for address in DESK)
    for email in (MODERATOR[0], ADMINISTRATOR[0]):
        page = signed_in(browser, site, email)
        page.goto(f"{site.base_url}/review/")
        waiting = dict.fromkeys(re.findall(r'href="(/review/postings/\d+)"', page.content()))
        yield from ((page, address, email) for address in (*MINISTRY, *waiting))


def sweep(browser: Browser, site: Site, every: int) -> list[str]:
    """What is wrong with every so-manieth page: of all at both widths, of some at one."""
    wrong: list[str] = []
    for number, (page, address, state) in enumerate(visits(browser, site)):
        if number % every == 0 and opened(page, site, address):
            widths = WIDTHS if every == 1 else (WIDTHS[number // every % len(WIDTHS)],)
            wrong += looked_at(page, f"{address} ({state})", widths)
    return wrong


def test_axe_objects_to_nothing_on_some_staff_pages(browser: Browser, site: Site) -> None:
    assert sweep(browser, site, 14) == []


@pytest.mark.long
def test_axe_objects_to_nothing_on_any_staff_page_in_any_state(browser: Browser, site: Site) -> None:
    assert sweep(browser, site, 1) == []
