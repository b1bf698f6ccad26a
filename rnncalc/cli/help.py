"""``rnncalc help``: the help of the program, or of one of its commands."""

from __future__ import annotations

from typing import Any

import click

from rnncalc.cli import proposals
from rnncalc.cli.grouped import Command, Group, argument
from rnncalc.cli.options import DEBUG


class CommandName(click.ParamType[Any]):
    """A command by its name."""

    name = "command"

    def convert(self, value: Any, param: Any, ctx: Any) -> click.Command:
        found: click.Command = ctx.parent.command.get_command(ctx.parent, value)
        return found

    def shell_complete(self, ctx: Any, param: Any, incomplete: str) -> list[proposals.Item]:
        return proposals.names(ctx.parent.command.list_commands(ctx.parent), incomplete)


class Help(Command):
    """Behind a command's name ``--help-all`` is that command's."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        names = [one for one in args if not one.startswith("-")]
        if "--help-all" in args and names:
            command = CommandName().convert(names[0], None, ctx)
            command.make_context(names[0], ["--help-all"], parent=ctx.parent)
        return super().parse_args(ctx, args)


@click.command("help", cls=Help)
@argument(
    Group.SHOW, "command", required=False, type=CommandName(), help="Its name; else all are listed."
)
@DEBUG
@click.pass_context
def help_command(ctx: click.Context, command: click.Command | None) -> None:
    """Print the help of COMMAND, as its --help does.

    \b
    Examples:
      rnncalc help
      rnncalc help run
      rnncalc help run --help-all
    """
    above = ctx.find_root()
    if command:
        above = command.make_context(command.name, [], parent=above, resilient_parsing=True)
    click.echo(above.get_help())
