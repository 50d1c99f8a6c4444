"""Wrong use of a command, in a Japanese sentence that says what to do; Click's own are English."""

import re

import click

from jobboard.web.numbers import LARGEST

NUMBER = click.IntRange(0, LARGEST)
"""The number of a row."""

_GIVEN = re.compile(r"^(['\"]?)(.{1,100}?)\1 is not")


def sentence(error: click.ClickException) -> str:
    """What is wrong, and which help says more."""
    where = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "jobboard"
    return f"使い方が違います: {_words(error)} 説明は {where} --help で表示します。"


def _words(error: click.ClickException) -> str:
    match error:
        case click.NoSuchOption():
            return f"オプション {error.option_name} はありません。{_meant(error.possibilities)}"
        case click.NoSuchCommand():
            return f"コマンド {error.command_name} はありません。{_meant(error.possibilities)}"
        case click.MissingParameter():
            return f"{_name(error.param)} がありません。{_wanted(error.param)}"
        case click.BadOptionUsage():
            name = f"オプション {error.option_name}"
            return f"{name} には値を付けません。" if "not take" in error.message else f"{name} の後に、値を書いてください。"
        case click.BadParameter():
            given = _GIVEN.match(error.message)
            return f"{_name(error.param)} に「{given[2]}」は使えません。{_wanted(error.param)}" if given else (
                f"{_name(error.param)} の書き方が違います。{_wanted(error.param)}"
            )
        case click.UsageError():
            extra = error.message.partition("(")[2].rpartition(")")[0]
            return f"引数が多すぎます: {extra}" if extra else "引数かオプションの書き方が違います。"
    return error.message


def _name(param: click.Parameter | None) -> str:
    if isinstance(param, click.Option):
        return f"オプション {max(param.opts, key=len)}"
    return f"引数 {param.human_readable_name}" if param else "引数"


def _wanted(param: click.Parameter | None) -> str:
    """What may be written there."""
    match param.type if param else None:
        case click.Choice() as kind:
            return f"次のどれかを書いてください: {'、'.join(map(str, kind.choices))}"
        case click.IntRange() as kind:
            return f"{kind.min} から {kind.max:,} までの整数を書いてください。"
        case kind if kind is click.INT:
            return "整数を書いてください。"
        case click.Path(exists=True):
            return "あって、読めるファイルを指定してください。"
    return ""


def _meant(possibilities: list[str] | None) -> str:
    return f"もしかして: {'、'.join(possibilities)}" if possibilities else ""
