"""Attachments are what they are by content, lie under their digest, wait for 掲載確認, and stay with every version shown."""

import hashlib
import os
import zlib
from datetime import timedelta
from pathlib import Path

import pytest

from jobboard.base.errors import Incomplete, NotFound, WrongState
from jobboard.base.states import ExtensionReason, State
from jobboard.database import Writing
from jobboard.domain import attached, attaching, drafting, history, moderation, publication, waiting
from jobboard.domain.attachment_kinds import clean_name, media_type
from jobboard.domain.attachments import stored_at
from jobboard.models import Attachment, Posting
from tests.cast import OPENING, Cast
from tests.sheets import repacked, workbook
from tests.stories import drafted, published, submitted

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
XLSX = workbook([["a"]])
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
DOCX = repacked(
    workbook([]), word__document_xml=b"<w/>", **{"[Content_Types]_xml": f'<Types><Override ContentType="{WORD}.main+xml"/></Types>'.encode()}
)  # fmt: skip
LATER = OPENING + timedelta(days=2)


def pdf(mark: str) -> bytes:
    return PDF.replace(b"1 0 obj", f"% {mark}\n1 0 obj".encode())


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (b"", "a.pdf", "空です"),
        (b"MZ\x90\x00" + bytes(500), "a.pdf", "種類のファイルではありません"),
        (PDF[:20], "a.pdf", "途中で切れています"),
        (PDF, "a.docx", "名前が中身と合いません"),
        (XLSX, "a.exe", "名前が中身と合いません"),
        (repacked(XLSX, xl__vbaProject_bin=b"x"), "a.xlsx", "マクロ"),
        (XLSX.replace(b"xl/workbook.xml", b"xl/workbook.xmm"), "a.xlsx", "種類のファイルではありません"),
        (repacked(XLSX, xl__bomb_xml=bytes(90 * 1024 * 1024)), "a.xlsx", "展開すると大きすぎる"),
        (XLSX[:200], "a.xlsx", "壊れているか"),
        (b"\xd0\xcf\x11\xe0" + bytes(500), "a.docx", "古い形式か"),
        (PDF + bytes(10 * 1024 * 1024), "a.pdf", "10MBまで"),
    ],
    ids=["empty", "exe", "cut", "named otherwise", "xlsx as exe", "macros", "no main part", "bomb", "broken", "old", "large"],
)
def test_only_what_is_a_pdf_word_or_excel_file_by_its_content_is_taken(content: bytes, name: str, says: str) -> None:
    with pytest.raises(Incomplete) as refusal:
        media_type(content, name)
    assert refusal.value.problems[0].field == "file" and says in refusal.value.problems[0].message


def test_the_three_kinds_are_told_by_content_and_names_are_cleaned() -> None:
    assert media_type(PDF, "a.PDF") == "application/pdf"
    assert media_type(XLSX, "a.xlsx").endswith("spreadsheetml.sheet")
    assert media_type(DOCX, "a.docx") == WORD
    assert clean_name("C:\\x\\..\\募集 要項\u202efdp.\x00exe.pdf") == "募集 要項fdp.exe.pdf"
    assert clean_name("../../etc/passwd") == "passwd" and clean_name("/") == "添付ファイル" and clean_name("...pdf") == "pdf"
    assert len(clean_name("長" * 300 + ".docx")) == 200 and clean_name("長" * 300 + ".docx").endswith("長.docx")


def with_object(words: bytes) -> bytes:
    return PDF.replace(b"<<>>", words)


def packed(words: bytes, more: bytes = b"/Filter /FlateDecode", data: bytes = b"") -> bytes:
    """A PDF whose object stream holds these words."""
    stream = data or zlib.compress(b"1 0 " + words)
    return with_object(b"<</Type /ObjStm /N 1 /First 4 " + more + b">>\nstream\n" + stream + b"\nendstream")


RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def related(kind: str, target: str, *, outside: bool = False) -> bytes:
    """A Word file with one more relationship."""
    mode = ' TargetMode="External"' if outside else ""
    one = f'<Relationship Id="r9" Type="{RELATIONS}/{kind}" Target="{target}"{mode}/>'
    return repacked(DOCX, **{"word/_rels/document.xml_rels": f"<Relationships>{one}</Relationships>".encode()})


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (with_object(b"<</S /JavaScript /JS (app.alert\\(1\\))>>"), "a.pdf", "スクリプト"),
        (with_object(b"<</OpenAction <</S/J#61vaScript/J#53 5 0 R>>>>"), "a.pdf", "スクリプト"),
        (with_object(b"<</S %x\n/JavaScript>>"), "a.pdf", "スクリプト"),
        (with_object(b"<</Type /Action /S /Launch /F (cmd.exe)>>"), "a.pdf", "スクリプト"),
        (with_object(b"<</S 9 0 R>>\nendobj\n9 0 obj /Launch"), "a.pdf", "スクリプト"),
        (with_object(b"<</Names <</JavaScript 4 0 R>>>>"), "a.pdf", "スクリプト"),
        (with_object(b"<<>>\nstream\n8 0 obj <</S /JavaScript>> endobj\nendstream"), "a.pdf", "スクリプト"),
        (packed(b"<</S /JavaScript /JS (x)>>"), "a.pdf", "スクリプト"),
        (packed(b"<</S /JavaScript>>").replace(b"/ObjStm", b"/Obj#53tm"), "a.pdf", "スクリプト"),
        (packed(b"/Launch "), "a.pdf", "スクリプト"),
        (packed(b"", b"/Filter [/FlateDecode /ASCIIHexDecode]"), "a.pdf", "確かめられない"),
        (packed(b"", data=zlib.compress(bytes(40 * 1024 * 1024))), "a.pdf", "確かめられない"),
        (with_object(b"<</Names <</EmbeddedFiles 4 0 R>>>>"), "a.pdf", "ファイルを埋め込んだ"),
        (packed(b"<</Type /Filespec /EF <</F 5 0 R>>>>"), "a.pdf", "ファイルを埋め込んだ"),
        (with_object(b"<</Encrypt 5 0 R>>"), "a.pdf", "暗号化された"),
        (repacked(DOCX, **{"[Content_Types]_xml": b'<Types><Override ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/></Types>'}),
         "a.docx", "マクロ"),
        (repacked(DOCX, word__activeX__activeX1_xml=b"<ax/>"), "a.docx", "ActiveX"),
        (repacked(DOCX, word__embeddings__oleObject1_bin=b"x"), "a.docx", "ActiveX"),
        (related("oleObject", "embeddings/x.xlsx"), "a.docx", "ActiveX"),
        *((related("attachedTemplate", target, outside=True), "a.docx", "リンク") for target in (
            "https://example.jp/x.dotm", r"file:///\\server\share\x.dotm", "//server/share/x.dotm", "file://server/x.dotm", "http:x.dotm",
        )),
        (repacked(XLSX, xl__externalLinks__externalLink1_xml=b"<externalLink/>"), "a.xlsx", "リンク"),
        (repacked(DOCX, word__document_xml=b'<w:document><w:instrText xml:space="preserve"> DDEAUTO cmd'), "a.docx", "リンク"),
    ],
)  # fmt: skip
def test_what_runs_starts_holds_or_fetches_something_is_refused_in_words(content: bytes, name: str, says: str) -> None:
    with pytest.raises(Incomplete) as refusal:
        media_type(content, name)
    assert refusal.value.problems[0].field == "file" and says in refusal.value.problems[0].message


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (with_object(b"<</OpenAction [3 0 R /Fit] /Title (HTML/JavaScript) /A <</S /URI /URI (https://example.jp)>>>>"), "a.pdf"),
        (with_object(b"<<>>\nstream\nBT (/JS \\(x\\) and /JavaScript) Tj ET\nendstream"), "a.pdf"),
        (packed(b"<</Type /Page /Title (JavaScript)>>"), "a.pdf"),
        (packed(b"<</Type /Page>>", b"/Filter[/FlateDecode]"), "a.pdf"),
        (related("hyperlink", "https://example.jp/", outside=True), "a.docx"),
        (related("attachedTemplate", r"file:///C:\Users\city\Templates\x.dotm", outside=True), "a.docx"),
        (related("attachedTemplate", "Normal.dotm", outside=True), "a.docx"),
        (related("image", "media/image1.png"), "a.docx"),
        (repacked(DOCX, word__embeddings__Microsoft_Excel_Sheet_xlsx=b"PK"), "a.docx"),
    ],
)  # fmt: skip
def test_links_to_pages_and_words_that_only_look_like_scripts_are_taken(content: bytes, name: str) -> None:
    assert media_type(content, name)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "uploads"


@pytest.mark.usefixtures("context")
def test_five_files_at_most_none_twice_and_nothing_is_stored_of_what_is_refused(cast: Cast, folder: Path) -> None:
    with Writing() as session:
        posting, by = drafted(session, cast), cast.account("aoba_editor")
        for number in range(5):
            name = f"{number}.pdf"
            attaching.add(session, posting, folder, name=name, content=pdf(name), by=by, now=OPENING)
        stored = sorted(path for path in folder.rglob("*") if path.is_file())
        assert len(stored) == 5 and all(hashlib.sha256(path.read_bytes()).hexdigest() == path.name for path in stored)
        first, *_ = attached.of_posting(session, posting)
        for name, content, says in (("6.pdf", pdf("6"), "5つまで"), ("x.pdf", b"MZ", "種類"), ("0.pdf", pdf("0"), "5つまで")):
            with pytest.raises(Incomplete, match=says):
                attaching.add(session, posting, folder, name=name, content=content, by=by, now=OPENING)
        attaching.remove(session, posting, first.id, by=by, now=OPENING)
        for name, content, says in (("1.pdf", pdf("new"), "名前のファイル"), ("y.pdf", pdf("1.pdf"), "同じ内容")):
            with pytest.raises(Incomplete, match=says):
                attaching.add(session, posting, folder, name=name, content=content, by=by, now=OPENING)
        with pytest.raises(NotFound):
            attaching.remove(session, posting, first.id, by=by, now=OPENING)
        assert sorted(path for path in folder.rglob("*") if path.is_file()) == stored


@pytest.mark.usefixtures("context")
def test_a_change_of_files_waits_is_a_difference_and_every_version_keeps_its_own(cast: Cast, folder: Path) -> None:
    with Writing() as session:
        by, sato = cast.account("aoba_editor"), cast.account("sato")
        posting = drafted(session, cast)
        old = attaching.add(session, posting, folder, name="要項.pdf", content=PDF, by=by, now=OPENING)
        moderation.submit(session, posting, by=by, now=OPENING)
        with pytest.raises(WrongState):
            attaching.remove(session, posting, old.id, by=by, now=OPENING)
        assert posting.pending is not None
        first = moderation.publish(session, posting, version_id=posting.pending.id, by=sato, now=OPENING)
        attaching.remove(session, posting, old.id, by=by, now=OPENING)
        new = attaching.add(session, posting, folder, name="改訂.xlsx", content=XLSX, by=by, now=OPENING)
        [row] = waiting.desk(session, Posting.id == posting.id, now=OPENING, by=by)
        assert row.wait is waiting.Wait.FILES and "discard" in waiting.offered(posting, by=by, now=OPENING, files=True)
        change = attached.difference(session, posting)[0]
        assert (change.label, change.old, change.new) == ("添付ファイル", "要項.pdf", "改訂.xlsx")
        extended = publication.extend(
            session, posting, until=OPENING + timedelta(days=90), reason=ExtensionReason.OTHER, by=by, now=OPENING
        )
        drafting.settle(session, posting, by=by, now=OPENING)
        with pytest.raises(Incomplete, match="誤字"):
            moderation.submit(session, posting, by=by, now=OPENING, silent=True)
        second = moderation.submit(session, posting, by=by, now=OPENING, summary="要項を改めました")
        assert not second.at_once and posting.pending is second
        files = [[one.id for one in attached.of_version(session, one.id)] for one in (first, extended, second)]
        assert files == [[old.id], [old.id], [new.id]]
        moderation.publish(session, posting, version_id=second.id, by=sato, now=OPENING)
        assert [row.wait for row in waiting.desk(session, Posting.id == posting.id, now=OPENING, by=by)] == [waiting.Wait.NOTHING]
        told, *before = history.steps(session, posting)
        assert told.event.changed == ["attachments"] and not told.event.material
        assert [(one.label, one.old, one.new) for one in told.differences] == [("添付ファイル", "要項.pdf", "改訂.xlsx")]
        assert not [one for step in before for one in step.differences if one.field is attached.FILES]
        assert [one.field for one in history.last_changes(session, [posting])[posting.id]] == [attached.FILES]
        assert attached.difference(session, posting) == [] and posting.state is State.PUBLISHED


@pytest.mark.usefixtures("context")
def test_discarding_a_change_brings_the_files_back_that_the_public_sees(cast: Cast, folder: Path) -> None:
    with Writing() as session:
        by = cast.account("aoba_editor")
        posting = published(session, cast)
        attaching.add(session, posting, folder, name="a.pdf", content=PDF, by=by, now=OPENING)
        drafting.discard(session, posting, revision=posting.revision, by=by, now=OPENING)
        assert attached.of_posting(session, posting) == []


@pytest.mark.usefixtures("context")
def test_what_nothing_names_is_tidied_after_a_day_and_what_a_version_names_never(cast: Cast, folder: Path) -> None:
    with Writing() as session:
        by = cast.account("aoba_editor")
        posting = drafted(session, cast)
        kept, gone = (
            attaching.add(session, posting, folder, name=f"{name}.pdf", content=pdf(name), by=by, now=OPENING)
            for name in ("kept", "gone")
        )
        other = submitted(session, cast)
        attaching.remove(session, posting, gone.id, by=by, now=OPENING)
        moderation.submit(session, posting, by=by, now=OPENING)
        kept.removed_at = OPENING
        part = folder / "ab" / "cut.part"
        part.parent.mkdir(exist_ok=True)
        part.write_bytes(b"x")
        fresh = stored_at(folder, "cd" * 32)
        fresh.parent.mkdir()
        fresh.write_bytes(b"on its way")
        foreign = folder / "README"
        foreign.write_bytes(b"not ours")
        for path in (path for path in folder.rglob("*") if path.is_file()):
            instant = (LATER if path == fresh else OPENING).timestamp()
            os.utime(path, (instant, instant))
        assert attaching.forget_removed(session, now=LATER) == 1
    with Writing() as session:
        assert attaching.sweep(session, folder, now=LATER) == 2
        left = {path.name for path in folder.rglob("*") if path.is_file()}
        assert left == {kept.sha256, fresh.name, "README"} and other.pending is not None
        assert [one.id for one in session.query(Attachment)] == [kept.id]
