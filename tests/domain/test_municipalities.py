"""The table of municipalities: loaded whole or not at all, again and again, and nothing of it is ever deleted."""

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard import reference
from jobboard.base.codes import check_digit
from jobboard.base.errors import DemonstrationOnly
from jobboard.base.states import State
from jobboard.base.vocabulary import MunicipalityKind
from jobboard.database import create_engine
from jobboard.domain import municipalities
from jobboard.domain.municipalities import RowRefused, Summary
from jobboard.models import Board, Municipality, Posting

NOW = datetime(2026, 3, 31, 15, 0, tzinfo=UTC)
"""1 April in Japan, 00:00: the hour at which mergers take effect."""


def row(code: str = "042021", name: str = "石巻市", **other: str) -> dict[str, str]:
    given = {
        "code": code, "pref_code": code[:2], "prefecture": "宮城県", "prefecture_kana": "みやぎけん", "district": "",
        "name": name, "kana": "いしのまきし", "kind": "市", "url": "https://www.city.ishinomaki.lg.jp/",
        "lat": "38.43", "lng": "141.30",
    }  # fmt: skip
    return {**given, **other}


THREE = [row(), row("042030", "塩竈市", kana="しおがまし"), row("042056", "気仙沼市", kana="けせんぬまし")]


@pytest.fixture
def session(database_url: str) -> Iterator[Session]:
    engine = create_engine(database_url)
    with Session(engine, expire_on_commit=False) as opened:
        yield opened
    engine.dispose()


def test_the_table_that_ships_is_loaded_whole_and_loading_it_again_changes_nothing(session: Session) -> None:
    first = municipalities.load(session, reference.municipality_rows(), now=NOW)
    session.commit()
    assert first == Summary(added=1_741)
    assert municipalities.load(session, reference.municipality_rows(), now=NOW) == Summary(unchanged=1_741)
    assert not session.dirty
    sapporo = session.get_one(Municipality, "011002")
    assert (sapporo.full_name, sapporo.kind) == ("北海道札幌市", MunicipalityKind.DESIGNATED_CITY)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (row("042022"), "検査数字"),
        (row("42021"), "検査数字"),
        (row("042021", pref_code="05"), "都道府県"),
        (row("042021", prefecture="岩手県"), "都道府県"),
        (row(kind="県"), "区分"),
        (row(name=" "), "名または読み"),
        (row(lat="北緯38度"), "数ではありません"),
        (THREE[1], "2度"),
        ({"code": "042021"}, "列 pref_code"),
    ],
)
def test_one_wrong_row_refuses_all_of_them_and_names_its_line_and_code(
    session: Session, wrong: dict[str, str], reason: str
) -> None:
    with pytest.raises(RowRefused, match=reason) as refused:
        municipalities.load(session, [*THREE[1:], wrong], now=NOW)
    assert refused.value.line == 4
    assert refused.value.code == wrong["code"]
    assert session.scalars(select(Municipality)).all() == []


def test_a_file_that_is_empty_or_cut_off_ends_nothing(session: Session) -> None:
    municipalities.load(session, THREE, now=NOW)
    for rows in ([], THREE[:1]):
        with pytest.raises(RowRefused):
            municipalities.load(session, rows, now=NOW)
    assert session.scalars(select(Municipality.ended_on)).all() == [None, None, None]


def test_a_new_name_keeps_the_former_ones_and_both_are_found(session: Session) -> None:
    municipalities.load(session, THREE, now=NOW)
    renamed = [row(name="新石巻市", kana="しんいしのまきし"), *THREE[1:]]
    assert municipalities.load(session, renamed, now=NOW) == Summary(changed=1, unchanged=2)
    municipalities.load(session, [row(name="みなと石巻市"), *THREE[1:]], now=NOW)
    municipality = session.get_one(Municipality, "042021")
    assert (municipality.name, municipality.former_names) == ("みなと石巻市", "石巻市、新石巻市")
    for words in ("石巻市", "新石巻", "みなと石巻市"):
        assert [found.code for found in municipalities.find(session, words)] == ["042021"]


def test_what_is_gone_from_the_file_ends_that_day_in_japan_and_keeps_its_postings(session: Session) -> None:
    municipalities.load(session, THREE, now=NOW)
    session.add(
        Posting(uuid="1", municipality_code="042056", state=State.DRAFT, created_at=NOW, draft_at=NOW, draft={})
    )
    ended = municipalities.load(session, THREE[:2], now=NOW, successors={"042056": "042021"})
    assert ended == Summary(unchanged=2, ended=1)
    gone = session.get_one(Municipality, "042056")
    assert (gone.ended_on, gone.successor_code) == (date(2026, 4, 1), "042021")
    assert session.scalars(select(Posting.municipality_code)).all() == ["042021"], "what nobody saw yet goes on with the successor"
    assert [one.code for one in municipalities.find(session, "気仙沼市")] == ["042021"]
    assert municipalities.find(session, "気仙沼市", ended=True)[0] is gone
    assert municipalities.load(session, THREE[:2], now=NOW) == Summary(unchanged=2)
    assert municipalities.load(session, THREE, now=NOW) == Summary(changed=1, unchanged=2)
    assert (gone.ended_on, gone.successor_code) == (None, None)


@pytest.mark.parametrize("successors", [{"042021": "042030"}, {"042056": "999999"}, {"042056": "042056"}])
def test_a_successor_must_stand_and_its_predecessor_must_have_ended(
    session: Session, successors: dict[str, str]
) -> None:
    municipalities.load(session, THREE, now=NOW)
    with pytest.raises(RowRefused):
        municipalities.load(session, THREE[:2], now=NOW, successors=successors)


def test_a_load_never_touches_an_invented_municipality(session: Session) -> None:
    municipalities.load(session, THREE, now=NOW)
    session.add(invented())
    session.flush()
    assert municipalities.load(session, THREE, now=NOW) == Summary(unchanged=3)
    assert session.get_one(Municipality, "047805").ended_on is None


def invented() -> Municipality:
    return Municipality(
        code="047805", pref_code="04", prefecture="宮城県", name="青葉市", kana="あおばし", kind=MunicipalityKind.CITY,
        demonstration=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        ("梼原町", ["394050"]),
        ("檮原", ["394050"]),
        ("ゆすはら", ["394050"]),
        ("ユスハラ", ["394050"]),
        ("394050", ["394050"]),
        ("３９４０５０", ["394050"]),
        ("龍ヶ崎市", ["082082"]),
        ("竜ケ崎", ["082082"]),
        ("鎌ヶ谷", ["122246"]),
        ("府中市", ["132063", "342084"]),
        ("広島県 府中", ["342084", "343021"]),
        ("広島県府中市", ["342084"]),
        ("池田町", ["016446", "183822", "204811", "214043"]),
        ("\U000e0100", []),
        (" ・ ", []),
        ("存在しない市", []),
    ],
)
def test_a_municipality_is_found_as_people_type_it(
    loaded: Session, words: str, codes: list[str]
) -> None:
    assert [found.code for found in municipalities.find(loaded, words)] == codes


def test_a_name_stands_before_what_only_begins_so_or_lies_in_a_district_called_so(loaded: Session) -> None:
    found = [municipality.name for municipality in municipalities.find(loaded, "日高")]
    names, begins, district = found[:4], found[4], found[5:]
    assert set(names) == {"日高市", "日高町", "日高村"}
    assert begins == "日高川町"
    assert "印南町" in district  # of 日高郡


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """All 1,741, read only."""
    from jobboard.database import upgrade

    url = f"sqlite:///{tmp_path_factory.mktemp('places')}/places.sqlite3"
    upgrade(url)
    engine = create_engine(url)
    with Session(engine) as opened:
        municipalities.load(opened, reference.municipality_rows(), now=NOW)
        opened.commit()
        yield opened
    engine.dispose()


def test_a_database_with_invented_municipalities_starts_only_as_the_demonstration(session: Session) -> None:
    municipalities.refuse_demonstration(session, demo=False)
    session.add(invented())
    session.flush()
    with pytest.raises(DemonstrationOnly):
        municipalities.refuse_demonstration(session, demo=False)
    municipalities.refuse_demonstration(session, demo=True)


def test_a_database_marked_as_the_demonstration_is_refused_even_without_invented_ones(session: Session) -> None:
    session.get_one(Board, 1).demonstration = True
    session.flush()
    with pytest.raises(DemonstrationOnly):
        municipalities.refuse_demonstration(session, demo=False)


def test_the_shipped_file_is_what_its_provenance_says() -> None:
    file = Path(reference.__file__).parent / reference.MUNICIPALITIES
    with file.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    codes = [each["code"] for each in rows]
    assert codes == sorted(set(codes))
    assert all(code[5] == check_digit(code[:5]) for code in codes)
    kinds = [each["kind"] for each in rows]
    counts = {kind.label: kinds.count(kind.label) for kind in MunicipalityKind}
    provenance = (file.parent / "PROVENANCE.md").read_text(encoding="utf-8")
    for kind, count in counts.items():
        assert f"{kind} {count}" in provenance
    assert f"{len(rows):,}件" in provenance
