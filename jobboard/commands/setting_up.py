"""`jobboard init`, `demo`, `run`, `serve`, `work`: making the database, filling it, starting the site."""

import click

from jobboard import database, reference
from jobboard.base.clock import present
from jobboard.commands.help import JapaneseCommand
from jobboard.commands.opening import configuration, writing
from jobboard.config import Config
from jobboard.domain import municipalities


@click.command(cls=JapaneseCommand)
def init() -> None:
    """データベースを作り、または新しい形に直し、市区町村の表を読み込む。何度実行してもよい。"""
    click.echo(prepare(configuration()))


def prepare(config: Config) -> str:
    """Migrates, then loads the municipalities; the summary line."""
    database.upgrade(config.database_url)
    with writing(config) as session:
        loaded = municipalities.load(session, reference.municipality_rows(), now=present())
    return (
        f"データベースは最新です。市区町村: 追加 {loaded.added}、変更 {loaded.changed}、"
        f"そのまま {loaded.unchanged}、廃止 {loaded.ended}"
    )


COMMANDS = (init,)
