"""Spreadsheets lose nothing on the way out and back, need no comfort of the program, and name what they do not take."""

import csv
import io
import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from itertools import islice

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from jobboard.base.errors import Incomplete
from jobboard.base.fields import BY_NAME, FIELDS
from jobboard.base.reading import Unreadable, read, read_field
from jobboard.base.states import SourceKind, State
from jobboard.database import Writing
from jobboard.demonstration import content
from jobboard.demonstration.relative import typed as absolute
from jobboard.domain.drafting import kept
from jobboard.domain.sheets_form import write_forms
from jobboard.domain.sheets_importing import export_file, import_file
from jobboard.domain.sheets_opening import open_sheets
from jobboard.domain.sheets_reading import NAMES, Reading, Row, read_sheets
from jobboard.domain.sheets_words import folded, heard, spoken
from jobboard.domain.sheets_writing import Entry, Layout, guidance, write_csv, write_list
from jobboard.models import Posting
from tests.cast import COMPLETE, OPENING, Cast
from tests.sheets import Rows, repacked, stripped, workbook, written_anew
from tests.stories import drafted, published

Draft = dict[str, list[str]]
AWKWARD: Draft = {
    "title": ["=1+1"], "duties": ["一行目\n\n 三行目 _x000D_ 「引用」,\t終わり"], "work_place.explicit": ["negotiable"],
    "hours": ["未定"], "contact_tel": ["022000000"], "approval_number": ["007"], "apply_by": ["五月の末ごろ"],
    "apply_from": ["2026-05-01T00:00"], "term_start_on": ["令和8年6月1日"], "role": ["no such role"], "pay_low": ["2万5千円"],
    "themes": ["bpr", "ない、もの"], "expenses.explicit": ["guidelines"], "remote_visits": ["'毎月"], "overtime": ["-"],
    "term_end_on": ["2027-03-31"], "term_end_on.explicit": ["undecided"], "workdays": ["2.50"], "equipment": ["@PC"],
}  # fmt: skip
"""What a draft may hold, also what cannot be read."""


def back(content: bytes) -> Reading:
    return read_sheets(open_sheets(content))


def demonstration() -> list[Entry]:
    stories = [story for town in content.towns() for story in town.stories]
    return [Entry("宮城県青葉市", "042021", kept(absolute(story.values, date(2026, 4, 1)))) for story in stories]


def assert_same(row: Row, draft: Draft) -> None:
    """Equal field by field: as typed, or, for a date and the like, as read."""
    for field in FIELDS:
        keys = (field.name, f"{field.name}.explicit")
        assert alike(field.name, {k: row.typed[k] for k in keys if k in row.typed}, {k: draft[k] for k in keys if k in draft})


def alike(name: str, one: Draft, other: Draft) -> bool:
    try:
        return one == other or read_field(BY_NAME[name], one) == read_field(BY_NAME[name], other) is not None
    except Unreadable:
        return False


def test_every_posting_of_the_demonstration_comes_back_from_both_layouts_also_stripped() -> None:
    entries = demonstration()
    assert len(entries) >= 12
    listed, forms = write_list(entries), write_forms(entries)
    for made in (listed, stripped(listed), forms, stripped(forms)):
        found = back(made)
        assert [str(mistake) for row in found.rows for mistake in row.faults] == [] and found.unknown == []
        for row, entry in zip(found.rows, entries, strict=True):
            assert (row.code, row.municipality) == ("042021", "宮城県青葉市")
            assert read(row.typed) == read(entry.typed)
            assert_same(row, entry.typed)


def spread(rows: Rows) -> Rows:
    """An empty row before each row, an empty column before each column."""
    return [line for row in rows for line in ([], [cell for value in row for cell in ("", value)])]


def as_texts(rows: Rows) -> Rows:
    """Dates as Japanese text, numbers as text."""
    return [[shown(value) if isinstance(value, date | float) else value for value in row] for row in rows]


def shown(value: date | float) -> str:
    if isinstance(value, float):
        return f"{value:g}" if value != int(value) else str(int(value))
    time = f" {value:%H:%M}" if isinstance(value, datetime) and (value.hour or value.minute) else ""
    return f"{value.year}年{value.month}月{value.day}日{time}"


def turned_round(rows: Rows) -> Rows:
    return [row[::-1] for row in rows]


@pytest.mark.parametrize("change", [spread, as_texts, turned_round])
def test_every_posting_comes_back_from_what_another_program_wrote_anew(change: Callable[[Rows], Rows]) -> None:
    entries = demonstration()[::3]
    layouts = [write_list] if change is turned_round else [write_list, write_forms]
    for made in layouts:
        found = back(written_anew(made(entries), change))
        assert [str(mistake) for row in found.rows for mistake in row.faults] == [] and found.unknown == []
        for row, entry in zip(found.rows, entries, strict=True):
            assert row.code == "042021" and read(row.typed) == read(entry.typed)


def test_what_was_typed_wrongly_or_looks_like_a_formula_comes_back_as_it_was_typed() -> None:
    entries = [Entry("宮城県青葉市", "042021", AWKWARD), Entry("", "", COMPLETE)]
    for made in (write_list(entries), write_forms(entries), write_csv(entries), stripped(write_forms(entries))):
        for row, entry in zip(back(made).rows, entries, strict=True):
            assert_same(row, entry.typed)
            assert row.faults == []
    left = back(write_list(entries)).rows[0].left
    assert {one.label for one in left} == {BY_NAME[problem.field].label for problem in read(AWKWARD)[1]}


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_any_cell_says_what_the_draft_says(data: st.DataObject) -> None:
    a_cell_says_what_the_draft_says(data)


@pytest.mark.long
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_any_cell_says_so_in_a_long_run(data: st.DataObject) -> None:
    a_cell_says_what_the_draft_says(data)


def a_cell_says_what_the_draft_says(data: st.DataObject) -> None:
    field = data.draw(st.sampled_from(FIELDS))
    words = st.text(min_size=1, max_size=8) | st.sampled_from(
        [*map(str, field.choices or ()), "未定", "undecided", "2026-05-29T17:00", "2026-05-29", "25000", "7.5", "'", "some", "宮城県"]
    )
    keys = [field.name, f"{field.name}.explicit"] if field.explicit else [field.name]
    draft = data.draw(st.dictionaries(st.sampled_from(keys), st.lists(words, min_size=1, max_size=2)))
    assert alike(field.name, heard(field, spoken(field, draft)), draft)


def test_headings_tell_the_fields_apart_and_no_guidance_is_taken_for_one() -> None:
    every = [{folded(label) for label in (one.name, one.label, *one.labels.values())} for one in FIELDS]
    assert sum(map(len, every)) == len(set().union(*every))
    assert not [one.name for one in FIELDS if folded(guidance(one)) in NAMES]


def test_columns_in_any_order_with_labels_or_codes_are_found_and_what_is_not_known_is_told() -> None:
    rows = [
        ["募集の一覧(4月)"],
        ["締切日", "委託料の単位", "remote", "応募締切", "募集の題名", "重点取組事項など", "面接の日"],
        ["?", "month", "一部可", datetime(2026, 5, 29, 17, 0), "CIO補佐官", "BPR、ai_rpa", "令和8年6月10日"],
    ]
    found = back(workbook(rows))
    assert found.unknown == [("A2", "締切日")] and found.rows[0].faults == []
    assert found.rows[0].typed == {
        "pay_unit": ["month"], "remote": ["partly"], "apply_by": ["2026-05-29T17:00"], "title": ["CIO補佐官"],
        "themes": ["bpr", "ai_rpa"], "interview_on": ["令和8年6月10日"],
    }  # fmt: skip


def fifty() -> list[list[object]]:
    """A heading and fifty rows; rows 5, 12, 20, 28, 33, 41 and 50 of the sheet are faulty."""
    rows: list[list[object]] = [["市区町村", "募集の題名", "役割", "応募締切", "報酬の額(下限)", "募集ページのURL"]]
    for number in range(2, 52):
        rows.append(["宮城県青葉市", f"募集{number}", "エンジニア", date(2026, 5, 29), 25_000, "https://www.city.aoba.lg.jp/x"])
    rows[4][3], rows[11][2], rows[19][1], rows[27][4] = "5月32日", "魔法使い", "", "たくさん"
    rows[32][0], rows[40][5], rows[49][1] = "神奈川県港町", "http://city", "長" * 81
    return rows


@pytest.mark.usefixtures("context")
def test_fifty_rows_of_which_seven_are_faulty_make_43_drafts_and_seven_reasons_with_addresses(cast: Cast) -> None:
    with Writing() as session:
        report = import_file(session, workbook(fifty()), by=cast.account("aoba_editor"), now=OPENING)
        postings = session.scalars(select(Posting)).all()
        assert len(report.drafts) == len(postings) == 43 and len(report.taken) == 50
        assert {(one.state, one.source_kind, one.municipality_code) for one in postings} == {
            (State.DRAFT, SourceKind.IMPORTED, "042021")
        }
        reasons = [str(mistake) for one in report.faulty for mistake in one.row.faults]
    assert [reason.split(":")[0] for reason in reasons] == [
        "D5 応募締切", "C12 役割", "B20 募集の題名", "E28 報酬の額(下限)", "A33 市区町村", "F41 募集ページのURL", "B50 募集の題名",
    ]  # fmt: skip


@pytest.mark.usefixtures("context")
def test_a_row_kept_with_its_mistakes_loses_nothing_but_needs_title_place_and_no_formula(cast: Cast) -> None:
    with Writing() as session:
        made = workbook(fifty(), formulas={"D3": "=TODAY()"})
        report = import_file(session, made, by=cast.account("aoba_editor"), now=OPENING, keep_faulty=True)
        assert [one.row.at[0] + 1 for one in report.taken if one.posting is None] == [3, 20, 33]
        kept_one = next(one.posting for one in report.faulty if one.posting is not None)
        assert kept_one.draft["apply_by"] == ["5月32日"]


@pytest.mark.usefixtures("context")
def test_postings_leave_as_their_edit_page_shows_them_and_become_new_drafts(cast: Cast) -> None:
    with Writing() as session:
        drafted(session, cast, title="下書きの募集", work_place=[], **{"work_place.explicit": "negotiable"})
        published(session, cast)
        drafted(session, cast, place="minato")
        own, by = Posting.municipality_code == cast.aoba, cast.account("aoba_editor")
        before = [posting.draft for posting in session.scalars(select(Posting).where(own).order_by(Posting.id))]
        for layout in Layout:
            report = import_file(session, export_file(session, own & (Posting.id <= 3), layout), by=by, now=OPENING)
            assert report.faulty == []
            assert [read(one.row.typed) for one in report.taken] == [read(draft) for draft in before]
        assert session.scalar(select(func.count(Posting.id))) == 3 + 2 * 3


def test_csv_is_read_with_and_without_bom_in_cp932_and_after_a_spreadsheet_program() -> None:
    text = "市区町村,全国地方公共団体コード,募集の題名,任期・契約の開始日,業務の内容\r\n青葉市,42021,髙橋①,2026/6/1,\"一行目\r\n'=二\"\r\n"
    for encoded in (text.encode(), text.encode("utf-8-sig"), text.encode("cp932"), text.replace(",", "\t").encode("utf-16")):
        row = back(encoded).rows[0]
        assert (row.code, row.title, row.faults) == ("042021", "髙橋①", [])
        assert row.typed["term_start_on"] == ["2026/6/1"] and row.typed["duties"] == ["一行目\n'=二"]


def test_what_is_left_of_a_broken_formula_is_refused_at_its_cell() -> None:
    made = workbook([["募集の題名", "応募締切"], ["あ", "い"]])
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        part = archive.read("xl/worksheets/sheet1.xml")
    broken = re.sub(rb'<c r="B2"[^>]*>.*?</c>', b'<c r="B2" t="e"><v>#REF!</v></c>', part)
    (row,) = back(repacked(made, **{"xl/worksheets/sheet1.xml": broken})).rows
    assert broken != part and [str(one) for one in row.faults] == ["B2 応募締切: 数式は読み込みません。計算した結果を値として書いてください。"]


def test_no_cell_of_a_csv_is_a_formula_and_the_guard_comes_off() -> None:
    signs = ["=1", "+1", "-1", "@a", "＝1", "'=1", "''-", "'x", "\t1", " =1", "\n+1", "' @a", "+81-3-1234-5678"]
    entries = [Entry("", "", {"title": [sign], "duties": [f"{sign}長い文"]}) for sign in signs]
    made = write_csv(entries)
    assert made.startswith(b"\xef\xbb\xbf")
    cells = [cell for row in csv.reader(io.StringIO(made.decode("utf-8-sig"))) for cell in row]
    assert not [cell for cell in cells if cell[:1] in ("\t", "\r", "\n") or cell.lstrip()[:1] in ("=", "+", "-", "@", "＝")]
    assert [row.typed["duties"] for row in back(made).rows] == [[f"{sign}長い文"] for sign in signs]


def test_a_formula_is_refused_at_its_cell_whatever_it_computed() -> None:
    rows = [["募集の題名", "応募締切"], ["あ", ""], ["い", "2026-05-29"]]
    found = back(workbook(rows, formulas={"B2": '=HYPERLINK("https://x")'})).rows
    assert [str(one) for one in found[0].faults] == ["B2 応募締切: 数式は読み込みません。計算した結果を値として書いてください。"]
    assert found[1].faults == []
    assert str(back("募集の題名,応募締切\nあ,=1+1\n".encode()).rows[0].faults[0]).startswith("B2 応募締切: 数式")


@pytest.mark.parametrize(
    "cell",
    ["=1", "\t=1", " =1", "\0=1", "＝1+1", "@SUM(A1)", "-2+3", "+1-2*3", "−2＋3", "-A1", "+A1+B1", "-SUM(1)", "--1+1",
     "+cmd|' /C calc'!A0", "+Sheet1!A1", '+"a"&A1'],
)  # fmt: skip
def test_a_cell_of_a_csv_that_begins_as_a_formula_is_refused_at_its_address(cell: str) -> None:
    out = io.StringIO()
    csv.writer(out).writerows([["募集の題名", "業務の内容"], ["あ", cell], ["い", f"'{cell.strip()}"]])
    refused, meant = back(out.getvalue().encode()).rows
    assert [str(one) for one in refused.faults] == [
        "B2 業務の内容: 数式のように始まる値は読み込みません。計算した結果を書いてください。文字として書くなら、前に「'」を付けてください。"
    ] and refused.is_lost
    assert meant.faults == [] and meant.typed["duties"][0].startswith(cell.strip().lstrip("\0")[:1])


@pytest.mark.parametrize(
    "cell",
    ["+81-3-1234-5678", "+81 3 1234 5678", "+81 (0)3-1234-5678", "-5", "+3", "-2,000円", "- 業務の整理\n- 仕様書の作成", "-A4の書類",
     "-CIO(補佐官)の支援", "−10〜5度", "-", "・一つ目"],
)  # fmt: skip
def test_a_telephone_a_number_with_a_sign_and_a_list_are_no_formulas(cell: str) -> None:
    out = io.StringIO()
    csv.writer(out).writerows([["募集の題名", "業務の内容"], ["あ", cell]])
    row = back(out.getvalue().encode()).rows[0]
    assert row.faults == [] and row.typed["duties"] == [cell]


def test_cp932_with_signs_that_other_tables_lack_is_read() -> None:
    row = back("市区町村,募集の題名,業務の内容\r\n青葉市,髙﨑～－①㈱,10～20－∥\r\n".encode("cp932")).rows[0]
    assert (row.title, row.typed["duties"], row.faults) == ("髙﨑～－①㈱", ["10～20－∥"], [])


def test_a_control_character_in_a_cell_is_cleaned_away_and_every_row_is_read() -> None:
    text = "募集の\0題名,業務の内容,市区町村\nあ\0\x07い,\"一\x0b二\",青葉\0市\nう,え\x1b[0m,青葉市\n"
    for encoded in (text.encode(), text.encode("cp932"), text.encode("utf-8-sig")):
        rows = back(encoded).rows
        assert [(row.title, row.typed["duties"], row.municipality, row.faults) for row in rows] == [
            ("あい", ["一\n二"], "青葉市", []), ("う", ["え[0m"], "青葉市", []),
        ]  # fmt: skip


def many_parts() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(2_001):
            archive.writestr(f"xl/{number}.xml", "")
    return out.getvalue()


PLAIN = workbook([["募集の題名"], ["あ"]])
FAR = b'<worksheet><sheetData><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "空です"),
        (b"0" * (10 * 1024 * 1024 + 1), "10MBまで"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "パスワードを外し"),
        (b"MZ\x90\x00" + bytes(600), "xlsx"),
        (b"%PDF-1.7", "xlsx"),
        (b"a\0b", "文字を読めません"),
        (b"\x81\xff\xfd", "文字を読めません"),
        (PLAIN[:-40], "壊れているか"),
        (repacked(PLAIN, xl__media__bomb_xml=bytes(90 * 1024 * 1024)), "展開すると大きすぎる"),
        (many_parts(), "展開すると大きすぎる"),
        (repacked(PLAIN, xl__worksheets__sheet1_xml=FAR), "遠い行や列"),
        (repacked(PLAIN, xl__workbook_xml=b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), "開けない書き方"),
        (repacked(PLAIN, xl__workbook_xml=b"<a"), "Excelブックではない"),
        (workbook([["名前"], ["あ"]]), "見出しが見つかりません"),
        (workbook([["募集の題名", "応募締切", "締切の種類", "apply_by"]]), "「応募締切」の列が2つあります(B1とD1)"),
        ("募集の題名\n".encode() + "あ\n".encode() * 5_001, "5,000行"),
        ('募集の題名\n"あ'.encode(), "CSVとして読めません"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_opened_is_refused_in_words(content: bytes, says: str) -> None:
    with pytest.raises(Incomplete) as refusal:
        back(content)
    assert says in refusal.value.problems[0].message


def test_a_size_that_the_archive_lies_about_opens_no_bomb() -> None:
    bomb = bytearray(repacked(PLAIN, xl__worksheets__sheet1_xml=bytes(90 * 1024 * 1024)))
    size = (90 * 1024 * 1024).to_bytes(4, "little")
    assert bomb.count(size) == 2
    lying = bytes(bomb).replace(size, (1_000).to_bytes(4, "little"))
    with pytest.raises(Incomplete):
        back(lying)


def test_the_first_rows_of_a_form_with_very_long_text_still_read_back() -> None:
    draft = {"title": ["あ"], "duties": ["長い文。\n" * 800], "background": ["字" * 4_000]}
    assert_same(next(islice(back(stripped(write_forms([Entry("", "", draft)]))).rows, 1)), draft)
