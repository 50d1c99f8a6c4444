"""Every public page in every state: axe with the rules of WCAG 2.2, no scrolling sideways, the keyboard, and no script at all.

``make test`` looks at every third page once, in one state and at one of the three widths; ``make test-long`` looks at all states at
all widths, and ``make accessibility`` does so and keeps what it found for /accessibility.
"""

import os
from collections.abc import Iterator

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.accessibility_results import VARIABLE, Looks
from tests.browser.public_pages import EMPTY, Visit, visits
from tests.flows.site import Site

pytestmark = pytest.mark.xdist_group("sweep")

WIDTHS = (320, 390, 1280)
RULES = {"rules": {"target-size": {"enabled": True}}}
"""On top of axe's own choice: 2.5.8 of WCAG 2.2 is off by default."""

BRIEFLY = {**RULES, "resultTypes": ["violations"]}
"""Without the places at which all is well, which nobody reads in the short run."""

WIDEST = 1920

LONG = ("データの項目",)
"""Takes axe six seconds a look; the page is one long table."""

WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
REACHED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const style = getComputedStyle(one);
  const box = one.getBoundingClientRect();
  return {name: one.outerHTML.slice(0, 120), shown: style.outlineStyle !== "none" || style.boxShadow !== "none",
          seen: box.width > 0 && box.height > 0};
}"""


def look(page: Page, site: Site, visit: Visit, widths: tuple[int, ...], looks: Looks | None) -> Iterator[str]:
    """What is wrong with a page at some widths; its looks are noted."""
    heard: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error":
            heard.append(message.text)

    page.on("console", hear)
    page.goto(site.base_url + visit.address)
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        found = Axe().run(page, options=RULES if looks else BRIEFLY).response
        if looks:
            looks.add(visit.page, visit.state, width, found)
        yield from (f"{one['id']}: {one['nodes'][0]['html'][:150]}" for one in found["violations"])
        if page.evaluate(WIDER) > 0:
            yield f"{page.evaluate(WIDER)} px wider than a window of {width} px"
    page.set_viewport_size({"width": WIDEST, "height": 900})
    if page.evaluate(WIDER) > 0 or page.locator("h1").count() != 1:
        yield f"not one h1, or wider than {WIDEST} px"
    page.remove_listener("console", hear)
    yield from (text for text in heard if "status of 4" not in text)


def sweep(browser: Browser, sites: list[tuple[Site, list[Visit]]], every_width: bool, looks: Looks | None = None) -> list[str]:
    """One window goes from page to page, as a reader does: a process of the browser for each took as long as the looks."""
    wrong: list[str] = []
    for site, visited in sites:
        page = browser.new_context(locale="ja-JP").new_page()
        for number, visit in enumerate(visited):
            widths = WIDTHS if every_width else (WIDTHS[number % len(WIDTHS)],)
            wrong += [f"{visit.page}({visit.state}) {visit.address}: {one}" for one in look(page, site, visit, widths, looks)]
        page.context.close()
    return wrong


def test_axe_objects_to_nothing_on_any_public_page(
    browser: Browser, demonstration: Site, empty_site: Site, accessibility: Looks
) -> None:
    kept = VARIABLE in os.environ
    one_state_each = list({visit.page: visit for visit in visits(demonstration) if visit.page not in LONG or kept}.values())
    visited = list(visits(demonstration)) if kept else one_state_each[::3]
    assert sweep(browser, [(demonstration, visited), (empty_site, list(EMPTY if kept else EMPTY[:1]))], kept, accessibility if kept else None) == []


@pytest.mark.long
def test_axe_objects_to_nothing_at_any_width(browser: Browser, demonstration: Site, empty_site: Site) -> None:
    assert sweep(browser, [(demonstration, list(visits(demonstration))), (empty_site, list(EMPTY))], True) == []


def reach(page: Page, most: int) -> list[str]:
    """Presses Tab from the beginning of the page to its end; what was reached without being seen, or a trap."""
    wrong: list[str] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        reached = page.evaluate(REACHED)
        if reached is None:
            return wrong
        if not (reached["shown"] and reached["seen"]):
            wrong.append(f"reached unseen: {reached['name']}")
    return [*wrong, "the end of the page was never reached"]


@pytest.mark.parametrize("address", ["/", "/postings?q=DX&pref=04", "/postings?status=all", "/subscribe?q=DX"])
def test_the_keyboard_gets_through_a_page_and_shows_where_it_is(browser: Browser, demonstration: Site, address: str) -> None:
    page = browser.new_context(locale="ja-JP", viewport={"width": 1280, "height": 900}).new_page()
    page.goto(demonstration.base_url + address)
    assert reach(page, 400) == []
    page.context.close()


@pytest.mark.long
def test_the_keyboard_gets_through_every_public_page(browser: Browser, demonstration: Site) -> None:
    wrong = []
    for visit in visits(demonstration):
        page = browser.new_context(locale="ja-JP", viewport={"width": 1280, "height": 900}).new_page()
        page.goto(demonstration.base_url + visit.address)
        wrong += [f"{visit.address}: {one}" for one in reach(page, 2_500)]
        page.context.close()
    assert wrong == []


def test_public_pages_say_the_same_without_javascript(browser: Browser, demonstration: Site) -> None:
    compare(browser, demonstration, list(visits(demonstration))[::6])


@pytest.mark.long
def test_every_public_page_says_the_same_without_javascript(browser: Browser, demonstration: Site) -> None:
    compare(browser, demonstration, list(visits(demonstration)))


def compare(browser: Browser, demonstration: Site, chosen: list[Visit]) -> None:
    """Each page tells the same text, and as many links and buttons, with and without script."""
    said = {}
    for script in (True, False):
        context = browser.new_context(locale="ja-JP", java_script_enabled=script)
        page = context.new_page()
        for visit in chosen:
            page.goto(demonstration.base_url + visit.address)
            main = page.locator("main")
            said[visit.address, script] = (main.text_content(), main.locator("a, button").count())
        context.close()
    for visit in chosen:
        assert said[visit.address, True] == said[visit.address, False], visit.address


def test_the_skip_link_comes_first_and_the_search_is_sent_by_enter(browser: Browser, demonstration: Site) -> None:
    page = browser.new_context(locale="ja-JP").new_page()
    page.goto(demonstration.base_url + "/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent").strip() == "本文へ"
    page.keyboard.press("Enter")
    page.get_by_label("キーワード").focus()
    page.keyboard.type("業務")
    page.keyboard.press("Enter")
    page.wait_for_url("**/postings?*")
    assert page.locator("mark").count() > 0
    page.context.close()


def test_an_address_longer_than_the_server_reads_gets_a_page_that_helps_on(demonstration: Site) -> None:
    answer = requests.get(f"{demonstration.base_url}/postings?q={'a' * 10_000}", timeout=10)
    assert answer.status_code == 414 and "キーワードは100字以内で入力し" in answer.text
    assert answer.headers["Content-Security-Policy"] and answer.headers["Cache-Control"] == "no-store"
    answer = requests.get(demonstration.base_url, headers={"X-Long": "a" * 10_000}, timeout=10)
    assert answer.status_code == 431 and "次にできること" in answer.text
