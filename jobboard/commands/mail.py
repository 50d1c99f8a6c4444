"""`jobboard mail outbox`: what the folder mailer wrote, as text with its links."""

from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from pathlib import Path

import click

from jobboard.base.clock import in_japan
from jobboard.commands.help import JapaneseGroup
from jobboard.commands.opening import looking, stop

SHOWN_HEADERS = ("From", "To", "Subject", "Date", "List-Unsubscribe")


@click.group(cls=JapaneseGroup)
def mail() -> None:
    """書き出したメールを読む。"""


@mail.command()
@click.argument("number", required=False, type=int)
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


COMMANDS = (mail,)
