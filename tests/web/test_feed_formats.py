"""What the formats ask for, on twenty lists: required elements, dates, ids for life, and answers that cost little."""

import json
import re
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from html import unescape
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import feedparser
import pytest
from flask.testing import FlaskClient

from jobboard.base.clock import JAPAN
from jobboard.base.states import ClosedReason
from jobboard.database import Writing
from jobboard.domain import publication, versions
from jobboard.domain.publication import ExtensionReason
from jobboard.models import Posting
from jobboard.web import feed_text, feeds, licence
from jobboard.web.transaction import BoardApp
from tests.cast import Cast, Clock
from tests.stories import amended, published

ATOM, CONTENT = "{http://www.w3.org/2005/Atom}", "{http://purl.org/rss/1.0/modules/content/}"
LISTS = (
    "", "?status=all", "?status=closed", "?q=DX", '?q="業務改革"', "?q=-DX", "?q=DX%EF%BF%BF%01", "?q=<b>%26amp;", "?pref=04",
    "?pref=14&pref=13", "?municipality=042021", "?role=cio_adviser", "?role=engineer&role=cio", "?engagement=special_part_time",
    "?theme=bpr&theme=security", "?audience=person", "?remote=fully", "?side_job=yes&status=all", "?pay_unit=day&pay_min=20000",
    "?closing_before=2026-05-29&utm_source=x",
)  # fmt: skip


@pytest.fixture
def board(app: BoardApp, cast: Cast, clock: Clock) -> int:
    """Open, amended, closed and withdrawn postings; the id of the amended one."""
    with app.app_context(), Writing() as session:
        first = published(session, cast)
        published(session, cast, place="minato", title="エンジニア", role="engineer", remote="fully")
        ended, stopped = published(session, cast, title="終わる"), published(session, cast, title="止まる")
        later = clock.forward(hours=2)
        amended(session, first, cast, now=later, summary="A & B <課>の名", department="総務部DX課")
        publication.extend(
            session, first, until=first.apply_by + timedelta(days=7), reason=ExtensionReason.HOLIDAYS, by=None, now=later
        )  # fmt: skip
        publication.close(session, ended, reason=ClosedReason.FILLED, by=None, now=later)
        publication.withdraw(session, stopped, reason="予算 <A & B> のため", by=None, now=later)
        return first.id


def test_twenty_lists_are_whole_in_every_format(client: FlaskClient, board: int) -> None:
    filled = 0
    for path in ("/postings", "/changes"):
        for query in LISTS:
            rss, atom, told = (client.get(f"{path}.{suffix}{query}") for suffix in ("rss", "atom", "json"))
            assert [answer.status_code for answer in (rss, atom, told)] == [200] * 3, query
            for answer in (rss, atom):
                parsed = feedparser.parse(answer.data)
                assert not parsed.bozo, (path, query, parsed.get("bozo_exception"))
            ids = [_rss(rss.data), _atom(atom.data), _json(told.data)]
            assert ids[0] == ids[1] == ids[2], (path, query)
            assert len(set(ids[0])) == len(ids[0])
            filled += bool(ids[0])
    assert len(LISTS) == 20
    assert filled >= 24, "empty lists alone would prove little"


def _text(element: Element, name: str) -> str:
    found = element.findall(name)
    assert len(found) == 1, name
    assert found[0].text, name
    return found[0].text


def _rss(data: bytes) -> list[str]:
    """RSS 2.0, its best practices profile and the content module; the ids in order."""
    root = ElementTree.fromstring(data)
    assert (root.tag, root.get("version")) == ("rss", "2.0")
    (channel,) = root
    assert channel.tag == "channel"
    for name in ("title", "description", "copyright"):
        _text(channel, name)
    assert (_text(channel, "link")[:22], _text(channel, "language")) == ("http://127.0.0.1:8000/", "ja")
    assert _text(channel, "ttl") == "60"
    assert parsedate_to_datetime(_text(channel, "lastBuildDate")).utcoffset() == timedelta(hours=9)
    own = channel.findall(f"{ATOM}link")
    assert [(link.get("rel"), link.get("href", "")[:31]) for link in own] == [("self", own[0].get("href", "")[:31])]
    return [_rss_item(item) for item in channel.findall("item")]


def _rss_item(item: Element) -> str:
    for name in ("title", "description", f"{CONTENT}encoded", "{http://purl.org/dc/elements/1.1/}creator"):
        _text(item, name)
    assert "<" not in _text(item, "description"), "read as HTML"
    assert re.fullmatch(r"http://127.0.0.1:8000/postings/[0-9]+", _text(item, "link"))
    assert re.fullmatch(r"[A-Z][a-z]{2}, [0-3][0-9] [A-Z][a-z]{2} 2026 [0-9:]{8} \+0900", _text(item, "pubDate"))
    guid = item.findall("guid")
    assert [one.get("isPermaLink") for one in guid] == ["false"]
    categories = item.findall("category")
    assert all(one.text and "/data/dictionary#" in one.get("domain", "") for one in categories)
    assert {"宮城県", "神奈川県"} & {one.text for one in categories}
    return str(guid[0].text)


def _atom(data: bytes) -> list[str]:
    """RFC 4287 §4.1: what a feed and an entry must and should have."""
    feed = ElementTree.fromstring(data)
    assert feed.tag == f"{ATOM}feed"
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert set(links) == {"self", "alternate", "license"}
    assert _text(feed, f"{ATOM}id") == links["self"]
    for name in ("title", "subtitle", "rights"):
        _text(feed, f"{ATOM}{name}")
    _text(feed, f"{ATOM}author/{ATOM}name")
    entries = feed.findall(f"{ATOM}entry")
    latest = max((_instant(entry, "updated") for entry in entries), default=_instant(feed, "updated"))
    assert _instant(feed, "updated") == latest
    return [_atom_entry(entry) for entry in entries]


def _atom_entry(entry: Element) -> str:
    _text(entry, f"{ATOM}title")
    _text(entry, f"{ATOM}author/{ATOM}name")
    assert [link.get("rel") for link in entry.findall(f"{ATOM}link")] == ["alternate"]
    assert _instant(entry, "published") <= _instant(entry, "updated")
    assert [one.get("type") for name in ("content", "summary") for one in entry.findall(f"{ATOM}{name}")] == ["html", "text"]
    for category in entry.findall(f"{ATOM}category"):
        assert category.get("term", "").isascii(), "a term is a code"
        assert category.get("label") and "/data/dictionary#" in category.get("scheme", "")
    return _text(entry, f"{ATOM}id")


def _instant(element: Element, name: str) -> datetime:
    text = _text(element, f"{ATOM}{name}")
    assert text.endswith("+09:00")
    return datetime.fromisoformat(text)


def _json(data: bytes) -> list[str]:
    """JSON Feed 1.1."""
    feed = json.loads(data)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"].startswith("http://127.0.0.1:8000/") and feed["home_page_url"] and feed["title"]
    assert feed["authors"] == [{"name": "市区町村の外部デジタル人材 募集情報", "url": "http://127.0.0.1:8000"}]
    for item in feed["items"]:
        assert item["content_html"] and item["title"] and item["summary"] and item["authors"][0]["name"]
        for name in ("date_published", "date_modified"):
            assert datetime.fromisoformat(item[name]).utcoffset() == JAPAN.utcoffset(None)
        assert len(set(item["tags"])) == len(item["tags"])
    return [item["id"] for item in feed["items"]]


def test_each_list_page_leads_to_the_feeds_of_that_very_list_and_they_lead_back(
    client: FlaskClient, board: int
) -> None:
    pages = {
        "/": "/postings", "/postings": "/postings", "/postings?q=DX+-%22%26%22&pref=04&status=all": None,
        "/postings?role=cio&sort=pay": "/postings?role=cio", "/changes?pref=14": None,
        "/municipalities/042021": "/postings?municipality=042021",
    }  # fmt: skip
    for page, home in pages.items():
        links = re.findall(r'<link rel="alternate" type="([^"]+)"[^>]* href="([^"]+)"', client.get(page).text)
        found = {kind: unescape(address) for kind, address in reversed(links)}  # of two of a kind a reader takes the first
        assert set(found) >= {f"application/{kind}" for kind in ("rss+xml", "atom+xml", "feed+json")}, page
        told = client.get(found["application/feed+json"]).json
        assert told is not None
        assert told["home_page_url"] == "http://127.0.0.1:8000" + (home or page), page
        for kind in ("rss", "atom"):
            feed = feedparser.parse(client.get(found[f"application/{kind}+xml"]).data).feed
            assert feed.link == told["home_page_url"], page


def test_ids_stay_from_publication_over_amendment_and_closing_to_reopening(
    app: BoardApp, client: FlaskClient, cast: Cast, clock: Clock
) -> None:
    with app.app_context(), Writing() as session:
        one = published(session, cast).id
    steps = [
        lambda session, posting, now: amended(session, posting, cast, now=now, department="総務部DX課"),
        lambda session, posting, now: publication.close(session, posting, reason=ClosedReason.FILLED, by=None, now=now),
        lambda session, posting, now: publication.reopen(session, posting, until=now + timedelta(days=30), by=None, now=now),
    ]
    seen, events = _ids(client, "/postings"), _ids(client, "/changes")
    assert len(seen) == len(events) == 1
    for step in steps:
        with app.app_context(), Writing() as session:
            step(session, session.get_one(Posting, one), clock.forward(days=1))
        assert _ids(client, "/postings") == seen
        now_told = _ids(client, "/changes")
        assert now_told[-len(events) :] == events, "what was told before keeps its id and its place"
        events = now_told
    assert len(events) == 3, "an amendment that concerns nobody tells nothing; closing and reopening do"


def _ids(client: FlaskClient, path: str) -> list[str]:
    rss, atom, told = (client.get(f"{path}.{suffix}?status=all").data for suffix in ("rss", "atom", "json"))
    ids = _rss(rss)
    assert ids == _atom(atom) == _json(told)
    return ids


def test_a_feed_is_the_same_to_the_byte_until_something_happens(
    app: BoardApp, client: FlaskClient, board: int, clock: Clock
) -> None:
    addresses = [f"{path}.{suffix}?q=DX" for path in ("/postings", "/changes") for suffix in ("rss", "atom", "json")]
    before = [client.get(address) for address in addresses]
    clock.forward(hours=1)
    for address, known in zip(addresses, before, strict=True):
        assert client.get(address).data == known.data, address
        again = client.get(address, headers={"If-None-Match": known.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b""), address
        assert "Last-Modified" not in known.headers, "no date vouches for a list that changes by itself"
    with app.app_context(), Writing() as session:
        publication.close(session, session.get_one(Posting, board), reason=ClosedReason.EARLY, by=None, now=clock())
    for address, known in zip(addresses, before, strict=True):
        assert client.get(address, headers={"If-None-Match": known.headers["ETag"]}).status_code == 200, address


def test_the_text_of_an_unchanged_posting_is_written_once(
    client: FlaskClient, board: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in ("/postings.rss?status=all", "/changes.rss"):
        client.get(path)

    def written(*_: object) -> str:
        raise AssertionError("written again")

    monkeypatch.setattr(feed_text, "_facts", written)
    for path in ("/postings.rss", "/postings.atom?q=DX", "/postings.json?status=all", "/changes.rss"):
        assert client.get(path).status_code == 200


def test_a_text_that_the_law_made_us_redact_is_gone_from_the_feed(
    app: BoardApp, client: FlaskClient, board: int
) -> None:
    assert "総務部DX課" in client.get("/postings.rss").text
    with app.app_context(), Writing() as session:
        version = session.get_one(Posting, board).current
        assert version is not None
        version.content = {**version.content, "department": "(削除しました)"}
        versions.bump(session)
    assert "&lt;dd&gt;総務部DX課" not in client.get("/postings.rss").text


def test_a_feed_ends_with_its_newest_entries(client: FlaskClient, board: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert feeds.ENTRIES == 100, "docs/open-data.md and /data say so"
    everything = {path: _ids(client, path) for path in ("/postings", "/changes")}
    monkeypatch.setattr(feeds, "ENTRIES", 2)
    for path, ids in everything.items():
        assert _rss(client.get(f"{path}.rss?status=all&again").data) == ids[:2] != ids


def test_the_terms_of_use_are_in_every_answer(client: FlaskClient, board: int) -> None:
    for suffix in ("rss", "atom", "json", "csv", "ics"):
        assert f'<{licence.URL}>; rel="license"' in client.get(f"/postings.{suffix}").headers["Link"], suffix
    assert licence.NAME in client.get("/postings.rss").text
