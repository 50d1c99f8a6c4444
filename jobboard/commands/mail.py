"""`jobboard mail …`: what the folder mailer wrote, why a mail did not arrive, rehearsals, the brake and the switch."""

from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from pathlib import Path

import click
from sqlalchemy.orm import Session

from jobboard.base.clock import in_japan, present
from jobboard.base.errors import Incomplete, NotFound, WrongState
from jobboard.base.states import State
from jobboard.base.wording import japanese_instant
from jobboard.commands.help import JapaneseGroup
from jobboard.commands.opening import configuration, looking, reading, stop, writing
from jobboard.commands.usage import NUMBER
from jobboard.database import begin_writing
from jobboard.domain import brake, explaining, link_alone, rehearsing, switch
from jobboard.domain.brake import Limits
from jobboard.domain.letterhead import Letterhead
from jobboard.domain.rehearsing import Rehearsal, few
from jobboard.models import Hold, Posting

SHOWN_HEADERS = ("From", "To", "Subject", "Date", "List-Unsubscribe")


@click.group(cls=JapaneseGroup)
def mail() -> None:
    """メールを読む、届かなかったわけを調べる、送る前に数える、保留と送信を決める。"""


@mail.command()
@click.argument("number", required=False, type=NUMBER)
@click.option("--limit", default=20, show_default=True, metavar="N", help="一覧に出す数")
def outbox(number: int | None, limit: int) -> None:
    """フォルダーに書き出したメールを新しい順に並べる。NUMBER(一覧の番号)があれば、その1通を読む。"""
    folder = looking().mail_folder
    if folder is None:
        stop("メールはSMTPで送っているので、フォルダーにはありません(JOBBOARD_SMTP_URL)。")
    files = _newest_first(folder)
    if number is None:
        _list(files, folder, limit)
    elif 1 <= number <= len(files):
        click.echo(_whole(_read(files[number - 1])))
    else:
        stop(f"{number}番のメールはありません。今あるのは {len(files)}通です。")


def _newest_first(folder: Path) -> list[Path]:
    files = folder.glob("*.eml") if folder.is_dir() else ()
    return sorted(files, key=lambda file: (file.stat().st_mtime_ns, file.name), reverse=True)


def _read(file: Path) -> EmailMessage:
    return BytesParser(_class=EmailMessage, policy=policy.default).parsebytes(file.read_bytes())


def _list(files: list[Path], folder: Path, limit: int) -> None:
    if not files:
        click.echo(f"メールはまだありません({folder})。")
        return
    for number, file in enumerate(files[:limit], start=1):
        message = _read(file)
        click.echo(f"{number:>3}  {_when(message)}  {_head(message, 'To')}  {_head(message, 'Subject')}")
    click.echo(f"{len(files)}通({folder})。1通を読むには: jobboard mail outbox 番号", err=True)


def _head(message: EmailMessage, name: str) -> str:
    """A header as text. The parsed one puts a space between two encoded words of a name, against RFC 2047 6.2."""
    raw = next((value for header, value in message.raw_items() if header.lower() == name.lower()), "")
    return str(make_header(decode_header("".join(str(raw).splitlines()))))


def _when(message: EmailMessage) -> str:
    written = message["Date"]
    return f"{in_japan(parsedate_to_datetime(str(written))):%Y-%m-%d %H:%M}" if written else "日付なし"


def _whole(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    heads = [f"{name}: {_head(message, name)}" for name in SHOWN_HEADERS if name in message]
    return "\n".join([*heads, "", body.get_content() if body else "(本文なし)"])


@mail.command()
@click.argument("address")
@click.argument("posting", type=NUMBER)
def why(address: str, posting: int) -> None:
    """ADDRESS に募集 POSTING(番号)のお知らせが届いたか、届かなかったなら何故かを、変更ごとに1文で答える。"""
    with writing(configuration()) as session:
        try:
            answers = explaining.explain(session, address, posting, by=None, now=present())
        except Incomplete as gaps:
            stop("".join(problem.message for problem in gaps.problems))
    for answer in answers:
        when = f"{japanese_instant(answer.at)} {answer.word}: " if answer.at else ""
        click.echo(when + answer.sentence)


@mail.command()
@click.argument("posting", required=False, type=NUMBER)
def rehearse(posting: int | None) -> None:
    """送らずに数える。POSTING(番号)があれば、その募集か、依頼中の変更を、いま掲載したとして。無ければ、いま待っているお知らせを。"""
    config = configuration()
    limits = Limits(config.mail_hold_over, config.mail_hold_times)
    with reading(config) as session:
        begin_writing(session)  # it writes, and nothing of it is kept
        try:
            chosen = _sent_in(session, posting) if posting is not None else None
            found = rehearsing.rehearse(session, Letterhead.of(config), limits, posting=chosen, now=present())
        except NotFound:
            stop(f"{posting}番の募集は、掲載の依頼がまだ届いていません。")
    click.echo("\n".join(_rehearsed(found)))


def _sent_in(session: Session, number: int) -> Posting:
    """What a municipality still writes is its own business."""
    found = session.get(Posting, number)
    if found is None or found.state is State.DRAFT:
        raise NotFound
    return found


def _rehearsed(found: Rehearsal) -> list[str]:
    if not found.material:
        return [explaining.IMMATERIAL]
    kept_out = f"届かないので止めている {few(found.stopped)}、休んでいる {few(found.paused)}、この自治体は不要 {few(found.refused)}"
    if not found.people:
        return ["送る相手はいません。", kept_out]
    held = [
        f"保留されます: {japanese_instant(at)}に{few(count.waiting)}、その前の24時間に{count.today:,}通、上限 {count.limit:,}"
        for at, count in found.held
    ]
    if found.on_hold:
        held.insert(0, "先に保留しているお知らせについて決めるまで、何も送りません。")
    return [
        f"{few(found.people)}に届きます。", *(held or ["保留されません。"]), kept_out,
        *(f"  {frequency.label}: {few(people)}" for frequency, people in found.by_frequency),
        *(f"  {kind.label}: {few(people)}" for kind, people in found.by_kind),
        *(f"  条件「{words}」: {few(people)}" for words, people in found.by_criteria),
        *(["", f"件名: {found.subject}", "", found.text] if found.text else ["同じ条件で届く人が5人に満たないので、メールの例を示しません。"]),
    ]  # fmt: skip


@mail.command()
def hold() -> None:
    """保留しているお知らせと、これまでの保留を表示する。"""
    with reading(configuration()) as session:
        waiting = brake.open_hold(session)
        if waiting is None:
            click.echo("保留しているお知らせはありません。")
        else:
            over = f"24時間に送った{waiting.today:,}通と合わせて、上限の{waiting.limit:,}を超える"
            click.echo(f"{_held(waiting)}: 決まっていません({over})。いま届くのは{brake.people(session, waiting):,}人")
            for event, people in brake.contents(session, waiting):
                click.echo(f"  {link_alone.word(event)} {event.posting.municipality.full_name} {event.posting.title}: {people:,}人")
        for one in brake.decided(session):
            what = f"送らない({one.reason})" if one.discarded else "送る"
            when = japanese_instant(one.released_at) if one.released_at else ""
            click.echo(f"{_held(one)}: {when}に決定、{what}")


def _held(one: Hold) -> str:
    return f"{japanese_instant(one.made_at)} {one.waiting:,}人"


@mail.command()
def release() -> None:
    """保留しているお知らせを送る。保留したときに数えた分だけで、取り消せない。"""
    with writing(configuration()) as session:
        people = brake.release(session, _open(session).id, by=None, now=present())
    click.echo(f"{people:,}人へのお知らせを送ることにしました。ワーカーが1分以内に送り始めます。")


@mail.command()
@click.argument("reason")
def discard(reason: str) -> None:
    """保留しているお知らせを送らないことにする。REASON は理由。取り消せない。"""
    with writing(configuration()) as session:
        try:
            brake.discard(session, _open(session).id, reason=reason, by=None, now=present())
        except Incomplete as gaps:
            stop("".join(problem.message for problem in gaps.problems))
    click.echo("保留していたお知らせを、送らないことにしました。")


def _open(session: Session) -> Hold:
    found = brake.open_hold(session)
    if found is None:
        stop("保留しているお知らせはありません。")
    return found


@mail.command("stop")
@click.argument("reason")
def stop_sending(reason: str) -> None:
    """すべてのメールの送信を止める。REASON は理由。止めている間のメールは失われない。"""
    with writing(configuration()) as session:
        try:
            switch.stop(session, reason=reason, by=None, now=present())
        except WrongState:
            stop("すでに止まっています。")
        except Incomplete as gaps:
            stop("".join(problem.message for problem in gaps.problems))
    click.echo("すべてのメールの送信を止めました。再開するには: jobboard mail start")


@mail.command("start")
def start_sending() -> None:
    """メールの送信を再開する。たまっているメールは、ワーカーが1分以内に送り始める。"""
    with writing(configuration()) as session:
        try:
            switch.start(session, by=None, now=present())
        except WrongState:
            stop("送信は止まっていません。")
    click.echo("メールの送信を再開しました。")


COMMANDS = (mail,)
