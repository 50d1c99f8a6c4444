"""`jobboard audit …`: is the audit what was sealed, and the audit as a file."""

import re
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

import click
from sqlalchemy import func, select

from jobboard import heads
from jobboard.base.clock import present
from jobboard.base.errors import Incomplete
from jobboard.commands.help import JapaneseGroup
from jobboard.commands.opening import FAILED, configuration, reading, stop, writing
from jobboard.domain import audit, audit_reading, sealing, verifying
from jobboard.domain.audit_words import SUBJECTS
from jobboard.models import AuditEntry
from jobboard.web import audit_table

_HEAD = re.compile(r"(?:(\d{1,18}):)?([0-9a-f]{64})")
FORMATS = {"csv": audit_table.csv, "jsonl": audit_table.json_lines}
WRONG_USE = 2
MOST_TOLD = 100
"""Breaches that are told one by one; the others are counted."""


@click.group(cls=JapaneseGroup, name="audit")
def audits() -> None:
    """監査記録が書き換えられていないかを調べる、書き出す。"""


@audits.command()
@click.option("--head", "noted", multiple=True, metavar="HEAD", help="前に控えた「最後の封」(番号:値)。いくつでも付けられる")
def verify(noted: tuple[str, ...]) -> None:
    """監査記録を封と照らし合わせ、合わない場所をすべて示す。1つでもあれば終了コード1。

    最後に表示する「最後の封」を、このデータベースとは別の場所に控えてください。次に --head で渡すと、控えた後に
    全体が書き直されていないかも分かります。ワーカーがこのサーバーのファイル audit-heads.jsonl に残した控えとも比べます。
    """
    given, config = _read_heads(noted), configuration()
    breaches, file = 0, heads.file_of(config)
    kept = heads.read(file)
    with reading(config) as session:
        for breaches, finding in enumerate(chain(verifying.verify(session, given), verifying.cut(session, kept)), start=1):
            if breaches <= MOST_TOLD:
                click.echo(f"異常  {finding.sentence()}")
        (number, digest), waiting = verifying.head(session), sealing.unsealed(session)
        front = verifying.forgotten(session)
    if breaches > MOST_TOLD:
        click.echo(f"異常  ほかに{breaches - MOST_TOLD:,}か所")
    for old in sorted(one for one in given.values() if front and 0 < one < front.number):
        click.echo(f"控え {old}: 保存期間が過ぎて消した記録のものなので、確かめられません")
    if front:
        click.echo(f"封の番号 {front.number} までの記録は、保存期間が過ぎたので、監査記録に残る決まりのとおりに消されています")
    click.echo(f"調べた封 {number - (front.number if front else 0):,}、合わない場所 {breaches:,}、まだ封をしていない記録 {waiting:,}")
    click.echo(f"最後の封 {number}:{digest}")
    if number and digest not in kept:
        heads.note(file, (number, digest), now=present())
    click.echo(f"サーバーに残した封の控え {len(kept):,}({file})とも比べました" if kept else f"サーバーに残した封の控えは、まだありません({file})")
    if breaches:
        click.echo("監査記録が合いません。何も直さずに控えを取り、docs/operations.md の「監査記録」のとおりに進めてください。", err=True)
        raise click.exceptions.Exit(FAILED)


@audits.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="csv", show_default=True, metavar="FORMAT", help="csv か jsonl")
@click.option("--since", default="", metavar="DATE", help="この日から(2026-04-01)")
@click.option("--until", default="", metavar="DATE", help="この日まで")
@click.option("--who", default="", metavar="WORDS", help="した人の氏名かアドレスの一部。「ログインなし」は、だれもログインせずに起きたこと")
@click.option("--action", default="", metavar="CODE", help="操作のコード(posting:publish など)")
@click.option("--kind", default="", metavar="KIND", help=f"対象({'、'.join(SUBJECTS)})")
@click.option("--subject", default="", metavar="ID", help="対象の番号")
def export(file: Path, form: str, **given: str) -> None:
    """監査記録を、古いものから FILE に書き出す。書き出したことも記録に残る。"""
    config, now = configuration(), present()
    with reading(config) as session:
        try:
            wanted = audit_reading.read(session, given)
        except Incomplete as gaps:
            stop("".join(f"--{problem.field}: {problem.message}" for problem in gaps.problems))
        until = session.scalar(select(func.max(AuditEntry.id))) or 0
        pieces = FORMATS[form](audit_reading.batches(session, wanted, until=until))
        with file.open("wb") as out:
            out.writelines(pieces)
    with writing(config) as session:
        audit.record(session, "audit:export", "audit", "", by=None, now=now, **wanted.facts())
    click.echo(f"{file} に書き出しました。")


def _read_heads(noted: Iterable[str]) -> dict[str, int]:
    """By digest the number, 0 where only the digest was noted."""
    digests = {}
    for one in noted:
        found = _HEAD.fullmatch(one.strip().lower())
        if found is None:
            stop(f"--head {one}: 控えた「最後の封」を、番号:値(値は64文字)の形で渡してください。", code=WRONG_USE)
        digests[found[2]] = int(found[1] or 0)
    return digests


COMMANDS = (audits,)
