"""Feeds and the table, read by the programs that people read them with."""

import html
import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import feedparser
import pytest
from flask.testing import FlaskClient

from jobboard.base.fields import FIELDS, Field
from jobboard.base.showing import show_value
from jobboard.base.states import ClosedReason
from jobboard.database import Writing
from jobboard.domain import publication
from jobboard.models import Municipality, Posting
from jobboard.web.transaction import BoardApp
from tests import postings
from tests.cast import Cast, Clock
from tests.stories import amended, published

HOSTILE = "<script>alert(1)</script>&\"']]>"
UNBEARABLE = "\x01\x0b\ufffe\uffff"
Publish = Callable[..., int]


@pytest.fixture
def publish(app: BoardApp, cast: Cast) -> Publish:
    """Publishes a posting of 青葉市 with some fields changed."""

    def act(**changes: str | list[str]) -> int:
        with app.app_context(), Writing() as session:
            return published(session, cast, **changes).id

    return act


def entries(client: FlaskClient, query: str = "", path: str = "/postings") -> dict[str, list[dict[str, Any]]]:
    """What each format says, in the same words."""
    parsed = {}
    for suffix in ("rss", "atom"):
        response = client.get(f"{path}.{suffix}{query}")
        assert response.status_code == 200
        feed = feedparser.parse(response.data, sanitize_html=False)
        assert not feed.bozo, feed.get("bozo_exception")
        parsed[suffix] = [
            {
                "id": one.id, "url": one.link, "title": one.title, "summary": _plain(one, suffix), "html": _quoted(_content(one)),
                "author": one.author, "published": one.published_parsed[:6], "updated": one.updated_parsed[:6],
                "tags": list(dict.fromkeys(tag.label or tag.term for tag in one.tags)),
            }
            for one in feed.entries
        ]  # fmt: skip
    items = json.loads(client.get(f"{path}.json{query}").data)["items"]
    parsed["json"] = [
        {
            "id": one["id"], "url": one["url"], "title": one["title"], "summary": one["summary"],
            "html": _quoted(one["content_html"]), "author": one["authors"][0]["name"],
            "published": _utc(one["date_published"]), "updated": _utc(one["date_modified"]), "tags": one["tags"],
        }
        for one in items
    ]  # fmt: skip
    return parsed


def _plain(entry: Any, suffix: str) -> str:
    """A description of RSS is HTML; a summary of Atom says that it is not."""
    return html.unescape(entry.summary) if suffix == "rss" else str(entry.summary)


def _content(entry: Any) -> str:
    return next(str(one.value) for one in entry.content if one.type == "text/html")


def _quoted(text: str) -> str:
    """feedparser writes quotation marks plainly; the markup is the same."""
    return text.replace("&quot;", '"').replace("&#34;", '"').replace("&#x27;", "'").replace("&#39;", "'")


def _utc(text: str) -> tuple[int, ...]:
    return datetime.fromisoformat(text).astimezone(UTC).timetuple()[:6]


def test_rss_atom_and_json_say_the_same_with_stable_ids_across_an_amendment(
    app: BoardApp, client: FlaskClient, publish: Publish, cast: Cast, clock: Clock
) -> None:
    one = publish()
    before = entries(client)
    assert before["rss"] == before["atom"] == before["json"]
    with app.app_context(), Writing() as session:
        posting = session.get_one(Posting, one)
        later = clock.forward(days=3)
        amended(session, posting, cast, now=later, summary="課の名が変わりました", department="総務部DX課")
    after = entries(client)
    assert after["rss"] == after["atom"] == after["json"]
    assert [entry["id"] for entry in after["rss"]] == [entry["id"] for entry in before["rss"]]
    assert after["rss"][0]["id"].startswith("urn:uuid:")
    assert after["rss"][0]["published"] == before["rss"][0]["published"]
    assert after["rss"][0]["updated"] == later.timetuple()[:6]
    assert "課の名が変わりました" in after["rss"][0]["html"]
    assert "<del>総務部デジタル推進課</del> → <ins>総務部DX課</ins>" in after["rss"][0]["html"]


def test_the_title_begins_with_the_place(client: FlaskClient, publish: Publish) -> None:
    publish()
    assert entries(client)["rss"][0]["title"] == "宮城県青葉市 CIO補佐官(全庁DX推進)"


def test_dates_are_those_of_japan(client: FlaskClient, publish: Publish) -> None:
    publish()
    assert "<pubDate>Wed, 01 Apr 2026 09:00:00 +0900</pubDate>" in client.get("/postings.rss").text
    assert "<published>2026-04-01T09:00:00+09:00</published>" in client.get("/postings.atom").text
    assert '"date_published": "2026-04-01T09:00:00+09:00"' in client.get("/postings.json").text


def filled(field: Field, number: int) -> Any:
    """A value of its type that no other field has."""
    values: dict[str, Any] = {
        "date": date(2027, 1, 1) + timedelta(days=number),
        "instant": datetime(2026, 6, 1, 3, 0, tzinfo=UTC) + timedelta(days=number),
        "yen": 10_000 + number,
        "integer": number,
        "decimal": Decimal(number),
        "headcount": number,
        "url": f"https://example.jp/{number}",
        "email": f"a{number}@example.jp",
        "phone": f"022-000-{number:04}",
        "prefecture": "04",
        "municipalities": ("143014",),
    }
    if field.choices:
        member = list(field.choices)[-1]
        return (member,) if str(field.type) == "choices" else member
    return values.get(str(field.type), f"しるし{number}番")


def test_every_public_field_is_in_every_format(client: FlaskClient, app: BoardApp, cast: Cast) -> None:
    """A field that is missing from a feed is a condition that a reader was not told."""
    given = {field.name: filled(field, number) for number, field in enumerate(FIELDS, 10)}
    with app.app_context(), Writing() as session:
        postings.published(session, session.get_one(Municipality, cast.aoba), **given)
    engagement = given["engagement"]
    told = {
        field.name: f"<dt>{field.label_for(engagement)}</dt><dd>{show_value(field, given[field.name])}</dd>"
        for field in FIELDS
    }
    told["co_municipalities"] = "<dt>共同で募集する市区町村</dt><dd>神奈川県港町</dd>"
    for suffix, said in entries(client).items():
        written = re.sub(r"</?a\b[^>]*>", "", said[0]["html"])
        assert [field.name for field in FIELDS if field.public and told[field.name] not in written] == [], suffix
        assert [field.name for field in FIELDS if not field.public and field.label in written] == [], suffix


def test_a_closed_posting_is_marked_in_the_title_and_by_category(
    app: BoardApp, client: FlaskClient, publish: Publish, clock: Clock
) -> None:
    gone, stopped = publish(title="終わる"), publish(title="止まる")
    with app.app_context(), Writing() as session:
        later = clock.forward(days=1)
        publication.close(session, session.get_one(Posting, gone), reason=ClosedReason.FILLED, by=None, now=later)
        publication.withdraw(session, session.get_one(Posting, stopped), reason="予算のため", by=None, now=later)
    assert entries(client)["rss"] == []
    both = entries(client, "?status=all")
    assert both["rss"] == both["atom"] == both["json"]
    by_title = {entry["title"]: entry for entry in both["rss"]}
    assert "受付終了" in by_title["【受付終了】宮城県青葉市 終わる"]["tags"]
    assert "募集中止" in by_title["【募集中止】宮城県青葉市 止まる"]["tags"]
    assert "予算のため" in by_title["【募集中止】宮城県青葉市 止まる"]["html"]


def test_a_feed_obeys_the_query_and_names_itself(client: FlaskClient, publish: Publish, cast: Cast) -> None:
    publish()
    assert len(entries(client, "?pref=04&q=DX")["atom"]) == 1
    assert entries(client, "?pref=13")["atom"] == []
    feed = feedparser.parse(client.get("/postings.atom?q=DX&pref=04&utm=x").data).feed
    links = {link.rel: link.href for link in feed.links}
    assert links["self"] == "http://127.0.0.1:8000/postings.atom?q=DX&pref=04"
    assert links["alternate"] == "http://127.0.0.1:8000/postings?q=DX&pref=04"
    assert "宮城県 × 「DX」" in feed.title
    assert client.get("/postings.rss?role=king").status_code == 400


def test_where_to_apply_is_a_link(client: FlaskClient, publish: Publish) -> None:
    publish()
    link = '<a href="https://www.city.aoba.lg.jp/dx/boshu.html" rel="noopener">'
    assert [link in said[0]["html"] for said in entries(client).values()] == [True] * 3


def test_an_empty_feed_is_whole(client: FlaskClient, cast: Cast) -> None:
    for suffix in ("rss", "atom"):
        feed = feedparser.parse(client.get(f"/postings.{suffix}").data)
        assert not feed.bozo
        assert feed.feed.updated_parsed[:3] == (2026, 3, 31), "the beginning of the day in Japan, as UTC"


def test_hostile_text_is_text_in_every_format(app: BoardApp, client: FlaskClient, cast: Cast, clock: Clock) -> None:
    with app.app_context(), Writing() as session:
        place = session.get_one(Municipality, cast.aoba)
        fields = {name: HOSTILE + UNBEARABLE for name in ("title", "background", "work_place", "department")}
        posting = postings.published(session, place, **fields)
        postings.amended(session, posting, now=clock.forward(days=1), summary=HOSTILE + UNBEARABLE, background=HOSTILE)
    for path in ("/postings", "/changes"):
        for suffix in ("rss", "atom"):
            ElementTree.fromstring(client.get(f"{path}.{suffix}").data)
        said = entries(client, path=path)
        assert said["rss"] == said["atom"] == said["json"]
        for entry in said["rss"]:
            assert "<script" not in entry["html"]
            assert "&lt;script&gt;" in entry["html"]
            assert HOSTILE in entry["title"]


def test_changes_tell_old_and_new_and_always_carry_closings(
    app: BoardApp, client: FlaskClient, publish: Publish, cast: Cast, clock: Clock
) -> None:
    one = publish()
    with app.app_context(), Writing() as session:
        posting = session.get_one(Posting, one)
        until = posting.apply_by + timedelta(days=14)
        publication.extend(
            session, posting, until=until, reason=publication.ExtensionReason.FEW_APPLICANTS, by=None,
            now=clock.forward(days=1),
        )  # fmt: skip
    with app.app_context(), Writing() as session:
        publication.close(
            session, session.get_one(Posting, one), reason=ClosedReason.FILLED, by=None, now=clock.forward(days=1)
        )
    said = entries(client, "?pref=04", path="/changes")
    assert said["rss"] == said["atom"] == said["json"]
    titles = [entry["title"] for entry in said["rss"]]
    assert titles == [f"【{word}】宮城県青葉市 CIO補佐官(全庁DX推進)" for word in ("終了", "締切延長", "新着")]
    assert "5月29日(金)17:00" in said["rss"][1]["html"] and "6月12日(金)17:00" in said["rss"][1]["html"]
    assert len({entry["id"] for entry in said["rss"]}) == 3
    assert entries(client, "?pref=13", path="/changes")["rss"] == []
    page = client.get("/changes").text
    assert "終了" in page and "6月12日(金)17:00" in page


def test_json_carries_codes_in_its_extension(client: FlaskClient, publish: Publish, cast: Cast) -> None:
    one = publish()
    codes = json.loads(client.get("/postings.json").data)["items"][0]["_jobboard"]
    assert codes["id"] == one
    assert (codes["role"], codes["themes"], codes["status"]) == ("cio_adviser", ["standardisation", "bpr"], "open")
    assert (codes["municipality"], codes["prefecture"], codes["pay_low"]) == (cast.aoba, "04", 25_000)
    assert codes["apply_by"] == "2026-05-29T17:00:00+09:00"


def test_what_concerns_nobody_stands_in_the_history_alone(
    app: BoardApp, client: FlaskClient, publish: Publish, cast: Cast, clock: Clock
) -> None:
    one = publish()
    with app.app_context(), Writing() as session:
        posting = session.get_one(Posting, one)
        amended(session, posting, cast, now=clock.forward(days=1), summary="課の名だけ", department="総務部DX課")
    assert "課の名だけ" in client.get(f"/postings/{one}/history").text
    assert "課の名だけ" not in client.get("/changes").text
    assert len(entries(client, path="/changes")["rss"]) == 1
