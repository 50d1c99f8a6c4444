"""`jobboard bounce`: one mail that came back, from the pipe of the mail server."""

import logging
import os
import sys
from collections.abc import Iterator
from typing import BinaryIO

import click

from jobboard.base.clock import present
from jobboard.commands.help import JapaneseCommand
from jobboard.commands.opening import configuration, writing
from jobboard.domain import bounces
from jobboard.domain.letterhead import Letterhead
from jobboard.domain.returned import MOST
from jobboard.web.logging import configure

log = logging.getLogger(__name__)

LATER = 75
"""EX_TEMPFAIL of sysexits.h: the mail server keeps the mail and tries again."""

_ENVELOPE = ("ORIGINAL_RECIPIENT", "RECIPIENT")
"""What mail servers tell a program about the envelope: Postfix's local(8), Exim's pipe transport."""


@click.command(cls=JapaneseCommand)
def bounce() -> None:
    """届かずに戻ってきたメールを標準入力から読む。メールサーバーのパイプで使う。

    読めないものも捨てて終了コード0。データベースや設定の都合で記録できないときは75(メールサーバーがあとでやり直す)。
    """
    content = _read(sys.stdin.buffer)
    try:
        config = configuration()
        configure(config.log_format)
        with writing(config) as session:
            recipients = [os.environ[name] for name in _ENVELOPE if name in os.environ]
            bounces.receive(session, content, Letterhead.of(config), recipients=recipients, now=present())
    except Exception as error:  # whatever it is, the mail must not be lost for it
        log.error("a returned mail could not be recorded: %s", error if _is_ours(error) else type(error).__name__)
        raise click.exceptions.Exit(LATER) from error


def _is_ours(error: Exception) -> bool:
    """Whether its words are a sentence of ours, without anything from the mail."""
    return type(error).__module__.startswith("jobboard.")


def _read(stream: BinaryIO) -> bytes:
    """The beginning, which is all that is read of a mail; the rest is drained so that the server's pipe does not break."""
    content = stream.read(MOST)
    for _ in _rest(stream):
        pass
    return content


def _rest(stream: BinaryIO) -> Iterator[bytes]:
    while block := stream.read(1 << 16):
        yield block


COMMANDS = (bounce,)
