"""Every staff page as it stands in the demonstration, with nothing to show, sent in empty, and with long words and nonsense: axe, and
no scrolling sideways.

``make test`` asks whether each page of the map has its visits, and looks at a few pages at one width; ``make test-long`` looks at all
at both, and fails for a page that nobody could open.
"""

from collections.abc import Iterable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from jobboard.demonstration.people import PASSWORD
from jobboard.web.transaction import BoardApp
from tests import cast
from tests.browser.staff_pages import NEW, NOBODY, Visit, application, empty_visits, invite_new, lay_out, rules, visits
from tests.browser.test_axe_sweep import BRIEFLY, WIDER
from tests.browser.test_journey_in_browser import enter
from tests.flows.site import Site

pytestmark = pytest.mark.xdist_group("sweep")

WIDTHS = (390, 1280)
SOME = 41
"""``make test`` opens every so-manieth address of some 500; half of them answer."""

SEND_EMPTY = """() => {
  const typed = "input:not([type=hidden]), textarea";
  const form = [...document.querySelectorAll("main form[method=post]")].find(one => one.querySelector(typed));
  if (!form) return false;
  for (const one of form.querySelectorAll(typed)) {
    if (one.type === "checkbox" || one.type === "radio") one.checked = false; else one.value = "";
  }
  form.noValidate = true;
  setTimeout(() => form.requestSubmit(form.querySelector("button")), 0);
  return true;
}"""


@pytest.fixture(scope="session")
def app(demonstration: Site) -> BoardApp:
    return application(demonstration)


@pytest.fixture(scope="session")
def planned(app: BoardApp) -> list[Visit]:
    return list(visits(app, lay_out(app)))


class Windows:
    """A window of each person on one site."""

    def __init__(self, browser: Browser, site: Site) -> None:
        self.browser, self.site = browser, site
        self.pages: dict[str, Page] = {}

    def of(self, who: str) -> Page:
        """Her window; she is signed in."""
        if who not in self.pages:
            page = self.pages[who] = self.browser.new_context(locale="ja-JP").new_page()
            if who != NOBODY:
                enter(page, self.site, who, cast.PASSWORD if who in NEW else PASSWORD)
        return self.pages[who]

    def open(self, visit: Visit) -> Page | None:
        """The page, if it is there for this person and this row; what is not leads elsewhere or answers 403, 404 or 409."""
        page = self.of(visit.who)
        answer = page.goto(self.site.base_url + visit.address)
        here = page.url.removeprefix(self.site.base_url).partition("#")[0] == visit.address
        return page if answer is not None and answer.status == 200 and here else None


def looked_at(page: Page, what: str, widths: tuple[int, ...]) -> Iterator[str]:
    """What is wrong, seen from the end of the page: a bar that sticks to the window rests there, and covers no target (axe-core #3720)."""
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        violations = Axe().run(page, options=BRIEFLY).response["violations"]
        yield from (f"{what} at {width}: {one['id']}: {one['nodes'][0]['html'][:150]}" for one in violations)
        if page.evaluate(WIDER) > 0:
            yield f"{what}: {page.evaluate(WIDER)} px wider than a window of {width} px"
    if page.locator("h1").count() != 1:
        yield f"{what}: not one h1"


def sweep(windows: Windows, visited: Iterable[Visit], every: int = 1) -> tuple[list[str], dict[str, Visit]]:
    """What is wrong with every so-manieth page (of all at both widths, of some at one), and by rule the page first seen."""
    wrong: list[str] = []
    seen: dict[str, Visit] = {}
    for number, visit in enumerate(visited):
        if number % every == 0 and (page := windows.open(visit)):
            seen.setdefault(visit.endpoint, visit)
            widths = WIDTHS if every == 1 else (WIDTHS[number // every % len(WIDTHS)],)
            wrong += looked_at(page, f"{visit.address} ({visit.who})", widths)
    return wrong, seen


def sent_empty(windows: Windows, visited: Iterable[Visit]) -> Iterator[str]:
    """What is wrong with the pages that come when a form is sent with nothing in it."""
    for visit in visited:
        page = windows.open(visit)
        if page and page.evaluate(SEND_EMPTY):
            page.wait_for_event("load")
            yield from looked_at(page, f"{visit.address} sent empty", WIDTHS)


def test_every_staff_page_is_visited(app: BoardApp, planned: list[Visit]) -> None:
    assert {rule.endpoint for rule in rules(app)} == {visit.endpoint for visit in planned}


def test_axe_objects_to_nothing_on_some_staff_pages(browser: Browser, demonstration: Site, planned: list[Visit]) -> None:
    wrong, seen = sweep(Windows(browser, demonstration), planned, SOME)
    assert wrong == []
    assert len(seen) > 3


@pytest.mark.long
def test_axe_objects_to_nothing_where_there_is_nothing_yet(browser: Browser, empty_site: Site) -> None:
    app = application(empty_site)
    invite_new(app)
    wrong, seen = sweep(Windows(browser, empty_site), empty_visits(app))
    assert wrong == []
    assert len(seen) > 15


@pytest.mark.long
def test_axe_objects_to_nothing_on_any_staff_page_in_any_state(
    browser: Browser, demonstration: Site, app: BoardApp, planned: list[Visit]
) -> None:
    windows = Windows(browser, demonstration)
    wrong, seen = sweep(windows, planned)
    wrong += sent_empty(windows, [visit for endpoint, visit in seen.items() if endpoint != "own_account.home"])
    assert wrong == []
    assert {rule.endpoint for rule in rules(app)} - set(seen) == set(), "pages that nobody could open"
