"""`jobboard check`: is the site doing its work? For monitoring: one line for each question, and the exit code."""

import json
from collections.abc import Sequence

import click
from sqlalchemy.exc import OperationalError

from jobboard.base.clock import present
from jobboard.commands import mail_dns, mail_route
from jobboard.commands.checking import Answer, answers
from jobboard.commands.help import JapaneseCommand
from jobboard.commands.opening import FAILED, configuration, reading, unready
from jobboard.config import Config


@click.command(cls=JapaneseCommand)
@click.option("--mail", is_flag=True, help="DNS(SPF、DKIM、DMARC、MX)とメールサーバーも調べる。メールは送らない")
@click.option("--json", "as_json", is_flag=True, help="監視のプログラムのために、JSONで示す")
def check(mail: bool, as_json: bool) -> None:
    """動いているかを調べ、直すところがあれば、どうすればよいかを示す。「異常」が1つでもあれば終了コード1。監視に使う。"""
    config = configuration()
    found = _away(config) if as_json else []
    if not found:
        with reading(config) as session:
            found = list(answers(session, config, present()))
    findings = [*mail_route.returns(config)]
    if mail:
        findings += [*mail_dns.findings(config, mail_dns.system_names()), *mail_route.findings(config)]
    if as_json:
        _write(found + [Answer.of(finding) for finding in findings])
    else:
        for line in [*(one.line() for one in found), *(one.line() for one in findings)]:
            click.echo(line)
    if "異常" in [*(one.level for one in found), *(one.level for one in findings)]:
        raise click.exceptions.Exit(FAILED)


def _away(config: Config) -> list[Answer]:
    """The one line of a database that cannot be read: without --json it ends the command as it ends any other."""
    try:
        said = unready(config)
    except OperationalError:
        said = "つながりません。動いているかと、JOBBOARD_DATABASE_URL を確かめてください。"
    return [Answer("データベース", said)] if said else []


def _write(found: Sequence[Answer]) -> None:
    lines = [{"subject": one.subject, "level": one.level, "words": one.words} for one in found]
    well = all(one.level != "異常" for one in found)
    click.echo(json.dumps({"well": well, "checks": lines}, ensure_ascii=False, indent=1))


COMMANDS = (check,)
