"""`jobboard backup` and `restore`: what was there is there again, on another machine; and nothing is written over."""

import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from jobboard.commands import opening
from jobboard.domain import audit
from jobboard.domain.attachments import stored_at
from tests.cast import OPENING
from tests.test_cli import Say, environ, say

__all__ = ["environ", "say"]

PDF = b"%PDF-1.7 a file"
DIGEST = hashlib.sha256(PDF).hexdigest()


@pytest.fixture
def taken(say: Say, tmp_path: Path) -> Path:
    """A backup of a sealed entry and a file."""
    config = opening.configuration()
    with opening.writing(config) as session:
        audit.record(session, "posting:save", "posting", 1, by=None, now=OPENING)
    path = stored_at(config.upload_dir, DIGEST)
    path.parent.mkdir(parents=True)
    path.write_bytes(PDF)
    say("seal")
    file = tmp_path / "backup.tar"
    said = say("backup", str(file))
    assert said.code == 0 and "添付ファイル 1" in said.out
    assert file.stat().st_mode & 0o077 == 0, "addresses are in it"
    return file


def elsewhere(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("JOBBOARD_DATABASE_URL", f"sqlite:///{folder}/new.sqlite3")
    monkeypatch.setenv("JOBBOARD_INSTANCE_DIR", str(folder))


def test_a_backup_brings_rows_and_files_back_on_another_machine(
    taken: Path, say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere(monkeypatch, tmp_path / "other")
    said = say("restore", str(taken))
    assert said.code == 0 and "添付ファイル 1" in said.out
    assert stored_at(opening.configuration().upload_dir, DIGEST).read_bytes() == PDF
    verified = say("audit", "verify")
    assert verified.code == 0 and "調べた封 1" in verified.out
    again = say("restore", str(taken))
    assert again.code == 1 and "別の場所に移してから" in again.err


def test_a_backup_that_is_there_is_not_written_over_unless_one_says_so(taken: Path, say: Say) -> None:
    before = taken.read_bytes()
    refused = say("backup", str(taken))
    assert refused.code == 1 and "すでにあります" in refused.err and "--overwrite" in refused.err
    assert taken.read_bytes() == before
    assert say("backup", str(taken), "--overwrite").code == 0


def test_what_is_no_backup_or_was_altered_restores_nothing(
    taken: Path, say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere(monkeypatch, tmp_path / "other")
    forged, wrong = tmp_path / "forged.tar", tmp_path / "wrong.tar"
    wrong.write_bytes(b"no tar")
    with tarfile.open(taken) as old, tarfile.open(forged, "w") as new:
        for member in old:
            content = old.extractfile(member)
            assert content is not None
            data = content.read().replace(b"a file", b"A FILE") if member.name.startswith("uploads/") else content.read()
            new.addfile(member, io.BytesIO(data))
        outside = tarfile.TarInfo("../outside")
        new.addfile(outside)
    for file in (forged, wrong):
        said = say("restore", str(file))
        assert said.code == 1 and "控えとして読めません" in said.err
    assert not (tmp_path / "other" / "new.sqlite3").exists() and not (tmp_path / "outside").exists()


def test_of_postgresql_it_says_which_programs_do_it(say: Say, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JOBBOARD_DATABASE_URL", "postgresql://jobboard@127.0.0.1/jobboard")
    for command in (["backup", str(tmp_path / "a")], ["restore", __file__]):
        said = say(*command)
        assert said.code == 1 and "pg_dump" in said.err
