"""What the feed reader is handed: whatever the page, a few thousand short elements of our own writing."""

import gzip
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest

from jobboard.base.charsets import text_of
from jobboard.base.feed_parts import LONGEST, LONGEST_BASE, LONGEST_LINK, LONGEST_TYPE
from jobboard.base.feed_reading import read
from jobboard.base.feed_shape import MOST_BYTES, MOST_ITEMS, Shape, shape
from jobboard.base.fetching import Answer
from tests.collecting.feeds_table import HEAVY, LINK, SMUGGLER, TITLE, TRAPS, item, rss

NOW = datetime(2026, 11, 25, 3, tzinfo=UTC)

KNOWN = {"title", "link", "guid", "pubdate", "date", "updated", "published", "created", "modified", "issued"}
MOST_IN_ITEM = 20
BODIES = {row.name: row.served.body for row in TRAPS} | HEAVY
MANY = "".join(f"<link>{'/' * 1_000}</link><guid>{n}</guid><dc:date>20{n}</dc:date><dc:title>{n}</dc:title>" for n in range(40))
FULL = rss(*(item(more=MANY) for _ in range(20)), *(item("&amp;" * 1_500, LINK + "&amp;" * 1_800) for _ in range(600)))
BASE = rss(item()).replace("<channel>", f'<channel xml:base="http://a/{"../a/" * 1_000}">').replace("<item>", f'<item xml:base="/{"b" * 499}">')


def handed(body: bytes) -> Shape:
    plain = gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
    found = shape(text_of(plain))
    assert len(found.document) < MOST_BYTES + 2_000
    assert found.document.startswith(b'<?xml version="1.0" encoding="utf-8"?>\n<')
    return found


def check(body: bytes) -> None:
    found = handed(body)
    root = ElementTree.fromstring(found.document)
    assert root.tag == "rss" and [child.tag for child in root] == ["channel"]
    title, *items = root[0]
    assert (title.tag, len(items)) == ("title", found.items) and found.items <= MOST_ITEMS
    for one in items:
        assert one.tag == "item" and len(one) <= MOST_IN_ITEM
        for child in one:
            name = child.tag.rpartition("}")[2]
            assert name in KNOWN and len(child) == 0
            assert len(child.text or "") <= LONGEST[name]
    for one in root.iter():
        assert all(len(value) <= {"href": LONGEST_LINK, "type": LONGEST_TYPE}.get(name, LONGEST_BASE) for name, value in one.attrib.items())


@pytest.mark.parametrize("name", BODIES)
def test_a_trap_for_the_reader_is_left_out_or_cut(name: str) -> None:
    check(BODIES[name])
    assert len(handed(BODIES[name]).document) < 10_000


def test_many_items_of_many_elements_are_handed_on_up_to_a_size() -> None:
    check(FULL.encode())
    found = handed(FULL.encode())
    assert 100 < found.items < MOST_ITEMS and found.total == 620


def test_a_base_that_is_too_long_is_none() -> None:
    document = handed(BASE.encode()).document
    assert b"../" not in document and b"bbb" in document


@pytest.mark.parametrize("before", ["<!--\n<!ENTITY a 'b'>\n-->", "<?xml-stylesheet href='a'?>\n\n<!DOCTYPE rss SYSTEM 'x'>"])
def test_nothing_before_the_root_is_handed_on(before: str) -> None:
    document = handed((before + rss(item(f"{TITLE}&a;"), charset="")).encode()).document
    assert b"<!" not in document and document.count(b"<?") == 1
    assert f"{TITLE}&amp;a;".encode() in document


def test_a_link_or_an_id_that_is_too_long_is_none_and_never_cut() -> None:
    long = f"https://a.example.jp/{'a' * LONGEST_LINK}"
    document = handed(rss(item(link=long, more=f"<guid>{long}</guid>")).encode()).document
    assert b"a.example.jp" not in document
    assert LINK.encode() in handed(rss(item(link=f"{' ' * 5_000}{LINK}{' ' * 5_000}")).encode()).document


def test_an_entity_that_a_comment_declares_is_never_expanded() -> None:
    body = (SMUGGLER.format("SMUGGLED") + rss(item(f"{TITLE}&a;"), charset="")).encode()
    assert [one.title for one in read(Answer("https://a.example.jp/", 200, body), now=NOW).items] == [f"{TITLE}&a;"]


def test_an_odd_item_costs_none_of_those_before_it() -> None:
    odd = item(title="CIO補佐官を公募", more=f"<description>{'<d>' * 61}{'</d>' * 61}</description>")
    found = handed(rss(item() + odd + item(title="広報")).encode())
    assert (found.items, found.fault) == (1, "要素の入れ子が深すぎるか、属性が多すぎます。")


def test_text_pasted_from_an_office_program_may_declare_namespaces() -> None:
    pasted = '<p xmlns:o="urn:o" xmlns:w="urn:w" xmlns:v="urn:v">x</p>' * 40
    assert handed(rss(item(more=f"<description>{pasted}</description>") + item(title="広報")).encode()).items == 2
