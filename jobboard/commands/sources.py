"""`jobboard source …`: the feeds in which calls of municipalities may appear."""

import csv
from pathlib import Path

import click

from jobboard import reference
from jobboard.base.clock import present
from jobboard.commands.help import JapaneseGroup
from jobboard.commands.opening import configuration, stop, writing
from jobboard.domain import sources


@click.group(cls=JapaneseGroup)
def source() -> None:
    """収集元(市区町村のフィード)を読み込む、並べる、試す、加える、止める、動かす。"""


@source.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
def load(file: Path | None) -> None:
    """FILE(CSV)の収集元を、止めたまま加える。FILE を省くと、付属の候補の一覧を読む。

    すでにある収集元は変えません。何度実行しても同じです。1行でも誤りがあれば、何も加えません。市区町村がない行は、行の番号を
    示して終了コード1(ほかの行は加えます)。
    """
    try:
        rows = list(reference.feed_rows(file))
    except (OSError, UnicodeDecodeError, csv.Error):
        stop(f"{file} を読めません。UTF-8のCSVファイルを指定してください。")
    with writing(configuration()) as session:
        loaded = sources.load(session, rows, now=present())
    click.echo(f"収集元: 追加 {loaded.added}(止めたまま)、既にあるもの {loaded.known}、市区町村がないもの {len(loaded.homeless)}")
    if loaded.homeless:
        lines = "\n".join(f"{line}行目: コード {code} の市区町村は、表にありません。" for line, code in loaded.homeless)
        stop(f"{lines}\njobboard municipality list で確かめ、その行だけを直して、もう一度読み込んでください。")


COMMANDS = (source,)
