"""The feed of a municipality by the address of any of its pages, and the commands that keep sources."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jobboard.base import feed_links, web_addresses
from jobboard.base.collecting import Fetched
from jobboard.base.fetching import NotFetched
from jobboard.commands import collecting as commands
from jobboard.domain.discovering import MOST_TRIED, Discovery, discover
from jobboard.fetcher import Fetcher
from tests.collecting.feed_server import Page, Sites, resolver, serving
from tests.collecting.feeds_table import WHOLE, rdf
from tests.test_cli import Say, environ, say

__all__ = ["environ", "say"]

NOW = datetime(2026, 11, 25, 3, tzinfo=UTC)
FEED = Page(WHOLE.encode())


@pytest.fixture
def sites() -> Iterator[Sites]:
    with serving({}) as running:
        yield running


def door(sites: Sites) -> Fetcher:
    return Fetcher("https://jobs.example.go.jp", resolve=resolver(sites.port), allowed={("127.0.0.1", sites.port)})


def found(sites: Sites, path: str = "/shinchaku/") -> Discovery:
    return discover(door(sites).fetch, sites.url(path), now=NOW, plain_http=True)


def paths(sites: Sites, discovery: Discovery) -> list[str]:
    return [url.removeprefix(sites.url("")) for url in discovery.feeds]


def html(inside: str) -> Page:
    return Page(f"<!doctype html><html><head>{inside}</head></html>".encode("cp932"), (("Content-Type", "text/html; charset=Shift_JIS"),))


def test_the_address_of_a_feed_is_the_feed(sites: Sites) -> None:
    sites.pages["/rss.xml"] = FEED
    discovery = found(sites, "/rss.xml")
    assert paths(sites, discovery) == ["/rss.xml"]
    assert [len(feed.items) for feed in discovery.feeds.values()] == [2]


def test_what_a_page_names_itself_goes_before_its_links_and_the_usual_paths(sites: Sites) -> None:
    alternate = "<LINK title='新着' href='../a.rdf' type='application/rss+xml' rel='alternate'>"
    sites.pages |= {"/shinchaku/": html(alternate + '<a href="/b.rss">RSS</a>'), "/a.rdf": Page(rdf().encode()), "/b.rss": FEED, "/rss.xml": FEED}
    assert paths(sites, found(sites)) == ["/a.rdf"]
    sites.pages["/shinchaku/"] = html('<link rel="alternate" hreflang="en" href="/en/"><a href="/b.rss">RSS</a> <a href="/koho.html">広報</a>')
    assert paths(sites, found(sites)) == ["/b.rss"]
    sites.pages["/shinchaku/"] = html("")
    assert paths(sites, found(sites)) == ["/rss.xml"]
    assert sites.fetched("/koho.html") == sites.fetched("/en/") == 0


def test_a_link_that_leads_to_no_feed_is_said_and_the_next_is_tried(sites: Sites) -> None:
    sites.pages |= {"/shinchaku/": html('<a href="/rss/">RSSとは</a><a href="http://inside.example.jp/feed">RSS</a>'), "/rss/": html(""), "/index.rdf": FEED}
    discovery = found(sites)
    assert paths(sites, discovery) == ["/index.rdf"]
    assert any("接続しないポート" in why or "アドレス" in why for why in discovery.tried.values())


def test_a_page_of_a_thousand_links_costs_a_dozen_fetches(sites: Sites) -> None:
    sites.pages["/shinchaku/"] = html("".join(f'<a href="/{number}.rss">x</a>' for number in range(1_000)))
    assert found(sites).feeds == {}
    assert sum(sites.asked.values()) <= MOST_TRIED + 2  # and its robots.txt


def test_a_page_that_cannot_be_fetched_says_why(sites: Sites) -> None:
    with pytest.raises(NotFetched) as failure:
        found(sites, "/none")
    assert failure.value.outcome is Fetched.REFUSED


@pytest.mark.parametrize("page", ["<link " * 50_000, "<a href='" * 50_000, "<" * 300_000, '<a href="http://[x">', "<a href=feed.rss", "<a href>"])
def test_no_page_is_too_odd_to_look_through(page: str) -> None:
    assert feed_links.named(page, "https://x.example.jp/") == feed_links.linked(page, "https://x.example.jp/") == []


@pytest.fixture
def served(sites: Sites, say: Say, monkeypatch: pytest.MonkeyPatch) -> Sites:
    """The commands on a fresh installation, with the tests' own web behind the door."""
    monkeypatch.setattr(commands, "Fetcher", lambda contact: door(sites))
    monkeypatch.setitem(web_addresses.PORTS, "http", sites.port)
    assert say("init").code == 0
    sites.pages |= {"/rss.xml": FEED, "/b.rss": FEED}
    sites.pages |= {"/news/": html('<a href="/rss.xml">RSS</a>'), "/two/": html('<a href="/rss.xml"></a><a href="/b.rss"></a>')}
    return sites


def test_trying_shows_what_would_be_found_and_writes_nothing(served: Sites, say: Say) -> None:
    said = say("source", "try", served.url("/news/"), "--plain-http")
    assert said.code == 0
    assert served.url("/rss.xml") in said.out and "2件" in said.out and "2026-11-20\tCIO補佐官" in said.out
    nothing = say("source", "try", served.url("/none"), "--plain-http")
    assert (nothing.code, "404" in nothing.err) == (1, True)
    unasked = say("source", "try", served.url("/news/"))
    assert (unasked.code, "--plain-http を付けて" in unasked.err) == (1, True)
    assert say("source", "try", "nonsense").err == f"{web_addresses.BEGIN}\n"


def test_a_source_is_added_paused_and_resumed_by_command(served: Sites, say: Say) -> None:
    added = say("source", "add", "041009", served.url("/news/"), "--plain-http")
    assert added.code == 0 and served.url("/rss.xml") in added.out
    number = added.out.split()[1]
    known = say("source", "add", "041009", served.url("/x/../rss.xml#new"), "--plain-http")
    assert known.code == 1 and f"すでに収集元にあります: 収集元 {number} 宮城県仙台市" in known.err
    assert served.url("/b.rss") in say("source", "add", "041009", served.url("/two/"), "--plain-http").err
    assert say("source", "list", "--state", "running", "--pref", "04").out == f"{number}\t041009\t宮城県仙台市\t読んでいる\t{served.url('/rss.xml')}\n"
    assert "何も変えていません" in say("source", "resume", number).out
    assert "止めました" in say("source", "pause", number, "サイトの移転").out
    assert "すでに止めています(理由: サイトの移転)" in say("source", "pause", number, "サイトの移転").out
    assert "理由を「サイトの移転」から「まだ移転中」に書き換えました" in say("source", "pause", number, "まだ移転中").out
    assert say("source", "pause", number, " ").code == 1
    assert "\t止めている\t" in say("source", "list", "--state", "paused", "--pref", "04").out
    assert "動かしました" in say("source", "resume", number).out
    assert say("source", "resume", "999").code == say("source", "pause", "999", "x").code == 1
    for act in (["resume"], ["pause", "x"]):
        beyond = say("source", act[0], "9" * 23, *act[1:])
        assert (beyond.code, beyond.err.count("\n")) == (2, 1) and "2,147,483,647 までの整数を" in beyond.err
    collected = say("collect")  # it is due within the hour; an address of the tests is none for the real door
    assert collected.code == 0 and collected.out.startswith("収集元 ")


def test_a_wrong_code_or_line_is_said_before_any_server_is_asked(served: Sites, say: Say, tmp_path: Path) -> None:
    for code in ("999999", "abc", ""):
        refused = say("source", "add", code, served.url("/b.rss"), "--plain-http")
        assert refused.code == 1 and f"市区町村のコード {code} が見つかりません" in refused.err
    file = tmp_path / "feeds.csv"
    head, fine, homeless = "code,feed_url\n", "041009,https://a.example.jp/\n", "017809,https://b.example.jp/\n"
    for text, words in (("", "読み込む行がありません"), (head, "読み込む行がありません"), (fine, "1行目に列の名(code、feed_url)"), (fine * 2, "列 code が"),
                        (head + fine + "041009,https://localhost/\n", "3行目(コード 041009): 「localhost」は")):  # fmt: skip
        file.write_text(text, encoding="utf-8")
        refused = say("source", "load", str(file))
        assert (refused.code, refused.out) == (1, "") and words in refused.err and "何も読み込んでいません" in refused.err, text
    file.write_text(head + fine + homeless, encoding="utf-8")
    loaded = say("source", "load", str(file))
    assert loaded.code == 1 and "追加 1(止めたまま)" in loaded.out and "市区町村がないもの 1" in loaded.out
    assert "3行目: コード 017809 の市区町村は、表にありません。" in loaded.err
    assert not served.asked
