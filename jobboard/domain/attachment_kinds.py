"""What a file is by its content, and how its name is kept: only PDF, Word and Excel that run nothing are attached."""

import io
import re
import unicodedata
import zipfile
import zlib

from jobboard.base.errors import Incomplete, Problem
from jobboard.base.text import clean
from jobboard.domain import attachment_hazards
from jobboard.domain.sheets_package import Parts, opened

LARGEST = 10 * 1024 * 1024
"""Bytes of one file."""

LONGEST_NAME = 200

_OFFICE = "application/vnd.openxmlformats-officedocument."
SUFFIXES = {
    "application/pdf": ".pdf",
    f"{_OFFICE}wordprocessingml.document": ".docx",
    f"{_OFFICE}spreadsheetml.sheet": ".xlsx",
}
"""What may be attached, by media type, with how its name ends."""

_MAIN_PARTS = {"word/document.xml": "wordprocessingml.document", "xl/workbook.xml": "spreadsheetml.sheet"}
_PDF_BEGINS, _PDF_ENDS = re.compile(rb"%PDF-[12]\.\d"), b"%%EOF"
_END = 2_048
"""Bytes at the end of a PDF in which its last line stands; some programs write a little after it."""

_MACROS = re.compile(rb"macroEnabled|vbaProject", re.IGNORECASE)
ASKED = "PDF、Word(.docx)、Excel(.xlsx)のファイルを選んでください。"


def media_type(content: bytes, name: str) -> str:
    """The media type of a file, by what is in it. Raises ``Incomplete`` at ``file`` when it is none of ours or bears another's name."""
    if not content:
        raise _refused("ファイルが空です。内容のあるファイルを選んでください。")
    if len(content) > LARGEST:
        raise _refused("ファイルが大きすぎます。1つ10MBまでにしてください。")
    try:
        kind = _recognised(content)
    except ValueError as reason:
        raise _refused(str(reason)) from None
    wanted = SUFFIXES[kind]
    if not name.lower().endswith(wanted):
        raise _refused(f"ファイルの名前が中身と合いません。中身は{wanted}です。名前の終わりを{wanted}に直してください。")
    return kind


def _recognised(content: bytes) -> str:
    if _PDF_BEGINS.match(content):
        if _PDF_ENDS not in content[-_END:]:
            raise _refused("PDFが途中で切れています。元のファイルを確かめて、もう一度選んでください。")
        attachment_hazards.check_pdf(content)
        return "application/pdf"
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise _refused(f"古い形式か、パスワードの付いたファイルです。パスワードを外し、新しい形式で保存し直してください。{ASKED}")
    if not content.startswith(b"PK\x03\x04"):
        raise _refused(f"中身が添付できる種類のファイルではありません。{ASKED}")
    return _office(content)


def _office(content: bytes) -> str:
    try:
        parts = opened(content)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError):
        raise _refused("ファイルが壊れているか、パスワードが付いています。保存し直してください。") from None
    if any("vbaproject" in name.lower() for name in names) or _MACROS.search(_types(parts)):
        raise _refused("マクロを含むファイルは添付できません。マクロのない形式で保存し直してください。")
    found = [kind for main, kind in _MAIN_PARTS.items() if main in parts and f"{_OFFICE}{kind}.main+xml".encode() in _types(parts)]
    if len(found) != 1:
        raise _refused(f"中身が添付できる種類のファイルではありません。{ASKED}")
    attachment_hazards.check_package(parts, names)
    return _OFFICE + found[0]


def _types(parts: Parts) -> bytes:
    return parts.get("[Content_Types].xml", b"")


def clean_name(typed: str, otherwise: str = "添付ファイル") -> str:
    """The file's own name without path, control or direction signs, at most 200 characters; its ending is kept."""
    last = re.split(r"[/\\]", typed)[-1]
    name = " ".join(clean(unicodedata.normalize("NFC", last)).split()).lstrip(". ")
    stem, dot, suffix = name.rpartition(".")
    if not dot or not re.fullmatch(r"[A-Za-z0-9]{1,10}", suffix):
        return name[:LONGEST_NAME] or otherwise
    return f"{(stem or otherwise)[: LONGEST_NAME - len(suffix) - 1]}.{suffix}"


def _refused(message: str) -> Incomplete:
    return Incomplete([Problem("file", message)])
