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


@click.command("help", cls=Command)
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
    """
    above = ctx.find_root()
    if command:
        above = command.make_context(command.name, [], parent=above, resilient_parsing=True)
    click.echo(above.get_help())
