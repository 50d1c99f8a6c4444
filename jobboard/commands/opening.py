"""The settings and the database, as every command begins with them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import click
from sqlalchemy.orm import Session

from jobboard.config import Config
from jobboard.database import begin_writing, create_engine, revision_state
from jobboard.domain.municipalities import refuse_demonstration

FAILED = 1


def configuration() -> Config:
    """The settings of this environment; raises SettingError."""
    return Config.from_environ(os.environ)


@contextmanager
def reading(config: Config) -> Iterator[Session]:
    """A session on the migrated database of this installation; nothing that it wrote is kept."""
    engine = create_engine(config.database_url)
    try:
        with Session(engine, expire_on_commit=False) as session:
            _refuse_unready(session, config)
            yield session
    finally:
        engine.dispose()


@contextmanager
def writing(config: Config) -> Iterator[Session]:
    """The same as one writing transaction: kept when the block ends, nothing of it when it raises."""
    engine = create_engine(config.database_url)
    try:
        with Session(engine, expire_on_commit=False) as session:
            _refuse_unready(session, config)
            session.rollback()
            begin_writing(session)
            yield session
            session.commit()
    finally:
        engine.dispose()


def _refuse_unready(session: Session, config: Config) -> None:
    present, newest = revision_state(session.connection())
    if present != newest:
        stop("データベースの準備ができていません。先に jobboard init を実行してください。")
    refuse_demonstration(session, config.demo)


def stop(sentence: str, code: int = FAILED) -> NoReturn:
    """Ends the command with a sentence on standard error."""
    click.echo(sentence, err=True)
    raise click.exceptions.Exit(code)
