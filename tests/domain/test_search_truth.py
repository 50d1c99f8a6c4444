"""What lists find, against a reading of every single text: the same postings in the same order, on both databases."""

import importlib.util
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from benchmarks import filling, generated
from benchmarks.generated import Call
from jobboard.base import text
from jobboard.base.clock import end_of, start_of
from jobboard.database import create_engine
from jobboard.domain import catalogue, documents, listing
from jobboard.domain.catalogue import Catalogue
from jobboard.domain.criteria import parse
from jobboard.domain.facets import columns
from jobboard.domain.listing import PAGE_SIZE, Sort
from jobboard.domain.words import SYNONYMS
from jobboard.models import Municipality
from tests.not_run import not_run

GIVEN = Path(__file__).parents[3] / "shared" / "bench" / "gen_postings.py"
NOW = start_of(generated.TODAY).replace(minute=30)
fold = lru_cache(maxsize=1_000)(text.fold)
WORDS = (
    "副業", "データ分析", "業務改革", "量子暗号", "GIS", "gis", "ＤＸ", "テレワーク", "リモート", "セキュリティ", "UI/UX", "UI", "C#", "C++", "C", "研修",
    "ユーザ", "ユーザー", "ﾕｰｻﾞｰ", "高齢者", "髙齢", "人", "募集", "市", "CIO補佐官", "観光", "広報", "まどぐち", "窓口", "クラウド", "福岡", "府中", "AI",
    "生成AI", "せいせい", "アクセシビリティ", "ありえない語", "住民の手続を簡単", "EBPM",
)  # fmt: skip
FILTERS: tuple[dict[str, list[str]], ...] = (
    {}, {}, {"pref": ["13", "14"]}, {"remote": ["fully", "mostly"]}, {"role": ["adviser"]}, {"side_job": ["yes"]},
    {"pay_unit": ["day"], "pay_min": ["25000"]}, {"theme": ["bpr"]}, {"audience": ["person"], "status": ["all"]},
    {"closing_before": ["2026-05-01"]}, {"status": ["closed"]}, {"engagement": ["commission"], "remote": ["partly"]},
)  # fmt: skip


@dataclass(frozen=True)
class Read:
    """One posting as the slow reading sees it."""

    number: int
    call: Call
    texts: tuple[str, ...]
    published_at: datetime
    derived: dict[str, Any]


@dataclass
class Shelf:
    """A filled database, its catalogue, and the same postings read one by one."""

    session: Session
    catalogue: Catalogue
    read: list[Read]


def shelf(url: str, calls: Sequence[Call]) -> Iterator[Shelf]:
    from jobboard.domain import municipalities
    from jobboard.reference import municipality_rows

    engine = create_engine(url)
    with Session(engine) as session:
        municipalities.load(session, municipality_rows(), now=NOW)
        filling.fill(session, calls)
        session.commit()
        places = {place.code: place for place in session.scalars(select(Municipality))}
        read = [
            Read(
                number, call, documents.document(places[call.code], filling.content_of(call)),
                filling.published_at(number, call), columns(filling.content_of(call)),
            )
            for number, call in enumerate(calls, 1)
        ]  # fmt: skip
        yield Shelf(session, catalogue.load(session), read)
    engine.dispose()


@pytest.fixture
def small(database_url: str) -> Iterator[Shelf]:
    yield from shelf(database_url, list(generated.calls(400, seed=20260402)))


@pytest.fixture
def large(database_url: str) -> Iterator[Shelf]:
    yield from shelf(database_url, given(10_000, seed=20260403))


def given(count: int, seed: int) -> list[Call]:
    """The founders' own generated postings, as calls of ours."""
    if not GIVEN.exists():
        not_run(f"{GIVEN.name} is not beside this checkout")
    spec = importlib.util.spec_from_file_location("gen_postings", GIVEN)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    ours = [call.values for call in generated.calls(count, seed=seed)]
    return [
        Call(
            row["code"],
            {**values, "title": row["title"], "background": row["body"], "work_place": f"{row['prefecture']}{row['municipality']}役所"},
            date.fromisoformat(row["published"]),
            date.fromisoformat(row["deadline"]),
            row["status"] == "open",
        )
        for row, values in zip(module.postings(count, seed=seed), ours, strict=True)
    ]


def queries(count: int) -> Iterator[tuple[dict[str, list[str]], Sort]]:
    """Varied words, phrases, exclusions and filters."""
    dice = random.Random(7)
    for _ in range(count):
        words = [dice.choice(("{}", "{}", "{}", '"{}"', "-{}")).format(dice.choice(WORDS)) for _ in range(dice.choice((0, 1, 1, 1, 2, 3)))]
        query = dict(dice.choice(FILTERS))
        yield {**query, **({"q": [" ".join(words)]} if words else {})}, dice.choice(list(Sort))


def meets(one: Read, query: dict[str, list[str]], now: datetime) -> bool:
    """The truth of decisions.md, word by word, text by text; nothing of it is shared with what is tested but the fold."""
    values, derived = one.call.values, one.derived
    is_open = one.call.open and derived["apply_by"] > now
    status = query.get("status", ["open"])[0]
    amount = derived["pay_high"] if derived["pay_high"] is not None else derived["pay_low"]
    return all(
        (
            status == "all" or is_open is (status == "open"),
            "pref" not in query or one.call.code[:2] in query["pref"],
            all(name not in query or values[name] in query[name] for name in ("remote", "role", "side_job", "pay_unit", "engagement")),
            "theme" not in query or set(values["themes"]) & set(query["theme"]),
            "audience" not in query or values["audience"] in {*query["audience"], "both"},
            "pay_min" not in query or (amount is not None and amount >= int(query["pay_min"][0])),
            "closing_before" not in query or derived["apply_by"] <= end_of(date.fromisoformat(query["closing_before"][0])),
            all(holds(one, word) for word in query.get("q", [""])[0].split()),
        )
    )


def holds(one: Read, typed: str) -> bool:
    if typed.startswith("-"):
        return not any(fold(typed[1:]) in field for field in one.texts)
    if typed.startswith('"'):
        return any(fold(typed.strip('"')) in field for field in one.texts)
    alike = next((group for group in SYNONYMS if fold(typed) in map(fold, group)), (typed,))
    return any(fold(form) in field for form in alike for field in one.texts)


def in_order(found: list[Read], sort: Sort) -> list[int]:
    late = float("inf")
    keys = {
        Sort.NEW: lambda one: (-one.published_at.timestamp(), -one.number),
        Sort.DEADLINE: lambda one: (one.derived["apply_by"].timestamp(), -one.number),
        Sort.PAY: lambda one: (-one.derived["pay_monthly"] if one.derived["pay_monthly"] is not None else late, -one.number),
    }
    return [one.number for one in sorted(found, key=keys[sort])]


def check(shelf: Shelf, count: int) -> None:
    found_any = 0
    for query, sort in queries(count):
        expected = in_order([one for one in shelf.read if meets(one, query, NOW)], sort)
        criteria = parse(query)
        seen: list[int] = []
        pages = 1
        for number in range(1, 4):
            if number <= pages:
                page = listing.find(shelf.session, shelf.catalogue, criteria, sort=sort, page=number, now=NOW)
                seen += [line.id for line in page.rows]
                pages = page.pages
                assert page.total == min(len(expected), listing.COUNTED + 1), query
        assert seen == expected[: 3 * PAGE_SIZE], (query, sort)
        found_any += bool(expected)
    assert found_any > count // 2, "searches that find nothing would prove little"


def test_lists_find_what_a_reading_of_every_text_finds_in_the_same_order(small: Shelf) -> None:
    check(small, 120)


@pytest.mark.long
def test_ten_thousand_given_postings_are_found_exactly_and_in_order(large: Shelf) -> None:
    check(large, 200)
