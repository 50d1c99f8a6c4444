"""How titles and links of feeds are compared: what tells of an update, and what names a visit, make no other item."""

import pytest

from jobboard.base.feed_titles import LONGEST_TITLE, plain, unmarked
from jobboard.base.item_links import absolute, canonical

CALL = "CIO補佐官を募集します"
LINK = "https://www.city.aoba.example.jp/jinji/cio.html"


@pytest.mark.parametrize(
    "mark",
    ["", "【更新】", "［更新］", "（更新）", "更新：", "【11月20日更新】", "【令和8年11月20日更新】", "【R8.11.20更新】", "（令和8年11月20日更新）", "≪更新≫",
     "「更新」", "『更新』", "｛更新｝", "※更新　", "【更 新】", "【更新しました】",
     "【一部修正】", "【募集期間延長】", "【締切延長】", "＜更新＞", "★NEW★", "〔再掲〕", "【訂正あり】"],
)  # fmt: skip
def test_a_mark_of_an_update_makes_no_other_title(mark: str) -> None:
    assert unmarked(mark + CALL) == unmarked(CALL)


@pytest.mark.parametrize("mark", ["【追加募集】", "【再募集】", "【第2回】", "【会計年度任用職員】", "【R9年度】", "（更新手続き）"])
def test_what_tells_of_another_call_stays(mark: str) -> None:
    assert unmarked(mark + CALL) != unmarked(CALL)


@pytest.mark.parametrize(
    "link",
    ["http://www.city.aoba.example.jp/jinji/cio.html", "https://city.aoba.example.jp/jinji/cio.html",
     "HTTPS://WWW.CITY.AOBA.EXAMPLE.JP:443/jinji/cio.html/",
     f"{LINK};jsessionid=AB12", f"{LINK}?PHPSESSID=1&utm_source=a", f"{LINK}?ASPSESSIONIDABC=1#top",
     "https://www.city.aoba.example.jp/(S(lit3py55t21z5v55vlm25s55))/jinji/cio.html"],
)  # fmt: skip
def test_a_link_of_another_visit_is_the_same(link: str) -> None:
    assert canonical(link) == canonical(LINK)


def test_escapes_are_compared_in_one_case_and_names_in_punycode() -> None:
    assert canonical("https://a.example.jp/%e5%8b%9f?x=%e5") == canonical("https://a.example.jp/%E5%8B%9F/?x=%E5")
    assert canonical("https://%E9%9D%92%E8%91%89%E5%B8%82.jp/1") == canonical("https://xn--7sty56fxvm.jp/1")
    assert len({canonical(f"https://a.example.jp{path}") for path in ("/", "/a", "/A", "/a?id=1", "/a?id=2", "/a?sid=1")}) == 6


@pytest.mark.parametrize(
    "link",
    ["", " ", "javascript:alert(1)", "mailto:a@example.jp", "http://[::1", "https://a:b@c.jp/", "https://a.jp:99999/", "https://" + "あ" * 99 + ".jp/"],
)
def test_what_leads_to_no_page_is_none(link: str) -> None:
    assert absolute(link, LINK) == ""


@pytest.mark.parametrize("title", ["<" * 5_000, "<a " * 5_000, "<script" * 5_000, "&lt;" * 5_000, "<!--" * 5_000, "<b>" * 5_000, "職" * 5_000, "【更" * 5_000])
def test_no_title_is_too_odd(title: str) -> None:
    assert len(plain(title)) <= LONGEST_TITLE and "<" not in plain(title)
