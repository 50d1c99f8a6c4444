"""`jobboard …`: the command line. Errors that a person can mend are printed as a sentence, without a traceback."""

import os
import sys
from collections.abc import Sequence

import click
from click.exceptions import NoArgsIsHelpError
from sqlalchemy.exc import OperationalError

from jobboard.base.errors import BoardError
from jobboard.commands import (
    accounts,
    audits,
    backing_up,
    bounces,
    collecting,
    mail,
    municipalities,
    open_data,
    postings,
    setting_up,
    sources,
    steps,
    watching,
)
from jobboard.commands.help import JapaneseGroup
from jobboard.commands.usage import sentence
from jobboard.settings import SettingError

WRONG_USE = 2
FAILED = 1
INTERRUPTED = 130


@click.group(cls=JapaneseGroup, name="jobboard")
def jobboard() -> None:
    """市区町村の外部デジタル人材 募集情報を動かすコマンドです。

    設定は環境変数 JOBBOARD_… で渡します(docs/settings.md)。
    """


for part in (setting_up, steps, collecting, accounts, municipalities, sources, postings, mail, bounces, audits, open_data, backing_up, watching):
    for command in part.COMMANDS:
        jobboard.add_command(command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and gives the exit code: 0 done, 1 failed or not well, 2 wrong use or wrong setting."""
    os.umask(0o077)  # database, queue, keys and mails are for the account that runs the site alone
    try:
        result = jobboard.main(arguments, prog_name="jobboard", standalone_mode=False)
    except NoArgsIsHelpError as unfinished:
        _say(unfinished.format_message())
        return WRONG_USE
    except click.ClickException as wrong_use:
        _say(sentence(wrong_use))
        return WRONG_USE
    except SettingError as error:
        _say(str(error))
        return WRONG_USE
    except BoardError as error:
        _say(str(error))
        return FAILED
    except OperationalError as error:
        _say(f"データベースを使えません。JOBBOARD_DATABASE_URL を確かめてください: {error.orig}")
        return FAILED
    except OSError as error:
        _say(f"ファイルかフォルダーを使えません。設定と権限を確かめてください: {error.filename or ''} {error.strerror or error}")
        return FAILED
    except (click.Abort, KeyboardInterrupt):
        _say("止めました。")
        return INTERRUPTED
    return result if isinstance(result, int) else 0


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr)
