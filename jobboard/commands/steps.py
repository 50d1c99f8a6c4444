"""`jobboard expire`, `match`, `deliver`, `digest`, `remind`, `tidy`, `seal`: one step of the worker once, and one summary line."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import click

from jobboard.base.clock import present
from jobboard.base.keeping import Kept
from jobboard.commands.help import JapaneseCommand
from jobboard.commands.opening import configuration, reading
from jobboard.domain import housekeeping
from jobboard.domain.retention import Terms
from jobboard.steps import Steps
from jobboard.worker import Presence

EMPTY_ROUNDS = 2


@contextmanager
def working() -> Iterator[Steps]:
    """The worker's steps, as a worker that takes its leases back should this process be killed."""
    config = configuration()
    with reading(config):
        presence = Presence(config.instance_dir)
    steps = Steps.of(config, presence.owner)
    try:
        yield steps
    finally:
        steps.close()
        presence.leave()


@click.command(cls=JapaneseCommand)
def expire() -> None:
    """締切を過ぎた募集を終了し、掲載予定の時刻が来た募集を掲載する。"""
    with working() as steps:
        closed = steps.expire()
        click.echo(f"終了 {closed}件、掲載 {steps.publish_scheduled()}件")


@click.command(cls=JapaneseCommand)
def match() -> None:
    """募集の変更を、条件の合う登録者に結びつける。"""
    with working() as steps:
        click.echo(f"条件に合った組 {steps.match()}件")


@click.command(cls=JapaneseCommand)
def digest() -> None:
    """時刻の来たお知らせを、1人1通のメールにまとめる。"""
    with working() as steps:
        click.echo(f"メールを作った登録者 {sum(iter(steps.compose, 0))}人")


@click.command(cls=JapaneseCommand)
def deliver() -> None:
    """送信待ちのメールを1束送る。"""
    with working() as steps:
        run = steps.deliver()
        rest = "残りなし" if run.ended else "まだ送信待ちがあります"
        click.echo(f"送信 {run.sent}通、受け取られなかったもの {run.refused}通、{rest}")


@click.command(cls=JapaneseCommand)
def remind() -> None:
    """書かれていない下書き、近い締切、過ぎた締切などを担当者にメールで確かめ、古い下書きを保管する。"""
    with working() as steps:
        click.echo(f"確認のお願い {steps.remind()}件")


@click.command(cls=JapaneseCommand)
@click.option("--dry-run", is_flag=True, help="消さずに、期限が来ているものの数だけを示す")
def tidy(dry_run: bool) -> None:
    """保存期間が過ぎたものを、決まり(/ministry/keeping)のとおりに消す。終わるまで続ける。元に戻せない。"""
    if dry_run:
        config = configuration()
        with reading(config) as session:
            found = housekeeping.due(session, Terms.of(config), now=present())
        click.echo(f"期限が来ているもの {sum(found.values()):,}件。何も消していません。")
    else:
        with working() as steps:
            found = _tidied(steps)
        click.echo(f"期限が来て、消したもの・保管したもの {sum(found.values()):,}件")
    for name, count in found.items():
        if count:
            click.echo(f"  {name.label} {count:,}件")


def _tidied(steps: Steps) -> Counter[Kept]:
    """Batch after batch. The audit says first what it deletes, and deletes when that is sealed: hence two empty rounds."""
    found: Counter[Kept] = Counter()
    empty = 0
    while empty < EMPTY_ROUNDS:
        done = Counter(steps.tidy(by_hand=not found and not empty))
        steps.seal()
        empty = 0 if done.total() else empty + 1
        found += done
    return found


@click.command(cls=JapaneseCommand)
def seal() -> None:
    """監査記録に封をし、確かめるべきことが記録にないかを見る。"""
    with working() as steps:
        sealed = steps.seal()
        click.echo(f"封をした記録 {sealed}件、確かめること {steps.notice_strange()}件")


COMMANDS = (expire, match, digest, deliver, remind, tidy, seal)
