"""The feed of a municipality by the address of any of its pages, and the commands that keep sources."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from jobboard.base import feed_links
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
    assert (unasked.code, "https ではない" in unasked.err) == (1, True)


def test_a_source_is_added_paused_and_resumed_by_command(served: Sites, say: Say) -> None:
    added = say("source", "add", "041009", served.url("/news/"), "--plain-http")
    assert added.code == 0 and served.url("/rss.xml") in added.out
    number = added.out.split()[1]
    assert "すでに" in say("source", "add", "041009", served.url("/rss.xml"), "--plain-http").err
    assert served.url("/b.rss") in say("source", "add", "041009", served.url("/two/"), "--plain-http").err
    assert say("source", "add", "999999", served.url("/b.rss"), "--plain-http").code == 1
    assert say("source", "pause", number, "サイトの移転").code == 0
    assert say("source", "pause", number, " ").code == 1
    assert say("source", "resume", number).code == 0
    assert say("source", "resume", "999").code == say("source", "pause", "999", "x").code == 1
    collected = say("collect")  # it is due within the hour; an address of the tests is none for the real door
    assert collected.code == 0 and collected.out.startswith("収集元 ")
