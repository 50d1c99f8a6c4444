"""The door to the web: what it connects to, what it says of itself, what it leaves alone."""

import errno
import os
import ssl
import threading
from collections.abc import Iterator
from typing import NoReturn

import pytest

from jobboard.base.collecting import Fetched
from jobboard.base.fetching import NotFetched
from jobboard.base.public_addresses import is_public
from jobboard.fetcher import Fetcher, Limits, robots
from jobboard.fetcher.targets import target
from tests.collecting.feed_server import Page, Sites, raw, redirect, resolver, serving
from tests.collecting.feeds_table import WHOLE
from tests.test_mailer import Certificates, certificates

__all__ = ["certificates"]

FEED = Page(WHOLE.encode(), (("Content-Type", "text/xml"), ("ETag", '"v1"'), ("Last-Modified", "Fri, 20 Nov 2026 01:00:00 GMT")))
LIMITS = Limits(total=10.0, connect=3.0, read=5.0)


@pytest.fixture
def sites() -> Iterator[Sites]:
    with serving({"/feed.xml": FEED}) as running:
        yield running


def fetcher(sites: Sites, **how: object) -> Fetcher:
    settings = {"limits": LIMITS, "resolve": resolver(sites.port), "allowed": {("127.0.0.1", sites.port)}, **how}
    return Fetcher("https://jobs.example.go.jp", **settings)  # type: ignore[arg-type]


def refused(door: Fetcher, url: str, **how: bool) -> Fetched:
    with pytest.raises(NotFetched) as failure:
        door.fetch(url, **how)
    return failure.value.outcome


PRIVATE = (
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.8.8.8", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1",
    "192.88.99.1", "192.168.0.1", "198.18.0.1", "203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::7f00:1", "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::",
    "3fff::1", "5f00::1", "fc00::1", "fd12::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "not an address", "",
)  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_of_the_public_internet_is_refused(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "202.214.194.138", "2001:4860:4860::8888", "2400:4050::1"])
def test_an_address_of_the_public_internet_is_taken(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://www.city.example.jp/", "file:///etc/passwd", "gopher://x/", "https:///x", "https://user@www.city.example.jp/", "https://", "", "x",
        "https://www.city.example.jp:8080/", "https://www.city.example.jp:99999/", "https://[::1", "https://a\\@b/", "https://[fe80::1%25eth0]/",
        "http://www.city.example.jp/", "https://" + "あ" * 100 + ".jp/", "https://x/" + "a" * 2_000,
    ],
)  # fmt: skip
def test_an_address_that_is_not_a_public_web_page_is_refused(url: str) -> None:
    with pytest.raises(NotFetched) as failure:
        target(url, plain_http=False)
    assert failure.value.outcome is Fetched.ADDRESS


def test_a_japanese_address_goes_out_in_ascii() -> None:
    found = target("https://青葉市.example.jp/お知らせ?分類=募集#x", plain_http=False)
    assert found.url == "https://xn--7sty56fxvm.example.jp/%E3%81%8A%E7%9F%A5%E3%82%89%E3%81%9B?%E5%88%86%E9%A1%9E=%E5%8B%9F%E9%9B%86"


def test_without_the_tests_own_exception_nothing_here_is_connected_to(sites: Sites) -> None:
    door = fetcher(sites, allowed=())
    assert refused(door, sites.url("/feed.xml"), plain_http=True) is Fetched.ADDRESS
    assert refused(Fetcher("x", limits=LIMITS), "https://127.0.0.1/") is Fetched.ADDRESS
    assert refused(Fetcher("x", limits=LIMITS), "https://localhost/") is Fetched.ADDRESS
    assert not sites.asked


def test_the_checked_address_is_the_one_connected_to(sites: Sites) -> None:
    """A name whose address changes between two questions (DNS rebinding) is asked about once for each connection."""
    answers = iter(["127.0.0.1", "127.0.0.1", "10.0.0.1"])
    door = fetcher(sites, resolve=lambda host, port: [next(answers)])
    assert door.fetch(sites.url("/feed.xml"), plain_http=True).status == 200
    assert next(answers) == "10.0.0.1"  # one question for robots.txt, one for the feed, none more


def test_plain_http_is_for_sources_that_are_listed_so(sites: Sites) -> None:
    door = fetcher(sites)
    assert refused(door, sites.url("/feed.xml")) is Fetched.ADDRESS
    assert not sites.asked


def test_a_proxy_of_the_environment_is_not_used(sites: Sites, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    assert fetcher(sites).fetch(sites.url("/feed.xml"), plain_http=True).status == 200


def test_what_has_not_changed_is_not_sent_again(sites: Sites) -> None:
    door = fetcher(sites)
    first = door.fetch(sites.url("/feed.xml"), plain_http=True)
    again = door.fetch(sites.url("/feed.xml"), plain_http=True, etag=first.etag, last_modified=first.last_modified)
    assert (first.status, again.status, again.body, again.etag) == (200, 304, b"", '"v1"')
    assert sites.conditions["/feed.xml"] == {"If-None-Match": '"v1"', "If-Modified-Since": "Fri, 20 Nov 2026 01:00:00 GMT"}


def test_what_a_server_called_its_version_adds_no_header(sites: Sites) -> None:
    fetcher(sites).fetch(sites.url("/feed.xml"), plain_http=True, etag='"x"\r\nX-Evil: 1', last_modified="é")
    assert sites.conditions["/feed.xml"] == {}


def test_robots_txt_is_asked_once_a_day_and_for_each_host_on_the_way(sites: Sites) -> None:
    sites.pages["/moved"] = redirect(lambda here: here.url("/feed.xml", "other.example.jp"))
    sites.pages["//other.example.jp/robots.txt"] = Page(b"User-agent: jobboard\nDisallow: /feed\n")
    door = fetcher(sites)
    for _ in range(3):
        assert door.fetch(sites.url("/feed.xml"), plain_http=True).status == 200
    assert sites.fetched("/robots.txt") == 1
    assert refused(door, sites.url("/moved"), plain_http=True) is Fetched.FORBIDDEN
    assert sites.fetched("/robots.txt") == 2


RULES = """User-agent: a
User-agent: b
Disallow: /ab/

User-Agent: JobBoard/2 # us
Disallow: /
Allow: /news.rss
Disallow: /news.rss?old
Allow: /*.xml$
Disallow: /private*feed
allow: /募集

User-agent: *
Disallow: /news.rss
"""


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/", False), ("/news.rss", True), ("/news.rss?old=1", False), ("/a/b.xml", True), ("/a/b.xml?x", False), ("/private/a/feed.xml", False),
        ("/%E5%8B%9F%E9%9B%86/1", True), ("/ab/", False),
    ],
)  # fmt: skip
def test_robots_txt_is_read_as_rfc_9309_says(path: str, allowed: bool) -> None:
    assert robots.read(RULES.encode(), "jobboard").allow(path) is allowed


def test_a_robots_txt_that_speaks_to_others_or_says_nothing_forbids_nothing() -> None:
    for body in (b"", b"\xff\xfe\0", b"<html>", b"User-agent: a\nDisallow: /", b"Disallow: /", b"User-agent: *\nDisallow:"):
        assert robots.read(body, "jobboard").allow("/news.rss"), body


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [("120", 120), ("99999999", 86_400), ("Fri, 20 Nov 2026 02:00:00 GMT", 3_600), ("Fri, 20 Nov 2026 00:00:00 GMT", 0), ("soon", 0), ("-5", 0), ("", 0)],
)
@pytest.mark.parametrize("status", [429, 503])
def test_a_server_in_trouble_says_how_long_it_wants_to_be_left_alone(sites: Sites, asked: str, seconds: int, status: int) -> None:
    headers = [("Retry-After", asked), ("Date", "Fri, 20 Nov 2026 01:00:00 GMT")]
    head = b"HTTP/1.1 %d X\r\n" % status + b"".join(f"{name}: {value}\r\n".encode() for name, value in headers)
    sites.pages["/busy"] = raw(head + b"\r\n")
    with pytest.raises(NotFetched) as failure:
        fetcher(sites).fetch(sites.url("/busy"), plain_http=True)
    assert (failure.value.status, failure.value.wait) == (status, seconds)


def test_a_certificate_must_be_of_a_trusted_authority_and_of_the_name(certificates: Certificates) -> None:
    with serving({"/feed.xml": FEED}, tls=certificates.server) as sites:
        trusting = fetcher(sites, tls=certificates.authority)
        assert trusting.fetch(f"https://127.0.0.1:{sites.port}/feed.xml").status == 200
        assert refused(trusting, f"https://www.city.example.jp:{sites.port}/feed.xml") is Fetched.UNREACHABLE
        doubting = fetcher(sites, tls=ssl.create_default_context())
        assert refused(doubting, f"https://127.0.0.1:{sites.port}/feed.xml") is Fetched.UNREACHABLE


def test_a_name_that_takes_too_long_is_left(sites: Sites) -> None:
    ended = threading.Event()
    door = fetcher(sites, resolve=lambda host, port: [str(ended.wait(20))], limits=Limits(total=0.3))
    assert refused(door, sites.url("/feed.xml"), plain_http=True) is Fetched.SLOW
    ended.set()


def test_why_a_server_is_not_reached_is_said_in_japanese(sites: Sites, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*how: object) -> NoReturn:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("jobboard.fetcher.line._opened", fail)
    for number, words in ((errno.EHOSTUNREACH, "経路がありません"), (errno.ECONNREFUSED, "接続を受け付けません"), (errno.EPIPE, "切れました")):
        with pytest.raises(NotFetched) as failure:
            fetcher(sites).fetch(sites.url("/feed.xml"), plain_http=True)
        assert words in failure.value.words and os.strerror(number) not in failure.value.words
