"""axe over the public pages at three widths, with the rules of WCAG 2.2. ``make accessibility`` keeps what it found for /accessibility."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.accessibility_results import Looks
from tests.flows.site import Site, running_site

pytestmark = pytest.mark.xdist_group("browser")

WIDTHS = (320, 390, 1280)
RULES = {"rules": {"target-size": {"enabled": True}}}
"""On top of axe's own choice: 2.5.8 of WCAG 2.2 is off by default."""

PAGES = (
    ("このサイトについて", "ふだん", "/about"),
    ("使い方", "ふだん", "/help"),
    ("個人情報の取扱い", "ふだん", "/privacy"),
    ("ウェブアクセシビリティ方針", "ふだん", "/accessibility"),
    ("利用規約", "ふだん", "/terms"),
    ("エラー", "条件が読み取れない(400)", "/postings?role=king&pref=04"),
    ("エラー", "ページがない(404)", "/nowhere"),
)
"""(page, state, address) as the table of results names them."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("site")
    with running_site(folder, f"sqlite:///{folder}/board.sqlite3") as site:
        yield site


def test_axe_objects_to_nothing_on_any_public_page_at_any_width(browser: Browser, site: Site, accessibility: Looks) -> None:
    objections: list[str] = []
    for width in WIDTHS:
        page = browser.new_context(locale="ja-JP", viewport={"width": width, "height": 900}).new_page()
        for name, state, address in PAGES:
            page.goto(site.base_url + address)
            found = Axe().run(page, options=RULES).response
            accessibility.add(name, state, width, found)
            objections += [f"{address} at {width}: {one['id']} {one['nodes'][0]['html'][:150]}" for one in found["violations"]]
        page.context.close()
    assert objections == []
