"""What a sanitising gateway leaves of a workbook, and workbooks as other programs write them."""

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import xlsxwriter
from python_calamine import CalamineWorkbook

_GONE = re.compile(r"xl/(styles|theme/.*|comments.*|drawings/.*|threadedComments/.*|printerSettings/.*)")
_IN_SHEET = (
    r"<dataValidations.*?</dataValidations>", r"<legacyDrawing[^>]*/>", r"<mergeCells.*?</mergeCells>", r"<cols>.*?</cols>",
    r"<conditionalFormatting.*?</conditionalFormatting>", r"<page(?:Margins|Setup)[^>]*/>", r' s="\d+"', r' ht="[^"]*"',
)  # fmt: skip


def stripped(workbook: bytes) -> bytes:
    """The workbook without styles, comments, validations, merged cells, defined names and hidden sheets."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as given, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as left:
        hidden = _hidden(given)
        for name in given.namelist():
            if name not in hidden and not _GONE.match(name):
                left.writestr(name, _bare(name, given.read(name).decode(), hidden))
    return out.getvalue()


def _hidden(given: zipfile.ZipFile) -> dict[str, str]:
    """Part and relation id of each hidden sheet."""
    book, relations = given.read("xl/workbook.xml").decode(), given.read("xl/_rels/workbook.xml.rels").decode()
    keys = re.findall(r'<sheet [^>]*state="hidden"[^>]*r:id="(\w+)"', book)
    found = {}
    for key in keys:
        target = re.search(rf'Id="{key}"[^>]*Target="([^"]+)"', relations)
        assert target
        found[f"xl/{target[1]}"] = key
    return found


def _bare(name: str, part: str, hidden: dict[str, str]) -> str:
    if name.startswith("xl/worksheets/"):
        for pattern in _IN_SHEET:
            part = re.sub(pattern, "", part, flags=re.DOTALL)
    if name == "xl/workbook.xml":
        part = re.sub(r'<sheet [^>]*state="hidden"[^>]*/>|<definedNames>.*?</definedNames>', "", part, flags=re.DOTALL)
    if name.endswith((".rels", "[Content_Types].xml")):
        paths = [path.removeprefix("xl/") for path in hidden]
        gone = "|".join([*map(re.escape, paths), "styles.xml", "theme/"])
        part = re.sub(rf'<(?:Override|Relationship) [^>]*(?:{gone})[^>]*/>', "", part)
    return part


def workbook(rows: Sequence[Sequence[object]], *, formulas: dict[str, str] | None = None) -> bytes:
    """One plain sheet of these values; texts are texts whatever they begin with."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("Sheet1")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
        for place, formula in (formulas or {}).items():
            sheet.write_formula(place, formula, None, 42)
    return out.getvalue()


def repacked(content: bytes, **parts: bytes) -> bytes:
    """A package with some parts put in or replaced; ``__`` in a name stands for ``/``, a last ``_`` for a dot."""
    out = io.BytesIO()
    named = {re.sub(r"_(?=[a-z]+$)", ".", name.replace("__", "/")): part for name, part in parts.items()}
    with zipfile.ZipFile(io.BytesIO(content)) as given, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name in given.namelist():
            if name not in named:
                made.writestr(name, given.read(name))
        for name, part in named.items():
            made.writestr(name, part)
    return out.getvalue()


Rows = list[list[object]]
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def written_anew(given: bytes, change: Callable[[Rows], Rows]) -> bytes:
    """What another program makes of a workbook: its visible values alone, under other names, as inline strings."""
    book, out = CalamineWorkbook.from_filelike(io.BytesIO(given)), io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as made:
        for number, one in enumerate(book.sheets_metadata):
            if "Visible" not in str(one.visible):
                continue
            sheet = made.add_worksheet(f"Table {number}")
            for row, values in enumerate(change([list(line) for line in book.get_sheet_by_name(one.name).to_python(skip_empty_area=False)])):
                for column, value in enumerate(values):
                    if isinstance(value, date):
                        sheet.write_number(row, column, serial(value))
                    elif value != "":
                        sheet.write(row, column, value)
    return _inline(out.getvalue())


def serial(value: date) -> float:
    """The number under which a spreadsheet keeps a day, or a day with a time."""
    moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
    return (moment - datetime(1899, 12, 30)) / timedelta(days=1)


def _inline(given: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(given)) as old, zipfile.ZipFile(out, "w") as new:
        shared = ElementTree.fromstring(old.read("xl/sharedStrings.xml"))
        words = ["".join(piece.text or "" for piece in one.iter(f"{_MAIN}t")) for one in shared]
        for name in old.namelist():
            if name in ("xl/sharedStrings.xml", "xl/styles.xml", "xl/theme/theme1.xml"):
                continue
            part = old.read(name).decode()
            if name.startswith("xl/worksheets/"):
                part = re.sub(
                    r' s="\d+"|t="s"><v>(\d+)</v>',
                    lambda cell: f't="inlineStr"><is><t xml:space="preserve">{escape(words[int(cell[1])])}</t></is>' if cell[1] else "",
                    part,
                )
            new.writestr(name, re.sub(r"<(?:Override|Relationship) [^>]*(?:sharedStrings|styles|theme)[^>]*/>", "", part))
    return out.getvalue()
