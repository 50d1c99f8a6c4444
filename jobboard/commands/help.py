"""The help of the command line in Japanese; command words stay English."""

from typing import Any

import click

_HEADINGS = {"Options": "オプション", "Commands": "コマンド", "Arguments": "引数"}


class _Formatter(click.HelpFormatter):
    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, "使い方: ")

    def write_heading(self, heading: str) -> None:
        super().write_heading(_HEADINGS.get(heading, heading))


class _Context(click.Context):
    formatter_class = _Formatter


class JapaneseCommand(click.Command):
    """A command whose help has Japanese headings."""

    context_class = _Context
    options_metavar = "[オプション]"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("options_metavar", "[オプション]")
        super().__init__(*args, **kwargs)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        return _in_japanese(super().get_help_option(ctx))


class JapaneseGroup(click.Group):
    """A group of commands, listed in the order in which they were added."""

    context_class = _Context
    command_class = JapaneseCommand
    group_class = type

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("options_metavar", "")
        kwargs.setdefault("subcommand_metavar", "コマンド [引数]…")
        super().__init__(*args, **kwargs)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        return _in_japanese(super().get_help_option(ctx))


def _in_japanese(option: click.Option | None) -> click.Option | None:
    if option is not None:
        option.help = "この説明を表示して終わる"
    return option
