"""What a PDF or an Office file may not bring along: scripts, starts of programs, files within, links to files elsewhere.

A bounded look, not a virus scanner. It reads names as a PDF reader does (ISO 32000-1, 7.3.5 and 7.5.7) and the relationships of a
package (ECMA-376 part 2); each refusal raises ``ValueError`` with a sentence that says what to do.
"""

import re
import zlib
from collections.abc import Iterable
from xml.etree import ElementTree

from jobboard.domain.sheets_package import Parts

LARGEST_OBJECTS = 32 * 1024 * 1024
"""Bytes of the object streams of one PDF together, unpacked."""

_AGAIN = "「印刷」から「PDFとして保存」を選んで作り直すと、添付できます。"
LOCKED = "暗号化されたPDF(パスワードや印刷の制限の付いたもの)は、中身を確かめられないため添付できません。制限を外して保存し直してください。"
RUNS = f"スクリプトや、ほかのプログラムを動かす命令を含むPDFは添付できません。{_AGAIN}"
HOLDS = "ファイルを埋め込んだPDFは添付できません。埋め込んだファイルを外し、必要なら別に添付してください。"
UNREADABLE = f"中身を確かめられないPDFです。{_AGAIN}"
ACTIVE = "ActiveXやOLEの部品、埋め込んだファイルを含むものは添付できません。部品を外すか、PDFで保存し直してください。"
LINKED = "ほかのファイルへのリンク(外部参照や、サーバーにあるひな形)を含むものは添付できません。リンクを解除するか、PDFで保存し直してください。"
BROKEN = "ファイルが壊れています。元のプログラムで開いて、保存し直してください。"

_POINTS = rb"\s*(?:<<|\[|[0-9]+\s+[0-9]+\s+R)"
_END = rb"(?![A-Za-z0-9])"
_LOCKED = re.compile(rb"/Encrypt" + _POINTS)
_RUNS = re.compile(
    rb"(?:/S|obj)\s*/(?:JavaScript|Launch|Rendition|ImportData)" + _END + rb"|/(?:JavaScript|RichMediaContent|XFA)" + _POINTS
)
_SCRIPT = re.compile(rb"/JS\s*(?:\(|<|[0-9]+\s+[0-9]+\s+R)|(?:^|[\s>\])])/(?:JavaScript|Launch)(?=[\s<\[(/]|$)")
"""Short names, or names alone: looked for where no picture's bytes could look like one."""

_HOLDS = re.compile(rb"(?:/Type|obj)\s*/EmbeddedFile" + _END + rb"|/(?:EmbeddedFiles|EF|Collection)" + _POINTS)
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_COMMENT = re.compile(rb"%[^\r\n]*")
_STREAM = re.compile(rb"\bstream\r?\n")
_PACKED = re.compile(rb"/ObjStm" + _END)
_FLATE = re.compile(rb"/(?:FlateDecode|Fl)" + _END)
_OTHERWISE = re.compile(rb"/(?:ASCII|LZW|RunLength|Crypt|AHx|A85|RL|Predictor)|/Filter\s*[0-9]")


def check_pdf(content: bytes) -> None:
    """Looks at a PDF's objects, also at those in object streams."""
    outside, packed = _objects(content)
    for text in _as_read([content]):
        _refuse(text, ((_LOCKED, LOCKED), (_RUNS, RUNS), (_HOLDS, HOLDS)))
    for text in _as_read([outside, *packed]):
        _refuse(text, ((_RUNS, RUNS), (_SCRIPT, RUNS), (_HOLDS, HOLDS)))


def _refuse(text: bytes, patterns: Iterable[tuple[re.Pattern[bytes], str]]) -> None:
    for pattern, sentence in patterns:
        if pattern.search(text):
            raise ValueError(sentence)


def _as_read(pieces: Iterable[bytes]) -> Iterable[bytes]:
    """Each piece with its names unescaped, and once more without comments, which may stand between any two words."""
    for piece in pieces:
        plain = _ESCAPED.sub(_letter, piece.replace(b"\0", b" "))
        yield plain
        yield _COMMENT.sub(b" ", plain)


def _letter(found: re.Match[bytes]) -> bytes:
    return bytes([int(found[1], 16)])


def _objects(content: bytes) -> tuple[bytes, list[bytes]]:
    """The file without the bytes of its streams, and each object stream unpacked."""
    outside, packed, at, left = [], [], 0, LARGEST_OBJECTS
    while found := _STREAM.search(content, at):
        outside.append(content[at : found.start()])
        dictionary = _ESCAPED.sub(_letter, outside[-1])
        at = content.find(b"endstream", found.end())
        at = len(content) if at < 0 else at
        if _PACKED.search(dictionary):
            packed.append(_unpacked(dictionary, content[found.end() : at], left))
            left -= len(packed[-1])
    return b"\n".join([*outside, content[at:]]), packed


def _unpacked(dictionary: bytes, stream: bytes, left: int) -> bytes:
    """The objects of a stream: as they stand or deflated, as every program writes them."""
    if b"/Filter" not in dictionary:
        return stream
    if len(_FLATE.findall(dictionary)) != 1 or _OTHERWISE.search(dictionary):
        raise ValueError(UNREADABLE)
    try:
        unpacking = zlib.decompressobj()
        plain = unpacking.decompress(stream, max(left, 1))
    except zlib.error:
        raise ValueError(UNREADABLE) from None
    if unpacking.unconsumed_tail:
        raise ValueError(UNREADABLE)
    return plain


_PARTS = re.compile(r"activeX|oleObject|/embeddings/[^/]*\.(?!xlsx$|docx$)[^/]*$|\.(?:exe|dll|js|vbs|hta|lnk|scr|jar)$", re.IGNORECASE)
_ACTIVE = ("oleobject", "control", "activexcontrolbinary", "vbaproject", "xlmacrosheet", "package")
_COMMANDS = re.compile(rb"<(?:\w+:)?(?:instrText\b[^>]*>|fldSimple\b[^>]*\binstr=[\"'])\s*DDE", re.IGNORECASE)
_ON_A_DRIVE = re.compile(r"(?:file:///)?[A-Za-z]:[\\/]|[^\\/:%]+$")
"""The template that a town's own documents are made from; on another machine it is simply not there."""

_CHART = re.compile(r"(?:^|/)charts?/")


def check_package(parts: Parts, names: Iterable[str]) -> None:
    """Looks at the parts of an Office file and where its relationships lead. The workbook within a chart is its data."""
    if any(_PARTS.search(name) for name in names):
        raise ValueError(ACTIVE)
    for name, part in parts.items():
        if name.lower().endswith(".rels"):
            _check_relations(name, part)
        elif _COMMANDS.search(part):
            raise ValueError(LINKED)
    if any(name.lower().startswith("xl/externallinks/") for name in parts):
        raise ValueError(LINKED)


def _check_relations(name: str, part: bytes) -> None:
    try:
        relations = ElementTree.fromstring(part)
    except ElementTree.ParseError:
        raise ValueError(BROKEN) from None
    for one in relations:
        kind = one.get("Type", "").rpartition("/")[2].lower()
        if kind in _ACTIVE and not (kind == "package" and _CHART.search(name)):
            raise ValueError(ACTIVE)
        of_this_machine = kind == "attachedtemplate" and _ON_A_DRIVE.match(one.get("Target", ""))
        if one.get("TargetMode", "").lower() == "external" and kind != "hyperlink" and not of_this_machine:
            raise ValueError(LINKED)
