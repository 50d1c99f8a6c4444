"""Two moderators, each in a browser of their own, review the same posting: they see each other, and the loser sees the difference."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from jobboard.base.clock import present
from jobboard.database import Writing
from jobboard.demonstration.people import ADMINISTRATOR, MODERATOR
from jobboard.domain import moderation
from jobboard.models import Posting
from jobboard.web.transaction import BoardApp
from tests.browser.staff_pages import application, demonstration_cast
from tests.browser.test_staff_sweep import Windows
from tests.flows.site import Site
from tests.flows.test_journey import draft
from tests.stories import submitted

pytestmark = pytest.mark.xdist_group("sweep")

TITLE = "二人が同時に見る募集"
DUTIES = "庁内の業務の見直しについて助言していただきます。会議は月に二回です。"
AGAIN = "庁内の業務の見直しについて助言していただきます。会議は月に一回です。"


@pytest.fixture(scope="module")
def app(demonstration: Site) -> BoardApp:
    return application(demonstration)


@pytest.fixture
def waiting(app: BoardApp) -> int:
    """A posting of 青葉市 that waits."""
    soon = {name: draft()[name] for name in ("apply_by", "term_start_on", "term_end_on")}
    with app.app_context(), Writing() as session:
        return submitted(session, demonstration_cast(session), now=present(), title=TITLE, duties=DUTIES, pay_high=[], **soon).id


def take_back_and_raise_the_pay(app: BoardApp, number: int) -> None:
    """What the municipality does meanwhile."""
    with app.app_context(), Writing() as session:
        posting, by = session.get_one(Posting, number), demonstration_cast(session).account("aoba_editor")
        moderation.recall(session, posting, by=by, now=present())
        posting.draft = {**posting.draft, "pay_low": ["31000"], "duties": [AGAIN]}
        moderation.submit(session, posting, by=by, now=present())


def axe(page: Page) -> list[str]:
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [f"{one['id']}: {[node['html'][:120] for node in one['nodes']][:2]}" for one in found]


def test_two_browsers_review_the_same_posting_and_the_loser_sees_the_difference(
    browser: Browser, demonstration: Site, app: BoardApp, waiting: int
) -> None:
    windows = Windows(browser, demonstration)
    first, second = windows.of(MODERATOR[0]), windows.of(ADMINISTRATOR[0])
    first.clock.install()
    address = f"{demonstration.base_url}/review/postings/{waiting}"
    told = "/presence"
    with first.expect_response(lambda answer: told in answer.url):
        first.goto(address)
    with second.expect_response(lambda answer: told in answer.url):
        second.goto(address)
    expect(second.locator(".presence")).to_have_text(f"{MODERATOR[1]}さんも、いまこの募集を見ています。")
    expect(first.locator(".presence")).to_be_empty()
    first.clock.run_for(31_000)
    expect(first.locator(".presence")).to_have_text(f"{ADMINISTRATOR[1]}さんも、いまこの募集を見ています。")

    take_back_and_raise_the_pay(app, waiting)
    second.goto(address)
    second.keyboard.press("Tab")
    second.keyboard.press("Tab")
    expect(second.get_by_role("link", name="掲載の判断へ")).to_be_focused()
    second.keyboard.press("Enter")
    second.keyboard.press("Tab")
    expect(second.get_by_role("button", name="担当する", exact=True)).to_be_focused()
    second.get_by_role("button", name="掲載する", exact=True).press("Enter")
    expect(second.get_by_text(f"「{TITLE}」を掲載しました。")).to_be_visible()
    first.clock.run_for(31_000)
    expect(first.locator(".presence")).to_contain_text("この版は、もう掲載を待っていません")

    first.get_by_role("button", name="掲載する", exact=True).press("Enter")
    expect(first.get_by_text("掲載も、修正の依頼もしていません")).to_be_visible()
    expect(first.get_by_text(f"{ADMINISTRATOR[1]}さんが")).to_contain_text("掲載しました")
    pay = first.locator(".difference > div").filter(has=first.get_by_text("報酬の額(下限)"))
    expect(pay).to_contain_text("変更前 25,000円")
    expect(pay).to_contain_text("変更後 31,000円")
    duties = first.locator(".difference > div").filter(has=first.get_by_text("業務の内容"))
    expect(duties.locator("del")).to_have_text("(削除:二回)")
    expect(duties.locator("ins")).to_have_text("(追加:一回)")
    assert axe(first) == []
    with app.app_context(), Writing() as session:
        posting = session.get_one(Posting, waiting)
        assert posting.pay_low == 31_000 and [one.number for one in posting.versions] == [None, 1]
