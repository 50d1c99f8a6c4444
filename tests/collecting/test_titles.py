"""The labelled titles are whole: as many calls as said, alike in every list, none twice, each with its reason."""

import csv
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

HALVES = [Path(__file__).parent / f"titles_{half}.csv" for half in ("seen", "unseen")]
LISTS = [*HALVES, Path(__file__).parent / "titles_fresh.csv"]
LATER = {Path(__file__).parent / "titles_outside.csv": (300, 120, 180), Path(__file__).parent / "titles_second.csv": (200, 80, 120)}
WORDS_OF_CALLS = re.compile("DX|デジタル|ICT|アドバイザー|募集|採用")


def rows(half: Path) -> Iterator[dict[str, str]]:
    with half.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def bare(title: str) -> str:
    """The title as compatible characters, without spaces and case."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", title)).casefold()


@pytest.mark.parametrize("titles", LISTS, ids=lambda titles: titles.stem)
def test_a_list_has_150_titles_and_60_calls(titles: Path) -> None:
    labels = [row["label"] for row in rows(titles)]
    assert (len(labels), labels.count("1"), labels.count("0")) == (150, 60, 90)


@pytest.mark.parametrize("half", HALVES, ids=lambda half: half.stem)
def test_half_of_the_others_carry_words_of_calls(half: Path) -> None:
    others = [unicodedata.normalize("NFKC", row["title"]) for row in rows(half) if row["label"] == "0"]
    assert sum(bool(WORDS_OF_CALLS.search(title)) for title in others) >= 45


@pytest.mark.parametrize("titles", LATER, ids=lambda titles: titles.stem)
def test_a_later_list_has_its_titles_and_calls(titles: Path) -> None:
    labels = [row["label"] for row in rows(titles)]
    assert (len(labels), labels.count("1"), labels.count("0")) == LATER[titles]
    assert len({bare(row["title"]) for row in rows(titles)}) == len(labels)


def test_no_title_stands_twice_in_all_lists() -> None:
    titles = [bare(row["title"]) for listed in LISTS for row in rows(listed)]
    assert len(titles) == 450
    assert sorted(set(titles)) == sorted(titles)


@pytest.mark.parametrize("titles", LISTS, ids=lambda titles: titles.stem)
def test_each_row_has_three_fields_and_a_reason(titles: Path) -> None:
    for row in rows(titles):
        assert list(row) == ["label", "title", "note"]
        assert row["title"].strip() and row["note"].strip(), row


@pytest.mark.parametrize("titles", [*LISTS, *LATER], ids=lambda titles: titles.stem)
def test_a_list_is_plain_utf_8_with_unix_lines(titles: Path) -> None:
    content = titles.read_bytes()
    assert not content.startswith(b"\xef\xbb\xbf") and b"\r" not in content and content.endswith(b"\n")
