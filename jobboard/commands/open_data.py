"""`jobboard data export`: all open data as files."""

from pathlib import Path

import click

from jobboard.base.clock import present
from jobboard.commands.help import JapaneseGroup
from jobboard.commands.opening import configuration, reading, stop
from jobboard.database import create_engine
from jobboard.web import open_data_export


@click.group(cls=JapaneseGroup, name="data")
def data() -> None:
    """オープンデータを書き出す。"""


@data.command()
@click.argument("directory", type=click.Path(path_type=Path))
def export(directory: Path) -> None:
    """公開しているデータのすべてを、新しいフォルダー DIRECTORY に書き出す。個人の情報は入らない。"""
    config = configuration()
    with reading(config):
        pass
    if directory.exists():
        stop(f"{directory} はすでにあります。新しいフォルダーの名前を指定してください。")
    engine = create_engine(config.database_url)
    try:
        written = open_data_export.write(engine, config, directory, now=present())
    finally:
        engine.dispose()
    click.echo(f"{directory} に{len(written)}個のファイル({sum(written.values()):,}バイト)と {open_data_export.MANIFEST} を書き出しました。")


COMMANDS = (data,)
