"""`jobboard municipality …`: loading a newer table of municipalities, and looking one up."""

from pathlib import Path

import click
from sqlalchemy import select

from jobboard import reference
from jobboard.base.clock import present
from jobboard.commands.help import JapaneseGroup
from jobboard.commands.opening import configuration, reading, stop, writing
from jobboard.domain import municipalities
from jobboard.models import Municipality


@click.group(cls=JapaneseGroup)
def municipality() -> None:
    """市区町村の表を読み込む、引く。"""


@municipality.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--successor", multiple=True, metavar="OLD=NEW", help="無くなったコードと、引き継ぐコード(くり返せます)")
def load(file: Path | None, successor: tuple[str, ...]) -> None:
    """FILE(CSV)の表に合わせる。FILE を省くと、付属の表を読む。

    表から消えた市区町村は「廃止」の日付が入るだけで、その募集は残ります。1行でも誤りがあれば、何も変えません。
    """
    heirs = dict(pair.partition("=")[::2] for pair in successor)
    if not all(heirs.values()):
        stop("--successor は 古いコード=新しいコード の形で指定してください(例: 281034=281042)。", code=2)
    try:
        rows = list(reference.municipality_rows(file))
    except (OSError, UnicodeDecodeError):
        stop(f"{file} を読めません。UTF-8のCSVファイルを指定してください。")
    with writing(configuration()) as session:
        loaded = municipalities.load(session, rows, now=present(), successors=heirs)
    click.echo(summary(loaded))


def summary(loaded: municipalities.Summary) -> str:
    """One line on what a load did."""
    return (
        f"市区町村: 追加 {loaded.added}、変更 {loaded.changed}、そのまま {loaded.unchanged}、廃止 {loaded.ended}"
    )


@municipality.command("list")
@click.argument("words", nargs=-1)
def list_municipalities(words: tuple[str, ...]) -> None:
    """市区町村を一覧にする。WORDS(名前、読み、コード)があれば、当てはまるものだけ。"""
    with reading(configuration()) as session:
        every = select(Municipality).order_by(Municipality.code)
        sought = " ".join(words)
        found = municipalities.find(session, sought, limit=2_000, ended=True) if words else session.scalars(every).all()
        for one in found:
            marks = [f"廃止 {one.ended_on}"] if one.ended_on else []
            marks += ["見本"] if one.demonstration else []
            click.echo("\t".join([one.code, one.full_name, one.kana, one.kind.label, *marks]))
    click.echo(f"{len(found)}件", err=True)


COMMANDS = (municipality,)
