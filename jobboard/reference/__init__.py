"""Public reference tables that ship with the package. Law: files, their provenance, and the reading of them."""

import csv
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

MUNICIPALITIES = "municipalities.csv"
FEEDS = "municipal_feeds.csv"


def municipality_rows(file: Path | None = None) -> Iterator[dict[str, str]]:
    """The rows of ``file``, or of the table that ships (PROVENANCE.md): column to text, codes kept as text.

    Raises OSError or UnicodeDecodeError when the file cannot be read.
    """
    return _rows(file, MUNICIPALITIES)


def feed_rows(file: Path | None = None) -> Iterator[dict[str, str]]:
    """The same of the candidates of feeds (domain/sources)."""
    return _rows(file, FEEDS)


def _rows(file: Path | None, shipped: str) -> Iterator[dict[str, str]]:
    text = (file or resources.files(__name__) / shipped).read_text(encoding="utf-8-sig")
    yield from csv.DictReader(text.splitlines(), restval="")
