"""The settings and the database, as every command begins with them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import click
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from jobboard.config import Config
from jobboard.database import begin_writing, create_engine, revision_state
from jobboard.demonstration.refusing import refuse
from jobboard.settings import wrong

FAILED = 1
NOT_READY = "データベースの準備ができていません。先に jobboard init を実行してください。"


def configuration() -> Config:
    """The settings of this environment; raises SettingError."""
    return Config.from_environ(os.environ)


def looking() -> Config:
    """The settings for a command that only looks at files of this installation: it needs none of its keys."""
    unused = {"JOBBOARD_SECRET_KEY": "unused-by-looking-" * 2, "JOBBOARD_TOKEN_KEY": "unused-too-by-looking-" * 2}
    return Config.from_environ({**unused, **os.environ})


@contextmanager
def reading(config: Config) -> Iterator[Session]:
    """A session on the migrated database of this installation; nothing that it wrote is kept."""
    engine = create_engine(config.database_url)
    try:
        _refuse_unready(engine, config)
        with Session(engine, expire_on_commit=False) as session:
            yield session
    finally:
        engine.dispose()


@contextmanager
def writing(config: Config) -> Iterator[Session]:
    """The same as one writing transaction: kept when the block ends, nothing of it when it raises."""
    engine = create_engine(config.database_url)
    try:
        _refuse_unready(engine, config)
        with Session(engine, expire_on_commit=False) as session:
            begin_writing(session)
            yield session
            session.commit()
    finally:
        engine.dispose()


def refuse_unusable_folders(config: Config) -> None:
    """Makes the folders of settings that name one; raises SettingError for one that cannot be written to."""
    for name, folder in (("mail_folder", config.mail_folder), ("upload_dir", config.upload_dir)):
        try:
            if folder is not None:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                if not os.access(folder, os.W_OK | os.X_OK):
                    raise PermissionError(folder)
        except OSError:
            raise wrong(name, "書き込めるフォルダーを指定してください", "it must be a folder that can be written to") from None


def _refuse_unready(engine: Engine, config: Config) -> None:
    said = _unready(engine)
    if said:
        stop(said)
    refuse(engine, config)


def unready(config: Config) -> str:
    """What must be done before the database can be used; empty when it is at the newest migration."""
    engine = create_engine(config.database_url)
    try:
        return _unready(engine)
    finally:
        engine.dispose()


def _unready(engine: Engine) -> str:
    file = engine.url.database
    if engine.dialect.name == "sqlite" and file and not Path(file).exists():
        return NOT_READY
    with engine.connect() as connection:
        present, newest = revision_state(connection)
    return NOT_READY if present != newest else ""


def stop(sentence: str, code: int = FAILED) -> NoReturn:
    """Ends the command with a sentence on standard error."""
    click.echo(sentence, err=True)
    raise click.exceptions.Exit(code)
