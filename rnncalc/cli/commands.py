"""The group of commands: which there are, and when ``run`` is implied."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

import click

from rnncalc import __version__
from rnncalc.cli.grouped import heading

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

COMMANDS = {
    "run": "Print every hidden state of a network.",
    "explain": "Print the arithmetic of a step, with the numbers in it.",
    "check": "Say whether numbers agree, where not, and why not.",
    "inspect": "Print which recurrent layers a model file holds.",
    "convert": "Write the same weights in another format or convention.",
    "plot": "Draw a run: in the terminal, SVG, PNG, PDF or HTML.",
    "exercise": "Print steps to compute by hand, with their solution.",
    "example": "Print a commented YAML file that runs.",
    "schema": "Print the JSON Schema of configs and of JSON output.",
    "completion": "Print the completion script of a shell.",
    "help": "Print the help of a command: rnncalc help run.",
    "version": "Print the version.",
}
"""Every command and what it does, in the order of the help; each is ``NAME_command`` in a module of
its name, which the group's help does not import."""

EXAMPLES = """\b
rnncalc -x 1,2,3,4,5 --wx 0.32394445 --wh 1
rnncalc example vector | rnncalc - --digits 4
"""


class Commands(click.Group):
    """A group whose first word may be an option or a file instead: then ``run`` is meant."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and self.implies_run(args[0]):
            args = ["run", *args]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """What its command does; an error of usage says of which command it is."""
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            if error.ctx is None and (name := ctx.invoked_subcommand):
                error.ctx = click.Context(_imported(name), parent=ctx, info_name=name)
            raise

    def implies_run(self, word: str) -> bool:
        """Whether a first word is none of ours: command names have no dash, dot or slash."""
        own = {name for parameter in self.params for name in parameter.opts}
        return word not in {*own, "-h", "--help"} and (
            word.startswith("-") or any(c in word for c in "./\\")
        )

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Commands; and what may stand where ``run`` is implied, its options or a file."""
        from rnncalc.cli.proposals import file

        found = super().shell_complete(ctx, incomplete)
        if not incomplete.startswith("-"):
            return [*found, file()]
        run = _imported("run")
        inner = run.make_context("run", [], parent=ctx, resilient_parsing=True)
        known = {item.value for item in found}
        return found + [
            one for one in run.shell_complete(inner, incomplete) if one.value not in known
        ]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, of which none is imported for it, and the options."""
        for title, rows in (("Commands", [*COMMANDS.items()]), ("Options", self._rows(ctx))):
            formatter.write_paragraph()
            formatter.write_dl([(heading(title), ""), *((f"  {one}", text) for one, text in rows)])

    def _rows(self, ctx: click.Context) -> list[tuple[str, str]]:
        records = [one.get_help_record(ctx) for one in self.get_params(ctx)]
        return [record for record in records if record]

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command, imported when somebody asks for it."""
        if name in COMMANDS:
            return _imported(name)
        if ctx.resilient_parsing:
            return None
        from rnncalc.errors import listed, nearest, printable
        from rnncalc.files import meant

        known = [f"'{one}'" for one in COMMANDS]
        hint = nearest(f"'{name}'", known) or meant(name) or f"There are: {listed(known)}."
        raise click.UsageError(f"No such command '{printable(name)}'. {hint}", ctx)


def options() -> dict[str, set[str]]:
    """The long options of the program and of every command, by what is typed in front of them."""
    commands = {"rnncalc": group, **{f"rnncalc {name}": _imported(name) for name in COMMANDS}}
    return {
        path: {flag for one in command.params for flag in one.opts if flag.startswith("--")}
        for path, command in commands.items()
    }


def _imported(name: str) -> click.Command:
    module = import_module(f"rnncalc.cli.{name}")
    command = cast(click.Command, getattr(module, f"{name}_command"))
    command.short_help = COMMANDS[name]
    return command


@click.group(
    cls=Commands,
    help=f"What a recurrent network computes, and why. The command run is implied:\n\n{EXAMPLES}",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(
    __version__, "-V", "--version", prog_name="rnncalc", message="%(prog)s %(version)s"
)
def group() -> None:
    """The group itself does nothing."""
