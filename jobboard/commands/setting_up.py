"""`jobboard init`, `reindex`, `demo`, `run`, `serve`, `work`: making the database, filling it, starting the site."""

from collections.abc import Sequence

import click
from sqlalchemy import select

from jobboard import database, heads, reference, supervisor, worker
from jobboard.base.clock import present
from jobboard.commands.help import JapaneseCommand
from jobboard.commands.municipalities import summary
from jobboard.commands.opening import configuration, reading, refuse_unusable_folders, writing
from jobboard.config import Config
from jobboard.demonstration import filling, people
from jobboard.domain import facets, municipalities, sources, storing, verifying
from jobboard.models import Account
from jobboard.settings import wrong


@click.command(cls=JapaneseCommand)
def init() -> None:
    """データベースを作り、または新しい形に直し、市区町村の表と収集元の候補を読み込む。何度実行してもよい。"""
    click.echo(f"データベースは最新です。{prepare(configuration())}")


def prepare(config: Config) -> str:
    """Migrates, loads municipalities and candidates of feeds, and makes what lists and matching read anew when that is of an older format."""
    database.upgrade(config.database_url)
    with writing(config) as session:
        if not (session.scalar(select(Account.id).limit(1)) or verifying.head(session)[0]):
            heads.put_aside(heads.file_of(config), now=present())  # of a database that was here before this empty one
        loaded = summary(municipalities.load(session, reference.municipality_rows(), now=present()))
        sources.load(session, reference.feed_rows(), now=present())
        if not facets.is_current(session):
            facets.rebuild(session)
        storing.renew(session)
        return loaded


@click.command(cls=JapaneseCommand)
def reindex() -> None:
    """一覧と検索の索引を、掲載中と掲載済みの募集から作り直す。"""
    with writing(configuration()) as session:
        click.echo(f"索引を作り直しました: 募集 {facets.rebuild(session)}件")


@click.command(cls=JapaneseCommand)
def demo() -> None:
    """空のデータベースに見本を入れる(JOBBOARD_DEMO=1 のときだけ)。途中で止めても、何も残らない。"""
    config = configuration()
    if not config.demo:
        raise wrong("demo", "見本を入れるには 1 を指定します", "filling the demonstration needs it to be 1")
    prepare(config)
    click.echo(fill(config))


def fill(config: Config) -> str:
    """Fills the demonstration unless it is there; a sentence on what was done. Raises ``NotEmpty``."""
    with writing(config) as session:
        if filling.is_filled(session):
            return "見本はすでに入っています。"
        filled = filling.fill(session, now=present())
    return (
        f"見本を入れました: 架空の市区町村 {filled.municipalities}、募集 {filled.postings}件、"
        f"変更 {filled.events}件、配信登録 {filled.subscriptions}件"
    )


@click.command(cls=JapaneseCommand)
def run() -> None:
    """準備をして、サイト(Webサーバーとワーカー)を動かす。Ctrl-C で両方止まる。"""
    config = configuration()
    raise click.exceptions.Exit(supervisor.run(config, lambda: _ready(config)))


def _ready(config: Config) -> Sequence[str]:
    """Prepares the database once the address is ours; the lines to print when the site answers."""
    refuse_unusable_folders(config)
    prepare(config)
    if not config.demo:
        return ()
    click.echo("見本を確かめています…")
    try:
        click.echo(fill(config))
    except filling.NotEmpty as refused:
        click.echo(f"{refused}。", err=True)
        return ()
    shown = [f"  {address}  {role}" for address, role in people.SHOWN]
    return ["", f"見本のアカウント(パスワードはどれも {people.PASSWORD}):", *shown, ""]


@click.command(cls=JapaneseCommand)
def serve() -> None:
    """Webサーバーだけを動かす。"""
    supervisor.serve(_checked())


@click.command(cls=JapaneseCommand)
@click.option("--no-periodic", is_flag=True, help="毎分の見回りをしない(2台目からのワーカーに付ける)")
def work(no_periodic: bool) -> None:
    """ワーカーだけを動かす。メールを送り、締切を過ぎた募集を終了する。"""
    worker.work(_checked(), periodic=not no_periodic)


def _checked() -> Config:
    config = configuration()
    refuse_unusable_folders(config)
    with reading(config):
        return config


COMMANDS = (init, reindex, demo, run, serve, work)
