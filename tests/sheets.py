"""What a sanitising gateway leaves of a workbook, and workbooks as other programs write them."""

import io
import re
import zipfile
from collections.abc import Sequence

import xlsxwriter

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
