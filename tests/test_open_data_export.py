"""`jobboard data export`: all that is public, as the site says it, and nothing of any person."""

import csv
import hashlib
import io
import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from jobboard.base.states import ClosedReason
from jobboard.database import Writing, db
from jobboard.domain import publication
from jobboard.web import open_data_export
from jobboard.web.transaction import BoardApp
from tests.cast import OPENING, Cast
from tests.stories import amended, asked_about, drafted, published
from tests.test_cli import Say, environ, say

__all__ = ["environ", "say"]

FILES = {
    "postings.csv", "postings.json", "municipalities.csv", "municipalities.json", "changes.csv", "changes.json",
    "dictionary.csv", "dictionary.json", "LICENCE.txt", "manifest.json",
}  # fmt: skip


@pytest.fixture
def folder(app: BoardApp, cast: Cast, tmp_path: Path) -> Path:
    """The export of an open posting that was changed, one that is over, a draft, and a request with an address."""
    with app.app_context(), Writing() as session:
        posting, over = published(session, cast), published(session, cast, title="終わった募集")
        amended(session, posting, cast, now=OPENING, duties="庁内のデータを整え、使いやすくしていただきます。詳しくは面談でお話しします。")
        publication.close(session, over, reason=ClosedReason.FILLED, by=None, now=OPENING)
        asked_about(session, posting, address="tanaka@example.jp")
        drafted(session, cast, title="まだ見せない下書き")
    made = tmp_path / "open"
    with app.app_context():
        open_data_export.write(db.engine, app.config["BOARD"], made, now=OPENING)
    return made


def rows(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file.read_bytes().decode("utf-8-sig"), newline="")))


def test_the_files_say_what_the_site_says(folder: Path, client: FlaskClient) -> None:
    assert {one.name for one in folder.iterdir()} == FILES
    assert (folder / "postings.csv").read_bytes() == client.get("/postings.csv?status=all").data
    told = json.loads((folder / "postings.json").read_text("utf-8"))
    assert told["data"] == client.get("/data/postings.json?status=all").json["data"] and told["count"] == 2
    assert (folder / "dictionary.json").read_bytes() == client.get("/data/dictionary.json").data
    assert (folder / "dictionary.csv").read_bytes() == client.get("/data/dictionary.csv").data
    places = client.get("/api/v1/municipalities").json["data"]
    assert json.loads((folder / "municipalities.json").read_text("utf-8"))["data"] == places
    assert [one["code"] for one in rows(folder / "municipalities.csv")] == [one["code"] for one in places]
    changes = json.loads((folder / "changes.json").read_text("utf-8"))["data"]
    assert changes == client.get("/api/v1/changes?limit=100").json["data"] and len(changes) == 3
    assert {one["id"] for one in rows(folder / "changes.csv")} == {one["id"] for one in changes}


def test_the_manifest_names_every_file_with_its_digest_its_time_and_the_terms(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest["generated_at"] == "2026-04-01T09:00:00+09:00" and "PDL1.0" in manifest["licence"]["attribution"]
    assert {one["name"] for one in manifest["files"]} == FILES - {"manifest.json"}
    for one in manifest["files"]:
        content = (folder / one["name"]).read_bytes()
        assert (one["bytes"], one["sha256"]) == (len(content), hashlib.sha256(content).hexdigest()), one["name"]


def test_no_draft_and_nobody_is_in_it(folder: Path) -> None:
    whole = b"".join(one.read_bytes() for one in folder.iterdir()).decode()
    for secret in ("まだ見せない下書き", "tanaka@example.jp", "青葉 花子", "editor@city.aoba.lg.jp", "佐藤 恵", "ページと違います"):
        assert secret not in whole, secret


def test_a_failure_leaves_nothing_and_nothing_is_written_over(app: BoardApp, cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(open_data_export, "dictionary_document", fails)
    with app.app_context(), pytest.raises(RuntimeError):
        open_data_export.write(db.engine, app.config["BOARD"], tmp_path / "open", now=OPENING)
    assert [one.name for one in tmp_path.iterdir() if "open" in one.name] == []


def test_the_command_writes_a_new_folder_once(say: Say, tmp_path: Path) -> None:
    done = say("data", "export", str(tmp_path / "out"))
    assert done.code == 0 and "9個のファイル" in done.out
    again = say("data", "export", str(tmp_path / "out"))
    assert again.code == 1 and "新しいフォルダーの名前" in again.err
