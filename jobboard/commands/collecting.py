"""`jobboard source …` and `jobboard collect`: the feeds of municipalities, tried, added, stopped and read."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from jobboard.base.clock import present
from jobboard.base.codes import PREFECTURES
from jobboard.base.errors import Incomplete, NotFound
from jobboard.base.fetching import NotFetched
from jobboard.base.text import clean
from jobboard.commands.help import JapaneseCommand
from jobboard.commands.opening import configuration, reading, stop, writing
from jobboard.commands.sources import source
from jobboard.commands.steps import working
from jobboard.commands.usage import NUMBER
from jobboard.domain import source_list, sourcing
from jobboard.domain.discovering import Discovery, discover
from jobboard.domain.narrowed import Wanted
from jobboard.domain.source_list import VIEWS
from jobboard.fetcher import Fetcher
from jobboard.models import Municipality

SHOWN = 10
_PLAIN_WANTED = "http:// のURLです。https:// で読めないことを確かめたら、--plain-http を付けて、もう一度実行してください。"
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


@source.command("list")
@click.option(
    "--state", default="all", type=click.Choice(list(VIEWS)), metavar="STATE",
    help=f"この状態のものだけ({'、'.join(f'{name}: {label}' for name, (label, _) in VIEWS.items())})",
)  # fmt: skip
@click.option("--pref", metavar="PP", type=click.Choice(list(PREFECTURES)), help="都道府県のコード(2桁)")
def list_sources(state: str, pref: str | None) -> None:
    """収集元を一覧にする: 番号、市区町村のコードと名前、状態、URL。自動で止まったもの、読めていないものが先に並ぶ。"""
    with reading(configuration()) as session:
        found = list(source_list.every(session, Wanted(state, pref or "")))
        for one in found:
            click.echo("\t".join([str(one.id), one.municipality_code, one.municipality.full_name, source_list.standing(one), one.url]))
    click.echo(f"{len(found)}件", err=True)


@source.command("try")
@click.argument("url")
@_PLAIN
def try_source(url: str, plain_http: bool) -> None:
    """URL(フィードか、市区町村のサイトのページ)で何が見つかるかを示す。何も残さない。"""
    with _refusals():
        sourcing.refuse(clean(url), plain_http=plain_http)
    found = _found(clean(url), plain_http)
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
    url = clean(url)
    with _refusals(), reading(configuration()) as session:  # what is wrong is said before anybody is asked
        if session.get(Municipality, code) is None:
            stop(f"市区町村のコード {code} が見つかりません。6桁のコードを jobboard municipality list で確かめてください。")
        sourcing.refuse(url, plain_http=plain_http)
        sourcing.refuse_known(session, url)
    feeds = _found(url, plain_http).feeds
    if len(feeds) > 1:
        stop("フィードが2つ以上あります。どれか1つのURLを指定してください。\n" + "\n".join(feeds))
    ((address, feed),) = feeds.items()
    with _refusals(), writing(configuration()) as session:
        added = sourcing.add(
            session, code, address, title=feed.title, page_url=url, plain_http=plain_http, by=None, now=present()
        )
    click.echo(f"収集元 {added.id} を加えました: {added.url}")


@source.command()
@click.argument("number", type=NUMBER)
@click.argument("reason")
def pause(number: int, reason: str) -> None:
    """収集元 NUMBER を止める。止めているものは、理由を書き換える。REASON は止める理由。"""
    with _refusals(number), writing(configuration()) as session:
        paused, before = sourcing.pause(session, number, reason=reason, by=None, now=present())
    click.echo(f"収集元 {paused.id}({paused.url}): {sourcing.told_of_pause(paused, before)}")


@source.command()
@click.argument("number", type=NUMBER)
def resume(number: int) -> None:
    """収集元 NUMBER を動かす。読むのは1時間以内から。"""
    with _refusals(number), writing(configuration()) as session:
        resumed, before = sourcing.resume(session, number, by=None, now=present())
    click.echo(f"収集元 {resumed.id}({resumed.url}): {sourcing.told_of_resume(before)}")


def _found(url: str, plain_http: bool) -> Discovery:
    """What is found at the address; ends the command when that is nothing."""
    config = configuration()
    try:
        found = discover(Fetcher(config.caller).fetch, url, now=present(), plain_http=plain_http)
    except NotFetched as failure:
        stop(sourcing.told_of_failure(failure))
    if not found.feeds:
        stop("フィードが見つかりません。試したところ:\n" + "\n".join(f"{one}\t{why}" for one, why in found.tried.items()))
    return found


@contextmanager
def _refusals(number: int | None = None) -> Iterator[None]:
    """Ends the command in a sentence where there is no source of this number, and where the domain refuses."""
    try:
        yield
    except NotFound:
        stop(f"収集元 {number} が見つかりません。番号を jobboard source list で確かめてください。")
    except Incomplete as refused:
        stop("\n".join(_PLAIN_WANTED if one.key == sourcing.PLAIN_HTTP else one.message for one in refused.problems))


COMMANDS = (collect,)
