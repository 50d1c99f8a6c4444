"""`jobboard municipality …`: loading a newer table of municipalities, and looking one up."""

from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard import reference
from jobboard.base.clock import present
from jobboard.base.errors import Incomplete
from jobboard.commands.help import JapaneseGroup
from jobboard.commands.opening import configuration, reading, stop, writing
from jobboard.domain import changeover, municipalities, succeeding, succession
from jobboard.models import Municipality

_MEANT = "正しければ、--across を付けて、もう一度実行してください。"
_ACROSS = click.option("--across", is_flag=True, help="都道府県が変わる引き継ぎも受け付ける")


@click.group(cls=JapaneseGroup)
def municipality() -> None:
    """市区町村の表を読み込む、引く。"""


@municipality.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--successor", multiple=True, metavar="OLD=NEW", help="無くなったコードと、引き継ぐコード(くり返せます)")
@_ACROSS
def load(file: Path | None, successor: tuple[str, ...], across: bool) -> None:
    """FILE(CSV)の表に合わせる。FILE を省くと、付属の表を読む。

    表から消えた市区町村は「廃止」の日付が入るだけで、その募集は残ります。1行でも誤りがあれば、何も変えません。
    """
    heirs = dict(pair.partition("=")[::2] for pair in successor)
    if not all(heirs.values()):
        stop("--successor は 古いコード=新しいコード の形で指定してください(例: 281034=281042)。", code=2)
    if far := [pair for pair in successor if pair[:2] != heirs[pair.partition("=")[0]][:2] and not across]:
        stop(f"--successor {far[0]} では、都道府県が変わります。{_MEANT}", code=2)
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


@municipality.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@_ACROSS
def change(file: Path | None, across: bool) -> None:
    """FILE(CSV)の合併・名称変更を登録し、日が来ているものを反映する。FILE を省くと、反映だけをする。

    列: on(日付)、kind(merged、renamed、recoded)、code、successor_code、name、kana、note(根拠)。1行でも誤りがあれば、何も登録
    しません。すでにある行は、そのままにします。
    """
    try:
        rows = list(reference.municipality_rows(file)) if file else []
    except (OSError, UnicodeDecodeError):
        stop(f"{file} を読めません。UTF-8のCSVファイルを指定してください。")
    config = configuration()
    with writing(config) as session:
        added = sum(_entered(session, line, row, across=across) for line, row in enumerate(rows, start=2))
    with writing(config) as session:
        applied = 0
        while succeeding.apply_next(session, now=present()):
            applied += 1
    click.echo(f"合併・名称変更: 登録 {added}、既にあるもの {len(rows) - added}、反映 {applied}")


def _entered(session: Session, line: int, row: dict[str, str], *, across: bool) -> bool:
    """Whether the row is new; then tells what it will do. A wrong one ends the command before anything is kept."""
    code = (row.get("code") or "").strip()
    if missing := [column for column in succession.COLUMNS if column not in row]:
        raise municipalities.RowRefused(line, code, f"列 {missing[0]} がありません")
    try:
        entered = succession.enter(session, row, across=across, by=None, now=present())
    except succession.Twice:
        return False
    except Incomplete as refused:
        words = " ".join(problem.message for problem in refused.problems)
        words += f" {_MEANT}" if refused.problems[0].field == "across" else ""
        raise municipalities.RowRefused(line, code, words.removesuffix("。")) from None
    foreseen = changeover.foresee(session, entered, now=present())
    moves = f"。後継に移るもの: {foreseen.moves}" if foreseen.moves else ""
    click.echo(f"{line}行目: {foreseen.told.line}{'(都道府県が変わります)' if foreseen.crosses else ''}{moves}", err=True)
    return True


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
