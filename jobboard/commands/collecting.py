"""`jobboard source …` and `jobboard collect`: the feeds of municipalities, tried, added, stopped and read."""

from typing import NoReturn

import click

from jobboard.base.clock import present
from jobboard.base.errors import Incomplete, NotFound
from jobboard.base.fetching import NotFetched
from jobboard.commands.help import JapaneseCommand
from jobboard.commands.opening import configuration, stop, writing
from jobboard.commands.sources import source
from jobboard.commands.steps import working
from jobboard.domain import sourcing
from jobboard.domain.discovering import Discovery, discover
from jobboard.fetcher import Fetcher

SHOWN = 10
_PLAIN = click.option("--plain-http", is_flag=True, help="https:// で読めないことを確かめたので、http:// で読む")


@click.command(cls=JapaneseCommand)
def collect() -> None:
    """読む時刻の来た収集元(市区町村のフィード)を読む。一度に60件まで。"""
    with working() as steps:
        turn = steps.collect()
        click.echo(
            f"収集元 {turn.fetched}件(読んだ {turn.read}、変わらない {turn.unchanged}、読めない {turn.failed})、"
            f"新しい項目 {turn.new}件、候補 {turn.candidates}件"
        )


@source.command("try")
@click.argument("url")
@_PLAIN
def try_source(url: str, plain_http: bool) -> None:
    """URL(フィードか、市区町村のサイトのページ)で何が見つかるかを示す。何も残さない。"""
    found = _found(url, plain_http)
    for address, feed in found.feeds.items():
        click.echo(f"{address}\t{feed.title}\t{len(feed.items)}件\t{feed.words}".rstrip())
        for item in feed.items[:SHOWN]:
            click.echo(f"  {item.dated or '日付なし'}\t{item.title}\t{item.link}")


@source.command()
@click.argument("code")
@click.argument("url")
@_PLAIN
def add(code: str, url: str, plain_http: bool) -> None:
    """CODE(6桁)の市区町村の収集元に、URL で見つかるフィードを加える。読むのは1時間以内から。"""
    feeds = _found(url, plain_http).feeds
    if len(feeds) > 1:
        stop("フィードが2つ以上あります。どれか1つのURLを指定してください。\n" + "\n".join(feeds))
    ((address, feed),) = feeds.items()
    with writing(configuration()) as session:
        try:
            added = sourcing.add(
                session, code, address, title=feed.title, page_url=url, plain_http=plain_http, by=None, now=present()
            )
        except NotFound:
            stop(f"市区町村のコード {code} が見つかりません。jobboard municipality list で確かめてください。")
        except Incomplete as refused:
            _stop(refused)
    click.echo(f"収集元 {added.id} を加えました: {added.url}")


@source.command()
@click.argument("number", type=int)
@click.argument("reason")
def pause(number: int, reason: str) -> None:
    """収集元 NUMBER を止める。REASON は止める理由。"""
    with writing(configuration()) as session:
        try:
            paused = sourcing.pause(session, number, reason=reason, by=None, now=present())
        except NotFound:
            stop(f"収集元 {number} が見つかりません。")
        except Incomplete as refused:
            _stop(refused)
    click.echo(f"収集元 {paused.id} を止めました: {paused.url}")


@source.command()
@click.argument("number", type=int)
def resume(number: int) -> None:
    """収集元 NUMBER を動かす。読むのは1時間以内から。"""
    with writing(configuration()) as session:
        try:
            resumed = sourcing.resume(session, number, by=None, now=present())
        except NotFound:
            stop(f"収集元 {number} が見つかりません。")
    click.echo(f"収集元 {resumed.id} を動かしました: {resumed.url}")


def _found(url: str, plain_http: bool) -> Discovery:
    """What is found at the address; ends the command when that is nothing."""
    config = configuration()
    try:
        found = discover(Fetcher(config.caller).fetch, url, now=present(), plain_http=plain_http)
    except NotFetched as failure:
        stop(f"{failure.outcome.label}: {failure.words}")
    if not found.feeds:
        stop("フィードが見つかりません。試したところ:\n" + "\n".join(f"{one}\t{why}" for one, why in found.tried.items()))
    return found


def _stop(refused: Incomplete) -> NoReturn:
    stop("\n".join(problem.message for problem in refused.problems))


COMMANDS = (collect,)
