"""`jobboard backup`, `restore`: database and attachments in one file, taken while the site runs. The keys are not in it."""

import hashlib
import os
import re
import sqlite3
import tarfile
import tempfile
from contextlib import closing
from datetime import datetime
from pathlib import Path

import click
from sqlalchemy import func, select
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from jobboard import heads
from jobboard.base.clock import present
from jobboard.commands.help import JapaneseCommand
from jobboard.commands.opening import configuration, reading, stop, writing
from jobboard.config import Config
from jobboard.domain import audit
from jobboard.domain.attachments import stored_at
from jobboard.models import AuditEntry

ACT = "house:backup"
DATABASE = "jobboard.sqlite3"
_FILE = re.compile(r"uploads/([0-9a-f]{2})/(\1[0-9a-f]{62})")
BY_OTHER_MEANS = (
    "PostgreSQLの控えは、pg_dump で取り、pg_restore で戻します(例: pg_dump --format=custom --file=控え.dump データベース名)。"
    "添付ファイルのフォルダー(JOBBOARD_UPLOAD_DIR)は、その後に写してください。"
)


@click.command(cls=JapaneseCommand)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--overwrite", is_flag=True, help="FILE があれば書き換える")
def backup(file: Path, overwrite: bool) -> None:
    """データベース(SQLite)と添付ファイルの控えを、動かしたまま FILE(tar)に取る。鍵は入らない。"""
    config = configuration()
    source = _sqlite_file(config)
    if file.exists() and not overwrite:
        stop(f"{file} はすでにあります。別の名前にしてください。書き換えてよければ、--overwrite を付けてください。")
    with reading(config):
        pass
    with tempfile.TemporaryDirectory(dir=file.absolute().parent, prefix=".backup-") as folder:
        whole, copy = Path(folder) / "whole.tar", Path(folder) / DATABASE
        with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(copy)) as there:
            here.backup(there)
        with tarfile.open(whole, "w") as out:
            out.add(copy, DATABASE)
            kept = [one for one in sorted(config.upload_dir.glob("??/*")) if _FILE.fullmatch(_name(one))]
            for one in kept:
                out.add(one, _name(one))
        with whole.open("rb") as done:
            os.fsync(done.fileno())
        os.replace(whole, file)
    with writing(config) as session:
        audit.record(session, ACT, "board", 1, by=None, now=present())
    click.echo(f"{file} に控えを取りました: データベース、添付ファイル {len(kept)}。登録者のアドレスが入っています。鍵(設定の値)は別に控えてください。")


@click.command(cls=JapaneseCommand)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def restore(file: Path) -> None:
    """控え FILE からデータベースと添付ファイルを戻す。データベースがまだ無い所にだけ戻せる。"""
    config = configuration()
    target = _sqlite_file(config)
    if any(Path(f"{target}{end}").exists() for end in ("", "-wal", "-shm")):
        stop(f"{target} があります。サイトを止め、このファイル(-wal と -shm も)を別の場所に移してから、もう一度実行してください。")
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".restore-") as folder:
        fresh = Path(folder) / DATABASE
        try:
            count = _unpack(file, fresh, config.upload_dir)
        except (tarfile.TarError, sqlite3.DatabaseError, KeyError):
            stop(f"{file} は、jobboard backup の控えとして読めません。何も戻していません。")
        os.replace(fresh, target)
    aside = heads.put_aside(heads.file_of(config), now=present())
    if aside is not None:
        click.echo(f"前のデータベースの封の控えは、{aside} に移しました。")
    click.echo(f"戻しました: データベース、添付ファイル {count}。次に jobboard init を実行し、jobboard audit verify で確かめてください。")


def last_backup(session: Session) -> datetime | None:
    """When a backup was taken last by this command."""
    return session.scalar(select(func.max(AuditEntry.at)).where(AuditEntry.action == ACT))


def _sqlite_file(config: Config) -> Path:
    url = make_url(config.database_url)
    if url.drivername != "sqlite" or not url.database:
        stop(BY_OTHER_MEANS)
    return Path(url.database)


def _name(file: Path) -> str:
    return f"uploads/{file.parent.name}/{file.name}"


def _unpack(file: Path, database: Path, uploads: Path) -> int:
    """The database, sound, at that place; each file that is what its name says below ``uploads``. Returns how many files."""
    count = 0
    with tarfile.open(file) as packed:
        _copy(packed, packed.getmember(DATABASE), database)
        with closing(sqlite3.connect(database)) as opened:
            [(said,)] = opened.execute("PRAGMA quick_check(1)").fetchall()
        if said != "ok":
            raise sqlite3.DatabaseError(said)
        for member in packed:
            found = _FILE.fullmatch(member.name)
            if found is None or not member.isfile():
                continue
            path = stored_at(uploads, found[2])
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if _copy(packed, member, path.with_suffix(".part")) != found[2]:
                path.with_suffix(".part").unlink()
                raise tarfile.TarError(member.name)
            os.replace(path.with_suffix(".part"), path)
            count += 1
    return count


def _copy(packed: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> str:
    """Writes one member there; returns its SHA-256 in hexadecimal."""
    content = packed.extractfile(member)
    if content is None:
        raise tarfile.TarError(member.name)
    digest = hashlib.sha256()
    with path.open("wb") as out:
        while piece := content.read(2**20):
            digest.update(piece)
            out.write(piece)
        out.flush()
        os.fsync(out.fileno())
    return digest.hexdigest()


COMMANDS = (backup, restore)
