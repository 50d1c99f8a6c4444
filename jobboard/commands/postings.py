"""`jobboard posting …`: drafts from a spreadsheet, and a municipality's postings as one."""

from pathlib import Path

import click

from jobboard.base.clock import present
from jobboard.base.errors import Incomplete
from jobboard.commands import persons
from jobboard.commands.help import JapaneseGroup
from jobboard.commands.opening import configuration, reading, stop, writing
from jobboard.domain import permissions, sheets_importing, sheets_repeating
from jobboard.domain.sheets_opening import LARGEST
from jobboard.domain.sheets_writing import Layout
from jobboard.models import Municipality, Posting

LAYOUTS = [str(layout) for layout in Layout]


@click.group(cls=JapaneseGroup)
def posting() -> None:
    """募集を表計算ファイルから取り込む、書き出す。"""


@posting.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--by", "email", required=True, metavar="EMAIL", help="取り込む人のアカウント。その人が書ける市区町村の下書きだけができる")
@click.option("--name", metavar="NAME", default="", help="取り込む人の氏名。同じアドレスを何人かで使っているときに指定する")
@click.option("--keep-faulty", is_flag=True, help="読めない値がある行も、書いたまま下書きにする")
@click.option("--again", is_flag=True, help="題名が同じか、よく似た募集がもうある行も下書きにする")
def import_postings(file: Path, email: str, name: str, keep_faulty: bool, again: bool) -> None:
    """FILE(xlsx、CSV)の募集を下書きにする。

    同じ募集がもうある行は、--again を付けなければ下書きにしません。下書きにしなかった行は、セルの番地と理由を表示します。1行でもあれば終了コードは1です。
    """
    with file.open("rb") as opened:
        content = opened.read(LARGEST + 1)
    with writing(configuration()) as session:
        by = persons.find(session, email, name)
        if not permissions.allowed(by, "municipality:post"):
            stop(f"{email} は、募集を書ける利用者ではありません。")
        try:
            candidates, _ = sheets_importing.examined(session, content, by=by, keep_faulty=keep_faulty)
            key = sheets_repeating.key_of(content, by)
            others = {} if again else sheets_repeating.doubts(session, candidates, key, by).others
            report = sheets_importing.import_file(
                session, content, by=by, now=present(), keep_faulty=keep_faulty, leave_out=others, key=key
            )
        except Incomplete as gaps:
            stop("".join(problem.message for problem in gaps.problems))
    for one in report.taken:
        for fault in one.row.faults:
            click.echo(f"{one.row.sheet} {fault}")
    for one in report.left_out:
        click.echo(f"{one.row.sheet} {one.row.address} 同じ募集がもうあります: {one.row.title}(--again で下書きにします)")
    for at, heading in report.unknown:
        click.echo(f"読まなかった列: {at} {heading}")
    lost = len(report.taken) - len(report.drafts)
    click.echo(f"{len(report.taken)}件のうち{len(report.drafts)}件を下書きにしました。")
    if lost:
        stop(f"{lost}件は下書きにしていません。")


@posting.command("export")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--municipality", "code", required=True, metavar="CODE", help="市区町村のコード(6桁)")
@click.option(
    "--layout", type=click.Choice(LAYOUTS), metavar="LAYOUT",
    help=f"{'、'.join(LAYOUTS)} のどれか。省くと、FILE が .csv なら csv、ほかは list",
)  # fmt: skip
def export_postings(file: Path, code: str, layout: str | None) -> None:
    """市区町村の募集を、下書きも含めて FILE に書き出す。"""
    chosen = Layout(layout) if layout else Layout.CSV if file.suffix.lower() == ".csv" else Layout.LIST
    with reading(configuration()) as session:
        if session.get(Municipality, code) is None:
            stop(f"{code} という市区町村はありません。")
        try:
            content = sheets_importing.export_file(session, Posting.municipality_code == code, chosen)
        except Incomplete as gaps:
            stop("".join(problem.message for problem in gaps.problems))
    file.write_bytes(content)
    click.echo(f"{file} に書き出しました。")


COMMANDS = (posting,)
